"""The capacity curve: S against the number of hidden neurons, with δ and D below."""

from collections.abc import Mapping, Sequence
from itertools import chain
from textwrap import wrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from ncviz.figures.parts import style as styles
from ncviz.figures.parts.frame import Heading, below, finished, legend, picture, start
from ncviz.figures.parts.style import LIGHT, ROOMY, SMALL, Look, Style, named, write
from ncviz.figures.s import across
from ncviz.inference import Estimate
from ncviz.sweeps.curve import Curve, agreeing, agreeing_curves, curves, curves_sentence
from ncviz.sweeps.frames import Sweep
from ncviz.sweeps.grid import a_place, a_sweep

INDENT = 26
UPPER, LOWER, GAP = 2.1, 1.05, 0.34
"""Heights of the two axes, and the room between them, in inches."""

SPREAD = 0.5
"""Width that the runs of one size take, in sizes."""

FEW = 40
"""Intervals side by side from which they are drawn thinner."""

MARKERS = "os^DvP"
"""One for each line: colours alone do not tell six lines apart."""

WORDS = 10.5
"""Height of the line of words for a mark, in points."""

DASHES, DOTS = (0, (4, 2)), (0, (1.5, 2))


@picture(sweep=a_sweep, where=a_place)
def capacity(
    sweep: Sweep,
    ax: Axes | None = None,
    style: Style = LIGHT,
    where: Mapping[str, Any] | None = None,
) -> Axes:
    """Draw S against the hidden size: every run, the mean with its 95 % interval, the bounds.

    The sweep is over `hidden`; each combination of its other fields is a line, at most six. On a
    new figure, the picture of `capacity_signalling` stands below S on the same sizes.

    The axes are those with S. One line has its marks in words: where S first reaches 2 (the upper
    end of its interval does), its peak (the largest mean), and from where on it has settled (every
    mean within 0.05 of 2).

    Parameters
    ----------
    where : mapping, optional
        Field → value: only cells with that value.
    """
    drawn = curves(sweep, where)
    left, right, bottom = margins = (0.44, styles.right_of(style), 0.42)
    both = ax is None and any(curve.peak for curve in drawn)
    # On a narrow picture the two names stand between the axes.
    gap = GAP if style.width > ROOMY else GAP + 0.16
    told = curves_sentence(drawn)
    notes = wrap(f"{told} {agreeing_curves(sweep, drawn)}", 64)
    heading = _heading(drawn, "Capacity: S against hidden neurons", style, notes)
    room = (left, right, bottom + both * (LOWER + gap))
    if not any(curve.peak for curve in drawn):
        return start(ax, style, heading, UPPER, room, told)
    ax = start(ax, style, heading, UPPER, room)
    _draw_s(ax, sweep, drawn, style)
    if both:
        finished(_draw_signalling(below(ax, LOWER, margins, style), drawn, style))
    else:
        named(ax, "hidden neurons", style)
    return ax


@picture(sweep=a_sweep, where=a_place)
def capacity_signalling(
    sweep: Sweep,
    ax: Axes | None = None,
    style: Style = LIGHT,
    where: Mapping[str, Any] | None = None,
) -> Axes:
    """Draw the visible change δ and D = s_odd − 2 − δ against the hidden size, with intervals.

    δ in full marks on solid lines, D in open marks on dashed ones.

    Parameters
    ----------
    where : mapping, optional
        As in `capacity`, as is the sweep.
    """
    drawn = curves(sweep, where)
    known = any(curve.peak for curve in drawn)
    heading = _heading(drawn, "What accounts for S", style, [])
    margins = (0.44, styles.right_of(style), 0.42)
    ax = start(ax, style, heading, 1.6, margins, "" if known else curves_sentence(drawn))
    return _draw_signalling(ax, drawn, style) if known else ax


