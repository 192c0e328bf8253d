"""The capacity curve: S against the number of hidden neurons, with δ and D below."""

from collections.abc import Mapping
from itertools import chain
from textwrap import wrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ncviz.figures.parts.curve_parts import (
    DASHES,
    WORDS,
    bounds,
    key_above,
    key_height,
    line,
    look_of,
    marks,
    reaching,
    sizes_axis,
    two_names,
)
from ncviz.figures.parts.frame import Heading, empty, finished, picture, sentence, start
from ncviz.figures.parts.style import (
    LIGHT,
    ROOMY,
    TEXT,
    Look,
    Style,
    named,
    numbered,
    right_of,
    round_numbers,
)
from ncviz.figures.runs import across
from ncviz.sweeps.curve import Curve, agreeing, agreeing_curves, curves, curves_sentence
from ncviz.sweeps.frames import Sweep
from ncviz.sweeps.grid import a_place, a_sweep

TITLE = "Capacity: S against hidden neurons"
BELOW = "What accounts for S"
INDENT = 26
UPPER, LOWER, GAP = 2.1, 1.05, 0.34
"""Heights of the two axes, and the room between them, in inches."""

SPREAD = 0.5
"""Width that the runs of one size take, in sizes."""

KEY_COLUMNS = 3


@picture(sweep=a_sweep, where=a_place)
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
    left, right, bottom = _margins(style)
    both = ax is None and any(curve.peak for curve in drawn)
    heading = _heading(
        drawn, TITLE, style, f"{curves_sentence(drawn)} {agreeing_curves(sweep, drawn)}"
    )
    ax = start(ax, style, heading, UPPER, (left, right, bottom + both * (LOWER + _gap(style))))
    if not any(curve.peak for curve in drawn):
        return sentence(ax, curves_sentence(drawn), style, INDENT)
    _key(ax, drawn, style)
    _draw_s(ax, sweep, drawn, style)
    if both:
        figure = ax.figure
        assert isinstance(figure, Figure)  # the one that was just made
        width, height = figure.get_size_inches()
        room = (left / width, bottom / height, 1 - (left + right) / width, LOWER / height)
        _draw_signalling(empty(figure.add_axes(room), style), drawn, style)
    else:
        named(ax, "hidden neurons", style)
    return finished(ax)


@picture(sweep=a_sweep, where=a_place)
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
    ax = start(ax, style, _heading(drawn, BELOW, style), 1.6, _margins(style))
    if not any(curve.peak for curve in drawn):
        return sentence(ax, curves_sentence(drawn), style, INDENT)
    _key(ax, drawn, style)
    _draw_signalling(ax, drawn, style)
    return finished(ax)


def _margins(style: Style) -> tuple[float, float, float]:
    return 0.44, right_of(style), 0.42


def _gap(style: Style) -> float:
    """On a narrow picture the two names stand between the axes."""
    return GAP if style.width > ROOMY else GAP + 0.16


def _columns(style: Style) -> int:
    return KEY_COLUMNS if style.width > ROOMY else 1


def _heading(drawn: list[Curve], title: str, style: Style, notes: str = "") -> Heading:
    """The heading; one curve is told in words, several by their key."""
    if not any(curve.peak for curve in drawn):
        return Heading(title, [], INDENT)
    if len(drawn) > 1:
        rise = key_height(len(drawn), _columns(style)) + 4
        said = [f"one line for each {drawn[0].others}; 95 % intervals"]
        said = [*wrap(notes, 64), *said]
        return Heading(title, said, INDENT, rise)
    said = [*wrap(notes, 64), _over(drawn[0])]
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


def _key(ax: Axes, drawn: list[Curve], style: Style) -> None:
    if len(drawn) == 1:
        return
    handles = []
    for k, curve in enumerate(drawn):
        color, marker, _ = look_of(k, drawn, style)
        handles.append(
            Line2D([], [], color=color, marker=marker, markersize=4.5, label=curve.label)
        )
    key_above(ax, handles, _columns(style), INDENT, 5, style)


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
    bounds(ax, high, style)
    tied = [agreeing(sweep, curve) for curve in drawn]
    for (k, n, s), agree in zip(runs, chain(*tied), strict=True):
        color, _, aside = look_of(k, drawn, style)
        width = SPREAD / len(drawn) ** 0.5
        jitter = (across(s, agree) - 0.5) * width
        alpha = 0.28 * min(1.0, (100 / max(1, len(s))) ** 0.5)  # many dots would hide the means
        # A bar of runs that agree lies over the line of means, which would hide it.
        look: Look = {"alpha": 0.6, "zorder": 5} if agree else {"alpha": alpha, "zorder": 2}
        ax.scatter(n + aside + jitter, s, s=5, color=color, linewidths=0, **look)
    for k, curve in enumerate(drawn):
        color, marker, aside = look_of(k, drawn, style)
        agree_at, both = np.array(tied[k]), reaching(drawn)
        line(ax, curve.hidden, curve.S, aside, color, agree_at, marker=marker, **both)
    if len(drawn) == 1:
        marks(ax, drawn[0], style)
    sizes_axis(ax, drawn)
    numbered(ax, "y", round_numbers(low, high, 4))
    ax.set_ylabel("S", fontsize=TEXT, color=style.muted, rotation=0, va="center", labelpad=4)


def _draw_signalling(ax: Axes, drawn: list[Curve], style: Style) -> None:
    ends = []
    for k, curve in enumerate(drawn):
        color, marker, aside = look_of(k, drawn, style)
        # δ and D of one curve stand a little apart, so that their intervals stay visible.
        apart = 0.07 if len(drawn) == 1 else 0.0
        both: Look = {"marker": marker, **reaching(drawn)}
        line(ax, curve.hidden, curve.delta, aside - apart, color, **both)
        open_marks: Look = {"markerfacecolor": style.background, "linestyle": DASHES}
        line(ax, curve.hidden, curve.D, aside + apart, color, **both, **open_marks)
        ends += [x for e in (*curve.delta, *curve.D) for x in (e.value, e.low, e.high)]
    there = np.array(ends)[np.isfinite(ends)]
    low, high = min(0.0, float(there.min())), max(0.5, float(there.max()))
    room = 0.06 * (high - low)
    ax.set_ylim(low - room, high + room)
    ax.axhline(0, color=style.edge, linewidth=0.8, zorder=1.5)
    sizes_axis(ax, drawn)
    numbered(ax, "y", round_numbers(low - room, high + room, 3))
    ax.tick_params(axis="y", labelcolor=style.muted)
    named(ax, "hidden neurons", style)
    two_names(ax, style)
