"""Outcome rules: what a trained net did on its points, as ±1, and whole-number counts of it."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

RULES = {"correct": "+1 where the head is right on a held-out point"}
"""Every outcome rule and what its +1 stands for."""

Counts = NDArray[np.int64]


def correct(margins: Tensor) -> Tensor:
    """+1 where a head is right on a point, else −1.

    Parameters
    ----------
    margins : Tensor, shape (runs, settings, 2, points)
        Logit × ±label. A logit of exactly 0 counts as a prediction of label 1.
    """
    return torch.copysign(torch.tensor(1.0), margins)


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
    points : int
        Points of a run.
    """

    products: Counts
    outcomes: Counts
    changed: Counts
    points: int


def count(outcomes: Tensor) -> OutcomeCounts:
    """Count ±1 outcomes of shape (runs, settings, 2, points)."""
    a, b = outcomes[:, :, 0], outcomes[:, :, 1]
    points = outcomes.shape[-1]
    pairs = [(a[:, 0], a[:, 1]), (a[:, 2], a[:, 3]), (b[:, 0], b[:, 2]), (b[:, 1], b[:, 3])]
    same = torch.stack([_sum(one * other) for one, other in pairs], dim=1)
    return OutcomeCounts(
        _whole(_sum(a * b)), _whole(_sum(outcomes)), (points - _whole(same)) // 2, points
    )


def _sum(outcomes: Tensor) -> Tensor:
    # float32 counts whole numbers exactly up to 2**24 only.
    exact = torch.float32 if outcomes.shape[-1] < 2**24 else torch.float64
    return outcomes.sum(dim=-1, dtype=exact)


def _whole(sums: Tensor) -> Counts:
    return sums.to("cpu", torch.int64).numpy()
