"""The prediction-based ratio: evidence against every local model, from whole tables."""

import numpy as np
from scipy.special import logsumexp

from ncviz.basics.checks import a, a_seed, takes
from ncviz.bell.programmes import strategies
from ncviz.inference.designs import Counts, RandomSettings, Table
from ncviz.inference.estimates import Array
from ncviz.inference.no_signalling import without_signalling

FIRST_TRIALS = 40
"""Nothing is bet before so many trials; then a new prediction whenever there are twice as many."""

ORDERS = 4
"""Counts have no order: the wealth is the mean over so many orders drawn at random."""

CLOSE = 1e-9
"""How far the largest mean ratio of a local model may be from 1 when the fit ends."""


@takes(design=a(RandomSettings | Counts, "RandomSettings or Counts"), seed=a_seed)
def prediction_ratio_p(design: RandomSettings | Counts, seed: int = 0) -> float:
    """p-value of "some local model made these trials" (Zhang, Glancy & Knill 2011).

    From past trials one predicts the outcomes, and looks for the local model that comes closest
    to the prediction. Every later trial multiplies the wealth by prediction / closest model, whose
    mean is at most 1 under every local model; p is 1 / wealth, at most 1. It uses all that the
    table tells, also where S hardly passes 2 because most trials end in one outcome.

    Parameters
    ----------
    design : RandomSettings or Counts
        Random settings: all four equally likely; the boxes may remember. Counts: trials are
        independent and alike, however many there are in each setting; their order is drawn at
        random, `ORDERS` times, and the mean of the wealths counts.
    seed : int
        Of those orders.

    Returns
    -------
    float
        0 to 1.

    Raises
    ------
    ValueError
        If the design is of another kind, such as paired runs.

    Notes
    -----
    Why unequal numbers of trials do no harm to counts: for one source in all trials and the shares
    q of the settings, the mean of the product of ratios is Π_xy E_xy[R]^(N q_xy), which is at most
    (Σ q_xy E_xy[R])^N, and R is scaled so that this sum is at most 1 for each of the sixteen
    deterministic strategies, hence for every local model.

    Examples
    --------
    >>> from ncviz import bell
    >>> from ncviz.inference import Counts, p_above, prediction_ratio_p
    >>> vienna = Counts(bell.PUBLISHED["vienna 2015"].counts)
    >>> prediction_ratio_p(vienna) < 1e-50
    True
    """
    if isinstance(design, Counts):
        rng = np.random.default_rng(seed)
        logs = [_log_wealth(_shuffled(design.table, rng), fixed=True) for _ in range(ORDERS)]
    else:
        logs = [_log_wealth(_in_order(design), fixed=False)]
    return float(np.exp(-max(0.0, logsumexp(logs) - np.log(len(logs)))))


def closest_local(frequencies: Array) -> Array:
    """The local behavior from which these would be told with most difficulty.

    Parameters
    ----------
    frequencies : array, shape (4, 4)
        Of all trials together: settings 11, 12, 21, 22 by outcomes ++, +−, −+, −−; sum 1.

    Returns
    -------
    array, shape (4, 4)
        Probabilities given the setting: those of the mixture of deterministic strategies with the
        least Kullback-Leibler divergence (an EM algorithm, whose fixed point is the maximum).
    """
    table = strategies().T
    f = frequencies.ravel()
    seen = f > 0
    weights = np.full(len(table), 1 / len(table))
    for _ in range(100_000):
        p = weights @ table
        gain = table[:, seen] @ (f[seen] / p[seen])
        if gain.max() <= 1 + CLOSE:
            break
        weights = weights * gain
    return np.asarray(p.reshape(4, 4))


def log_ratio(past: Array, settings: Array) -> Array:
    """Log of the ratio by which a trial's outcome multiplies the wealth, shape (4, 4).

    Parameters
    ----------
    past : array, shape (4, 4)
        Counts of past trials, each setting with at least one.
    settings : array, shape (4,)
        How likely each setting is in the trials to come.
    """
    # Half a trial for each outcome: what was not seen is not impossible.
    counts = past + 0.5
    trials = counts.sum(axis=1, keepdims=True)
    nearest, _ = without_signalling(counts / trials, trials.ravel())
    possible = np.maximum(nearest, 0.5 / trials)
    predicted = possible / possible.sum(axis=1, keepdims=True)
    ratio = predicted / closest_local(settings[:, None] * predicted)
    most = (strategies().T @ (settings[:, None] * ratio).ravel()).max()
    return np.asarray(np.log(ratio / most))


def _log_wealth(blocks: list[Table], fixed: bool) -> float:
    """Log of the wealth after tables of trials, each bet on with what those before it tell."""
    past, wealth = np.zeros((4, 4)), 0.0
    for block in blocks:
        settings = block.sum(axis=1) / block.sum() if fixed else np.full(4, 0.25)
        if past.any():
            wealth += float((block * log_ratio(past, settings)).sum())
        past = past + block
    return wealth


def _ends(trials: int) -> list[int]:
    """Where a new prediction is made, and the end."""
    ends = [FIRST_TRIALS * 2**k for k in range(64)]
    return [*(end for end in ends if end < trials), trials]


def _in_order(design: RandomSettings) -> list[Table]:
    x, y, a, b = (np.asarray(column) for column in (design.x, design.y, design.a, design.b))
    ends = _ends(len(x))
    parts = [slice(*ends) for ends in zip([0, *ends], ends, strict=False)]
    return [RandomSettings(x[p], y[p], a[p], b[p]).counts for p in parts]


def _shuffled(table: Table, rng: np.random.Generator) -> list[Table]:
    """The trials in an order drawn at random, from the last table to the first."""
    blocks, rest = [], table
    ends = _ends(int(table.sum()))
    for end, before in zip(ends[:0:-1], ends[-2::-1], strict=True):
        earlier = rng.binomial(rest, before / end)
        blocks.append(rest - earlier)
        rest = earlier
    return [rest, *blocks[::-1]]
