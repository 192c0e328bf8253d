"""Signalling: δ, and what it and the forms say of the influence behind them.

Correlators have shape (…, x, y); marginals (…, party, x, y), Alice first.
"""

import numpy as np

from ncviz.bell.forms import Array, chsh_forms


def shifts(marginals: Array) -> Array:
    """How far each task's mean outcome moves with the partner's task: (…, 4) for A1, A2, B1, B2.

    Partner on its second task minus partner on its first.
    """
    alice = marginals[..., 0, :, 1] - marginals[..., 0, :, 0]
    bob = marginals[..., 1, 1, :] - marginals[..., 1, 0, :]
    return np.concatenate([alice, bob], axis=-1)


def signalling(marginals: Array) -> Array:
    """δ = Σ |shift| over the four marginal pairs (Dzhafarov, Kujala & Larsson 2015)."""
    sizes = np.abs(shifts(marginals))
    return np.asarray(sizes[..., 0] + sizes[..., 1] + sizes[..., 2] + sizes[..., 3])


def least_influence(correlators: Array, marginals: Array) -> Array:
    """What 2Σf of any model of a behavior is at least: max(δ, s_odd − 2, 0).

    f_k is the chance that a task's outcome changes with the partner's task. The visible changes of
    the means need δ, and a form above 2 what it has above 2; the linear programme over all 256
    rules that give each setting its outcomes attains the larger of the two.
    """
    excess = chsh_forms(correlators).max(axis=-1) - 2
    return np.asarray(np.maximum(0, np.maximum(excess, signalling(marginals))))


def ceiling_of_excess(correlators: Array, marginals: Array) -> Array:
    """What S − 2 − δ can be at most: 2[P12(−−) + P21(−−)] − 4 P22(−−) − (1 − C11).

    From C = 4P(−−) − 1 + a + b, S − 2 − δ ≤ 4[P12 + P21 − P22](−−) − 2 + C11 − 1 + a12 + b21, as
    δ covers a22 − a21 and b22 − b12; and a12 ≤ 1 − 2 P12(−−), b21 ≤ 1 − 2 P21(−−). Linear, so
    its mean over runs is that of the mean behavior.
    """
    both_minus = (1 - marginals[..., 0, :, :] - marginals[..., 1, :, :] + correlators) / 4
    beside = both_minus[..., 0, 1] + both_minus[..., 1, 0]
    return np.asarray(2 * beside - 4 * both_minus[..., 1, 1] - (1 - correlators[..., 0, 0]))
