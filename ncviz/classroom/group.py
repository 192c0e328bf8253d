"""Runs that differ in size, seed and number only: one capacity curve, one regression."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ncviz.basics.handing import handed_out, hands_out
from ncviz.classroom.columns import FIELDS, FREE
from ncviz.classroom.errors import FEW_STUDENTS, mean_of_runs, slope_within
from ncviz.experiment import Experiment
from ncviz.inference import format_number
from ncviz.regression import Regression, regress
from ncviz.regression.fits import Slope
from ncviz.sweeps.curve import Curve
from ncviz.sweeps.frames import Sweep, cell_summary

if TYPE_CHECKING:
    import pandas as pd

FORMULA = "S ~ test_error"
FIXED = tuple(name for name in FIELDS if name not in FREE)
"""Fields in which the runs of a group agree."""


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
    runs: "pd.DataFrame"
    label: str

    @property
    def students(self) -> tuple[str, ...]:
        """Whose runs count here."""
        return tuple(dict.fromkeys(self.runs["student"]))

    @cached_property
    def sweep(self) -> Sweep:
        """The runs as a sweep over the size, whose intervals are also over students."""
        cells = {}
        for hidden, frame in self.runs.groupby("hidden", sort=True):
            fields = {name: getattr(self.experiment, name) for name in FIXED}
            cell = Experiment(**fields, hidden=int(hidden), runs=len(frame))
            cells[cell] = frame.reset_index(drop=True)
        return ClassSweep(self.experiment, ("hidden",), tuple(cells), cells)

    @cached_property
    def curve(self) -> Curve:
        """Mean S, δ and D at each size, with 95 % intervals; see `errors.mean_of_runs` for S."""
        rows = self.sweep.summary.to_dict("records")
        return Curve.of(self.sweep.cells, dict(zip(self.sweep.finished, rows, strict=True)))

    @handed_out
    def table(self) -> "pd.DataFrame":
        """The curve as a frame: hidden, S, S_low, S_high, runs, students, interval."""
        import pandas as pd

        students = self.runs[~self.runs["diverged"]].groupby("hidden")["student"].nunique()
        return pd.DataFrame(
            {
                "hidden": hidden,
                "S": s.value,
                "S_low": s.low,
                "S_high": s.high,
                "runs": s.n,
                "students": int(students.get(hidden, 0)),
                "interval": "over runs and students"
                if students.get(hidden, 0) >= FEW_STUDENTS
                else "over runs",
            }
            for hidden, s in zip(self.curve.hidden, self.curve.S, strict=True)
        )

    @cached_property
    def _fitted(self) -> "Regression | str":
        try:
            return regress(self.runs, FORMULA, within="hidden", cov="cluster")
        except ValueError as error:
            return str(error)

    @property
    def regression(self) -> Regression | None:
        """S on the held-out error, errors clustered by run; None if the runs are too few."""
        return self._fitted if isinstance(self._fitted, Regression) else None

    @cached_property
    def slope(self) -> Slope | None:
        """Its slope with the size held fixed, clustered by run and student (`errors.slope_within`).

        None where the runs do not tell it.
        """
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
        if e.low * e.high <= 0:
            told = f"does not clearly go with S: {format(e, '.3f')}"
        else:
            which = "lower" if e.value < 0 else "higher"
            ends = f"[{format_number(low, '.3f')}, {format_number(high, '.3f')}]"
            told = f"goes with S {which} by {format_number(abs(e.value), '.3f')} {ends}"
        several = len(self.students) >= FEW_STUDENTS
        return (
            f"With the size held fixed, one percentage point more held-out error {told} (95 %, "
            f"errors clustered by seed and run{' and by student' if several else ''})."
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
    def summary(self) -> "pd.DataFrame":
        """A row a size: hidden, and of `cell_summary` S, δ, D with intervals, n and above."""
        import pandas as pd

        return pd.DataFrame(_summary(cell, frame) for cell, frame in self.finished.items())


def _summary(cell: Experiment, frame: "pd.DataFrame") -> dict[str, Any]:
    # The swing of the losses is not in a file of pinned runs, nor what follows from it.
    row = cell_summary(cell, frame.assign(swing=np.nan))
    del row["swing"], row["regime"]
    s = mean_of_runs(frame["S"].to_numpy(), frame["student"].factorize()[0], -4, 4)
    return {"hidden": cell.hidden, **row, "S": s.value, "S_low": s.low, "S_high": s.high}
