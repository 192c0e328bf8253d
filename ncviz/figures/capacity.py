"""The capacity curve: S against the number of hidden neurons, with δ and D below."""

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ncviz.figures.frame import Heading, empty, finished, sentence, start
from ncviz.figures.scales import BOUNDS, RIGHT, named, numbered, round_numbers
from ncviz.figures.style import LIGHT, SMALL, TEXT, Look, Style
from ncviz.figures.sweep_key import key_above, key_height
from ncviz.inference import Estimate
from ncviz.sweeps.curve import Curve, curves, curves_sentence
from ncviz.sweeps.frames import Sweep

TITLE = "Capacity: S against hidden neurons"
BELOW = "What accounts for S"
INDENT = 26
MARGINS = (0.44, RIGHT, 0.42)
UPPER, LOWER, GAP = 2.1, 1.05, 0.34
"""Heights of the two axes, and the room between them, in inches."""

FEW = 40
"""Intervals side by side from which they are drawn thinner."""

MARKERS = "os^DvP"
"""One for each line: colours alone do not tell six lines apart."""

SPREAD = 0.5
"""Width that the runs of one size take, in sizes."""

GOLDEN = 0.618033988749895
"""Multiples of it, without their whole part, fill an interval evenly and in no order."""

KEY_COLUMNS = 3
WORDS = 10.5
"""Height of the line of words for a mark, in points."""

DASHES, DOTS = (0, (4, 2)), (0, (1.5, 2))


def capacity(
    sweep: Sweep,
    ax: Axes | None = None,
    style: Style = LIGHT,
    where: Mapping[str, Any] | None = None,
) -> Axes:
    """Draw S against the hidden size: every run, the mean with its 95 % interval, the bounds.

    Parameters
    ----------
    sweep : Sweep
        Over `hidden`. One line for each combination of its other fields, at most six.
    ax : Axes, optional
        Where to draw S. Without it a new figure is made, with the picture of
        `capacity_signalling` below S on the same hidden sizes.
    style : Style
        `LIGHT` or `DARK`.
    where : mapping, optional
        Field → value: only cells with that value.

    Returns
    -------
    Axes
        Those with S. One line has its marks in words: where S first reaches 2 (the upper end of
        its interval does), its peak (the largest mean), and from where on it has settled (every
        mean within 0.05 of 2).

    Raises
    ------
    ValueError
        If it is no sweep over `hidden`, there are more than six lines, or `where` names what is
        not there.

    Examples
    --------
    >>> from ncviz import Experiment, sweep
    >>> from ncviz.figures.capacity import capacity
    >>> ax = capacity(sweep(Experiment(runs=4, steps=50), hidden=[1, 2], progress=False))
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['1', '2']
    """
    drawn = curves(sweep, where)
    left, right, bottom = MARGINS
    both = ax is None and any(curve.peak for curve in drawn)
    heading = _heading(sweep, drawn, TITLE)
    ax = start(ax, style, heading, UPPER, (left, right, bottom + both * (LOWER + GAP)))
    if not any(curve.peak for curve in drawn):
        return sentence(ax, curves_sentence(drawn), style, INDENT)
    _key(ax, sweep, drawn, style)
    _draw_s(ax, sweep, drawn, style)
    if both:
        figure = ax.figure
        assert isinstance(figure, Figure)  # the one that was just made
        width, height = figure.get_size_inches()
        room = (left / width, bottom / height, 1 - (left + right) / width, LOWER / height)
        _draw_signalling(empty(figure.add_axes(room), style), sweep, drawn, style)
    else:
        named(ax, "hidden neurons", style)
    return finished(ax)


def capacity_signalling(
    sweep: Sweep,
    ax: Axes | None = None,
    style: Style = LIGHT,
    where: Mapping[str, Any] | None = None,
) -> Axes:
    """Draw the visible change δ and D = s_odd − 2 − δ against the hidden size, with intervals.

    Parameters
    ----------
    sweep : Sweep
        Over `hidden`; see `capacity`.
    ax : Axes, optional
        Where to draw; a new figure without it.
    style : Style
        `LIGHT` or `DARK`.
    where : mapping, optional
        Field → value: only cells with that value.

    Returns
    -------
    Axes
        δ in full marks on solid lines, D in open marks on dashed ones.

    Raises
    ------
    ValueError
        As `capacity` does.
    """
    drawn = curves(sweep, where)
    ax = start(ax, style, _heading(sweep, drawn, BELOW, notes=False), 1.6, MARGINS)
    if not any(curve.peak for curve in drawn):
        return sentence(ax, curves_sentence(drawn), style, INDENT)
    _key(ax, sweep, drawn, style)
    _draw_signalling(ax, sweep, drawn, style)
    return finished(ax)


