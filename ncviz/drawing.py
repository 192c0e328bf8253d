"""All chance of a run, drawn at once: its starting weights, its points and its batch order."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ncviz.computing import contained
from ncviz.experiment import CHOICES, Experiment
from ncviz.tasks import N_BITS, Bits, find, sample_points

HIDDEN_SPREAD = 0.5
"""Standard deviation of the shared layer's starting weights."""

Table = NDArray[np.float32]


@dataclass(frozen=True)
class Draw:
    """One hidden variable λ, the same in all four settings.

    Parameters
    ----------
    hidden_weight : array, shape (hidden, bits)
    head_weight : array, shape (2, hidden)
        Biases start at 0.
    train, test : array, shape (points, bits + 4)
        The points as the net sees them, then their labels by A1, A2, B1, B2.
    test_bits : array, shape (points, bits)
        The held-out points without their noise, 0 or 1.
    order : array, shape (steps, batch_size)
        Which training points each step takes, where it takes a minibatch.
    noise : SeedSequence
        Stream of the weights that the training points have in each step, where they are random.
    """

    hidden_weight: NDArray[np.float64]
    head_weight: NDArray[np.float64]
    train: Table
    test: Table
    test_bits: Bits
    order: NDArray[np.int32]
    noise: np.random.SeedSequence


@contained
def draw(experiment: Experiment, run: int) -> Draw:
    """Draw run number `run`.

    It has streams of its own, one each for weights, points, order, noise and shuffled labels: what
    one of them gives does not depend on whether the others are used.
    """
    streams = np.random.SeedSequence(experiment.seed, spawn_key=(run,)).spawn(5)
    weights, points, order = (np.random.default_rng(stream) for stream in streams[:3])
    e = experiment
    train = sample_points(points, e.n_train, e.noise)
    test = sample_points(points, e.n_test, e.noise)
    learned = _table(e, *train)
    if task := CHOICES["shuffled"].index(e.shuffled):  # the first stands for none of them
        labels = learned[:, N_BITS + task - 1]
        labels[:] = np.random.default_rng(streams[4]).permutation(labels)
    return Draw(
        hidden_weight=HIDDEN_SPREAD * weights.standard_normal((e.hidden, N_BITS)),
        head_weight=weights.standard_normal((2, e.hidden)) / np.sqrt(e.hidden),
        train=learned,
        test=_table(e, *test),
        test_bits=test[0],
        order=order.integers(0, e.n_train, size=(e.steps, e.batch_size)).astype(np.int32),
        noise=streams[3],
    )


def _table(experiment: Experiment, bits: Bits, seen: NDArray[np.float32]) -> Table:
    labels = [find(name)(bits) for name in experiment.tasks]
    return np.column_stack([seen, *labels]).astype(np.float32)
