"""The columns of a file of pinned runs, and what a cell of each may hold."""

import math
import re
from dataclasses import dataclass, fields

from ncviz.checks import LARGEST_SEED, short
from ncviz.experiment import SETTINGS, Experiment

FIELDS = tuple(field.name for field in fields(Experiment))
"""What an experiment is made of; every row has it all."""

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

NEEDED = (*FIELDS, *PER_RUN, *RANGES)
COLUMNS = (*NEEDED, *HALF_RANGES)

TRUTHS = {
    **dict.fromkeys(("true", "wahr", "vrai", "verdadero", "vero"), True),
    **dict.fromkeys(("false", "falsch", "faux", "falso"), False),
}
"""What spreadsheets make of True and False in some languages."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_WHOLE = re.compile(r"\d{1,20}(\.0*)?", re.ASCII)
_KINDS = {field.name: field.type for field in fields(Experiment)} | {"run": int}


@dataclass(frozen=True)
class Cells:
    """Reads single cells of one file.

    Parameters
    ----------
    comma : bool
        Whether the file writes numbers with a decimal comma.

    Examples
    --------
    >>> from ncviz.classroom.columns import Cells
    >>> Cells(comma=True).number("S", "2,25"), Cells(comma=False).whole("steps", "2000")
    (2.25, 2000)
    """

    comma: bool

    def field(self, name: str, text: str) -> object:
        """A field of the experiment; whether an experiment can have it, that says itself."""
        if _KINDS[name] is int:
            return self.whole(name, text)
        if _KINDS[name] is float:
            return self.number(name, text)
        if name == "pairing" and ";" in text:
            return tuple(part.strip() for part in text.split(";"))
        return text

    def number(self, name: str, text: str) -> float:
        """A finite number.

        Raises
        ------
        ValueError
            Naming the column and the text, as all methods do.
        """
        plain = text.replace(",", ".", 1) if self.comma else text
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
        """A whole number of at least 0, without an exponent: that has lost its last digits."""
        plain = text.replace(",", ".", 1) if self.comma else text
        value = int(plain.partition(".")[0]) if _WHOLE.fullmatch(plain) else -1
        if not 0 <= value <= LARGEST_SEED:
            raise ValueError(f"column {name}: {said(text)} is not a whole number")
        return value

    def truth(self, name: str, text: str) -> bool:
        """True or false."""
        found = TRUTHS.get(text.lower())
        if found is None:
            raise ValueError(f"column {name}: {said(text)} is neither True nor False")
        return found


def said(text: str) -> str:
    """A cell for a message."""
    return short(text) if text else "an empty cell"
