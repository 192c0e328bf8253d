"""Signalling δ, for correlators (…, x, y) and marginals (…, party, x, y), Alice first."""

import numpy as np

from ncviz.bell.forms import Array


def shifts(marginals: Array) -> Array:
    """How the means of A1, A2, B1, B2 move from the partner's first task to its second (…, 4)."""
    alice = marginals[..., 0, :, 1] - marginals[..., 0, :, 0]
    bob = marginals[..., 1, 1, :] - marginals[..., 1, 0, :]
    return np.concatenate([alice, bob], axis=-1)


def signalling(marginals: Array) -> Array:
    """δ = Σ |shift| over the four marginal pairs (Dzhafarov, Kujala & Larsson 2015)."""
    sizes = np.abs(shifts(marginals))
    return np.asarray(sizes[..., 0] + sizes[..., 1] + sizes[..., 2] + sizes[..., 3])


def ceiling_of_excess(correlators: Array, marginals: Array) -> Array:
    """What S − 2 − δ can be at most: 2[P12(−−) + P21(−−)] − 4 P22(−−) − (1 − C11).

    From C = 4P(−−) − 1 + a + b, S − 2 − δ ≤ 4[P12 + P21 − P22](−−) − 2 + C11 − 1 + a12 + b21, as
    δ covers a22 − a21 and b22 − b12; and a12 ≤ 1 − 2 P12(−−), b21 ≤ 1 − 2 P21(−−). Linear, so
    its mean over runs is that of the mean behavior.
    """
    both_minus = (1 - marginals[..., 0, :, :] - marginals[..., 1, :, :] + correlators) / 4
    beside = both_minus[..., 0, 1] + both_minus[..., 1, 0]
    return np.asarray(2 * beside - 4 * both_minus[..., 1, 1] - (1 - correlators[..., 0, 0]))
