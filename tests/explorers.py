"""Ways into an Explorer without a browser."""

import gc
import re
from collections.abc import Iterator
from operator import attrgetter
from typing import Any

from comm import get_comm_manager
from IPython.core.formatters import DisplayFormatter
from ipywidgets import Widget

from lab import wait_for
from ncviz import Explorer
from ncviz.results.result import Result

SMALL = {"steps": 120, "n_test": 64}

SOURCES = attrgetter("_esm", "_css")
"""The script and the style sheet of a widget, or of its class, under anywidget's names."""


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
    (found,) = [widget for widget in tree(explorer) if f"ncviz-{field}" in classes(widget)]
    return found


def classes(widget: Widget) -> tuple[str, ...]:
    """The classes of the element that a widget has in the page."""
    return tuple(widget.get_state("_dom_classes")["_dom_classes"])


def alive() -> set[str]:
    """All widgets that are not closed, by their ids."""
    gc.collect()
    return set(get_comm_manager().comms)


def check_scripts(widget: Any) -> None:
    """The scripts of a widget, or of its class, are one module that asks no other host."""
    script, style = map(str, SOURCES(widget))
    assert script.count("export default answering(render);") == 1
    names = re.findall(r"^(?:async )?(?:const|let|function) (\w+)", script, re.MULTILINE)
    assert len(names) == len(set(names)), "a name stands twice in the joined script"
    assert "://" not in script.replace("http://www.w3.org/2000/svg", "") + style
    assert "url(" not in style and "innerHTML" not in script


def displayed(widget: Widget) -> Any:
    """What a notebook keeps of a widget that is shown, by kind."""
    return DisplayFormatter().format(widget)[0]


def choose(explorer: Explorer, field: str, text: str) -> None:
    """Move a control to the option that reads so."""
    moved = control(explorer, field)
    moved.index = [option["text"] for option in moved.options].index(text)


def send(widget: Widget, **content: object) -> None:
    """What the browser sends when something in a widget is pressed."""
    data = {"method": "custom", "content": content}
    widget.comm.handle_msg({"content": {"data": data}, "buffers": []})


def press(explorer: Explorer, buttons: str, button: str) -> None:
    send(control(explorer, buttons), click=button)
