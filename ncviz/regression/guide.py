"""Where is S a useful guide? The size at which S first reaches 2 beside the best size."""

from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from ncviz.basics.checks import takes
from ncviz.bell import CLASSICAL_BOUND
from ncviz.experiment import Experiment
from ncviz.inference import Estimate, estimates, estimates_of_s
from ncviz.sweeps.frames import Sweep
from ncviz.sweeps.grid import a_sweep, groups


@dataclass(frozen=True)
class Guide:
    """One pairing at one rate: where S first reaches 2, and where the held-out error is least.

    Of hidden sizes, rising, S first reaches 2 at `reaches`; the error is least at `best`; `good` is
    the smallest whose mean error is within one standard error of that (the "one standard error
    rule", Breiman et al. 1984). S and error are means over runs along the sizes, error as a share
    of the held-out answers, 0 to 1. Cost is the error at `reaches` less that at `best`, run by run:
    a run has the same points in the same order at all sizes, but other starting weights.
    """

    label: str  # what sets it apart: "chain, 0.5"
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
        which = "a good size" if self.reaches >= self.good else "too small a size"
        which = "as good as the best size" if self.cost.low <= 0 else which
        there = self.S[self.sizes.index(self.reaches)]
        return (
            f"S first reaches 2 at {self.reaches} neurons ({there}); {best}: {which}, with "
            f"{self.cost.times(100):.1f} percentage points more error than the best"
        )


@takes(sweep=a_sweep)
def guide(sweep: Sweep) -> list[Guide]:
    """Where S first reaches 2 beside the best size, for each pairing, rate or other field.

    S is of one half of the held-out points and the error of the other. The size with the least
    error is chosen from the same runs that tell its error, so that `cost` is a little too large.

    `ValueError` unless the sweep is over `hidden`, with any other fields, and was kept with halves.
    Where fewer than two sizes are finished there is no guide.

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
    found = (_guide(*group, sweep) for group in groups(sweep, ("hidden",)).items())
    return [one for one in found if one is not None]


def _guide(label: str, cells: list[Experiment], sweep: Sweep) -> Guide | None:
    cells = sorted((c for c in cells if c in sweep.finished), key=lambda cell: cell.hidden)
    if len(cells) < 2:
        return None
    frames = [sweep.finished[cell] for cell in cells]
    if any("S_first" not in frame for frame in frames):
        raise ValueError("the sweep was kept without halves of the held-out points: train it again")
    # Rows of one length, a size each: what a frame has fewer is missing.
    s, errors = (
        np.array([*zip_longest(*(frame[name] for frame in frames), fillvalue=np.nan)]).T.copy()
        for name in ("S_first", "error_second")
    )
    S, error = estimates_of_s(s), estimates(errors, 0, 1)
    least = [e.value for e in error]
    if not np.isfinite(least).any():
        return None
    sizes, best = tuple(cell.hidden for cell in cells), int(np.nanargmin(least))
    reaches = next((at for at, e in enumerate(S) if e.value >= CLASSICAL_BOUND), None)
    values = errors[best][np.isfinite(errors[best])]
    room = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0.0
    good = next(at for at, e in enumerate(error) if e.value <= error[best].value + room)
    first, cost = None, None
    if reaches is not None:
        first = sizes[reaches]
        runs = min(len(frames[reaches]), len(frames[best]))
        (cost,) = estimates((errors[reaches] - errors[best])[None, :runs], -1, 1)
    return Guide(label, sizes, first, sizes[best], sizes[good], tuple(S), tuple(error), cost)
