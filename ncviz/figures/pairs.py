"""How far each task's mean outcome moves with the partner's task."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ncviz.basics.protocol import RULES
from ncviz.figures.parts.frame import Heading, a_moment, finished, picture, sentence, start
from ncviz.figures.parts.style import LIGHT, Look, Style, named, numbered, round_numbers
from ncviz.figures.parts.words import tasks
from ncviz.inference import Estimate
from ncviz.meaning.captions import signalling_sentence
from ncviz.results.result import Moment

TITLE = "Does the partner’s task matter?"
INDENT = 60
BESIDE = ("partner on task 1", "on task 2")


@picture(moment=a_moment)
def signalling(moment: Moment, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw the four pairs of mean outcomes with their 95 % intervals.

    Parameters
    ----------
    moment : Result or Snapshot
    ax : Axes, optional
        Where to draw; a new figure without it.
    style : Style
        `LIGHT` or `DARK`.

    Returns
    -------
    Axes
        One row for each of A1, A2, B1, B2: the mean outcome while the partner trains its first
        task (full dots) and its second (open dots). Without signalling each pair is equal.

    Raises
    ------
    ValueError
        If it is neither a snapshot nor a result.

    Examples
    --------
    >>> from ncviz import Experiment, figures
    >>> ax = figures.signalling(Experiment(runs=4, steps=50).run())
    >>> [label.get_text().split()[0] for label in ax.get_yticklabels()]
    ['A1', 'A2', 'B1', 'B2']
    """
    summary = moment.summary
    heading = Heading(TITLE, (), INDENT)
    if moment.s.n:
        notes = [f"visible change δ = {summary.delta}; D = {summary.D}"]
        key = [_mark([], [], style.ink, i, style, BESIDE[i]) for i in (0, 1)]
        heading = Heading(TITLE, notes, INDENT, handles=key)
    ax = start(ax, style, heading, 1.9, (0.95, 0.16, 0.42))
    if not moment.s.n:
        return sentence(ax, signalling_sentence(summary), style, INDENT)
    for row, pair in enumerate(summary.marginals):
        color = style.heads[row // 2]
        ax.plot(
            [pair[0].value, pair[1].value],
            [row, row],
            color=color,
            linewidth=11,
            alpha=0.2,
            solid_capstyle="butt",
        )
        # A little apart, so that equal ones stay visible.
        for i, (estimate, y) in enumerate(zip(pair, (row - 0.16, row + 0.16), strict=True)):
            _end(ax, estimate, y, color, i, style)
    ax.set_ylim(3.55, -0.55)
    ax.set_yticks(range(4), tasks(moment))
    for row, name in enumerate(ax.get_yticklabels()):
        name.set_color((style.alice_ink, style.bob_ink)[row // 2])
    low = min(1.0, *(x for pair in summary.marginals for e in pair for x in (e.value, e.low)))
    low = float(np.clip(np.floor((low - 0.02) * 4) / 4, -1, 0.5))
    ax.set_xlim(low - 0.02 * (1 - low), 1 + 0.02 * (1 - low))
    numbered(ax, "x", round_numbers(low, 1, 4))
    ax.grid(True, axis="x", color=style.grid, linewidth=0.8)
    named(ax, RULES[moment.experiment.outcome].mean, style)
    return finished(ax)


def _end(ax: Axes, estimate: Estimate, y: float, color: str, second: int, style: Style) -> None:
    """One end of a dumbbell, with its interval."""
    if np.isfinite(estimate.low):
        ax.plot([estimate.low, estimate.high], [y, y], color=color, linewidth=1.2)
    ax.add_line(_mark([estimate.value], [y], color, second, style))


def _mark(
    x: list[float], y: list[float], color: str, second: int, style: Style, name: str = ""
) -> Line2D:
    """A full dot beside the partner's first task, an open one beside the second."""
    fill = style.background if second else color
    look: Look = {"color": color, "markerfacecolor": fill, "markersize": 6, "markeredgewidth": 1.5}
    return Line2D(x, y, linestyle="", marker="o", label=name, zorder=3, **look)
