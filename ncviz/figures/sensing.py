"""Sensing: how well the partner's task can be told from a head's own loss, against n."""

from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ncviz.basics.checks import a_frame, with_columns
from ncviz.figures.parts.frame import Heading, empty, finished, picture, points, start
from ncviz.figures.parts.style import LIGHT, SMALL, TEXT, Look, Style, named, numbered
from ncviz.mechanism.sensing import PAIRS, sensing_sentence

if TYPE_CHECKING:
    import pandas as pd

TITLE = "Telling the partner’s task from a loss"
INDENT = 42
EVIDENCE = ("whole training", "late level", "late oscillation")
MARKERS = {"A1": "o", "A2": "s", "B1": "^", "B2": "D"}
GAP = 14
"""Between the two rows, in points."""

TEXTS = ("task", "evidence")
COLUMNS = {"runs", "hidden", "task", "evidence", "accuracy", "null_low", "null_high", "bits"}


def _a_table(name: str, value: object) -> "pd.DataFrame":
    return with_columns(name, a_frame(name, value), COLUMNS, texts=TEXTS)


@picture(table=_a_table)
def sensing(table: "pd.DataFrame", ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw accuracy and bits with which the partner's task is told, against the hidden size.

    Parameters
    ----------
    table : DataFrame
        Of `ncviz.mechanism.sensing.sensing_by_size`.
    ax : Axes, optional
        Where to draw; a new figure without it.
    style : Style
        `LIGHT` or `DARK`.

    Returns
    -------
    Axes
        An empty frame with six ``child_axes``: accuracy above and bits below, from the whole
        training, from the late level of the loss alone, and from its late oscillation alone. Grey
        is where 95 % of accuracies (97.5 % of bits) lie when the partner's tasks are swapped at
        random.

    Raises
    ------
    ValueError
        If it is no such table.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.figures.sensing import sensing
    >>> from ncviz.mechanism.sensing import sensing_by_size
    >>> table = sensing_by_size(Experiment(runs=10, steps=200), [1, 3], progress=False)
    >>> len(sensing(table).child_axes)
    6
    """
    notes = wrap(sensing_sentence(table), 64)
    runs = sorted(set(table["runs"]))
    notes.append(f"95 % intervals over {runs[0]} runs; grey: chance, by swapped labels")
    ax = start(ax, style, Heading(TITLE, notes, INDENT, 14, _key(style)), 2.9, (0.66, 0.14, 0.42))
    gap = GAP / points(ax)[1]
    for k, evidence in enumerate(EVIDENCE):
        rows = table[table["evidence"] == evidence]
        for down, quantity in enumerate(("accuracy", "bits")):
            share = (0.58, 0.42)[down] * (1 - gap)
            low = 1 - share if not down else 0.0
            cell = empty(ax.inset_axes((0.345 * k, low, 0.31, share)), style)
            _cell(cell, rows, quantity, style)
            cell.tick_params(labelleft=k == 0, labelbottom=down == 1)
            if k == 0:
                cell.set_ylabel(quantity, fontsize=SMALL, color=style.muted, labelpad=3)
            if down == 1:
                named(cell, "hidden neurons", style)
            else:
                look: Look = {"xycoords": "axes fraction", "textcoords": "offset points"}
                cell.annotate(evidence, (0, 1), (0, 4), fontsize=TEXT, color=style.ink, **look)
    return finished(ax)


def _cell(ax: Axes, rows: "pd.DataFrame", quantity: str, style: Style) -> None:
    """One quantity from one kind of evidence, a line for each task."""
    sizes = sorted(set(rows["hidden"]))
    nulls = rows.groupby("hidden")
    if quantity == "accuracy":
        ax.axhline(0.5, color=style.edge, linewidth=0.8)
        low, high = nulls["null_low"].min(), nulls["null_high"].max()
    else:
        low, high = 0 * nulls["bits_null_high"].max(), nulls["bits_null_high"].max()
    # A single size has no band between sizes: it gets one of its own.
    x = np.repeat(sizes, 2) + np.tile([-0.3, 0.3], len(sizes))
    ax.fill_between(
        x, np.repeat(low, 2), np.repeat(high, 2), color=style.edge, alpha=0.4, linewidth=0
    )
    for k, task in enumerate(PAIRS):
        of, aside = rows[rows["task"] == task], 0.09 * (k - 1.5)
        look = _look(task, style)
        x = of["hidden"] + aside
        if quantity == "accuracy":
            ax.vlines(x, of["accuracy_low"], of["accuracy_high"], color=look["color"], linewidth=1)
        ax.plot(x, of[quantity], linewidth=1.2, markersize=4.2, zorder=3, **look)
    ax.set_xlim(sizes[0] - 0.5, sizes[-1] + 0.5)
    ax.set_ylim(*((0.3, 1.03) if quantity == "accuracy" else (-0.03, 1.05)))
    numbered(ax, "y", [0.5, 0.75, 1] if quantity == "accuracy" else [0, 0.5, 1])
    if quantity == "accuracy":
        ax.set_yticks([0.5, 0.75, 1], ["50 %", "75 %", "100 %"])
    ax.spines["bottom"].set_visible(True)
    every = -(-len(sizes) // 8)
    numbered(ax, "x", sizes[::every], ".0f")


def _look(task: str, style: Style) -> Look:
    head = "AB".index(task[0])
    second = task[1] == "2"
    return {
        "color": style.heads[head],
        "marker": MARKERS[task],
        "markerfacecolor": style.background if second else style.heads[head],
        "linestyle": (0, (3, 1.5)) if second else "-",
    }


def _key(style: Style) -> list[Artist]:
    marks: list[Artist] = [
        Line2D([], [], label=f"on {task}", markersize=4.2, linewidth=1.2, **_look(task, style))
        for task in PAIRS
    ]
    return [*marks, Patch(color=style.edge, alpha=0.4, label="chance")]
