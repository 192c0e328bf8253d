"""Intervals over runs and their p-values: the unit is the run, never the held-out point.

The runs are paired (one λ in all four settings), so every headline number is a mean over runs.
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ncviz.basics.checks import a_text, any_number, numbers, optional, regular, short, takes
from ncviz.inference import means
from ncviz.inference.means import FEW_RUNS

Array = NDArray[np.float64]

ERROR = 0.05
"""Intervals are two-sided 95 %."""

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
        value = format_number(self.value, spec)
        if not np.isfinite(self.low):
            return f"{value} (no interval)"
        return f"{value} [{format_number(self.low, spec)}, {format_number(self.high, spec)}]"

    def __str__(self) -> str:
        return format(self)


def rows(name: str, value: object) -> Array:
    """A check for numbers in rows, one a run; arrays of floating-point numbers stay as they are."""
    known = isinstance(value, np.ndarray) and value.dtype.kind == "f"
    found = (regular if known else numbers)(name, value)
    if found.ndim != 2:
        raise ValueError(f"{name} must have shape (rows, runs), not {found.shape}")
    return found


def ends(name: str, value: object) -> Array:
    """A check for what there is one of, or one a row; it may be infinite, but not NaN."""
    found = numbers(name, value)
    if found.ndim > 1 or np.isnan(found).any():
        raise ValueError(f"{name} must be a number, or one a row, not {short(value)}")
    return found


def chances(name: str, value: object) -> Array:
    """A check for how often an interval may miss."""
    found = ends(name, value)
    if not ((found >= 1e-12) & (found < 1)).all():
        raise ValueError(f"{name} must be between 0 and 1, not {short(value)}")
    return found


def flags(name: str, value: object) -> NDArray[np.bool_]:
    """A check for True or False, or one of them a row."""
    found = regular(name, value)
    if found.dtype != bool:
        raise ValueError(f"{name} must be True or False, or one of them a row, not {short(value)}")
    return found


@takes(value=any_number, spec=a_text)
def format_number(value: float, spec: str = ".2f") -> str:
    """A number for reading: with a real minus sign, and never a minus before zero."""
    if not re.fullmatch(r"(\.\d{1,2})?[efg]", spec):
        raise ValueError(f"spec must be like '.2f' or 'g', not {short(spec)}")
    text = format(value, spec)
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", "−")


@takes(values=rows, low=ends, high=ends, error=chances, bounded=optional(flags))
def mean_intervals(
    values: Array,
    low: ArrayLike,
    high: ArrayLike,
    error: ArrayLike = ERROR,
    bounded: ArrayLike | None = None,
) -> Array:
    """Mean over runs with an interval, row by row.

    A t interval corrected for skewness (Johnson 1978) where few runs are equal. Where more than a
    quarter of them are (near saturation a rare bad run may not have been drawn yet), and with fewer
    than five runs, the bounded-mean interval of a betting martingale, which holds for every
    distribution on [low, high] (Waudby-Smith & Ramdas 2024).

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
    answer = means.corrected_intervals(values, miss)
    if some.any():
        both = means.bounded_ends(scaled, miss[some])
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

    They are those of the intervals: p ≤ error/2 exactly where the lower end is at or above `at`,
    which is above `low`. NaN with fewer than two runs.

    Examples
    --------
    >>> from ncviz.inference import p_of_means
    >>> p_of_means([[2.1] * 50], 2, -4, 4).round(2)  # (6/6.1)^50
    array([0.44])
    """
    some, least, most, mean, scaled = _by_row(values, bounded, low=low, high=high, at=at)
    answer = means.corrected_p(values, mean)
    if some.any():
        answer[some] = means.bounded_p(scaled, ((mean - least) / (most - least))[some])
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
    few = np.isfinite(values).sum(axis=-1) < FEW_RUNS
    return np.asarray(many_ties(values) | few)


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
    good = np.isfinite(values)
    least = np.where(good, values, np.inf).min(axis=-1, initial=np.inf)
    most = np.where(good, values, -np.inf).max(axis=-1, initial=-np.inf)
    return np.asarray((most - least <= means.ROUNDING) | (good.sum(axis=-1) < FEW_RUNS))
