"""What a training is looked at for: late waves of its losses, points that are wrong, trials."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ncviz.basics.checks import short
from ncviz.basics.computing import without_autograd
from ncviz.basics.protocol import SETTINGS, TASK_OF_SETTING
from ncviz.engine.chance import draw
from ncviz.engine.network import NCnet
from ncviz.inference import Array, RandomSettings
from ncviz.results.recording import Recording
from ncviz.results.result import Result
from ncviz.tasks import N_BITS, POINTS, find

if TYPE_CHECKING:
    from ncviz.experiment import Experiment

LEAST_RECORDS = 3  # with fewer there is nothing left beside a straight line
Numbers = NDArray[np.int64]


def late_waves(recording: Recording, index: int) -> tuple[Numbers, Array]:
    """Late held-out losses less their trend, in nats: steps (records,), (records, runs, 4, 2)."""
    first = int(np.searchsorted(recording.steps, 0.75 * recording.steps[index]))
    steps = recording.steps[first : index + 1]
    good = ~recording.diverged[index] & (len(steps) >= LEAST_RECORDS)
    return steps, detrended(steps, recording.losses[first : index + 1, good])


def detrended(steps: Numbers, losses: NDArray[np.float32]) -> Array:
    """Losses (records, ...) less their straight line of least squares over the steps."""
    values = losses.astype(np.float64)
    time = (steps - steps.mean()).reshape(-1, *(1,) * (values.ndim - 1))
    with np.errstate(invalid="ignore"):  # of an infinite loss there is no trend: NaN
        values -= values.mean(axis=0)
        slope = (time * values).sum(axis=0) / max(float((time**2).sum()), 1.0)
        return np.asarray(values - slope * time)


class Answers(NamedTuple):
    """A net's answers, gathered by the points without their noise, in the order of `POINTS`."""

    points: Numbers  # (16,): held-out points with these bits
    labels: Numbers  # (16, 2): the right answers of Alice and of Bob, 0 or 1
    wrong: Numbers  # (16, 2): held-out points on which Alice and Bob are wrong


@dataclass(frozen=True)
class HeldOut:
    """The held-out points of one run."""

    experiment: "Experiment"
    run: int
    seen: torch.Tensor  # (points, 4): as the nets see them, with noise
    kind: Numbers  # (points,): which of the 16 `POINTS` each of them is

    @classmethod
    def of(cls, experiment: "Experiment", run: int) -> "HeldOut":
        """Draw them; they are those that the run was evaluated on."""
        drawn = draw(experiment, run)
        kind = drawn.test_bits.astype(np.int64) @ (1 << np.arange(N_BITS)[::-1])
        return cls(experiment, run, torch.as_tensor(drawn.test[:, :N_BITS], device="cpu"), kind)

    @without_autograd
    def answers(self, net: NCnet, setting: str) -> Answers:
        """What a net of this run answers, in one of the settings "11", "12", "21", "22"."""
        tasks = [self.experiment.tasks[k] for k in TASK_OF_SETTING[SETTINGS.index(setting)]]
        labels = np.stack([find(task)(POINTS) for task in tasks], axis=1).astype(np.int64)
        wrong = (net.cpu()(self.seen) > 0).numpy() != labels[self.kind]
        each = [np.bincount(self.kind[of], minlength=len(POINTS)) for of in wrong.T]
        points = np.bincount(self.kind, minlength=len(POINTS))
        return Answers(points, labels, np.stack(each, axis=1))


def random_trials(result: Result, seed: int = 0) -> RandomSettings:
    """One random setting and one random outcome pair of every run.

    A Bell test of physics sees each λ in one setting only, drawn at random. So is one here, and one
    of its outcome pairs, for every run that did not diverge: an exact p-value is valid for these
    trials, but asks much more data of the same effect than the paired runs do.
    """
    if not isinstance(result, Result):
        raise ValueError(f"result must be a Result, not {short(result)}")
    outcomes = result.outcomes[~result.per_run.diverged]
    if not len(outcomes):
        raise ValueError("every run diverged: there are no trials to draw")
    rng = np.random.default_rng(seed)
    setting = rng.integers(4, size=len(outcomes))
    point = rng.integers(outcomes.shape[-1], size=len(outcomes))
    pairs = outcomes[np.arange(len(outcomes)), setting, :, point]
    return RandomSettings(setting // 2, setting % 2, pairs[:, 0], pairs[:, 1])
