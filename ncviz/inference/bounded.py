"""Intervals of a mean that hold for every distribution on a known range, by a game of bets.

At mean m the wealth Π (1 + c (x − m)/m), 0 ≤ c ≤ 1, of numbers x from 0 to 1 is a non-negative
martingale (Waudby-Smith & Ramdas 2024). The stake is spread over a fixed mixture of bets instead
of a predicted one, so that the runs' order is free.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize.elementwise import find_root

from ncviz.computing import unwarned

Array = NDArray[np.float64]

ROUNDING = 1e-12
"""Numbers that differ by no more are equal."""

BETS = 0.5 ** np.arange(8)
"""Bets, as fractions of the largest that cannot lose more than all."""

BET_WEIGHTS = np.append(BETS[1:], BETS[-1])
"""How the starting wealth is spread over the bets: half of it on the largest."""


def bounded_ends(values: Array, miss: Array) -> Array:
    """Ends (rows, 2) for means of numbers from 0 to 1, in rows (rows, runs)."""
    both = np.concatenate([values, 1 - values])
    lowest, turned = np.split(_lowest_mean(both, np.concatenate([miss, miss])), 2)
    return np.stack([lowest, 1 - turned], axis=-1)


@unwarned
def bounded_p(values: Array, mean: Array) -> Array:
    """p-values (rows,) of "the mean is at most this", for the same numbers."""
    n = np.isfinite(values).sum(axis=-1)
    least = np.nanmin(values, axis=-1)
    by_bets = -_log_wealth(values, mean)
    if_equal = n * (np.log(mean) - np.log(least))
    log_p = np.where(_equal(values), if_equal, by_bets)
    return np.asarray(np.exp(np.minimum(log_p, 0.0)))


def _lowest_mean(values: Array, miss: Array) -> Array:
    """Smallest mean m at which betting on "more than m" has not won 2/miss times the stake."""

    def excess(m: Array, row: Array) -> Array:
        which = row.astype(np.intp)
        return _log_wealth(values[which], m) + np.log(miss[which] / 2)

    n = np.isfinite(values).sum(axis=-1)
    answer = np.nanmin(values, axis=-1) * (miss / 2) ** (1 / n)  # exact if all runs are equal
    some = np.flatnonzero(~_equal(values))
    if len(some):
        mean = np.nanmean(values[some], axis=-1)
        root = find_root(
            excess, (np.full(len(some), 1e-9), mean), args=(some,), tolerances={"xatol": 1e-6}
        )
        answer[some] = np.where(root.success, root.x, 0.0)
    return np.asarray(answer)


def _equal(values: Array) -> NDArray[np.bool_]:
    return np.asarray(np.nanmax(values, axis=-1) - np.nanmin(values, axis=-1) <= ROUNDING)


@unwarned
def _log_wealth(x: Array, m: Array) -> Array:
    gains = np.log1p(BETS[:, None] * (x[..., None, :] / m[..., None, None] - 1))
    return np.asarray(np.logaddexp.reduce(np.nansum(gains, axis=-1) + np.log(BET_WEIGHTS), axis=-1))
