"""Runs as they would be without signalling: the partner's two settings swapped at random."""

import numpy as np

from ncviz.inference.estimates import Array

NUMBERS_AT_ONCE = 4_000_000


def swapped_means(shifts: Array, resamples: int, rng: np.random.Generator) -> Array:
    """Mean shifts of experiments in which the partner's two settings are swapped within runs.

    Parameters
    ----------
    shifts : array, shape (runs, 4)
        Of A1, A2, B1, B2.
    resamples : int
    rng : Generator

    Returns
    -------
    array, shape (resamples, 4)
    """
    runs = len(shifts)
    found: list[Array] = []
    for some in np.array_split(np.arange(resamples), -(-resamples * 2 * runs // NUMBERS_AT_ONCE)):
        # One swap for Alice's two tasks and one for Bob's: what goes together stays together.
        signs = 1.0 - 2.0 * rng.integers(2, size=(2, len(some), runs), dtype=np.int8)
        found.append(np.concatenate([signs[0] @ shifts[:, :2], signs[1] @ shifts[:, 2:]], axis=1))
    return np.concatenate(found) / runs
