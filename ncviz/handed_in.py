"""What a file of pinned runs is called: it tells whose it is, and what is in it."""

import re
from unicodedata import normalize

LONGEST = 60
"""Letters of a student's name."""

_OURS = re.compile(r"ncviz-pinned-.*?\d+-runs-of-(.+?)(?: ?\(\d+\))?$")
"""With what browsers put behind the second file of a name, and some schools' systems before it."""


def file_of(what: str, runs: int, student: str) -> str:
    """The name of a student's file.

    Examples
    --------
    >>> from ncviz.handed_in import file_of
    >>> file_of("xornet", 54, "Ann Lee"), file_of("xornet", 54, "")
    ('ncviz-pinned-xornet-54-runs-of-Ann-Lee.csv', 'ncviz-pinned-xornet-54-runs.csv')
    """
    who = re.sub(r"\W+", "-", normalize("NFC", student)).strip("-")[:LONGEST]
    return f"ncviz-pinned-{what}-{runs}-runs{f'-of-{who}' if who else ''}.csv"


def owner_of(stem: str) -> str:
    """The student whom a file's name without its ending names; empty if it names none.

    Examples
    --------
    >>> from ncviz.handed_in import owner_of
    >>> owner_of("ncviz-pinned-xornet-54-runs-of-Ann-Lee (1)"), owner_of("ann")
    ('Ann-Lee', '')
    """
    found = _OURS.search(stem)
    return found[1] if found else ""
