"""The same runs trained in other ways: what removes the bump of S, and the placebo of influence."""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.checks import Check, a, a_bool, between, one_of, optional, several, short, takes
from ncviz.basics.computing import with_bar
from ncviz.basics.protocol import TASK_NAMES
from ncviz.engine.training import RUNS_PER_BLOCK, train
from ncviz.experiment import Experiment
from ncviz.inference import Array, mean_intervals
from ncviz.inference.estimates import with_ends
from ncviz.mechanism.competition import Measure
from ncviz.results.recording import Recording
from ncviz.results.result import Result
from ncviz.sweeps.cell import RECORDS, frame_of

if TYPE_CHECKING:
    import pandas as pd

an_experiment = a(Experiment, "an Experiment")


@dataclass(frozen=True)
class Intervention:
    """One change of the training: the fields that it sets, and how much wider it makes the layer.

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


_CHANGES: dict[str, tuple[Any, ...]] = {
    "none": ("The experiment as it is.",),
    "separate trunk": (
        "A hidden layer for each head: nothing is shared.",
        {"trunk": "separate"},
    ),
    "Alice's gradient stopped": (
        "The shared layer learns from Bob's loss alone; Alice's head uses what it finds.",
        {"shared_gradient": "without alice"},
    ),
    "Bob's gradient stopped": (
        "The shared layer learns from Alice's loss alone; Bob's head uses what it finds.",
        {"shared_gradient": "without bob"},
    ),
    "PCGrad": (
        "What conflicts in the two gradients is projected off before they add up.",
        {"shared_gradient": "pcgrad"},
    ),
    "MGDA": (
        "The shared layer takes the shortest mixture of the two gradients: neither loss rises.",
        {"shared_gradient": "mgda"},
    ),
    "full batch": ("Every step uses all training points.", {"sampling": "full"}),
    "gradient noise": (
        "All training points, with Gaussian noise of the covariance that minibatches have.",
        {"sampling": "noise"},
    ),
    "Adam": (
        "Adam with learning rate 0.01 in place of the experiment's optimizer.",
        {"optimizer": "adam", "learning_rate": 0.01},
    ),
    "A2's labels shuffled": (
        "The training labels of A2 are shuffled: there is nothing to learn but by heart.",
        {"shuffled": "A2"},
    ),
    "wider layer": ("Twice as many hidden units at each size.", {}, 2),
}

INTERVENTIONS = {name: Intervention(name, *rest) for name, rest in _CHANGES.items()}
"""Every intervention by name; "none" comes first."""


def _each_once(check: Check) -> Check:
    """A check for several values, none of them twice."""

    def checked(name: str, value: object) -> list[Any]:
        values = [check(name, one) for one in several(name, value, 1000)]
        if len(set(values)) < len(values):
            raise ValueError(f"{name} must be there, each once, not {short(values)}")
        return values

    return checked


sizes = _each_once(between(1, 10_000))
_names = optional(_each_once(one_of(*INTERVENTIONS)))


@takes(experiment=an_experiment, hidden=sizes, names=_names, progress=a_bool)
def interventions(
    experiment: Experiment,
    hidden: Iterable[int] = range(1, 9),
    names: Sequence[str] | None = None,
    progress: bool = True,
) -> "pd.DataFrame":
    """Train an experiment with every intervention, at several hidden sizes.

    Sizes are those before an intervention makes them wider; names, which of `INTERVENTIONS`, all by
    default, "none" always among them, first. `ValueError` if one, or a size, is bad or there twice,
    or cannot be made.

    Returns
    -------
    DataFrame
        A row a run: intervention, hidden, units (of a layer, after it), seed, the columns of
        `Sweep.runs`, and conflict: the mean `Wishes.conflict` of the four settings over the last
        quarter of the training; NaN where nothing is shared.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.mechanism import interventions
    >>> runs = interventions(Experiment(runs=4, steps=50), [1, 3], ["PCGrad"], progress=False)
    >>> runs.groupby("intervention", sort=False).size().to_dict()
    {'none': 8, 'PCGrad': 8}
    """
    return with_bar(train_interventions(experiment, hidden, names), progress)


@takes(experiment=an_experiment, hidden=sizes, names=_names)
def train_interventions(
    experiment: Experiment, hidden: Iterable[int] = range(1, 9), names: Sequence[str] | None = None
) -> "Generator[float, None, pd.DataFrame]":
    """What `interventions` does, yielding the share that is done, 0 to 1; closing it cancels it."""
    cells = product(dict.fromkeys(["none", *(names or INTERVENTIONS)]), hidden)
    return _train([(n, k, INTERVENTIONS[n].of(replace(experiment, hidden=k))) for n, k in cells])


def _train(cells: list[tuple[str, int, Experiment]]) -> "Generator[float, None, pd.DataFrame]":
    import pandas as pd

    frames = []
    for done, (name, size, cell) in enumerate(cells):
        seed = np.uint64(cell.seed)
        names = {"intervention": name, "hidden": size, "units": cell.hidden, "seed": seed}
        for first in range(0, cell.runs, RUNS_PER_BLOCK):
            piece = replace(cell, runs=min(RUNS_PER_BLOCK, cell.runs - first))
            before = (done + first / cell.runs) / len(cells)
            frame = yield from _piece(piece, first, before, piece.runs / cell.runs / len(cells))
            frames.append(pd.DataFrame(names, frame.index).join(frame))
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


Outcomes = NDArray[np.int8]
NUMBERS = ("influence", "placebo_1", "placebo_2", "difference")  # columns, each with its interval


@takes(experiment=an_experiment, progress=a_bool)
def placebo(experiment: Experiment, progress: bool = False) -> "pd.DataFrame":
    """Measure how many outcomes change with the partner's task, beside a placebo of that.

    The experiment is trained as it is and twice more, with the starting weights of one head drawn
    anew (`Experiment.redrawn`) and all else of λ kept. An influence no larger than its placebo is
    sensitivity to any change of the partner, not to its task. No source is known: it is this
    project's control. `ValueError` if a head is redrawn already, or there is not so much memory.

    Returns
    -------
    DataFrame
        A row a task; means over runs of shares from 0 to 1 (difference: −1 to 1), with ``_low`` and
        ``_high`` of a 95 % interval: influence, f_x = ⟨a_x1 ≠ a_x2⟩ over held-out points;
        placebo_1 and placebo_2, beside the partner's task y, ⟨a_xy ≠ a′_xy⟩, a′ with the partner's
        head redrawn; difference, the influence less the mean of both. runs: those that diverged in
        none of the three trainings.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.mechanism import placebo
    >>> apart = placebo(Experiment(runs=5, steps=50, trunk="separate"))
    >>> float(apart[["influence", "placebo_1", "placebo_2"]].max(axis=None))
    0.0
    """
    return with_bar(train_placebo(experiment), progress)


def train_placebo(experiment: Experiment) -> "Generator[float, None, pd.DataFrame]":
    """What `placebo` does, giving the share that is done; closing the generator cancels it."""
    if experiment.redrawn != "none":
        raise ValueError(
            f"redrawn must be 'none', not {experiment.redrawn!r}: the placebo draws each head anew"
        )
    trained: list[Outcomes] = []
    for head in ("none", "alice", "bob"):
        every = max(1, experiment.steps // RECORDS)
        for snapshot in replace(experiment, redrawn=head).stream(every):
            yield (len(trained) + snapshot.step / experiment.steps) / 3
        assert snapshot.result is not None  # the last snapshot of a stream always carries it
        trained.append(snapshot.result.outcomes)
    return _compared(*trained)


def _compared(plain: Outcomes, alice: Outcomes, bob: Outcomes) -> "pd.DataFrame":
    """Three trainings, each with its outcomes (runs, 4, 2, outcomes), as a row a task."""
    import pandas as pd

    # The outcomes of a run that diverged are 0.
    good = np.all([each.all(axis=(1, 2, 3)) for each in (plain, alice, bob)], axis=0)
    # By the task, the partner's task, run and outcome.
    before = np.concatenate([_of_head(plain[good], head) for head in (0, 1)])
    anew = np.concatenate([_of_head(bob[good], 0), _of_head(alice[good], 1)])
    influence = (before[:, 0] != before[:, 1]).mean(axis=-1)
    first, second = (before != anew).mean(axis=-1).swapaxes(0, 1)
    shares = influence, first, second, influence - (first + second) / 2
    columns: dict[str, object] = {"task": list(TASK_NAMES)}
    for name, least, share in zip(NUMBERS, (0, 0, 0, -1), shares, strict=True):
        columns |= with_ends(name, mean_intervals(share, least, 1))
    return pd.DataFrame(columns | {"runs": int(good.sum())})


def _of_head(outcomes: Outcomes, head: int) -> Outcomes:
    """One head's outcomes by its own task and its partner's: (2, 2, runs, outcomes)."""
    settings = outcomes[:, :, head].reshape(-1, 2, 2, outcomes.shape[-1])
    return settings.transpose((1, 2, 0, 3) if head == 0 else (2, 1, 0, 3))
