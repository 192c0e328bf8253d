"""What removes the bump: S against the hidden size with each intervention, beside none."""

from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ncviz.bell import CLASSICAL_BOUND, TSIRELSON_BOUND
from ncviz.figures.parts import style as styles
from ncviz.figures.parts.frame import Heading, empty, finished, picture, points, start
from ncviz.figures.parts.style import LIGHT, Look, Style
from ncviz.mechanism import INTERVENTIONS, at_each_size, what_removes_the_bump
from ncviz.mechanism.bump import a_table, interventions_sentence

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = 3
ROW = 1.1
"""Height of a row of cells, in inches."""

NAME, GAP = 21, 14
"""Room above a cell for its name, and below it for its sizes, in points."""


@picture(runs=a_table)
def interventions(runs: "pd.DataFrame", ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw S against the hidden size, a cell for each intervention, in each the line of none.

    The axes are an empty frame whose ``child_axes`` are the interventions: means over runs with 95
    % intervals; grey and dashed is S without intervention.

    Parameters
    ----------
    runs : DataFrame
        A row a run, of `ncviz.mechanism.interventions`.

    Examples
    --------
    >>> from ncviz import Experiment, figures, mechanism
    >>> runs = mechanism.interventions(Experiment(runs=4, steps=50), [1], progress=False)
    >>> ax = figures.interventions(runs)
    """
    return curves(at_each_size(runs), what_removes_the_bump(runs), ax, style)


def curves(
    table: "pd.DataFrame", found: "pd.DataFrame", ax: Axes | None = None, style: Style = LIGHT
) -> Axes:
    """The same from what `at_each_size` and `what_removes_the_bump` have found in the runs."""
    names = [name for name in INTERVENTIONS if (table["intervention"] == name).any()]
    cells = [name for name in names if name != "none"] or names
    down = -(-len(cells) // COLUMNS)
    notes = wrap(interventions_sentence(found), 64)
    notes.append(f"mean S of {table['n'].max()} runs with 95 % intervals against hidden neurons")
    looks = zip(("with it", "without any", "2", "2√2"), _looks(style), strict=True)
    key = [Line2D([], [], label=label, **look) for label, look in looks]
    heading = Heading("What removes the bump?", notes, 22, NAME, key)
    ax = start(ax, style, heading, ROW * down, (0.38, 0.14, 0.24))
    # Few runs near 2 have intervals so long that the curves would be flat beside them.
    low, high = styles.lowest(table["S"]), max(3.05, float(np.nanmax(table["S"])) + 0.1)
    wide, tall = 1 / COLUMNS, 1 / down
    name, gap = np.divide((NAME, GAP), points(ax)[1])
    for k, each in enumerate(cells):
        left, bottom = (k % COLUMNS) * wide, 1 - (k // COLUMNS + 1) * tall
        room = (left, bottom + gap, wide * 0.92, max(tall - name - gap, 0.02))
        cell = empty(ax.inset_axes(room), style)
        _cell(cell, table, each, style)
        cell.set_ylim(low, high)
        styles.numbered(cell, "y", styles.round_numbers(low, high, 3))
        cell.tick_params(labelleft=k % COLUMNS == 0)
        styles.write(cell, "\n".join(wrap(each, 18)), (0, 1), (0, 3), style.ink)
    return finished(ax)


def _cell(ax: Axes, table: "pd.DataFrame", name: str, style: Style) -> None:
    with_it, without, two, quantum = _looks(style)
    none, of = (table[table["intervention"] == each] for each in ("none", name))
    ax.axhline(CLASSICAL_BOUND, **two)
    ax.axhline(TSIRELSON_BOUND, **quantum)
    ax.plot(none["hidden"], none["S"], **without)
    ax.vlines(of["hidden"], of["S_low"], of["S_high"], color=style.alice, linewidth=1.2)
    ax.plot(of["hidden"], of["S"], **with_it)
    styles.sizes_axis(ax, {*none["hidden"], *of["hidden"]}, most=8)


def _looks(style: Style) -> tuple[Look, Look, Look, Look]:
    """Of S with and without an intervention, of 2, and of 2√2."""
    return (
        {"color": style.alice, "linewidth": 1.4, "marker": "o", "markersize": 3},
        {"color": style.edge, "linewidth": 1.4, "linestyle": (0, (3, 1.5))},
        {"color": style.ink, "linewidth": 0.9},
        {"color": style.ink, "linewidth": 0.7, "linestyle": (0, (5, 3))},
    )
