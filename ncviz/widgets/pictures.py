"""Settled pictures, drawn in Python and shown as images."""

import traitlets

from ncviz.widgets._assets import css, esm
from ncviz.widgets.door import PageWidget


class Pictures(PageWidget):
    """Cards with a picture each.

    Attributes
    ----------
    pictures : list of dict
        One dict a card: ``id``, ``title``, ``caption``, ``alt``, ``png`` (bytes), and ``width`` and
        ``height`` on the screen in CSS pixels, which are fewer than the picture's own.
    dark : bool
        Whether the page is dark; the browser sets it.
    note : str
        Such as "drawing…"; empty when the pictures are those of the present state.
    """

    _esm = esm("base", "controls", "pictures")
    _css = css("base", "pictures")

    pictures = traitlets.List(traitlets.Dict()).tag(sync=True)
    dark = traitlets.Bool(False).tag(sync=True, from_page=True)
    note = traitlets.Unicode().tag(sync=True)
