"""Where S stands among all that is possible, and how the evidence for it grows run by run."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.checks import Brief
from ncviz.bell import BOXES, CLASSICAL_BOUND, PUBLISHED, Behavior
from ncviz.bell.forms import chsh_forms
from ncviz.inference import (
    Array,
    Counts,
    Estimate,
    any_time_p,
    estimates_of_s,
    intervals_of_s,
    p_of_s,
    standard_error,
)
from ncviz.inference.means import FEW_RUNS
from ncviz.results.result import Moment

MOST_LOOKS = 40
"""Numbers of runs at which the evidence is looked at; a curve needs no more."""


def plane(correlators: Array) -> Array:
    """Two CHSH forms: S′ = −C11 + C12 + C21 + C22 and S = C11 + C12 + C21 − C22.

    The picture of all correlators in this plane: local ones fill the square |S|, |S′| ≤ 2 (Fine
    1982); quantum ones the disk S² + S′² ≤ 8, since the largest value of αS + βS′ is
    2√2·√(α² + β²) (Cirel'son 1980); everything possible, signalling or not, the diamond
    |S| + |S′| ≤ 4. The plane does not show signalling.

    Parameters
    ----------
    correlators : array, shape (..., 2, 2)

    Returns
    -------
    array, shape (..., 2)

    Examples
    --------
    >>> from ncviz import bell
    >>> from ncviz.meaning.evidence import plane
    >>> plane(bell.PUBLISHED["the animal acts 2011"].behavior.correlators).round(2)
    array([ 2.42, -0.4 ])
    """
    return np.asarray(chsh_forms(correlators)[..., [3, 0]])


@dataclass(frozen=True, repr=False)
class Place(Brief):
    """Where a network stands.

    Parameters
    ----------
    runs : array, shape (runs, 2)
        S′ and S of every run that has them.
    x, y : Estimate
        S′ and S, the means over runs.
    delta, s_odd, D : Estimate
        Of the behavior averaged over runs.
    """

    runs: Array
    x: Estimate
    y: Estimate
    delta: Estimate
    s_odd: Estimate
    D: Estimate

    @classmethod
    def of(cls, moment: Moment) -> "Place":
        """Where the network of a moment stands."""
        runs = plane(moment.per_run.correlators)
        summary = moment.summary
        return cls(
            runs=runs[np.isfinite(runs).all(axis=1)],
            x=estimates_of_s(runs[None, :, 0], moment.experiment.trunk)[0],
            y=summary.s,
            delta=summary.delta,
            s_odd=summary.excess.plus(CLASSICAL_BOUND),
            D=summary.D,
        )


@dataclass(frozen=True)
class Reference:
    """A published experiment or a reference box, beside which the network stands.

    Parameters
    ----------
    name : str
    published : bool
        Measured and published; a reference box is made up.
    x, y : float
        S′ and S.
    delta, s_odd, D : float
    error : float or None
        Standard error of S, and so of s_odd: as published, or by the same formula where it was not.
        None for a box, whose numbers are exact.
    lesson : str
        What it teaches, in one sentence.
    """

    name: str
    published: bool
    x: float
    y: float
    delta: float
    s_odd: float
    D: float
    error: float | None
    lesson: str

    @property
    def spec(self) -> str:
        """Format of its numbers: two decimals, or as many as show its error."""
        return f".{2 if not self.error else max(2, -math.floor(math.log10(self.error)))}f"


def references() -> list[Reference]:
    """All published experiments, then all reference boxes.

    Examples
    --------
    >>> from ncviz.meaning.evidence import references
    >>> [reference.name for reference in references()][:2]
    ['delft 2015', 'nist 2015']
    """
    published = [
        _reference(name, some.behavior, standard_error(Counts(some.counts)), some.lesson)
        for name, some in PUBLISHED.items()
    ]
    return published + [_reference(k, box.make(), None, box.lesson) for k, box in BOXES.items()]


def _reference(name: str, b: Behavior, error: float | None, lesson: str) -> Reference:
    x, y = plane(b.correlators).tolist()
    three = float(b.delta), float(b.s_odd), float(b.D)
    return Reference(name, error is not None, x, y, *three, error, lesson)


@dataclass(frozen=True, repr=False)
class Growth(Brief):
    """The evidence that S is above 2, after more and more runs.

    Parameters
    ----------
    runs : int array, shape (looks,)
        Runs used, in their order; runs that diverged are left out. At most `MOST_LOOKS` of them.
    S : array, shape (looks, 3)
        Mean of S over those runs, with the 95 % interval of that number of runs, as the headline
        has it; NaN from one run.
    p : array, shape (looks,)
        Any-time p of "the mean of S is at most 2": it may be looked at after every run.
    fixed_p : float or None
        p of the same over all runs, their number fixed beforehand: it decides, as the last of the
        intervals does (`p_of_s`). None with fewer than five runs.
    """

    runs: NDArray[np.int64]
    S: Array
    p: Array
    fixed_p: float | None

    @classmethod
    def of(cls, moment: Moment) -> "Growth":
        """The evidence of a moment's runs."""
        S = moment.per_run.S[np.isfinite(moment.per_run.S)]
        looks = looks_at(len(S))
        used = np.where(np.arange(len(S)) < looks[:, None], S, np.nan)
        if not len(S):
            return cls(looks, np.empty((0, 3)), np.empty(0), None)
        return cls(
            runs=looks,
            S=intervals_of_s(used, moment.experiment.trunk),
            p=any_time_p(S)[looks - 1],
            fixed_p=p_of_s(S) if len(S) >= FEW_RUNS else None,
        )


def looks_at(runs: int) -> NDArray[np.int64]:
    """Numbers of runs, from 1 to all of them, after which to look.

    Examples
    --------
    >>> from ncviz.meaning.evidence import looks_at
    >>> looks_at(4).tolist(), len(looks_at(400))
    ([1, 2, 3, 4], 40)
    """
    spread = np.linspace(1, runs, min(runs, MOST_LOOKS))
    return np.unique(np.rint(spread).astype(np.int64))
