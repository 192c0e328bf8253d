"""Stores as others may have left them: cells written anew with other words or numbers."""

import io
import json
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow
import pyarrow.parquet

from ncviz import Sweep
from ncviz.sweeps.cellfile import KEY
from ncviz.sweeps.identity import OPEN, SEAL, sealed
from ncviz.sweeps.store import PLAN, Store

LATER = ("shared_gradient", "sampling", "shuffled", "redrawn")


def sweep_in(folder: Path, *kinds: type) -> Sweep:
    """All that is finished in a store."""
    store = Store.open(folder, *kinds)
    frames = {cell.experiment: cell.frame for cell in store.each()}
    cells = store.ordered(frames)
    return Sweep(store.base(cells), store.plan.varied, tuple(cells), frames)


def about_of(path: Path) -> dict[str, Any]:
    """What a cell's file says of itself."""
    return dict(json.loads(pyarrow.parquet.read_schema(path).metadata[KEY]))


def rewrite(
    path: Path,
    change: Callable[[dict[str, Any]], object] = lambda _: None,
    numbers: Callable[[pd.DataFrame], pd.DataFrame] = lambda frame: frame,
) -> None:
    """Write a cell anew, by one who knows how digests are made."""
    about, frame = about_of(path), numbers(pd.read_parquet(path))
    change(about)
    if SEAL in about:
        about[SEAL] = OPEN
    write(path, frame, json.dumps(about).encode())


def write(path: Path, frame: pd.DataFrame, about: bytes) -> None:
    """A Parquet file with these words; sealed where they have a place for it."""
    table = pyarrow.Table.from_pandas(frame, preserve_index=False)
    sink = io.BytesIO()
    pyarrow.parquet.write_table(table.replace_schema_metadata({KEY: about}), sink)
    data = sink.getvalue()
    path.write_bytes(sealed(data) if OPEN.encode() in about else data)


def rewrite_plan(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Write a plan anew, by one who knows how digests are made."""
    plan = json.loads((folder / PLAN).read_text())
    change(plan)
    if SEAL in plan:
        plan[SEAL] = OPEN
    data = json.dumps(plan, indent=1).encode()
    (folder / PLAN).write_bytes(sealed(data) if SEAL in plan else data)


def as_format_1(folder: Path, without: Sequence[str] = ()) -> None:
    """A store as it was written before there were digests and truth tables, or even some fields."""

    def old(about: dict[str, Any]) -> None:
        about["format"] = 1
        for name in ("tables", SEAL):
            about.pop(name)
        for name in without:
            about.get("experiment", about.get("fixed")).pop(name, None)

    for path in folder.glob("*.parquet"):
        rewrite(path, old)
        # As its name was made then: from all the fields that there were at first.
        state = {k: v for k, v in about_of(path)["experiment"].items() if k not in LATER}
        name = sha256(json.dumps(state).encode()).hexdigest()[:24]
        path.rename(folder / f"{name}.parquet")
    rewrite_plan(folder, old)
