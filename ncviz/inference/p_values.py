"""p-values of "the mean of S is at most 2", corrected for being several; the runs that it takes."""

from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from ncviz.basics.checks import a, between, numbers, real, short, takes
from ncviz.basics.computing import unwarned
from ncviz.bell import CLASSICAL_BOUND
from ncviz.inference import designs
from ncviz.inference.designs import Array, Design, PairedRuns, RandomSettings, choose
from ncviz.inference.estimates import BET_WEIGHTS, BETS, ERROR, FEW_RUNS
from ncviz.inference.intervals import p_of_s

MOST_RUNS = 10**9  # more than anybody can make

PRIOR_TRIALS = 10  # weight of the belief with which the bets on random settings begin: ¾
LARGEST_BET = 4 / 3  # more than this could lose more than the whole stake in one run
WIN_CHANCE = (4 + CLASSICAL_BOUND) / 8  # largest chance of winning the CHSH game: ¾


@takes(design=designs.a_design)
def p_above(design: Design, method: str | None = None) -> float:
    """p-value of "the mean of S is at most 2", by a method that is valid in the design.

    Parameters
    ----------
    design : PairedRuns, RandomSettings or Counts
    method : str, optional
        The first that is valid by default; `ValueError`, naming the valid ones, for another.
        Paired runs: "t" (`p_of_s`, for a number of runs fixed beforehand, from five on) or
        "betting" (`any_time_p`: always valid, whenever one stops).
        Random settings: "exact", P(Bin(N, ¾) ≥ wins), valid even if the boxes remember
        (Bierhorst 2015; Elkouss & Wehner 2016), or "any-time" (Zhang, Glancy & Knill 2011).
        Counts: "exact" (Hoeffding 1956). Where settings were not equally likely, by
        `Counts.unequal`, a local model can win more than ¾, and there is only "bound",
        P(Bin(N, 1 − min q) ≥ wins), q being each setting's share of the trials: it holds for boxes
        without memory, given how the settings fell, whether drawn or fixed.

    Examples
    --------
    >>> from ncviz import bell
    >>> from ncviz.inference import Counts, p_above
    >>> round(p_above(Counts(bell.PUBLISHED["delft 2015"].counts)), 3)  # published: 0.039
    0.039
    """
    from scipy.stats import binomtest

    if isinstance(design, PairedRuns):
        allowed: tuple[str, ...] = ("t", "betting") if len(design.S) >= FEW_RUNS else ("betting",)
        method = choose(method, allowed, design, "method for a p-value")
        return p_of_s(design.S) if method == "t" else float(any_time_p(design.S)[-1])
    if isinstance(design, RandomSettings):
        allowed, wins, trials = ("exact", "any-time"), design.wins.sum(), design.counts.sum(axis=1)
    else:
        table = designs.table_of(design)
        allowed, wins, trials = ("exact",), table.wins, table.trials
    allowed = ("bound",) if design.unequal else (*allowed, "bound")
    method = choose(method, allowed, design, "method for a p-value", design.unequal)
    if method == "any-time" and isinstance(design, RandomSettings):
        return float(any_time_p_of_trials(design)[-1])
    n = int(trials.sum())
    chance = WIN_CHANCE if method == "exact" else 1 - int(trials.min()) / n
    return float(binomtest(int(wins), n, chance, alternative="greater").pvalue)


@takes(design=a(RandomSettings, "RandomSettings, drawn trial by trial"))
def any_time_p_of_trials(design: RandomSettings) -> Array:
    """p-values (trials,) of "S is at most 2" after each trial with a random setting; stop anywhere.

    Each trial returns (q/¾)^win ((1 − q)/¼)^loss, where ¾ ≤ q < 1 is what past trials promise;
    p = 1 / (largest product so far) (Zhang, Glancy & Knill 2011). `ValueError` if the settings were
    not drawn trial by trial, all four equally likely.
    """
    if design.unequal:
        raise ValueError(f"{design.unequal}; use p_above(…, 'bound')")
    wins = design.wins
    before: Array = np.cumsum(wins) - wins.astype(np.float64)
    share = (before + PRIOR_TRIALS * WIN_CHANCE) / (np.arange(len(wins)) + PRIOR_TRIALS)
    q = np.maximum(share, WIN_CHANCE)
    steps = np.where(wins, np.log(q / WIN_CHANCE), np.log((1 - q) / (1 - WIN_CHANCE)))
    return _p_of_wealth(np.cumsum(steps))


def _p_of_wealth(logs: Array) -> Array:
    """1 / the largest wealth so far, from its logarithm (…, bets)."""
    return np.asarray(np.exp(-np.maximum.accumulate(np.maximum(logs, 0.0), axis=-1)))


def any_time_p(S: ArrayLike) -> Array:
    """p-values (..., runs) of "the mean of S is at most 2", after each run, never growing.

    A game of bets: of each run's W = (4 + S)/8 a fair stake returns 1 + c (W − ¾), 0 ≤ c ≤ 4/3,
    spread over eight c beforehand. p = 1 / (largest wealth so far) holds for every distribution of
    S, and whenever one decides to stop (Ville's inequality). S (..., runs), −4 to 4, else
    `ValueError`, in the order in which runs were made; NaN where one diverged (it places no bet).

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
    return _p_of_wealth(np.logaddexp.reduce(wealth + np.log(BET_WEIGHTS)[:, None], axis=-2))


def holm(p: ArrayLike) -> Array:
    """p-values (tests,) corrected for being several (Holm 1979); `ValueError` if one is not 0 to 1.

    The chance that any true hypothesis has one below 0.05 is at most 5 %.

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


_spread = partial(real, allowed=lambda x: 1e-9 <= x <= 8, words="a number above 0, from 1e-9 to 8")
_chance = partial(real, allowed=lambda x: 0 < x < 1, words="between 0 and 1")
_s = partial(real, allowed=lambda x: -4 <= x <= 4, words="from −4 to 4")


@takes(S=_s, spread=_spread, runs=between(2, MOST_RUNS), level=_chance)
def power(S: float, spread: float, runs: int, level: float = ERROR) -> float:
    """Chance, 0 to 1, that a one-sided t test over paired runs finds S above 2.

    Of the true mean of S, and its standard deviation over runs, above 0: that of the runs in hand;
    at least 2 runs, at a level between 0 and 1, else `ValueError`.

    Examples
    --------
    >>> from ncviz.inference import power, runs_needed
    >>> round(power(2.017, spread=0.134, runs=50), 2), runs_needed(2.017, spread=0.134)
    (0.22, 534)
    """
    from statsmodels.stats.power import TTestPower

    effect = (S - CLASSICAL_BOUND) / spread
    return float(TTestPower().power(effect, nobs=runs, alpha=level, alternative="larger"))


@takes(S=_s, spread=_spread, chance=_chance, level=_chance)
def runs_needed(S: float, spread: float, chance: float = 0.9, level: float = ERROR) -> int:
    """Smallest number of paired runs with which `power` reaches a chance, above `level`, below 1.

    `ValueError` if a number is not allowed; with S at most 2, no number of runs is enough.
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
