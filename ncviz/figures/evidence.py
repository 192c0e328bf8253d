"""How the evidence that S is above 2 grows, run by run."""

from textwrap import wrap

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from ncviz.figures.parts import style as styles
from ncviz.figures.parts.frame import Heading, a_moment, empty, picture, start
from ncviz.figures.parts.style import LIGHT, Look, Style
from ncviz.figures.s import curve
from ncviz.inference import Array, format_number
from ncviz.meaning.evidence import LEVELS, SMALLEST_P, Growth, growth_sentence, ten_to
from ncviz.results.result import Moment

INDENT = 32
RISE = 12
"""Room above a chart for the name of its axis, in points."""


@picture(moment=a_moment)
def evidence(moment: Moment, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw the mean of S and the any-time p of "at most 2" against the number of runs used.

    The axes are an empty frame with two ``child_axes``: the mean of S with its 95 % interval; and
    p, which may be looked at after every run, on a logarithmic axis.
    """
    growth = Growth.of(moment)
    told = growth_sentence(moment.summary, growth)
    notes = wrap(told, 64) if moment.s.n else []
    heading = Heading("How the evidence grows", notes, INDENT, RISE)
    margins = (0.5, 0.14, 0.42)
    if not moment.s.n:
        return start(ax, style, heading, 3.3, margins, told)
    ax = start(ax, style, heading, 3.3, margins)
    _mean(empty(ax.inset_axes((0, 0.56, 1, 0.44)), style), growth, style)
    _p(empty(ax.inset_axes((0, 0, 1, 0.44)), style), growth, style)
    return ax


def _mean(cell: Axes, growth: Growth, style: Style) -> None:
    mean, low, high = growth.S.T
    bottom, top = s_range(growth.S)
    cell.set_ylim(bottom, top)
    lines = {at: name.split()[0] for at, name, _ in styles.BOUNDS if bottom <= at <= top}
    for at, _, dashes in styles.BOUNDS:
        if at in lines:
            cell.axhline(at, color=style.ink, linewidth=1.0, linestyle=dashes, zorder=1.5)
    cell.fill_between(growth.runs, low, high, color=style.ink, alpha=0.17, linewidth=0)
    curve(cell, growth.runs, mean, style)
    if np.isfinite(low[-1]):
        ends = [low[-1], high[-1]]
        cell.plot([growth.runs[-1]] * 2, ends, color=style.ink, linewidth=1.2)
    places = styles.round_numbers(bottom, top, 4)
    apart = 0.07 * (top - bottom)
    clear = [n for n in places if all(abs(n - at) > apart for at in lines)]
    ticks = {n: format_number(n, "g") for n in clear} | lines
    cell.set_yticks([*ticks], [*ticks.values()])
    _axes(cell, "mean of S", growth.runs, style)
    cell.tick_params(labelbottom=False)


def _p(cell: Axes, growth: Growth, style: Style) -> None:
    depth = max(4.0, np.ceil(-np.log10(max(SMALLEST_P, growth.p.min()))) + 1)
    depth = min(depth, -np.log10(SMALLEST_P))
    cell.set_yscale("log")
    cell.set_ylim(10**-depth, 1.6)
    for level, rare in LEVELS:
        cell.axhline(level, color=style.signal, linewidth=1.3, zorder=1.5)
        # The curve only falls: where it has passed the line, it is below it at the right end.
        passed = bool(growth.p[-1] < level)
        look: Look = {"ha": "right", "va": "bottom"} if passed else {"ha": "left", "va": "top"}
        shift = (-4, 3) if passed else (4, -3)
        look["xycoords"] = ("axes fraction", "data")
        styles.write(cell, rare, (int(passed), level), shift, style.muted, **look)
    curve(cell, growth.runs, np.maximum(growth.p, 10**-depth), style)
    places = [10.0**-k for k in np.arange(0, depth + 0.5, np.ceil(depth / 5))]
    levels = {level: f"{level:g}" for level, _ in LEVELS}
    apart = 0.09 * depth
    clear = [p for p in places if all(abs(np.log10(p / at)) > apart for at in levels)]
    ends = {p: "<" if p <= SMALLEST_P * 1.001 else "" for p in clear}
    ticks = {p: f"{less}{ten_to(round(np.log10(p)))}" for p, less in ends.items()} | levels
    cell.set_yticks([*ticks], [*ticks.values()])
    cell.minorticks_off()
    cell.tick_params(which="both", left=False, right=False)
    _axes(cell, "p of “the mean of S is at most 2”", growth.runs, style)
    styles.named(cell, "runs used, in their order", style)


def s_range(S: Array) -> tuple[float, float]:
    """S from below to above what settles; intervals of the first few runs are cut off."""
    late = S[len(S) // 4 :]
    values = [2.0, *late[np.isfinite(late)]]
    room = max(0.1, 0.08 * (max(values) - min(values)))
    return max(-4.1, min(values) - room), min(4.15, max(values) + room)


def _axes(cell: Axes, name: str, runs: NDArray[np.int64], style: Style) -> None:
    """The runs below a chart, and above it what its y axis stands for."""
    styles.write(cell, name, (0, 1), (-INDENT, 5), style.muted)
    last = max(2, int(runs[-1]))
    styles.whole_axis(cell, 1 - 0.01 * last, last + 0.01 * last, styles.round_numbers(1, last, 5))
