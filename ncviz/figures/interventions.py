"""What removes the bump: S against the hidden size with each intervention, beside none."""

from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ncviz.bell import CLASSICAL_BOUND, TSIRELSON_BOUND
from ncviz.figures.parts.frame import Heading, empty, finished, picture, points, start
from ncviz.figures.parts.style import LIGHT, SMALL, Look, Style, lowest, numbered, round_numbers
from ncviz.mechanism import INTERVENTIONS, at_each_size, what_removes_the_bump
from ncviz.mechanism.bump import a_table, interventions_sentence

if TYPE_CHECKING:
    import pandas as pd

TITLE = "What removes the bump?"
INDENT = 22
COLUMNS = 3
ROW = 1.1
"""Height of a row of cells, in inches."""

NAME, GAP = 21, 14
"""Room above a cell for its name, and below it for its sizes, in points."""

LETTERS = 18
"""Of a name in one line above a cell."""


@picture(runs=a_table)
def interventions(runs: "pd.DataFrame", ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw S against the hidden size, a cell for each intervention, in each the line of none.

    Parameters
    ----------
    runs : DataFrame
        A row a run, of `ncviz.mechanism.interventions`.
    ax : Axes, optional
        Where to draw; a new figure without it.
    style : Style
        `LIGHT` or `DARK`.

    Returns
    -------
    Axes
        An empty frame whose ``child_axes`` are the interventions: means over runs with 95 %
        intervals; grey and dashed is S without intervention.

    Raises
    ------
    ValueError
        If it is no such frame.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.figures.interventions import interventions
    >>> from ncviz.mechanism import interventions as train
    >>> runs = train(Experiment(runs=4, steps=50), [1, 3], ["PCGrad", "MGDA"], progress=False)
    >>> len(interventions(runs).child_axes)
    2
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
    heading = Heading(TITLE, notes, INDENT, NAME, _key(style))
    ax = start(ax, style, heading, ROW * down, (0.38, 0.14, 0.24))
    # Few runs near 2 have intervals so long that the curves would be flat beside them.
    low, high = lowest(table["S"]), max(3.05, float(np.nanmax(table["S"])) + 0.1)
    wide, tall = 1 / COLUMNS, 1 / down
    name, gap = np.divide((NAME, GAP), points(ax)[1])
    for k, each in enumerate(cells):
        left, bottom = (k % COLUMNS) * wide, 1 - (k // COLUMNS + 1) * tall
        room = (left, bottom + gap, wide * 0.92, max(tall - name - gap, 0.02))
        cell = empty(ax.inset_axes(room), style)
        _cell(cell, table, each, style)
        cell.set_ylim(low, high)
        numbered(cell, "y", round_numbers(low, high, 3))
        cell.tick_params(labelleft=k % COLUMNS == 0)
        cell.annotate(
            "\n".join(wrap(each, LETTERS)),
            (0, 1),
            (0, 3),
            xycoords="axes fraction",
            textcoords="offset points",
            color=style.ink,
            fontsize=SMALL,
        )
    return finished(ax)


def _cell(ax: Axes, table: "pd.DataFrame", name: str, style: Style) -> None:
    none = table[table["intervention"] == "none"]
    ax.axhline(CLASSICAL_BOUND, color=style.ink, linewidth=0.9)
    ax.axhline(TSIRELSON_BOUND, color=style.ink, linewidth=0.7, linestyle=(0, (5, 3)))
    ax.plot(none["hidden"], none["S"], color=style.edge, linewidth=1.4, linestyle=(0, (3, 1.5)))
    of = table[table["intervention"] == name]
    ax.vlines(of["hidden"], of["S_low"], of["S_high"], color=style.alice, linewidth=1.2)
    ax.plot(of["hidden"], of["S"], "o-", color=style.alice, linewidth=1.4, markersize=3)
    sizes = sorted(set(none["hidden"]) | set(of["hidden"]))
    ax.set_xlim(sizes[0] - 0.5, sizes[-1] + 0.5)
    ax.spines["bottom"].set_visible(True)
    numbered(ax, "x", sizes[:: -(-len(sizes) // 8)], ".0f")


def _key(style: Style) -> list[Line2D]:
    look: Look = {"linewidth": 1.4}
    return [
        Line2D([], [], color=style.alice, marker="o", markersize=3, label="with it", **look),
        Line2D([], [], color=style.edge, linestyle=(0, (3, 1.5)), label="without any", **look),
        Line2D([], [], color=style.ink, linewidth=0.9, label="2"),
        Line2D([], [], color=style.ink, linewidth=0.7, linestyle=(0, (5, 3)), label="2√2"),
    ]
