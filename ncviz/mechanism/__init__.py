"""What happens in the shared layer: gradient competition, loss oscillation and sensing."""

from ncviz.mechanism.bump import at_each_size, what_removes_the_bump
from ncviz.mechanism.competition import Competition, Watch, Wishes, competition
from ncviz.mechanism.interventions import (
    INTERVENTIONS,
    Intervention,
    interventions,
    train_interventions,
)

__all__ = [
    "INTERVENTIONS",
    "Competition",
    "Intervention",
    "Watch",
    "Wishes",
    "at_each_size",
    "competition",
    "interventions",
    "train_interventions",
    "what_removes_the_bump",
]
