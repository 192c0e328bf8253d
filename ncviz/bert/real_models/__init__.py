"""What was found on real networks, to read without the extra ``[bert]``.

Training such networks takes an hour, and a lesson should not wait for it. To train them again, or
others, see `ncviz.bert`; ``tools/real_models.py`` made the frames beside this file.
"""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ncviz.basics.checks import short
from ncviz.sweeps import Sweep

if TYPE_CHECKING:
    from ncviz.bert.experiment import LoraExperiment

__all__ = ["FILES", "Kept", "kept", "shipped"]

FILES = {
    name: Path(__file__).with_name(f"{name}.parquet")
    for name in ("multilingual", "mixed", "monolingual", "search", "confirmed")
}
"""The setups: three over the rank, the search for S > 2 on validation texts, and what became of
its best settings on held-out texts with other seeds."""

ABOUT = b"ncviz"  # where a file keeps its configurations, beside the frame


@dataclass(frozen=True)
class Kept:
    """What is kept of an experiment beside its runs.

    Parameters
    ----------
    experiment : LoraExperiment
    provenance : dict
        Network, texts and what the labels mean: the fields of `ncviz.bert.result.Provenance`.
    accuracy : dict
        Column → task → share, as `LoraResult.accuracy` has them.
    permuted : dict
        Mean and standard deviation (sd) of S over 200 permutations of Bob's outcomes.
    versions : dict
        Package → version that trained it.
    """

    experiment: "LoraExperiment"
    provenance: dict[str, Any]
    accuracy: dict[str, dict[str, float]]
    permuted: dict[str, float]
    versions: dict[str, str]


def kept(name: str) -> list[Kept]:
    """The configurations of a setup, and what else is kept of them; ValueError without such a one.

    Examples
    --------
    >>> from ncviz.bert.real_models import kept
    >>> [found.experiment.rank for found in kept("multilingual")]
    [0, 1, 2, 4, 16]
    """
    import pyarrow.parquet

    from ncviz.bert.experiment import LoraExperiment

    about = json.loads(pyarrow.parquet.read_schema(_file(name)).metadata[ABOUT])
    made = LoraExperiment.from_state
    return [Kept(**{**one, "experiment": made(one["experiment"])}) for one in about]


def shipped(name: str) -> Sweep:
    """A setup as the sweep over rank, steps and whatever else differs in it.

    An experiment of fewer steps is the same training stopped earlier, so that each recorded step
    is a cell of its own. Columns that are known at the end of a training only (S_train,
    train_error, majority, the halves) are missing before it.

    Parameters
    ----------
    name : {"multilingual", "mixed", "monolingual", "search", "confirmed"}
        Any other is a ValueError.

    Returns
    -------
    Sweep
        Of `LoraExperiment`; `regress` and the views take it as any other.

    Examples
    --------
    >>> from ncviz.bert.real_models import shipped
    >>> shipped("multilingual").varied
    ('rank', 'steps')
    """
    import pandas as pd

    frame = pd.read_parquet(_file(name))
    finished: dict[Any, pd.DataFrame] = {}
    for one, (_, rows) in zip(kept(name), frame.groupby("cell"), strict=True):
        for step, runs in rows.groupby("step"):
            cell = replace(one.experiment, steps=int(str(step)))
            finished[cell] = runs.drop(columns=["cell", "step"]).reset_index(drop=True)
    cells: Any = tuple(finished)
    varied = tuple(n for n in asdict(cells[0]) if len({str(getattr(of, n)) for of in cells}) > 1)
    return Sweep(cells[0], varied, cells, finished)


def _file(name: str) -> Path:
    if name not in FILES:
        raise ValueError(f"name must be one of {', '.join(FILES)}, not {short(name)}")
    return FILES[name]
