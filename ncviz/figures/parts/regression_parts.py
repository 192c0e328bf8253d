"""What the pictures of a regression are drawn with: points, distributions, lines, keys."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import seaborn
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, Stroke
from scipy.special import ndtri

from ncviz.figures.parts.style import Look, Style, in_no_order, numbered, round_numbers
from ncviz.inference import ERROR, Array, format_number
from ncviz.regression import Regression
from ncviz.regression.doubts import basis
from ncviz.regression.fits import ols
from ncviz.regression.words import in_points, named

Colors = dict[Any, str]

BINS = 48

PLACES = 101
"""Where along the predictor a line is drawn."""

SHORT = {
    "gap": "held-out less training",
    "error_second": "error on the other half",
    "gap_second": "gap on the other half",
    "S_first": "S of one half of the held-out points",
}
"""Names short enough for an axis."""

PLAIN = {"error_second": "held-out error", "gap_second": "gap", "gap": "gap", "S_first": "S"}
"""What is meant, where the axes tell which points it is of."""


class Line(NamedTuple):
    """A mean with its 95 % band, each (places,): outcomes along `x`, the predictor's range."""

    x: Array
    value: Array
    low: Array
    high: Array


def pooled_line(found: Regression) -> Line:
    """The fit over all runs; other columns of the formula are held at their means.

    For a hinge the band is that of the bend where it was found; how well its place is known,
    `Regression.bend` tells.
    """
    return _line(found, found.fit, found.x)


def group_lines(found: Regression) -> dict[Any, Line]:
    """The least-squares fit in each group of `within` that has a slope."""
    lines: dict[Any, Line] = {}
    for value, slope in found.groups.items():
        if slope is not None:
            rows = (found.data.frame[found.within] == value).to_numpy()
            fit = ols(found.terms, found.data.part(rows), found.cov)
            lines[value] = _line(found, fit, found.x[rows])
    return lines


def _line(found: Regression, fit: Any, x: Array) -> Line:
    grid = np.linspace(x.min(), x.max(), PLACES)
    names = fit.model.exog_names
    table = np.tile(fit.model.exog.mean(axis=0), (PLACES, 1))
    table[:, names.index(found.terms.predictor)] = grid
    if fit is found.fit and found.bend is not None:
        # The bend is the last column that the hinge has added.
        table[:, -1] = basis(grid, found.bend.threshold.value)[:, 2]
    if found.kind == "mixed" and fit is found.fit:
        k = table.shape[1]  # behind the coefficients stand the variances
        value = table @ fit.params.to_numpy()[:k]
        spread = np.einsum("pi,ij,pj->p", table, fit.cov_params().to_numpy()[:k, :k], table)
        reach = ndtri(1 - ERROR / 2) * np.sqrt(spread)
        return Line(grid, value, value - reach, value + reach)
    told = fit.get_prediction(table, transform=False)
    low, high = told.conf_int(alpha=ERROR).T
    return Line(grid, told.predicted_mean, low, high)


def groups_of(found: Regression) -> list[Any]:
    """The value of `within` of each run; one and the same without it."""
    return [""] * len(found.x) if found.within is None else [*found.data.frame[found.within]]


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
    order = np.argsort(in_no_order(len(x)), kind="stable")  # no group covers another
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


def axes_of_numbers(ax: Axes, x: Array, y: Array) -> None:
    """Room for all points, and round numbers on both axes."""
    for axis, values in (("x", x), ("y", y)):
        low, high = float(values.min()), float(values.max())
        edge = 0.05 * (high - low) or 0.5
        (ax.set_xlim if axis == "x" else ax.set_ylim)(low - edge, high + edge)
        numbered(ax, axis, round_numbers(low - edge, high + edge, 5))
        ax.spines["bottom" if axis == "x" else "left"].set_visible(True)


def axis_name(column: str) -> str:
    """What an axis stands for, with its unit."""
    short = SHORT.get(column, named(column))
    return f"{short}, %" if in_points(column) == 100 else short


def title_of(found: Regression) -> str:
    """Such as "S against held-out error"."""
    y, x = (PLAIN.get(c, named(c)) for c in (found.terms.outcome, found.terms.predictor))
    return f"{y[:1].upper()}{y[1:]} against {x}"


def key_of(found: Regression, colors: Colors, style: Style) -> list[Artist]:
    """What colours and lines stand for."""
    dots: Look = {"linestyle": "", "marker": "o", "markersize": 5}
    key: list[Artist] = []
    if len(colors) > 1:
        names = [format_number(v, "g") if isinstance(v, int | float) else str(v) for v in colors]
        names[0] = f"{named(str(found.within))} {names[0]}"
        each = zip(names, colors.values(), strict=True)
        key = [Line2D([], [], color=color, label=name, **dots) for name, color in each]
    return [*key, Line2D([], [], color=style.ink, linewidth=2, label="all runs")]


def key_columns(width: float, key: Sequence[Artist]) -> int:
    """How many entries of a key fit beside each other in so many inches."""
    longest = max((len(str(entry.get_label())) for entry in key[1:-1]), default=8)
    fit = int((72 * width - 85) / (26 + 4.8 * longest))
    return min(len(key), max(2, fit))


def _root(values: Array) -> Array:
    return np.sqrt(np.maximum(values, 0))
