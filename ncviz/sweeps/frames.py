"""What a sweep gives back: a row a run, and a row a cell with what its runs say."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.handing import Frames, handed_out
from ncviz.basics.protocol import SETTINGS
from ncviz.experiment import Experiment
from ncviz.inference import all_agree, largest_s, mean_intervals, needs_bounds
from ncviz.inference.estimates import with_ends
from ncviz.results.summary import LIMITS, safe_ends, signalling_rows

if TYPE_CHECKING:
    import pandas as pd

    Frame: TypeAlias = "pd.DataFrame | Mapping[str, NDArray[Any]]"

MANY = 0.5  # share of diverged runs from which a cell is said to diverge
SWINGING = 0.02  # late swing of the losses (nats) from which a cell is said to oscillate
TOGETHER = 5_000  # runs of cells that are summarised at once: so many bets and roots take some MB
LOW, HIGH = np.transpose([(-4.0, 4.0), *LIMITS])  # what S and the rows of `signalling_rows` can be

NUMBERS = [f"{letter}{k}" for letter in "CAB" for k in SETTINGS]
NEEDED = ("S", *NUMBERS, "test_error", "swing", "diverged")  # columns that are looked at


class Sweep:
    """The finished cells of a sweep.

    Attributes
    ----------
    experiment : Experiment
        What it was made from.
    varied : tuple of str
        The fields that differ between cells.
    cells : tuple of Experiment
        All that were asked for, in order.
    finished : mapping
        Experiment → frame, a row a run.

    Examples
    --------
    >>> from ncviz import Experiment, sweep
    >>> s = sweep(Experiment(runs=4, steps=50), hidden=[1, 2], progress=False)
    >>> s.runs.groupby("hidden").size().tolist()
    [4, 4]
    """

    def __init__(
        self,
        experiment: Experiment,
        varied: tuple[str, ...],
        cells: "tuple[Experiment, ...]",
        finished: "Mapping[Experiment, pd.DataFrame]",
    ) -> None:
        self.experiment, self.varied, self.cells = experiment, varied, cells
        self.finished = Frames({cell: finished[cell] for cell in cells if cell in finished})

    @property
    def missing(self) -> tuple[Experiment, ...]:
        """Cells that were not trained: the sweep was cancelled."""
        return tuple(cell for cell in self.cells if cell not in self.finished)

    @handed_out
    def runs(self) -> "pd.DataFrame":
        """A row a run: the varied fields, seed, `Result.runs`, `Result.halves` and swing.

        An own pairing is written as its four task names with " | " between them. `swing` is how
        far the late held-out losses swing about their trend (standard deviation, nats).
        """
        import pandas as pd

        if not (frames := [*self.finished.values()]):
            return self._labels()
        labels = self._labels().loc[np.repeat(np.arange(len(frames)), [*map(len, frames)])]
        return labels.reset_index(drop=True).join(pd.concat(frames, ignore_index=True))

    @handed_out
    def summary(self) -> "pd.DataFrame":
        """A row a cell: the varied fields, seed, and what its runs say.

        S, delta and D (of the behavior averaged over runs) with the ends of their 95 % intervals,
        n (runs used), above (share of them with S > 2), test_error and swing (means over runs),
        diverged (runs), and regime: "diverges" where at least half of the runs did, "oscillates"
        where the mean swing is at least 0.02 nats, else "converges".
        """
        import pandas as pd

        rows = cell_summaries([*self.finished], [*self.finished.values()])
        return self._labels().join(pd.DataFrame(rows)) if rows else self._labels()

    def _labels(self) -> "pd.DataFrame":
        """A row a finished cell: the varied fields, and seed."""
        import pandas as pd

        cells = [*self.finished]
        columns = {name: [in_frame(getattr(cell, name)) for cell in cells] for name in self.varied}
        # All seeds of one kind: beside small ones, pandas would make floats of large ones.
        seeds = np.array([cell.seed for cell in cells], dtype=np.uint64)
        return pd.DataFrame(columns | {"seed": seeds})

    def __repr__(self) -> str:
        over = ", ".join(self.varied) or "nothing"
        return f"<Sweep over {over}: {len(self.finished)} of {len(self.cells)} cells>"


def in_frame(value: object) -> object:
    """A field's value as a column holds it."""
    return " | ".join(value) if isinstance(value, tuple) else value


