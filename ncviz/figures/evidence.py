"""How the evidence that S is above 2 grows, run by run."""

from textwrap import wrap

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from ncviz.figures.parts.frame import Heading, a_moment, empty, finished, picture, sentence, start
from ncviz.figures.parts.style import (
    BOUNDS,
    LIGHT,
    SMALL,
    Look,
    Style,
    named,
    numbered,
    round_numbers,
)
from ncviz.meaning.evidence import LEVELS, SMALLEST_P, Growth, growth_sentence
from ncviz.results.result import Moment

TITLE = "How the evidence grows"
INDENT = 32
LETTERS = 64
RISE = 12
"""Room above a chart for the name of its axis, in points."""

S_ROOM, P_ROOM = (0.0, 0.56, 1.0, 0.44), (0.0, 0.0, 1.0, 0.44)
"""Where the two charts stand in the axes: left, low, width and height."""


@picture(moment=a_moment)
def evidence(moment: Moment, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw the mean of S and the any-time p of "at most 2" against the number of runs used.

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
        An empty frame with two ``child_axes``: the mean of S with its 95 % interval; and p, which
        may be looked at after every run, on a logarithmic axis.

    Raises
    ------
    ValueError
        If it is neither a snapshot nor a result.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.figures.evidence import evidence
    >>> [cell.get_yscale() for cell in evidence(Experiment(runs=4, steps=50).run()).child_axes]
    ['linear', 'log']
    """
    growth = Growth.of(moment)
    told = growth_sentence(moment.summary, growth)
    notes = wrap(told, LETTERS) if moment.s.n else []
    ax = start(ax, style, Heading(TITLE, notes, INDENT, RISE), 3.3, (0.5, 0.14, 0.42))
    if not moment.s.n:
        return sentence(ax, told, style, INDENT)
    _mean(empty(ax.inset_axes(S_ROOM), style), growth, style)
    _p(empty(ax.inset_axes(P_ROOM), style), growth, style)
    return finished(ax)


def _mean(cell: Axes, growth: Growth, style: Style) -> None:
    mean, low, high = growth.S.T
    bottom, top = s_range(growth.S)
    cell.set_ylim(bottom, top)
    lines = [(at, name.split()[0], dashes) for at, name, dashes in BOUNDS if bottom <= at <= top]
    for at, _, dashes in lines:
        cell.axhline(at, color=style.ink, linewidth=1.0, linestyle=dashes, zorder=1.5)
    cell.fill_between(growth.runs, low, high, color=style.ink, alpha=0.17, linewidth=0)
    _curve(cell, growth.runs, mean, style)
    if np.isfinite(low[-1]):
        ends = [low[-1], high[-1]]
        cell.plot([growth.runs[-1]] * 2, ends, color=style.ink, linewidth=1.2)
    apart = 0.07 * (top - bottom)
    places = [
        place
        for place in round_numbers(bottom, top, 4)
        if all(abs(place - at) > apart for at, *_ in lines)
    ]
    numbered(cell, "y", places)
    ticks = [*zip(places, (t.get_text() for t in cell.get_yticklabels()), strict=True)]
    ticks += [(at, name) for at, name, _ in lines]
    cell.set_yticks([at for at, _ in ticks], [name for _, name in ticks])
    _head(cell, "mean of S", style)
    _runs_axis(cell, growth.runs)
    cell.tick_params(labelbottom=False)


def _p(cell: Axes, growth: Growth, style: Style) -> None:
    depth = max(4.0, np.ceil(-np.log10(max(SMALLEST_P, growth.p.min()))) + 1)
    depth = min(depth, -np.log10(SMALLEST_P))
    cell.set_yscale("log")
    cell.set_ylim(10**-depth, 1.6)
    for level, rare in LEVELS:
        cell.axhline(level, color=style.signal, linewidth=1.3, zorder=1.5)
        # The curve only falls: where it has passed the line, it is below it at the right end.
        passed = growth.p[-1] < level
        cell.annotate(
            rare,
            (1 if passed else 0, level),
            (-4 if passed else 4, 3 if passed else -3),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            ha="right" if passed else "left",
            va="bottom" if passed else "top",
            color=style.muted,
            fontsize=SMALL,
        )
    _curve(cell, growth.runs, np.maximum(growth.p, 10**-depth), style)
    places = [10.0**-k for k in np.arange(0, depth + 0.5, np.ceil(depth / 5))]
    far = [all(abs(np.log10(k / p)) > 0.09 * depth for p, _ in LEVELS) for k in places]
    ticks = [(k, _power(k)) for k, clear in zip(places, far, strict=True) if clear]
    ticks += [(level, f"{level:g}") for level, _ in LEVELS]
    cell.set_yticks([at for at, _ in ticks], [name for _, name in ticks])
    cell.minorticks_off()
    cell.tick_params(which="both", left=False, right=False)
    _head(cell, "p of “the mean of S is at most 2”", style)
    _runs_axis(cell, growth.runs)
    named(cell, "runs used, in their order", style)


def s_range(S: NDArray[np.float64]) -> tuple[float, float]:
    """S from below to above what settles; intervals of the first few runs are cut off."""
    late = S[len(S) // 4 :]
    values = [2.0, *late[np.isfinite(late)]]
    room = max(0.1, 0.08 * (max(values) - min(values)))
    return max(-4.1, min(values) - room), min(4.15, max(values) + room)


def _power(p: float) -> str:
    exponent = round(np.log10(p))
    if exponent == 0:
        return "1"
    below = "<" if p <= SMALLEST_P * 1.001 else ""
    digits = str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{below}10{digits}"


def _curve(cell: Axes, x: NDArray[np.int64], y: NDArray[np.float64], style: Style) -> None:
    cell.plot(x, y, color=style.ink, linewidth=1.7, solid_joinstyle="round")
    look: Look = {"markerfacecolor": style.background, "markersize": 5, "markeredgewidth": 1.5}
    cell.plot(x[-1:], y[-1:], "o", color=style.ink, clip_on=False, **look)


def _head(cell: Axes, text: str, style: Style) -> None:
    cell.annotate(
        text,
        (0, 1),
        (-INDENT, 5),
        xycoords="axes fraction",
        textcoords="offset points",
        color=style.muted,
        fontsize=SMALL,
    )


def _runs_axis(cell: Axes, runs: NDArray[np.int64]) -> None:
    last = max(2, int(runs[-1]))
    cell.set_xlim(1 - 0.01 * last, last + 0.01 * last)
    cell.spines["bottom"].set_visible(True)
    places = [n for n in round_numbers(1, last, 5) if n == int(n)]
    numbered(cell, "x", places, ".0f")
