"""Student's t corrected for skewness: intervals of a mean, and the p-value that agrees with them.

Johnson (1978): where a run's numbers have skewness g, t = √n (x + g (x² + 1/(2n)) / 3) follows
Student's law better than √n x does, x being (mean − μ)/s. From few runs g is hardly known, so each
end takes it `DOUBT` standard errors √(6/n) worse for itself than it was seen, and the correction
never narrows. Simulations in the tests show how often that holds.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from ncviz.computing import unwarned

Array = NDArray[np.float64]

FEW_RUNS = 5
"""With fewer runs than this no t interval is trusted, and nothing is known of a skewness."""

DOUBT = 1.5
"""How many of its standard errors the skewness is taken worse; chosen by simulation."""


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
