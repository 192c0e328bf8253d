"""Contextuality by default in closed form: the excess D, and distances to its boundary.

Closed forms of cyclic systems of rank 4: Kujala & Dzhafarov 2016 (doi:10.1007/s10701-015-9964-8)
and 2019 (arXiv:1903.07170); Dzhafarov, Kujala & Cervantes 2020 (arXiv:1907.03328).
`ncviz.bell.programmes` finds the same distances from their definitions.
"""

import numpy as np

from ncviz.bell.bounds import CLASSICAL_BOUND
from ncviz.bell.forms import Array, signalling


def excess(forms: Array, marginals: Array) -> Array:
    """D = s_odd − 2 − δ (…), from the eight CHSH forms; a behavior is contextual where D > 0."""
    return np.asarray(forms.max(axis=-1) - CLASSICAL_BOUND - signalling(marginals))


def cnt2(D: Array) -> Array:
    """Distance to the noncontextual behaviors, max(0, D)/4 (…).

    With the marginals fixed, p(++) moves a CHSH form four times as fast, and in every setting
    alike, so that the nearest point of the facet form = 2 + δ lies D/4 away in L1.
    """
    return np.asarray(np.maximum(0, D) / 4)


def ncnt2(D: Array, p: Array) -> Array:
    """Distance to the surface from within, min(−D/4, smallest probability), 0 outside (…).

    The facets of the polytope are the eight forms, the nearest of them −D/4 away, and the Fréchet
    bounds max(0, p(a+) + p(b+) − 1) ≤ p(++) ≤ min(p(a+), p(b+)) of each setting. How far p(++)
    is from these four is p(−−), p(++), p(+−) and p(−+).
    """
    least = p.min(axis=(-4, -3, -2, -1))
    return np.asarray(np.maximum(0, np.minimum((0 - D) / 4, least)))
