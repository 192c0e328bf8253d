"""Runs that differ in size, seed and number only: one capacity curve, one regression."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from ncviz.basics.handing import handed_out, hands_out
from ncviz.classroom.repeats import FIELDS, Labels
from ncviz.experiment import Experiment
from ncviz.inference import ERROR, Array, Estimate, all_agree, estimates, format_number
from ncviz.regression import Regression, regress
from ncviz.regression.fits import Slope, design
from ncviz.sweeps.curve import Curve
from ncviz.sweeps.frames import Sweep, cell_summary
from ncviz.sweeps.grid import summaries

FIXED = tuple(name for name in FIELDS if name not in ("hidden", "seed", "runs"))
FEW_STUDENTS = 5  # with fewer, how much they differ is not known well enough to be told


@hands_out("runs")
@dataclass(frozen=True, eq=False)
class Group:
    """Comparable runs of a class.

    Parameters
    ----------
    experiment : Experiment
        One of those that were pinned; the others differ in hidden size, seed and runs only.
    runs : DataFrame
        A row a run, as `Pooled.runs`.
    label : str
        What sets it apart: "pairing parity, learning rate 0.1".
    """

    experiment: Experiment
    runs: pd.DataFrame
    label: str

    @property
    def students(self) -> tuple[str, ...]:
        """Whose runs count here."""
        return tuple(dict.fromkeys(self.runs["student"]))

    @cached_property
    def sweep(self) -> Sweep:
        """The runs as a sweep over the size, whose intervals are also over students."""
        cells, fields = {}, {name: getattr(self.experiment, name) for name in FIXED}
        for hidden, frame in self.runs.groupby("hidden", sort=True):
            cell = Experiment(**fields, hidden=int(hidden), runs=len(frame))
            cells[cell] = frame.reset_index(drop=True)
        return ClassSweep(self.experiment, ("hidden",), tuple(cells), cells)

    @cached_property
    def curve(self) -> Curve:
        """Mean S, δ and D at each size, with 95 % intervals; see `mean_of_runs` for S."""
        return Curve.of(self.sweep.cells, summaries(self.sweep))

    @handed_out
    def table(self) -> pd.DataFrame:
        """The curve as a frame: hidden, S, S_low, S_high, runs, students, interval."""
        summary = self.sweep.summary
        there = self.runs[~self.runs["diverged"]].groupby("hidden")["student"].nunique()
        students = there.reindex(summary["hidden"], fill_value=0).to_numpy()
        interval = np.where(students >= FEW_STUDENTS, "over runs and students", "over runs")
        table = summary[["hidden", "S", "S_low", "S_high"]]
        return table.assign(runs=summary["n"], students=students, interval=interval)

    @cached_property
    def _fitted(self) -> "Regression | str":
        try:
            return regress(self.runs, "S ~ test_error", within="hidden", cov="cluster")
        except ValueError as error:
            return str(error)

    @property
    def regression(self) -> Regression | None:
        """S on the held-out error, errors clustered by run; None if the runs are too few."""
        return self._fitted if isinstance(self._fitted, Regression) else None

    @cached_property
    def slope(self) -> Slope | None:
        """Its slope with the size held fixed (`slope_within`); None where runs do not tell it."""
        if self.regression is None:
            return None
        used = self.runs.loc[self.regression.data.labels, "student"]
        return slope_within(self.regression, used.factorize()[0])

    @property
    def slope_sentence(self) -> str:
        """The slope in words, or why there is none."""
        if isinstance(self._fitted, str):
            return f"No regression: {self._fitted}."
        if self.slope is None:
            return "With the size held fixed no slope can be found: too few runs, or all alike."
        e = self.slope.estimate.times(0.01)
        low, high = sorted((abs(e.low), abs(e.high)))
        by, *ends = (format_number(number, ".3f") for number in (abs(e.value), low, high))
        told = f"goes with S {'lower' if e.value < 0 else 'higher'} by {by} [{', '.join(ends)}]"
        if e.low * e.high <= 0:
            told = f"does not clearly go with S: {format(e, '.3f')}"
        also = " and by student" if len(self.students) >= FEW_STUDENTS else ""
        return (
            f"With the size held fixed, one percentage point more held-out error {told} (95 %, "
            f"errors clustered by seed and run{also})."
        )

    @property
    def assumption(self) -> str:
        """What the intervals of S rest on."""
        few = self.table.loc[self.table["students"] < FEW_STUDENTS, "hidden"].tolist()
        both = (
            "The intervals hold over runs and over students: they are those over runs, or those "
            "from leaving out each student in turn, whichever is wider (δ and D: over runs)."
        )
        if not few:
            return both
        alone = (
            "over runs only, and rests on this: whose machine trained a run does not matter, and "
            "nobody chose seeds by their S."
        )
        if len(few) == len(self.table):
            return f"No size has {FEW_STUDENTS} students or more: every interval is {alone}"
        where = ", ".join(map(str, few))
        return f"{both} At sizes with fewer than {FEW_STUDENTS} students ({where}) it is {alone}"


class ClassSweep(Sweep):
    """The runs of a class as a sweep; a cell holds the runs of several students."""

    @handed_out
    def summary(self) -> pd.DataFrame:
        """A row a size: hidden, and of `cell_summary` S, δ, D with intervals, n and above."""
        rows = []
        for cell, frame in self.finished.items():
            row = cell_summary(cell, frame.assign(swing=np.nan))
            s = mean_of_runs(frame["S"].to_numpy(), frame["student"].factorize()[0], -4, 4)
            told = {"S": s.value, "S_low": s.low, "S_high": s.high}
            rows.append({"hidden": cell.hidden, **row, **told})
        # The swing of the losses is not in a file of pinned runs, nor what follows from it.
        return pd.DataFrame(rows).drop(columns=["swing", "regime"])


# Intervals over runs, and over students


def mean_of_runs(values: Array, students: Labels, low: float, high: float) -> Estimate:
    """The mean of an S a run, with a 95 % interval over runs and students.

    From `FEW_STUDENTS` students on the standard error is also found by leaving out each student in
    turn (the cluster jackknife, CV3 of MacKinnon, Nielsen & Webb 2023, which holds with few and
    unequal students), with t of `freedom_of` degrees of freedom. The wider is given, end by end.
    """
    (runs,) = estimates(values[None], low, high, bounded=all_agree(values[None]))
    good = np.isfinite(values)
    each = np.unique(students[good], return_inverse=True)[1]
    count = np.bincount(each)
    if len(count) < FEW_STUDENTS:
        return runs
    total, g = np.bincount(each, values[good]), len(count)
    without = (total.sum() - total) / (count.sum() - count)
    error = np.sqrt((g - 1) / g * ((without - runs.value) ** 2).sum())
    reach = float(stdtrit(freedom_of(count), 1 - ERROR / 2) * error)
    lower = max(low, min(runs.low, runs.value - reach))
    return Estimate(runs.value, lower, min(high, max(runs.high, runs.value + reach)), runs.n)


def slope_within(found: Regression, students: Labels) -> Slope | None:
    """The slope with the size held fixed, its error clustered by run and by student.

    From `FEW_STUDENTS` students on, two errors stand beside that by run alone: clustered both ways
    (Cameron, Gelbach & Miller 2011; t with the smaller number of clusters, less one), and as in
    `mean_of_runs`. The widest interval is given: a two-way variance may come out too small.
    """
    if found.common is None or len(np.unique(students)) < FEW_STUDENTS:
        return found.common
    model, value = design(found.terms, found.data, found.within), found.common.estimate.value
    at = model.exog_names.index(found.terms.predictor)
    ways = {"groups": np.stack([found.data.clusters, students], axis=1)}
    both = model.fit(cov_type="cluster", cov_kwds=ways, use_t=True)
    two_way = float(both.cov_params().iloc[at, at]), float(both.df_resid_inference)
    told = [found.common]
    for square, freedom in (two_way, _jackknife(model, at, students)):
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
    """Degrees of freedom, at least 2: unequal students weigh like (Σn)²/Σn² equal (Kish 1965)."""
    return max(2.0, float(count.sum() ** 2 / (count.astype(float) ** 2).sum()) - 1)
