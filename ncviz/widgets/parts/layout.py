"""Things that are out of the way until one asks for them."""

from collections.abc import Sequence
from typing import Any

import traitlets
from ipywidgets import Widget

from ncviz.basics.checks import short
from ncviz.widgets.parts.door import Box, PageWidget, VBox
from ncviz.widgets.parts.view import close_with_layout, css, esm


def box(name: str, *children: Widget | None) -> Box | None:
    """A box of the children that are there, with the class ``ncviz-<name>``; None without any."""
    there = [child for child in children if child is not None]
    if not there:
        return None
    made = Box(there)
    made.add_class(f"ncviz-{name}")
    return made


def close_tree(widget: Widget) -> None:
    """Close a widget with all its children and layouts; ipywidgets closes only the outermost."""
    for child in getattr(widget, "children", ()):
        close_tree(child)
    widget.unobserve_all()
    close_with_layout(widget)


_CLOSED = "ncviz-closed"


class FoldButton(PageWidget):
    """A button that opens and closes what stands below it."""

    _esm = esm("base", "controls", "fold")
    _css = css("base", "fold")

    text = traitlets.Unicode().tag(sync=True)
    opened = traitlets.Bool(False).tag(sync=True, from_page=True)

    def __init__(self, text: str, opened: bool = False, **traits: Any) -> None:
        super().__init__(text=text, opened=opened, **traits)


class Fold(VBox):
    """Widgets under a button that shows and hides them."""

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


class Tabs(PageWidget):
    """A heading and a row of tabs; what they show are other widgets."""

    _esm = esm("base", "controls", "reading_order", "tabs")
    _css = css("base", "controls", "tabs")

    title = traitlets.Unicode().tag(sync=True)
    tabs = traitlets.List(traitlets.Dict()).tag(sync=True)
    chosen = traitlets.Unicode().tag(sync=True, from_page=True)

    def __init__(
        self, title: str, tabs: Sequence[dict[str, Any]], chosen: str = "", **traits: Any
    ) -> None:
        first: str = tabs[0]["id"] if tabs else ""
        super().__init__(title=title, tabs=list(tabs), chosen=chosen or first, **traits)
        self.add_class("ncviz-tabs")

    @traitlets.validate("chosen")
    def _check_chosen(self, proposal: Any) -> str:
        chosen: str = proposal["value"]
        known = [tab["id"] for tab in self.tabs]
        if chosen not in known:
            raise traitlets.TraitError(
                f"chosen must be one of {', '.join(known)}, not {short(chosen)}"
            )
        return chosen
