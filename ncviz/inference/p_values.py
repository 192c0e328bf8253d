"""How surprising an S above 2 is where the mean of S is at most 2, by design."""

import numpy as np

from ncviz.bell import CLASSICAL_BOUND
from ncviz.checks import a, takes
from ncviz.inference.betting import WIN_CHANCE, any_time_p
from ncviz.inference.designs import Design, PairedRuns, RandomSettings, a_design, choose, table_of
from ncviz.inference.estimates import Array, needs_bounds

PRIOR_TRIALS = 10
"""Weight, in trials, of the belief with which the bets on random settings begin: ¾."""


@takes(design=a_design)
def p_above(design: Design, method: str | None = None) -> float:
    """p-value of "the mean of S is at most 2", by a method that is valid in the design.

    Parameters
    ----------
    design : PairedRuns, RandomSettings or Counts
    method : str, optional
        Paired runs: "t" (one-sided, its skewness taken out by Hall 1992, for a number of runs fixed
        beforehand; not with the rule "success", many ties or fewer than five runs) or "betting"
        (`any_time_p`: always valid, whenever one stops); the first that is valid by default.
        Random settings: "exact", P(Bin(N, ¾) ≥ wins), valid even if the boxes remember
        (Bierhorst 2015; Elkouss & Wehner 2016), or "any-time" (Zhang, Glancy & Knill 2011).
        Counts: "exact", with random settings or the same number of trials in each setting
        (Hoeffding 1956).

    Returns
    -------
    float
        0 to 1.

    Raises
    ------
    ValueError
        If the method is not valid in the design; the message names those that are.

    Examples
    --------
    >>> from ncviz import bell
    >>> from ncviz.inference import Counts, p_above
    >>> round(p_above(Counts(bell.PUBLISHED["delft 2015"].counts)), 3)  # published: 0.039
    0.039
    """
    if isinstance(design, PairedRuns):
        tied = needs_bounds(design.S[None])[0]
        allowed = ("betting",) if tied or design.outcome == "success" else ("t", "betting")
        method = choose(method, allowed, design, "method for a p-value")
        return _t(design.S) if method == "t" else float(any_time_p(design.S)[-1])
    if isinstance(design, RandomSettings):
        method = choose(method, ("exact", "any-time"), design, "method for a p-value")
        if method == "any-time":
            return float(any_time_p_of_trials(design)[-1])
        return _exact(int(design.wins.sum()), len(design.wins))
    table = table_of(design, "design")
    if table.settings == "fixed" and len(set(table.trials.tolist())) > 1:
        trials = ", ".join(map(str, table.trials))
        raise ValueError(
            "the exact p-value of counts needs settings drawn at random, or the same number of "
            f"trials in each setting; here there are {trials}: use no p-value, and the interval "
            "of s_interval(…, 'standard-error')"
        )
    choose(method, ("exact",), design, "method for a p-value")
    return _exact(table.wins, int(table.trials.sum()))


@takes(design=a(RandomSettings, "RandomSettings, drawn trial by trial"))
def any_time_p_of_trials(design: RandomSettings) -> Array:
    """p-values of "S is at most 2" after each trial with a random setting; one may stop anywhere.

    Each trial returns (q/¾)^win ((1 − q)/¼)^loss, where ¾ ≤ q < 1 is what past trials promise;
    p = 1 / (largest product so far) (Zhang, Glancy & Knill 2011).

    Parameters
    ----------
    design : RandomSettings

    Returns
    -------
    array, shape (trials,)

    Raises
    ------
    ValueError
        If the settings of the design were not drawn trial by trial.
    """
    wins = design.wins
    before: Array = np.cumsum(wins) - wins.astype(np.float64)
    share = (before + PRIOR_TRIALS * WIN_CHANCE) / (np.arange(len(wins)) + PRIOR_TRIALS)
    q = np.maximum(share, WIN_CHANCE)
    steps = np.where(wins, np.log(q / WIN_CHANCE), np.log((1 - q) / (1 - WIN_CHANCE)))
    best = np.maximum.accumulate(np.maximum(np.cumsum(steps), 0.0))
    return np.asarray(np.exp(-best))


def _t(S: Array) -> float:
    from scipy.stats import skew
    from scipy.stats import t as student

    n = len(S)
    x = (S.mean() - CLASSICAL_BOUND) / S.std(ddof=1)
    g = skew(S)
    # S over runs leans to the left, and the plain t then raises more false alarms than it says.
    corrected = np.sqrt(n) * (x + g * x**2 / 3 + g**2 * x**3 / 27 + g / (6 * n))
    return float(student.sf(corrected, n - 1))


def _exact(wins: int, trials: int) -> float:
    from scipy.stats import binomtest

    return float(binomtest(wins, trials, WIN_CHANCE, alternative="greater").pvalue)
