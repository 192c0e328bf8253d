"""One student's file, read as text that anyone may have written: nothing in it is run."""

import csv
import math
from collections.abc import Iterable, Iterator
from io import StringIO
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from ncviz.classroom.columns import (
    COLUMNS,
    FIELDS,
    HALF_RANGES,
    NEEDED,
    RANGES,
    YOUNG,
    Cells,
)
from ncviz.classroom.contradictions import contradictions
from ncviz.classroom.sharing import doubles
from ncviz.experiment import Experiment

LARGEST_FILE = 50_000_000
"""Bytes: a hundred thousand runs. A larger file is no student's."""

ALL_RANGES = {**RANGES, **HALF_RANGES}
FRACTIONS = ("learning_rate", "noise", "threshold")
SEPARATORS = ",;\t"
LOOKED_AT = 100
"""Rows in which a decimal comma or point is looked for."""

MOST_TOLD = 5
"""Rows of one file that are told one by one."""


class Reading:
    """What one file holds."""

    def __init__(self, path: Path) -> None:
        import pandas as pd

        header, rows = _table(_text(path))
        first = list(islice(rows, LOOKED_AT))
        self._cells = Cells(_decimal_mark(header, first))
        self._experiments: dict[tuple[str, ...], tuple[Experiment, tuple[Any, ...]]] = {}
        self.problems: list[str] = []
        self._untold = 0
        good = []
        for number, cells in enumerate(chain(first, rows), start=2):
            if not any(cells):
                continue
            try:
                good.append((*self._row(header, cells), number))
            except ValueError as error:
                self._leave_out(number, str(error))
        self.frame: pd.DataFrame = pd.DataFrame(good, columns=[*COLUMNS, "row"])
        # All seeds of one kind: beside small ones, pandas would make floats of large ones.
        self.frame["seed"] = self.frame["seed"].astype(np.uint64)
        self._leave_out_all(contradictions(self.frame))
        self._leave_out_all(doubles(self.frame))
        if self._untold:
            self.problems.append(f"{self._untold:,} more rows are left out for such reasons")
        if not len(self.frame) and not self.problems:
            raise ValueError("it has a header and no runs")

    def _row(self, header: list[str], cells: list[str]) -> tuple[Any, ...]:
        """The values of a row, in the order of `COLUMNS`."""
        if len(cells) != len(header):
            raise ValueError(f"it has {len(cells)} cells, the header {len(header)}")
        texts = YOUNG | dict(zip(header, cells, strict=True))
        experiment, fields = self._fields(texts)
        run = self._cells.whole("run", texts["run"])
        if run >= experiment.runs:
            raise ValueError(f"column run: {run} is not one of 0 to {experiment.runs - 1}")
        diverged = self._cells.truth("diverged", texts["diverged"])
        numbers = [
            self._number(name, texts.get(name, ""), limits, diverged)
            for name, limits in ALL_RANGES.items()
        ]
        return (*fields, run, diverged, *numbers)

    def _number(self, name: str, text: str, limits: tuple[float, float], diverged: bool) -> float:
        if not text and (diverged or name in HALF_RANGES):
            return math.nan
        if diverged:
            raise ValueError(f"column {name}: a run that diverged has no number there")
        return self._cells.within(name, text, *limits)

    def _fields(self, texts: dict[str, str]) -> tuple[Experiment, tuple[Any, ...]]:
        """The experiment of a row, and its fields as a pinned frame writes them."""
        key = tuple(texts[name] for name in FIELDS)
        if key not in self._experiments:
            state = {name: self._cells.field(name, texts[name]) for name in FIELDS}
            experiment = Experiment.from_state(state)
            values = (getattr(experiment, name) for name in FIELDS)
            fields = tuple("; ".join(v) if isinstance(v, tuple) else v for v in values)
            self._experiments[key] = (experiment, fields)
        return self._experiments[key]

    def _leave_out_all(self, found: dict[int, str]) -> None:
        for place in sorted(found):
            self._leave_out(int(self.frame["row"].iloc[place]), found[place])
        self.frame = self.frame.drop(index=sorted(found)).reset_index(drop=True)

    def _leave_out(self, number: int, why: str) -> None:
        if len(self.problems) < MOST_TOLD:
            self.problems.append(f"row {number}, {why}")
        else:
            self._untold += 1


def _text(path: Path) -> str:
    if path.is_dir():
        raise ValueError("it is a folder; its files are meant by a * behind it")
    if not path.is_file():
        raise ValueError("there is no such file")
    if path.stat().st_size > LARGEST_FILE:
        raise ValueError(f"it is larger than {LARGEST_FILE // 10**6} MB")
    data = path.read_bytes()
    if not data.strip():
        raise ValueError("it is empty")
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("it is no text in UTF-8; save it as “CSV UTF-8”") from None


def _table(text: str) -> tuple[list[str], Iterator[list[str]]]:
    """The header, and the rows below it."""
    lines = StringIO(text, newline="")
    line = lines.readline()
    if line.strip().lower() in {f"sep={separator}" for separator in SEPARATORS}:
        line = lines.readline()  # the one before is how Excel is told the separator
    headers = {each: next(_rows([line], each), []) for each in SEPARATORS}
    separator = max(SEPARATORS, key=lambda each: len({*headers[each]} & {*NEEDED}))
    header = headers[separator]
    if "student" in header:
        raise ValueError("it has a column student: it is a pooled file, not one student's")
    missing = [name for name in NEEDED if name not in header]
    if {*FIELDS} - {"seed", *YOUNG} <= {*missing} and {"run", "S"} <= {*header}:
        raise ValueError(
            "it has runs without their experiment; pin them, and download the pinned runs"
        )
    if missing:
        some = ", ".join(missing[:3]) + (" …" if len(missing) > 3 else "")
        raise ValueError(f"it is no file of pinned runs: it has no column {some}")
    twice = [name for name in COLUMNS if header.count(name) > 1]
    if twice:
        raise ValueError(f"it has the column {twice[0]} twice")
    return header, _rows(lines, separator)


def _rows(lines: Iterable[str], separator: str) -> Iterator[list[str]]:
    """The cells of each row, without space around them."""
    try:
        for row in csv.reader(lines, delimiter=separator):
            yield [cell.strip() for cell in row]
    except csv.Error as error:
        raise ValueError(f"it is no CSV: {error}") from None


def _decimal_mark(header: list[str], rows: list[list[str]]) -> str:
    """What stands before decimals; where some have points, a comma is a mistake."""
    numbers = [at for at, name in enumerate(header) if name in ALL_RANGES or name in FRACTIONS]
    cells = [row[at] for row in rows for at in numbers if at < len(row)]
    return next((mark for mark in ".," if any(mark in cell for cell in cells)), "")
