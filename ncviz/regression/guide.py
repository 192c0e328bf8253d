"""Where is S a useful guide? The size at which S first reaches 2 beside the best size."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ncviz.basics.checks import takes
from ncviz.bell import CLASSICAL_BOUND
from ncviz.experiment import Experiment
from ncviz.inference import Array, Estimate, estimates, estimates_of_s
from ncviz.sweeps.frames import Sweep
from ncviz.sweeps.grid import a_sweep, groups, others_of

if TYPE_CHECKING:
    import pandas as pd


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
    best : int
        The size with the least mean held-out error.
    good : int
        The smallest size whose mean error is within one standard error of the least (the "one
        standard error rule", Breiman et al. 1984).
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

    S is of one half of the held-out points and the error of the other.

    Parameters
    ----------
    sweep : Sweep
        Over `hidden`, at least two finished sizes, and any other fields.

    Returns
    -------
    list of Guide
        One for each combination of the other fields. The size with the least error is chosen from
        the same runs that tell its error, so that `cost` is a little too large rather than small.

    Raises
    ------
    ValueError
        If the sweep is not over `hidden`, or was kept without halves.

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
            one = _guide(label, there, sweep)
            if one is not None:
                found.append(one)
    return found


def guide_table(guides: list[Guide], sweep: Sweep) -> "pd.DataFrame":
    """The guides as a frame, a row each.

    Columns: the fields other than hidden, in one; S_reaches_2, best_size, good_size, the error at
    the first two, and cost with its ends (shares, 0 to 1).
    """
    import pandas as pd

    name = ", ".join(others_of(sweep, ("hidden",))) or "sweep"
    rows = []
    for one in guides:
        cost = one.cost or Estimate(np.nan, np.nan, np.nan, 0)
        rows.append(
            {
                name: one.label or "all",
                "S_reaches_2": one.reaches,
                "best_size": one.best,
                "good_size": one.good,
                "error_at_2": one.error[one.sizes.index(one.reaches)].value
                if one.reaches
                else np.nan,
                "best_error": one.error[one.sizes.index(one.best)].value,
                "cost": cost.value,
                "cost_low": cost.low,
                "cost_high": cost.high,
            }
        )
    table = pd.DataFrame(rows)
    return table.astype({"S_reaches_2": "Int64"}) if rows else table


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
    return Guide(
        label,
        sizes,
        sizes[reaches] if reaches is not None else None,
        sizes[best],
        sizes[good],
        tuple(means),
        tuple(errors),
        cost,
    )


def _rows(values: list[Array]) -> Array:
    """Rows of one length; what a size has fewer is missing."""
    table = np.full((len(values), max(map(len, values))), np.nan)
    for row, some in zip(table, values, strict=True):
        row[: len(some)] = some
    return table
