"""Which of the 16 points a single net gets wrong."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ncviz.basics.computing import without_autograd
from ncviz.basics.protocol import SETTINGS, TASK_OF_SETTING
from ncviz.engine.chance import draw
from ncviz.engine.network import NCnet
from ncviz.tasks import N_BITS, POINTS, find

if TYPE_CHECKING:
    from ncviz.experiment import Experiment

Numbers = NDArray[np.int64]


class Answers(NamedTuple):
    """A net's answers, gathered by the points without their noise, in the order of `POINTS`.

    Parameters
    ----------
    points : array, shape (16,)
        Held-out points with these bits.
    labels : array, shape (16, 2)
        The right answers of Alice and of Bob, 0 or 1.
    wrong : array, shape (16, 2)
        Held-out points on which Alice and Bob are wrong.
    """

    points: Numbers
    labels: Numbers
    wrong: Numbers


@dataclass(frozen=True)
class HeldOut:
    """The held-out points of one run.

    Parameters
    ----------
    experiment : Experiment
    run : int
    seen : Tensor, shape (points, 4)
        As the nets see them, with noise.
    kind : array, shape (points,)
        Which of the 16 `POINTS` each of them is.
    """

    experiment: "Experiment"
    run: int
    seen: torch.Tensor
    kind: Numbers

    @classmethod
    def of(cls, experiment: "Experiment", run: int) -> "HeldOut":
        """Draw them; they are those that the run was evaluated on."""
        drawn = draw(experiment, run)
        kind = drawn.test_bits.astype(np.int64) @ (1 << np.arange(N_BITS)[::-1])
        seen = torch.as_tensor(drawn.test[:, :N_BITS], device="cpu")
        return cls(experiment, run, seen, kind)

    @without_autograd
    def answers(self, net: NCnet, setting: str) -> Answers:
        """What a net of this run answers, in one of the settings "11", "12", "21", "22"."""
        tasks = [self.experiment.tasks[k] for k in TASK_OF_SETTING[SETTINGS.index(setting)]]
        labels = np.stack([find(task)(POINTS) for task in tasks], axis=1).astype(np.int64)
        says = (net.cpu()(self.seen) > 0).numpy()
        wrong = says != labels[self.kind]
        return Answers(
            points=np.bincount(self.kind, minlength=len(POINTS)),
            labels=labels,
            wrong=np.stack(
                [np.bincount(self.kind[wrong[:, head]], minlength=len(POINTS)) for head in (0, 1)],
                axis=1,
            ),
        )
