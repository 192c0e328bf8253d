"""Intervals over runs and their p-values: the unit is the run, never the held-out point.

Johnson (1978): where a run's numbers have skewness g, t = √n (x + g (x² + 1/(2n)) / 3) follows
Student's law better than √n x does, x being (mean − μ)/s. From few runs g is hardly known, so each
end takes it `DOUBT` standard errors √(6/n) worse for itself than it was seen, and the correction
never narrows. Waudby-Smith & Ramdas (2024): at mean m the wealth Π (1 + c (x − m)/m), 0 ≤ c ≤ 1,
of numbers x from 0 to 1 is a non-negative martingale, whatever their distribution. Its stake is
spread over a fixed mixture of bets, so that the runs' order is free.
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize.elementwise import find_root
from scipy.special import stdtr, stdtrit

from ncviz.basics.checks import a_text, any_number, optional, short, takes
from ncviz.basics.computing import unwarned
from ncviz.inference.designs import Array, chances, ends, flags, rows

ERROR = 0.05
"""Intervals are two-sided 95 %."""

FEW_RUNS = 5  # with fewer no t interval is trusted, and nothing is known of a skewness
DOUBT = 1.5  # how many of its standard errors the skewness is taken worse; chosen by simulation
ROUNDING = 1e-12  # numbers that differ by no more are equal
BETS = 0.5 ** np.arange(8)  # bets, as fractions of the largest that cannot lose more than all
BET_WEIGHTS = np.append(BETS[1:], BETS[-1])  # of the starting wealth: half of it on the largest
MANY_TIES = 0.25  # share of equal runs from which a t interval is no longer trusted, but for S


@dataclass(frozen=True)
class Estimate:
    """A mean over runs with its 95 % interval: NaN without runs, its ends with fewer than two."""

    value: float
    low: float
    high: float
    n: int  # runs used; those that diverged are left out

    def plus(self, number: float) -> "Estimate":
        """The estimate of a quantity that is so much larger."""
        return Estimate(self.value + number, self.low + number, self.high + number, self.n)

    def times(self, factor: float) -> "Estimate":
        """The estimate in other units; the factor is above 0."""
        return Estimate(self.value * factor, self.low * factor, self.high * factor, self.n)

    def __format__(self, spec: str) -> str:
        spec = spec or ".2f"
        if not np.isfinite(self.value):
            return "–"
        value, low, high = (format_number(x, spec) for x in (self.value, self.low, self.high))
        return f"{value} [{low}, {high}]" if np.isfinite(self.low) else f"{value} (no interval)"

    def __str__(self) -> str:
        return format(self)


@takes(value=any_number, spec=a_text)
def format_number(value: float, spec: str = ".2f") -> str:
    """A number for reading: with a real minus sign, and never a minus before zero."""
    if not re.fullmatch(r"(\.\d{1,2})?[efg]", spec):
        raise ValueError(f"spec must be like '.2f' or 'g', not {short(spec)}")
    text = format(value, spec)
    return (text.removeprefix("-") if float(text) == 0 else text).replace("-", "−")


@takes(values=rows, low=ends, high=ends, error=chances, bounded=optional(flags))
def mean_intervals(
    values: Array,
    low: ArrayLike,
    high: ArrayLike,
    error: ArrayLike = ERROR,
    bounded: ArrayLike | None = None,
) -> Array:
    """Mean over runs with an interval, row by row.

    A t interval corrected for skewness (Johnson 1978). Where more than a quarter of the runs are
    equal (near saturation a rare bad run may not have been drawn yet), and with fewer than five,
    that of a betting martingale, for any distribution on [low, high] (Waudby-Smith & Ramdas 2024).

    Parameters
    ----------
    values : array, shape (rows, runs)
        NaN where a run diverged.
    low, high, error : array_like, shape (rows,) or ()
        What a run's number can be at least and at most; how often an interval may miss.
    bounded : array_like of bool, shape (rows,) or (), optional
        Which rows get the bounded mean; by default those that `needs_bounds`.

    Returns
    -------
    array, shape (rows, 3)
        Mean, lower end, upper end, in [low, high]; the ends are NaN with fewer than two runs.

    Examples
    --------
    >>> from ncviz.inference import mean_intervals
    >>> mean_intervals([[2.0] * 50], -4, 4).round(3)  # 2 − 6u, 2 + 2u, u = 1 − .025^(1/50)
    array([[2.   , 1.573, 2.142]])
    """
    some, least, most, miss, scaled = _by_row(values, bounded, low=low, high=high, error=error)
    answer = _corrected_intervals(values, miss)
    if some.any():
        lowest = _lowest_mean(np.concatenate([scaled, 1 - scaled]), np.tile(miss[some], 2))
        both = np.stack([lowest[: len(scaled)], 1 - lowest[len(scaled) :]], axis=-1)
        answer[some, 1:] = least[some, None] + (most - least)[some, None] * both
    answer[:, 1:] = np.clip(answer[:, 1:], least[:, None], most[:, None])
    return answer


def with_ends(name: str, intervals: Array) -> dict[str, Array]:
    """Rows of `mean_intervals` as columns: the name, and it with _low and _high."""
    return dict(zip((name, f"{name}_low", f"{name}_high"), intervals.T, strict=True))


@takes(values=rows, at=ends, low=ends, high=ends, bounded=optional(flags))
def p_of_means(
    values: Array, at: ArrayLike, low: ArrayLike, high: ArrayLike, bounded: ArrayLike | None = None
) -> Array:
    """One-sided p-values (rows,) of "the mean is at most `at`", as for `mean_intervals`.

    p ≤ error/2 exactly where the lower end is at or above `at`, which is above `low`. NaN with
    fewer than two runs.

    Examples
    --------
    >>> from ncviz.inference import p_of_means
    >>> p_of_means([[2.1] * 50], 2, -4, 4).round(2)  # (6/6.1)^50
    array([0.44])
    """
    some, least, most, mean, scaled = _by_row(values, bounded, low=low, high=high, at=at)
    answer = _corrected_p(values, mean)
    if some.any():
        answer[some] = _bounded_p(scaled, ((mean - least) / (most - least))[some])
    answer[np.isfinite(values).sum(axis=-1) < 2] = np.nan
    return answer


@takes(values=rows, low=ends, high=ends, error=chances, bounded=optional(flags))
def estimates(
    values: Array,
    low: ArrayLike,
    high: ArrayLike,
    error: ArrayLike = ERROR,
    bounded: ArrayLike | None = None,
) -> list[Estimate]:
    """`mean_intervals` of rows (rows, runs) as a list of `Estimate`."""
    used = np.isfinite(values).sum(axis=-1).tolist()
    three = mean_intervals(values, low, high, error, bounded).tolist()
    return [Estimate(m, low, high, n) for (m, low, high), n in zip(three, used, strict=True)]


@takes(values=rows)
def many_ties(values: Array) -> NDArray[np.bool_]:
    """Rows (rows, runs) in which more than `MANY_TIES` of the runs are equal."""
    ordered = np.sort(values, axis=-1)  # NaN goes to the end, and equals nothing
    n = np.isfinite(values).sum(axis=-1)
    answer = np.zeros(len(values), dtype=bool)
    for runs in np.unique(n[n > 1]):
        many = int(max(1, MANY_TIES * runs))
        rows = ordered[n == runs]
        answer[n == runs] = (rows[:, many:] == rows[:, :-many]).any(axis=-1)
    return answer


@takes(values=rows)
def needs_bounds(values: Array) -> NDArray[np.bool_]:
    """Rows (rows, runs) for which a t interval is not trusted: many ties, or few runs."""
    return np.asarray(many_ties(values) | (np.isfinite(values).sum(axis=-1) < FEW_RUNS))


def _by_row(
    values: Array, bounded: ArrayLike | None, low: ArrayLike, high: ArrayLike, **more: ArrayLike
) -> tuple[Any, ...]:
    """Which rows get a bounded mean; the others once a row; values of the former, from 0 to 1."""

    def one_a_row(name: str, given: ArrayLike) -> Any:
        each = np.asarray(given)
        if each.ndim > 1 or each.size not in (1, len(values)):
            raise ValueError(f"{name} must be one, or one for each of {len(values)} rows")
        return np.broadcast_to(each, len(values))

    least, most, other = (one_a_row(*item) for item in {"low": low, "high": high, **more}.items())
    which = needs_bounds(values) if bounded is None else bounded
    some = one_a_row("bounded", which) & (np.isfinite(values).sum(axis=-1) > 1)
    if not (most > least).all():
        raise ValueError(f"high must be above low, not {short(most)} above {short(least)}")
    if not np.isfinite((most - least)[some]).all():
        raise ValueError(f"low and high must be finite for a bounded mean, not {short(most)}")
    # Rounding may have put a number a hair's breadth outside.
    scaled = np.clip((values[some] - least[some, None]) / (most - least)[some, None], 0, 1)
    return some, least, most, other, scaled


@takes(values=rows)
def all_agree(values: Array) -> NDArray[np.bool_]:
    """Rows (rows, runs) of which no spread can be told: all runs equal, or few runs."""
    return np.asarray(_equal(values) | (np.isfinite(values).sum(axis=-1) < FEW_RUNS))


@unwarned
def _corrected_intervals(values: Array, miss: Array) -> Array:
    """Mean, lower end, upper end (rows, 3) of rows (rows, runs); NaN where a run diverged."""
    mean, s, n, skewness = _moments(values)
    q = np.where(n > 1, stdtrit(n - 1.0, 1 - miss / 2) / np.sqrt(n), np.nan)
    far = (q**2 + 1 / (2 * n)) * s
    low = mean - q * s - _slant(n, -skewness) * far
    high = mean + q * s + _slant(n, skewness) * far
    return np.stack([mean, low, high], axis=-1)


@unwarned
def _corrected_p(values: Array, at: Array) -> Array:
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


@unwarned
def _bounded_p(values: Array, mean: Array) -> Array:
    """p-values (rows,) of "the mean is at most this", for numbers from 0 to 1."""
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
    good = np.isfinite(values)
    least = np.where(good, values, np.inf).min(axis=-1, initial=np.inf)
    most = np.where(good, values, -np.inf).max(axis=-1, initial=-np.inf)
    return np.asarray(most - least <= ROUNDING)


@unwarned
def _log_wealth(x: Array, m: Array) -> Array:
    gains = np.log1p(BETS[:, None] * (x[..., None, :] / m[..., None, None] - 1))
    return np.asarray(np.logaddexp.reduce(np.nansum(gains, axis=-1) + np.log(BET_WEIGHTS), axis=-1))
