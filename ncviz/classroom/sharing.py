"""Runs that several students pinned: the same seed gives the same numbers, and counts once."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ncviz.classroom.columns import FIELDS, RANGES
from ncviz.classroom.contradictions import CLOSE

if TYPE_CHECKING:
    import pandas as pd

Labels = NDArray[np.intp]

IDENTITY = [*(name for name in FIELDS if name != "runs"), "run"]
"""What makes a run: the first runs of fifty are the runs of a shorter experiment."""

MOST_NAMED = 4
MOST_TOLD = 6


def counted_once(rows: "pd.DataFrame") -> "tuple[pd.DataFrame, list[str], list[str]]":
    """Each run once, whoever pinned it.

    Where students have other numbers for one run (another kind of machine, or edited cells that
    agree among themselves), those that most of them have count, the first student's if that is
    open.
    """
    import pandas as pd

    rows = rows.reset_index(drop=True)
    which = rows.groupby(IDENTITY, sort=False).ngroup().to_numpy()
    version = _versions(rows, which)
    each = pd.DataFrame({"which": which, "version": version, "student": rows["student"]})
    owners = each.groupby(["which", "version"], sort=False)["student"].agg(
        lambda names: tuple(dict.fromkeys(names))
    )
    most = owners.map(len).groupby(level="which", sort=False).idxmax()
    counts = set(most)
    first = ~each.duplicated(["which", "version"]).to_numpy()
    chosen = np.array([pair in counts for pair in zip(which, version, strict=True)], dtype=bool)
    kept = first & chosen
    frame = rows[kept].copy()
    pairs = list(zip(which[kept], version[kept], strict=True))
    frame.insert(1, "pinned_by", [len(owners[pair]) for pair in pairs])
    names = pd.Series([owners[pair] for pair in pairs], index=frame.index, dtype=object)
    return frame.reset_index(drop=True), _shared(frame, names), _left_out(rows[~chosen])


def doubles(rows: "pd.DataFrame") -> dict[int, str]:
    """The rows of one student's file that are there twice, or have two kinds of numbers for a run.

    The first runs of a longer experiment are those of a shorter one: both may be pinned.
    """
    which = rows.groupby(IDENTITY, sort=False).ngroup().to_numpy()
    _, place, back = np.unique(which, return_index=True, return_inverse=True)
    first = place[back]
    numbers = rows[list(RANGES)].to_numpy(dtype=np.float64)
    alike = np.isclose(numbers, numbers[first], rtol=0, atol=CLOSE, equal_nan=True).all(axis=1)
    again = rows.duplicated([*FIELDS, "run"]).to_numpy()
    number = rows["row"].to_numpy()
    return {
        int(k): f"it is row {number[first[k]]} again"
        if alike[k]
        else f"it has other numbers than row {number[first[k]]} for the same run"
        for k in np.flatnonzero(again | ~alike)
    }


def in_words(names: Iterable[str]) -> str:
    """Some names, not too many of them."""
    each = [*names]
    if len(each) > MOST_NAMED:
        each = [*each[: MOST_NAMED - 1], f"{len(each) - MOST_NAMED + 1} others"]
    return " and ".join([", ".join(each[:-1]), each[-1]] if len(each) > 1 else each)


def _versions(rows: "pd.DataFrame", which: Labels) -> Labels:
    """0 for rows with the numbers of their run's first row, 1 for those of the next kind, etc."""
    numbers = rows[list(RANGES)].to_numpy(dtype=np.float64)
    version = np.full(len(rows), -1, dtype=np.intp)
    latest = 0
    while len(left := np.flatnonzero(version < 0)):
        _, place, back = np.unique(which[left], return_index=True, return_inverse=True)
        like = numbers[left[place]][back]
        same = np.isclose(numbers[left], like, rtol=0, atol=CLOSE, equal_nan=True).all(axis=1)
        version[left[same]] = latest
        latest += 1
    return version


def _shared(frame: "pd.DataFrame", names: "pd.Series") -> list[str]:
    several = names.map(len) > 1
    groups = frame[several].groupby(names[several], sort=False)
    order = sorted(groups, key=lambda both: (-len(both[1]), both[0]))
    told = []
    for owners, part in order[:MOST_TOLD]:
        seeds = sorted(part["seed"].unique())
        seed = f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds)} seeds"
        runs = "run" if len(part) == 1 else f"{len(part):,} runs"
        told.append(
            f"{len(owners)} students ({in_words(owners)}) pinned the same {runs}, {seed}: "
            f"counted once, with {owners[0]}."
        )
    if more := sum(len(part) for _, part in order[MOST_TOLD:]):
        told.append(f"{more:,} more runs were pinned by several students: counted once.")
    return told


def _left_out(rows: "pd.DataFrame") -> list[str]:
    return [
        f"{student}: row {part['row'].iloc[0]}"
        + (f" and {len(part) - 1:,} more have" if len(part) > 1 else " has")
        + " other numbers than the same run of another row (another kind of machine, or an edited "
        "cell); the numbers that most students have count"
        for student, part in rows.groupby("student", sort=False)
    ]
