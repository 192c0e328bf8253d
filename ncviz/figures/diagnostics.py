"""Whether a straight line fits, and which runs pull at it: residuals and influence."""

from textwrap import wrap
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from ncviz.figures.parts.frame import Heading, finished, picture, start
from ncviz.figures.parts.regression_parts import axes_of_numbers, colors_of, groups_of, scatter
from ncviz.figures.parts.style import LIGHT, SMALL, TEXT, Style
from ncviz.figures.parts.style import named as name_x
from ncviz.figures.regression import INDENT, a_regression
from ncviz.regression import Regression
from ncviz.regression.fits import leverages
from ncviz.regression.words import name_of_run, named

MARGINS = (0.56, 0.14, 0.42)
HEIGHT = 2.3
NAMED = 3
"""How many of the heaviest runs are named."""


@picture(found=a_regression)
def residuals(found: Regression, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw what the least-squares line over all runs leaves over, against what it fits.

    Parameters
    ----------
    found : Regression
        Of `regress`; for a hinge, too, the straight line is meant: a bend shows here.
    ax : Axes, optional
        Where to draw; a new figure without it.
    style : Style
        `LIGHT` or `DARK`.

    Returns
    -------
    Axes
        A dot for each run in the colour of its group, and the running mean (LOWESS, Cleveland
        1979).

    Raises
    ------
    ValueError
        If it is no regression.

    Examples
    --------
    >>> from ncviz import Experiment, regress
    >>> from ncviz.figures.diagnostics import residuals
    >>> ax = residuals(regress(Experiment(runs=8, steps=50).run().runs, "S ~ test_error"))
    >>> ax.get_title(loc="left")
    'What the line leaves over'
    """
    from statsmodels.nonparametric.smoothers_lowess import lowess

    notes = [
        "Where a straight line fits, the running mean (black) stays at 0",
        "and the spread is the same everywhere.",
    ]
    ax = start(ax, style, Heading("What the line leaves over", notes, INDENT), HEIGHT, MARGINS)
    fitted, left = found.line.fittedvalues.to_numpy(), found.line.resid.to_numpy()
    axes_of_numbers(ax, fitted, left)
    ax.axhline(0, color=style.edge, linewidth=0.8, zorder=1.5)
    scatter(ax, fitted, left, groups_of(found), colors_of(found, style))
    near = 0.01 * float(np.ptp(fitted))
    x, mean = lowess(left, fitted, frac=0.4, it=0, delta=near).T
    ax.plot(x, mean, color=style.ink, linewidth=1.8, zorder=4)
    name_x(ax, f"fitted {named(found.terms.outcome)}", style)
    ax.set_ylabel("residual", fontsize=SMALL, color=style.muted, labelpad=3)
    return finished(ax)


@picture(found=a_regression)
def influences(found: Regression, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw how much single runs pull at the slope: residual against leverage.

    Parameters
    ----------
    found : Regression
        Of `regress`.
    ax : Axes, optional
        Where to draw; a new figure without it.
    style : Style
        `LIGHT` or `DARK`.

    Returns
    -------
    Axes
        A dot for each run; the three with the largest Cook's distance have a number, and their
        names stand above (`Regression.influence`).

    Raises
    ------
    ValueError
        If it is no regression.

    Examples
    --------
    >>> from ncviz import Experiment, regress
    >>> from ncviz.figures.diagnostics import influences
    >>> ax = influences(regress(Experiment(runs=8, steps=50).run().runs, "S ~ test_error"))
    >>> [text.get_text() for text in ax.texts][-3:]
    ['1', '2', '3']
    """
    heavy = found.influence.head(NAMED)
    notes = [line for text in _heaviest(found, heavy) for line in wrap(text, 62)]
    ax = start(ax, style, Heading("Runs that pull at the line", notes, INDENT), HEIGHT, MARGINS)
    leverage, y, *_ = leverages(found.line)
    x = 100 * leverage
    axes_of_numbers(ax, x, y)
    ax.axhline(0, color=style.edge, linewidth=0.8, zorder=1.5)
    scatter(ax, x, y, groups_of(found), colors_of(found, style))
    for number, (_, run) in enumerate(heavy.iterrows(), 1):
        at = (100 * run.leverage, run.residual)
        ax.plot(*at, "o", markersize=7, markerfacecolor="none", color=style.ink, zorder=4)
        ax.annotate(
            str(number),
            at,
            (0, 6 if run.residual >= 0 else -12),
            textcoords="offset points",
            ha="center",
            color=style.ink,
            fontsize=TEXT,
            fontweight="bold",
            path_effects=[withStroke(linewidth=2, foreground=style.background)],
            zorder=5,
        )
    name_x(ax, "leverage, % of the line", style)
    ax.set_ylabel("studentized residual", fontsize=SMALL, color=style.muted, labelpad=3)
    return finished(ax)


def _heaviest(found: Regression, heavy: Any) -> list[str]:
    told = []
    for place, distance in enumerate(heavy["cooks_distance"]):
        run = name_of_run(found, place) or "a run"
        told.append(f"{place + 1}: {run}, Cook’s distance {distance:.2g}")
    return told
