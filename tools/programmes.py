"""What `ncviz.bell` has in closed form, by linear programmes; for tests and benchmarks.

Each takes probabilities p[…, x, y, a, b] and solves one programme a behavior.
"""

from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ncviz.bell.forms import Array
from ncviz.bell.sets import INFEASIBLE, each, least, strategies


def local(p: Array) -> NDArray[np.bool_]:
    """Whether some weights w ≥ 0 give Mw = p (…); `Behavior.is_local` in closed form."""

    def feasible(one: Array) -> float:
        found = least(np.zeros(16), A_eq=strategies(), b_eq=one.ravel())
        return float(found.status != INFEASIBLE)

    return np.asarray(each(feasible, p) == 1)


def cnt2(p: Array) -> Array:
    """CNT2 by its definition (…); `Behavior.CNT2` in closed form.

    Over all couplings of the eight variables, each variable once in each of its settings, that
    keep their marginals and make the two copies of a variable as equal as these allow, the least
    Σ |change of p(++)| over the settings.
    """

    def distance(one: Array) -> float:
        fixed, joint = _couplings()
        cost = np.concatenate([np.zeros(256), np.ones(8)])
        change = np.hstack([np.eye(4), -np.eye(4)])
        found = least(
            cost,
            A_eq=np.block([[fixed, np.zeros((len(fixed), 8))], [joint, change]]),
            b_eq=np.concatenate([_fixed_values(one), one[..., 0, 0].ravel()]),
        )
        return float(found.fun)

    return each(distance, p)


def ncnt2(p: Array) -> Array:
    """NCNT2 by its definition (…); `Behavior.NCNT2` in closed form.

    How far one p(++) can move up or down alone while a coupling as in `cnt2` exists, the least
    over the four of them and both directions: the corners of the largest L1 ball within.
    """

    def distance(one: Array) -> float:
        fixed, joint = _couplings()
        cost = np.append(np.zeros(256), -1.0)
        reach = []
        for step in (*np.eye(4), *-np.eye(4)):
            found = least(
                cost,
                A_eq=np.block([[fixed, np.zeros((len(fixed), 1))], [joint, -step[:, None]]]),
                b_eq=np.concatenate([_fixed_values(one), one[..., 0, 0].ravel()]),
            )
            if found.status == INFEASIBLE:  # contextual
                return 0.0
            reach.append(-found.fun)
        return float(min(reach))

    return each(distance, p)


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
