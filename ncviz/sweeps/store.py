"""A sweep on disk: a folder of Parquet files, one a cell, each written whole or not at all."""

import json
import os
import platform
from dataclasses import asdict
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from ncviz.experiment import Experiment
from ncviz.sweeps.frames import Sweep

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 1
PLAN = "sweep.json"
ADDED = ("shared_gradient", "sampling", "shuffled")
"""Fields younger than the format: where a file does not name them, they had their defaults."""

KEY = b"ncviz"
"""Where a cell's file keeps its experiment, beside the frame."""


class Store:
    """The finished cells of one sweep.

    Parameters
    ----------
    folder : path
        Made if it is not there.
    fixed : dict
        The fields that are the same in all cells, with their values.
    varied : list of str
        The others.
    kind : type
        Of the experiments.

    Raises
    ------
    ValueError
        If the folder holds another sweep, a newer format, or something else.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        fixed: dict[str, Any],
        varied: list[str],
        kind: Any = Experiment,
    ):
        self.folder = Path(folder)
        self._kind = kind
        self.fixed = json.loads(json.dumps(fixed))
        self.varied = list(varied)
        if self.folder.exists() and not self.folder.is_dir():
            raise ValueError(f"store must be a folder, and {self.folder} is a file")
        self.folder.mkdir(parents=True, exist_ok=True)
        plan = self.folder / PLAN
        if plan.exists():
            self._agree(_read_plan(plan))
        elif any(self.folder.iterdir()):
            raise ValueError(f"store must be a new folder or a sweep's; {self.folder} is neither")
        else:
            mine = {"format": FORMAT, "fixed": self.fixed, "varied": self.varied}
            _write_whole(plan, json.dumps(mine, indent=1).encode())

    @classmethod
    def open(cls, folder: str | os.PathLike[str], kind: Any = Experiment) -> Self:
        """The store in a folder, whatever its sweep is.

        Raises
        ------
        ValueError
            If there is none, or it is of a newer format.
        """
        plan = Path(folder) / PLAN
        if not plan.is_file():
            raise ValueError(f"{Path(folder)} is not the store of a sweep: it has no {PLAN}")
        found = _read_plan(plan)
        return cls(folder, found["fixed"], found["varied"], kind)

    def load(self, experiment: Experiment) -> "pd.DataFrame | None":
        """The frame of a cell, or None if it is not there.

        Raises
        ------
        ValueError
            If its file cannot be read, or is of another experiment.
        """
        path = self._path(experiment)
        if not path.exists():
            return None
        found, frame = _read_cell(path, self._kind)
        if found != experiment:
            raise ValueError(f"{path} holds another experiment: {found.code()}")
        return frame

    def save(self, experiment: Experiment, frame: "pd.DataFrame") -> None:
        """Write the frame of a cell."""
        import pyarrow
        import pyarrow.parquet

        table = pyarrow.Table.from_pandas(frame, preserve_index=False)
        about = {
            "format": FORMAT,
            "experiment": asdict(experiment),
            "versions": {
                "python": platform.python_version(),
                **{name: version(name) for name in ("ncviz", "torch", "numpy")},
            },
        }
        table = table.replace_schema_metadata(
            {**(table.schema.metadata or {}), KEY: json.dumps(about).encode()}
        )
        sink = pyarrow.BufferOutputStream()
        pyarrow.parquet.write_table(table, sink)
        _write_whole(self._path(experiment), sink.getvalue().to_pybytes())

    def cells(self) -> "dict[Experiment, pd.DataFrame]":
        """Every finished cell.

        Raises
        ------
        ValueError
            If a file cannot be read.
        """
        read = (_read_cell(path, self._kind) for path in sorted(self.folder.glob("*.parquet")))
        return dict(sorted(read, key=lambda cell: _order(cell[0], self.varied)))

    def sweep(self) -> Sweep:
        """All that is finished, as a sweep."""
        finished = self.cells()
        base = self._kind.from_state(_with_pairing(dict(self.fixed)))
        return Sweep(base, tuple(self.varied), tuple(finished), finished)

    def versions(self) -> list[dict[str, str]]:
        """The versions with which each cell was made."""
        return [_about(path)[0]["versions"] for path in sorted(self.folder.glob("*.parquet"))]

    def _path(self, experiment: Experiment) -> Path:
        # Named as before there were more fields, so that older stores are found.
        state = {k: v for k, v in asdict(experiment).items() if k not in ADDED or v != _default(k)}
        name = sha256(json.dumps(state).encode()).hexdigest()[:24]
        return self.folder / f"{name}.parquet"

    def _agree(self, plan: dict[str, Any]) -> None:
        if sorted(plan["varied"]) != sorted(self.varied):
            raise ValueError(
                f"store {self.folder} holds a sweep over {', '.join(plan['varied'])}, "
                f"not over {', '.join(self.varied)}"
            )
        for name, value in self.fixed.items():
            known = plan["fixed"].get(name, _default(name))
            if known != value:
                raise ValueError(
                    f"store {self.folder} holds another experiment: its {name} is "
                    f"{known!r}, not {value!r}"
                )


def _default(name: str) -> Any:
    return getattr(Experiment(), name, None)  # None: a field of another kind of experiment


def _order(experiment: Experiment, varied: list[str]) -> tuple[Any, ...]:
    # Numbers by size, names by the alphabet; a pairing may be one name or four.
    return tuple((str(type(v)), v) for v in (getattr(experiment, name) for name in varied))


def _read_plan(path: Path) -> dict[str, Any]:
    try:
        plan = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from None
    if not isinstance(plan, dict):
        raise ValueError(f"{path} is not the plan of a sweep")
    _check_format(path, plan)
    if not isinstance(plan.get("fixed"), dict) or not isinstance(plan.get("varied"), list):
        raise ValueError(f"{path} is not the plan of a sweep")
    return plan


def _read_cell(path: Path, kind: Any) -> "tuple[Experiment, pd.DataFrame]":
    about, table = _about(path)
    return kind.from_state(_with_pairing(about["experiment"])), table.to_pandas()


def _about(path: Path) -> tuple[dict[str, Any], Any]:
    """What a cell's file says of itself, and its table."""
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.read_table(path)
        about = json.loads(table.schema.metadata[KEY])
    except (OSError, pyarrow.ArrowException, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path} is not a whole cell of a sweep ({error}); delete it to train that cell again"
        ) from None
    _check_format(path, about)
    return about, table


def _with_pairing(state: dict[str, Any]) -> dict[str, Any]:
    """The fields, an own pairing as a tuple, which JSON does not know."""
    if isinstance(state.get("pairing"), list):
        state["pairing"] = tuple(state["pairing"])
    return state


def _check_format(path: Path, about: dict[str, Any]) -> None:
    number = about.get("format")
    if not isinstance(number, int) or number < 1:
        raise ValueError(f"{path} does not say what format it has")
    if number > FORMAT:
        raise ValueError(
            f"{path} has format {number}; this ncviz reads up to {FORMAT}: a newer one is needed"
        )


def _write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, even if this process is killed."""
    part = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