def cell_summary(experiment: Experiment, frame: "pd.DataFrame") -> dict[str, Any]:
    """The row of a cell in `Sweep.summary`, but for its fields."""
    return cell_summaries([experiment], [frame])[0]


def cell_summaries(
    experiments: Sequence[Experiment], frames: "Sequence[Frame]"
) -> list[dict[str, Any]]:
    """`cell_summary` of many cells, much faster than one by one and with the same numbers."""
    alike: dict[int, list[int]] = {}
    for place, frame in enumerate(frames):
        alike.setdefault(len(frame["S"]), []).append(place)
    found: dict[int, dict[str, Any]] = {}
    for runs, places in alike.items():
        at_once = max(1, TOGETHER // max(1, runs))
        for first in range(0, len(places), at_once):
            some = places[first : first + at_once]
            these = [experiments[place] for place in some]
            found |= zip(some, _summaries(these, [frames[place] for place in some]), strict=True)
    return [found[place] for place in range(len(frames))]


def _summaries(
    experiments: Sequence[Experiment], frames: "Sequence[Frame]"
) -> list[dict[str, Any]]:
    """Of cells with the same number of runs."""
    values = _stacked(frames)
    s, (errors, swings, diverged) = values[0], values[-3:]
    products, *both = (
        np.moveaxis(v, 0, -1).reshape(*s.shape, 2, 2) for v in np.split(values[1:13], 3)
    )
    most = [largest_s(getattr(e, "trunk", "shared")) for e in experiments]
    rows = signalling_rows(products, np.stack(both, axis=-3))
    rows = np.concatenate([s[:, None], rows], axis=1)
    low, high = (np.tile(ends, (len(s), 1)) for ends in (LOW, HIGH))
    low[:, 0], high[:, 0] = np.negative(most), most
    flat = rows.reshape(-1, s.shape[1])
    bounded = needs_bounds(flat).reshape(low.shape)
    bounded[:, 0] = all_agree(s)
    ends = mean_intervals(flat, low.ravel(), high.ravel(), bounded=bounded.ravel())
    ends = ends.reshape(len(s), len(LOW), 3)
    _, delta, D = np.moveaxis(safe_ends(ends[:, 1:]), 1, 0)
    good = np.isfinite(s)
    n = good.sum(axis=1)

    def mean(of: Any) -> Any:
        sums = np.where(good, of, 0.0).sum(axis=1)
        return np.where(n > 0, sums / np.maximum(n, 1), np.nan)

    swing, lost = mean(swings), diverged.sum(axis=1).astype(int)
    regime = np.where(swing >= SWINGING, "oscillates", "converges")
    regime = np.where(lost >= MANY * s.shape[1], "diverges", regime)
    columns = with_ends("S", ends[:, 0]) | {"n": n, "above": mean(s > 2)}
    columns |= with_ends("delta", delta) | with_ends("D", D) | {"test_error": mean(errors)}
    columns |= {"swing": swing, "diverged": lost, "regime": regime}
    each = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in each]


def _stacked(frames: "Sequence[Frame]") -> NDArray[np.float64]:
    """The columns that are looked at, indexed [column, cell, run]."""
    import pandas as pd

    if isinstance(frames[0], Mapping):
        return np.array([[frame[name] for frame in frames] for name in NEEDED], dtype=np.float64)
    # Taking a column costs as much of one frame as of a hundred.
    whole = pd.concat(frames, ignore_index=True)
    columns = np.array([whole[name].to_numpy(np.float64) for name in NEEDED])
    return columns.reshape(len(NEEDED), len(frames), -1)
