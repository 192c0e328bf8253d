"""S of every run and S while it trains, beside their mean and the bounds."""

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from ncviz.figures.parts import style as styles
from ncviz.figures.parts.frame import Heading, a_moment, picture, points, said, sentence, start
from ncviz.figures.parts.style import LIGHT, SMALL, Look, Style
from ncviz.inference import Array
from ncviz.meaning.verdict import s_sentence
from ncviz.results.result import Moment

RUNS, TRAINING = "S of every run", "S while it trains"
INDENT = 20

SWARM, MEAN = 0.36, 0.9
"""Where across the axes the runs and their mean stand."""

REACH = 0.27
"""How far the runs may spread to both sides."""

OFTEN = 0.1
"""Share of the runs from which equal ones are counted in words."""

STRIP = 0.13
"""Room for the runs after the last step, as a share of the steps, where many agree."""


@picture(moment=a_moment)
def s_of_runs(moment: Moment, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw S of every run, its mean with the 95 % interval, and the lines 2, 2√2 and 4.

    A mark for each run that has an S; runs of nearly equal S stand side by side.
    """
    heading = Heading(RUNS, said(moment), INDENT)
    return draw_runs(start(ax, style, heading, 2.05, (0.38, styles.RIGHT, 0.28)), moment, style)


@picture(moment=a_moment)
def s_training(moment: Moment, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw the mean of S with its 95 % interval while it trains, up to the moment.

    S against the training step, with the lines 2, 2√2 and 4. Where more than a quarter of the runs
    have the same S at the moment, the interval is two thin lines, and the runs of the moment stand
    behind the last step, those that agree side by side.
    """
    heading = Heading(TRAINING, said(moment), INDENT)
    return draw_training(start(ax, style, heading, 1.9, (0.38, styles.RIGHT, 0.42)), moment, style)


def draw_runs(ax: Axes, moment: Moment, style: Style) -> Axes:
    """The picture without its heading."""
    estimate = moment.s
    s = moment.per_run.S[np.isfinite(moment.per_run.S)]
    if not len(s):
        return sentence(ax, s_sentence(moment.summary, moment.step), style, INDENT)
    styles.s_axis(ax, styles.lowest([*s, estimate.low]), style)
    ax.set_xlim(0, 1)
    _swarm(ax, s, style)
    reach = np.nan_to_num([[estimate.value - estimate.low], [estimate.high - estimate.value]])
    look: Look = {"color": style.ink, "markersize": 4.5, "zorder": 4}
    look |= {"elinewidth": 0.8 if moment.summary.tied else 1.6, "capsize": 6 * (estimate.n > 1)}
    ax.errorbar(MEAN, estimate.value, np.maximum(reach, 0), fmt="o", **look)
    ax.set_xticks([SWARM, MEAN], [f"{len(s)} run{'s' * (len(s) != 1)}", "mean"])
    return ax


def draw_training(ax: Axes, moment: Moment, style: Style) -> Axes:
    """The picture without its heading."""
    if not moment.s.n:
        return sentence(ax, s_sentence(moment.summary, moment.step), style, INDENT)
    stop, steps = moment.index + 1, moment.experiment.steps
    at = moment.recording.steps[:stop]
    mean, low, high = moment.recording.s_intervals(stop).T
    # Once training is on its way the early climb is cut off: it wastes the room below 1.
    half = stop // 2 if moment.step > 0.15 * steps else 0
    styles.s_axis(ax, styles.lowest([*mean[half:], *low[half:]]), style)
    if moment.summary.tied:  # where most runs agree a band would be a slab over all else
        ax.plot(at, np.transpose([low, high]), color=style.ink, linewidth=0.7, alpha=0.5)
    else:
        ax.fill_between(at, low, high, color=style.ink, alpha=0.17, linewidth=0)
    curve(ax, at, mean, style)
    styles.steps_axis(ax, 0, steps)
    if moment.summary.tied:
        ax.set_xlim(0, steps * (1 + STRIP))
        place = steps * (1 + STRIP * (0.1 + 0.9 * across(moment.per_run.S, tied=True)))
        ax.scatter(place, moment.per_run.S, s=5, color=style.ink, alpha=0.45, linewidths=0)
    styles.named(ax, "training step", style)
    return ax


def curve(ax: Axes, x: NDArray[np.int64], y: Array, style: Style) -> None:
    """A line with an open mark at its end."""
    ax.plot(x, y, color=style.ink, linewidth=1.7, solid_joinstyle="round")
    look: Look = {"markerfacecolor": style.background, "markersize": 5, "markeredgewidth": 1.5}
    ax.plot(x[-1:], y[-1:], "o", color=style.ink, clip_on=False, **look)


def across(s: Array, tied: bool) -> Array:
    """Where runs stand across a strip, from 0 to 1, not drawn by chance: the same runs, the same.

    Where many are tied those that agree stand side by side, as long as their share of the runs.
    """
    place = styles.in_no_order(len(s))
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
    # How many runs are equal, where that are many: dots that cover each other hide it.
    values, first, counts = np.unique(s, return_index=True, return_counts=True)
    written: list[int] = []
    for k in np.argsort(-counts, kind="stable"):
        here = int(row[first[k]])
        near = any(abs(here - other) * dot < SMALL * 1.3 for other in written)
        if counts[k] > max(2, OFTEN * len(s)) and not near:
            written.append(here)
            at = (max(ends.get(here + step, 0.0) for step in (-1, 0, 1)), values[k])
            text, shift = f"{counts[k]} equal", (dot / 2 + 2, 4)
            styles.write(ax, text, at, shift, style.muted, xycoords="data")
