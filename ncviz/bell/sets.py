"""The local and the quantum set, within `TOLERANCE`; shapes: `signalling`, p (…, x, y, a, b)."""

from collections.abc import Callable
from functools import cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ncviz.bell.forms import CLASSICAL_BOUND, SIGNS, TOLERANCE, Array, chsh_forms
from ncviz.bell.signalling import signalling

INFEASIBLE = 2  # how scipy says that nothing meets the constraints


def local(forms: Array, marginals: Array) -> NDArray[np.bool_]:
    """Whether a behavior is a mixture of deterministic strategies (…), by its forms (Fine 1982)."""
    within = forms.max(axis=-1) <= CLASSICAL_BOUND + TOLERANCE
    return np.asarray((signalling(marginals) <= TOLERANCE) & within)


def npa_level_1(correlators: Array, marginals: Array) -> NDArray[np.bool_]:
    """Whether no-signalling behaviors pass level 1 of the NPA hierarchy (…).

    A positive semidefinite matrix of the moments of 1, A1, A2, B1, B2 exists exactly where
    |Σ asin r − 2 asin r_xy| ≤ π for every xy, r being the correlation coefficients
    (C_xy − a_x b_y)/√((1 − a_x²)(1 − b_y²)) (Navascués, Pironio & Acín 2007). A side that is
    deterministic has C = ab, and says nothing: its r counts as 0.
    """
    alice, bob = marginals[..., 0, :, :], marginals[..., 1, :, :]
    spread = np.sqrt(np.maximum(0, 1 - alice**2) * np.maximum(0, 1 - bob**2))
    covariances = (correlators - alice * bob).reshape(*spread.shape[:-2], 1, 4)
    # For each form the covariances that are the least for it, of all within the tolerance. The
    # arcsine is too steep near ±1 for a tolerance on its own values.
    least = covariances - TOLERANCE * SIGNS
    spreads = np.broadcast_to(spread.reshape(covariances.shape), least.shape)
    r = np.divide(least, spreads, out=np.zeros_like(least), where=spreads > 0)
    sums = (SIGNS * np.arcsin(np.clip(r, -1, 1))).sum(axis=-1)
    return np.asarray(sums.max(axis=-1) <= np.pi)


def quantum(correlators: Array, marginals: Array) -> NDArray[np.object_]:
    """True, False or None (undecided): whether quantum theory allows the behaviors (…).

    With marginals of 0 level 1 is exact, and says what Tsirelson (1987), Landau (1988) and
    Masanes (2003) found for the correlators. With others it can only say no.
    """
    allowed = npa_level_1(correlators, marginals)
    exact = np.abs(marginals).max(axis=(-3, -2, -1)) <= TOLERANCE
    answer = np.full(allowed.shape, None, dtype=np.object_)
    answer[exact & allowed] = True
    answer[~(allowed & (signalling(marginals) <= TOLERANCE))] = False
    answer[local(chsh_forms(correlators), marginals)] = True
    return answer


def contextual_fraction(p: Array) -> Array:
    """CF = 1 − max Σw, w ≥ 0, Mw ≤ p (…); the columns of M are the deterministic strategies."""
    cost = -np.ones(16)
    return each(
        lambda one: 1 + least(cost, A_ub=strategies(), b_ub=np.maximum(0, one.ravel())).fun, p
    )


def signalling_fraction(p: Array) -> Array:
    """SF = 1 − max Σq, 0 ≤ Mq ≤ p, q of either sign (…)."""
    both = np.vstack([strategies(), -strategies()])

    def fraction(one: Array) -> float:
        limits = np.concatenate([np.maximum(0, one.ravel()), np.zeros(16)])
        return float(1 + least(-np.ones(16), A_ub=both, b_ub=limits, bounds=(None, None)).fun)

    return each(fraction, p)


def each(programme: Callable[[Array], float], p: Array) -> Array:
    """A linear programme's number for each behavior, rounding beyond 0 and 1 cut off."""
    found = [programme(one) for one in p.reshape(-1, 2, 2, 2, 2)]
    return np.clip(np.array(found, dtype=np.float64), 0, 1).reshape(p.shape[:-4])


def least(cost: Array, **constraints: Any) -> Any:
    """Solve one programme to rounding, rather than to the solver's usual 1e-7."""
    from scipy.optimize import linprog

    exact = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
    found = linprog(cost, method="highs", options=exact, **constraints)
    if found.status not in (0, INFEASIBLE):
        raise RuntimeError(f"the linear programme found no answer: {found.message}")
    return found


@cache
def strategies() -> Array:
    """Probabilities of the 16 deterministic strategies (events x, y, a, b; strategies)."""
    table = np.zeros((2, 2, 2, 2, 16))
    for k, (a1, a2, b1, b2) in enumerate(product(range(2), repeat=4)):
        for (x, a), (y, b) in product(enumerate((a1, a2)), enumerate((b1, b2))):
            table[x, y, a, b, k] = 1
    return table.reshape(16, 16)
