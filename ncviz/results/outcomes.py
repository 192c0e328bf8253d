"""Outcome rules: what a trained net did on its points, as ±1, and whole-number counts of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ncviz.basics.outcome_rules import RULES
from ncviz.setup import Setup

Plus = NDArray[np.bool_]
Counts = NDArray[np.int64]
Losses = NDArray[np.float64]


def correct(margins: Tensor) -> Plus:
    """Whether a head is right on a point, which makes its outcome +1, else −1.

    Shapes: margins (runs, settings, 2, points).
    """
    return np.asarray(margins.cpu().numpy() > 0)


def success(right: Counts, points: int, threshold: float) -> Plus:
    """Whether a head is right on a share of at least `threshold` of the points: one outcome a run.

    Shapes: right (runs, settings, 2) → (runs, settings, 2, 1).
    """
    return np.asarray(right / points >= threshold)[..., None]


def oscillation(before: Losses, after: Losses) -> Plus:
    """Whether a training step lowers a head's loss; no change counts as −1.

    Shapes: before, after (runs, settings, 2).
    """
    return np.asarray(after < before)


def watched(setup: Setup) -> range:
    """The training steps that have an outcome each by the setup's rule: none by most rules."""
    by_step = RULES[setup.outcome].of == "step"
    return oscillation_steps(setup.steps) if by_step else range(0)


def oscillation_steps(steps: int) -> range:
    """The training steps that `oscillation` looks at: those of the last quarter, at least one."""
    return range(steps - max(1, steps // 4) + 1, steps + 1)


@dataclass(frozen=True)
class OutcomeCounts:
    """Whole-number sums over a run's outcomes, from which every correlator and marginal follows.

    Parameters
    ----------
    products : array, shape (runs, 4)
        Σ a·b in the settings 11, 12, 21, 22.
    outcomes : array, shape (runs, 4, 2)
        Σ a and Σ b.
    changed : array, shape (runs, 4)
        Outcomes on A1, A2, B1, B2 that change when only the partner's task changes.
    """

    products: Counts
    outcomes: Counts
    changed: Counts


def count(plus: Plus) -> OutcomeCounts:
    """Count outcomes of shape (runs, settings, 2, outcomes), True for +1."""
    runs, _, _, outcomes = plus.shape
    # Eight outcomes a byte: where two of them differ is one "exclusive or", and fast.
    bits = np.packbits(plus, axis=-1).reshape(runs, 2, 2, 2, -1)  # run, x, y, head
    alice, bob = bits[:, :, :, 0], bits[:, :, :, 1]
    changed = [_ones(alice[:, :, 0] ^ alice[:, :, 1]), _ones(bob[:, 0] ^ bob[:, 1])]
    return OutcomeCounts(
        products=(outcomes - 2 * _ones(alice ^ bob)).reshape(runs, 4),
        outcomes=(2 * _ones(bits) - outcomes).reshape(runs, 4, 2),
        changed=np.concatenate(changed, axis=1),
    )


def _ones(bits: NDArray[np.uint8]) -> Counts:
    return np.asarray(np.bitwise_count(bits).sum(axis=-1, dtype=np.int64))
