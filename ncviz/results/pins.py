"""Pinned experiments: their runs in one frame."""

import re
import threading
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

import numpy as np

from ncviz.fields import FIELDS
from ncviz.results.result import Result
from ncviz.setup import Setup
from ncviz.tasks import portable

if TYPE_CHECKING:
    import pandas as pd

    from ncviz.experiment import Experiment


class Pins:
    """Results that were pinned, oldest first, each experiment once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = 0
        self._pinned: dict[str, tuple[Experiment, str, pd.DataFrame]] = {}

    def add(self, result: Result) -> None:
        """Keep the runs of a result, unless those of its experiment are kept already."""
        with self._lock:
            if any(result.experiment == experiment for experiment, *_ in self._pinned.values()):
                return
            self._numbers += 1
            pinned = (result.experiment, f"S = {result.s}", _described(result))
            self._pinned[str(self._numbers)] = pinned

    def remove(self, key: str) -> None:
        """Forget an experiment."""
        with self._lock:
            self._pinned.pop(key, None)

    def experiment(self, key: str) -> "Experiment | None":
        """The experiment of a row, or None if it is no longer pinned."""
        return self._pinned.get(key, (None,))[0]

    @property
    def frame(self) -> "pd.DataFrame":
        """All pinned runs: fields of their experiment (own tasks as tables), then its numbers."""
        import pandas as pd

        with self._lock:
            frames = [frame for *_, frame in self._pinned.values()]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()

    @property
    def n_runs(self) -> int:
        """How many rows the frame has."""
        with self._lock:
            return sum(len(frame) for *_, frame in self._pinned.values())

    @property
    def rows(self) -> list[dict[str, str]]:
        """What a list of the pinned experiments shows."""
        with self._lock:
            each = [(key, e, s) for key, (e, s, _) in self._pinned.items()]
        return [{"id": key, "text": _text(experiment), "s": s} for key, experiment, s in each]


def _described(result: Result) -> "pd.DataFrame":
    frame = result.runs.drop(columns="seed").merge(result.halves, on="run")
    state: dict[str, Any] = asdict(result.experiment)
    state["seed"] = np.uint64(result.experiment.seed)  # as in `Result.runs`
    pairing = portable(result.experiment.pairing)
    state["pairing"] = pairing if isinstance(pairing, str) else "; ".join(pairing)
    for place, (name, value) in enumerate(state.items()):
        frame.insert(place, name, value)
    return frame


def _text(experiment: Setup) -> str:
    e, default = asdict(experiment), asdict(Setup())
    first = [FIELDS[name].said(e.pop(name)) for name in ("hidden", "pairing")]
    first.append(f"learning rate {e.pop('learning_rate'):g}")
    rest = [f"{k.replace('_', ' ')} {value}" for k, value in e.items() if value != default[k]]
    return ", ".join(first + rest)


LONGEST = 60  # letters of a student's name

_OURS = re.compile(r"ncviz-pinned-.*?\d+-runs-of-(.+?)(?: ?\(\d+\))?$")
"""With what browsers put behind the second file of a name, and some schools' systems before it."""


def file_of(what: str, runs: int, student: str) -> str:
    """The name of a student's file."""
    who = re.sub(r"\W+", "-", normalize("NFC", student)).strip("-")[:LONGEST]
    return f"ncviz-pinned-{what}-{runs}-runs{f'-of-{who}' if who else ''}.csv"


def owner_of(stem: str) -> str:
    """The student whom a file's name without its ending names; empty if it names none."""
    found = _OURS.search(stem)
    return found[1] if found else ""
