"""S of every run, beside their mean and the bounds."""

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from ncviz.figures.parts.frame import Heading, a_moment, finished, picture, points, sentence, start
from ncviz.figures.parts.style import LIGHT, RIGHT, SMALL, Style, lowest, s_axis
from ncviz.figures.parts.words import said
from ncviz.meaning.verdict import s_sentence
from ncviz.results.result import Moment

Array = NDArray[np.float64]

TITLE = "S of every run"
INDENT = 20

SWARM, MEAN = 0.36, 0.9
"""Where across the axes the runs and their mean stand."""

REACH = 0.27
"""How far the runs may spread to both sides."""

GOLDEN = 0.618033988749895
"""Multiples of it, without their whole part, fill an interval evenly and in no order."""

OFTEN = 0.1
"""Share of the runs from which equal ones are counted in words."""


@picture(moment=a_moment)
def s_of_runs(moment: Moment, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw S of every run, its mean with the 95 % interval, and the lines 2, 2√2 and 4.

    Parameters
    ----------
    moment : Result or Snapshot
    ax : Axes, optional
        Where to draw; a new figure without it.
    style : Style
        `LIGHT` or `DARK`.

    Returns
    -------
    Axes
        S against nothing: runs of nearly equal S stand side by side. One mark for each run that
        has an S.

    Raises
    ------
    ValueError
        If it is neither a snapshot nor a result.

    Examples
    --------
    >>> from ncviz import Experiment, figures
    >>> ax = figures.s_of_runs(Experiment(runs=4, steps=50).run())
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['4 runs', 'mean']
    """
    heading = Heading(TITLE, said(moment), INDENT)
    ax = start(ax, style, heading, 2.05, (0.38, RIGHT, 0.28))
    return draw(ax, moment, style)


def draw(ax: Axes, moment: Moment, style: Style) -> Axes:
    """The picture without its heading."""
    estimate = moment.s
    s = moment.per_run.S[np.isfinite(moment.per_run.S)]
    if not len(s):
        return sentence(ax, s_sentence(moment.summary, moment.step), style, INDENT)
    bottom = lowest([*s, estimate.low])
    s_axis(ax, bottom, style)
    ax.set_xlim(0, 1)
    _swarm(ax, s, style)
    reach = np.nan_to_num([[estimate.value - estimate.low], [estimate.high - estimate.value]])
    ax.errorbar(
        MEAN,
        estimate.value,
        yerr=np.maximum(reach, 0),
        fmt="o",
        color=style.ink,
        markersize=4.5,
        elinewidth=0.8 if moment.summary.tied else 1.6,
        capsize=6 if estimate.n > 1 else 0,
        zorder=4,
    )
    runs = "1 run" if len(s) == 1 else f"{len(s)} runs"
    ax.set_xticks([SWARM, MEAN], [runs, "mean"])
    return finished(ax)


def across(s: Array, tied: bool) -> Array:
    """Where runs stand across a strip, from 0 to 1, not drawn by chance: the same runs, the same.

    Where many are tied those that agree stand side by side, as long as their share of the runs.
    """
    place = np.arange(len(s), dtype=np.float64) * GOLDEN % 1
    values, of, counts = np.unique(s, return_inverse=True, return_counts=True)
    for k in np.flatnonzero((counts > 1) & np.isfinite(values) & tied):
        place[of == k] = 0.5 + np.linspace(-0.5, 0.5, counts[k]) * counts[k] / len(s)
    return place


def _swarm(ax: Axes, s: Array, style: Style) -> None:
    # seaborn's stripplot takes its jitter from numpy's global random state, and its swarmplot
    # drops dots to the edge when there are too many: here all stand, drawn closer.
    box = points(ax)
    low, high = ax.get_ylim()
    dot = float(np.clip(38 / np.sqrt(len(s)), 2, 5.5))  # points
    row = np.floor((s - low) / (high - low) * box[1] / dot).astype(int)
    place = np.zeros(len(s))
    ends: dict[int, float] = {}
    for number in np.unique(row):
        there = np.flatnonzero(row == number)
        step = min(dot * 1.08 / box[0], 2 * REACH / len(there))
        order = np.argsort(s[there], kind="stable")
        # From the middle outwards: 0, 1, −1, 2, −2 …
        outward = np.array([(k + 1) // 2 * (1 if k % 2 else -1) for k in range(len(there))])
        place[there[order]] = SWARM + step * (outward - outward.mean())
        ends[int(number)] = float(place[there].max())
    ax.scatter(place, s, s=dot**2, color=style.ink, alpha=0.5, linewidths=0, zorder=3)
    _ties(ax, s, row, ends, dot, style)


def _ties(
    ax: Axes, s: Array, row: NDArray[np.intp], ends: dict[int, float], dot: float, style: Style
) -> None:
    """How many runs are equal, where that are many: dots that cover each other hide it."""
    values, first, counts = np.unique(s, return_index=True, return_counts=True)
    written: list[int] = []
    for k in np.argsort(-counts, kind="stable"):
        here = int(row[first[k]])
        near = any(abs(here - other) * dot < SMALL * 1.3 for other in written)
        if counts[k] <= max(2, OFTEN * len(s)) or near:
            continue
        written.append(here)
        ax.annotate(
            f"{counts[k]} equal",
            (max(ends.get(here + step, 0.0) for step in (-1, 0, 1)), values[k]),
            (dot / 2 + 2, 4),
            textcoords="offset points",
            color=style.muted,
            fontsize=SMALL,
        )
