"""A sweep on disk: a folder of Parquet files, one a cell, each written whole or not at all."""

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ncviz.basics.checks import short
from ncviz.basics.writing import written_whole
from ncviz.experiment import Experiment
from ncviz.sweeps import identity
from ncviz.sweeps.cellfile import Cell, cell_bytes, read_cell

if TYPE_CHECKING:
    import pandas as pd

PLAN = "sweep.json"
CELL = re.compile(r"[0-9a-f]{24}\.parquet")
ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")  # a drive of Windows has one letter
LEFTOVERS = re.compile(r"\..*|desktop\.ini|thumbs\.db|icon\r|.*\.(lock|part|tmp)", re.I | re.S)
"""What systems, other programs and killed writers leave in a folder."""


@dataclass(frozen=True)
class Plan:
    """What all cells of a store have in common."""

    path: Path
    fixed: dict[str, Any]  # the fields that are the same in all cells, with their values
    varied: tuple[str, ...]
    tables: list[str] | None  # as in `Cell`; none where the pairing varies, too

    def write(self) -> None:
        """Write it unless the store has one by now."""
        told = {"format": identity.FORMAT, "fixed": self.fixed, "varied": self.varied}
        text = json.dumps({**told, "tables": self.tables, identity.SEAL: identity.OPEN}, indent=1)
        with written_whole(self.path, new=True) as part:
            part.write_bytes(identity.sealed(text.encode()))

    @classmethod
    def read(cls, path: Path) -> Self:
        """The plan in a file; a `ValueError` names the file."""
        data = path.read_bytes()
        try:
            plan = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path} cannot be read: {short(str(error))}") from None
        if not isinstance(plan, dict):
            raise ValueError(f"{path} is not the plan of a sweep")
        number = identity.format_of(path, plan, path)
        if number >= identity.SEALED and not identity.is_whole(data):
            advice = "put back a copy of it, or train anew, in a new folder"
            raise ValueError(f"{path} has changed since it was written: {advice}")
        fixed, varied, tables = plan.get("fixed"), plan.get("varied"), plan.get("tables")
        if not isinstance(fixed, dict) or not isinstance(varied, list):
            raise ValueError(f"{path} is not the plan of a sweep")
        if not all(isinstance(name, str) for name in varied) or {*varied} & {*fixed}:
            raise ValueError(f"{path}: varied must be names of other fields, not {short(varied)}")
        if tables is not None or (number >= identity.SEALED and "pairing" in fixed):
            try:
                identity.check_tables(tables)
            except ValueError as error:
                raise ValueError(f"{path}: {error}") from None
        return cls(path, fixed, tuple(varied), tables)

    def kind(self, kinds: tuple[Any, ...]) -> Any:
        """The kind of experiment that has these fields."""
        names = {*self.fixed, *self.varied}
        for kind in kinds:
            if names <= {f.name for f in fields(kind)} and not identity.missing_fields(kind, names):
                return kind
        known = [f.name for kind in kinds for f in fields(kind)]
        wrong = [name for name in names if name not in known]
        words = f"{short(wrong[0])} is no field" if wrong else "fields are missing"
        raise ValueError(f"{self.path} is of no experiment that is known here: {words}")

    def agree(self, other: "Plan") -> None:
        """Refuse another sweep than that of the store, naming the first field that differs."""
        whose = f"store {self.path.parent}"
        if sorted(self.varied) != sorted(other.varied):
            raise ValueError(
                f"{whose} holds a sweep over {', '.join(self.varied)}, "
                f"not over {', '.join(other.varied)}"
            )
        _same(f"{whose} holds another experiment", self.fixed, other.fixed)
        identity.here(self.fixed, self.tables)  # format 1 may not know what its tasks were
        if self.tables is not None:
            identity.same_tasks(whose, self.fixed, self.tables, other.tables)

    def owns(self, cell: Cell) -> None:
        """Refuse a cell of another sweep, naming its file and the first field that differs."""
        whose = f"{cell.path} is a cell of another sweep"
        _same(whose, cell.state, self.fixed, "; move it out of this folder")
        for name in identity.missing_fields(type(cell.experiment), cell.state):
            raise ValueError(f"{whose}: it does not name {name}")
        if self.tables is not None and cell.tables is not None:
            identity.same_tasks(str(cell.path), self.fixed, cell.tables, self.tables)


