"""The file of a cell: a Parquet table that says what it is, and carries its digest."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.checks import short
from ncviz.basics.protocol import SETTINGS
from ncviz.bell.forms import chsh_forms
from ncviz.bell.signalling import signalling
from ncviz.sweeps import identity

if TYPE_CHECKING:
    import pandas as pd

Columns = Mapping[str, NDArray[Any]]  # name → array, shape (runs,)
KEY = b"ncviz"  # where a cell's file keeps what it is, beside the table


@dataclass(frozen=True)
class Cell:
    """A cell as it was read, looked at."""

    path: Path
    experiment: Any
    state: dict[str, Any]  # its fields as the file names them
    tables: list[str] | None  # its truth tables; none in format 1, and for experiments on texts
    columns: Columns
    versions: dict[str, str]  # package → version that made it
    sealed: bool  # whether it carries a digest: format 1 had none

    @property
    def frame(self) -> "pd.DataFrame":
        """A row a run."""
        import pandas as pd

        return pd.DataFrame(dict(self.columns))


def cell_bytes(experiment: Any, frame: "pd.DataFrame") -> bytes:
    """The file of a cell."""
    import pyarrow
    import pyarrow.parquet

    state = identity.state_of(experiment)
    about: dict[str, Any] = {"format": identity.FORMAT, "experiment": state}
    about |= {"tables": identity.tables_of(state), "versions": {"python": python_version()}}
    about["versions"] |= {name: version(name) for name in ("ncviz", "torch", "numpy")}
    about[identity.SEAL] = identity.OPEN
    table = pyarrow.table({name: pyarrow.array(frame[name].to_numpy()) for name in frame})
    sink = pyarrow.BufferOutputStream()
    # Nothing that small files do not need: ten thousand of them are read in seconds.
    plain = {"use_dictionary": False, "compression": "none", "write_statistics": False}
    with pyarrow.parquet.ParquetWriter(sink, table.schema, store_schema=False, **plain) as writer:
        writer.add_key_value_metadata({KEY: json.dumps(about).encode()})
        writer.write_table(table)
    return identity.sealed(sink.getvalue().to_pybytes())


def read_cell(path: Path, kind: Any) -> Cell:
    """The cell of a kind of experiment in a file; a `ValueError` names the file."""
    data = path.read_bytes()
    try:
        whole = identity.is_whole(data)
        if whole is False:
            raise ValueError("its bytes have changed since it was written")
        return _cell(path, kind, *_parsed(data), bool(whole))
    except identity.Unknown as error:
        raise ValueError(str(error)) from None
    except ValueError as error:
        raise ValueError(
            f"{path} is not a whole cell of a sweep ({error}); delete it to train that cell again"
        ) from None


def _parsed(data: bytes) -> tuple[dict[str, Any], Any]:
    """What a file says of itself, and its table."""
    import pyarrow
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(pyarrow.BufferReader(data))
        about = json.loads(file.metadata.metadata[KEY])
        table = file.read(use_threads=False)
    except Exception as error:  # whatever a reader of foreign bytes may come to
        raise ValueError(short(str(error))) from None
    if not isinstance(about, dict):
        raise ValueError(f"it says {short(about)} of itself")
    return about, table


def _cell(path: Path, kind: Any, about: dict[str, Any], table: Any, whole: bool) -> Cell:
    number = identity.format_of(path, about, "it")
    if number >= identity.SEALED and not whole:
        raise ValueError("its digest is missing")
    state, versions = about.get("experiment"), about.get("versions")
    if not isinstance(state, dict):
        raise ValueError("it does not say of which experiment it is")
    if not isinstance(versions, dict) or not all(isinstance(v, str) for v in versions.values()):
        raise ValueError("it does not say with which versions it was made")
    tables = about.get("tables")
    if number >= identity.SEALED and "pairing" in state and tables is None:
        raise ValueError("it does not say what its tasks were")
    try:
        told = identity.here(state, tables)
    except ValueError as error:
        raise identity.Unknown(f"{path}: {error}") from None
    experiment = kind.from_state(told)
    if path.stem != identity.name_of(state):
        raise ValueError("its name is that of another experiment")
    # In format 1 NaN was written as nothing, which pandas reads.
    frame = table.to_pandas() if number < identity.SEALED else table
    columns = {name: frame[name].to_numpy() for name in table.column_names}
    if reason := doubt(experiment, columns):
        raise ValueError(reason)
    return Cell(path, experiment, state, tables, columns, versions, whole)


# Whether the numbers of a cell can be those of its experiment

OF_RUNS = {"S": (-4.0, 4.0), **{letter + k: (-1.0, 1.0) for letter in "CAB" for k in SETTINGS}}
OF_RUNS |= {"train_error": (0.0, 1.0), "test_error": (0.0, 1.0), "gap": (-1.0, 1.0)}
OF_RUNS |= {"delta": (0.0, 8.0), "D": (-10.0, 2.0)}
"""Columns of `Result.runs` and what they can be; a number in every run that did not diverge."""

OF_HALVES = {"S_first": (-4.0, 4.0), "product_first": (-4.0, 4.0), "joint_first": (0.0, 1.0)}
OF_HALVES |= {"error_first": (0.0, 1.0), "error_second": (0.0, 1.0), "gap_second": (-1.0, 1.0)}
"""Those of `Result.halves`: they may be missing, as where there is only one held-out point."""

RANGES = {**OF_RUNS, **OF_HALVES, "swing": (0.0, np.inf)}
NAMES = (*RANGES,)
LOW, HIGH = np.array([*RANGES.values()]).T[..., None]
KINDS = {"run": ("iu", "whole numbers"), "diverged": ("b", "True and False")}
CLOSE = 1e-9  # how far numbers that say the same may be apart: a few last digits


def doubt(experiment: Any, columns: Columns) -> str:
    """Why columns cannot be what a training of the experiment gave; empty if they can."""
    for name in ("run", "diverged", *NAMES):
        kind, words = KINDS.get(name, ("f", "numbers"))
        if name not in columns:
            return f"column {name} is missing"
        if np.asarray(columns[name]).dtype.kind not in kind:
            return f"column {name} holds other things than {words}"
    run, diverged = np.asarray(columns["run"]), np.asarray(columns["diverged"])
    if len(run) != experiment.runs:
        return f"it has {len(run)} of {experiment.runs} runs"
    if (run != np.arange(len(run))).any():
        return "its runs are not numbered 0, 1, 2, …"
    values = np.array([np.asarray(columns[name]) for name in NAMES], dtype=np.float64)
    bad = (values < LOW - CLOSE) | (values > HIGH + CLOSE)
    if bad.any():
        k, at = np.argwhere(bad)[0]
        low, high = RANGES[NAMES[k]]
        return f"{NAMES[k]} is {values[k, at]:g}, which is not from {low:g} to {high:g}"
    there = np.isfinite(values)
    if there[:, diverged].any():
        return "a run that diverged has numbers"
    lost = ~there[: len(OF_RUNS)] & ~diverged
    if lost.any():
        return f"a run that did not diverge has no {NAMES[np.argwhere(lost)[0][0]]}"
    # NaN, where a run diverged or has no halves, contradicts nothing.
    of = dict(zip(NAMES, values, strict=True))
    for name, value in implied(of).items():
        if (np.abs(of[name] - value) > CLOSE).any():
            return f"{name} is not what the other columns make it"
    return ""


def implied(of: Columns) -> Columns:
    """Columns that follow from the others."""
    letters = ([of[f"{letter}{k}"] for k in SETTINGS] for letter in "CAB")
    products, *both = (np.stack(four, axis=-1) for four in letters)
    marginals = np.stack(both, axis=-2).reshape(-1, 2, 2, 2)
    forms, moved = chsh_forms(products.reshape(-1, 2, 2)), signalling(marginals)
    return {
        "S": forms[:, 0],
        "delta": moved,
        "D": forms.max(axis=1) - 2 - moved,
        "gap": of["test_error"] - of["train_error"],
        "gap_second": of["error_second"] - of["train_error"],
    }