def _heading(drawn: list[Curve], title: str, style: Style, notes: list[str]) -> Heading:
    """The heading; one curve is told in words, several by their key."""
    if not any(curve.peak for curve in drawn):
        return Heading(title, [], INDENT)
    if len(drawn) > 1:
        looks = [_look(k, drawn, style)[0] | {"markersize": 4.5} for k in range(len(drawn))]
        key = [Line2D([], [], label=c.label, **look) for c, look in zip(drawn, looks, strict=True)]
        notes = [*notes, f"one line for each {drawn[0].others}; 95 % intervals"]
        columns = 3 if style.width > ROOMY else 1
        return Heading(title, notes, INDENT, handles=key, columns=columns)
    rise = WORDS * len(drawn[0].marks) + 2 if notes else 0
    counts = sorted({s.n for s in drawn[0].S})
    over = " to ".join(str(n) for n in [*counts[:1], *counts[1:][-1:]])
    over = "one run a size: no interval" if over == "1" else f"95 % intervals over {over} runs"
    return Heading(title, [*notes, over], INDENT, rise)


def _draw_s(ax: Axes, sweep: Sweep, drawn: list[Curve], style: Style) -> None:
    runs = [
        (k, n, sweep.finished[cell]["S"].to_numpy())
        for k, curve in enumerate(drawn)
        for n, cell in zip(curve.hidden, curve.cells, strict=True)
    ]
    reaches = [x for curve in drawn for e in curve.S for x in (e.low, e.high)]
    values = np.concatenate([*(s for _, _, s in runs), reaches])
    values = values[np.isfinite(values)]
    low = float(np.floor(min(1.5, values.min() - 0.1) * 2) / 2)
    high = max(3.05, float(values.max()) + 0.15)
    ax.set_ylim(low, high)
    styles.above_two(ax, high, style)
    styles.s_lines([ax], style)
    tied = [agreeing(sweep, curve) for curve in drawn]
    for (k, n, s), agree in zip(runs, chain(*tied), strict=True):
        own, aside = _look(k, drawn, style)
        jitter = (across(s, agree) - 0.5) * (SPREAD / len(drawn) ** 0.5)
        alpha = 0.28 * min(1.0, (100 / max(1, len(s))) ** 0.5)  # many dots would hide the means
        # A bar of runs that agree lies over the line of means, which would hide it.
        look: Look = {"alpha": 0.6, "zorder": 5} if agree else {"alpha": alpha, "zorder": 2}
        ax.scatter(n + aside + jitter, s, s=5, color=own["color"], linewidths=0, **look)
    for k, curve in enumerate(drawn):
        _line(ax, drawn, k, curve.S, style, thin=np.array(tied[k]))
    if len(drawn) == 1:
        _marks(ax, drawn[0], style)
    styles.sizes_axis(ax, chain(*(curve.hidden for curve in drawn)))
    styles.numbered(ax, "y", styles.round_numbers(low, high, 4))


def _draw_signalling(ax: Axes, drawn: list[Curve], style: Style) -> Axes:
    ends = []
    opened: Look = {"markerfacecolor": style.background, "linestyle": DASHES}
    for k, curve in enumerate(drawn):
        # δ and D of one curve stand a little apart, so that their intervals stay visible.
        apart = 0.07 if len(drawn) == 1 else 0.0
        _line(ax, drawn, k, curve.delta, style, -apart)
        _line(ax, drawn, k, curve.D, style, apart, **opened)
        ends += [x for e in (*curve.delta, *curve.D) for x in (e.value, e.low, e.high)]
    there = np.array(ends)[np.isfinite(ends)]
    low, high = min(0.0, float(there.min())), max(0.5, float(there.max()))
    room = 0.06 * (high - low)
    ax.set_ylim(low - room, high + room)
    ax.axhline(0, color=style.edge, linewidth=0.8, zorder=1.5)
    styles.sizes_axis(ax, chain(*(curve.hidden for curve in drawn)))
    styles.numbered(ax, "y", styles.round_numbers(low - room, high + room, 3))
    named(ax, "hidden neurons", style)
    # Beside the axes, or above them, what the two kinds of marks are.
    look: Look = {"color": style.ink, "linewidth": 1.4, "marker": "o", "markersize": 4.5}
    roomy = style.width > ROOMY
    names = ["visible\nchange δ", "D = s_odd\n− 2 − δ"] if roomy else ["δ", "D = s_odd − 2 − δ"]
    key = [Line2D([], [], label=names[0], **look)]
    key.append(Line2D([], [], label=names[1], **{**look, **opened}))
    at, place, columns = ((1, 1), "upper left", 1) if roomy else ((0, 1), "lower left", 2)
    held: Look = {"loc": place, "ncols": columns, "borderaxespad": 0.4, "handlelength": 2.2}
    legend(ax, key, style, at, **held)
    return ax


