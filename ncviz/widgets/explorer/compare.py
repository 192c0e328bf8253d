"""Keep curves behind the next ones, and pin runs: the buttons, and the list of what is pinned."""

import traitlets

from ncviz.widgets.explorer.state import State
from ncviz.widgets.parts.controls import Actions
from ncviz.widgets.parts.door import PageWidget, on_message
from ncviz.widgets.parts.layout import box_of
from ncviz.widgets.parts.view import css, esm


class PinnedList(PageWidget):
    """A list of pinned experiments, each with a button to show it and one to remove it."""

    _esm = esm("base", "controls", "pinned_list")
    _css = css("base", "controls", "pinned_list")

    rows = traitlets.List(traitlets.Dict()).tag(sync=True)


class Compare:
    """Answers the wishes to compare."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._buttons, pinned = Actions("compare", [], "Compare"), PinnedList()
        self._buttons.on_click(state.guarded(self._clicked))
        on_message(pinned, state.guarded(self._show_pinned), {"show": str})
        on_message(pinned, state.guarded(lambda remove: state.unpin(remove)), {"remove": str})
        traitlets.dlink((state, "pinned"), (pinned, "rows"))
        self.box = box_of("compare-box", self._buttons, pinned)
        self._show()
        state.observe(self._show, ["result", "kept"])

    def _show(self, _change: object = None) -> None:
        """Let the buttons tell what can be done now."""
        waiting = "" if self._state.result else "while it trains there is nothing to pin"
        kept = "" if self._state.kept else "nothing is kept"
        self._buttons.labels = [
            {"id": "keep", "text": "Keep this", "title": "leave these curves behind the next"},
            {"id": "forget", "text": "Forget it", "title": "take them away", "off": kept},
            {"id": "pin", "text": "Pin this run", "title": "keep its runs", "off": waiting},
        ]

    def _clicked(self, button: str) -> None:
        state = self._state
        if button == "keep":
            state.kept = state.shown
        elif button == "forget":
            state.kept = None
        elif button == "pin" and state.result is not None:
            state.pin(state.result)

    def _show_pinned(self, show: str) -> None:
        if (experiment := self._state.pins.experiment(show)) is not None:
            self._state.move(experiment)
