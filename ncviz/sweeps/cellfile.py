"""The file of a cell: a Parquet table that says what it is, and carries its digest."""

import json
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ncviz.basics.checks import short
from ncviz.sweeps.checks import Columns, doubt
from ncviz.sweeps.identity import (
    FORMAT,
    OPEN,
    SEAL,
    SEALED,
    here,
    is_whole,
    name_of,
    sealed,
    state_of,
    tables_of,
)

if TYPE_CHECKING:
    import pandas as pd

KEY = b"ncviz"
"""Where a cell's file keeps what it is, beside the table."""


@dataclass(frozen=True)
class Cell:
    """A cell as it was read, looked at.

    Parameters
    ----------
    path : Path
    experiment : Experiment or of another kind
    state : dict
        Its fields as the file names them.
    tables : list of str or None
        Its four truth tables; None in format 1, and for experiments on texts.
    columns : dict
        Name → array, shape (runs,).
    versions : dict
        Package → version that made it.
    sealed : bool
        Whether it carries a digest: format 1 had none.
    """

    path: Path
    experiment: Any
    state: dict[str, Any]
    tables: list[str] | None
    columns: Columns
    versions: dict[str, str]
    sealed: bool

    @property
    def frame(self) -> "pd.DataFrame":
        """A row a run."""
        import pandas as pd

        return pd.DataFrame(dict(self.columns))


def cell_bytes(experiment: Any, frame: "pd.DataFrame") -> bytes:
    """The file of a cell."""
    import pyarrow
    import pyarrow.parquet

    state = state_of(experiment)
    about = {
        "format": FORMAT,
        "experiment": state,
        "tables": tables_of(state),
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("ncviz", "torch", "numpy")},
        },
        SEAL: OPEN,
    }
    table = pyarrow.table({name: pyarrow.array(frame[name].to_numpy()) for name in frame})
    sink = pyarrow.BufferOutputStream()
    # Nothing that small files do not need: ten thousand of them are read in seconds.
    plain = {"use_dictionary": False, "compression": "none", "write_statistics": False}
    with pyarrow.parquet.ParquetWriter(sink, table.schema, store_schema=False, **plain) as writer:
        writer.add_key_value_metadata({KEY: json.dumps(about).encode()})
        writer.write_table(table)
    return sealed(sink.getvalue().to_pybytes())


def read_cell(path: Path, kind: Any) -> Cell:
    """The cell in a file.

    Raises
    ------
    ValueError
        Naming the file, if it has changed since it was written, is none, holds numbers that its
        experiment cannot have given, is of a newer format, or of a task that is not known.
    OSError
        If it cannot be read, for want of rights, say.
    """
    data = path.read_bytes()
    try:
        whole = is_whole(data)
        if whole is False:
            raise ValueError("its bytes have changed since it was written")
        about, table = _parsed(data)
        number = _format(about)
        if number <= FORMAT:
            return _cell(path, kind, about, table, number, bool(whole))
    except _Unknown as error:
        raise ValueError(f"{path}: {error}") from None
    except ValueError as error:
        raise ValueError(
            f"{path} is not a whole cell of a sweep ({error}); delete it to train that cell again"
        ) from None
    raise ValueError(newer(path, number))


def newer(path: Path, number: int) -> str:
    """Words for what a newer ncviz has written."""
    return f"{path} has format {number}; this ncviz reads up to {FORMAT}: a newer one is needed"


class _Unknown(ValueError):
    """The cell may be whole, but cannot be understood here."""


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


def _format(about: dict[str, Any]) -> int:
    number = about.get("format")
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise ValueError("it does not say what format it has")
    return number


def _cell(
    path: Path, kind: Any, about: dict[str, Any], table: Any, number: int, whole: bool
) -> Cell:
    if number >= SEALED and not whole:
        raise ValueError("its digest is missing")
    state, versions = about.get("experiment"), about.get("versions")
    if not isinstance(state, dict):
        raise ValueError("it does not say of which experiment it is")
    if not isinstance(versions, dict) or not all(isinstance(v, str) for v in versions.values()):
        raise ValueError("it does not say with which versions it was made")
    tables = about.get("tables")
    if number >= SEALED and "pairing" in state and tables is None:
        raise ValueError("it does not say what its tasks were")
    try:
        told = here(state, tables)
    except ValueError as error:
        raise _Unknown(str(error)) from None
    experiment = kind.from_state(told)
    if path.stem != name_of(state):
        raise ValueError("its name is that of another experiment")
    columns = _columns(table, number)
    if reason := doubt(experiment, columns):
        raise ValueError(reason)
    return Cell(path, experiment, state, tables, columns, versions, whole)


def _columns(table: Any, number: int) -> Columns:
    if number < SEALED:  # NaN was written as nothing
        frame = table.to_pandas()
        return {name: frame[name].to_numpy() for name in frame}
    return {n: c.to_numpy() for n, c in zip(table.column_names, table.columns, strict=True)}
