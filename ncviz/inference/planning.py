"""How many runs it takes, and what looking at several sizes costs."""

import numpy as np
from numpy.typing import ArrayLike

from ncviz.basics.checks import between, numbers, real, short, takes
from ncviz.bell import CLASSICAL_BOUND
from ncviz.inference.estimates import ERROR, Array

MOST_RUNS = 10**9
"""More than anybody can make."""


def holm(p: ArrayLike) -> Array:
    """p-values corrected for being several (Holm 1979).

    Parameters
    ----------
    p : array_like, shape (tests,)

    Returns
    -------
    array, shape (tests,)
        The chance that any true hypothesis has one below 0.05 is at most 5 %.

    Raises
    ------
    ValueError
        If a p-value is not from 0 to 1.

    Examples
    --------
    >>> from ncviz.inference import holm
    >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    values = numbers("p", p)
    if values.ndim != 1 or not len(values) or not ((values >= 0) & (values <= 1)).all():
        raise ValueError(f"p must be a list of numbers from 0 to 1, not {short(p)}")
    # statsmodels' multipletests collects garbage at each call: 50 ms in a notebook's kernel.
    order = np.argsort(values)
    corrected = np.empty(len(values))
    corrected[order] = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    return np.minimum(corrected, 1.0)


def _spread(name: str, value: object) -> float:
    return real(name, value, lambda x: 1e-9 <= x <= 8, "a number above 0, from 1e-9 to 8")


def _chance(name: str, value: object) -> float:
    return real(name, value, lambda x: 0 < x < 1, "between 0 and 1")


def _s(name: str, value: object) -> float:
    return real(name, value, lambda x: -4 <= x <= 4, "from −4 to 4")


@takes(S=_s, spread=_spread, runs=between(2, MOST_RUNS), level=_chance)
def power(S: float, spread: float, runs: int, level: float = ERROR) -> float:
    """Chance that a one-sided t test over paired runs finds S above 2.

    Parameters
    ----------
    S : float
        The true mean of S.
    spread : float
        Standard deviation of S over runs, above 0: that of the runs in hand.
    runs : int
        At least 2.
    level : float
        Of the test, between 0 and 1.

    Returns
    -------
    float
        0 to 1.

    Raises
    ------
    ValueError
        If a number is not allowed.

    Examples
    --------
    >>> from ncviz.inference import power
    >>> round(power(2.017, spread=0.134, runs=50), 2)
    0.22
    """
    from statsmodels.stats.power import TTestPower

    effect = (S - CLASSICAL_BOUND) / spread
    return float(TTestPower().power(effect, nobs=runs, alpha=level, alternative="larger"))


@takes(S=_s, spread=_spread, chance=_chance, level=_chance)
def runs_needed(S: float, spread: float, chance: float = 0.9, level: float = ERROR) -> int:
    """Smallest number of paired runs with which `power` reaches a chance.

    Parameters
    ----------
    S : float
        The true mean of S, above 2.
    spread : float
        Standard deviation of S over runs, above 0.
    chance : float
        The power wanted, above `level`, below 1.
    level : float
        Of the test.

    Raises
    ------
    ValueError
        If a number is not allowed; with S at most 2, no number of runs is enough.

    Examples
    --------
    >>> from ncviz.inference import runs_needed
    >>> runs_needed(2.017, spread=0.134)
    534
    """
    if S <= CLASSICAL_BOUND:
        raise ValueError(f"S must be above 2, not {S:g}: no number of runs finds it above 2")
    if not level < chance < 1:
        raise ValueError(f"chance must be above the level {level:g} and below 1, not {chance:g}")
    if power(S, spread, MOST_RUNS, level) < chance:
        raise ValueError(f"S must be further above 2 than {S!r}: not even {MOST_RUNS:,} runs do")
    high = 2
    while power(S, spread, high, level) < chance:
        high = min(2 * high, MOST_RUNS)
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power(S, spread, middle, level) >= chance else (middle, high)
    return max(2, high)