def _heading(sweep: Sweep, drawn: list[Curve], title: str, notes: bool = True) -> Heading:
    """The heading; one curve is told in words, several by their key."""
    if not any(curve.peak for curve in drawn):
        return Heading(title, [], INDENT)
    if len(drawn) > 1:
        rise = key_height(len(drawn), KEY_COLUMNS) + 4
        said = [f"one line for each {drawn[0].others}; 95 % intervals"]
        said = [*wrap(curves_sentence(drawn), 64), *said] if notes else said
        return Heading(title, said, INDENT, rise)
    said = [*wrap(curves_sentence(drawn), 64), _over(drawn[0])] if notes else [_over(drawn[0])]
    rise = WORDS * len(drawn[0].marks) + 2 if notes else 0
    return Heading(title, said, INDENT, rise)


def _over(curve: Curve) -> str:
    """What the intervals are over."""
    counts = sorted({s.n for s in curve.S})
    if counts == [1]:
        return "one run a size: no interval"
    if len(counts) == 1:
        return f"95 % intervals over {counts[0]} runs"
    return f"95 % intervals over {counts[0]} to {counts[-1]} runs"


def _colors(style: Style) -> tuple[str, ...]:
    """Okabe–Ito colours of the lines; one line alone is drawn in ink."""
    return (style.alice, style.bob, "#009e73", "#cc79a7", style.ink, style.signal)


def _reach(drawn: Sequence[Curve]) -> Look:
    """How intervals are drawn: thinner and without caps where there are many."""
    room = min(1.0, FEW / max(1, sum(len(curve.cells) for curve in drawn)))
    return {"elinewidth": 1.3 * room, "capsize": 2.5 if room == 1 else 0}


def _look(k: int, drawn: Sequence[Curve], style: Style) -> tuple[str, str, float]:
    """Colour, marker and shift to the side of a line."""
    if len(drawn) == 1:
        return style.ink, MARKERS[0], 0.0
    return _colors(style)[k], MARKERS[k], 0.1 * (k - (len(drawn) - 1) / 2)


def _key(ax: Axes, sweep: Sweep, drawn: list[Curve], style: Style) -> None:
    if len(drawn) == 1:
        return
    handles = []
    for k, curve in enumerate(drawn):
        color, marker, _ = _look(k, drawn, style)
        handles.append(
            Line2D([], [], color=color, marker=marker, markersize=4.5, label=curve.label)
        )
    key_above(ax, handles, KEY_COLUMNS, INDENT, 5, style)


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
    _bounds(ax, high, style)
    for k, n, s in runs:
        color, _, aside = _look(k, drawn, style)
        width = SPREAD / len(drawn) ** 0.5
        # Not drawn by chance: the same runs make the same picture.
        jitter = (np.arange(len(s)) * GOLDEN % 1 - 0.5) * width
        ax.scatter(n + aside + jitter, s, s=5, color=color, alpha=0.28, linewidths=0, zorder=2)
    for k, curve in enumerate(drawn):
        color, marker, aside = _look(k, drawn, style)
        _line(ax, curve.hidden, curve.S, aside, color, marker=marker, **_reach(drawn))
    if len(drawn) == 1:
        _marks(ax, drawn[0], style)
    _sizes(ax, drawn)
    numbered(ax, "y", round_numbers(low, high, 4))
    ax.set_ylabel("S", fontsize=TEXT, color=style.muted, rotation=0, va="center", labelpad=4)


