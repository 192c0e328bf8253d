"""95 % intervals for S by design, and the statistic by which all of ncviz says if S is above 2.

No statistic can allow for a rare run that is wilder than all those in hand. On large pools of the
default experiment, from 5 runs on, this one covers at least 95 % at 2 to 6 neurons and 90 % near
saturation, at 8 and 12, and raises at most 2.5 % false alarms at a mean of 2; `any_time_p` holds
for all, and costs.
"""

import numpy as np

from ncviz.basics.checks import a, a_seed, between, numbers, one_of, short, takes
from ncviz.bell import CLASSICAL_BOUND, Behavior
from ncviz.bell.forms import MINUS
from ncviz.fields import CHOICES
from ncviz.inference import designs
from ncviz.inference.designs import Array, Counts, Design, PairedRuns, RandomSettings
from ncviz.inference.estimates import (
    ERROR,
    Estimate,
    all_agree,
    estimates,
    many_ties,
    mean_intervals,
    p_of_means,
)

RESAMPLES = 2000
RESAMPLED_AT_ONCE = 2_000_000  # numbers drawn together: 16 MB
FEWEST_TRIALS = 5  # with fewer trials in a setting, its spread cannot be read off them

CLEARLY = ERROR / 2
"""S is said to be above 2 where p is at most this: where its interval lies above 2."""

A_TRUNK = one_of(*CHOICES["trunk"])


@takes(trunk=A_TRUNK)
def largest_s(trunk: str) -> float:
    """What S of a run can be at most: 4, and 2 where the heads share nothing (Fine 1982)."""
    return CLASSICAL_BOUND if trunk == "separate" else 4.0


@takes(S=designs.rows, trunk=A_TRUNK, error=designs.chances)
def intervals_of_s(S: Array, trunk: str = "shared", error: float = ERROR) -> Array:
    """`mean_intervals` of S (rows, runs): t corrected for skewness, or an exact bound.

    The bound, of a mean in the range that S has (with separate trunks no end passes 2), is for rows
    where all runs agree or are fewer than five. p of `p_of_s` is at most 0.025 exactly where the
    95 % interval lies above 2.

    Examples
    --------
    >>> from ncviz.inference import intervals_of_s, p_of_s
    >>> S = [2.2, 2.2, 2.3, 2.25, 2.22]
    >>> intervals_of_s([S]).round(2), round(p_of_s(S), 3)
    (array([[2.23, 2.16, 2.34]]), 0.001)
    """
    most = largest_s(trunk)
    return mean_intervals(S, -most, most, error, all_agree(S))


@takes(S=designs.rows, trunk=A_TRUNK)
def estimates_of_s(S: Array, trunk: str = "shared") -> list[Estimate]:
    """`intervals_of_s` as a list of `Estimate`."""
    most = largest_s(trunk)
    return estimates(S, -most, most, bounded=all_agree(S))


def _one_row(name: str, value: object) -> Array:
    found = numbers(name, value)
    if found.ndim != 1:
        raise ValueError(f"{name} must have shape (runs,), not {found.shape}")
    return found


@takes(S=_one_row)
def p_of_s(S: Array) -> float:
    """One-sided p-value of "the mean of S is at most 2" from S of each run, shape (runs,)."""
    return float(p_of_means(S[None], CLASSICAL_BOUND, -4, 4, all_agree(S[None]))[0])


@takes(design=designs.a_design, seed=a_seed)
def s_interval(design: Design, method: str | None = None, seed: int = 0) -> Estimate:
    """S with its 95 % interval, by a method that is valid in the design; none (NaN) from one run.

    Parameters
    ----------
    design : PairedRuns, RandomSettings or Counts
    method : str, optional
        `ValueError`, naming the valid ones, for another.
        Paired runs: "t" (corrected for skewness), "bootstrap-t" (only where at most a quarter of
        the runs tie) or "bounded-mean" (for every distribution of S on its range); by default "t",
        and "bounded-mean" where all runs agree or are fewer than five.
        Random settings and counts: "standard-error", √(Σ_xy (1 − C_xy²)/N_xy); "by-setting", the
        exact interval of each setting (Clopper & Pearson 1934), put together by the root of the
        summed squares of what they reach (Zou & Donner 2008); with random settings "bootstrap";
        and, with random settings that fell as equally likely ones do (`Counts.unequal`), "exact"
        (Clopper & Pearson for the chance (4 + S)/8 of winning the CHSH game). By default
        "standard-error", and "exact" or else "by-setting" where a setting has fewer than five
        trials or all its products agree.
    seed : int
        Of the bootstraps.

    Examples
    --------
    >>> from ncviz import bell
    >>> from ncviz.inference import Counts, s_interval, standard_error
    >>> delft = Counts(bell.PUBLISHED["delft 2015"].counts)
    >>> print(s_interval(delft), round(standard_error(delft), 2))
    2.42 [2.02, 2.82] 0.2
    """
    from scipy.stats import binomtest

    if isinstance(design, PairedRuns):
        return _of_runs(design, method, seed)
    table = designs.table_of(design)
    exact = () if table.settings == "fixed" or table.unequal else ("exact",)
    thin = table.trials.min() < FEWEST_TRIALS or (np.abs(_correlators(table)) == 1).any()
    allowed = ("standard-error", *exact, "by-setting")
    if thin:
        allowed = (*allowed[1:], allowed[0])
    if isinstance(design, RandomSettings):
        allowed += ("bootstrap",)
    method = designs.choose(method, allowed, design, "method for an interval", table.unequal)
    s, n = float(_correlators(table) @ MINUS[0]), int(table.trials.sum())
    if method == "exact":  # from the chance of winning the CHSH game
        s, chance = 8 * table.wins / n - 4, binomtest(table.wins, n).proportion_ci(1 - ERROR)
        low, high = 8 * chance.low - 4, 8 * chance.high - 4
    elif method == "by-setting":
        low, high = _by_setting(table)
    elif method == "bootstrap":
        low, high = _bootstrap(table, seed)
    else:
        error = standard_error(table)
        low, high = s - 1.96 * error, s + 1.96 * error
    low, high = np.clip([low, high], -4, 4).tolist()
    return Estimate(s, low, high, n)


