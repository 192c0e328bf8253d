"""What the pictures of a regression are drawn with: points, distributions, lines, keys."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import seaborn
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, Stroke
from numpy.typing import NDArray

from ncviz.figures.parts.regression_lines import Line
from ncviz.figures.parts.style import BOUNDS, SMALL, Look, Style, numbered, round_numbers
from ncviz.inference import format_number
from ncviz.regression import Regression
from ncviz.regression.words import in_points, named

Array = NDArray[np.float64]
Colors = dict[Any, str]

GOLDEN = 0.618033988749895
"""Multiples of it, without their whole part, order the points so that no group covers another."""

BINS = 48


def groups_of(found: Regression) -> list[Any]:
    """The value of `within` of each run; one and the same without it."""
    if found.within is None:
        return [""] * len(found.x)
    return list(found.data.frame[found.within])


def colors_of(found: Regression, style: Style) -> Colors:
    """A colour for each group, from dark to light; part of "plasma", which colour-blind eyes read.

    The ends of it that would vanish in the background are left out.
    """
    values = [*found.groups] or [""]
    if len(values) == 1:
        return {values[0]: style.alice}
    scale = seaborn.color_palette("plasma", as_cmap=True)
    light, dark = (
        [to_hex(scale(at)) for at in np.linspace(low, high, len(values))]
        for low, high in ((0.0, 0.76), (0.38, 1.0))
    )
    return {k: style.either(*two) for k, *two in zip(values, light, dark, strict=True)}


def scatter(ax: Axes, x: Array, y: Array, groups: Sequence[Any], colors: Colors) -> None:
    """A dot for each run: the more there are, the smaller and the fainter."""
    order = np.argsort(np.arange(len(x)) * GOLDEN % 1, kind="stable")
    many = len(x) / 400
    seaborn.scatterplot(
        x=x[order],
        y=y[order],
        hue=[groups[k] for k in order],
        palette=colors,
        ax=ax,
        legend=False,
        s=float(np.clip(15 / np.sqrt(many), 6, 18)),
        alpha=float(np.clip(0.55 / np.sqrt(many), 0.4, 0.7)),
        linewidth=0,
        zorder=2,
    )
    ax.set(xlabel="", ylabel="")


def distribution(ax: Axes, axis: str, values: Array, groups: Sequence[Any], colors: Colors) -> None:
    """How the runs of each group are spread along one axis, "x" or "y", as shares of the group."""
    seaborn.histplot(
        **{axis: values},
        hue=groups,
        hue_order=[*colors],
        palette=colors,
        stat="probability",
        common_norm=False,
        element="step",
        bins=np.linspace(*(ax.get_xlim() if axis == "x" else ax.get_ylim()), BINS).tolist(),
        ax=ax,
        legend=False,
        linewidth=0.9,
        alpha=0.3,
    )
    ax.set(xlabel="", ylabel="")
    # By their square root: the solved sizes, nearly all at one place, would flatten the others.
    (ax.set_yscale if axis == "x" else ax.set_xscale)("function", functions=(_root, np.square))
    (ax.set_ylim if axis == "x" else ax.set_xlim)(0, None)
    # Shared with the picture beside: that has the numbers.
    ax.tick_params(labelbottom=False, labelleft=False)


def draw_line(ax: Axes, line: Line, scale: float, color: str, style: Style, **look: Any) -> None:
    """A line with its band, and a rim that keeps it apart from the dots."""
    x = scale * line.x
    ax.fill_between(x, line.low, line.high, color=color, alpha=0.25, linewidth=0, zorder=3)
    look = {"linewidth": 1.5, "zorder": 4, **look}
    rim = Stroke(linewidth=look["linewidth"] + 1.6, foreground=style.background)
    ax.plot(x, line.value, color=color, path_effects=[rim, Normal()], **look)


def s_bounds(panes: Sequence[Axes], names: bool, style: Style) -> None:
    """The lines that S is compared with, as far as they are in range; named beside the last."""
    low, high = panes[0].get_ylim()
    for at, name, dashes in BOUNDS:
        if not low <= at <= high:
            continue
        for ax in panes:
            look: Look = {"linestyle": dashes, "linewidth": 1.0, "zorder": 1.5}
            ax.axhline(at, color=style.ink, **look)
        panes[-1].annotate(
            name if names else name.split()[0],
            (1, at),
            (5, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center_baseline",
            color=style.ink,
            fontsize=SMALL,
        )


def axes_of_numbers(ax: Axes, x: Array, y: Array, count: int = 5) -> None:
    """Room for all points, and round numbers on both axes."""
    for axis, values in (("x", x), ("y", y)):
        low, high = float(values.min()), float(values.max())
        edge = 0.05 * (high - low) or 0.5
        (ax.set_xlim if axis == "x" else ax.set_ylim)(low - edge, high + edge)
        numbered(ax, axis, round_numbers(low - edge, high + edge, count))
        ax.spines["bottom" if axis == "x" else "left"].set_visible(True)


def axis_name(column: str) -> str:
    """What an axis stands for, with its unit."""
    short = SHORT.get(column, named(column))
    return f"{short}, %" if in_points(column) == 100 else short


SHORT = {
    "gap": "held-out less training",
    "error_second": "error on the other half",
    "gap_second": "gap on the other half",
    "S_first": "S of one half of the held-out points",
}
"""Names short enough for an axis."""

PLAIN = {"error_second": "held-out error", "gap_second": "gap", "gap": "gap", "S_first": "S"}
"""What is meant, where the axes tell which points it is of."""


def title_of(found: Regression) -> str:
    """Such as "S against held-out error"."""
    y, x = (PLAIN.get(c, named(c)) for c in (found.terms.outcome, found.terms.predictor))
    return f"{y[:1].upper()}{y[1:]} against {x}"


def key_of(found: Regression, colors: Colors, style: Style) -> list[Artist]:
    """What colours and lines stand for."""
    dots: Look = {"linestyle": "", "marker": "o", "markersize": 5}
    key: list[Artist] = []
    if len(colors) > 1:
        names = [_short(value) for value in colors]
        names[0] = f"{named(str(found.within))} {names[0]}"
        key = [
            Line2D([], [], color=color, label=name, **dots)
            for name, color in zip(names, colors.values(), strict=True)
        ]
    return [*key, Line2D([], [], color=style.ink, linewidth=2, label="all runs")]


def key_columns(width: float, key: Sequence[Artist]) -> int:
    """How many entries of a key fit beside each other in so many inches."""
    longest = max((len(str(entry.get_label())) for entry in key[1:-1]), default=8)
    fit = int((72 * width - 85) / (26 + 4.8 * longest))
    return min(len(key), max(2, fit))


def _short(value: Any) -> str:
    return format_number(value, "g") if isinstance(value, int | float) else str(value)


def _root(values: Array) -> Array:
    return np.sqrt(np.maximum(values, 0))
