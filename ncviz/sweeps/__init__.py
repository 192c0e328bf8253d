"""Many experiments, one tidy frame: here or on a Dask cluster, with or without a store."""

from ncviz.sweeps.engine import sweep
from ncviz.sweeps.frames import Sweep

__all__ = ["Sweep", "sweep"]