def _same(whose: str, kept: Mapping[str, Any], wanted: Mapping[str, Any], end: str = "") -> None:
    for name, value in wanted.items():
        known = kept.get(name, identity.DEFAULTS.get(name))
        if known != value:
            raise ValueError(f"{whose}: its {name} is {short(known)}, not {short(value)}{end}")


class Store:
    """The finished cells of a sweep over some fields of an experiment, in a folder that is made.

    Several processes may use a store at once. Files of other names than a cell's are left alone.
    """

    def __init__(
        self, folder: "str | os.PathLike[str]", experiment: Any, varied: Sequence[str]
    ) -> None:
        self.folder = _folder(folder)
        self._kind = type(experiment)
        state = identity.state_of(experiment)
        fixed = {name: value for name, value in state.items() if name not in varied}
        mine = Plan(self.folder / PLAN, fixed, tuple(varied), identity.tables_of(fixed))
        self.folder.mkdir(parents=True, exist_ok=True)
        if all(LEFTOVERS.fullmatch(name) for name in os.listdir(self.folder)):
            mine.write()
        elif not mine.path.exists():
            raise ValueError(f"store must be a new folder or a sweep's; {self.folder} is neither")
        self.plan = Plan.read(mine.path)
        self.plan.agree(mine)

    @classmethod
    def open(cls, folder: "str | os.PathLike[str]", *kinds: Any) -> Self:
        """The store in a folder, of these kinds of experiments (`Experiment` without any)."""
        found = cls.__new__(cls)
        found.folder = _folder(folder)
        plan = found.folder / PLAN
        if not plan.exists():
            raise ValueError(f"{found.folder} is not the store of a sweep: it has no {PLAN}")
        found.plan = Plan.read(plan)
        found._kind = found.plan.kind(kinds or (Experiment,))
        return found

    def load(self, experiment: Experiment) -> "pd.DataFrame | None":
        """The frame of a cell, or None if it is not there."""
        state = identity.state_of(experiment)
        path = self._path(state)
        if not path.exists():
            return None
        cell = self.read(path)
        if cell.tables is not None:
            identity.same_tasks(str(path), state, cell.tables, identity.tables_of(state))
        if cell.experiment != experiment:
            raise ValueError(f"{path} holds another experiment: {cell.experiment.code()}")
        return cell.frame

    def save(self, experiment: Experiment, frame: "pd.DataFrame") -> None:
        """Write the frame of a cell."""
        with written_whole(self._path(identity.state_of(experiment))) as part:
            part.write_bytes(cell_bytes(experiment, frame))

    def read(self, path: Path) -> Cell:
        """The cell in a file of this store; see `read_cell`."""
        cell = read_cell(path, self._kind)
        self.plan.owns(cell)
        return cell

    def each(self) -> Iterator[Cell]:
        """Every finished cell, one after the other, so that memory need not hold them all."""
        for name in sorted(os.listdir(self.folder)):
            if CELL.fullmatch(name):
                yield self.read(self.folder / name)

    def base(self, cells: Any) -> Any:
        """An experiment with the fixed fields, the others at their defaults if that is possible."""
        try:
            return self._kind.from_state(identity.here(self.plan.fixed, self.plan.tables))
        except ValueError as error:
            # Fixed fields may go together only with values that a cell has: few points, few a step.
            if (first := next(iter(cells), None)) is not None:
                return first
            raise ValueError(f"{self.plan.path}: {error}") from None

    def ordered(self, cells: Any) -> list[Any]:
        """Cells in order of their varied fields: numbers by size, names by the alphabet."""

        def key(cell: Any) -> list[tuple[str, Any]]:
            # A pairing may be one name or four.
            values = (getattr(cell, name) for name in self.plan.varied)
            return [(type(value).__name__, value) for value in values]

        return sorted(cells, key=key)

    def _path(self, state: dict[str, Any]) -> Path:
        return self.folder / f"{identity.name_of(state)}.parquet"


def _folder(folder: object) -> Path:
    """A store's folder, which may not be there yet."""
    text = os.fspath(folder) if isinstance(folder, str | os.PathLike) else None
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"store must be the path of a folder, not {short(folder)}")
    if ADDRESS.match(text):
        what = f"not the address {short(text)}: copy or mount what is there"
        raise ValueError(f"store must be a folder of this machine, {what}")
    path = Path(text)
    if path.exists() and not path.is_dir():
        raise ValueError(f"store must be a folder, and {path} is a file")
    return path
