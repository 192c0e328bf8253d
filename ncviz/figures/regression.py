"""A regression: every run, its lines with bands; residuals, and runs that pull at the line."""

from textwrap import wrap
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from ncviz.basics.checks import a
from ncviz.figures.parts import regression_parts as parts
from ncviz.figures.parts.frame import LINE, Heading, empty, finished, paragraph, picture, start
from ncviz.figures.parts.output import DOTS, ShownAxes, ShownFigure
from ncviz.figures.parts.style import LIGHT, TEXT, Look, Style, named, s_lines, write
from ncviz.inference import Array
from ncviz.regression import Regression
from ncviz.regression.fits import leverages
from ncviz.regression.words import in_points, name_of_run, slope_in_words
from ncviz.regression.words import named as in_words

WIDTH = 6.4
"""Of a new figure, in inches."""

NARROW = 4.5
"""Below this width there is room for short names only."""

INDENT = 34
ABOVE, BESIDE, GAP = 0.42, 0.5, 0.06
"""Height and width of the distributions, and the room between them and the points, in inches."""

NAMED = 3
"""How many of the heaviest runs are named."""


class Panes(NamedTuple):
    """The axes of the picture: with the points, and with the distributions of x and of y."""

    main: Axes
    above: Axes | None = None
    beside: Axes | None = None


a_regression = a(Regression, "a Regression, as ncviz.regress gives it")


