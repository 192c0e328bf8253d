"""Simulated trials: counts drawn from a behavior."""

import numpy as np
from numpy.typing import NDArray

from ncviz.bell.forms import Array
from ncviz.checks import LARGEST_SEED, whole

LARGEST_TRIALS = 10**9
"""More trials could make an outcome of probability 0 appear through rounding."""


def draw_counts(p: Array, trials: int, seed: int) -> NDArray[np.int64]:
    """Multinomial counts (…, 4, 4), `trials` in each of the settings 11, 12, 21, 22."""
    number = whole("trials", trials, 1, LARGEST_TRIALS)
    rng = np.random.default_rng(whole("seed", seed, 0, LARGEST_SEED))
    chances = np.maximum(0, p).reshape(*p.shape[:-4], 4, 4)
    return rng.multinomial(number, chances / chances.sum(axis=-1, keepdims=True))
