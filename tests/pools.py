"""Large pools of real runs, from which simulated experiments of few runs are drawn."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from ncviz import Experiment


@cache
def pool(hidden: int, runs: int = 1500) -> NDArray[np.float64]:
    """S of many runs of the default experiment at a hidden size."""
    return Experiment(hidden=hidden, runs=runs, seed=5).run().per_run.S
