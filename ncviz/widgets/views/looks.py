"""What looking at several seeds means, and the one button that confirms on a fresh one."""

from collections.abc import Callable

import traitlets

from ncviz.widgets.parts.door import PageWidget, on_message
from ncviz.widgets.parts.view import css, esm


class LooksView(PageWidget):
    """A line and a button; nothing at all while there is nothing to say."""

    _esm = esm("base", "controls", "looks_view")
    _css = css("base", "controls", "looks_view")

    sentence = traitlets.Unicode().tag(sync=True)
    status = traitlets.Unicode().tag(sync=True)
    offer = traitlets.Unicode().tag(sync=True)
    press = traitlets.Unicode("confirm").tag(sync=True)
    keeps_room = traitlets.Bool().tag(sync=True)

    def on_press(self, callback: Callable[[str], None]) -> None:
        """Call ``callback(press)`` when the button is pressed."""
        on_message(self, lambda press: callback(press), {"press": str})
