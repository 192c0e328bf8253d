"""S over paired runs: the one statistic by which all of ncviz says whether S is above 2.

Its mean, t corrected for skewness (`ncviz.inference.means`); where all runs agree, and with
fewer than five of them, the exact bound for a mean in the range that S has. The p-value and the
interval are two readings of it: p ≤ 0.025 exactly where the 95 % interval lies above 2.

No statistic of the runs in hand can allow for a rare run that is wilder than all of them and has
not been drawn. On large pools of the default experiment, at 2 to 12 neurons and from 5 runs on, it
covers at least 93 %, and raises at most 2.5 % false alarms at a mean of 2; `any_time_p` holds for
every distribution, and asks for more runs.
"""

from ncviz.basics.checks import numbers, one_of, takes
from ncviz.bell import CLASSICAL_BOUND
from ncviz.fields import CHOICES
from ncviz.inference.estimates import (
    ERROR,
    Array,
    Estimate,
    all_agree,
    chances,
    estimates,
    mean_intervals,
    p_of_means,
    rows,
)

CLEARLY = ERROR / 2
"""S is said to be above 2 where p is at most this: where its interval lies above 2."""


A_TRUNK = one_of(*CHOICES["trunk"])


@takes(trunk=A_TRUNK)
def largest_s(trunk: str) -> float:
    """What S of a run can be at most: 4, and 2 where the heads share nothing (Fine 1982)."""
    return CLASSICAL_BOUND if trunk == "separate" else 4.0


@takes(S=rows, trunk=A_TRUNK, error=chances)
def intervals_of_s(S: Array, trunk: str = "shared", error: float = ERROR) -> Array:
    """Mean of S with its interval, row by row.

    Parameters
    ----------
    S : array, shape (rows, runs)
        NaN where a run diverged.
    trunk : {"shared", "separate"}
        Separate heads cannot pass 2, so that no end does.
    error : float
        How often an interval may miss.

    Returns
    -------
    array, shape (rows, 3)
        Mean, lower end, upper end; the ends are NaN with fewer than two runs.

    Examples
    --------
    >>> import numpy as np
    >>> from ncviz.inference import intervals_of_s
    >>> intervals_of_s(np.array([[2.2, 2.2, 2.3, 2.25, 2.22]])).round(2)
    array([[2.23, 2.16, 2.34]])
    """
    most = largest_s(trunk)
    return mean_intervals(S, -most, most, error, all_agree(S))


@takes(S=rows, trunk=A_TRUNK)
def estimates_of_s(S: Array, trunk: str = "shared") -> list[Estimate]:
    """`intervals_of_s` as a list of `Estimate`."""
    most = largest_s(trunk)
    return estimates(S, -most, most, ERROR, all_agree(S))


def _one_row(name: str, value: object) -> Array:
    found = numbers(name, value)
    if found.ndim != 1:
        raise ValueError(f"{name} must have shape (runs,), not {found.shape}")
    return found


@takes(S=_one_row)
def p_of_s(S: Array) -> float:
    """One-sided p-value of "the mean of S is at most 2" from S of each run, shape (runs,).

    Examples
    --------
    >>> import numpy as np
    >>> from ncviz.inference import p_of_s
    >>> round(p_of_s(np.array([2.2, 2.2, 2.3, 2.25, 2.22])), 3)
    0.001
    """
    return float(p_of_means(S[None], CLASSICAL_BOUND, -4, 4, all_agree(S[None]))[0])
