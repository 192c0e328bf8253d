"""How long trainings take, and what memory: a law (docs/cost.md) and one short measurement."""

import time
from collections.abc import Sequence
from dataclasses import replace

from ncviz.engine.batching import POINTS_PER_PIECE
from ncviz.engine.stepping import padded
from ncviz.engine.training import RUNS_PER_BLOCK
from ncviz.experiment import Experiment
from ncviz.results.outcomes import watched
from ncviz.sweeps.cell import RECORDS, TrainsItself, batches, memory_of, run_cells

CALLS = 55.0  # a step of a batch costs so much for its calls, whatever its nets (µs on one machine)
STEP_OF_NET, STEP_OF_UNIT = 0.13, 0.043  # and for each net, each of its units, with 8 points
WHOLE = 0.55  # a point of a whole training set costs so much of what a point of a minibatch does
APART = 1.35  # a step in which the heads' gradients are told apart costs so many times more
CELL = 17_500.0  # what a cell costs whatever is in it
NET, UNIT = 252.0 / 33, 36.0 / 33  # evaluating on 512 points: for a net, for a unit of a net
POINT = 0.2  # drawing a point of a run
LOOK = 300.0  # looking at the nets of a block after a single step, beside evaluating them
ROW = 500.0  # bytes of a run in the frames
PROBE_STEPS, PROBE_RUNS, PROBE_WORK = 64, 64, 0.5e6  # at most, to measure the machine


def work(experiment: Experiment, records: int = RECORDS) -> float:
    """Relative cost of training an experiment alone (µs on the machine of the law)."""
    if isinstance(experiment, TrainsItself):
        return experiment.work()
    return _own(experiment, records) + _calls([experiment])


def seconds(cells: Sequence[Experiment]) -> float:
    """About how long training some cells takes here, on one core; measured on a short piece."""
    if not cells:
        return 0.0
    return second_of_work(max(cells, key=work)) * (
        sum(_own(cell, RECORDS) for cell in cells) + sum(map(_calls, batches(cells)))
    )


def second_of_work(experiment: Experiment) -> float:
    """Seconds that a unit of work takes a free core here, measured on a short piece."""
    probe = replace(experiment, steps=PROBE_STEPS, runs=min(experiment.runs, PROBE_RUNS))
    if work(probe) > PROBE_WORK:
        probe = Experiment(steps=PROBE_STEPS, runs=PROBE_RUNS)
    times = []
    for _ in range(2):  # the first of a process also loads what it needs
        # Of this thread: what else this process does, such as drawing pictures, is no cost of it.
        start = time.thread_time()
        run_cells([probe])
        times.append(time.thread_time() - start)
    return min(times) / work(probe)


def peak(cells: Sequence[Experiment]) -> float:
    """About how many bytes training some cells takes at its peak, see `ncviz.results.memory`."""
    of_rows = ROW * sum(cell.runs for cell in cells)
    return max(map(memory_of, batches(cells)), default=0.0) + of_rows


def in_words(duration: float) -> str:
    """A duration as people say it."""
    if duration < 90:
        n = max(1, round(duration))
        return f"{n} second{'s' if n > 1 else ''}"
    minutes = duration / 60
    return f"{minutes:.2g} minutes" if minutes < 90 else f"{minutes / 60:.2g} hours"


def _own(e: Experiment, records: int) -> float:
    """What a cell costs wherever it trains."""
    units = e.hidden * (1 if e.trunk == "shared" else 2)
    points = e.batch_size if e.sampling == "minibatch" else WHOLE * e.n_train
    step = (STEP_OF_NET + STEP_OF_UNIT * units) * points / 8
    if e.shared_gradient != "sum":
        step *= APART
    every, looks = max(1, e.steps // records), len(watched(e))
    judged = (1 - e.steps // -every) * e.n_test + looks * e.n_train
    evaluation = 4 * e.runs * (NET + UNIT * units) * judged / 512
    drawing = e.runs * POINT * (2 * e.n_train + e.n_test)
    return 4 * padded(e.runs) * e.steps * step + CELL + LOOK * looks + evaluation + drawing


def _calls(batch: Sequence[Experiment]) -> float:
    """What the cells of a batch share."""
    e, blocks = batch[0], -(-sum(padded(e.runs) for e in batch) // RUNS_PER_BLOCK)
    pieces = 1 if e.sampling == "minibatch" else -(-e.n_train // POINTS_PER_PIECE)
    return CALLS * e.steps * blocks * pieces
