"""What a store is a sweep of, and whether a cell belongs to it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

from ncviz import tasks
from ncviz.basics.checks import short
from ncviz.basics.writing import written_whole
from ncviz.sweeps.cellfile import Cell, newer
from ncviz.sweeps.identity import (
    FORMAT,
    OPEN,
    SEAL,
    SEALED,
    check_tables,
    default,
    here,
    is_whole,
    missing_fields,
    sealed,
    tables_of,
)

PLAN = "sweep.json"


@dataclass(frozen=True)
class Plan:
    """What all cells of a store have in common.

    Parameters
    ----------
    path : Path
        Its file.
    fixed : dict
        The fields that are the same in all cells, with their values.
    varied : tuple of str
        The others.
    tables : list of str or None
        The four truth tables; None where the pairing varies, in format 1, and for experiments on
        texts.
    format : int
        Of the file.
    """

    path: Path
    fixed: dict[str, Any]
    varied: tuple[str, ...]
    tables: list[str] | None
    format: int = FORMAT

    @classmethod
    def of(
        cls, path: Path, fixed: Mapping[str, Any], varied: "list[str] | tuple[str, ...]"
    ) -> Self:
        """The plan of a new store."""
        told = dict(json.loads(json.dumps(fixed)))
        return cls(path, told, tuple(varied), tables_of(told))

    def write(self) -> None:
        """Write it unless the store has one by now."""
        told = {"format": FORMAT, "fixed": self.fixed, "varied": self.varied}
        text = json.dumps({**told, "tables": self.tables, SEAL: OPEN}, indent=1)
        with written_whole(self.path, new=True) as part:
            part.write_bytes(sealed(text.encode()))

    @classmethod
    def read(cls, path: Path) -> Self:
        """The plan in a file.

        Raises
        ------
        ValueError
            Naming the file, if it is none, has changed since it was written, or is of a newer
            format.
        OSError
            If it cannot be read, for want of rights, say.
        """
        data = path.read_bytes()
        try:
            plan = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path} cannot be read: {short(str(error))}") from None
        if not isinstance(plan, dict):
            raise ValueError(f"{path} is not the plan of a sweep")
        number = plan.get("format")
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            raise ValueError(f"{path} does not say what format it has")
        if number > FORMAT:
            raise ValueError(newer(path, number))
        if number >= SEALED and not is_whole(data):
            raise ValueError(
                f"{path} has changed since it was written: put back a copy of it, or train anew, "
                "in a new folder"
            )
        fixed, varied, tables = plan.get("fixed"), plan.get("varied"), plan.get("tables")
        if not isinstance(fixed, dict) or not isinstance(varied, list):
            raise ValueError(f"{path} is not the plan of a sweep")
        if not all(isinstance(name, str) for name in varied) or {*varied} & {*fixed}:
            raise ValueError(f"{path}: varied must be names of other fields, not {short(varied)}")
        if tables is not None or (number >= SEALED and "pairing" in fixed):
            try:
                check_tables(tables)
            except ValueError as error:
                raise ValueError(f"{path}: {error}") from None
        return cls(path, fixed, tuple(varied), tables, number)

    def kind(self, kinds: "tuple[Any, ...]") -> Any:
        """The kind of experiment that has these fields.

        Raises
        ------
        ValueError
            If there is none.
        """
        names = {*self.fixed, *self.varied}
        for kind in kinds:
            if names <= {f.name for f in fields(kind)} and not missing_fields(kind, names):
                return kind
        known = [f.name for kind in kinds for f in fields(kind)]
        wrong = [name for name in names if name not in known]
        words = f"{short(wrong[0])} is no field" if wrong else "fields are missing"
        raise ValueError(f"{self.path} is of no experiment that is known here: {words}")

    def agree(self, other: "Plan") -> None:
        """Refuse another sweep than that of the store.

        Raises
        ------
        ValueError
            Naming the first field that differs.
        """
        folder = self.path.parent
        if sorted(self.varied) != sorted(other.varied):
            raise ValueError(
                f"store {folder} holds a sweep over {', '.join(self.varied)}, "
                f"not over {', '.join(other.varied)}"
            )
        for name, value in other.fixed.items():
            known = self.fixed.get(name, default(name))
            if known != value:
                raise ValueError(
                    f"store {folder} holds another experiment: its {name} is "
                    f"{short(known)}, not {short(value)}"
                )
        here(self.fixed, self.tables)  # format 1 may not know what its tasks were
        if self.tables is not None:
            same_tasks(f"store {folder}", self.fixed, self.tables, other.tables)

    def owns(self, cell: Cell) -> None:
        """Refuse a cell of another sweep.

        Raises
        ------
        ValueError
            Naming the file and the first field that differs.
        """
        for name, value in self.fixed.items():
            found = cell.state.get(name, default(name))
            if found != value:
                raise ValueError(
                    f"{cell.path} is a cell of another sweep: its {name} is {short(found)}, not "
                    f"{short(value)}; move it out of this folder"
                )
        for name in missing_fields(type(cell.experiment), cell.state):
            raise ValueError(f"{cell.path} is a cell of another sweep: it does not name {name}")
        if self.tables is not None and cell.tables is not None:
            same_tasks(str(cell.path), self.fixed, cell.tables, self.tables)


def same_tasks(
    whose: str, state: Mapping[str, Any], kept: list[str] | None, wanted: list[str] | None
) -> None:
    """Refuse tasks that are called alike and are not the same.

    Raises
    ------
    ValueError
        Naming the task and its two truth tables.
    """
    if kept == wanted:
        return
    pairing = state["pairing"]
    names = tasks.resolve(pairing) if isinstance(pairing, str) else pairing
    for name, one, other in zip(names, kept or (), wanted or (), strict=True):
        if one != other:
            raise ValueError(
                f"{whose} is of another task {short(name)}: its truth table is {one}, not {other}; "
                "give yours another name, or choose another folder"
            )