def _look(k: int, drawn: Sequence[Curve], style: Style) -> tuple[Look, float]:
    """Colour (Okabe–Ito) and marker, and shift to the side of a line; one alone is drawn in ink."""
    if len(drawn) == 1:
        return {"color": style.ink, "marker": MARKERS[0]}, 0.0
    colors = (style.alice, style.bob, "#009e73", "#cc79a7", style.ink, style.signal)
    return {"color": colors[k], "marker": MARKERS[k]}, 0.1 * (k - (len(drawn) - 1) / 2)


def _line(
    ax: Axes,
    drawn: Sequence[Curve],
    k: int,
    estimates: Sequence[Estimate],
    style: Style,
    apart: float = 0.0,
    thin: NDArray[np.bool_] | None = None,
    **look: Any,
) -> None:
    """Means of the k-th curve with their intervals, joined; thin ones where many runs agree."""
    own, aside = _look(k, drawn, style)
    at = np.array(drawn[k].hidden) + (aside + apart)
    values = np.array([(e.value, e.low, e.high) for e in estimates])
    reach = np.nan_to_num([values[:, 0] - values[:, 1], values[:, 2] - values[:, 0]])
    if thin is not None and thin.any():
        low, high = values[thin, 1:].T
        ax.vlines(at[thin], low, high, color=own["color"], linewidth=0.7, zorder=4)
        reach[:, thin] = 0
    # Thinner and without caps where there are many.
    room = min(1.0, FEW / max(1, sum(len(curve.cells) for curve in drawn)))
    bars: Look = {"elinewidth": 1.3 * room, "capsize": 2.5 if room == 1 else 0}
    both: Look = {"markersize": 4.5, "linestyle": "-", "linewidth": 1.4, "zorder": 4}
    ax.errorbar(at, values[:, 0], np.maximum(reach, 0), **{**own, **both, **bars, **look})


def _marks(ax: Axes, curve: Curve, style: Style) -> None:
    """Words above the axes, each on a line of its own, with a hair down to the curve."""
    middle = (curve.hidden[0] + curve.hidden[-1]) / 2
    hair: Look = {"color": style.edge, "linewidth": 0.8, "linestyle": DOTS}
    arrow: Look = {"arrowstyle": "-", "shrinkA": 0, "shrinkB": 0, **hair}
    patch: Look = {"facecolor": style.background, "linewidth": 0, "pad": 0.5}
    above: Look = {"xycoords": ("data", "axes fraction")}
    for row, (n, words) in enumerate(reversed(curve.marks)):
        top, left = 3 + row * WORDS, n <= middle
        ax.plot([n, n], [curve.at(n).value, ax.get_ylim()[1]], zorder=1.6, **hair)
        look: Look = {"ha": "left" if left else "right", "bbox": patch, "zorder": 6, **above}
        write(ax, words, (n, 1), (3 if left else -3, top), style.ink, **look)
        write(ax, "", (n, 1), (0, top + SMALL - 1), style.ink, arrowprops=arrow, **above)
