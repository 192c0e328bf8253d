"""Cells of a sweep: experiments trained, some of them together, and what is kept of each."""

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from ncviz.basics.computing import to_the_end
from ncviz.basics.protocol import RULES
from ncviz.engine.stepping import padded
from ncviz.engine.training import RUNS_PER_BLOCK, train, train_together
from ncviz.experiment import Experiment
from ncviz.results.looking import late_waves
from ncviz.results.memory import check_memory, memory
from ncviz.results.recording import Recording
from ncviz.results.result import Result

if TYPE_CHECKING:
    import pandas as pd

    Frames = list[pd.DataFrame]

RECORDS = 32  # records of a cell's training: the last quarter of them tells how the losses swing

OWN = ["learning_rate", "pairing", "seed", "noise", "outcome", "threshold", "runs"]
OWN += ["shuffled", "redrawn"]
"""What a cell may have of its own: it lies in its draws, its rates or its outcome rule."""


@runtime_checkable
class TrainsItself(Protocol):
    """What a sweep asks of them, beside being frozen dataclasses with `seed` and `runs`."""

    def train(self) -> Generator[float, None, Result]:
        """Train, giving the share that is done, and return the result."""

    def work(self) -> float:
        """Relative cost, for a progress bar."""


def batches(cells: Sequence[Experiment]) -> list[list[Experiment]]:
    """Cells in batches of at most `RUNS_PER_BLOCK` runs, or one cell, that can train together."""
    found: list[list[Experiment]] = []
    open_batch: dict[tuple[object, ...], list[Experiment]] = {}
    for cell in cells:
        if isinstance(cell, TrainsItself):
            found.append([cell])
            continue
        common = (value for name, value in vars(cell).items() if name not in OWN)
        # Every step is looked at by "oscillation", which others need not pay for.
        kind = (*common, RULES[cell.outcome].of == "step")
        batch = open_batch.get(kind)
        if batch is None or sum(padded(e.runs) for e in [*batch, cell]) > RUNS_PER_BLOCK:
            batch = open_batch[kind] = []
            found.append(batch)
        batch.append(cell)
    return found


def train_cells(batch: Sequence[Experiment]) -> "Generator[float, None, Frames]":
    """Train one of `batches`, giving the share that is done, to `frame_of` each of its cells."""
    check_memory(memory_of(batch))
    if isinstance(batch[0], TrainsItself):
        return [frame_of((yield from batch[0].train()))]
    if len(batch) > 1:
        return (yield from _together(batch))
    return [(yield from _piece_by_piece(batch[0]))]


def run_cells(batch: Sequence[Experiment]) -> "Frames":
    """`train_cells` to the end."""
    return to_the_end(train_cells(batch))


def memory_of(batch: Sequence[Experiment]) -> float:
    """About how many bytes training a batch takes at its peak, but for its frames."""
    if isinstance(batch[0], TrainsItself):
        return 0.0  # which tells for itself
    return sum(memory(replace(e, runs=min(e.runs, RUNS_PER_BLOCK)), RECORDS) for e in batch)


def frame_of(result: Result) -> "pd.DataFrame":
    """A row a run: the columns of `Result.runs` (but for seed) and `Result.halves`, and `swing`.

    `swing` is the mean over settings and heads of the standard deviation (nats) of the held-out
    loss about its linear trend in the last quarter of the training; NaN where a run diverged.
    """
    frame = result.runs.drop(columns="seed").merge(result.halves, on="run")
    _, waves = late_waves(result.recording, result.index)
    swing = np.full(len(frame), np.nan)
    if waves.shape[1]:
        swing[~frame["diverged"].to_numpy()] = waves.std(axis=0).mean(axis=(1, 2))
    return frame.assign(swing=swing)


def _recording(experiment: Experiment) -> Recording:
    return Recording(experiment, every=max(1, experiment.steps // RECORDS), keep_nets=False)


def _together(batch: Sequence[Experiment]) -> "Generator[float, None, Frames]":
    recordings = [_recording(cell) for cell in batch]
    for all_states in train_together(batch, recordings[0].stops):
        for recording, state in zip(recordings, all_states, strict=True):
            recording.see(state)
        yield all_states[0].step / batch[0].steps
    return [frame_of(Result(r, s)) for r, s in zip(recordings, all_states, strict=True)]


def _piece_by_piece(cell: Experiment) -> "Generator[float, None, pd.DataFrame]":
    """A block of runs at a time, so that memory stays bounded."""
    import pandas as pd

    frames = []
    for first in range(0, cell.runs, RUNS_PER_BLOCK):
        piece = replace(cell, runs=min(RUNS_PER_BLOCK, cell.runs - first))
        recording = _recording(piece)
        for state in train(piece, recording.stops, first):
            recording.see(state)
            yield (first + piece.runs * state.step / cell.steps) / cell.runs
        frame = frame_of(Result(recording, state))
        frame["run"] += first
        frames.append(frame)
        del recording, state  # else two pieces would be in memory at once
    return pd.concat(frames, ignore_index=True)
