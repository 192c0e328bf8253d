"""Large pools of real runs, from which simulated experiments of few runs are drawn."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from ncviz import Experiment
from ncviz.results.recording import PerRun


@cache
def pool_of(hidden: int, runs: int = 600, outcome: str = "correct") -> PerRun:
    """The numbers of many runs of the default experiment at a hidden size."""
    return Experiment(hidden=hidden, runs=runs, seed=5, outcome=outcome).run().per_run


def pool(hidden: int, runs: int = 600, outcome: str = "correct") -> NDArray[np.float64]:
    """S of these runs."""
    return pool_of(hidden, runs, outcome).S
