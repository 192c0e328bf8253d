"""What happens in the shared layer: gradient competition, loss oscillation and sensing."""

from ncviz.mechanism.bump import at_each_size, what_removes_the_bump
from ncviz.mechanism.competition import Competition, Watch, Wishes, competition
from ncviz.mechanism.interventions import (
    INTERVENTIONS,
    Intervention,
    interventions,
    placebo,
    train_interventions,
)
from ncviz.mechanism.oscillation import OscillationIndex, oscillation_index, single_task_control
from ncviz.mechanism.sensing import Sensing, sensing, sensing_by_size
from ncviz.mechanism.slow_motion import SlowMotion
from ncviz.mechanism.traces import LossTraces, loss_traces

__all__ = ["Competition", "Watch", "Wishes", "at_each_size", "competition", "what_removes_the_bump"]
__all__ += ["INTERVENTIONS", "Intervention", "interventions", "placebo", "train_interventions"]
__all__ += ["OscillationIndex", "SlowMotion", "oscillation_index", "single_task_control"]
__all__ += ["LossTraces", "Sensing", "loss_traces", "sensing", "sensing_by_size"]
