"""The tab "Why?": where the two heads fight, what comes of it, and what removes the bump."""

from collections.abc import Callable
from typing import Any

import traitlets

from ncviz.experiment import Experiment
from ncviz.results.result import Moment
from ncviz.widgets.parts.door import Box
from ncviz.widgets.views.competition import CompetitionView
from ncviz.widgets.views.interventions import InterventionsView
from ncviz.widgets.views.net import NetView
from ncviz.widgets.views.oscillation import OscillationView
from ncviz.widgets.views.sensing import SensingView
from ncviz.widgets.views.slow_motion import SlowMotionView


class WhyPanel:
    """Views of the mechanism, from the fight over neurons to the interventions."""

    def __init__(
        self,
        redraw: Callable[[], None],
        on_choose: Callable[[Experiment], None],
        guarded: Callable[[Callable[..., None]], Callable[..., None]],
        on_error: Callable[[str], None],
    ) -> None:
        self.competition, self.net, self.slow = CompetitionView(), NetView(), SlowMotionView()
        self.oscillation, self.sensing = OscillationView(), SensingView()
        self.interventions = InterventionsView()
        self.trials = (self.oscillation, self.sensing, self.interventions)
        self.views = (self.competition, self.net, self.slow, *self.trials)
        self.competition.on_choice(redraw)
        self.net.on_choice(redraw)
        # The neuron that is fought over is that of the net beside it.
        for name in ("run", "setting"):
            traitlets.link((self.competition, name), (self.net, name))
        self.interventions.on_choose(guarded(on_choose))
        for trial in self.trials:
            trial.on_error(on_error)
        # Boxes: classes of a live view are not looked at again once it is drawn.
        self.box = Box([_box("why-fight", self.competition, self.net), self.slow, *self.trials])
        self.box.add_class("ncviz-why")

    def show(self, moment: Moment, rough: bool) -> None:
        """Show a snapshot or a result in every view."""
        for view in self.views:
            view.show(moment, rough)

    def close(self) -> None:
        """End the trials; the widgets are freed with the box."""
        for trial in self.trials:
            trial.stop()


def _box(name: str, *children: Any) -> Box:
    box = Box(list(children))
    box.add_class(f"ncviz-{name}")
    return box
