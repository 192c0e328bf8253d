"""Where is S a useful guide? The size at which S first reaches 2 beside the best size."""

from dataclasses import dataclass

import numpy as np

from ncviz.basics.checks import takes
from ncviz.bell import CLASSICAL_BOUND
from ncviz.experiment import Experiment
from ncviz.inference import Array, Estimate, estimates, estimates_of_s
from ncviz.sweeps.frames import Sweep
from ncviz.sweeps.grid import a_sweep, groups


@dataclass(frozen=True)
class Guide:
    """One pairing at one rate: where S first reaches 2, and where the held-out error is least.

    Parameters
    ----------
    label : str
        What sets it apart: "chain, 0.5".
    sizes : tuple of int
        Hidden sizes, rising.
    reaches : int or None
        The smallest size at which S, the mean over runs, reaches 2; None where none does.
    best, good : int
        The size with the least mean held-out error, and the smallest whose mean error is within
        one standard error of it (the "one standard error rule", Breiman et al. 1984).
    S, error : tuple of Estimate
        Along the sizes, means over runs; error as a share of the held-out answers, 0 to 1.
    cost : Estimate or None
        Error at `reaches` less that at `best`, run by run: a run has the same points in the
        same order at all sizes, though not the same starting weights.
    """

    label: str
    sizes: tuple[int, ...]
    reaches: int | None
    best: int
    good: int
    S: tuple[Estimate, ...]
    error: tuple[Estimate, ...]
    cost: Estimate | None

    @property
    def sentence(self) -> str:
        """What it shows, in words."""
        best = f"the error is least at {self.best}, and as good from {self.good} on"
        if self.reaches is None:
            return f"S does not reach 2 up to {self.sizes[-1]} neurons; {best}"
        assert self.cost is not None
        cost = format(self.cost.times(100), ".1f")
        which = "a good size" if self.reaches >= self.good else "too small a size"
        if self.cost.low <= 0:
            which = "as good as the best size"
        there = self.S[self.sizes.index(self.reaches)]
        return (
            f"S first reaches 2 at {self.reaches} neurons ({there}); {best}: {which}, "
            f"with {cost} percentage points more error than the best"
        )


@takes(sweep=a_sweep)
def guide(sweep: Sweep) -> list[Guide]:
    """Where S first reaches 2 beside the best size, for each pairing, rate or other field.

    S is of one half of the held-out points and the error of the other. The size with the least
    error is chosen from the same runs that tell its error, so that `cost` is a little too large.

    Parameters
    ----------
    sweep : Sweep
        Over `hidden`, at least two finished sizes, and any other fields; `ValueError` if it is
        not, or was kept without halves.

    Examples
    --------
    >>> from ncviz import Experiment, sweep
    >>> from ncviz.regression import guide
    >>> s = sweep(Experiment(runs=8, steps=300), hidden=[1, 2, 3], progress=False)
    >>> [one.sizes for one in guide(s)]
    [(1, 2, 3)]
    """
    if "hidden" not in sweep.varied:
        varied = ", ".join(sweep.varied) or "nothing"
        raise ValueError(f"the sweep must be over hidden; it varies {varied}")
    found = []
    for label, cells in groups(sweep, ("hidden",)).items():
        there = sorted((c for c in cells if c in sweep.finished), key=lambda c: c.hidden)
        if len(there) > 1:
            found.append(_guide(label, there, sweep))
    return [one for one in found if one is not None]


def _guide(label: str, cells: list[Experiment], sweep: Sweep) -> Guide | None:
    frames = [sweep.finished[cell] for cell in cells]
    if any("S_first" not in frame for frame in frames):
        raise ValueError("the sweep was kept without halves of the held-out points: train it again")
    s = [frame["S_first"].to_numpy() for frame in frames]
    error = [frame["error_second"].to_numpy() for frame in frames]
    means = estimates_of_s(_rows(s))
    errors = estimates(_rows(error), 0, 1)
    if not np.isfinite([e.value for e in errors]).any():
        return None
    sizes = tuple(cell.hidden for cell in cells)
    reaches = next((at for at, e in enumerate(means) if e.value >= CLASSICAL_BOUND), None)
    best = int(np.nanargmin([e.value for e in errors]))
    values = error[best][np.isfinite(error[best])]
    room = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0.0
    good = next(at for at, e in enumerate(errors) if e.value <= errors[best].value + room)
    cost = None
    if reaches is not None:
        shared = min(len(error[reaches]), len(error[best]))
        (cost,) = estimates((error[reaches][:shared] - error[best][:shared])[None], -1, 1)
    first = None if reaches is None else sizes[reaches]
    three = first, sizes[best], sizes[good]
    return Guide(label, sizes, *three, tuple(means), tuple(errors), cost)


def _rows(values: list[Array]) -> Array:
    """Rows of one length; what a size has fewer is missing."""
    table = np.full((len(values), max(map(len, values))), np.nan)
    for row, some in zip(table, values, strict=True):
        row[: len(some)] = some
    return table
