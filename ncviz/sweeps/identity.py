"""What an experiment is, written down so that another process can tell whether it is the same."""

import json
import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import asdict, fields
from hashlib import sha256
from typing import Any

from ncviz import tasks
from ncviz.basics.checks import short
from ncviz.experiment import Experiment

# Fields younger than the format: where a file does not name them, they had their defaults.
ADDED = ("shared_gradient", "sampling", "shuffled", "redrawn")
DEFAULTS: dict[str, Any] = {field.name: field.default for field in fields(Experiment)}

FORMAT = 2  # 1 had neither digests nor truth tables
SEALED = 2  # the format from which on every file carries its digest
SEAL = "sha256"
OPEN = "0" * 64  # what stands in the place of the digest until it is known

# Inside a JSON text a quotation mark has a backslash before it, so that no name looks like it.
PLACE = re.compile(rb'"%s": "([0-9a-f]{64})"' % SEAL.encode())


def state_of(experiment: Any) -> dict[str, Any]:
    """All fields, as JSON gives them back."""
    return dict(json.loads(json.dumps(asdict(experiment))))


def tables_of(state: Mapping[str, Any]) -> list[str] | None:
    """The truth tables of A1, A2, B1, B2 that a state's pairing stands for here, 16 digits each.

    None where the pairing varies, and for experiments on texts, whose tasks are columns of files.
    """
    if (pairing := state.get("pairing")) is None:
        return None
    four = tasks.resolve(tuple(pairing) if isinstance(pairing, list) else pairing)
    return ["".join(map(str, tasks.find(name).labels)) for name in four]


def here(state: Mapping[str, Any], tables: list[str] | None) -> dict[str, Any]:
    """A state in words of this process; without tables (format 1) only built-in names are good."""
    pairing = state.get("pairing")
    if pairing is None:
        return dict(state)
    own = isinstance(pairing, list)
    found = {**state, "pairing": tuple(pairing) if own else pairing}
    if tables is None:
        for name in pairing if own else ():
            if name not in tasks.BUILT_IN and not str(name).startswith(tasks.TABLE):
                what = f"what task {short(name)} was: train it anew, in a new folder"
                raise ValueError(f"format 1 does not say {what}")
        return found
    check_tables(tables)
    with suppress(ValueError):
        if tables_of(found) == tables:
            return found
    return found | {"pairing": tuple(tasks.named(map(int, table)).name for table in tables)}


def check_tables(tables: Any) -> None:
    """Refuse what is not four truth tables."""
    four = tables if isinstance(tables, list) and len(tables) == 4 else [None]
    if not all(isinstance(table, str) and re.fullmatch("[01]{16}", table) for table in four):
        raise ValueError(f"its truth tables must be four times 16 digits, not {short(tables)}")


def same_tasks(
    whose: str, state: Mapping[str, Any], kept: list[str] | None, wanted: list[str] | None
) -> None:
    """Refuse tasks that are called alike and are not the same."""
    if kept == wanted:
        return
    pairing = state["pairing"]
    names = tasks.resolve(pairing) if isinstance(pairing, str) else pairing
    for name, one, other in zip(names, kept or (), wanted or (), strict=True):
        if one != other:
            what = f"of another task {short(name)}: its truth table is {one}, not {other}"
            raise ValueError(
                f"{whose} is {what}; give yours another name, or choose another folder"
            )


def name_of(state: Mapping[str, Any]) -> str:
    """What the file of a cell is called, without its ending."""
    # As before there were more fields, so that older stores are found.
    told = {k: v for k, v in state.items() if k not in ADDED or v != DEFAULTS[k]}
    return sha256(json.dumps(told).encode()).hexdigest()[:24]


def missing_fields(kind: Any, names: Collection[str]) -> list[str]:
    """Fields of a kind of experiment that are not among some names, though they must be."""
    return [f.name for f in fields(kind) if f.name not in names and f.name not in ADDED]


class Unknown(ValueError):
    """A file may be whole, but cannot be understood here."""


def format_of(path: object, told: Mapping[str, Any], who: object) -> int:
    """The number of the format that a file names, if it is one that is known here."""
    number = told.get("format")
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise ValueError(f"{who} does not say what format it has")
    if number > FORMAT:
        words = f"this ncviz reads up to {FORMAT}: a newer one is needed"
        raise Unknown(f"{path} has format {number}; {words}")
    return number


def sealed(data: bytes) -> bytes:
    """The same bytes with their digest in its place."""
    (place,) = PLACE.finditer(data)
    assert place[1] == OPEN.encode()
    return _with(data, place, sha256(data).hexdigest())


def is_whole(data: bytes) -> bool | None:
    """Whether bytes are as they were when they were sealed; None if they carry no digest."""
    places = [*PLACE.finditer(data)]
    if not places:
        return None
    digest = sha256(_with(data, places[0], OPEN)).hexdigest()
    return len(places) == 1 and digest.encode() == places[0][1]


def _with(data: bytes, place: "re.Match[bytes]", digits: str) -> bytes:
    return data[: place.start(1)] + digits.encode() + data[place.end(1) :]
