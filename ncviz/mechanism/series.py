"""Losses as series in time: how two of them change together, and whether one has a period."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ncviz.basics.computing import unwarned
from ncviz.inference import Array

LEAST_STEPS = 32
"""Shorter series say nothing of a period."""

LEAST_CYCLES = 3
"""Slower than this many cycles in the whole series is a trend, not a period."""

TREND = 3
"""Degree of the polynomial that stands for a loss's decay where a period is looked for."""


def change_correlation(losses: ArrayLike) -> Array:
    """Pearson correlation of the step-to-step changes of two heads' losses.

    A straight trend of either loss changes nothing: it adds the same to every change.

    Parameters
    ----------
    losses : array_like, shape (steps, ..., 2)

    Returns
    -------
    array, shape (...)
        −1 to 1; NaN where a loss does not change, or changes by the same at every step.

    Examples
    --------
    >>> from ncviz.mechanism.series import change_correlation
    >>> change_correlation([[0, 9], [1, 8], [3, 6], [2, 7]]).round(3).tolist()
    -1.0
    """
    return _correlation(np.diff(np.asarray(losses, dtype=np.float64), axis=0))


def phase_shuffled(values: ArrayLike, rng: np.random.Generator) -> Array:
    """Surrogates with the same power spectrum, mean and variance, and phases drawn at random.

    Parameters
    ----------
    values : array_like, shape (steps, ...)
        Each series gets phases of its own.
    rng : Generator

    Returns
    -------
    array, shape (steps, ...)

    Notes
    -----
    Fourier surrogates of Theiler, Eubank, Longtin, Galdrikian & Farmer (1992), Physica D 58, 77.
    They are Gaussian and stationary whatever the series was.

    Examples
    --------
    >>> import numpy as np
    >>> from ncviz.mechanism.series import phase_shuffled
    >>> x = np.random.default_rng(0).normal(size=64)
    >>> y = phase_shuffled(x, np.random.default_rng(1))
    >>> np.allclose(np.abs(np.fft.rfft(x)), np.abs(np.fft.rfft(y)))
    True
    """
    series = np.asarray(values, dtype=np.float64)
    spectrum = np.fft.rfft(series, axis=0)
    turns = np.exp(2j * np.pi * rng.random(spectrum.shape))
    turns[0] = 1  # the mean stays
    if len(series) % 2 == 0:  # the fastest frequency has a sign, no phase
        turns[-1] = np.sign(turns[-1].real)
    return np.fft.irfft(spectrum * turns, n=len(series), axis=0)


def correlation_surrogates(losses: ArrayLike, surrogates: int, rng: np.random.Generator) -> Array:
    """`change_correlation` as it would be if the two heads' changes were unrelated.

    Both series of changes keep their power spectra; the phases between them are drawn at random.
    To draw those of one head suffices, for only their difference enters the correlation.

    Parameters
    ----------
    losses : array_like, shape (steps, ..., 2)
    surrogates : int
    rng : Generator

    Returns
    -------
    array, shape (surrogates, ...)
    """
    changes = np.diff(np.asarray(losses, dtype=np.float64), axis=0)
    found = np.empty((surrogates, *changes.shape[1:-1]))
    for k in range(surrogates):
        shuffled = phase_shuffled(changes[..., 0], rng)
        found[k] = _correlation(np.stack([shuffled, changes[..., 1]], axis=-1))
    return found


def dominant_period(
    losses: ArrayLike, surrogates: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """The period of the highest peak of a loss's spectrum above its red noise, and its p-value.

    A noisy loss remembers where it was a step ago, so slow swings have the most power without any
    period. Its decay (a cubic of least squares) and that memory are taken out first: what is
    looked at are the residuals x_t − φ·x_{t−1} of an AR(1) process, with φ by least squares but
    not below 0, so that a zigzag is a period and no memory. The statistic is Fisher's g, the
    highest peak of their periodogram as a share of all its power. Phase-shuffled surrogates are
    of no use here, as they keep every peak; the null is the same residuals in random order,
    which have no period and no memory, and the same sizes.

    Parameters
    ----------
    losses : array_like, shape (steps, ...)
        At least `LEAST_STEPS` steps.
    surrogates : int
    rng : Generator

    Returns
    -------
    period : array, shape (...)
        In steps, from 2 to a third of the series, on the grid (residuals) / (whole number of
        cycles), `LEAST_CYCLES` cycles at least; whether or not the peak is significant.
    p : array, shape (...)
        Share of the random orders with a peak as high, (1 + count) / (1 + surrogates). It also
        becomes small where memory is longer than AR(1): a broad bump, no clock.
    Both are NaN where there is no power at all.

    Notes
    -----
    Fisher (1929), Proc. R. Soc. A 125, 54, for g; red noise as the background of a peak as in
    Torrence & Compo (1998), Bull. Am. Meteorol. Soc. 79, 61.

    Examples
    --------
    >>> import numpy as np
    >>> from ncviz.mechanism.series import dominant_period
    >>> wave = np.sin(2 * np.pi * np.arange(401) / 8)
    >>> period, p = dominant_period(wave, 99, np.random.default_rng(0))
    >>> float(period), float(p)
    (8.0, 0.01)
    """
    residuals = _without_memory(np.asarray(losses, dtype=np.float64))
    cycles, height = _highest_peak(residuals)
    as_high = np.zeros(height.shape, dtype=np.int64)
    for _ in range(surrogates):
        # One order for all series: each of them is judged by itself.
        as_high += _highest_peak(residuals[rng.permutation(len(residuals))])[1] >= height
    nothing = np.isnan(height)
    period = np.where(nothing, np.nan, len(residuals) / cycles)
    return period, np.where(nothing, np.nan, (1 + as_high) / (1 + surrogates))


def _without_memory(losses: Array) -> Array:
    """Residuals of an AR(1) process about a polynomial trend, shape (steps − 1, ...)."""
    flat = (losses - losses[0]).reshape(len(losses), -1)  # exactly 0 where nothing changes
    time = np.linspace(-1, 1, len(flat))
    trend, _ = np.linalg.qr(np.polynomial.legendre.legvander(time, TREND))
    waves = flat - trend @ (trend.T @ flat)
    before, after = waves[:-1], waves[1:]
    power = (before**2).sum(axis=0)
    memory = (before * after).sum(axis=0).clip(min=0) / np.where(power > 0, power, 1)
    return np.asarray((after - memory * before).reshape(-1, *losses.shape[1:]))


def _highest_peak(residuals: Array) -> tuple[NDArray[np.int64], Array]:
    """Its number of cycles, and its share of all power."""
    power = np.abs(np.fft.rfft(residuals, axis=0)[LEAST_CYCLES:]) ** 2
    share = unwarned(np.divide)(power.max(axis=0), power.sum(axis=0))
    return power.argmax(axis=0) + LEAST_CYCLES, np.asarray(share)


def _correlation(changes: Array) -> Array:
    """Pearson correlation over the first axis of the two series of the last one."""
    a, b = np.moveaxis(changes - changes.mean(axis=0), -1, 0)
    size = np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))
    return np.asarray(unwarned(np.divide)((a * b).sum(axis=0), size))
