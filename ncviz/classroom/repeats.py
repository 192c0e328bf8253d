"""What rows say together: contradictions, doubles, and runs that several students pinned."""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ncviz.basics.protocol import RULES, SETTINGS
from ncviz.experiment import Experiment
from ncviz.sweeps.cellfile import OF_HALVES, OF_RUNS, implied

Labels = NDArray[np.intp]

FIELDS = tuple(field.name for field in fields(Experiment))
# What makes a run: the first runs of fifty are the runs of a shorter experiment.
IDENTITY = [*(name for name in FIELDS if name != "runs"), "run"]
CLOSE = 1e-5  # how far numbers that say the same may be apart: spreadsheets drop the last digits
MOST_NAMED, MOST_TOLD = 4, 6


def contradictions(frame: pd.DataFrame) -> dict[int, str]:
    """Of rows with numbers in range, the places of those that contradict themselves, and why."""
    found: dict[int, str] = {}
    for name, wrong, words, *numbers in _doubts(frame):
        # NaN, where a run diverged or has no halves, contradicts nothing.
        for place in np.flatnonzero(wrong):
            said = words.format(*(each[place] for each in numbers))
            found.setdefault(int(place), f"column {name}: {said}")
    return found


def _doubts(frame: pd.DataFrame) -> Iterator[Any]:
    """A column, where it is wrong, what it is there, and the numbers in these words."""
    names = (*OF_RUNS, *OF_HALVES, "n_train", "n_test", "steps")
    col = {name: frame[name].to_numpy(dtype=np.float64) for name in names}
    of = np.array([RULES[name].of for name in frame["outcome"]])  # points, steps, or the run
    n, half, test = col["n_test"], np.maximum(1, col["n_test"] // 2), col["test_error"]
    # Shares of whole numbers: from what, in how many parts, of how many.
    outcomes = np.select([of == "point", of == "step"], [n, np.maximum(1, col["steps"] // 4)], 1)
    shares = [(f"{letter}{k}", -1, outcomes / 2, outcomes) for letter in "CAB" for k in SETTINGS]
    counts = {"train_error": 8 * col["n_train"], "test_error": 8 * n, "joint_first": 4 * half}
    counts |= {"error_first": 8 * half, "error_second": 8 * (n - n // 2)}
    shares += [(name, 0, parts, parts) for name, parts in counts.items()]
    for name, least, parts, what in shares:
        off = np.abs(col[name] - least - np.rint((col[name] - least) * parts) / parts)
        yield name, off > CLOSE, "{:.6g} is no share of {:g} outcomes", col[name], what
    # With the rule "correct" a marginal is 1 − 2 × error of the same points.
    means = np.mean([col[f"{letter}{k}"] for letter in "AB" for k in SETTINGS], axis=0)
    by_rule = np.where(of == "point", (1 - means) / 2, test)
    by_halves = (n // 2 * col["error_first"] + (n - n // 2) * col["error_second"]) / n
    made = implied(col)
    for name, source, value in (
        ("S", "C11 + C12 + C21 − C22", made["S"]),
        ("delta", "the mean outcomes A11 to B22", made["delta"]),
        ("D", "the correlators and mean outcomes", made["D"]),
        ("test_error", "the mean outcomes A11 to B22", by_rule),
        ("gap", "test_error − train_error", made["gap"]),
        ("test_error", "error_first and error_second", by_halves),
        ("gap_second", "error_second − train_error", made["gap_second"]),
    ):
        words = f"{{:.6g}} is not what {source} make, {{:.6g}}"
        yield name, np.abs(col[name] - value) > CLOSE, words, col[name], value
    for k in SETTINGS:
        # Between what a correlator must be, given the two mean outcomes beside it.
        told, a, b = (col[f"{letter}{k}"] for letter in "CAB")
        wrong = (told < np.abs(a + b) - 1 - CLOSE) | (told > 1 - np.abs(a - b) + CLOSE)
        yield f"C{k}", wrong, f"{{:.6g}} is impossible beside A{k} and B{k}", told


def doubles(rows: pd.DataFrame) -> dict[int, str]:
    """The places of one student's rows that are there twice, or have other numbers for a run."""
    which = rows.groupby(IDENTITY, sort=False).ngroup().to_numpy()
    first, alike = _like_the_first(rows, which)
    again = rows.duplicated([*FIELDS, "run"]).to_numpy()
    number = rows["row"].to_numpy()
    return {
        int(k): f"it is row {number[first[k]]} again"
        if alike[k]
        else f"it has other numbers than row {number[first[k]]} for the same run"
        for k in np.flatnonzero(again | ~alike)
    }


def counted_once(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Each run once, with `pinned_by`, how many students have it; who shares; whose is left out.

    Where students have other numbers for one run (another kind of machine, or edited cells), those
    that most of them have count, the first student's if that is open.
    """
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
    names = [owners[pair] for pair in zip(which[kept], version[kept], strict=True)]
    frame.insert(1, "pinned_by", [*map(len, names)])
    shared = _shared(frame, pd.Series(names, index=frame.index, dtype=object))
    return frame.reset_index(drop=True), shared, _left_out(rows[~chosen])


def in_words(names: Iterable[str]) -> str:
    """Some names, not too many of them."""
    each = [*names]
    if len(each) > MOST_NAMED:
        each = [*each[: MOST_NAMED - 1], f"{len(each) - MOST_NAMED + 1} others"]
    return " and ".join([", ".join(each[:-1]), each[-1]] if len(each) > 1 else each)


def _like_the_first(rows: pd.DataFrame, which: Labels) -> tuple[Labels, NDArray[np.bool_]]:
    """The first row with the same label, and whether its numbers are the same."""
    numbers = rows[[*OF_RUNS]].to_numpy(dtype=np.float64)
    _, place, back = np.unique(which, return_index=True, return_inverse=True)
    first = place[back]
    alike = np.isclose(numbers, numbers[first], rtol=0, atol=CLOSE, equal_nan=True).all(axis=1)
    return first, alike


def _versions(rows: pd.DataFrame, which: Labels) -> Labels:
    """0 for rows with the numbers of their run's first row, 1 for those of the next kind, etc."""
    version, latest = np.full(len(rows), -1, dtype=np.intp), 0
    while len(left := np.flatnonzero(version < 0)):
        _, alike = _like_the_first(rows.iloc[left], which[left])
        version[left[alike]] = latest
        latest += 1
    return version


def _shared(frame: pd.DataFrame, names: pd.Series) -> list[str]:
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


def _left_out(rows: pd.DataFrame) -> list[str]:
    return [
        f"{student}: row {part['row'].iloc[0]}"
        + (f" and {len(part) - 1:,} more have" if len(part) > 1 else " has")
        + " other numbers than the same run of another row (another kind of machine, or an edited "
        "cell); the numbers that most students have count"
        for student, part in rows.groupby("student", sort=False)
    ]
