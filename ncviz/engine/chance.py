"""All chance of a run: its starting weights, its points and its batch order."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.computing import contained
from ncviz.fields import CHOICES
from ncviz.setup import Setup
from ncviz.tasks import N_BITS, Bits, find, sample_points

HIDDEN_SPREAD = 0.5  # standard deviation of the shared layer's starting weights

Table = NDArray[np.float32]


@dataclass(frozen=True)
class Draw:
    """One hidden variable λ, the same in all four settings; biases start at 0.

    The held-out points and the order, which take most memory, are drawn when asked for.
    """

    experiment: Setup
    hidden_weight: NDArray[np.float64]  # (hidden, bits)
    head_weight: NDArray[np.float64]  # (2, hidden)
    train: Table  # the training points as the net sees them, then their labels by A1, A2, B1, B2
    points: np.random.SeedSequence  # of the points
    steps: np.random.SeedSequence  # of which training points each step takes
    noise: np.random.SeedSequence  # of their weights in each step, where these are random

    @property
    def test(self) -> Table:
        """The held-out points, laid out as `train`."""
        return _table(self.experiment, *self._held_out())

    @property
    def test_bits(self) -> Bits:
        """The held-out points without their noise (points, bits), 0 or 1."""
        return self._held_out()[0]

    @property
    def order(self) -> NDArray[np.int32]:
        """Which training points each step takes, where it takes a minibatch: (steps, batch)."""
        e = self.experiment
        size = (e.steps, e.batch_size)
        return np.random.default_rng(self.steps).integers(0, e.n_train, size).astype(np.int32)

    def _held_out(self) -> tuple[Bits, Table]:
        points, e = np.random.default_rng(self.points), self.experiment
        sample_points(points, e.n_train, e.noise)  # these come first in the stream
        return sample_points(points, e.n_test, e.noise)


@contained
def draw(experiment: Setup, run: int) -> Draw:
    """Draw run number `run`.

    Weights, points, order, noise, shuffled labels and redrawn heads have a stream each: none
    depends on whether the others are used.
    """
    streams = np.random.SeedSequence(experiment.seed, spawn_key=(run,)).spawn(6)
    weights, points = (np.random.default_rng(stream) for stream in streams[:2])
    e = experiment
    learned = _table(e, *sample_points(points, e.n_train, e.noise))
    if task := CHOICES["shuffled"].index(e.shuffled):  # the first stands for none of them
        labels = learned[:, N_BITS + task - 1]
        labels[:] = np.random.default_rng(streams[4]).permutation(labels)
    hidden_weight = HIDDEN_SPREAD * weights.standard_normal((e.hidden, N_BITS))
    head_weight = weights.standard_normal((2, e.hidden)) / np.sqrt(e.hidden)
    if head := CHOICES["redrawn"].index(e.redrawn):  # likewise
        anew = np.random.default_rng(streams[5]).standard_normal((2, e.hidden))
        head_weight[head - 1] = anew[head - 1] / np.sqrt(e.hidden)
    return Draw(e, hidden_weight, head_weight, learned, *streams[1:4])


def _table(experiment: Setup, bits: Bits, seen: NDArray[np.float32]) -> Table:
    labels = [find(name)(bits) for name in experiment.tasks]
    return np.column_stack([seen, *labels]).astype(np.float32)
