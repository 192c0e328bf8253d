"""Does the partner's setting shift a mean outcome? Tests by design, and δ by chance alone."""

from dataclasses import dataclass

import numpy as np

from ncviz.basics.checks import a_seed, takes
from ncviz.basics.protocol import RULES, TASK_NAMES
from ncviz.bell import Behavior
from ncviz.bell.signalling import shifts
from ncviz.inference import designs
from ncviz.inference.designs import ALICE, BOB, Array, Counts, Design, PairedRuns, table_of
from ncviz.inference.estimates import ERROR, p_of_means
from ncviz.inference.p_values import holm

SINGULAR = 1e-9  # share of the largest eigenvalue below which a direction has no spread
RESAMPLES = 1999
NUMBERS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class NoSignalling:
    """The outcome of a test of no-signalling, for A1, A2, B1, B2.

    Shifts are how the means move from the partner's first task to its second; p_holm is p corrected
    for being four (Holm 1979), the least of which rejects; joint_p one for all, of counts and
    random settings: χ² with their joint spread.
    """

    method: str  # "t corrected for skewness", "exact McNemar" or "two-proportion z"
    shifts: tuple[float, ...]
    p: tuple[float, ...]
    p_holm: tuple[float, ...]
    joint_p: float | None = None

    @property
    def largest(self) -> str:
        """The task with the least p-value."""
        return TASK_NAMES[int(np.argmin(self.p))]


@takes(design=designs.a_design)
def no_signalling(design: Design) -> NoSignalling:
    """Test whether the partner's setting leaves the four mean outcomes alone.

    Paired runs with the rule "correct" or "oscillation": a task is rejected where the interval of
    its mean shift over runs, by `mean_intervals`, leaves out 0. (Swapping the partner's settings
    within runs would test that outcomes are distributed alike; skewed shifts of mean 0 fail that
    too often.) With "success": McNemar's exact test over runs. Random settings and counts:
    two-proportion z, and a joint χ²; `ValueError` if a setting has no trial. In the nets of ncviz a
    rejection is no news where an outcome has been seen to change (any f_k > 0 proves influence): it
    says that the change shows in the mean.

    Examples
    --------
    >>> from ncviz import bell
    >>> from ncviz.inference import Counts, no_signalling
    >>> delft = no_signalling(Counts(bell.PUBLISHED["delft 2015"].counts))
    >>> min(delft.p_holm) > 0.05, delft.joint_p > 0.05
    (True, True)
    """
    if not isinstance(design, PairedRuns):
        return _proportions(table_of(design))
    rows = design.shifts.T
    if RULES[design.outcome].of == "run":
        from scipy.stats import binomtest

        up, down = ((sign * rows > 0).sum(axis=1).tolist() for sign in (1, -1))
        # McNemar's exact test is the binomial test of the runs that changed.
        changed = zip(up, down, strict=True)
        p = [binomtest(u, u + d).pvalue if u + d else 1.0 for u, d in changed]
        return _four("exact McNemar", design.shifts.mean(axis=0), np.array(p))
    both = np.ones(4)  # from one run, without a spread, nothing can be said
    if rows.shape[1] > 1:
        one_sided = [p_of_means(signed, 0, -2, 2) for signed in (rows, -rows)]
        both = np.minimum(1.0, 2 * np.minimum(*one_sided))
    return _four("t corrected for skewness", rows.mean(axis=1), both)


def _proportions(counts: Counts) -> NoSignalling:
    from scipy.stats import chi2, norm

    moved, spread = shifts_and_spread(counts)
    error = np.sqrt(np.diag(spread))
    z = np.divide(moved, error, out=np.zeros(4), where=error > 0)
    values, vectors = np.linalg.eigh(spread)
    some = values > SINGULAR * max(values.max(), np.finfo(float).tiny)
    statistic = ((vectors[:, some].T @ moved) ** 2 / values[some]).sum()
    joint = float(chi2.sf(statistic, some.sum())) if some.any() else 1.0
    return _four("two-proportion z", moved, 2 * norm.sf(np.abs(z)), joint)


