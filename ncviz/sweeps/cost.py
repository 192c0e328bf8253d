"""How long a sweep takes: a law, and one short measurement of the machine.

`benchmarks/sweeps.py` fits the law, and docs/cost.md says what follows from it.
"""

import time
from collections.abc import Sequence
from dataclasses import replace

from ncviz.experiment import Experiment
from ncviz.stepping import padded
from ncviz.sweeps.cell import run_cells
from ncviz.sweeps.kinds import TrainsItself
from ncviz.sweeps.sharing import batches
from ncviz.training import RUNS_PER_BLOCK

CALLS = 55.0
"""A step of a batch costs so much for its calls, whatever its nets (µs on one machine)."""

STEP_OF_NET, STEP_OF_UNIT = 0.13, 0.043
"""And so much for each net, and for each hidden unit of a net, with batches of 8 points."""

WHOLE = 0.55
"""A point of a whole training set costs so much of what a point of a minibatch does."""

APART = 1.35
"""A step in which the heads' gradients are told apart costs so many times more."""

CELL, NET, UNIT = 17_500.0, 252.0, 36.0
"""Drawing λ, evaluating on 512 points and making the frame: for a cell, a net, a unit of a net."""

PROBE_STEPS, PROBE_RUNS = 64, 64


def work(experiment: Experiment) -> float:
    """Relative cost of training an experiment alone (µs on the machine of the law).

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.sweeps.cost import work
    >>> round(work(Experiment(runs=400)) / work(Experiment()), 1)  # eight times as many runs
    4.3
    """
    if isinstance(experiment, TrainsItself):
        return experiment.work()
    return _own(experiment) + _calls([experiment])


def seconds(cells: Sequence[Experiment]) -> float:
    """About how long training some cells takes here, on one core; measured on a short piece."""
    if not cells:
        return 0.0
    largest = max(cells, key=work)
    probe = replace(largest, steps=PROBE_STEPS, runs=min(largest.runs, PROBE_RUNS))
    run_cells([replace(probe, steps=1)])  # what the first training in a process costs is no rate
    start = time.perf_counter()
    run_cells([probe])
    of_work = (time.perf_counter() - start) / work(probe)
    return of_work * (sum(map(_own, cells)) + sum(map(_calls, batches(cells))))


def in_words(duration: float) -> str:
    """A duration as people say it.

    Examples
    --------
    >>> from ncviz.sweeps.cost import in_words
    >>> in_words(1), in_words(40), in_words(150), in_words(8000)
    ('1 second', '40 seconds', '2.5 minutes', '2.2 hours')
    """
    if duration < 90:
        n = max(1, round(duration))
        return f"{n} second{'s' if n > 1 else ''}"
    if duration < 5400:
        return f"{duration / 60:.2g} minutes"
    return f"{duration / 3600:.2g} hours"


def _own(e: Experiment) -> float:
    """What a cell costs wherever it trains."""
    nets = 4 * padded(e.runs)
    units = e.hidden * (1 if e.trunk == "shared" else 2)
    points = e.batch_size if e.sampling == "minibatch" else WHOLE * e.n_train
    step = (STEP_OF_NET + STEP_OF_UNIT * units) * points / 8
    if e.shared_gradient != "sum":
        step *= APART
    return e.steps * nets * step + CELL + nets * (NET + UNIT * units) * e.n_test / 512


def _calls(batch: Sequence[Experiment]) -> float:
    """What the cells of a batch share."""
    blocks = -(-sum(padded(e.runs) for e in batch) // RUNS_PER_BLOCK)
    return CALLS * batch[0].steps * blocks
