"""Trains what `ncviz.bert.real_models` ships: three setups of networks, and a search for S > 2.

    python tools/real_models.py FOLDER [setup …]     trains what FOLDER does not hold yet
    python tools/real_models.py FOLDER --write       joins it into ncviz/bert/real_models/

Needs the extra ``[bert]``, the packages that ``ncviz bert fetch`` gets, and about an hour.
"""

import argparse
import json
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet
from tqdm import tqdm

from ncviz.basics.protocol import SETTINGS
from ncviz.bell.forms import chsh_forms
from ncviz.bell.signalling import signalling
from ncviz.bert import LoraExperiment, LoraResult
from ncviz.bert.real_models import ABOUT, FILES
from ncviz.bert.result import SIGNS
from ncviz.results.result import Moment
from ncviz.sweeps.cell import frame_of as at_end

E5, MINILM = "packaged:e5-small", "packaged:minilm"
EVERY = 60  # steps
CONFIRMED = 2
"""So many settings with the largest S on validation texts are measured on held-out texts."""

MULTILINGUAL = LoraExperiment(E5, tasks="multilingual", runs=5, steps=240)
MIXED = LoraExperiment(E5, tasks="mixed", runs=5, steps=120)
MONOLINGUAL = LoraExperiment(MINILM, tasks="monolingual", runs=5, steps=120)


def ranks(base: LoraExperiment, *wanted: int) -> list[LoraExperiment]:
    return [replace(base, rank=rank) for rank in wanted]


def search() -> list[LoraExperiment]:
    """Where a bump could be: bottlenecks of few units, in three kinds of tasks."""
    cells = [
        replace(base, rank=4, bottleneck=units, runs=2, steps=120, measured_on="validation")
        for base in (MULTILINGUAL, MONOLINGUAL)
        for units in (1, 2, 3)
    ]
    narrow = replace(MIXED, rank=4, runs=2, measured_on="validation")
    return cells + [replace(narrow, bottleneck=units) for units in (1, 2)]


def confirmed(folder: Path) -> list[LoraExperiment]:
    """The best of the search, on held-out texts and with other seeds."""
    found = {e: read(folder, e) for e in search()}
    missing = [e for e, frame in found.items() if frame is None]
    if missing:
        raise SystemExit(f"the search is not finished: {len(missing)} settings are missing")
    last = {e: frame.loc[frame.step == e.steps, "S"].mean() for e, frame in found.items()}
    best = sorted(last, key=lambda e: -last[e])[:CONFIRMED]
    return [replace(e, measured_on="held-out", runs=5, seed=1) for e in best]


def setups(folder: Path, names: Sequence[str]) -> Iterator[tuple[str, list[LoraExperiment]]]:
    plan = {
        "multilingual": lambda: ranks(MULTILINGUAL, 0, 1, 2, 4, 16),
        "monolingual": lambda: ranks(MONOLINGUAL, 0, 1, 2, 4, 16),
        "mixed": lambda: ranks(MIXED, 0, 1, 4, 16),
        "search": search,
        "confirmed": lambda: confirmed(folder),
    }
    for name in names or plan:
        yield name, plan[name]()


def frame_of(moments: Sequence[Moment], result: LoraResult) -> pd.DataFrame:
    """A row a run and recorded step; what is known at the end only is missing before it."""
    rows = [at_step(moment) for moment in moments[1:-1]]
    rows.append(at_end(result).assign(step=result.step))
    return pd.concat(rows, ignore_index=True)


def at_step(moment: Moment) -> pd.DataFrame:
    n, e = moment.per_run, moment.experiment
    means = n.marginals.reshape(e.runs, 2, 4)
    columns = {"step": moment.step, "run": np.arange(e.runs), "S": n.S}
    columns["S_product"] = means.prod(axis=1) @ SIGNS
    for letter, values in (("C", n.correlators), ("A", means[:, 0]), ("B", means[:, 1])):
        flat = values.reshape(e.runs, 4)
        columns |= {letter + s: flat[:, k] for k, s in enumerate(SETTINGS)}
    errors = moment.recording.errors(moment.index)
    columns["test_error"] = np.where(n.diverged, np.nan, errors / (8 * e.n_test))
    columns["delta"] = signalling(n.marginals)
    columns["D"] = chsh_forms(n.correlators).max(axis=-1) - 2 - columns["delta"]
    columns["diverged"] = n.diverged
    return pd.DataFrame(columns)


def about(result: LoraResult) -> dict[str, object]:
    permuted = result.permuted()
    return {
        "experiment": asdict(result.experiment),
        "provenance": asdict(result.provenance),
        "accuracy": result.accuracy.round(4).to_dict(),
        "permuted": {"mean": float(permuted.mean()), "sd": float(permuted.std(ddof=1))},
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("torch", "transformers", "peft")},
        },
    }


def place(folder: Path, experiment: LoraExperiment) -> Path:
    return folder / f"{sha256(experiment.to_json().encode()).hexdigest()[:24]}.parquet"


def read(folder: Path, experiment: LoraExperiment) -> pd.DataFrame | None:
    path = place(folder, experiment)
    return pd.read_parquet(path) if path.exists() else None


def write(path: Path, frame: pd.DataFrame, told: object) -> None:
    table = pyarrow.Table.from_pandas(frame, preserve_index=False)
    table = table.replace_schema_metadata({ABOUT: json.dumps(told).encode()})
    pyarrow.parquet.write_table(table, path, compression="zstd")


def train(folder: Path, experiment: LoraExperiment) -> None:
    moments = []
    every = min(EVERY, experiment.steps) if experiment.learns else experiment.steps
    for snapshot in experiment.stream(every=every):
        moments.append(snapshot)
    result = snapshot.result
    assert isinstance(result, LoraResult)
    write(place(folder, experiment), frame_of(moments, result), about(result))
    print(experiment.code(), result.s, result.s_train, result.s_product, flush=True)


def join(folder: Path) -> None:
    for name, cells in setups(folder, ()):
        paths = [place(folder, cell) for cell in cells if place(folder, cell).exists()]
        print(f"{name}: {len(paths)} of {len(cells)} settings")
        tables = [pyarrow.parquet.read_table(path) for path in paths]
        told = [json.loads(table.schema.metadata[ABOUT]) for table in tables]
        frames = [table.to_pandas().assign(cell=k) for k, table in enumerate(tables)]
        write(FILES[name], pd.concat(frames, ignore_index=True), told)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("setups", nargs="*")
    parser.add_argument("--write", action="store_true")
    words = parser.parse_args()
    words.folder.mkdir(parents=True, exist_ok=True)
    if words.write:
        join(words.folder)
        return
    for name, cells in setups(words.folder, words.setups):
        for cell in tqdm(cells, desc=name):
            if not place(words.folder, cell).exists():
                train(words.folder, cell)


if __name__ == "__main__":
    main()
