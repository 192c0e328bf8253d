"""Ways into an Explorer without a browser."""

from collections.abc import Iterator

from ipywidgets import Widget

from lab import wait_for
from ncviz import Explorer
from ncviz.results.result import Result

SMALL = {"steps": 120, "n_test": 64}


def finished(explorer: Explorer) -> Result:
    """Wait for the full answer."""
    return wait_for(lambda: explorer.result)


def tree(widget: Widget) -> Iterator[Widget]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from tree(child)


def part(explorer: Explorer, kind: type[Widget]) -> Widget:
    """The Explorer's only widget of a kind."""
    (found,) = [widget for widget in tree(explorer) if isinstance(widget, kind)]
    return found


def control(explorer: Explorer, field: str) -> Widget:
    """The control that carries a field's class."""
    (found,) = [widget for widget in tree(explorer) if f"ncviz-{field}" in widget._dom_classes]
    return found


def choose(explorer: Explorer, field: str, text: str) -> None:
    """Move a control to the option that reads so."""
    moved = control(explorer, field)
    moved.index = [option["text"] for option in moved.options].index(text)


def send(widget: Widget, **content: object) -> None:
    """What the browser sends when something in a widget is pressed."""
    widget._handle_custom_msg(content, [])


def press(explorer: Explorer, buttons: str, button: str) -> None:
    send(control(explorer, buttons), click=button)
