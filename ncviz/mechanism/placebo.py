"""The placebo of influence: what changes when the partner keeps its task and only starts anew."""

from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.checks import a, a_bool, takes
from ncviz.basics.computing import with_bar
from ncviz.basics.protocol import TASK_NAMES
from ncviz.experiment import Experiment
from ncviz.inference import Array, mean_intervals
from ncviz.inference.estimates import with_ends

if TYPE_CHECKING:
    import pandas as pd

Outcomes = NDArray[np.int8]

NUMBERS = ("influence", "placebo_1", "placebo_2", "difference")
"""Each a column of the table, with `_low` and `_high` for its interval."""

RECORDS = 32  # times at which a training says how far it is


@takes(experiment=a(Experiment, "an Experiment"), progress=a_bool)
def placebo(experiment: Experiment, progress: bool = False) -> "pd.DataFrame":
    """Measure how many outcomes change with the partner's task, beside a placebo of that.

    The experiment is trained as it is and twice more, with the starting weights of one head drawn
    anew (`Experiment.redrawn`) and all else of λ kept. Influence is the share f of a head's
    outcomes that change when its partner trains the other task; the placebo is the share that
    change when the partner keeps its task and its head only starts from other weights. Both are
    interventions at a fixed λ. An influence no larger than its placebo is sensitivity to any change
    of the partner, not to its task. No source is known: it is this project's control.

    Returns
    -------
    DataFrame
        A row for each of A1, A2, B1, B2: task; influence, f_x = ⟨a_x1 ≠ a_x2⟩ over held-out points;
        placebo_1 and placebo_2, beside the partner's task y, ⟨a_xy ≠ a′_xy⟩, a′ with the partner's
        head redrawn; difference, the influence less the mean of both placebos, run by run. All are
        means over runs of shares from 0 to 1 (difference: −1 to 1), each with the ends of its 95 %
        interval in the columns with ``_low`` and ``_high``. runs: those that did not diverge in any
        of the three trainings.

    Raises
    ------
    ValueError
        If a head of the experiment is redrawn already, or there is not so much memory.

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
    every = max(1, experiment.steps // RECORDS)
    trained: list[Outcomes] = []
    for head in ("none", "alice", "bob"):
        for snapshot in replace(experiment, redrawn=head).stream(every):
            yield (len(trained) + snapshot.step / experiment.steps) / 3
        assert snapshot.result is not None  # the last snapshot of a stream always carries it
        trained.append(snapshot.result.outcomes)
    return _table(*trained)


def _table(plain: Outcomes, alice: Outcomes, bob: Outcomes) -> "pd.DataFrame":
    """Compare three trainings, each with its outcomes (runs, 4, 2, outcomes)."""
    import pandas as pd

    # The outcomes of a run that diverged are 0.
    good = np.all([each.all(axis=(1, 2, 3)) for each in (plain, alice, bob)], axis=0)
    of_alice, with_other_bob = (_by_task(each[good], 0) for each in (plain, bob))
    of_bob, with_other_alice = (_by_task(each[good], 1) for each in (plain, alice))
    before = np.concatenate([of_alice, of_bob])
    influence = _changed(before[:, 0], before[:, 1])
    placebos = _changed(before, np.concatenate([with_other_bob, with_other_alice]))
    first, second = placebos[:, 0], placebos[:, 1]
    intervals = np.concatenate(
        [
            mean_intervals(np.concatenate([influence, first, second]), 0, 1),
            mean_intervals(influence - (first + second) / 2, -1, 1),
        ]
    )
    columns: dict[str, object] = {"task": list(TASK_NAMES)}
    for name, four in zip(NUMBERS, intervals.reshape(4, 4, 3), strict=True):
        columns |= with_ends(name, four)
    return pd.DataFrame(columns | {"runs": int(good.sum())})


def _by_task(outcomes: Outcomes, head: int) -> Outcomes:
    """One head's outcomes by its own task and its partner's: (2, 2, runs, outcomes)."""
    runs, _, _, n = outcomes.shape
    settings = outcomes[:, :, head].reshape(runs, 2, 2, n)
    return settings.transpose((1, 2, 0, 3) if head == 0 else (2, 1, 0, 3))


def _changed(one: Outcomes, other: Outcomes) -> Array:
    """The share of a run's outcomes that differ: the last dimension of both."""
    return np.asarray((one != other).mean(axis=-1))
