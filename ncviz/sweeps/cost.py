"""How long a sweep takes: a law, and one short measurement of the machine.

A step of a block of nets costs a fixed time for its calls and a time for each net, which grows
with the hidden size. `benchmarks/sweeps.py` fits the law; docs/cost.md has the numbers.
"""

import time
from collections.abc import Sequence
from dataclasses import replace

from ncviz.experiment import Experiment
from ncviz.training import RUNS_PER_BLOCK

CALLS, PER_NET, PER_UNIT = 120.0, 0.15, 0.12
"""Relative cost of a step: of its calls, of each net, and of each hidden unit of each net."""

PROBE_STEPS = 100


def work(experiment: Experiment) -> float:
    """Relative cost of training an experiment."""
    e = experiment
    units = e.hidden * (1 if e.trunk == "shared" else 2)
    nets = 4 * 16 * -(-e.runs // 16)
    blocks = -(-e.runs // RUNS_PER_BLOCK)
    each = (PER_NET + PER_UNIT * units) * e.batch_size / 8
    return e.steps * (blocks * CALLS + nets * each)


def seconds(cells: Sequence[Experiment]) -> float:
    """About how long training some cells takes here, on one core; measured on a short piece."""
    if not cells:
        return 0.0
    probe = replace(max(cells, key=work), steps=PROBE_STEPS)
    probe = replace(probe, runs=min(probe.runs, 64))
    start = time.perf_counter()
    probe.run()
    return (time.perf_counter() - start) / work(probe) * sum(work(cell) for cell in cells)


def in_words(duration: float) -> str:
    """A duration as people say it.

    Examples
    --------
    >>> from ncviz.sweeps.cost import in_words
    >>> in_words(40), in_words(150), in_words(8000)
    ('40 seconds', '2.5 minutes', '2.2 hours')
    """
    if duration < 90:
        return f"{max(1, round(duration))} seconds"
    if duration < 5400:
        return f"{duration / 60:.2g} minutes"
    return f"{duration / 3600:.2g} hours"
