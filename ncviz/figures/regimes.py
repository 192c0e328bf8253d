"""The regime map: hidden neurons across, learning rates down."""

from collections.abc import Mapping
from textwrap import wrap
from typing import Any, Literal

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, ListedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from ncviz.basics.checks import a, one_of, optional
from ncviz.bell import CLASSICAL_BOUND
from ncviz.experiment import Experiment
from ncviz.figures.parts.frame import Heading, picture, points, start
from ncviz.figures.parts.style import LIGHT, ROOMY, Look, Style, named, table, write
from ncviz.inference import format_number
from ncviz.sweeps.curve import FULL, REGIMES, Place, regime_map
from ncviz.sweeps.frames import Sweep
from ncviz.sweeps.grid import a_place, a_sweep

INDENT = 32
ROW = 0.34
"""Height of a row, in inches."""

NAME = 11.0
"""Height of the name of the upright axis, which stands above it: one row may be all, in points."""

SHARE = 0.6
"""How much of a pole's colour there is in a cell: words stay readable on it."""

SIGNS = dict(zip(REGIMES, "—~×", strict=True))
"""Beside the number: the regime without its colour."""

LOW, HIGH = CLASSICAL_BOUND - FULL, CLASSICAL_BOUND + FULL
"""Values of S with the full colours."""


@picture(
    sweep=a_sweep,
    by=one_of("S", "regime"),
    here=optional(a(Experiment, "an Experiment")),
    where=a_place,
)
def regimes(
    sweep: Sweep,
    ax: Axes | None = None,
    style: Style = LIGHT,
    by: Literal["S", "regime"] = "S",
    here: Experiment | None = None,
    where: Mapping[str, Any] | None = None,
) -> Axes:
    """Draw the cells of a sweep over `hidden`, `learning_rate`, or both as a coloured table.

    The number in a cell is the mean of S; cells that are not finished are hatched.

    Parameters
    ----------
    by : {"S", "regime"}
        What the colour stands for: S, from 2 away, or whether the training converges,
        oscillates (the late held-out losses swing by at least 0.02 nats about their trend) or
        diverges (at least half of the runs do).
    here : Experiment, optional
        Gets a ring, where it is on the map.
    where : mapping, optional
        Field → value: only cells with that value; needed for each other field that varies.
    """
    found = regime_map(sweep, where)
    ringed = found.find(here)
    colors = _colors(by, style)
    hatched: Look = {"facecolor": style.background, "edgecolor": style.edge, "hatch": "////"}
    hatched["linewidth"] = 0
    key = _key(colors, by)
    if any(place.S is None for place in found.places):
        key.append(Patch(label="not finished", **hatched))
    if ringed is not None:
        ring: Look = {"markerfacecolor": "none", "markeredgecolor": style.ink, "markersize": 7}
        look: Look = {"linestyle": "", "marker": "s", "markeredgewidth": 1.8, **ring}
        key.append(Line2D([], [], label="you are here", **look))
    heading = Heading(
        "Regimes: hidden neurons and learning rate",
        wrap(found.sentence, 64),
        INDENT,
        NAME,
        key,
        columns=3 if style.width > ROOMY else 2,
    )
    ax = start(ax, style, heading, ROW * len(found.rates), (0.5, 0.14, 0.42))
    # The largest rate is on top, as on every axis.
    rows = found.rows[::-1]
    size = float(np.clip(points(ax)[0] / len(found.hidden) / 3, 5, 9.0))
    cells = [[_cell(place, by) for place in row] for row in rows]
    values = np.array([[value for value, _ in row] for row in cells])
    words = np.array([[text for _, text in row] for row in cells])
    limits = (LOW, HIGH) if by == "S" else (0, 2)
    table(ax, values, words, limits, colors, style, 2, fontsize=size, linespacing=0.9)
    ax.set_xticks(np.arange(len(found.hidden)) + 0.5, [str(n) for n in found.hidden])
    ax.set_yticks(
        np.arange(len(rows)) + 0.5, [f"{rate:g}" for rate in found.rates[::-1]], va="center"
    )
    for i, row in enumerate(rows):
        for k, place in enumerate(row):
            if place is not None and place.S is None:
                ax.add_patch(Rectangle((k + 0.04, i + 0.04), 0.92, 0.92, **hatched))
    if ringed is not None:
        corner = (ringed[1] + 0.05, len(rows) - 1 - ringed[0] + 0.05)
        look = {"edgecolor": style.ink, "linewidth": 2.2, "zorder": 5}
        ax.add_patch(Rectangle(corner, 0.9, 0.9, fill=False, **look))
    ax.tick_params(length=0, labelrotation=0)
    named(ax, "hidden neurons", style)
    write(ax, "learning rate", (0, 1), (-INDENT, 5), style.muted)
    return ax


def _colors(by: str, style: Style) -> Colormap:
    below = style.mixed(style.alice, style.background, SHARE)
    above = style.mixed(style.signal, style.background, SHARE)
    if by == "S":
        return style.scale(below, style.neutral, above)
    return ListedColormap([below, above, style.minus])


def _key(colors: Colormap, by: str) -> list[Artist]:
    """What the colours stand for."""
    names = {f"{regime} {SIGNS[regime]}": k / 2 for k, regime in enumerate(REGIMES)}
    if by == "S":
        ends = (f"S ≤ {format_number(LOW)}", "S = 2", f"S ≥ {format_number(HIGH)}")
        names = dict(zip(ends, (0.0, 0.5, 1.0), strict=True))
    return [Patch(facecolor=colors(share), label=name) for name, share in names.items()]


def _cell(place: Place | None, by: str) -> tuple[float, str]:
    """The number that a cell's colour stands for, NaN without one, and the words in it."""
    if place is None or place.S is None:
        return np.nan, ""
    text = format_number(place.S.value) if np.isfinite(place.S.value) else "–"
    if by == "S":
        return place.S.value, text
    return REGIMES.index(place.regime), f"{text}\n{SIGNS[place.regime]}"
