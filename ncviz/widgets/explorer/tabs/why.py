"""The tab "Why?": where the two heads fight, what comes of it, and what removes the bump."""

from dataclasses import replace

from traitlets import link

from ncviz.experiment import Experiment
from ncviz.results.result import Moment
from ncviz.widgets.explorer.state import State
from ncviz.widgets.parts.layout import box_of
from ncviz.widgets.views.change_trials import InterventionsView
from ncviz.widgets.views.loss_trials import OscillationView, SensingView
from ncviz.widgets.views.net import CompetitionView, NetView
from ncviz.widgets.views.slow_motion import SlowMotionView


class WhyPanel:
    """Views of the mechanism, from the fight over neurons to the interventions."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.competition, self.net, slow = CompetitionView(), NetView(), SlowMotionView()
        self.interventions = InterventionsView()
        self.trials = (OscillationView(), SensingView(), self.interventions)
        self.views = (self.competition, self.net, slow, *self.trials)
        self.competition.on_choice(state.redraw)
        self.net.on_choice(state.redraw)
        # The neuron that is fought over is that of the net beside it.
        for name in ("run", "setting"):
            link((self.competition, name), (self.net, name))
        self.interventions.on_choose(state.guarded(self._try))
        for trial in self.trials:
            trial.on_error(state.fail)
        # Boxes: classes of a live view are not looked at again once it is drawn.
        fight = box_of("why-fight", self.competition, self.net)
        self.box = box_of("why", fight, slow, *self.trials)

    def _try(self, experiment: Experiment) -> None:
        """Go to an intervention; how often it was run there is not what it is about."""
        self._state.move(replace(experiment, runs=self._state.experiment.runs))

    def show(self, moment: Moment, rough: bool) -> None:
        """Show a snapshot or a result in every view."""
        for view in self.views:
            view.show(moment, rough)

    def close(self) -> None:
        """End the trials; the widgets are freed with the box."""
        for trial in self.trials:
            trial.stop()
