"""How surprising an S above 2 is where the mean of S is at most 2, by design."""

import numpy as np
from numpy.typing import ArrayLike

from ncviz.basics.checks import a, numbers, takes
from ncviz.basics.computing import unwarned
from ncviz.bell import CLASSICAL_BOUND
from ncviz.inference.designs import Design, PairedRuns, RandomSettings, a_design, choose, table_of
from ncviz.inference.estimates import Array
from ncviz.inference.means import BET_WEIGHTS, BETS, FEW_RUNS
from ncviz.inference.of_s import p_of_s

PRIOR_TRIALS = 10
"""Weight, in trials, of the belief with which the bets on random settings begin: ¾."""


@takes(design=a_design)
def p_above(design: Design, method: str | None = None) -> float:
    """p-value of "the mean of S is at most 2", by a method that is valid in the design.

    Parameters
    ----------
    design : PairedRuns, RandomSettings or Counts
    method : str, optional
        Paired runs: "t" (`p_of_s`, by which the headline is decided, for a number of runs fixed
        beforehand; from five runs on) or "betting" (`any_time_p`: always valid, whenever one
        stops); the first that is valid by default.
        Random settings: "exact", P(Bin(N, ¾) ≥ wins), valid even if the boxes remember
        (Bierhorst 2015; Elkouss & Wehner 2016), or "any-time" (Zhang, Glancy & Knill 2011).
        Counts: "exact", with random settings or the same number of trials in each setting
        (Hoeffding 1956). Where settings were not equally likely, by `Counts.unequal`, a local
        model can win more than ¾, and there is only "bound", P(Bin(N, 1 − min q) ≥ wins), q being
        each setting's share of the trials: it holds for boxes without memory, given how the
        settings fell, whether drawn or fixed.

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
        allowed: tuple[str, ...] = ("t", "betting") if len(design.S) >= FEW_RUNS else ("betting",)
        method = choose(method, allowed, design, "method for a p-value")
        return p_of_s(design.S) if method == "t" else float(any_time_p(design.S)[-1])
    if isinstance(design, RandomSettings):
        allowed, wins, trials = ("exact", "any-time"), design.wins.sum(), design.counts.sum(axis=1)
    else:
        table = table_of(design, "design")
        allowed, wins, trials = ("exact",), table.wins, table.trials
    allowed = ("bound",) if design.unequal else (*allowed, "bound")
    method = choose(method, allowed, design, "method for a p-value", design.unequal)
    if method == "any-time" and isinstance(design, RandomSettings):
        return float(any_time_p_of_trials(design)[-1])
    n = int(trials.sum())
    return _exact(int(wins), n, WIN_CHANCE if method == "exact" else 1 - int(trials.min()) / n)


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
        If the settings of the design were not drawn trial by trial, all four equally likely.
    """
    if design.unequal:
        raise ValueError(f"{design.unequal}; use p_above(…, 'bound')")
    wins = design.wins
    before: Array = np.cumsum(wins) - wins.astype(np.float64)
    share = (before + PRIOR_TRIALS * WIN_CHANCE) / (np.arange(len(wins)) + PRIOR_TRIALS)
    q = np.maximum(share, WIN_CHANCE)
    steps = np.where(wins, np.log(q / WIN_CHANCE), np.log((1 - q) / (1 - WIN_CHANCE)))
    best = np.maximum.accumulate(np.maximum(np.cumsum(steps), 0.0))
    return np.asarray(np.exp(-best))


def _exact(wins: int, trials: int, chance: float) -> float:
    from scipy.stats import binomtest

    return float(binomtest(wins, trials, chance, alternative="greater").pvalue)


LARGEST_BET = 4 / 3
"""More than this could lose more than the whole stake in one run."""

WIN_CHANCE = (4 + CLASSICAL_BOUND) / 8
"""Largest chance of winning the CHSH game without influence: ¾."""


def any_time_p(S: ArrayLike) -> Array:
    """p-values of "the mean of S is at most 2", after each run.

    A game of bets: of each run's W = (4 + S)/8 a fair stake returns 1 + c (W − ¾), 0 ≤ c ≤ 4/3,
    so that under the hypothesis the wealth is expected never to grow. The stake is spread over
    eight c beforehand. p = 1 / (largest wealth so far): it holds for every distribution of S,
    and whenever one decides to stop (Ville's inequality).

    Parameters
    ----------
    S : array_like, shape (..., runs)
        S of each run, −4 to 4, in the order in which they were made; NaN where a run diverged
        (it places no bet).

    Returns
    -------
    array, shape (..., runs)
        From 0 to 1, never growing.

    Raises
    ------
    ValueError
        If an S is outside of −4 to 4.

    Examples
    --------
    >>> from ncviz.inference import any_time_p
    >>> any_time_p([4, 4, 4]).round(3)  # each returns up to 4/3 of the stake
    array([0.818, 0.663, 0.533])
    """
    values = np.atleast_1d(numbers("S", S))
    outside = np.isfinite(values) & (np.abs(values) > 4) | np.isinf(values)
    if outside.any():
        raise ValueError(f"S must be from −4 to 4 in every run, not {values[outside].flat[0]}")
    gain = np.where(np.isnan(values), 0.0, (4 + values) / 8 - WIN_CHANCE)
    # Beyond rounding no bet loses all: with c = 4/3 and S = −4 the wealth would be 0 for good.
    gains = unwarned(lambda: np.log1p(LARGEST_BET * BETS[:, None] * gain[..., None, :]))()
    wealth = np.cumsum(gains, axis=-1)
    total = np.logaddexp.reduce(wealth + np.log(BET_WEIGHTS)[:, None], axis=-2)
    best = np.maximum.accumulate(np.maximum(total, 0.0), axis=-1)
    return np.asarray(np.exp(-best))
