"""Settled pictures, drawn in Python and shown as images."""

import anywidget
import traitlets

from ncviz.widgets._assets import css, esm


class Pictures(anywidget.AnyWidget):
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
    dark = traitlets.Bool(False).tag(sync=True)
    note = traitlets.Unicode().tag(sync=True)
