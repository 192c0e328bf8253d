"""Intervals of a mean and the p-values that agree with them: t corrected for skewness, and bets.

Johnson (1978): where a run's numbers have skewness g, t = √n (x + g (x² + 1/(2n)) / 3) follows
Student's law better than √n x does, x being (mean − μ)/s. From few runs g is hardly known, so each
end takes it `DOUBT` standard errors √(6/n) worse for itself than it was seen, and the correction
never narrows. Waudby-Smith & Ramdas (2024): at mean m the wealth Π (1 + c (x − m)/m), 0 ≤ c ≤ 1,
of numbers x from 0 to 1 is a non-negative martingale, whatever their distribution. Its stake is
spread over a fixed mixture of bets, so that the runs' order is free.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize.elementwise import find_root
from scipy.special import stdtr, stdtrit

from ncviz.basics.computing import unwarned

Array = NDArray[np.float64]

FEW_RUNS = 5  # with fewer no t interval is trusted, and nothing is known of a skewness
DOUBT = 1.5  # how many of its standard errors the skewness is taken worse; chosen by simulation
ROUNDING = 1e-12  # numbers that differ by no more are equal
BETS = 0.5 ** np.arange(8)  # bets, as fractions of the largest that cannot lose more than all
BET_WEIGHTS = np.append(BETS[1:], BETS[-1])  # of the starting wealth: half of it on the largest


@unwarned
def corrected_intervals(values: Array, miss: Array) -> Array:
    """Mean, lower end, upper end (rows, 3) of rows (rows, runs); NaN where a run diverged."""
    mean, s, n, skewness = _moments(values)
    q = np.where(n > 1, stdtrit(n - 1.0, 1 - miss / 2) / np.sqrt(n), np.nan)
    far = (q**2 + 1 / (2 * n)) * s
    low = mean - q * s - _slant(n, -skewness) * far
    high = mean + q * s + _slant(n, skewness) * far
    return np.stack([mean, low, high], axis=-1)


@unwarned
def corrected_p(values: Array, at: Array) -> Array:
    """p-values (rows,) of "the mean is at most this": the lower end at half a miss p/2 is there."""
    mean, s, n, skewness = _moments(values)
    slant = _slant(n, -skewness)
    x = (mean - at) / s - slant / (2 * n)
    # The root of q + slant·q² = x; below the mean nothing is corrected.
    q = np.where(x > 0, 2 * x / (1 + np.sqrt(1 + 4 * slant * np.maximum(x, 0))), x)
    p = stdtr(n - 1.0, -q * np.sqrt(n))
    return np.asarray(np.where(s > 0, p, np.where(mean > at, 0.0, 1.0)))


def _slant(n: Array, skewness: Array) -> Array:
    """A third of the skewness towards an end, as bad as it may be; never below 0."""
    worst = np.maximum(0.0, skewness + DOUBT * np.sqrt(6 / np.maximum(n, 1)))
    return np.asarray(np.where(n < FEW_RUNS, 0.0, worst / 3))


@unwarned
def _moments(values: Array) -> tuple[Array, Array, Array, Array]:
    """Mean, standard deviation, number and skewness of the runs in each row."""
    good = np.isfinite(values)
    n = good.sum(axis=-1).astype(np.float64)
    mean = np.where(good, values, 0.0).sum(axis=-1) / n
    away = np.where(good, values - mean[..., None], 0.0)
    squares = (away**2).sum(axis=-1)
    s = np.sqrt(squares / (n - 1))
    third = ((away / np.sqrt(squares / n)[..., None]) ** 3).sum(axis=-1) / n
    return mean, s, n, np.where(squares > 0, third, 0.0)


def bounded_ends(values: Array, miss: Array) -> Array:
    """Ends (rows, 2) for means of numbers from 0 to 1, in rows (rows, runs)."""
    lowest = _lowest_mean(np.concatenate([values, 1 - values]), np.concatenate([miss, miss]))
    return np.stack([lowest[: len(values)], 1 - lowest[len(values) :]], axis=-1)


@unwarned
def bounded_p(values: Array, mean: Array) -> Array:
    """p-values (rows,) of "the mean is at most this", for the same numbers."""
    n = np.isfinite(values).sum(axis=-1)
    if_equal = n * (np.log(mean) - np.log(np.nanmin(values, axis=-1)))
    log_p = np.where(_equal(values), if_equal, -_log_wealth(values, mean))
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
