"""Evidence that grows run by run, and that may be looked at after each of them."""

import numpy as np
from numpy.typing import ArrayLike

from ncviz.bell import CLASSICAL_BOUND
from ncviz.checks import numbers
from ncviz.computing import unwarned
from ncviz.inference.bounded import BET_WEIGHTS, BETS, Array

LARGEST_BET = 4 / 3
"""More than this could lose more than the whole stake in one run."""

WIN_CHANCE = (4 + CLASSICAL_BOUND) / 8
"""Largest chance of winning the CHSH game without influence: ¾."""


def any_time_p(S: ArrayLike) -> Array:
    """p-values of "the mean of S is at most 2", after each run.

    A game of bets: of each run's W = (4 + S)/8 a fair stake returns 1 + c (W − ¾), 0 ≤ c ≤ 4/3,
    so that under the hypothesis the wealth is expected never to grow. The stake is spread over
    eight c beforehand. p = 1 / (largest wealth so far): it holds for every distribution of S,
    and whenever one decides to stop (Ville's inequality).

    Parameters
    ----------
    S : array_like, shape (..., runs)
        S of each run, −4 to 4, in the order in which they were made; NaN where a run diverged
        (it places no bet).

    Returns
    -------
    array, shape (..., runs)
        From 0 to 1, never growing.

    Raises
    ------
    ValueError
        If an S is outside of −4 to 4.

    Examples
    --------
    >>> from ncviz.inference import any_time_p
    >>> any_time_p([4, 4, 4]).round(3)  # each returns up to 4/3 of the stake
    array([0.818, 0.663, 0.533])
    """
    values = np.atleast_1d(numbers("S", S))
    outside = np.isfinite(values) & (np.abs(values) > 4) | np.isinf(values)
    if outside.any():
        raise ValueError(f"S must be from −4 to 4 in every run, not {values[outside].flat[0]}")
    gain = np.where(np.isnan(values), 0.0, (4 + values) / 8 - WIN_CHANCE)
    # Beyond rounding no bet loses all: with c = 4/3 and S = −4 the wealth would be 0 for good.
    gains = unwarned(lambda: np.log1p(LARGEST_BET * BETS[:, None] * gain[..., None, :]))()
    wealth = np.cumsum(gains, axis=-1)
    total = np.logaddexp.reduce(wealth + np.log(BET_WEIGHTS)[:, None], axis=-2)
    best = np.maximum.accumulate(np.maximum(total, 0.0), axis=-1)
    return np.asarray(np.exp(-best))
