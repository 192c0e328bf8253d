"""What of the partner's task reaches a head: told from its loss, and beside a placebo."""

from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ncviz.basics.checks import a_frame, with_columns
from ncviz.figures.parts import style as styles
from ncviz.figures.parts.frame import Heading, empty, picture, points, start
from ncviz.figures.parts.style import LIGHT, TEXT, Look, Style
from ncviz.meaning.influence import a_placebo, placebo_sentence, share_of
from ncviz.mechanism.interventions import NUMBERS
from ncviz.mechanism.sensing import PAIRS, sensing_sentence

if TYPE_CHECKING:
    import pandas as pd

EVIDENCE = ("whole training", "late level", "late oscillation")
MARKERS = {"A1": "o", "A2": "s", "B1": "^", "B2": "D"}
GAP = 14
"""Between the two rows, in points."""

COLUMNS = {"runs", "hidden", "task", "evidence", "accuracy", "null_low", "null_high", "bits"}


def _a_table(name: str, value: object) -> "pd.DataFrame":
    return with_columns(name, a_frame(name, value), COLUMNS, texts=("task", "evidence"))


@picture(table=_a_table)
def sensing(table: "pd.DataFrame", ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw accuracy and bits with which the partner's task is told, against the hidden size.

    The axes are an empty frame with six ``child_axes``: accuracy above and bits below, from the
    whole training, from the late level of the loss alone, and from its late oscillation alone. Grey
    is where 95 % of accuracies (97.5 % of bits) lie when the partner's tasks are swapped at random.

    Parameters
    ----------
    table : DataFrame
        Of `ncviz.mechanism.sensing.sensing_by_size`.

    Examples
    --------
    >>> from ncviz import Experiment, figures, mechanism
    >>> table = mechanism.sensing_by_size(Experiment(runs=10, steps=200), [1], progress=False)
    >>> ax = figures.sensing(table)
    """
    notes = wrap(sensing_sentence(table), 64)
    runs = sorted(set(table["runs"]))
    notes.append(f"95 % intervals over {runs[0]} runs; grey: chance, by swapped labels")
    look: Look = {"markersize": 4.2, "linewidth": 1.2}
    key: list[Artist] = [
        Line2D([], [], label=f"on {task}", **look, **_line(task, style)) for task in PAIRS
    ]
    key.append(Patch(color=style.edge, alpha=0.4, label="chance"))
    heading = Heading("Telling the partner’s task from a loss", notes, 42, 14, key)
    ax = start(ax, style, heading, 2.9, (0.66, 0.14, 0.42))
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
                styles.named(cell, quantity, style, "y")
            if down == 1:
                styles.named(cell, "hidden neurons", style)
            else:
                styles.write(cell, evidence, (0, 1), (0, 4), style.ink, fontsize=TEXT)
    return ax


def _cell(ax: Axes, rows: "pd.DataFrame", quantity: str, style: Style) -> None:
    """One quantity from one kind of evidence, a line for each task."""
    sizes = sorted(set(rows["hidden"]))
    nulls = rows.groupby("hidden")
    if quantity == "accuracy":
        ax.axhline(0.5, color=style.edge, linewidth=0.8)
        low, high = nulls["null_low"].min(), nulls["null_high"].max()
        ax.set(ylim=(0.3, 1.03), yticks=[0.5, 0.75, 1], yticklabels=["50 %", "75 %", "100 %"])
    else:
        low, high = 0 * nulls["bits_null_high"].max(), nulls["bits_null_high"].max()
        ax.set_ylim(-0.03, 1.05)
        styles.numbered(ax, "y", [0, 0.5, 1])
    # A single size has no band between sizes: it gets one of its own.
    x = np.repeat(sizes, 2) + np.tile([-0.3, 0.3], len(sizes))
    band: Look = {"color": style.edge, "alpha": 0.4, "linewidth": 0}
    ax.fill_between(x, np.repeat(low, 2), np.repeat(high, 2), **band)
    for k, task in enumerate(PAIRS):
        of, look = rows[rows["task"] == task], _line(task, style)
        x = of["hidden"] + 0.09 * (k - 1.5)
        if quantity == "accuracy":
            ax.vlines(x, of["accuracy_low"], of["accuracy_high"], color=look["color"], linewidth=1)
        ax.plot(x, of[quantity], linewidth=1.2, markersize=4.2, zorder=3, **look)
    styles.sizes_axis(ax, sizes, most=8)


def _line(task: str, style: Style) -> Look:
    color, second = style.heads["AB".index(task[0])], task[1] == "2"
    return {
        "color": color,
        "marker": MARKERS[task],
        "markerfacecolor": style.background if second else color,
        "linestyle": (0, (3, 1.5)) if second else "-",
    }


# Influence beside its placebo

MARKS = (("o", "other task"), ("s", "task 1, other start"), ("D", "task 2, other start"))
"""Of the influence, and of the placebo beside the partner's first and second task."""

APART = 0.24
"""Of the three marks of a task; tasks are 1 apart."""


@picture(table=a_placebo)
def placebo(table: "pd.DataFrame", ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw the influence of the partner's task beside that of its head's start alone.

    Shares of outcomes that change, in percent, with 95 % intervals over runs: a row for each of A1,
    A2, B1, B2. Filled marks: the partner trains its other task. Hollow ones: it keeps its task, the
    first or the second, and its head starts from other weights.

    Parameters
    ----------
    table : DataFrame
        Of `ncviz.mechanism.placebo`.

    Examples
    --------
    >>> from ncviz import Experiment, figures, mechanism
    >>> ax = figures.placebo(mechanism.placebo(Experiment(runs=4, steps=50)))
    """
    said, margins = placebo_sentence(table), (0.4, 0.2, 0.42)
    title = "How much of it is only sensitivity?"
    if not table["runs"].iloc[0]:
        return start(ax, style, Heading(title), 1.7, margins, said)
    key = [
        Line2D([], [], label=label, markersize=4.6, **_mark(j, style.ink, style))
        for j, (_, label) in enumerate(MARKS)
    ]
    ax = start(ax, style, Heading(title, wrap(said, 64), 26, 4, key), 1.7, margins)
    highest = float(table[[f"{name}_high" for name in NUMBERS[:3]]].max(axis=None))
    values = table[list(NUMBERS[:3])].max(axis=None)
    # One run has no interval.
    end = 100 * max(0.01, 1.05 * float(highest if highest == highest else values))
    ax.set(xlim=(0, end), ylim=(3.6, -0.6))
    places = styles.round_numbers(0, end, 5)
    ax.set_xticks(places, [f"{place:g} %" for place in places])
    ax.vlines(places, -0.6, 3.6, color=style.grid, linewidth=0.8, zorder=0.5)
    ax.set_yticks(range(4), table["task"].tolist(), fontsize=TEXT, color=style.ink)
    styles.named(ax, "outcomes that change", style)
    for k, (_, row) in enumerate(table.iterrows()):
        color = style.heads[k // 2]
        for j, name in enumerate(NUMBERS[:3]):
            share, y = share_of(row, name).times(100), k + APART * (j - 1)
            ax.hlines(y, share.low, share.high, color=color, linewidth=1.2)
            look = _mark(j, color, style)
            ax.plot([share.value], [y], markersize=4.6, clip_on=False, zorder=3, **look)
    return ax


def _mark(j: int, color: str, style: Style) -> Look:
    fill = style.background if j else color
    return {"color": color, "marker": MARKS[j][0], "markerfacecolor": fill, "linestyle": "none"}
