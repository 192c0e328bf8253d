"""Which cells train in one batch: small ones that step alike share the cost of a step's calls.

Cells of several hidden sizes are not padded to one: a padded unit costs as much as a real one.
Measured by `benchmarks/sweeps.py`.
"""

from collections.abc import Sequence
from dataclasses import astuple, replace

from ncviz.experiment import Experiment
from ncviz.stepping import padded
from ncviz.sweeps.kinds import TrainsItself
from ncviz.training import RUNS_PER_BLOCK

DEFAULT = Experiment()


def batches(cells: Sequence[Experiment]) -> list[list[Experiment]]:
    """Sort cells into batches of at most `RUNS_PER_BLOCK` runs that can train together.

    Parameters
    ----------
    cells : sequence of Experiment

    Returns
    -------
    list of list of Experiment
        Each cell once, batches in the order of their first cells. A cell with more runs than a
        block has a batch of its own.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.sweeps.sharing import batches
    >>> cells = [Experiment(hidden=n, seed=seed) for n in (2, 3) for seed in (0, 1)]
    >>> [[(e.hidden, e.seed) for e in batch] for batch in batches(cells)]
    [[(2, 0), (2, 1)], [(3, 0), (3, 1)]]
    """
    found: list[list[Experiment]] = []
    open_batch: dict[tuple[object, ...], list[Experiment]] = {}
    for cell in cells:
        if isinstance(cell, TrainsItself):
            found.append([cell])
            continue
        kind = _kind(cell)
        batch = open_batch.get(kind)
        if batch is None or sum(padded(e.runs) for e in [*batch, cell]) > RUNS_PER_BLOCK:
            batch = open_batch[kind] = []
            found.append(batch)
        batch.append(cell)
    return found


def _kind(cell: Experiment) -> tuple[object, ...]:
    """All that cells of one batch have in common."""
    # What a cell may have of its own lies in its draws, its rates or its outcome rule.
    own = (
        *("learning_rate", "pairing", "seed", "noise", "outcome", "threshold", "runs"),
        *("shuffled", "redrawn"),
    )
    # Every step is looked at by "oscillation", which others need not pay for.
    each_step = cell.outcome == "oscillation"
    rest = replace(cell, **{name: getattr(DEFAULT, name) for name in own})
    return (*astuple(rest), each_step)
