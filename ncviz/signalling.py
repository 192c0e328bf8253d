"""Excess, δ and D of the behavior averaged over runs, as means over runs."""

import numpy as np
from scipy.special import stdtrit

from ncviz.bell.forms import SIGNS, chsh_forms, shifts
from ncviz.inference import Array, Estimate

CLEAR = 0.00135
"""Chance that noise alone passes for a shift to one side: 3 standard errors, with many runs."""

DIGITS = 12
"""Of the rows, after the point; sums in another order differ beyond them."""

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
    correlators : array, shape (…, runs, 2, 2)
        Each leading place is an experiment of its own, with the same numbers as alone.
    marginals : array, shape (…, runs, 2, 2, 2)
        Indexed [run, party, x, y]; NaN in both where a run diverged.

    Returns
    -------
    array, shape (…, 5, runs)
    """
    good = np.asarray(np.isfinite(correlators).all(axis=(-2, -1)))
    n = good.sum(axis=-1)[..., None]  # a place for the four settings, or the four shifts
    used = np.where(good[..., None, None], correlators, 0.0)
    forms = chsh_forms(used.sum(axis=-3) / np.maximum(n, 1)[..., None])
    excess = _along(used.reshape(*good.shape, 4), SIGNS[np.argmax(forms, axis=-1)]) - 2
    moved = np.where(good[..., None], shifts(marginals), 0.0)
    mean = moved.sum(axis=-2) / np.maximum(n, 1)
    apart = np.where(good[..., None], moved - mean[..., None, :], 0.0)
    error = np.sqrt((apart**2).sum(axis=-2) / np.maximum(n - 1, 1) / np.maximum(n, 1))
    clear = (n > 1) & (np.abs(mean) > stdtrit(np.maximum(n - 1.0, 1.0), 1 - CLEAR) * error)
    delta = _along(moved, np.sign(mean))
    clear_delta = _along(moved, np.where(clear, np.sign(mean), 0.0))
    rows = np.stack([excess, delta, excess - delta, clear_delta, excess - clear_delta], axis=-2)
    # Runs that are equal must be so to the last digit: intervals ask how many tie.
    return np.where(good[..., None, :], rows.round(DIGITS), np.nan)


def safe_ends(five: Array) -> Array:
    """Excess, δ and D (…, 3, 3) from mean, low and high of the five rows (…, 5, 3).

    Each end comes from the row that is safe.
    """
    three = five[..., :3, :].copy()
    three[..., 1, 1] = np.maximum(0.0, five[..., 3, 1])  # NaN stays NaN
    three[..., 2, 2] = five[..., 4, 2]
    return three


def signalling_estimates(five: list[Estimate]) -> tuple[Estimate, Estimate, Estimate]:
    """Excess, δ and D from the estimates of the five rows; see `safe_ends`."""
    three = safe_ends(np.array([(e.value, e.low, e.high) for e in five]))
    n = five[0].n
    excess, delta, D = (Estimate(value, low, high, n) for value, low, high in three.tolist())
    return excess, delta, D


def _along(values: Array, signs: Array) -> Array:
    """Sums over four settings or shifts, each with its sign: (…, runs, 4), (…, 4) → (…, runs)."""
    # Not a matrix product: the same numbers whatever the leading shape.
    terms = values * signs[..., None, :]
    return np.asarray(terms[..., 0] + terms[..., 1] + terms[..., 2] + terms[..., 3])
