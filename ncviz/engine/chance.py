"""All chance of a run: its starting weights, its points and its batch order."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.computing import contained
from ncviz.fields import CHOICES
from ncviz.setup import Setup
from ncviz.tasks import N_BITS, Bits, find, sample_points

HIDDEN_SPREAD = 0.5
"""Standard deviation of the shared layer's starting weights."""

Table = NDArray[np.float32]
Order = NDArray[np.int32]


@dataclass(frozen=True)
class Draw:
    """One hidden variable λ, the same in all four settings.

    The held-out points and the order are drawn when they are asked for, the same every time: of
    many steps or points they are what takes most memory.

    Parameters
    ----------
    experiment : Setup
    hidden_weight : array, shape (hidden, bits)
    head_weight : array, shape (2, hidden)
        Biases start at 0.
    train : array, shape (points, bits + 4)
        The training points as the net sees them, then their labels by A1, A2, B1, B2.
    points, steps, noise : SeedSequence
        Streams of the points, of which training points each step takes, and of the weights that
        the training points have in each step, where they are random.
    """

    experiment: Setup
    hidden_weight: NDArray[np.float64]
    head_weight: NDArray[np.float64]
    train: Table
    points: np.random.SeedSequence
    steps: np.random.SeedSequence
    noise: np.random.SeedSequence

    @property
    def test(self) -> Table:
        """The held-out points, laid out as `train`."""
        return _table(self.experiment, *self._held_out())

    @property
    def test_bits(self) -> Bits:
        """The held-out points without their noise (points, bits), 0 or 1."""
        return self._held_out()[0]

    @property
    def order(self) -> Order:
        """Which training points each step takes, where it takes a minibatch: (steps, batch)."""
        return Minibatch(self).next(self.experiment.steps)

    def _held_out(self) -> tuple[Bits, Table]:
        points, e = np.random.default_rng(self.points), self.experiment
        sample_points(points, e.n_train, e.noise)  # these come first in the stream
        return sample_points(points, e.n_test, e.noise)


class Minibatch:
    """Which training points the steps of a run take, some steps at a time, from the first on."""

    def __init__(self, drawn: Draw) -> None:
        self._stream = np.random.default_rng(drawn.steps)
        self._most, self._batch = drawn.experiment.n_train, drawn.experiment.batch_size

    def next(self, steps: int) -> Order:
        """The next steps, shape (steps, batch_size), whole numbers below `n_train`."""
        # The stream goes on where it stopped: pieces of it are the same numbers as the whole.
        return self._stream.integers(0, self._most, size=(steps, self._batch)).astype(np.int32)


@contained
def draw(experiment: Setup, run: int) -> Draw:
    """Draw run number `run`.

    It has streams of its own, one each for weights, points, order, noise, shuffled labels and
    redrawn heads: what one of them gives does not depend on whether the others are used.
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
    return Draw(
        experiment=e,
        hidden_weight=hidden_weight,
        head_weight=head_weight,
        train=learned,
        points=streams[1],
        steps=streams[2],
        noise=streams[3],
    )


def _table(experiment: Setup, bits: Bits, seen: NDArray[np.float32]) -> Table:
    labels = [find(name)(bits) for name in experiment.tasks]
    return np.column_stack([seen, *labels]).astype(np.float32)
