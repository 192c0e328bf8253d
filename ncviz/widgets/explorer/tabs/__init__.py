"""The Explorer's tabs, and the panels that they open in place of the first one's views."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from traitlets import link

from ncviz.experiment import Experiment
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

_PLACES = ["ncviz-middle", "ncviz-side"]  # the classes of the boxes in which a tab shows something


class Panel:
    """Views in a box, each with `describe`, that show moments; and what ends their work."""

    def __init__(self, box: Box, views: Sequence[Any], *ends: Callable[[], None]) -> None:
        self.box, self.views, self._ends = box, views, ends

    def show(self, moment: Moment, rough: bool) -> None:
        """Show a snapshot or a result."""
        for view in self.views:
            view.show(moment, rough)

    def close(self) -> None:
        """End its work; the widgets are freed with the box."""
        for end in self._ends:
            end()


class Panels:
    """The row of tabs, and the panels that they open; only what is open is shown moments."""

    def __init__(self, state: State) -> None:
        self._state, shows = state, state.teaching.shows
        self._made: dict[str, Panel] = {}
        beside = any(map(shows, ("net", "correlators", "signalling")))
        tabs = [
            {"id": tab, "text": text, "opens": _PLACES[: 1 + (tab == "play" and beside)]}
            for tab, text in TABS.items()
            if shows(tab)
        ]
        self.tabs, self.box = Tabs(TITLE, tabs), box_of("panels")
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
    """The panel of a tab; its views are not loaded before somebody asks for them."""
    if tab == "meaning":
        return _meaning(state)
    if tab == "why":
        return _why(state)
    if tab == "generalisation":
        from ncviz.widgets.explorer.tabs.regression import RegressionPanel

        return RegressionPanel(state)
    from ncviz.widgets.explorer.tabs.sweep import SweepPanel

    return SweepPanel(state)


def _meaning(state: State) -> Panel:
    """The answer, and the evidence that it rests on, down to the single points."""
    from ncviz.widgets.views.change_trials import PlaceboView
    from ncviz.widgets.views.counterfactual import CounterfactualView
    from ncviz.widgets.views.meaning import (
        AccountView,
        AnswerView,
        EvidenceView,
        InfluenceView,
        RegionView,
    )
    from ncviz.widgets.views.training import SignallingView

    answer, region, placebo, points = (
        AnswerView(),
        RegionView(),
        PlaceboView(),
        CounterfactualView(),
    )
    points.on_choice(state.redraw)
    link((state, "points_run"), (points, "run"))
    for view in (answer, region, placebo, points):
        view.add_class("ncviz-whole-row")
    beside = (AccountView(), SignallingView(explained=False), EvidenceView(), InfluenceView())
    views = (answer, region, *beside, placebo, points)
    return Panel(box_of("meaning", *views), views, placebo.stop)


def _why(state: State) -> Panel:
    """Where the two heads fight, what comes of it, and what removes the bump."""
    from ncviz.widgets.views.change_trials import InterventionsView
    from ncviz.widgets.views.loss_trials import OscillationView, SensingView
    from ncviz.widgets.views.net import CompetitionView, NetView
    from ncviz.widgets.views.slow_motion import SlowMotionView

    competition, net, slow = CompetitionView(), NetView(), SlowMotionView()
    trials = (OscillationView(), SensingView(), interventions := InterventionsView())
    competition.on_choice(state.redraw)
    net.on_choice(state.redraw)
    # The neuron that is fought over is that of the net beside it.
    for name in ("run", "setting"):
        link((competition, name), (net, name))

    def go(intervention: Experiment) -> None:
        # How often it was run there is not what it is about.
        state.move(replace(intervention, runs=state.experiment.runs))

    interventions.on_choose(state.guarded(go))
    for trial in trials:
        trial.on_error(state.fail)
    # Boxes: classes of a live view are not looked at again once it is drawn.
    box = box_of("why", box_of("why-fight", competition, net), slow, *trials)
    return Panel(box, (competition, net, slow, *trials), *(trial.stop for trial in trials))
