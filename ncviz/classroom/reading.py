"""One student's file, read as text that anyone may have written: nothing in it is run."""

import csv
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from io import StringIO
from itertools import chain, islice
from pathlib import Path
from typing import Any
from unicodedata import normalize

import numpy as np
import pandas as pd

from ncviz.basics.checks import LARGEST_SEED, short
from ncviz.basics.writing import unguarded
from ncviz.classroom.repeats import FIELDS, contradictions, doubles
from ncviz.experiment import Experiment
from ncviz.sweeps.cellfile import OF_HALVES, OF_RUNS
from ncviz.sweeps.identity import ADDED, DEFAULTS
from ncviz.tasks import BUILT_IN, TABLE, portable

YOUNG = {name: str(DEFAULTS[name]) for name in ADDED}  # older files do not name these
RANGES = {**OF_RUNS, **OF_HALVES}
NEEDED = (*(name for name in FIELDS if name not in YOUNG), "run", "diverged", *OF_RUNS)
COLUMNS = (*FIELDS, "run", "diverged", *RANGES)
LARGEST_FILE = 50_000_000  # bytes: a hundred thousand runs; a larger file is no student's
SEPARATORS = ",;\t"
LOOKED_AT = 100  # rows in which a decimal comma or point is looked for
MOST_TOLD = 5  # rows of one file that are told one by one

_TRUE = """
TRUE 1 WAHR VRAI VERDADERO VERO VERDADEIRO CERT WAAR SANT SAND SANN TOSI TÕENE PATIESS TIESA PRAWDA
PRAVDA RESNICA ISTINA TOČNO IGAZ ADEVĂRAT DOĞRU ΑΛΗΘΗΣ ΑΛΗΘΕΣ ИСТИНА ІСТИНА ВЯРНО BENAR 真 참
"""
_FALSE = """
FALSE 0 FALSCH FAUX FALSO FALS ONWAAR FALSKT FALSK USANN EPÄTOSI VÄÄR APLAMS NETIESA FAŁSZ NEPRAVDA
NEISTINA NETOČNO HAMIS YANLIŞ ΨΕΥΔΗΣ ΨΕΥΔΕΣ ЛОЖЬ ХИБНІСТЬ ХИБА НЕВЯРНО SALAH 假 거짓
"""
# What spreadsheets of many languages make of True and False, in capitals.
TRUTHS = dict.fromkeys(_TRUE.split(), True) | dict.fromkeys(_FALSE.split(), False)
DIGITS_OF_SPREADSHEETS = 15  # significant digits that a spreadsheet keeps of a number
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
# What stands between thousands, beside the mark of the file's language.
_GROUP = r"(?P<group>[{}'’ \u00a0\u2009\u202f])"
_WHOLE = {  # by the decimal mark of their file
    mark: re.compile(
        rf"(?P<digits>\d{{1,20}}|\d{{1,3}}({_GROUP.format(other)}\d{{2,3}}((?P=group)\d{{2,3}})*"
        rf"(?<=\d{{3}})))({decimals})?",
        re.ASCII,
    )
    for mark, other, decimals in ((".", ",", r"\.0*"), (",", r"\.", ",0*"), ("", "", "$"))
}
_KINDS = {field.name: field.type for field in fields(Experiment)}


class Reading:
    """What one file holds: `frame`, the good rows with their number, and `problems` of others."""

    def __init__(self, path: Path) -> None:
        header, rows = _table(_text(path))
        first = list(islice(rows, LOOKED_AT))
        self._cells = Cells(_decimal_mark(header, first))
        self._experiments: dict[tuple[str, ...], tuple[Experiment, tuple[Any, ...]]] = {}
        good, left_out = [], []
        for number, cells in enumerate(chain(first, rows), start=2):
            try:
                if any(cells):
                    good.append((*self._row(header, cells), number))
            except ValueError as error:
                left_out.append(f"row {number}, {error}")
        self.frame: pd.DataFrame = pd.DataFrame(good, columns=[*COLUMNS, "row"])
        # All seeds of one kind: beside small ones, pandas would make floats of large ones.
        self.frame["seed"] = self.frame["seed"].astype(np.uint64)
        for wrong in (contradictions, doubles):
            found = wrong(self.frame)
            for place in sorted(found):
                left_out.append(f"row {self.frame['row'].iloc[place]}, {found[place]}")
            self.frame = self.frame.drop(index=[*found]).reset_index(drop=True)
        self.problems = left_out[:MOST_TOLD]
        if untold := left_out[MOST_TOLD:]:
            self.problems.append(f"{len(untold):,} more rows are left out for such reasons")
        if not len(self.frame) and not self.problems:
            raise ValueError("it has a header and no runs")

    def _row(self, header: list[str], cells: list[str]) -> tuple[Any, ...]:
        """The values of a row, in the order of `COLUMNS`."""
        if len(cells) != len(header):
            raise ValueError(f"it has {len(cells)} cells, the header {len(header)}")
        texts = YOUNG | dict(zip(header, cells, strict=True))
        experiment, values = self._fields(texts)
        run = self._cells.whole("run", texts["run"])
        if run >= experiment.runs:
            raise ValueError(f"column run: {run} is not one of 0 to {experiment.runs - 1}")
        diverged = self._cells.truth("diverged", texts["diverged"])
        numbers = [self._number(name, texts.get(name, ""), diverged) for name in RANGES]
        return (*values, run, diverged, *numbers)

    def _number(self, name: str, text: str, diverged: bool) -> float:
        if not text and (diverged or name in OF_HALVES):
            return math.nan
        if diverged:
            raise ValueError(f"column {name}: a run that diverged has no number there")
        value, (low, high) = self._cells.number(name, text), RANGES[name]
        if not low <= value <= high:
            raise ValueError(f"column {name}: {said(text)} is not between {low:g} and {high:g}")
        return value

    def _fields(self, texts: dict[str, str]) -> tuple[Experiment, tuple[Any, ...]]:
        """The experiment of a row, and its fields as a pinned frame writes them."""
        key = tuple(texts[name] for name in FIELDS)
        if key not in self._experiments:
            state = {name: self._cells.field(name, texts[name]) for name in FIELDS}
            experiment = Experiment.from_state(state)
            values = (getattr(experiment, name) for name in FIELDS)
            told = tuple("; ".join(v) if isinstance(v, tuple) else v for v in values)
            self._experiments[key] = (experiment, told)
        return self._experiments[key]


