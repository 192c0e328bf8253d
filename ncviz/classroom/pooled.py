"""`pool`: the files of a class as one set of runs."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ncviz.basics.handing import hands_out
from ncviz.basics.writing import as_csv, written_whole
from ncviz.classroom.columns import COLUMNS, FIELDS, pairing_of
from ncviz.classroom.group import FIXED, Group
from ncviz.classroom.names import students_of
from ncviz.classroom.reading import Reading
from ncviz.classroom.sharing import counted_once
from ncviz.experiment import Experiment
from ncviz.regression import Regression
from ncviz.sweeps.curve import Curve

if TYPE_CHECKING:
    import pandas as pd


@hands_out("runs", "pinned")
@dataclass(frozen=True, eq=False)
class Pooled:
    """The runs of a class.

    Parameters
    ----------
    runs : DataFrame
        A row for each different run: student (the first who has it), pinned_by (how many have
        it), the fields of the experiment, and the numbers of `Result.runs` and `Result.halves`.
    students : tuple of str
        Everybody with a usable row.
    pinned : dict
        Student → usable rows, before runs that several students have were counted once.
    groups : tuple of Group
        Comparable runs, the largest group first.
    shared : tuple of str
        Who pinned the same runs.
    problems : tuple of str
        Files and rows that are left out, each with the reason.
    """

    runs: "pd.DataFrame"
    students: tuple[str, ...]
    pinned: dict[str, int]
    groups: tuple[Group, ...]
    shared: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def curve(self) -> Curve:
        """The capacity curve of the largest group."""
        return self.groups[0].curve

    @property
    def regression(self) -> Regression | None:
        """The regression of the largest group; None if it has too few runs."""
        return self.groups[0].regression

    @property
    def rows(self) -> int:
        """Usable rows of all students."""
        return sum(self.pinned.values())

    @property
    def sentence(self) -> str:
        """How much there is, and whether the class used as many seeds as it could."""
        n = len(self.students)
        who = "One student" if n == 1 else f"{n} students"
        said = f"{who} pinned {_runs(self.rows)}"
        said += (
            ", all different."
            if len(self.runs) == self.rows
            else (f", {len(self.runs):,} of them different.")
        )
        if n == 1:
            return f"{said} There is nobody yet to compare with."
        seeds = self.runs["seed"].nunique()
        if seeds == 1 and len(self.runs) < self.rows:
            return (
                f"{said} Everybody used seed {self.runs['seed'].iloc[0]}, so that all have the "
                "same draws of chance: with a seed of their own, each student adds to what the "
                "class knows."
            )
        return said

    def to_csv(self, path: "str | os.PathLike[str]") -> None:
        """Write `runs`; text that a spreadsheet would take for a formula gets a ' before it."""
        with written_whole(path) as part:
            part.write_bytes(as_csv(self.runs))


def pool(paths: "Iterable[str | os.PathLike[str]]") -> Pooled:
    """Pool the pinned runs of several students.

    Parameters
    ----------
    paths : iterable of paths
        One file a student, as the Explorer writes it ("ncviz-pinned.csv"); what a spreadsheet
        makes of it is read too (semicolons, decimal commas, a byte order mark). A student is
        called like the file, without its ending.

    Returns
    -------
    Pooled
        Files and rows that cannot be used are left out, and told in ``.problems``.

    Raises
    ------
    ValueError
        If there is no usable run in any of them.

    Notes
    -----
    Files are read as text; nothing in them is run. A row is used if it has an experiment that
    there can be and numbers that do not contradict each other: S is C11 + C12 + C21 − C22, and so
    on. That finds slips, not forgeries.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from ncviz import Experiment
    >>> from ncviz.classroom import pool
    >>> from ncviz.results.pins import Pins
    >>> folder = Path(tempfile.mkdtemp())
    >>> for seed, name in enumerate(["ann", "ben"]):
    ...     pins = Pins()
    ...     pins.add(Experiment(runs=4, steps=50, seed=seed).run())
    ...     pins.frame.to_csv(folder / f"{name}.csv", index=False)
    >>> found = pool(sorted(folder.glob("*.csv")))
    >>> found.students, len(found.runs), found.curve.hidden
    (('ann', 'ben'), 8, (3,))
    """
    import pandas as pd

    files = list(dict.fromkeys(Path(os.path.abspath(path)) for path in paths))
    frames, problems = [], []
    for path, student in zip(files, students_of(files), strict=True):
        try:
            reading = Reading(path)
        except (ValueError, OSError) as error:
            problems.append(f"{student}: {_reason(error)}.")
            continue
        problems += [f"{student}: {problem}." for problem in reading.problems]
        if len(reading.frame):
            frames.append(reading.frame.assign(student=student))
    if not frames:
        told = "\n".join(["there are no usable pinned runs", *problems])
        raise ValueError(told)
    rows = pd.concat(frames, ignore_index=True)
    different, shared, others = counted_once(rows)
    runs = different[["student", "pinned_by", *COLUMNS]]
    return Pooled(
        runs,
        tuple(dict.fromkeys(rows["student"])),
        rows["student"].value_counts(sort=False).to_dict(),
        _groups(runs),
        tuple(shared),
        (*problems, *(f"{other}." for other in others)),
    )


def _groups(runs: "pd.DataFrame") -> tuple[Group, ...]:
    parts = [part.reset_index(drop=True) for _, part in runs.groupby(list(FIXED), sort=False)]
    parts.sort(key=lambda part: (-len(part), -part["student"].nunique()))
    differ = [name for name in FIXED if runs[name].nunique() > 1]
    return tuple(Group(_experiment(part), part, _label(part, differ)) for part in parts)


def _experiment(part: "pd.DataFrame") -> Experiment:
    state = {name: part[name].tolist()[0] for name in FIELDS}
    return Experiment.from_state({**state, "pairing": pairing_of(state["pairing"])})


def _label(part: "pd.DataFrame", differ: list[str]) -> str:
    """What sets a group apart, or differs from the defaults; the pairing always."""
    default = Experiment()
    told = [
        f"{name.replace('_', ' ')} {_value(part[name].iloc[0])}"
        for name in FIXED
        if name == "pairing" or name in differ or part[name].iloc[0] != getattr(default, name)
    ]
    return ", ".join(told)


def _value(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _runs(n: int) -> str:
    return "1 run" if n == 1 else f"{n:,} runs"


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
