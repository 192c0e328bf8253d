"""`pool`: the files of a class as one set of runs."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

import pandas as pd

from ncviz.basics.handing import hands_out
from ncviz.basics.writing import as_csv, written_whole
from ncviz.classroom.group import FIXED, Group
from ncviz.classroom.reading import COLUMNS, Reading, pairing_of
from ncviz.classroom.repeats import FIELDS, counted_once
from ncviz.experiment import Experiment
from ncviz.regression import Regression
from ncviz.results.pins import owner_of
from ncviz.sweeps.curve import Curve
from ncviz.sweeps.identity import DEFAULTS

LONGEST = 60  # letters of a student's name; of a longer one the end is shown


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

    runs: pd.DataFrame
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
        n, rows, different = len(self.students), self.rows, len(self.runs)
        who = "One student" if n == 1 else f"{n} students"
        runs = "1 run" if rows == 1 else f"{rows:,} runs"
        which = "all different" if different == rows else f"{different:,} of them different"
        said = f"{who} pinned {runs}, {which}."
        if n == 1:
            said += " There is nobody yet to compare with."
        elif self.runs["seed"].nunique() == 1 and different < rows:
            said += (
                f" Everybody used seed {self.runs['seed'].iloc[0]}, so that all have the same "
                "draws of chance: with a seed of their own, each student adds to what the class "
                "knows."
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
        called like the file, without its ending. Files are read as text; nothing in them is run.

    Returns
    -------
    Pooled
        Files and rows that cannot be used are told in ``.problems``. A row is used if it has an
        experiment that there can be and numbers that do not contradict each other: S is C11 + C12 +
        C21 − C22, and so on. That finds slips, not forgeries.

    Raises
    ------
    ValueError
        If there is no usable run in any of them.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> from ncviz import Experiment
    >>> from ncviz.classroom import pool
    >>> from ncviz.results.pins import Pins
    >>> pins, file = Pins(), Path(mkdtemp()) / "ann.csv"
    >>> pins.add(Experiment(runs=4, steps=50).run())
    >>> pins.frame.to_csv(file, index=False)
    >>> pool([file]).students
    ('ann',)
    """
    files = list(dict.fromkeys(Path(os.path.abspath(path)) for path in paths))
    frames, problems = [], []
    for path, student in zip(files, students_of(files), strict=True):
        try:
            reading = Reading(path)
        except (ValueError, OSError) as error:
            problems.append(f"{student}: {getattr(error, 'strerror', None) or error}.")
            continue
        problems += [f"{student}: {problem}." for problem in reading.problems]
        if len(reading.frame):
            frames.append(reading.frame.assign(student=student))
    if not frames:
        raise ValueError("\n".join(["there are no usable pinned runs", *problems]))
    rows = pd.concat(frames, ignore_index=True)
    different, shared, others = counted_once(rows)
    runs = different[["student", "pinned_by", *COLUMNS]]
    pinned = rows["student"].value_counts(sort=False).to_dict()
    told = (*problems, *(f"{other}." for other in others))
    students = tuple(dict.fromkeys(rows["student"]))
    return Pooled(runs, students, pinned, _groups(runs), tuple(shared), told)


def _groups(runs: pd.DataFrame) -> tuple[Group, ...]:
    parts = [part.reset_index(drop=True) for _, part in runs.groupby(list(FIXED), sort=False)]
    parts.sort(key=lambda part: (-len(part), -part["student"].nunique()))
    # What sets a group apart, or differs from the defaults; the pairing always.
    told = {name for name in FIXED if name == "pairing" or runs[name].nunique() > 1}
    return tuple(_group(part, told) for part in parts)


def _group(part: pd.DataFrame, told: set[str]) -> Group:
    state = {name: part[name].tolist()[0] for name in FIELDS}
    words = [
        f"{name.replace('_', ' ')} {f'{value:g}' if isinstance(value, float) else value}"
        for name, value in state.items()
        if name in told or (name in FIXED and value != DEFAULTS[name])
    ]
    experiment = Experiment.from_state({**state, "pairing": pairing_of(state["pairing"])})
    return Group(experiment, part, ", ".join(words))


def students_of(paths: Sequence[Path]) -> list[str]:
    """One name for each of different files, compared as they look (NFC).

    The student's where the Explorer has named the file, so that several may be one student's; else
    its own without ending, with as many folders as tell all apart.
    """
    normal = [Path(normalize("NFC", str(path))) for path in paths]
    different = list(dict.fromkeys(path for path in normal if not owner_of(path.stem)))
    names = dict(zip(different, _told_apart(different), strict=True))
    return [_printable(owner_of(path.stem)) or names[path] for path in normal]


def _told_apart(paths: Sequence[Path]) -> list[str]:
    names = [_name(path, 1) for path in paths]
    for parts in range(2, max((len(path.parts) for path in paths), default=1) + 1):
        times = Counter(names)
        names = [
            _name(path, parts) if times[name] > 1 else name
            for path, name in zip(paths, names, strict=True)
        ]
    again = [names[:place].count(name) for place, name in enumerate(names)]
    return [f"{name} ({n + 1})" if n else name for name, n in zip(names, again, strict=True)]


def _name(path: Path, parts: int) -> str:
    return _printable("/".join([*path.parts[-parts:-1], path.stem]))


def _printable(text: str) -> str:
    """A text that cannot write over a screen; of much the end."""
    shown = "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
    return shown if len(shown) <= LONGEST else f"…{shown[1 - LONGEST :]}"
