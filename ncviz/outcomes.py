"""Outcome rules: what a trained net did on its points, as ±1, and whole-number counts of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

RULES = {"correct": "+1 where the head is right on a held-out point"}
"""Every outcome rule and what its +1 stands for."""

Plus = NDArray[np.bool_]
Counts = NDArray[np.int64]


def correct(margins: Tensor) -> Plus:
    """Whether a head is right on a point, which makes its outcome +1, else −1.

    Parameters
    ----------
    margins : Tensor, shape (runs, settings, 2, points)
        Logit × ±label.
    """
    return np.asarray(margins.cpu().numpy() > 0)


@dataclass(frozen=True)
class OutcomeCounts:
    """Whole-number sums over a run's points, from which every correlator and marginal follows.

    Parameters
    ----------
    products : array, shape (runs, 4)
        Σ a·b in the settings 11, 12, 21, 22.
    outcomes : array, shape (runs, 4, 2)
        Σ a and Σ b.
    changed : array, shape (runs, 4)
        Points whose outcome on A1, A2, B1, B2 changes when only the partner's task changes.
    """

    products: Counts
    outcomes: Counts
    changed: Counts


def count(plus: Plus) -> OutcomeCounts:
    """Count outcomes of shape (runs, settings, 2, points), True for +1."""
    runs, _, _, points = plus.shape
    # Eight outcomes a byte: where two of them differ is one "exclusive or", and fast.
    bits = np.packbits(plus, axis=-1).reshape(runs, 2, 2, 2, -1)  # run, x, y, head
    alice, bob = bits[:, :, :, 0], bits[:, :, :, 1]
    changed = [_ones(alice[:, :, 0] ^ alice[:, :, 1]), _ones(bob[:, 0] ^ bob[:, 1])]
    return OutcomeCounts(
        products=(points - 2 * _ones(alice ^ bob)).reshape(runs, 4),
        outcomes=(2 * _ones(bits) - points).reshape(runs, 4, 2),
        changed=np.concatenate(changed, axis=1),
    )


def _ones(bits: NDArray[np.uint8]) -> Counts:
    return np.asarray(np.bitwise_count(bits).sum(axis=-1, dtype=np.int64))
