"""The tab "What does it mean?": the answer, and the evidence that it rests on."""

from collections.abc import Callable

from ncviz.results.result import Moment
from ncviz.widgets.parts.door import Box
from ncviz.widgets.views.counterfactual import CounterfactualView
from ncviz.widgets.views.meaning import AccountView, AnswerView, EvidenceView, InfluenceView
from ncviz.widgets.views.placebo import PlaceboView
from ncviz.widgets.views.region import RegionView
from ncviz.widgets.views.signalling import SignallingView


class Meaning:
    """Views of one moment of an experiment, from the answer to the single points."""

    def __init__(self, redraw: Callable[[], None]) -> None:
        self.counterfactual = CounterfactualView()
        self.counterfactual.on_choice(redraw)
        answer, region = AnswerView(), RegionView()
        self.placebo = PlaceboView()
        self.views = (
            answer,
            region,
            AccountView(),
            SignallingView(explained=False),
            EvidenceView(),
            InfluenceView(),
            self.placebo,
            self.counterfactual,
        )
        for view in (answer, region, self.placebo, self.counterfactual):
            view.add_class("ncviz-whole-row")
        self.box = Box(list(self.views))
        self.box.add_class("ncviz-meaning")

    def show(self, moment: Moment, rough: bool) -> None:
        """Show a snapshot or a result in every view."""
        for view in self.views:
            view.show(moment, rough)

    def close(self) -> None:
        """End the trial; the widgets are freed with the box."""
        self.placebo.stop()
