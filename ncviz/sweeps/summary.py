"""What the cells of a sweep say, from their frames."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.protocol import SETTINGS
from ncviz.experiment import Experiment
from ncviz.inference import all_agree, largest_s, mean_intervals, needs_bounds
from ncviz.results.summary import LIMITS, safe_ends, signalling_rows

if TYPE_CHECKING:
    import pandas as pd

    Frame: TypeAlias = "pd.DataFrame | Mapping[str, NDArray[Any]]"

MANY = 0.5
"""Share of diverged runs from which a cell is said to diverge."""

SWINGING = 0.02
"""Late swing of the losses (nats) from which a cell is said to oscillate."""

TOGETHER = 5_000
"""Runs of cells that are summarised at once: so many bets and roots take some MB."""

LOW, HIGH = np.transpose([(-4.0, 4.0), *LIMITS])
"""What S and the rows of `signalling_rows` can be."""


def cell_summary(experiment: Experiment, frame: "pd.DataFrame") -> dict[str, Any]:
    """The headline numbers of a cell, each with the ends of its 95 % interval over runs.

    Parameters
    ----------
    experiment : Experiment
    frame : DataFrame
        A row a run, as `frame_of` makes it.

    Returns
    -------
    dict
        S, S_low, S_high, n (runs used), above (share of them with S > 2), delta, delta_low,
        delta_high, D, D_low, D_high (of the behavior averaged over runs), test_error, swing
        (means over runs), diverged (runs) and regime: "diverges" where at least half of the runs
        diverged, "oscillates" where the mean swing is at least 0.02 nats, else "converges".
    """
    return cell_summaries([experiment], [frame])[0]


def cell_summaries(
    experiments: Sequence[Experiment], frames: "Sequence[Frame]"
) -> list[dict[str, Any]]:
    """`cell_summary` of many cells, much faster than one by one and with the same numbers.

    Their columns may come as frames or as arrays by name.
    """
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
    shape = s.shape
    products, *both = (
        np.moveaxis(v, 0, -1).reshape(*shape, 2, 2) for v in np.split(values[1:13], 3)
    )
    most = [largest_s(getattr(e, "trunk", "shared")) for e in experiments]
    rows = signalling_rows(products, np.stack(both, axis=-3))
    rows = np.concatenate([s[:, None], rows], axis=1)
    low, high = (np.tile(ends, (len(s), 1)) for ends in (LOW, HIGH))
    low[:, 0], high[:, 0] = np.negative(most), most
    flat = rows.reshape(-1, shape[1])
    bounded = needs_bounds(flat).reshape(low.shape)
    bounded[:, 0] = all_agree(s)
    ends = mean_intervals(flat, low.ravel(), high.ravel(), bounded=bounded.ravel())
    ends = ends.reshape(len(s), len(LOW), 3)
    _, delta, D = np.moveaxis(safe_ends(ends[:, 1:]), 1, 0)
    columns: dict[str, NDArray[Any]] = {}
    for name, three in (("S", ends[:, 0]), ("delta", delta), ("D", D)):
        columns |= {name: three[:, 0], f"{name}_low": three[:, 1], f"{name}_high": three[:, 2]}
    good = np.isfinite(s)
    n = good.sum(axis=1)

    def mean(of: Any) -> Any:
        sums = np.where(good, of, 0.0).sum(axis=1)
        return np.where(n > 0, sums / np.maximum(n, 1), np.nan)

    columns |= {"n": n, "above": mean(s > 2), "test_error": mean(errors), "swing": mean(swings)}
    columns["diverged"] = diverged.sum(axis=1).astype(int)
    regime = np.where(columns["swing"] >= SWINGING, "oscillates", "converges")
    columns["regime"] = np.where(columns["diverged"] >= MANY * shape[1], "diverges", regime)
    lists = (columns[name].tolist() for name in ORDER)
    return [dict(zip(ORDER, row, strict=True)) for row in zip(*lists, strict=True)]


def _stacked(frames: "Sequence[Frame]") -> NDArray[np.float64]:
    """The columns that are looked at, indexed [column, cell, run]."""
    import pandas as pd

    if isinstance(frames[0], Mapping):
        return np.array([[frame[name] for frame in frames] for name in NEEDED], dtype=np.float64)
    # Taking a column costs as much of one frame as of a hundred.
    whole = pd.concat(frames, ignore_index=True)
    return np.array([whole[name].to_numpy(np.float64) for name in NEEDED]).reshape(
        len(NEEDED), len(frames), -1
    )


NEEDED = ("S", *(f"{letter}{k}" for letter in "CAB" for k in SETTINGS))
NEEDED += ("test_error", "swing", "diverged")
"""Columns of a frame that are looked at."""

ORDER = (
    *("S", "S_low", "S_high", "n", "above", "delta", "delta_low", "delta_high"),
    *("D", "D_low", "D_high", "test_error", "swing", "diverged", "regime"),
)
