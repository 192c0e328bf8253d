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
    """

    products: Counts
    outcomes: Counts
    changed: Counts


def count(outcomes: Tensor) -> OutcomeCounts:
    """Count ±1 outcomes of shape (runs, settings, 2, points)."""
    points = outcomes.shape[-1]
    # float32 counts whole numbers exactly up to 2**24 only.
    exact = outcomes if points < 2**24 else outcomes.double()
    rows = exact.flatten(start_dim=1, end_dim=2)  # Alice and Bob in 11, then in 12, 21, 22
    sums = torch.bmm(rows, rows.transpose(1, 2)).to("cpu", torch.int64).numpy()
    total = exact.sum(dim=-1).to("cpu", torch.int64).numpy()
    same = sums[:, [0, 4, 1, 3], [2, 6, 5, 7]]  # A1 in 11, 12; A2 in 21, 22; B1, B2 likewise
    return OutcomeCounts(sums[:, [0, 2, 4, 6], [1, 3, 5, 7]], total, (points - same) // 2)
