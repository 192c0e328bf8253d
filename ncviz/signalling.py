"""Excess, δ and D of the behavior averaged over runs, as means over runs."""

import numpy as np

from ncviz.bell.forms import SIGNS, chsh_forms, shifts
from ncviz.inference import Array, Estimate

CLEAR = 3.0
"""Standard errors from which the sign of a shift is taken as known.

In simulations with any pattern of true shifts D's upper end then fails in at most 3.3 % of
repeats and its lower end makes up for it; from 2.5 standard errors it would fail in 5 %.
"""

LIMITS = ((-6.0, 2.0), (-8.0, 8.0), (-14.0, 10.0), (-8.0, 8.0), (-14.0, 10.0))
"""What each of the rows of `signalling_rows` can be at least and at most."""


def signalling_rows(correlators: Array, marginals: Array) -> Array:
    """Rows whose means over runs are s_odd − 2, δ, D, and cautious forms of δ and of D.

    δ is a sum of sizes: given the signs of the four shifts it is a mean over runs, and so is
    s_odd given the form that attains it. That yields intervals. But the size of a shift that is
    mere noise is not 0, it is positive: so the cautious rows leave out every shift of less than
    `CLEAR` standard errors.

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
    error = moved.std(axis=0, ddof=1) / np.sqrt(n) if n > 1 else np.full(4, np.inf)
    clear = np.abs(mean) > CLEAR * error
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
