"""Does the partner's setting shift a mean outcome? Tests of no-signalling, by design."""

from dataclasses import dataclass

import numpy as np

from ncviz.basics.checks import takes
from ncviz.basics.protocol import TASK_NAMES
from ncviz.bell import Behavior
from ncviz.bell.forms import MINUS
from ncviz.inference.designs import Counts, Design, PairedRuns, RandomSettings, a_design, table_of
from ncviz.inference.estimates import Array, Estimate, p_of_means
from ncviz.inference.planning import holm

SINGULAR = 1e-9
"""Share of the largest eigenvalue below which a direction has no spread."""


@dataclass(frozen=True)
class NoSignalling:
    """The outcome of a test of no-signalling.

    Parameters
    ----------
    method : str
        "t corrected for skewness", "exact McNemar" or "two-proportion z".
    shifts : tuple of float
        How the means of A1, A2, B1, B2 move from the partner's first task to its second.
    p : tuple of float
        A p-value for each of the four.
    p_holm : tuple of float
        The same, corrected for being four (Holm 1979): the least of them rejects no-signalling.
    joint_p : float or None
        One p-value for all four (χ² of the shifts with their joint spread); only for counts and
        random settings.
    """

    method: str
    shifts: tuple[float, ...]
    p: tuple[float, ...]
    p_holm: tuple[float, ...]
    joint_p: float | None = None

    @property
    def largest(self) -> str:
        """The task with the least p-value."""
        return TASK_NAMES[int(np.argmin(self.p))]


@takes(design=a_design)
def no_signalling(design: Design) -> NoSignalling:
    """Test whether the partner's setting leaves the four mean outcomes alone.

    Paired runs with the rule "correct" or "oscillation": of the mean shift over runs, t corrected
    for skewness, or the bound of `mean_intervals` where many runs tie, so that a task is rejected
    where the interval of its shift leaves out 0. (Swapping the partner's settings within runs
    would test that the two outcomes are distributed alike; skewed shifts of mean 0 fail that too
    often, and studentising changes nothing, as the sum of squares is the same for every swap.)
    With "success": McNemar's exact test over runs. Random settings and
    counts: two-proportion z, and a joint χ². In the nets of ncviz a rejection is no news where an
    outcome has been seen to change (any f_k > 0 proves influence): it says that the change shows
    in the mean.

    Parameters
    ----------
    design : PairedRuns, RandomSettings or Counts

    Returns
    -------
    NoSignalling

    Raises
    ------
    ValueError
        If it is none of the designs, or a setting has no trial.

    Examples
    --------
    >>> from ncviz import bell
    >>> from ncviz.inference import Counts, no_signalling
    >>> delft = no_signalling(Counts(bell.PUBLISHED["delft 2015"].counts))
    >>> min(delft.p_holm) > 0.05, delft.joint_p > 0.05
    (True, True)
    """
    if isinstance(design, PairedRuns):
        if design.outcome == "success":
            return _mcnemar(design)
        return _mean_shift(design)
    return _proportions(table_of(design, "design"))


def _mean_shift(design: PairedRuns) -> NoSignalling:
    rows = design.shifts.T
    if rows.shape[1] == 1:  # no spread: nothing can be said
        return _four("t corrected for skewness", rows[:, 0], np.ones(4))
    p = [p_of_means(signed, 0, -2, 2) for signed in (rows, -rows)]
    both = np.minimum(1.0, 2 * np.minimum(*p))
    return _four("t corrected for skewness", rows.mean(axis=1), both)


def _mcnemar(design: PairedRuns) -> NoSignalling:
    from scipy.stats import binomtest

    up = (design.shifts > 0).sum(axis=0)
    down = (design.shifts < 0).sum(axis=0)
    # McNemar's exact test is the binomial test of the runs that changed.
    p = [
        binomtest(int(u), int(u + d), 0.5).pvalue if u + d else 1.0
        for u, d in zip(up, down, strict=True)
    ]
    return _four("exact McNemar", design.shifts.mean(axis=0), np.array(p))


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
    """The four shifts of a table, and their covariance where there is no signalling.

    Mean outcomes are pooled over the partner's settings, as the hypothesis says; correlators are
    each setting's own.

    Parameters
    ----------
    counts : Counts

    Returns
    -------
    array, shape (4,), and array, shape (4, 4)
        For A1, A2, B1, B2.
    """
    n = counts.trials.reshape(2, 2).astype(np.float64)
    table = counts.table.reshape(2, 2, 4)
    sum_a = table @ np.array([1, 1, -1, -1])
    sum_b = table @ np.array([1, -1, 1, -1])
    a = sum_a.sum(axis=1) / n.sum(axis=1)
    b = sum_b.sum(axis=0) / n.sum(axis=0)
    correlators = table @ np.array([1, -1, -1, 1]) / n
    shares = sum_a / n, sum_b / n
    moved = np.concatenate([shares[0][:, 1] - shares[0][:, 0], shares[1][1] - shares[1][0]])
    spread = np.diag(
        np.concatenate([(1 - a**2) * (1 / n).sum(axis=1), (1 - b**2) * (1 / n).sum(0)])
    )
    # A shift of Alice's and one of Bob's share one setting (x, y): added in both, or in one.
    sign = np.array([[1, -1], [-1, 1]])
    spread[:2, 2:] = sign * (correlators - np.outer(a, b)) / n
    spread[2:, :2] = spread[:2, 2:].T
    return moved, spread


