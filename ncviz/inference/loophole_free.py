"""Where signalling is excluded by design: S sharpened by that, and evidence from whole tables."""

import numpy as np
from scipy.linalg import block_diag
from scipy.special import logsumexp

from ncviz.basics.checks import a, a_seed, takes
from ncviz.bell import Behavior
from ncviz.bell.forms import MINUS
from ncviz.bell.sets import strategies
from ncviz.inference.designs import ALICE, BOB, Array, Counts, RandomSettings, Table, table_of
from ncviz.inference.estimates import Estimate

FIRST_TRIALS = 40  # nothing is bet before so many; a new prediction whenever they have doubled
ORDERS = 4  # counts have no order: the wealth is the mean over so many orders drawn at random
CLOSE = 1e-9  # how far the largest mean ratio of a local model may be from 1 when the fit ends

_S = np.kron(MINUS[0], ALICE * BOB)
# What makes the four differences of marginals out of frequencies: A1 in 11 less A1 in 12, …
_DIFFERENCES = np.kron([[1.0, -1, 0, 0], [0, 0, 1, -1], [0, 0, 0, 0], [0, 0, 0, 0]], ALICE)
_DIFFERENCES += np.kron([[0.0, 0, 0, 0], [0, 0, 0, 0], [1, 0, -1, 0], [0, 1, 0, -1]], BOB)


def s_given_no_signalling(design: RandomSettings | Counts) -> Estimate:
    """S with its 95 % interval, ± 1.96 errors, where signalling is ruled out, as by distance.

    The four differences of marginals are then noise that goes with the noise of S: what they tell
    of it is taken off (generalised least squares; Gill, arXiv:2209.00702). Where signalling is
    possible, as in every network of ncviz, the result means nothing. `ValueError` for paired runs.

    It is S − sᵀΣNᵀ(NΣNᵀ)⁻¹Nx, with relative frequencies x of the sixteen outcomes, their
    multinomial covariance Σ, S = sᵀx and the four differences Nx.

    Examples
    --------
    >>> from ncviz import bell
    >>> from ncviz.inference import Counts, s_given_no_signalling
    >>> s = s_given_no_signalling(Counts(bell.PUBLISHED["nist 2015"].counts))
    >>> print(f"{s:.6f}, {1.96 * (s.value - 2) / (s.value - s.low):.1f} errors")  # Gill: 7.6
    2.000051 [2.000038, 2.000064], 7.6 errors
    """
    table = table_of(design)
    x = Behavior.from_counts(table.table).p.reshape(4, 4)
    sharper, spread = without_signalling(x, table.trials.astype(np.float64))
    value, error = float(_S @ sharper.ravel()), float(np.sqrt(_S @ spread @ _S))
    low, high = np.clip([value - 1.96 * error, value + 1.96 * error], -4, 4).tolist()
    return Estimate(value, low, high, int(table.trials.sum()))


def without_signalling(frequencies: Array, trials: Array) -> tuple[Array, Array]:
    """The nearest frequencies (4, 4) in which no mean moves, and their covariance (16, 16)."""
    # Near in units of the multinomial noise: generalised least squares.
    noise_of = zip(frequencies, trials, strict=True)
    spread = block_diag(*((np.diag(p) - np.outer(p, p)) / n for p, n in noise_of))
    # A marginal without noise has nothing to tell: hence the pseudoinverse.
    noise = np.linalg.pinv(_DIFFERENCES @ spread @ _DIFFERENCES.T, rcond=1e-12, hermitian=True)
    taken = spread @ _DIFFERENCES.T @ noise
    nearest = frequencies.ravel() - taken @ _DIFFERENCES @ frequencies.ravel()
    return nearest.reshape(4, 4), spread - taken @ _DIFFERENCES @ spread


@takes(design=a(RandomSettings | Counts, "RandomSettings or Counts"), seed=a_seed)
def prediction_ratio_p(design: RandomSettings | Counts, seed: int = 0) -> float:
    """p-value of "some local model made these trials" (Zhang, Glancy & Knill 2011).

    Every trial multiplies the wealth by what past trials predict of it, divided by what the local
    model closest to that does, a ratio whose mean is at most 1 under every local model; p is
    1 / wealth, at most 1. It uses all that the table tells, also where S hardly passes 2 because
    most trials end in one outcome.

    Random settings: all four equally likely; the boxes may remember. Counts: trials are independent
    and alike, however many there are in each setting; they get 4 orders drawn at random, and the
    mean of the wealths counts. `ValueError` for another design.

    Notes
    -----
    Unequal numbers of trials do no harm to counts: with shares q of the settings the mean of the
    product of ratios is Π_xy E_xy[R]^(N q_xy) ≤ (Σ q_xy E_xy[R])^N, and R is scaled so that this
    sum is at most 1 for the sixteen deterministic strategies, hence for every local model.

    Examples
    --------
    >>> from ncviz import bell
    >>> from ncviz.inference import Counts, prediction_ratio_p
    >>> prediction_ratio_p(Counts(bell.PUBLISHED["vienna 2015"].counts)) < 1e-50
    True
    """
    if isinstance(design, Counts):
        rng = np.random.default_rng(seed)
        logs = [_log_wealth(_shuffled(design.table, rng), fixed=True) for _ in range(ORDERS)]
    else:
        logs = [_log_wealth(_in_order(design), fixed=False)]
    return float(np.exp(-max(0.0, logsumexp(logs) - np.log(len(logs)))))


def closest_local(frequencies: Array) -> Array:
    """The local behavior (4, 4) of least Kullback-Leibler divergence from frequencies of all."""
    # By an EM algorithm, whose fixed point is the maximum.
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
    """Log of what an outcome multiplies the wealth by (4, 4), with these chances of settings."""
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
