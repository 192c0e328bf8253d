"""Sensing: how well the partner's task can be told from a head's own loss."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.checks import Brief, a_bool, a_seed, between, takes
from ncviz.basics.computing import seen
from ncviz.basics.handing import hands_out
from ncviz.experiment import Experiment
from ncviz.inference import ERROR, Array, holm, mean_intervals
from ncviz.inference.estimates import with_ends
from ncviz.mechanism.interventions import an_experiment, sizes
from ncviz.mechanism.traces import LossTraces, a_trace, loss_traces
from ncviz.results.looking import detrended

if TYPE_CHECKING:
    import pandas as pd

PAIRS = {
    "A1": ("alice", "B1 or B2", 0, (0, 1)),
    "A2": ("alice", "B1 or B2", 0, (2, 3)),
    "B1": ("bob", "A1 or A2", 1, (0, 2)),
    "B2": ("bob", "A1 or A2", 1, (1, 3)),
}
"""For each task: who trains it, what is to be told, the head, and the two settings."""

FOLDS = 5  # runs are independent, so that every fifth of them makes a fold: no shuffling is needed
MOST_SWAPS = 50_000_000  # runs times permutations: a kind of evidence then takes 2 GB
BANDS = 16  # of frequencies, equally wide in their logarithm, in which power is told
LEVELS = 16  # steps, with equally many traces between them, in which the level of a loss is told
ALIKE = 1.2  # levels of a run's two losses that differ by no more than this factor are called alike

# Penalty of standardised features, in units of the training samples' number. With the default
# experiment, 1 to 6 units, no accuracy moves by more than 0.06 from 0.001 to 1.
RIDGE = 0.1
SMALLEST = float(np.finfo(np.float32).tiny)  # added before a logarithm: no loss is smaller


@hands_out("frame")
@dataclass(frozen=True, repr=False)
class Sensing(Brief):
    """How well the partner's task can be told from one loss trace.

    ``frame`` has a row a task and kind of evidence, of ``runs`` that did not diverge:
    task (A1, A2, B1, B2), head ("alice" or "bob"), tells ("B1 or B2" or "A1 or A2"), evidence
    ("whole training", "late level" or "late oscillation");
    accuracy, accuracy_low, accuracy_high: share of held-out traces told rightly, 0.5 is chance,
    with a 95 % interval over runs; null_low, null_high: where 95 % of accuracies lie without
    sensing; p: one-sided, p_holm: corrected for the four tasks;
    bits: mutual information of the partner's task and the guess, 0 to 1; bits_null_high: its
    97.5th percentile without sensing;
    alike, alike_low, alike_high, alike_runs: the accuracy where both losses of a run have the
    same late level, within a factor of 1.2, and in how many runs they have.
    """

    experiment: Experiment
    runs: int
    frame: "pd.DataFrame"


@takes(traces=a_trace, permutations=between(19, 1_000_000), seed=a_seed)
def sensing(traces: LossTraces, permutations: int = 999, seed: int = 0) -> Sensing:
    """How well the partner's task can be told from a head's training loss.

    A linear classifier (ridge regression on ±1) sees one trace at a time and says which of two
    tasks the partner trained. It learns on four fifths of the runs and is tested on the others;
    both traces of a run are on the same side. What it finds is a lower bound.

    Evidence is the logarithm of the loss over the whole training; its mean over the last quarter,
    in 16 steps; or its late oscillation alone: amplitude and power in 16 bands of frequency, in
    logarithms, of the last quarter's loss less its linear trend. A higher loss also swings more:
    an oscillation tells something of its own only where it tells more than the level, or the levels
    are alike. Where nothing couples the heads, both traces of a run are equal to the bit: accuracy
    is exactly one half, information exactly 0. Bits are corrected for few counts (Miller 1955).

    In the null the partner's two tasks are swapped at random within runs, in at least 19
    permutations. `ValueError` if there are fewer, or fewer than 10 runs that did not diverge, or
    fewer than 32 steps in the last quarter.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.mechanism import loss_traces, sensing
    >>> found = sensing(loss_traces(Experiment(runs=10, steps=200, trunk="separate")))
    >>> found.frame[["accuracy", "bits"]].drop_duplicates().values.tolist()
    [[0.5, 0.0]]
    """
    import pandas as pd

    good = ~traces.diverged
    runs = int(good.sum())
    if runs < 2 * FOLDS:
        raise ValueError(f"runs that did not diverge must be at least {2 * FOLDS}, not {runs}")
    if runs * permutations > MOST_SWAPS:
        most = MOST_SWAPS // runs
        raise ValueError(f"permutations of {runs} runs must be at most {most}, not {permutations}")
    if len(traces.late.steps) <= 2 * BANDS:
        raise ValueError(
            f"steps must be at least {8 * BANDS} to tell an oscillation in the last quarter, "
            f"not {traces.experiment.steps}"
        )
    rng = np.random.default_rng(seed)
    level, whole = late_level(traces)[good], traces.whole.losses[:, good].astype(np.float64)
    evidences = {
        "whole training": np.moveaxis(np.log(whole + SMALLEST), 0, -1),
        "late level": level,
        "late oscillation": late_oscillation(traces)[good],
    }
    rows: list[dict[str, Any]] = []
    for (evidence, features), task in product(evidences.items(), PAIRS):
        head, tells, which, settings = PAIRS[task]
        # The order of the true tasks first, then the swapped ones.
        swaps = rng.choice([-1.0, 1.0], size=(runs, permutations))
        order = np.concatenate([np.ones((runs, 1)), swaps], axis=1)
        pair, levels = features[:, settings, which], level[:, settings, which]
        right = told(in_steps(pair) if evidence == "late level" else pair, order)
        alike = np.abs(levels[:, 0, 0] - levels[:, 1, 0]) <= np.log(ALIKE)
        names = {"task": task, "head": head, "tells": tells, "evidence": evidence}
        rows.append(names | _summary(right, alike))
    frame = pd.DataFrame(rows)
    frame["p_holm"] = frame.groupby("evidence", sort=False)["p"].transform(holm)
    return Sensing(traces.experiment, runs, frame)


@takes(experiment=an_experiment, hidden=sizes, progress=a_bool)
def sensing_by_size(
    experiment: Experiment, hidden: Iterable[int] = range(1, 9), progress: bool = True
) -> "pd.DataFrame":
    """`Sensing.frame` at several sizes, one under the other, with the columns hidden and runs."""
    import pandas as pd
    from tqdm.auto import tqdm

    frames = []
    for cell in tqdm([replace(experiment, hidden=n) for n in hidden], disable=not seen(progress)):
        found = sensing(loss_traces(cell))
        frames.append(found.frame.assign(hidden=cell.hidden, runs=found.runs))
    table = pd.concat(frames, ignore_index=True)
    return table[["hidden", "runs", *frames[0].columns.drop(["hidden", "runs"])]]


def late_level(traces: LossTraces) -> Array:
    """Logarithm of the mean loss over the last quarter, shape (runs, 4, 2, 1)."""
    mean = traces.late.losses.mean(axis=0, dtype=np.float64)
    return np.asarray(np.log(mean + SMALLEST)[..., None])


def in_steps(level: Array) -> Array:
    """Which of `LEVELS` steps each level (…, 1) has reached, 0 or 1, shape (…, steps)."""
    # A linear classifier of these can follow any curve of the level, which need not rise or fall.
    steps = np.quantile(level, np.arange(1, LEVELS) / LEVELS)
    return np.asarray(level > steps, dtype=np.float64)


def late_oscillation(traces: LossTraces) -> Array:
    """Logarithms of spread and power in bands of detrended late losses (runs, 4, 2, features)."""
    from scipy.signal import periodogram

    waves = np.moveaxis(detrended(traces.late.steps, traces.late.losses), 0, -1)
    power = periodogram(waves)[1][..., 1:]
    edges = np.unique(np.geomspace(1, power.shape[-1] + 1, BANDS + 1).round().astype(np.intp)) - 1
    bands = np.add.reduceat(power, edges[:-1], axis=-1) / np.diff(edges)
    numbers = np.concatenate([waves.std(axis=-1, keepdims=True), bands], axis=-1)
    return np.asarray(np.log(numbers + SMALLEST))


def told(features: Array, order: Array) -> Array:
    """Which traces (orders, runs, 2) a classifier, trained on other runs, tells: 0, ½ or 1."""
    right = np.empty((order.shape[1], len(order), 2))
    for k in range(FOLDS):
        held_out = np.arange(len(order)) % FOLDS == k
        train, test = features[~held_out], features[held_out]
        middle, spread = train.mean(axis=(0, 1)), train.std(axis=(0, 1))
        spread[spread == 0] = 1
        train, test = (train - middle) / spread, (test - middle) / spread
        samples = train.reshape(-1, train.shape[-1])
        penalty = RIDGE * len(samples) * np.eye(samples.shape[1])
        # Labels ± in each run: only differences within runs enter, which can be exactly 0.
        apart = train[:, 0] - train[:, 1]
        weights = np.linalg.solve(samples.T @ samples + penalty, apart.T @ order[~held_out])
        true = order[held_out].T[:, :, None]
        agree = (1 + np.sign(np.moveaxis(test @ weights, -1, 0)) * true * [1, -1]) / 2
        right[:, held_out] = np.where(true < 0, agree[:, :, ::-1], agree)
    return right


def bits(right: Array) -> Array:
    """Mutual information (…) of task and guess, 0 to 1 (Miller 1955), of what `told` gives."""
    from scipy.special import entr

    runs = right.shape[-2]
    first, second = np.moveaxis(right.sum(axis=-2), -1, 0)
    table = np.stack([first, runs - first, runs - second, second], axis=-1) / (2 * runs)
    guesses = np.stack([table[..., 0] + table[..., 2], table[..., 1] + table[..., 3]], axis=-1)
    of_guesses, of_table = (entr(shares).sum(axis=-1) / np.log(2) for shares in (guesses, table))
    # Each entropy comes out too small by (cells in use − 1) / 2N nats.
    cells = 1 + np.count_nonzero(guesses, axis=-1) - np.count_nonzero(table, axis=-1)
    plain = 1 + of_guesses - of_table
    return np.asarray(np.clip(plain + cells / (4 * runs * np.log(2)), 0, 1))


def _summary(right: Array, alike: NDArray[np.bool_]) -> dict[str, Any]:
    """What `Sensing.frame` says of one task, from the true order and the swapped ones."""
    accuracy, information = right.mean(axis=(1, 2)), bits(right)
    null_low, null_high = np.quantile(accuracy[1:], [ERROR / 2, 1 - ERROR / 2])
    # A hair's breadth of rounding must not decide between equal numbers.
    as_good = np.count_nonzero(accuracy[1:] >= accuracy[0] - 1e-12)
    by_run = right[:1].mean(axis=2)
    return {
        **with_ends("accuracy", mean_intervals(by_run, 0, 1)[0]),
        "null_low": null_low,
        "null_high": null_high,
        "p": (1 + as_good) / len(accuracy),
        "bits": information[0],
        "bits_null_high": np.quantile(information[1:], 1 - ERROR / 2),
        **with_ends("alike", mean_intervals(by_run[:, alike], 0, 1)[0]),
        "alike_runs": int(alike.sum()),
    }


def sensing_sentence(table: "pd.DataFrame") -> str:
    """How well the partner's task can be told at best, and from what, by `sensing_by_size`."""
    if (table["accuracy"] == 0.5).all():
        return "Nothing can be told: every accuracy is exactly one half, and 0 bits."
    said = []
    for evidence, rows in table.groupby("evidence", sort=False):
        best = rows.loc[rows["bits"].idxmax()]
        if not (rows["p_holm"] <= ERROR).any():
            said.append(f"From the {evidence} the partner’s task cannot be told better than chance")
            continue
        alike, n, hidden = "", best["alike_runs"], int(best["hidden"])
        if evidence == "late oscillation" and n:
            share = f"{100 * best['alike']:.0f} %"
            alike = f" ({share} in the {n} runs whose two losses have the same level)"
        said.append(
            f"From the {evidence} of {best['head'].title()} on {best['task']} the partner’s task "
            f"is told in {100 * best['accuracy']:.0f} % of traces ({best['bits']:.2f} bits) with "
            f"{hidden} hidden neuron{'s' * (hidden != 1)}{alike}, the most of any size"
        )
    return f"{'. '.join(said)}. Chance is 50 %."
