"""The columns of a file of pinned runs, and what a cell of each may hold."""

import math
import re
from dataclasses import dataclass, fields
from unicodedata import normalize

from ncviz.basics.checks import LARGEST_SEED, short
from ncviz.basics.protocol import SETTINGS
from ncviz.basics.writing import unguarded
from ncviz.experiment import Experiment
from ncviz.sweeps.identity import ADDED, default
from ncviz.tasks import BUILT_IN, TABLE, portable

FIELDS = tuple(field.name for field in fields(Experiment))
"""What an experiment is made of; every row has it all, but for young fields."""

YOUNG = {name: str(default(name)) for name in ADDED}
"""Files from before there were these fields do not name them: they had their defaults."""

FREE = ("hidden", "seed", "runs")
"""Fields in which runs of one capacity curve may differ."""

PER_RUN = ("run", "diverged")

RANGES: dict[str, tuple[float, float]] = {
    "S": (-4, 4),
    **{f"{letter}{k}": (-1, 1) for letter in "CAB" for k in SETTINGS},
    **{name: (0, 1) for name in ("train_error", "test_error")},
    "gap": (-1, 1),
    "delta": (0, 8),
    "D": (-10, 2),
}
"""Numbers of a run, as in `Result.runs`, and what they can be at least and at most."""

HALF_RANGES: dict[str, tuple[float, float]] = {
    **{name: (-4, 4) for name in ("S_first", "product_first")},
    **{name: (0, 1) for name in ("joint_first", "error_first", "error_second")},
    "gap_second": (-1, 1),
}
"""Those of `Result.halves`: they may be missing, as where there is only one held-out point."""

NEEDED = (*(name for name in FIELDS if name not in YOUNG), *PER_RUN, *RANGES)
COLUMNS = (*FIELDS, *PER_RUN, *RANGES, *HALF_RANGES)

_TRUE = """
TRUE 1 WAHR VRAI VERDADERO VERO VERDADEIRO CERT WAAR SANT SAND SANN TOSI TÕENE PATIESS TIESA PRAWDA
PRAVDA RESNICA ISTINA TOČNO IGAZ ADEVĂRAT DOĞRU ΑΛΗΘΗΣ ΑΛΗΘΕΣ ИСТИНА ІСТИНА ВЯРНО BENAR 真 참
"""
_FALSE = """
FALSE 0 FALSCH FAUX FALSO FALS ONWAAR FALSKT FALSK USANN EPÄTOSI VÄÄR APLAMS NETIESA FAŁSZ NEPRAVDA
NEISTINA NETOČNO HAMIS YANLIŞ ΨΕΥΔΗΣ ΨΕΥΔΕΣ ЛОЖЬ ХИБНІСТЬ ХИБА НЕВЯРНО SALAH 假 거짓
"""
TRUTHS = dict.fromkeys(_TRUE.split(), True) | dict.fromkeys(_FALSE.split(), False)
"""What spreadsheets of many languages make of True and False, in capitals."""

DIGITS_OF_SPREADSHEETS = 15
"""Significant digits that a spreadsheet keeps of a number."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_GROUP = r"(?P<group>[{}'’ \u00a0\u2009\u202f])"
"""What stands between thousands, beside the mark of the file's language."""
_WHOLE = {
    mark: re.compile(
        rf"(?P<digits>\d{{1,20}}|\d{{1,3}}({_GROUP.format(other)}\d{{2,3}}((?P=group)\d{{2,3}})*"
        rf"(?<=\d{{3}})))({decimals})?",
        re.ASCII,
    )
    for mark, other, decimals in ((".", ",", r"\.0*"), (",", r"\.", ",0*"), ("", "", "$"))
}
"""Whole numbers, by the decimal mark of their file."""
_KINDS = {field.name: field.type for field in fields(Experiment)} | {"run": int}


@dataclass(frozen=True)
class Cells:
    """Reads single cells of one file."""

    mark: str

    def field(self, name: str, text: str) -> object:
        """A field of the experiment; whether an experiment can have it, that says itself."""
        if _KINDS[name] is int:
            return self.whole(name, text)
        if _KINDS[name] is float:
            return self.number(name, text)
        return pairing_of(unguarded(text)) if name == "pairing" else unguarded(text)

    def number(self, name: str, text: str) -> float:
        """A finite number."""
        plain = text.replace("\u2212", "-")  # a minus, as some languages write it
        plain = plain.replace(",", ".", 1) if self.mark == "," else plain
        value = float(plain) if _NUMBER.fullmatch(plain) else math.nan
        if not math.isfinite(value):
            raise ValueError(f"column {name}: {said(text)} is not a number")
        return value

    def within(self, name: str, text: str, low: float, high: float) -> float:
        """A number in a range."""
        value = self.number(name, text)
        if not low <= value <= high:
            raise ValueError(f"column {name}: {said(text)} is not between {low:g} and {high:g}")
        return value

    def whole(self, name: str, text: str) -> int:
        """A whole number of at least 0, all of whose digits are there."""
        found = _WHOLE[self.mark].fullmatch(text)
        digits = re.sub(r"\D", "", found["digits"]) if found else ""
        if not 0 < len(digits) <= len(str(LARGEST_SEED)) or int(digits) > LARGEST_SEED:
            raise ValueError(f"column {name}: {said(text)} is not a whole number")
        lost = digits[DIGITS_OF_SPREADSHEETS:]
        if lost and not lost.strip("0"):
            raise ValueError(
                f"column {name}: of {said(text)} a spreadsheet has lost the last digits"
            )
        return int(digits)

    def truth(self, name: str, text: str) -> bool:
        """True or false."""
        found = TRUTHS.get(normalize("NFC", text).upper())
        if found is None:
            raise ValueError(f"column {name}: {said(text)} is neither True nor False")
        return found


def pairing_of(text: str) -> str | tuple[str, ...]:
    """A pairing as a file has it: a name, or four tasks with ; between them."""
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
