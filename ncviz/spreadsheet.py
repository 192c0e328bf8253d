"""Tables as CSV that a spreadsheet may open: what it would take for a formula stays text.

A spreadsheet runs a cell that begins with one of a few signs, and it may split a line where we do
not, at the semicolons of many countries. So a ' is put before such a sign wherever a cell may
begin, and taken away where we read: texts come back as they were. Numbers are left alone.
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_START = r"(^|[,;\t\r\n])"
"""Where a cell begins, whatever separates cells there."""

_SIGN = r"(?=\s*[=+\-@＝＋－＠'])"
"""What makes a formula; the ' itself too, so that each one that we put there is known."""

_BARE, _GUARDED = re.compile(_START + _SIGN), re.compile(_START + "'" + _SIGN)


def guarded(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula.

    Examples
    --------
    >>> from ncviz.spreadsheet import guarded, unguarded
    >>> guarded("=1+1"), guarded("s1 XOR s2")
    ("'=1+1", 's1 XOR s2')
    >>> unguarded(guarded("=1+1"))
    '=1+1'
    """
    return _BARE.sub(r"\1'", text)


def unguarded(text: str) -> str:
    """The text that `guarded` was given."""
    return _GUARDED.sub(r"\1", text)


def as_csv(frame: "pd.DataFrame") -> bytes:
    """A frame as CSV in UTF-8, without its index, its texts guarded.

    Numbers are written so that they are read again to the last bit.

    Examples
    --------
    >>> import pandas as pd
    >>> from ncviz.spreadsheet import as_csv
    >>> as_csv(pd.DataFrame({"pairing": ["-x", "easy"], "S": [-0.5, 2.0]})).decode().split()
    ['pairing,S', "'-x,-0.5", 'easy,2.0']
    """
    safe = frame.copy(deep=False)
    for name in frame.select_dtypes(exclude=["number", "bool"]).columns:
        safe[name] = [guarded(cell) if isinstance(cell, str) else cell for cell in frame[name]]
    text: str = safe.to_csv(index=False, lineterminator="\n")
    if "\r" in text:  # only then is it quoted
        text = safe.to_csv(index=False, lineterminator="\r\n")
    return text.encode(errors="replace")  # half a letter, as a name from a disk may have it
