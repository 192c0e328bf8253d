"""Excess, δ and D of the behavior averaged over runs, as means over runs."""

import numpy as np
from scipy.special import stdtrit

from ncviz.bell.forms import SIGNS, chsh_forms, shifts
from ncviz.inference import Array, Estimate

CLEAR = 0.00135
"""Chance that noise alone passes for a shift to one side: 3 standard errors, with many runs."""

LIMITS = ((-6.0, 2.0), (-8.0, 8.0), (-14.0, 10.0), (-8.0, 8.0), (-14.0, 10.0))
"""What each of the rows of `signalling_rows` can be at least and at most."""


def signalling_rows(correlators: Array, marginals: Array) -> Array:
    """Rows whose means over runs are s_odd − 2, δ, D, and cautious forms of δ and of D.

    δ is a sum of sizes: given the signs of the four shifts it is a mean over runs, and so is
    s_odd given the form that attains it. That yields intervals. But the size of a shift that is
    mere noise is not 0, it is positive: so the cautious rows leave out every shift whose sign is
    not clear. The intervals are approximate (the form and the signs come from the same runs);
    simulations in the tests show how often they hold.

    Parameters
    ----------
    correlators : array, shape (runs, 2, 2)
    marginals : array, shape (runs, 2, 2, 2)
        Indexed [run, party, x, y]; NaN in both where a run diverged.

    Returns
    -------
    array, shape (5, runs)
    """
    good = np.asarray(np.isfinite(correlators).all(axis=(1, 2)))
    rows = np.full((len(LIMITS), len(good)), np.nan)
    n = int(good.sum())
    if n == 0:
        return rows
    used = correlators[good]
    excess = used.reshape(n, 4) @ SIGNS[np.argmax(chsh_forms(used.mean(axis=0)))] - 2
    moved = shifts(marginals[good])
    mean = moved.mean(axis=0)
    error = moved.std(axis=0, ddof=min(1, n - 1)) / np.sqrt(n)
    clear = (n > 1) & (np.abs(mean) > stdtrit(max(1.0, n - 1.0), 1 - CLEAR) * error)
    delta = moved @ np.sign(mean)
    clear_delta = moved[:, clear] @ np.sign(mean[clear])
    rows[:, good] = [excess, delta, excess - delta, clear_delta, excess - clear_delta]
    return rows


def signalling_estimates(five: list[Estimate]) -> tuple[Estimate, Estimate, Estimate]:
    """Excess, δ and D from the estimates of the five rows: each end from the row that is safe."""
    excess, delta, D, cautious_delta, cautious_D = five
    low = np.maximum(0.0, cautious_delta.low)  # NaN stays NaN
    return (
        excess,
        Estimate(delta.value, float(low), delta.high, delta.n),
        Estimate(D.value, D.low, cautious_D.high, D.n),
    )
