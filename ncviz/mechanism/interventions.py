"""Interventions: the same runs trained in other ways, to see what removes the bump of S."""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from ncviz.basics.checks import a, a_bool, choice, optional, several, short, takes, whole
from ncviz.basics.computing import with_bar
from ncviz.engine.training import RUNS_PER_BLOCK, train
from ncviz.experiment import Experiment
from ncviz.inference import Array
from ncviz.mechanism.competition import Measure
from ncviz.results.recording import Recording
from ncviz.results.result import Result
from ncviz.sweeps.cell import RECORDS, frame_of

if TYPE_CHECKING:
    import pandas as pd


an_experiment = a(Experiment, "an Experiment")


@dataclass(frozen=True)
class Intervention:
    """One change of the training.

    Parameters
    ----------
    name, sentence : str
        What it does.
    changes : dict
        Fields of the experiment that it sets.
    wider : int
        By how much it multiplies the hidden units.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.mechanism import INTERVENTIONS
    >>> INTERVENTIONS["PCGrad"].of(Experiment(hidden=4)).code()
    "Experiment(hidden=4, shared_gradient='pcgrad')"
    """

    name: str
    sentence: str
    changes: dict[str, Any] = field(default_factory=dict)
    wider: int = 1

    @takes(experiment=an_experiment)
    def of(self, experiment: Experiment) -> Experiment:
        """The experiment with this change; `ValueError` if it cannot be changed so."""
        return replace(experiment, hidden=self.wider * experiment.hidden, **self.changes)


INTERVENTIONS: dict[str, Intervention] = {
    intervention.name: intervention
    for intervention in [
        Intervention("none", "The experiment as it is."),
        Intervention(
            "separate trunk",
            "A hidden layer for each head: nothing is shared.",
            {"trunk": "separate"},
        ),
        Intervention(
            "Alice's gradient stopped",
            "The shared layer learns from Bob's loss alone; Alice's head uses what it finds.",
            {"shared_gradient": "without alice"},
        ),
        Intervention(
            "Bob's gradient stopped",
            "The shared layer learns from Alice's loss alone; Bob's head uses what it finds.",
            {"shared_gradient": "without bob"},
        ),
        Intervention(
            "PCGrad",
            "What conflicts in the two gradients is projected off before they add up.",
            {"shared_gradient": "pcgrad"},
        ),
        Intervention(
            "MGDA",
            "The shared layer takes the shortest mixture of the two gradients: neither loss rises.",
            {"shared_gradient": "mgda"},
        ),
        Intervention("full batch", "Every step uses all training points.", {"sampling": "full"}),
        Intervention(
            "gradient noise",
            "All training points, with Gaussian noise of the covariance that minibatches have.",
            {"sampling": "noise"},
        ),
        Intervention(
            "Adam",
            "Adam with learning rate 0.01 in place of the experiment's optimizer.",
            {"optimizer": "adam", "learning_rate": 0.01},
        ),
        Intervention(
            "A2's labels shuffled",
            "The training labels of A2 are shuffled: there is nothing to learn but by heart.",
            {"shuffled": "A2"},
        ),
        Intervention("wider layer", "Twice as many hidden units at each size.", wider=2),
    ]
}
"""Every intervention by name; "none" comes first."""


def sizes(name: str, value: object) -> list[int]:
    """A check for hidden sizes, each once."""
    return _each_once(name, [whole(name, size, 1, 10_000) for size in several(name, value, 1000)])


def _names(name: str, value: object) -> list[str]:
    known = tuple(INTERVENTIONS)
    return _each_once(name, [choice(name, one, known) for one in several(name, value, 1000)])


def _each_once(name: str, values: list[Any]) -> list[Any]:
    if len(set(values)) < len(values):
        raise ValueError(f"{name} must be there, each once, not {short(values)}")
    return values


@takes(experiment=an_experiment, hidden=sizes, names=optional(_names), progress=a_bool)
def interventions(
    experiment: Experiment,
    hidden: Iterable[int] = range(1, 9),
    names: Sequence[str] | None = None,
    progress: bool = True,
) -> "pd.DataFrame":
    """Train an experiment with every intervention, at several hidden sizes.

    Parameters
    ----------
    experiment : Experiment
        Without any of the interventions.
    hidden : iterable of int
        Sizes, before an intervention makes them wider.
    names : sequence of str, optional
        Which of `INTERVENTIONS`; all of them by default. "none" is always among them, first.
        `ValueError` if one, or a size, is bad or there twice, or cannot be made.

    Returns
    -------
    DataFrame
        A row a run: intervention, hidden, units (of a layer, after the intervention), seed, the
        columns of `Sweep.runs`, and conflict: `Wishes.conflict` of the four settings, their mean
        over the last quarter of the training; NaN where nothing is shared.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.mechanism import interventions
    >>> small = Experiment(runs=4, steps=50)
    >>> runs = interventions(small, [1, 3], ["PCGrad"], progress=False)
    >>> runs.groupby("intervention", sort=False).size().to_dict()
    {'none': 8, 'PCGrad': 8}
    """
    return with_bar(train_interventions(experiment, hidden, names), progress)


@takes(experiment=an_experiment, hidden=sizes, names=optional(_names))
def train_interventions(
    experiment: Experiment, hidden: Iterable[int] = range(1, 9), names: Sequence[str] | None = None
) -> "Generator[float, None, pd.DataFrame]":
    """What `interventions` does, yielding the share that is done, 0 to 1; closing it cancels it."""
    chosen = ["none", *(name for name in names or INTERVENTIONS if name != "none")]
    cells = [
        (name, size, INTERVENTIONS[name].of(replace(experiment, hidden=size)))
        for name, size in product(chosen, hidden)
    ]
    return _train(cells)


def _train(cells: list[tuple[str, int, Experiment]]) -> "Generator[float, None, pd.DataFrame]":
    import pandas as pd

    frames = []
    for done, (name, size, cell) in enumerate(cells):
        for first in range(0, cell.runs, RUNS_PER_BLOCK):
            piece = replace(cell, runs=min(RUNS_PER_BLOCK, cell.runs - first))
            before = (done + first / cell.runs) / len(cells)
            frame = yield from _piece(piece, first, before, piece.runs / cell.runs / len(cells))
            names = {"intervention": name, "hidden": size, "units": cell.hidden}
            for place, (column, value) in enumerate(
                (names | {"seed": np.uint64(cell.seed)}).items()
            ):
                frame.insert(place, column, value)
            frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _piece(
    piece: Experiment, first: int, before: float, part: float
) -> "Generator[float, None, pd.DataFrame]":
    """Train some runs, from number `first` on: `part` of the work, with so much done before."""
    recording = Recording(piece, every=max(1, piece.steps // RECORDS), keep_nets=False)
    measure = Measure(piece, range(first, first + piece.runs))
    late: list[Array] = []
    for state in train(piece, recording.stops, first):
        if recording.see(state) and state.step >= 0.75 * piece.steps:
            (block,) = state.blocks
            late.append(measure.of(block.trained()).conflict.mean(axis=1))
        yield before + part * state.step / piece.steps
    frame = frame_of(Result(recording, state))
    frame["run"] += first
    frame["conflict"] = np.where(frame["diverged"], np.nan, np.mean(late, axis=0))
    return frame
