"""The door between a page and its kernel: what a widget takes from the browser, and what not.

Whoever can see a page can send its kernel any message: what no page of ours sends is dropped here.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import anywidget
import ipywidgets
import traitlets

from ncviz.widgets.parts import cells

# Parts of a message: `bool`, `int`, `float` (finite), `str`, or `dict` (of texts).
Kinds = Mapping[str, type]

# Characters of a text: room for a saved state with a lesson, however its letters are written.
LONGEST = 50_000

LARGEST = 2**53  # beyond it JavaScript's whole numbers are not exact
MOST_TEXTS = 100  # in one form


class FromPage(ipywidgets.Widget):
    """A widget of which the page sets only traits tagged ``from_page=True``, as they can be."""

    def _handle_msg(self, msg: Any) -> None:
        match msg:
            case {"content": {"data": {"method": "update", "state": {**state}}}}:
                data = {"method": "update", "state": state}
            case {"content": {"data": {"method": "custom", "content": {**content}}}}:
                data = {"method": "custom", "content": content}
            case {"content": {"data": {"method": "request_state"}}}:
                data = {"method": "request_state"}
            case _:
                return
        if self.comm is None:  # closed, and the page does not know yet
            return
        super()._handle_msg({"content": {"data": data}, "buffers": []})

    def set_state(self, sync_data: Mapping[str, Any]) -> None:
        """Take the state that the page has sent, as far as it may set it."""
        traits = self.traits(from_page=True)
        sent = {name: _cut(sync_data[name]) for name in traits if name in sync_data}
        taken = {name: value for name, value in sent.items() if self._can_be(traits[name], value)}
        super().set_state(taken)
        if wrong := sent.keys() - taken.keys():
            self.send_state(wrong)

    def _can_be(self, trait: Any, value: object) -> bool:
        if type(value) not in (bool, int, float, str, dict) or not _fits(value, type(value)):
            return False
        if isinstance(value, bool) and not isinstance(trait, traitlets.Bool):
            return False
        try:
            trait._validate(self, value)
        except traitlets.TraitError:
            return False
        return True


class Layout(FromPage, ipywidgets.Layout):
    """A layout that no page changes."""


class _Shown(FromPage):
    @traitlets.default("layout")
    def _own_layout(self) -> Layout:
        return Layout()


class PageWidget(_Shown, anywidget.AnyWidget):
    """A widget with a script of ours; displayed by itself, it closes what its cell displayed."""

    process = traitlets.Unicode().tag(sync=True)

    @traitlets.default("process")
    def _this_process(self) -> str:
        return cells.process()

    def __init__(self, **traits: Any) -> None:
        self._run = cells.this_run()
        super().__init__(**traits)

    def change(self, **traits: Any) -> None:
        """Give several traits a value; the page is told all at once."""
        with self.hold_sync():
            for name, value in traits.items():
                self.set_trait(name, value)

    def save(self, file: str, mime: str, content: bytes) -> None:
        """Let the browser save a file that was asked for; with the script ``save_file``."""
        self.send({"file": file, "type": mime}, [content])

    def _repr_mimebundle_(self, **options: Any) -> Any:
        cells.close_former(self, self._run)
        return super()._repr_mimebundle_(**options)


class Box(_Shown, ipywidgets.Box):
    """A box whose children no page changes."""


class VBox(_Shown, ipywidgets.VBox):
    """A box whose children no page changes, one below the other."""


def on_message(
    widget: PageWidget, callback: Callable[..., None], needs: Kinds, may: Kinds | None = None
) -> None:
    """Call ``callback(**message)`` for each message that has the parts it needs, and no others."""
    may = may or {}

    def receive(_widget: object, content: Any, _buffers: object) -> None:
        if needs.keys() <= content.keys() <= needs.keys() | may.keys():
            parts = {name: _cut(value) for name, value in content.items()}
            if all(_fits(part, {**needs, **may}[name]) for name, part in parts.items()):
                callback(**parts)

    widget.on_msg(receive)


def _fits(value: object, kind: type) -> bool:
    """Whether something from a page is of a kind."""
    if type(value) is int:  # to Python, True is a number; not here
        return kind in (int, float) and abs(value) <= LARGEST
    if kind is float:
        return isinstance(value, float) and math.isfinite(value)
    if kind is dict:
        return (
            isinstance(value, dict)
            and len(value) <= MOST_TEXTS
            and all(isinstance(part, str) for item in value.items() for part in item)
        )
    return type(value) is kind


def _cut(value: object) -> object:
    """A text, or those of a form, no longer than can be meant."""
    if isinstance(value, str):
        # Half a pair of surrogates could not be sent back.
        return value[: LONGEST + 1].encode("utf-8", "replace").decode()
    if isinstance(value, dict) and len(value) <= MOST_TEXTS:
        return {name: _cut(part) if isinstance(part, str) else part for name, part in value.items()}
    return value