def _bounds(ax: Axes, high: float, style: Style) -> None:
    """The lines that S is compared with, as far as they are in range."""
    ax.axhspan(BOUNDS[0][0], high, color=style.signal, alpha=0.09, linewidth=0)
    for at, name, dashes in BOUNDS:
        if at > high:
            continue
        ax.axhline(at, color=style.ink, linewidth=1.0, linestyle=dashes, zorder=1.5)
        ax.annotate(
            name,
            (1, at),
            (5, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center_baseline",
            color=style.ink,
            fontsize=SMALL,
        )


def _line(
    ax: Axes,
    hidden: Sequence[int],
    estimates: Sequence[Estimate],
    aside: float,
    color: str,
    **look: Any,
) -> None:
    """Means with their intervals, joined."""
    values = np.array([(e.value, e.low, e.high) for e in estimates])
    reach = np.nan_to_num([values[:, 0] - values[:, 1], values[:, 2] - values[:, 0]])
    look = {"markersize": 4.5, "linestyle": "-", "linewidth": 1.4, **look}
    ax.errorbar(
        np.array(hidden) + aside,
        values[:, 0],
        yerr=np.maximum(reach, 0),
        color=color,
        zorder=4,
        **look,
    )


def _marks(ax: Axes, curve: Curve, style: Style) -> None:
    """Words above the axes, each on a line of its own, with a hair down to the curve."""
    middle = (curve.hidden[0] + curve.hidden[-1]) / 2
    for row, (n, words) in enumerate(reversed(curve.marks)):
        top = 3 + row * WORDS
        ax.plot(
            [n, n],
            [curve.at(n).value, ax.get_ylim()[1]],
            color=style.edge,
            linewidth=0.8,
            linestyle=DOTS,
            zorder=1.6,
        )
        ax.annotate(
            words,
            (n, 1),
            (3 if n <= middle else -3, top),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            ha="left" if n <= middle else "right",
            color=style.ink,
            fontsize=SMALL,
            bbox={"facecolor": style.background, "linewidth": 0, "pad": 0.5},
            zorder=6,
        )
        ax.annotate(
            "",
            (n, 1),
            (0, top + SMALL - 1),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            arrowprops={
                "arrowstyle": "-",
                "color": style.edge,
                "linewidth": 0.8,
                "linestyle": DOTS,
                "shrinkA": 0,
                "shrinkB": 0,
            },
        )


def _sizes(ax: Axes, drawn: list[Curve]) -> None:
    """Whole numbers below the axes."""
    sizes = sorted({n for curve in drawn for n in curve.hidden})
    ax.set_xlim(sizes[0] - 0.5, sizes[-1] + 0.5)
    ax.spines["bottom"].set_visible(True)
    places = sizes if len(sizes) <= 12 else round_numbers(sizes[0], sizes[-1], 8)
    numbered(ax, "x", [n for n in places if n == int(n)], ".0f")


def _draw_signalling(ax: Axes, sweep: Sweep, drawn: list[Curve], style: Style) -> None:
    ends = []
    for k, curve in enumerate(drawn):
        color, marker, aside = _look(k, drawn, style)
        # δ and D of one curve stand a little apart, so that their intervals stay visible.
        apart = 0.07 if len(drawn) == 1 else 0.0
        both: Look = {"marker": marker, **_reach(drawn)}
        _line(ax, curve.hidden, curve.delta, aside - apart, color, **both)
        open_marks: Look = {"markerfacecolor": style.background, "linestyle": DASHES}
        _line(ax, curve.hidden, curve.D, aside + apart, color, **both, **open_marks)
        ends += [x for e in (*curve.delta, *curve.D) for x in (e.value, e.low, e.high)]
    there = np.array(ends)[np.isfinite(ends)]
    low, high = min(0.0, float(there.min())), max(0.5, float(there.max()))
    room = 0.06 * (high - low)
    ax.set_ylim(low - room, high + room)
    ax.axhline(0, color=style.edge, linewidth=0.8, zorder=1.5)
    _sizes(ax, drawn)
    numbered(ax, "y", round_numbers(low - room, high + room, 3))
    ax.tick_params(axis="y", labelcolor=style.muted)
    named(ax, "hidden neurons", style)
    _two_names(ax, style)


def _two_names(ax: Axes, style: Style) -> None:
    """To the right of the axes, what the two kinds of marks are."""
    look: Look = {"color": style.ink, "linewidth": 1.4, "marker": "o", "markersize": 4.5}
    full = Line2D([], [], label="visible\nchange δ", **look)
    look |= {"markerfacecolor": style.background, "linestyle": DASHES}
    ax.legend(
        handles=[full, Line2D([], [], label="D = s_odd\n− 2 − δ", **look)],
        loc="upper left",
        bbox_to_anchor=(1, 1),
        frameon=False,
        fontsize=SMALL,
        labelcolor=style.ink,
        borderpad=0,
        borderaxespad=0.4,
        handlelength=2.2,
        handletextpad=0.5,
    )
