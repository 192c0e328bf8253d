"""What capacity curves are drawn with: lines with intervals, bounds, marks in words."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation
from numpy.typing import NDArray

from ncviz.figures.parts.style import BOUNDS, ROOMY, SMALL, Look, Style, numbered, round_numbers
from ncviz.inference import Estimate
from ncviz.sweeps.curve import Curve

FEW = 40
"""Intervals side by side from which they are drawn thinner."""

MARKERS = "os^DvP"
"""One for each line: colours alone do not tell six lines apart."""

WORDS = 10.5
"""Height of the line of words for a mark, in points."""

DASHES, DOTS = (0, (4, 2)), (0, (1.5, 2))


def _colors(style: Style) -> tuple[str, ...]:
    """Okabe–Ito colours of the lines; one line alone is drawn in ink."""
    return (style.alice, style.bob, "#009e73", "#cc79a7", style.ink, style.signal)


def reaching(drawn: Sequence[Curve]) -> Look:
    """How intervals are drawn: thinner and without caps where there are many."""
    room = min(1.0, FEW / max(1, sum(len(curve.cells) for curve in drawn)))
    return {"elinewidth": 1.3 * room, "capsize": 2.5 if room == 1 else 0}


def look_of(k: int, drawn: Sequence[Curve], style: Style) -> tuple[str, str, float]:
    """Colour, marker and shift to the side of a line."""
    if len(drawn) == 1:
        return style.ink, MARKERS[0], 0.0
    return _colors(style)[k], MARKERS[k], 0.1 * (k - (len(drawn) - 1) / 2)


def line(
    ax: Axes,
    hidden: Sequence[int],
    estimates: Sequence[Estimate],
    aside: float,
    color: str,
    thin: NDArray[np.bool_] | None = None,
    **look: Any,
) -> None:
    """Means with their intervals, joined; thin intervals where many runs agree."""
    values = np.array([(e.value, e.low, e.high) for e in estimates])
    reach = np.nan_to_num([values[:, 0] - values[:, 1], values[:, 2] - values[:, 0]])
    if thin is not None and thin.any():
        place = np.array(hidden)[thin] + aside
        ax.vlines(place, values[thin, 1], values[thin, 2], color=color, linewidth=0.7, zorder=4)
        reach[:, thin] = 0
    look = {"markersize": 4.5, "linestyle": "-", "linewidth": 1.4, **look}
    ax.errorbar(
        np.array(hidden) + aside,
        values[:, 0],
        yerr=np.maximum(reach, 0),
        color=color,
        zorder=4,
        **look,
    )


def sizes_axis(ax: Axes, drawn: list[Curve]) -> None:
    """Whole numbers below the axes."""
    sizes = sorted({n for curve in drawn for n in curve.hidden})
    ax.set_xlim(sizes[0] - 0.5, sizes[-1] + 0.5)
    ax.spines["bottom"].set_visible(True)
    places = sizes if len(sizes) <= 12 else round_numbers(sizes[0], sizes[-1], 8)
    numbered(ax, "x", [n for n in places if n == int(n)], ".0f")


def bounds(ax: Axes, high: float, style: Style) -> None:
    """The lines that S is compared with, as far as they are in range."""
    ax.axhspan(BOUNDS[0][0], high, color=style.signal, alpha=0.09, linewidth=0)
    for at, name, dashes in BOUNDS:
        if at > high:
            continue
        ax.axhline(at, color=style.ink, linewidth=1.0, linestyle=dashes, zorder=1.5)
        ax.annotate(
            name if style.width > ROOMY else name.split()[0],
            (1, at),
            (5, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center_baseline",
            color=style.ink,
            fontsize=SMALL,
        )


def marks(ax: Axes, curve: Curve, style: Style) -> None:
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


def two_names(ax: Axes, style: Style) -> None:
    """Beside the axes, or above them, what the two kinds of marks are."""
    look: Look = {"color": style.ink, "linewidth": 1.4, "marker": "o", "markersize": 4.5}
    roomy = style.width > ROOMY
    texts = ["visible\nchange δ", "D = s_odd\n− 2 − δ"] if roomy else ["δ", "D = s_odd − 2 − δ"]
    full = Line2D([], [], label=texts[0], **look)
    look |= {"markerfacecolor": style.background, "linestyle": DASHES}
    ax.legend(
        handles=[full, Line2D([], [], label=texts[1], **look)],
        loc="upper left" if roomy else "lower left",
        bbox_to_anchor=(1, 1) if roomy else (0, 1),
        ncols=1 if roomy else 2,
        frameon=False,
        fontsize=SMALL,
        labelcolor=style.ink,
        borderpad=0,
        borderaxespad=0.4,
        handlelength=2.2,
        handletextpad=0.5,
    )


ROW = SMALL * 1.5
"""Height of a row of a key, in points."""


def key_height(n: int, columns: int) -> float:
    """Height of a key of `n` entries, in points."""
    return -(-n // columns) * ROW + 2 if n else 0


def key_above(
    ax: Axes, handles: Sequence[Artist], columns: int, indent: float, up: float, style: Style
) -> None:
    """A key in rows above the axes, moved by some points to the left and up."""
    if not handles:
        return
    # Matplotlib fills column after column; a reader expects row after row.
    handles = [handle for first in range(columns) for handle in handles[first::columns]]
    aside = ScaledTranslation(-indent / 72, up / 72, ax.figure.dpi_scale_trans)
    ax.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        bbox_transform=ax.transAxes + aside,
        ncols=columns,
        frameon=False,
        fontsize=SMALL,
        labelcolor=style.ink,
        borderpad=0,
        borderaxespad=0,
        handlelength=1.6,
        handletextpad=0.5,
        columnspacing=1.2,
        labelspacing=0.35,
    )
