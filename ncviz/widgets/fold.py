"""Things that are out of the way until one asks for them."""

from collections.abc import Sequence
from typing import Any

import traitlets
from ipywidgets import Widget

from ncviz.widgets._assets import css, esm
from ncviz.widgets.door import Box, PageWidget, VBox

_CLOSED = "ncviz-closed"


class FoldButton(PageWidget):
    """A button that opens and closes what stands below it.

    Parameters
    ----------
    text
        Words on the button.
    opened
        Whether it is open now; ``open`` is a method of every widget.
    """

    _esm = esm("base", "controls", "fold")
    _css = css("base", "fold")

    text = traitlets.Unicode().tag(sync=True)
    opened = traitlets.Bool(False).tag(sync=True, from_page=True)

    def __init__(self, text: str, opened: bool = False, **traits: Any) -> None:
        super().__init__(text=text, opened=opened, **traits)


class Fold(VBox):
    """Widgets under a button that shows and hides them.

    Parameters
    ----------
    text
        Words on the button.
    children
        What it shows and hides.
    opened
        Whether they are shown at first.

    Attributes
    ----------
    button : FoldButton
    content : Box
        Holds the children.
    opened : bool
        Whether they are shown; set it to show or hide them.

    Examples
    --------
    >>> from ncviz.widgets.controls import SeedBox
    >>> fold = Fold("More", [SeedBox()])
    >>> fold.opened = True
    >>> fold.button.opened
    True
    """

    def __init__(self, text: str, children: Sequence[Widget], opened: bool = False) -> None:
        self.button = FoldButton(text, opened)
        self.content = Box(list(children))
        super().__init__([self.button, self.content])
        self.add_class("ncviz-fold")
        self.content.add_class("ncviz-fold-content")
        self.button.observe(self._show, "opened")
        self._show()

    @property
    def opened(self) -> bool:
        """Whether the children are shown."""
        return bool(self.button.opened)

    @opened.setter
    def opened(self, opened: bool) -> None:
        self.button.opened = opened

    def _show(self, _change: object = None) -> None:
        if self.opened:
            self.content.remove_class(_CLOSED)
        else:
            self.content.add_class(_CLOSED)