@takes(counts=a(Counts, "a table of Counts"))
def standard_error(counts: Counts) -> float:
    """Standard error of S, √(Σ_xy (1 − C_xy²)/N_xy): one ±1 pair a trial, independent settings."""
    return float(np.sqrt(((1 - _correlators(counts) ** 2) / counts.trials).sum()))


def _different(name: str, values: object) -> Array:
    """A check for numbers of a bootstrap: of equal ones no resample has a spread."""
    row = numbers(name, values)
    if row.ndim != 1 or not np.isfinite(row).all() or (len(row) > 1 and np.ptp(row) == 0):
        raise ValueError(f"{name} must be finite numbers that differ, not {short(values)}")
    return row


@takes(values=_different, resamples=between(99, 1_000_000), seed=a_seed)
def bootstrap_t(values: Array, resamples: int = RESAMPLES, seed: int = 0) -> tuple[float, float]:
    """95 % bootstrap-t interval (Efron 1981) of the mean of values (runs,); NaN of fewer than two.

    scipy's percentile, basic and BCa intervals cover too seldom with few runs.
    """
    n = len(values)
    if n < 2:
        return np.nan, np.nan
    rng = np.random.default_rng(seed)
    mean, error = values.mean(), values.std(ddof=1) / np.sqrt(n)
    t: list[Array] = []
    for some in np.array_split(np.arange(resamples), -(-resamples * n // RESAMPLED_AT_ONCE)):
        drawn = values[rng.integers(n, size=(len(some), n))]
        spread = drawn.std(axis=1, ddof=1) / np.sqrt(n)
        # A resample of equal runs has no spread: it is left out rather than divided by.
        t.append((drawn.mean(axis=1) - mean)[spread > 0] / spread[spread > 0])
    low, high = np.quantile(np.concatenate(t), [1 - ERROR / 2, ERROR / 2])
    return float(mean - low * error), float(mean - high * error)


def _of_runs(design: PairedRuns, method: str | None, seed: int) -> Estimate:
    values, most = design.S[None], largest_s(design.trunk)
    allowed: tuple[str, ...] = ("t", "bootstrap-t", "bounded-mean")
    if all_agree(values)[0]:
        allowed = ("bounded-mean",)
    elif many_ties(values)[0]:
        allowed = ("t", "bounded-mean")
    method = designs.choose(method, allowed, design, "method for an interval")
    if method == "bootstrap-t":
        low, high = np.clip(bootstrap_t(design.S, seed=seed), -most, most)
        return Estimate(float(design.S.mean()), float(low), float(high), len(design.S))
    return estimates(values, -most, most, bounded=method == "bounded-mean")[0]


def _correlators(counts: Counts) -> Array:
    return np.asarray(Behavior.from_counts(counts.table).correlators).reshape(4)


def _by_setting(counts: Counts) -> tuple[float, float]:
    """Low, high: S ± the root of the summed squares of how far each setting's interval reaches."""
    from statsmodels.stats.proportion import proportion_confint

    equal = counts.table[:, 0] + counts.table[:, 3]
    low, high = proportion_confint(equal, counts.trials, ERROR, method="beta")
    C = _correlators(counts)
    down, up = C - (2 * low - 1), 2 * high - 1 - C
    down[3], up[3] = up[3], down[3]  # C22 is subtracted
    s = float(C @ MINUS[0])
    return s - np.sqrt((down**2).sum()), s + np.sqrt((up**2).sum())


def _bootstrap(counts: Counts, seed: int) -> tuple[float, float]:
    """Low and high percentile; trials are resampled within their setting."""
    rng = np.random.default_rng(seed)
    drawn = designs.tables(counts.trials, counts.table / counts.trials[:, None], RESAMPLES, rng)
    C = (drawn[..., 0] + drawn[..., 3] - drawn[..., 1] - drawn[..., 2]) / counts.trials
    low, high = np.quantile(C @ MINUS[0], [ERROR / 2, 1 - ERROR / 2])
    return low, high
