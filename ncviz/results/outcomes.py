"""Outcome rules: what a trained net did on its points, as ±1, and whole-number counts of it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ncviz.basics.protocol import RULES
from ncviz.bell.forms import MINUS
from ncviz.setup import Setup

Plus = NDArray[np.bool_]
Counts = NDArray[np.int64]
Numbers = NDArray[np.float64]


def correct(margins: Tensor) -> Plus:
    """Whether a head is right on a point, (runs, settings, 2, points); +1 where it is, else −1."""
    return np.asarray(margins.cpu().numpy() > 0)


def success(right: Counts, points: int, threshold: float) -> Plus:
    """Whether a share of at least `threshold` is right: (runs, settings, 2) → (…, 2, 1)."""
    return np.asarray(right / points >= threshold)[..., None]


def oscillation(before: Numbers, after: Numbers) -> Plus:
    """Whether a training step lowers a head's loss (runs, settings, 2); no change counts as −1."""
    return np.asarray(after < before)


def watched(setup: Setup) -> range:
    """The training steps that have an outcome each by the setup's rule: none by most rules."""
    return oscillation_steps(setup.steps) if RULES[setup.outcome].of == "step" else range(0)


def oscillation_steps(steps: int) -> range:
    """The training steps that `oscillation` looks at: those of the last quarter, at least one."""
    return range(steps - max(1, steps // 4) + 1, steps + 1)


class OutcomeCounts(NamedTuple):
    """Whole-number sums over a run's outcomes, from which every correlator and marginal follows."""

    products: Counts  # (runs, 4): Σ a·b in the settings 11, 12, 21, 22
    outcomes: Counts  # (runs, 4, 2): Σ a and Σ b
    changed: Counts  # (runs, 4): on A1, A2, B1, B2, that change when only the partner's task does


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


def halves(right: Plus, plus: Plus) -> dict[str, Numbers]:
    """What S says of one half of a run's held-out points, and the error on the other, (runs,) each.

    On the same points S and error are linked by arithmetic, on different ones only by the net.
    `Result.halves` says what the numbers are; NaN where there are no points.

    Shapes: right (runs, 4, 2, points), plus (runs, 4, 2, outcomes), those of the first half.
    """
    middle, outcomes = right.shape[-1] // 2, plus.shape[-1]
    first, second = right[..., :middle], right[..., middle:]
    alice, bob = both = plus[:, :, 0], plus[:, :, 1]

    def share(counts: Counts, of: int) -> Numbers:
        return counts / (of or np.nan)

    def surplus(some: Plus) -> Counts:
        return np.asarray(2 * np.count_nonzero(some, axis=-1) - outcomes)

    def errors(half: Plus) -> Numbers:
        return share(np.count_nonzero(~half, axis=(1, 2, 3)), 8 * half.shape[-1])

    return {
        # One division of whole numbers, so that S = 2 is exactly 2.
        "S_first": share(surplus(alice == bob) @ MINUS[0], outcomes),
        "product_first": np.multiply(*(share(surplus(of), outcomes) for of in both)) @ MINUS[0],
        "joint_first": share(np.count_nonzero(first.all(axis=2), axis=(1, 2)), 4 * middle),
        "error_first": errors(first),
        "error_second": errors(second),
    }
