"""The tab "What does it mean?": the answer, and the evidence that it rests on."""

from traitlets import link

from ncviz.results.result import Moment
from ncviz.widgets.explorer.state import State
from ncviz.widgets.parts.layout import box_of
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


class Meaning:
    """Views of one moment of an experiment, from the answer to the single points."""

    def __init__(self, state: State) -> None:
        points, self._placebo = CounterfactualView(), PlaceboView()
        points.on_choice(state.redraw)
        link((state, "points_run"), (points, "run"))
        answer, region = AnswerView(), RegionView()
        self.views = (
            answer,
            region,
            AccountView(),
            SignallingView(explained=False),
            EvidenceView(),
            InfluenceView(),
            self._placebo,
            points,
        )
        for view in (answer, region, self._placebo, points):
            view.add_class("ncviz-whole-row")
        self.box = box_of("meaning", *self.views)

    def show(self, moment: Moment, rough: bool) -> None:
        """Show a snapshot or a result in every view."""
        for view in self.views:
            view.show(moment, rough)

    def close(self) -> None:
        """End the trial; the widgets are freed with the box."""
        self._placebo.stop()
