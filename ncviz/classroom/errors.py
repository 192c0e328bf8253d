"""Intervals for runs that several students pinned: over runs, and over students.

Runs are draws of chance of their own, one λ each. Yet students choose what they pin, and their
machines differ: where there are enough of them, what they do not share is counted too.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from ncviz.inference import ERROR, Array, Estimate, all_agree, estimates

if TYPE_CHECKING:
    from ncviz.regression import Regression
    from ncviz.regression.fits import Slope

FEW_STUDENTS = 5
"""With fewer students than this, how much they differ is not known well enough to be told."""

Labels = NDArray[np.intp]


def mean_of_runs(values: Array, students: Labels, low: float, high: float) -> Estimate:
    """The mean of an S a run, with a 95 % interval over runs and students.

    Over runs as everywhere in ncviz (`ncviz.inference.intervals_of_s`). From `FEW_STUDENTS`
    students on also over students: the standard error is found by leaving out each student in
    turn (the cluster jackknife, CV3 of MacKinnon, Nielsen & Webb 2023, which holds with few and
    unequal students), with t of `freedom_of` degrees of freedom. The wider of the two is given,
    end by end.
    """
    (runs,) = estimates(values[None], low, high, bounded=all_agree(values[None]))
    good = np.isfinite(values)
    each = np.unique(students[good], return_inverse=True)[1]
    count = np.bincount(each)
    if len(count) < FEW_STUDENTS:
        return runs
    total = np.bincount(each, values[good])
    without = (total.sum() - total) / (count.sum() - count)
    g = len(count)
    error = np.sqrt((g - 1) / g * ((without - runs.value) ** 2).sum())
    reach = float(stdtrit(freedom_of(count), 1 - ERROR / 2) * error)
    return Estimate(
        runs.value,
        max(low, min(runs.low, runs.value - reach)),
        min(high, max(runs.high, runs.value + reach)),
        runs.n,
    )


def slope_within(found: "Regression", students: Labels) -> "Slope | None":
    """The slope with the size held fixed, its error clustered by run and by student.

    From `FEW_STUDENTS` students on, two errors stand beside that by run alone: clustered both ways
    at once (Cameron, Gelbach & Miller 2011, by statsmodels; t with the smaller number of clusters,
    less one), and from leaving out each student in turn as in `mean_of_runs`. The widest interval
    is given: a two-way variance is a difference and may come out too small.
    """
    from ncviz.regression.fits import Slope, design

    if found.common is None or len(np.unique(students)) < FEW_STUDENTS:
        return found.common
    model, value = design(found.terms, found.data, found.within), found.common.estimate.value
    at = model.exog_names.index(found.terms.predictor)
    both = model.fit(
        cov_type="cluster",
        cov_kwds={"groups": np.stack([found.data.clusters, students], axis=1)},
        use_t=True,
    )
    variance = float(both.cov_params().iloc[at, at])
    told = [found.common]
    for square, freedom in (
        (variance, float(both.df_resid_inference)),
        _jackknife(model, at, students),
    ):
        if square > 0:
            error = float(np.sqrt(square))
            reach = float(stdtrit(freedom, 1 - ERROR / 2)) * error
            estimate = Estimate(value, value - reach, value + reach, found.common.estimate.n)
            told.append(Slope(estimate, 2 * float(stdtr(freedom, -abs(value) / error))))
    return max(told, key=lambda each: each.estimate.high - each.estimate.low)


def _jackknife(model: Any, at: int, students: Labels) -> tuple[float, float]:
    """Variance of one coefficient when each student is left out in turn, degrees of freedom."""
    x, y = model.exog, model.endog
    whole = np.linalg.lstsq(x, y)[0][at]
    each, count = np.unique(students, return_counts=True)
    without = [np.linalg.lstsq(x[students != s], y[students != s])[0][at] for s in each]
    g = len(each)
    return (g - 1) / g * float(((np.array(without) - whole) ** 2).sum()), freedom_of(count)


def freedom_of(count: NDArray[np.integer[Any]]) -> float:
    """Degrees of freedom of students with so many runs: their number less one, if all are alike.

    Unequal students weigh like fewer equal ones, (Σn)²/Σn² of them (Kish 1965); at least 2.
    """
    return max(2.0, float(count.sum() ** 2 / (count.astype(float) ** 2).sum()) - 1)