@picture(found=a_regression)
def regression(found: Regression, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw a regression: every run coloured by its group, the lines with 95 % bands, S = 2.

    On a new figure, the distributions of both axes stand beside the points. With `within` there
    is a line for each of its values beside that of all runs; with kind="hinge" that one bends.

    The axes are those with the points; shares (errors) are in percent. The slope over all runs
    stands below in words.
    """
    said = wrap(slope_in_words(found), int(WIDTH * 16) if ax is None else 64)
    panes = Panes(empty(ax, style)) if ax else panes_of(WIDTH, found, style, len(said))
    draw(panes, found, style, parts.title_of(found))
    paragraph(panes.main, said, 0, (-INDENT, -34), style)
    return panes.main


def panes_of(width: float, found: Regression, style: Style, lines: int = 0) -> Panes:
    """The axes of a new figure; without lines of words below, there are none above either."""
    left, bottom = 0.52, 0.44 + (lines * TEXT * LINE / 72 + 0.1 if lines else 0)
    names = 0.34 if width < NARROW else 0.98
    height = min(3.3, 0.72 * width)
    across = width - left - GAP - BESIDE - names
    title = parts.title_of(found) if lines else ""
    top = _heading(found, style, title, width).height - (0 if lines else 3 / 72)
    size = (width, bottom + height + top)
    figure = ShownFigure(size, dpi=DOTS, facecolor=style.background)

    def room(x: float, y: float, w: float, h: float) -> Axes:
        shares = np.divide((x, y, w, h), (*size, *size))
        place = (shares[0], shares[1], shares[2], shares[3])
        return empty(figure.add_axes(place, axes_class=ShownAxes), style)

    return Panes(
        room(left, bottom, across, height),
        room(left, bottom + height + GAP, across, ABOVE),
        room(left + across + GAP, bottom, BESIDE, height),
    )


def draw(panes: Panes, found: Regression, style: Style, title: str = "") -> None:
    """The picture without words below it."""
    ax, scale = panes.main, in_points(found.terms.predictor)
    x, y, groups = scale * found.x, found.y, parts.groups_of(found)
    colors = parts.colors_of(found, style)
    parts.axes_of_numbers(ax, x, y)
    parts.scatter(ax, x, y, groups, colors)
    for value, line in parts.group_lines(found).items():
        if len(colors) > 1:
            parts.draw_line(ax, line, scale, colors[value], style)
    pooled = parts.pooled_line(found)
    parts.draw_line(ax, pooled, scale, style.ink, style, linewidth=2.0, zorder=5)
    if panes.above:
        panes.above.set_xlim(ax.get_xlim())
        parts.distribution(panes.above, "x", x, groups, colors)
    if panes.beside:
        panes.beside.set_ylim(ax.get_ylim())
        parts.distribution(panes.beside, "y", y, groups, colors)
    width = float(ax.get_figure(root=True).get_size_inches()[0]) if panes.above else None  # type: ignore[union-attr]
    if found.terms.outcome in ("S", "S_first"):
        s_lines([ax, panes.beside] if panes.beside else [ax], style, (width or WIDTH) >= NARROW)
    named(ax, parts.axis_name(found.terms.predictor), style)
    named(ax, parts.axis_name(found.terms.outcome), style, "y")
    _heading(found, style, title, width).write(ax, style)
    for pane in panes:
        if pane:
            finished(pane)


def _heading(found: Regression, style: Style, title: str, width: float | None) -> Heading:
    """Title and key, above the distribution where there is one, in a figure of a width."""
    key = parts.key_of(found, parts.colors_of(found, style), style)
    columns, rise = parts.key_columns(width or 3.2, key), (ABOVE + GAP) * 72 if width else 0
    return Heading(title, (), INDENT, rise, key, columns=columns)


# How well a straight line fits


@picture(found=a_regression)
def residuals(found: Regression, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw what the least-squares line over all runs leaves over, against what it fits.

    For a hinge, too, the straight line is meant: a bend shows here.

    A dot for each run in the colour of its group, and the running mean (LOWESS, Cleveland 1979).
    """
    from statsmodels.nonparametric.smoothers_lowess import lowess

    notes = [
        "Where a straight line fits, the running mean (black) stays at 0",
        "and the spread is the same everywhere.",
    ]
    fitted, left = found.line.fittedvalues.to_numpy(), found.line.resid.to_numpy()
    ax = _dots(found, Heading("What the line leaves over", notes, INDENT), fitted, left, ax, style)
    near = 0.01 * float(np.ptp(fitted))
    x, mean = lowess(left, fitted, frac=0.4, it=0, delta=near).T
    ax.plot(x, mean, color=style.ink, linewidth=1.8, zorder=4)
    named(ax, f"fitted {in_words(found.terms.outcome)}", style)
    named(ax, "residual", style, "y")
    return ax


@picture(found=a_regression)
def influences(found: Regression, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw how much single runs pull at the slope: residual against leverage.

    A dot for each run; the three with the largest Cook's distance have a number, and their names
    stand above (`Regression.influence`).
    """
    heavy, notes = found.influence.head(NAMED), []
    for place, distance in enumerate(heavy["cooks_distance"]):
        run = name_of_run(found, place) or "a run"
        notes += wrap(f"{place + 1}: {run}, Cook’s distance {distance:.2g}", 62)
    leverage, y, *_ = leverages(found.line)
    heading = Heading("Runs that pull at the line", notes, INDENT)
    ax = _dots(found, heading, 100 * leverage, y, ax, style)
    look: Look = {"xycoords": "data", "ha": "center", "fontsize": TEXT, "fontweight": "bold"}
    look["path_effects"] = [withStroke(linewidth=2, foreground=style.background)]
    for number, (_, run) in enumerate(heavy.iterrows(), 1):
        at, up = (100 * run.leverage, run.residual), 6 if run.residual >= 0 else -12
        ax.plot(*at, "o", markersize=7, markerfacecolor="none", color=style.ink, zorder=4)
        write(ax, str(number), at, (0, up), style.ink, zorder=5, **look)
    named(ax, "leverage, % of the line", style)
    named(ax, "studentized residual", style, "y")
    return ax


def _dots(
    found: Regression, heading: Heading, x: Array, y: Array, ax: Axes | None, style: Style
) -> Axes:
    """A dot for each run in the colour of its group, about a line at 0."""
    ax = start(ax, style, heading, 2.3, (0.56, 0.14, 0.42))
    parts.axes_of_numbers(ax, x, y)
    ax.axhline(0, color=style.edge, linewidth=0.8, zorder=1.5)
    parts.scatter(ax, x, y, parts.groups_of(found), parts.colors_of(found, style))
    return ax
