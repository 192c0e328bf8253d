"""Influence beside its placebo: what changes with the partner's task, and with its start alone."""

from textwrap import wrap
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ncviz.figures.parts.frame import Heading, finished, picture, sentence, start
from ncviz.figures.parts.style import LIGHT, TEXT, Look, Style, named, round_numbers
from ncviz.meaning.influence import a_placebo, placebo_sentence, share_of
from ncviz.mechanism.interventions import NUMBERS

if TYPE_CHECKING:
    import pandas as pd

TITLE = "How much of it is only sensitivity?"
INDENT = 26
MARKS = (("o", "other task"), ("s", "task 1, other start"), ("D", "task 2, other start"))
"""Of the influence, and of the placebo beside the partner's first and second task."""

APART = 0.24
"""Of the three marks of a task; tasks are 1 apart."""

MARGINS = (0.4, 0.2, 0.42)


@picture(table=a_placebo)
def placebo(table: "pd.DataFrame", ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw the influence of the partner's task beside that of its head's start alone.

    Parameters
    ----------
    table : DataFrame
        Of `ncviz.mechanism.placebo`.
    ax : Axes, optional
        Where to draw; a new figure without it.
    style : Style
        `LIGHT` or `DARK`.

    Returns
    -------
    Axes
        Shares of outcomes that change, in percent, with 95 % intervals over runs: a row for each
        of A1, A2, B1, B2. Filled marks: the partner trains its other task. Hollow ones: it keeps
        its task, the first or the second, and its head starts from other weights.

    Raises
    ------
    ValueError
        If it is no such table.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.figures.placebo import placebo
    >>> from ncviz.mechanism import placebo as measure
    >>> ax = placebo(measure(Experiment(runs=4, steps=50)))
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['A1', 'A2', 'B1', 'B2']
    """
    said = placebo_sentence(table)
    if not table["runs"].iloc[0]:
        return sentence(start(ax, style, Heading(TITLE), 1.7, MARGINS), said, style)
    heading = Heading(TITLE, wrap(said, 64), INDENT, 4, _key(style))
    ax = start(ax, style, heading, 1.7, MARGINS)
    highest = float(table[[f"{name}_high" for name in NUMBERS[:3]]].max(axis=None))
    values = table[list(NUMBERS[:3])].max(axis=None)
    # One run has no interval.
    end = 100 * max(0.01, 1.05 * float(highest if highest == highest else values))
    ax.set(xlim=(0, end), ylim=(3.6, -0.6))
    places = round_numbers(0, end, 5)
    ax.set_xticks(places, [f"{place:g} %" for place in places])
    ax.vlines(places, -0.6, 3.6, color=style.grid, linewidth=0.8, zorder=0.5)
    ax.set_yticks(range(4), table["task"].tolist(), fontsize=TEXT, color=style.ink)
    named(ax, "outcomes that change", style)
    for k, (_, row) in enumerate(table.iterrows()):
        for j, name in enumerate(NUMBERS[:3]):
            share, y = share_of(row, name).times(100), k + APART * (j - 1)
            look = _look(j, style.heads[k // 2], style)
            ax.hlines(y, share.low, share.high, color=look["color"], linewidth=1.2)
            ax.plot([share.value], [y], markersize=4.6, clip_on=False, zorder=3, **look)
    return finished(ax)


def _look(j: int, color: str, style: Style) -> Look:
    return {
        "color": color,
        "marker": MARKS[j][0],
        "markerfacecolor": style.background if j else color,
        "linestyle": "none",
    }


def _key(style: Style) -> list[Line2D]:
    return [
        Line2D([], [], label=label, markersize=4.6, **_look(j, style.ink, style))
        for j, (_, label) in enumerate(MARKS)
    ]
