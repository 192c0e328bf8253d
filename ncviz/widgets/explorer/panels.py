"""The tabs of the Explorer, and the panels that they open, each made when it is first asked for."""

from collections.abc import Sequence
from typing import Any, Protocol

from ncviz.results.result import Moment
from ncviz.widgets.explorer.state import State
from ncviz.widgets.parts.door import Box
from ncviz.widgets.parts.layout import Tabs, box_of, show_box

TITLE = "NCnet Explorer"

TABS = {
    "play": "Play",
    "meaning": "What does it mean?",
    "why": "Why?",
    "generalisation": "S and generalisation",
    "sweep": "Sweep",
}


_PLACES = ["ncviz-middle", "ncviz-side"]
"""The classes of the boxes in which a tab shows something."""


class Panel(Protocol):
    """What a tab shows in the place of the stage's own views: the same moments."""

    box: Box

    @property
    def views(self) -> Sequence[Any]:
        """What it holds, each with `describe`."""

    def show(self, moment: Moment, rough: bool) -> None:
        """Show a snapshot or a result."""

    def close(self) -> None:
        """End its work; the widgets are freed with the box."""


class Panels:
    """The row of tabs, and the panels that it opens in place of the stage's own views.

    A panel is made when its tab is first opened, and shown moments only while it is open: many
    Explorers may share a machine.
    """

    def __init__(self, state: State) -> None:
        self._state, shows = state, state.teaching.shows
        self._made: dict[str, Panel] = {}
        beside = any(map(shows, ("net", "correlators", "signalling")))
        self.tabs = Tabs(
            TITLE,
            [
                {"id": tab, "text": text, "opens": _PLACES[: 1 + (tab == "play" and beside)]}
                for tab, text in TABS.items()
                if shows(tab)
            ],
        )
        self.box = box_of("panels")
        show_box(self.box, False)
        self.tabs.observe(state.guarded(self._chosen), "chosen")
        state.observe(self._show, "shown")
        state.observe(self._ask_sweep, "asked_sweep")

    @property
    def opened(self) -> Panel | None:
        """The panel that is shown; None for the stage's own views."""
        return self._made.get(self._state.tab)

    def close(self) -> None:
        """End the work of every panel."""
        for panel in self._made.values():
            panel.close()

    def _chosen(self, _change: Any) -> None:
        """Show what the chosen tab stands for, and nothing else."""
        tab = self.tabs.chosen
        if tab != "play":
            self._panel(tab)
        self._state.tab = tab
        self._state.redraw()
        for each in self._made.values():
            show_box(each.box, each is self.opened)
        show_box(self.box, self.opened is not None)

    def _show(self, change: Any) -> None:
        shown = change["new"]
        if self.opened is not None and shown.settled:
            self.opened.show(shown.moment, shown.rough)

    def _ask_sweep(self, change: Any) -> None:
        """Another tab asks for a sweep, whether its own was opened before or not."""
        if change["new"]:
            self._state.asked_sweep = {}
            panel: Any = self._panel("sweep")
            panel.start(change["new"])

    def _panel(self, tab: str) -> Panel:
        if tab not in self._made:
            self._made[tab] = _made(tab, self._state)
            show_box(self._made[tab].box, False)
            self.box.children = [panel.box for panel in self._made.values()]
        return self._made[tab]


def _made(tab: str, state: State) -> Panel:
    """The panel of a tab; its module is not loaded before somebody asks for it."""
    if tab == "meaning":
        from ncviz.widgets.explorer.tabs.meaning import Meaning

        return Meaning(state)
    if tab == "why":
        from ncviz.widgets.explorer.tabs.why import WhyPanel

        return WhyPanel(state)
    if tab == "generalisation":
        from ncviz.widgets.explorer.tabs.regression import RegressionPanel

        return RegressionPanel(state)
    from ncviz.widgets.explorer.tabs.sweep import SweepPanel

    return SweepPanel(state)
