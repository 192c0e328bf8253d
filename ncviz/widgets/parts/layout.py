"""What widgets are laid out in: boxes, folds, tabs, and cards of text."""

from collections.abc import Sequence
from typing import Any

import traitlets
from ipywidgets import Widget

from ncviz.basics.checks import short
from ncviz.widgets.parts.door import Box, PageWidget, VBox
from ncviz.widgets.parts.view import close_with_layout, css, esm


def box_of(name: str, *children: Widget) -> Box:
    """A box of widgets with the class ``ncviz-<name>``."""
    made = Box(children)
    made.add_class(f"ncviz-{name}")
    return made


def box(name: str, *children: Widget | None) -> Box | None:
    """A box of the children that are there; None without any."""
    there = [child for child in children if child is not None]
    return box_of(name, *there) if there else None


def close_tree(widget: Widget) -> None:
    """Close a widget with all its children and layouts; ipywidgets closes only the outermost."""
    for child in getattr(widget, "children", ()):
        close_tree(child)
    widget.unobserve_all()
    close_with_layout(widget)


def show_box(box: Box, shown: bool) -> None:
    """Show a box with all that is in it, or hide it."""
    (box.remove_class if shown else box.add_class)("ncviz-closed")


class FoldButton(PageWidget):
    """A button that opens and closes what stands below it."""

    _esm = esm("base", "controls", "fold")
    _css = css("base", "fold")

    text = traitlets.Unicode().tag(sync=True)
    opened = traitlets.Bool(False).tag(sync=True, from_page=True)


class Fold(VBox):
    """Widgets under a button that shows and hides them."""

    def __init__(self, text: str, children: Sequence[Widget]) -> None:
        self.button, self.content = FoldButton(text=text), box_of("fold-content", *children)
        super().__init__([self.button, self.content])
        self.add_class("ncviz-fold")
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
        show_box(self.content, self.opened)


class Tabs(PageWidget):
    """A heading and a row of tabs; what they show are other widgets."""

    _esm = esm("base", "controls", "reading_order", "tabs")
    _css = css("base", "controls", "tabs")

    title = traitlets.Unicode().tag(sync=True)
    tabs = traitlets.List(traitlets.Dict()).tag(sync=True)
    chosen = traitlets.Unicode().tag(sync=True, from_page=True)

    def __init__(self, title: str, tabs: list[dict[str, Any]], chosen: str = "") -> None:
        super().__init__(title=title, tabs=tabs, chosen=chosen or tabs[0]["id"])
        self.add_class("ncviz-tabs")

    @traitlets.validate("chosen")
    def _check_chosen(self, proposal: Any) -> str:
        chosen: str = proposal["value"]
        known = [tab["id"] for tab in self.tabs]
        if chosen in known:
            return chosen
        raise traitlets.TraitError(f"chosen must be one of {', '.join(known)}, not {short(chosen)}")


class Statement(PageWidget):
    """A card with a heading, sentences, and a table."""

    _esm = esm("base", "statement")
    _css = css("base", "statement")

    title = traitlets.Unicode().tag(sync=True)
    sentences = traitlets.List(traitlets.Unicode()).tag(sync=True)
    columns = traitlets.List(traitlets.Unicode()).tag(sync=True)
    rows = traitlets.List(traitlets.List(traitlets.Unicode())).tag(sync=True)
    wait = traitlets.Unicode("working…").tag(sync=True)

    def __init__(self, title: str) -> None:
        super().__init__(title=title)

    def fill(
        self,
        sentences: Sequence[str] = (),
        columns: Sequence[str] = (),
        rows: Sequence[Sequence[str]] = (),
    ) -> None:
        """Say something else."""
        listed = [list(row) for row in rows]
        self.change(sentences=list(sentences), columns=list(columns), rows=listed)
