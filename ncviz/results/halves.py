"""Two halves of a run's held-out points: what S says of one, the error on the other.

With the rule "correct" a marginal is 1 − 2 × error on the same points, so that S and the error of
the same points are linked by arithmetic. Formed on different points they are linked only by what
the net is.
"""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.checks import Brief
from ncviz.bell.forms import MINUS
from ncviz.results.outcomes import Counts, Plus

Array = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class Halves(Brief):
    """Numbers of every run, shape (runs,), from one half of its held-out points or the other.

    Parameters
    ----------
    S_first : array
        S from the first half; by the rule "oscillation", which looks at training steps, from all.
    product_first : array
        What S would be without correlation beyond the marginals, Σ ± ⟨a⟩⟨b⟩, from the same
        outcomes.
    joint_first : array
        Share of the first half's points on which both heads are right, mean over settings, 0 to 1.
    error_first, error_second : array
        Share of wrong answers in each half, mean over heads and settings, 0 to 1.
    """

    S_first: Array
    product_first: Array
    joint_first: Array
    error_first: Array
    error_second: Array

    @classmethod
    def of(cls, right: Plus, plus: Plus) -> Self:
        """From where the heads are right.

        Shapes: right (runs, 4, 2, points), plus (runs, 4, 2, outcomes).
        """
        middle = right.shape[-1] // 2
        first, second = right[..., :middle], right[..., middle:]
        alice, bob = plus[:, :, 0], plus[:, :, 1]
        return cls(
            # One division of whole numbers, so that S = 2 is exactly 2.
            S_first=_share(
                (2 * _sum(np.equal(alice, bob)) - plus.shape[-1]) @ MINUS[0], plus.shape[-1]
            ),
            product_first=(_mean(alice) * _mean(bob)) @ MINUS[0],
            joint_first=_share(
                _sum(np.logical_and(first[:, :, 0], first[:, :, 1])).sum(axis=1), 4 * middle
            ),
            error_first=_share(_sum(~first).sum(axis=(1, 2)), 8 * middle),
            error_second=_share(_sum(~second).sum(axis=(1, 2)), 8 * second.shape[-1]),
        )

    def columns(self, good: NDArray[np.bool_]) -> dict[str, Array]:
        """The numbers by name; NaN in the runs that are not good."""
        return {f.name: np.where(good, getattr(self, f.name), np.nan) for f in fields(self)}


def _sum(some: NDArray[np.bool_]) -> Counts:
    return np.asarray(np.sum(some, axis=-1, dtype=np.int64))


def _share(counts: Counts | Array, of: int) -> Array:
    """NaN where there is nothing to count."""
    return counts / (of or np.nan)


def _mean(plus: Plus) -> Array:
    """Mean of ±1 outcomes."""
    return _share(2 * _sum(plus) - plus.shape[-1], plus.shape[-1])
