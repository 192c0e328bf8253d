"""The picture of a regression: every run, lines with bands, distributions beside them."""

from dataclasses import dataclass
from textwrap import wrap

import numpy as np
from matplotlib.axes import Axes

from ncviz.basics.checks import a
from ncviz.figures.parts.curve_parts import key_above, key_height
from ncviz.figures.parts.frame import LINE, Heading, empty, finished, picture
from ncviz.figures.parts.output import DOTS, ShownAxes, ShownFigure
from ncviz.figures.parts.regression_lines import group_lines, pooled_line
from ncviz.figures.parts.regression_parts import (
    axes_of_numbers,
    axis_name,
    colors_of,
    distribution,
    draw_line,
    groups_of,
    key_columns,
    key_of,
    s_bounds,
    scatter,
    title_of,
)
from ncviz.figures.parts.style import LIGHT, SMALL, TEXT, Style
from ncviz.figures.parts.style import named as name_x
from ncviz.regression import Regression
from ncviz.regression.words import in_points, slope_in_words

WIDTH = 6.4
"""Of a new figure, in inches."""

NARROW = 4.5
"""Below this width there is room for short names only."""

INDENT = 34
ABOVE, BESIDE, GAP = 0.42, 0.5, 0.06
"""Height and width of the distributions, and the room between them and the points, in inches."""

S_COLUMNS = ("S", "S_first")


@dataclass(frozen=True)
class Panes:
    """The axes of the picture.

    Parameters
    ----------
    main : Axes
        With the points.
    above, beside : Axes or None
        With the distributions of x and of y.
    """

    main: Axes
    above: Axes | None = None
    beside: Axes | None = None


a_regression = a(Regression, "a Regression, as ncviz.regress gives it")


@picture(found=a_regression)
def regression(found: Regression, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw a regression: every run coloured by its group, the lines with 95 % bands, S = 2.

    Parameters
    ----------
    found : Regression
        Of `regress`. With `within` there is a line for each of its values beside that of all
        runs; with kind="hinge" that of all runs bends.
    ax : Axes, optional
        Where to draw the points. Without it a new figure is made, with the distributions of both
        axes beside the points.
    style : Style
        `LIGHT` or `DARK`.

    Returns
    -------
    Axes
        Those with the points; shares (errors) are in percent. The slope over all runs stands
        below them in words.

    Raises
    ------
    ValueError
        If it is no regression.

    Examples
    --------
    >>> from ncviz import Experiment, regress
    >>> from ncviz.figures.regression import regression
    >>> ax = regression(regress(Experiment(runs=8, steps=50).run().runs, "S ~ test_error"))
    >>> ax.get_xlabel()
    'held-out error, %'
    """
    said = wrap(slope_in_words(found), int(WIDTH * 16) if ax is None else 64)
    panes = Panes(empty(ax, style)) if ax else panes_of(WIDTH, found, style, len(said))
    draw(panes, found, style)
    rise = key_height(*_key_rows(panes, found, style)) + 4
    rise += (ABOVE + GAP) * 72 if panes.above else 0
    Heading(title_of(found), indent=INDENT, rise=rise).write(panes.main, style)
    panes.main.annotate(
        "\n".join(said),
        (0, 0),
        (-INDENT, -34),
        xycoords="axes fraction",
        textcoords="offset points",
        va="top",
        color=style.ink,
        fontsize=TEXT,
        linespacing=LINE,
    )
    return finished(panes.main)


def panes_of(width: float, found: Regression, style: Style, lines: int | None = None) -> Panes:
    """The axes of a new figure."""
    narrow = width < NARROW
    left, bottom = 0.52, 0.44 + (lines * TEXT * LINE / 72 + 0.1 if lines else 0)
    names = 0.34 if narrow else 0.98
    height = min(3.3, 0.72 * width)
    across = width - left - GAP - BESIDE - names
    key = key_of(found, colors_of(found, style), style)
    rise = 72 * (ABOVE + GAP) + key_height(len(key), key_columns(width, key)) + 4
    heading = Heading(title_of(found), indent=INDENT, rise=rise)
    top = heading.height if lines else (rise + 6) / 72
    figure = ShownFigure((width, bottom + height + top), dpi=DOTS, facecolor=style.background)

    def room(x: float, y: float, w: float, h: float) -> Axes:
        shares = np.divide((x, y, w, h), (*figure.get_size_inches(), *figure.get_size_inches()))
        place = (shares[0], shares[1], shares[2], shares[3])
        return empty(figure.add_axes(place, axes_class=ShownAxes), style)

    return Panes(
        room(left, bottom, across, height),
        room(left, bottom + height + GAP, across, ABOVE),
        room(left + across + GAP, bottom, BESIDE, height),
    )


def draw(panes: Panes, found: Regression, style: Style) -> None:
    """The picture without words above and below it, but for its key."""
    ax, scale = panes.main, in_points(found.terms.predictor)
    x, y, groups = scale * found.x, found.y, groups_of(found)
    colors = colors_of(found, style)
    axes_of_numbers(ax, x, y)
    scatter(ax, x, y, groups, colors)
    for value, line in group_lines(found).items():
        if len(colors) > 1:
            draw_line(ax, line, scale, colors[value], style)
    draw_line(ax, pooled_line(found), scale, style.ink, style, linewidth=2.0, zorder=5)
    if panes.above:
        panes.above.set_xlim(ax.get_xlim())
        distribution(panes.above, "x", x, groups, colors)
        finished(panes.above)
    if panes.beside:
        panes.beside.set_ylim(ax.get_ylim())
        distribution(panes.beside, "y", y, groups, colors)
    if found.terms.outcome in S_COLUMNS:
        wide = panes.beside is None or _width(ax) >= NARROW
        s_bounds([ax, panes.beside] if panes.beside else [ax], wide, style)
    if panes.beside:
        finished(panes.beside)
    name_x(ax, axis_name(found.terms.predictor), style)
    ax.set_ylabel(axis_name(found.terms.outcome), fontsize=SMALL, color=style.muted, labelpad=3)
    up = (ABOVE + GAP) * 72 if panes.above else 0
    key = key_of(found, colors, style)
    key_above(ax, key, _key_rows(panes, found, style)[1], INDENT, up + 5, style)
    finished(ax)


def _key_rows(panes: Panes, found: Regression, style: Style) -> tuple[int, int]:
    """How many entries the key has, and in how many columns."""
    key = key_of(found, colors_of(found, style), style)
    return len(key), key_columns(_width(panes.main) if panes.above else 3.2, key)


def _width(ax: Axes) -> float:
    figure = ax.get_figure(root=True)
    assert figure is not None
    return float(figure.get_size_inches()[0])
