"""Linear programmes: the two fractions, and slow checks of what has a closed form.

Each takes probabilities p[…, x, y, a, b] and solves one programme a behavior.
"""

from collections.abc import Callable
from functools import cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ncviz.bell.forms import Array

_INFEASIBLE = 2
"""How scipy says that nothing meets the constraints."""


def contextual_fraction(p: Array) -> Array:
    """CF = 1 − max Σw, w ≥ 0, Mw ≤ p (…); the columns of M are the deterministic strategies."""

    def fraction(one: Array) -> float:
        found = _least(-np.ones(16), A_ub=strategies(), b_ub=np.maximum(0, one.ravel()))
        return float(1 + found.fun)

    return _each(fraction, p)


def signalling_fraction(p: Array) -> Array:
    """SF = 1 − max Σq, 0 ≤ Mq ≤ p, q of either sign (…)."""

    def fraction(one: Array) -> float:
        table = strategies()
        limits = np.concatenate([np.maximum(0, one.ravel()), np.zeros(16)])
        found = _least(
            -np.ones(16), A_ub=np.vstack([table, -table]), b_ub=limits, bounds=(None, None)
        )
        return float(1 + found.fun)

    return _each(fraction, p)


def local(p: Array) -> NDArray[np.bool_]:
    """Whether some weights w ≥ 0 give Mw = p (…); `sets.local` in closed form."""

    def feasible(one: Array) -> float:
        found = _least(np.zeros(16), A_eq=strategies(), b_eq=one.ravel())
        return float(found.status != _INFEASIBLE)

    return np.asarray(_each(feasible, p) == 1)


def cnt2(p: Array) -> Array:
    """CNT2 by its definition (…); `contextuality.cnt2` in closed form.

    Over all couplings of the eight variables, each variable once in each of its settings, that
    keep their marginals and make the two copies of a variable as equal as these allow, the least
    Σ |change of p(++)| over the settings.
    """

    def distance(one: Array) -> float:
        fixed, joint = _couplings()
        cost = np.concatenate([np.zeros(256), np.ones(8)])
        change = np.hstack([np.eye(4), -np.eye(4)])
        found = _least(
            cost,
            A_eq=np.block([[fixed, np.zeros((len(fixed), 8))], [joint, change]]),
            b_eq=np.concatenate([_fixed_values(one), one[..., 0, 0].ravel()]),
        )
        return float(found.fun)

    return _each(distance, p)


def ncnt2(p: Array) -> Array:
    """NCNT2 by its definition (…); `contextuality.ncnt2` in closed form.

    How far one p(++) can move up or down alone while a coupling as in `cnt2` exists, the least
    over the four of them and both directions: the corners of the largest L1 ball within.
    """

    def distance(one: Array) -> float:
        fixed, joint = _couplings()
        cost = np.append(np.zeros(256), -1.0)
        reach = []
        for step in (*np.eye(4), *-np.eye(4)):
            found = _least(
                cost,
                A_eq=np.block([[fixed, np.zeros((len(fixed), 1))], [joint, -step[:, None]]]),
                b_eq=np.concatenate([_fixed_values(one), one[..., 0, 0].ravel()]),
            )
            if found.status == _INFEASIBLE:  # contextual
                return 0.0
            reach.append(-found.fun)
        return float(min(reach))

    return _each(distance, p)


def _each(programme: Callable[[Array], float], p: Array) -> Array:
    """The programme's number for each behavior, rounding beyond 0 and 1 cut off."""
    found = [programme(one) for one in p.reshape(-1, 2, 2, 2, 2)]
    return np.clip(np.array(found, dtype=np.float64), 0, 1).reshape(p.shape[:-4])


def _least(cost: Array, **constraints: Any) -> Any:
    """Solve one programme to rounding, rather than to the solver's usual 1e-7."""
    from scipy.optimize import linprog

    exact = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
    found = linprog(cost, method="highs", options=exact, **constraints)
    if found.status not in (0, _INFEASIBLE):
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


@cache
def _couplings() -> tuple[Array, Array]:
    """What a coupling keeps, and its p(++), as rows over the 256 values of the eight variables.

    Kept are the total, the probability of + of each variable (Alice's in settings 11, 12, 21, 22,
    then Bob's), and that both copies of A1, A2, B1, B2 are +.
    """
    plus = np.array(list(product((1.0, 0.0), repeat=8))).T
    alice, bob = plus[:4], plus[4:]
    copies = [alice[0] * alice[1], alice[2] * alice[3], bob[0] * bob[2], bob[1] * bob[3]]
    return np.vstack([np.ones(256), plus, copies]), alice * bob


def _fixed_values(p: Array) -> Array:
    """The kept values, the copies of a variable as equal as their marginals allow."""
    alice, bob = p[:, :, 0, :].sum(axis=-1), p[:, :, :, 0].sum(axis=-1)
    both = [*alice.min(axis=1), *bob.min(axis=0)]
    return np.concatenate([[1.0], alice.ravel(), bob.ravel(), both])