def _four(method: str, shifts: Array, p: Array, joint: float | None = None) -> NoSignalling:
    return NoSignalling(
        method, tuple(shifts.tolist()), tuple(p.tolist()), tuple(holm(p).tolist()), joint
    )


_ALICE = np.array([1, 1, -1, -1])
_BOB = np.array([1, -1, 1, -1])
_S = np.kron(MINUS[0], _ALICE * _BOB)
_OTHER_SETTING = {"A1": (0, 1), "A2": (2, 3), "B1": (0, 2), "B2": (1, 3)}


def s_given_no_signalling(design: RandomSettings | Counts) -> Estimate:
    """S and its 95 % interval where signalling is ruled out by design, as by distance.

    The four differences of marginals are then noise, and noise that goes with the noise of S: what
    they tell of it is taken off (generalised least squares; Gill, arXiv:2209.00702). Where
    signalling is possible, as in every network of ncviz, the result means nothing.

    Parameters
    ----------
    design : RandomSettings or Counts

    Returns
    -------
    Estimate
        The interval is ± 1.96 standard errors.

    Raises
    ------
    ValueError
        If the design is of another kind, such as paired runs.

    Notes
    -----
    With relative frequencies x of the sixteen outcomes, their multinomial covariance Σ, S = sᵀx
    and the four differences Nx: S − sᵀΣNᵀ(NΣNᵀ)⁻¹Nx.

    Examples
    --------
    >>> from ncviz import bell
    >>> from ncviz.inference import Counts, s_given_no_signalling, s_interval
    >>> nist = Counts(bell.PUBLISHED["nist 2015"].counts)
    >>> for s in s_interval(nist), s_given_no_signalling(nist):  # Gill: 5.9 and 7.6 errors
    ...     print(f"{s:.6f}, {1.96 * (s.value - 2) / (s.value - s.low):.1f} errors above 2")
    2.000092 [2.000062, 2.000123], 5.9 errors above 2
    2.000051 [2.000038, 2.000064], 7.6 errors above 2
    """
    table = table_of(design, "design")
    x = Behavior.from_counts(table.table).p.reshape(4, 4)
    sharper, spread = without_signalling(x, table.trials.astype(np.float64))
    value, error = float(_S @ sharper.ravel()), float(np.sqrt(_S @ spread @ _S))
    low, high = np.clip([value - 1.96 * error, value + 1.96 * error], -4, 4).tolist()
    return Estimate(value, low, high, int(table.trials.sum()))


def without_signalling(frequencies: Array, trials: Array) -> tuple[Array, Array]:
    """The nearest frequencies in which no mean outcome moves, and their covariance.

    Near in units of the multinomial noise: generalised least squares.

    Parameters
    ----------
    frequencies : array, shape (4, 4)
        Given the setting (11, 12, 21, 22), of the outcomes ++, +−, −+, −−.
    trials : array, shape (4,)
        In each setting.

    Returns
    -------
    nearest : array, shape (4, 4)
    spread : array, shape (16, 16)
    """
    spread = np.zeros((16, 16))
    for k, (p, n) in enumerate(zip(frequencies, trials, strict=True)):
        spread[4 * k : 4 * k + 4, 4 * k : 4 * k + 4] = (np.diag(p) - np.outer(p, p)) / n
    differences = _differences()
    # A marginal without noise has nothing to tell: hence the pseudoinverse.
    noise = np.linalg.pinv(differences @ spread @ differences.T, rcond=1e-12, hermitian=True)
    taken = spread @ differences.T @ noise
    nearest = frequencies.ravel() - taken @ differences @ frequencies.ravel()
    return nearest.reshape(4, 4), spread - taken @ differences @ spread


def _differences() -> Array:
    """What makes four differences of marginals out of the sixteen frequencies, shape (4, 16)."""
    rows = np.zeros((4, 4, 4))
    for row, (task, (first, second)) in zip(rows, _OTHER_SETTING.items(), strict=True):
        outcome = _ALICE if task[0] == "A" else _BOB
        row[first], row[second] = outcome, -outcome
    return rows.reshape(4, 16)