def _text(path: Path) -> str:
    if path.is_dir():
        raise ValueError("it is a folder; its files are meant by a * behind it")
    if not path.is_file():
        raise ValueError("there is no such file")
    if path.stat().st_size > LARGEST_FILE:
        raise ValueError(f"it is larger than {LARGEST_FILE // 10**6} MB")
    if not (data := path.read_bytes()).strip():
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
        advice = "pin them, and download the pinned runs"
        raise ValueError(f"it has runs without their experiment; {advice}")
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
    numbers = [at for at, name in enumerate(header) if name in RANGES or _KINDS.get(name) is float]
    cells = [row[at] for row in rows for at in numbers if at < len(row)]
    return next((mark for mark in ".," if any(mark in cell for cell in cells)), "")


@dataclass(frozen=True)
class Cells:
    """Reads single cells of one file; a `ValueError` names the column and the text."""

    mark: str  # before decimals; "" where no number has any, so that 2.000 may be 2 or 2000

    def field(self, name: str, text: str) -> object:
        """A field of the experiment; whether an experiment can have it, that says itself."""
        if _KINDS[name] in (int, float):
            return self.whole(name, text) if _KINDS[name] is int else self.number(name, text)
        return pairing_of(unguarded(text)) if name == "pairing" else unguarded(text)

    def number(self, name: str, text: str) -> float:
        """A finite number."""
        plain = text.replace("\u2212", "-")  # a minus, as some languages write it
        plain = plain.replace(",", ".", 1) if self.mark == "," else plain
        value = float(plain) if _NUMBER.fullmatch(plain) else math.nan
        if not math.isfinite(value):
            raise ValueError(f"column {name}: {said(text)} is not a number")
        return value

    def whole(self, name: str, text: str) -> int:
        """A whole number of at least 0, all of whose digits are there."""
        found = _WHOLE[self.mark].fullmatch(text)
        digits = re.sub(r"\D", "", found["digits"]) if found else ""
        if not 0 < len(digits) <= len(str(LARGEST_SEED)) or int(digits) > LARGEST_SEED:
            raise ValueError(f"column {name}: {said(text)} is not a whole number")
        lost = digits[DIGITS_OF_SPREADSHEETS:]
        if lost and not lost.strip("0"):
            words = "a spreadsheet has lost the last digits"
            raise ValueError(f"column {name}: of {said(text)} {words}")
        return int(digits)

    def truth(self, name: str, text: str) -> bool:
        """True or false."""
        found = TRUTHS.get(normalize("NFC", text).upper())
        if found is None:
            raise ValueError(f"column {name}: {said(text)} is neither True nor False")
        return found


def pairing_of(text: str) -> str | tuple[str, ...]:
    """A pairing as a file has it: a name, or four tasks with ; between them, none of one's own."""
    if ";" not in text:
        return text
    tasks = tuple(part.strip() for part in text.split(";"))
    for task in tasks:
        if task not in BUILT_IN and not task.startswith(TABLE):
            raise ValueError(
                f"column pairing: {said(task)} is a task of somebody's own, and the file does not "
                "say what it does; pinned anew, it is written as a truth table"
            )
    # The same tasks are one pairing, however they are called.
    return portable(tasks) if len(tasks) == 4 else tasks


def said(text: str) -> str:
    """A cell for a message."""
    return short(text) if text else "an empty cell"
