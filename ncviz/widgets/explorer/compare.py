"""Keep curves behind the next ones, and pin runs: the buttons, and the list of what is pinned."""

from collections.abc import Callable

from ncviz.experiment import Experiment
from ncviz.results.pins import Pins
from ncviz.results.result import Result
from ncviz.widgets.explorer.stage import Stage
from ncviz.widgets.parts.controls import Actions
from ncviz.widgets.parts.door import Box
from ncviz.widgets.parts.pinned_list import PinnedList

Guard = Callable[[Callable[[str], None]], Callable[[str], None]]
"""Lets one callback in at a time, and shows its exception."""


class Compare:
    """Answers the wishes to compare."""

    def __init__(
        self,
        pins: Pins,
        result: Callable[[], Result | None],
        stage: Stage,
        guarded: Guard,
        on_show: Callable[[Experiment], None],
        on_change: Callable[[], None],
    ) -> None:
        self._pins = pins
        self._result = result
        self._stage = stage
        self._on_show = on_show
        self._on_change = on_change
        self._buttons = Actions("compare", [], "Compare")
        self._buttons.on_click(guarded(self._clicked))
        self._list = PinnedList()
        self._list.on_show(guarded(self._show_pinned))
        self._list.on_remove(guarded(self._remove))
        self.box = Box([self._buttons, self._list])
        self.box.add_class("ncviz-compare-box")

    def show(self) -> None:
        """Let the buttons tell what can be done now."""
        waiting = "" if self._result() else "while it trains there is nothing to pin"
        kept = "" if self._stage.s.ghost else "nothing is kept"
        self._buttons.labels = [
            {"id": "keep", "text": "Keep this", "title": "leave these curves behind the next"},
            {"id": "forget", "text": "Forget it", "title": "take them away", "off": kept},
            {"id": "pin", "text": "Pin this run", "title": "keep its runs", "off": waiting},
        ]

    def _clicked(self, button: str) -> None:
        if button == "keep":
            self._stage.keep()
        elif button == "forget":
            self._stage.forget()
        elif button == "pin" and (result := self._result()) is not None:
            self._pins.add(result)
            self._list.rows = self._pins.rows
        self._on_change()

    def _show_pinned(self, key: str) -> None:
        if (experiment := self._pins.experiment(key)) is not None:
            self._on_show(experiment)

    def _remove(self, key: str) -> None:
        self._pins.remove(key)
        self._list.rows = self._pins.rows
        self._on_change()
