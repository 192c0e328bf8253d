"""The regime map: hidden neurons across, learning rates down."""

from collections.abc import Mapping
from textwrap import wrap
from typing import Any, Literal

import numpy as np
import seaborn
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, ListedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from ncviz.basics.checks import a, one_of, optional
from ncviz.bell import CLASSICAL_BOUND
from ncviz.experiment import Experiment
from ncviz.figures.parts.curve_parts import key_above, key_height
from ncviz.figures.parts.frame import Heading, finished, picture, points, start
from ncviz.figures.parts.style import LIGHT, ROOMY, SMALL, Look, Style, named
from ncviz.inference import format_number
from ncviz.sweeps.curve import FULL, REGIMES, Place, RegimeMap, regime_map
from ncviz.sweeps.frames import Sweep
from ncviz.sweeps.grid import a_place, a_sweep

TITLE = "Regimes: hidden neurons and learning rate"
INDENT = 32
ROW = 0.34
"""Height of a row, in inches."""

KEY_COLUMNS = 3
NAME = 11.0
"""Height of the name of the upright axis, which stands above it: one row may be all, in points."""

SHARE = 0.6
"""How much of a pole's colour there is in a cell: words stay readable on it."""

SIGNS = dict(zip(REGIMES, "—~×", strict=True))
"""Beside the number: the regime without its colour."""


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
    """Draw the cells of a sweep over hidden sizes and learning rates as a coloured table.

    Parameters
    ----------
    sweep : Sweep
        Over `hidden`, `learning_rate`, or both.
    ax : Axes, optional
        Where to draw; a new figure without it.
    style : Style
        `LIGHT` or `DARK`.
    by : {"S", "regime"}
        What the colour stands for: S, from 2 away, or whether the training converges,
        oscillates (the late held-out losses swing by at least 0.02 nats about their trend) or
        diverges (at least half of the runs do).
    here : Experiment, optional
        Gets a ring, where it is on the map.
    where : mapping, optional
        Field → value: only cells with that value.

    Returns
    -------
    Axes
        The number in a cell is the mean of S; cells that are not finished are hatched.

    Raises
    ------
    ValueError
        If it is no sweep, `by` is something else, other fields vary too and `where` does not
        choose a value of each, or `here` is no experiment.

    Examples
    --------
    >>> from ncviz import Experiment, sweep
    >>> from ncviz.figures.regimes import regimes
    >>> s = sweep(Experiment(runs=4, steps=50), hidden=[1, 2], progress=False)
    >>> [label.get_text() for label in regimes(s).get_yticklabels()]
    ['0.5']
    """
    found = regime_map(sweep, where)
    key = _key(found, by, here, style)
    columns = KEY_COLUMNS if style.width > ROOMY else 2
    rise = key_height(len(key), columns) + NAME + 4
    heading = Heading(TITLE, wrap(found.sentence, 64), INDENT, rise)
    ax = start(ax, style, heading, ROW * len(found.rates), (0.5, 0.14, 0.42))
    key_above(ax, key, columns, INDENT, NAME + 5, style)
    # The largest rate is on top, as on every axis.
    rows = found.rows[::-1]
    codes = np.array([[_code(place, by) for place in row] for row in rows])
    low, high = (CLASSICAL_BOUND - FULL, CLASSICAL_BOUND + FULL) if by == "S" else (0, 2)
    cell = points(ax)[0] / len(found.hidden)
    seaborn.heatmap(
        codes,
        ax=ax,
        vmin=low,
        vmax=high,
        cmap=_colors(by, style),
        annot=np.array([[_text(place, by) for place in row] for row in rows]),
        fmt="",
        annot_kws={
            "color": style.ink,
            "linespacing": 0.9,
            "fontsize": float(np.clip(cell / 3, 5, 9.0)),
        },
        cbar=False,
        linewidths=2,
        linecolor=style.background,
        xticklabels=[str(n) for n in found.hidden],
        yticklabels=[f"{rate:g}" for rate in reversed(found.rates)],
    )
    for i, row in enumerate(rows):
        for k, place in enumerate(row):
            if place is not None and place.S is None:
                ax.add_patch(Rectangle((k + 0.04, i + 0.04), 0.92, 0.92, **_hatched(style)))
    if (at := found.find(here)) is not None:
        _ring(ax, len(rows) - 1 - at[0], at[1], style)
    ax.tick_params(length=0, labelrotation=0)
    named(ax, "hidden neurons", style)
    ax.annotate(
        "learning rate",
        (0, 1),
        (-INDENT, 5),
        xycoords="axes fraction",
        textcoords="offset points",
        color=style.muted,
        fontsize=SMALL,
    )
    return finished(ax)


def _code(place: Place | None, by: str) -> float:
    """The number that a cell's colour stands for; NaN without one."""
    if place is None or place.S is None:
        return np.nan
    return place.S.value if by == "S" else float(REGIMES.index(place.regime))


def _text(place: Place | None, by: str) -> str:
    if place is None or place.S is None:
        return ""
    value = format_number(place.S.value) if np.isfinite(place.S.value) else "–"
    return value if by == "S" else f"{value}\n{SIGNS[place.regime]}"


def _colors(by: str, style: Style) -> Colormap:
    below = style.mixed(style.alice, style.background, SHARE)
    above = style.mixed(style.signal, style.background, SHARE)
    if by == "S":
        return style.scale(below, style.neutral, above)
    return ListedColormap([below, above, style.minus])


def _hatched(style: Style) -> Look:
    return {
        "facecolor": style.background,
        "edgecolor": style.edge,
        "hatch": "////",
        "linewidth": 0,
    }


def _ring(ax: Axes, row: int, column: int, style: Style) -> None:
    ax.add_patch(
        Rectangle(
            (column + 0.05, row + 0.05),
            0.9,
            0.9,
            fill=False,
            edgecolor=style.ink,
            linewidth=2.2,
            zorder=5,
        )
    )


def _key(found: RegimeMap, by: str, here: Experiment | None, style: Style) -> list[Artist]:
    """What the colours, hatches and the ring stand for, as far as they are there."""
    colors = _colors(by, style)
    if by == "S":
        low, high = (format_number(CLASSICAL_BOUND + way * FULL) for way in (-1, 1))
        names = {f"S ≤ {low}": 0.0, "S = 2": 0.5, f"S ≥ {high}": 1.0}
    else:
        names = {f"{regime} {SIGNS[regime]}": k / 2 for k, regime in enumerate(REGIMES)}
    key: list[Artist] = [Patch(facecolor=colors(at), label=name) for name, at in names.items()]
    if any(place.S is None for place in found.places):
        key.append(Patch(label="not finished", **_hatched(style)))
    if found.find(here) is not None:
        look: Look = {
            "markerfacecolor": "none",
            "markeredgecolor": style.ink,
            "markeredgewidth": 1.8,
        }
        key.append(
            Line2D([], [], linestyle="", marker="s", markersize=7, label="you are here", **look)
        )
    return key