def shifts_and_spread(counts: Counts) -> tuple[Array, Array]:
    """The four shifts of a table (4,), and their covariance (4, 4) where there is no signalling."""
    # Means are pooled over the partner's settings, as the hypothesis says; correlators are not.
    n = counts.trials.reshape(2, 2).astype(np.float64)
    outcomes = np.array([ALICE, BOB, ALICE * BOB])
    sum_a, sum_b, products = np.moveaxis(counts.table.reshape(2, 2, 4) @ outcomes.T, -1, 0)
    a, b = sum_a.sum(axis=1) / n.sum(axis=1), sum_b.sum(axis=0) / n.sum(axis=0)
    correlators, moved = products / n, shifts(np.stack([sum_a / n, sum_b / n]))
    variances = [(1 - a**2) * (1 / n).sum(axis=1), (1 - b**2) * (1 / n).sum(axis=0)]
    spread = np.diag(np.concatenate(variances))
    # A shift of Alice's and one of Bob's share one setting (x, y): added in both, or in one.
    sign = np.array([[1, -1], [-1, 1]])
    spread[:2, 2:] = sign * (correlators - np.outer(a, b)) / n
    spread[2:, :2] = spread[:2, 2:].T
    return moved, spread


def _four(method: str, shifts: Array, p: Array, joint: float | None = None) -> NoSignalling:
    return NoSignalling(
        method, tuple(shifts.tolist()), tuple(p.tolist()), tuple(holm(p).tolist()), joint
    )


@dataclass(frozen=True)
class NullBand:
    """δ as it was measured, and where 95 % of such experiments without signalling would have it."""

    delta: float
    low: float
    high: float
    p: float  # share of them with a δ at least as large as the measured one


@takes(design=designs.a_design, seed=a_seed)
def delta_null_band(design: Design, seed: int = 0) -> NullBand:
    """Where δ would lie without signalling, by resampling with a seed.

    Paired runs: the partner's two settings are swapped at random within runs, for Alice's outcomes
    and for Bob's, so that the partner's task changes nothing of how outcomes are distributed, which
    is more than leaving their means alone. Random settings and counts: multinomial tables with each
    setting's correlator, and the mean outcomes pooled over the partner's settings.

    Examples
    --------
    >>> from ncviz import bell
    >>> from ncviz.inference import Counts, delta_null_band
    >>> band = delta_null_band(Counts(bell.PUBLISHED["delft 2015"].counts))
    >>> band.low < band.delta < band.high  # no signalling to be seen
    True
    """
    rng = np.random.default_rng(seed)
    if isinstance(design, PairedRuns):
        delta = float(np.abs(design.shifts.mean(axis=0)).sum())
        null = np.abs(_swapped_means(design.shifts, rng)).sum(axis=1)
    else:
        table = table_of(design)
        delta = float(Behavior.from_counts(table.table).delta)
        null = _drawn(table, rng)
    low, high = np.quantile(null, [ERROR / 2, 1 - ERROR / 2])
    # A hair's breadth of rounding must not decide between equal numbers.
    above = np.count_nonzero(null >= delta - 1e-12)
    return NullBand(delta, float(low), float(high), (above + 1) / (RESAMPLES + 1))


def _swapped_means(shifts: Array, rng: np.random.Generator) -> Array:
    """Mean shifts (resamples, 4), the partner's two settings swapped at random within runs."""
    runs = len(shifts)
    found: list[Array] = []
    for some in np.array_split(np.arange(RESAMPLES), -(-RESAMPLES * 2 * runs // NUMBERS_AT_ONCE)):
        # One swap for Alice's two tasks and one for Bob's: what goes together stays together.
        signs = 1.0 - 2.0 * rng.integers(2, size=(2, len(some), runs), dtype=np.int8)
        found.append(np.concatenate([signs[0] @ shifts[:, :2], signs[1] @ shifts[:, 2:]], axis=1))
    return np.concatenate(found) / runs


def _drawn(counts: Counts, rng: np.random.Generator) -> Array:
    """δ of tables drawn from the table's correlators, or the nearest possible, and pooled means."""
    b = Behavior.from_counts(counts.table)
    n = counts.trials.reshape(2, 2)
    alice = (b.marginals[0] * n).sum(axis=1) / n.sum(axis=1)
    bob = (b.marginals[1] * n).sum(axis=0) / n.sum(axis=0)
    total, apart = alice[:, None] + bob, alice[:, None] - bob
    correlators = np.clip(b.correlators, np.abs(total) - 1, 1 - np.abs(apart))
    nearest = Behavior.from_correlators(correlators, alice, bob)
    p = np.asarray(nearest.p).reshape(4, 4).clip(min=0)  # rounding
    p /= p.sum(axis=1, keepdims=True)
    return np.asarray(Behavior.from_counts(designs.tables(counts.trials, p, RESAMPLES, rng)).delta)
