"""The oscillation index: do the losses swing against each other, and how much."""

from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from ncviz.basics.checks import a, optional
from ncviz.basics.protocol import SETTINGS
from ncviz.figures.loss_grid import HEADS
from ncviz.figures.parts.frame import Heading, empty, finished, picture, sentence, start
from ncviz.figures.parts.style import LIGHT, Look, Style, named, numbered
from ncviz.mechanism.oscillation import OscillationIndex, oscillation_sentence

if TYPE_CHECKING:
    import pandas as pd

TITLE = "Loss oscillation late in training"
INDENT = 44
MARGINS = (0.66, 0.2, 0.42)
UPPER, LOWER, GAP = 1.35, 1.5, 0.55
"""Heights of the two axes, and the room between them, in inches."""

ROWS = tuple(f"A{name[0]} · B{name[1]}" for name in SETTINGS)
ALONE = 0.17
"""How far below a head's mark that of its control stands, in rows."""


an_index = a(OscillationIndex, "an OscillationIndex")


@picture(index=an_index, control=optional(an_index))
def oscillation_index(
    index: OscillationIndex,
    control: OscillationIndex | None = None,
    ax: Axes | None = None,
    style: Style = LIGHT,
) -> Axes:
    """Draw how the two heads' losses change together, for each setting, beside chance.

    Parameters
    ----------
    index : OscillationIndex
    control : OscillationIndex, optional
        Of `single_task_control`: the same heads alone, in open marks.
    ax : Axes, optional
        Where to draw the correlations. Without it a new figure is made, with the amplitudes
        below them.
    style : Style
        `LIGHT` or `DARK`.

    Returns
    -------
    Axes
        Those with the correlations: means over runs with 95 % intervals, and in grey where 95 %
        of the means would lie if the changes of both losses were unrelated.

    Raises
    ------
    ValueError
        If it is no index, or the control is not its own.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.figures.oscillation import oscillation_index
    >>> from ncviz.mechanism.oscillation import oscillation_index as index_of
    >>> from ncviz.mechanism.traces import loss_traces
    >>> index = index_of(loss_traces(Experiment(runs=8, steps=400)), surrogates=19)
    >>> [label.get_text() for label in oscillation_index(index).get_yticklabels()]
    ['A1 · B1', 'A1 · B2', 'A2 · B1', 'A2 · B2']
    """
    table = index.frame(control)
    said = wrap(oscillation_sentence(table), 64)
    heading = Heading(TITLE, said, INDENT, handles=_key(style, control is not None))
    left, right, bottom = MARGINS
    both = ax is None and bool(table["correlation"].notna().any())
    ax = start(ax, style, heading, UPPER, (left, right, bottom + both * (LOWER + GAP)))
    if not table["correlation"].notna().any():
        return sentence(ax, "Every run has diverged: there are no losses.", style, INDENT)
    _correlations(ax, table, style)
    if both:
        figure = ax.figure
        assert isinstance(figure, Figure)  # the one that was just made
        width, height = figure.get_size_inches()
        room = (left / width, bottom / height, 1 - (left + right) / width, LOWER / height)
        _amplitudes(empty(figure.add_axes(room), style), table, style)
    return finished(ax)


def _correlations(ax: Axes, table: "pd.DataFrame", style: Style) -> None:
    four = table[table["head"] == "alice"].reset_index(drop=True)
    ax.axvline(0, color=style.edge, linewidth=0.8)
    for row, of in four.iterrows():
        y = float(row)
        span = of["null_high"] - of["null_low"]
        ax.barh(y, span, 0.62, left=of["null_low"], color=style.edge, alpha=0.45, linewidth=0)
        _mark(ax, of, "correlation", y, style.ink, "o")
        if "correlation_alone" in of:
            _open(ax, of["correlation_alone"], y + ALONE, style.ink, "o", style)
    _rows(ax)
    ax.set_xlim(-1, 1)
    numbered(ax, "x", [-1, -0.5, 0, 0.5, 1])
    named(ax, "correlation of the step-to-step changes of both losses", style)


def _amplitudes(ax: Axes, table: "pd.DataFrame", style: Style) -> None:
    for k, of in table.iterrows():
        row, head = divmod(int(k), 2)
        y, marker = row - 0.24 + 0.36 * head, "os"[head]
        if of["amplitude"] > 0:
            _mark(ax, of, "amplitude", y, style.heads[head], marker)
        if of.get("amplitude_alone", 0) > 0:
            _open(ax, of["amplitude_alone"], y + ALONE / 2, style.heads[head], marker, style)
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(10, numticks=6))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:g}"))
    _rows(ax)
    named(ax, "amplitude: standard deviation about the trend (nats)", style)
    finished(ax)


def _mark(ax: Axes, of: "pd.Series[float]", name: str, y: float, color: str, marker: str) -> None:
    low, high = of[f"{name}_low"], of[f"{name}_high"]
    if np.isfinite(low):
        low = max(low, of[name] / 10) if name == "amplitude" else low  # a logarithm has no 0
        ax.plot([low, high], [y, y], color=color, linewidth=1.5)
    ax.plot(of[name], y, marker=marker, markersize=5, color=color)


def _open(ax: Axes, x: float, y: float, color: str, marker: str, style: Style) -> None:
    look: Look = {"markerfacecolor": style.background, "markeredgewidth": 1.2, "markersize": 5}
    ax.plot(x, y, marker=marker, color=color, **look)


def _rows(ax: Axes) -> None:
    ax.set_ylim(3.6, -0.6)
    ax.set_yticks(range(4), ROWS)
    ax.spines["bottom"].set_visible(True)


def _key(style: Style, alone: bool) -> list[Artist]:
    look: Look = {"linestyle": "", "markersize": 5}
    marks: list[Artist] = [Patch(color=style.edge, alpha=0.45, label="chance")]
    marks += [Line2D([], [], marker="o", color=style.ink, label="both", **look)]
    for head in (0, 1):
        color, name = style.heads[head], HEADS[head]
        marks.append(Line2D([], [], marker="os"[head], color=color, label=name, **look))
    if alone:
        look |= {"markerfacecolor": style.background, "markeredgecolor": style.ink}
        marks.append(Line2D([], [], marker="o", label="alone", **look))
    return marks
