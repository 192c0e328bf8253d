"""The correlators as a coloured table, and how far marginals move with the partner's task."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ncviz.basics.protocol import RULES
from ncviz.figures.parts import frame
from ncviz.figures.parts import style as styles
from ncviz.figures.parts.style import LIGHT, SMALL, TEXT, Look, Style
from ncviz.inference import format_number
from ncviz.meaning.verdict import correlator_sentence, signalling_sentence
from ncviz.results.result import Moment

INDENT = 60
SIGNS = ("+ added", "+ added", "+ added", "− subtracted")


@frame.picture(moment=frame.a_moment)
def correlators(moment: Moment, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw the 2×2 correlators with their 95 % intervals, and how they add up to S.

    Alice's tasks down, Bob's across; purple is −1, green +1.
    """
    ax = frame.start(ax, style, table_heading(moment, frame.said(moment)), 1.8, (0.95, 0.12, 0.34))
    return draw_table(ax, moment, style)


def table_heading(moment: Moment, notes: list[str]) -> frame.Heading:
    """The heading of the table; between them stand the names of Bob's tasks."""
    lines = max(name.count("\n") + 1 for name in frame.tasks(moment)[2:])
    return frame.Heading("How S adds up", notes, INDENT, SMALL * 1.25 * lines + 6)


def draw_table(ax: Axes, moment: Moment, style: Style) -> Axes:
    """The picture without its heading."""
    if not moment.s.n:
        return frame.sentence(ax, correlator_sentence(moment.summary), style, INDENT)
    names, four = frame.tasks(moment), moment.summary.correlators
    values = [estimate.value for estimate in four]
    cells, words = (np.reshape(x, (2, 2)) for x in (values, [*map(format_number, values)]))
    look: Look = {"fontsize": 12.5, "fontweight": "bold"}
    styles.table(ax, cells, words, (-1, 1), style.correlators, style, 3, **look)
    # A $ in a task's name would be read as a formula.
    ax.set_xticks([0.5, 1.5], names[2:], parse_math=False)
    ax.set_yticks([0.5, 1.5], names[:2], parse_math=False, rotation=0)
    for i, (estimate, sign) in enumerate(zip(four, SIGNS, strict=True)):
        for text, up in ((sign, 15), (frame.interval(estimate), -15)):
            look = {"xycoords": "data", "ha": "center", "va": "center"}
            styles.write(ax, text, (i % 2 + 0.5, i // 2 + 0.5), (0, up), style.ink, **look)
    ax.tick_params(length=0, labelbottom=False, labeltop=True)
    ax.tick_params(axis="x", labelcolor=style.bob_ink)
    ax.tick_params(axis="y", labelcolor=style.alice_ink)
    ax.set_xlabel(_sum(values, moment.s.value), fontsize=TEXT, color=style.ink, labelpad=5)
    return ax


def _sum(values: list[float], s: float) -> str:
    """How the correlators, a negative one in brackets after a sign, add up to S as written."""
    texts = [format_number(value) for value in values]
    first, *more = texts
    second, third, last = (f"({text})" if text.startswith("−") else text for text in more)
    one, two, three, four, total = (round(100 * round(value, 2)) for value in (*values, s))
    equals = "=" if one + two + three - four == total else "≈"
    return f"S = {first} + {second} + {third} − {last} {equals} {format_number(s)}"


@frame.picture(moment=frame.a_moment)
def signalling(moment: Moment, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw the four pairs of mean outcomes with their 95 % intervals.

    One row for each of A1, A2, B1, B2: the mean outcome while the partner trains its first task
    (full dots) and its second (open dots). Without signalling each pair is equal.
    """
    summary, title, margins = moment.summary, "Does the partner’s task matter?", (0.95, 0.16, 0.42)
    if not moment.s.n:
        heading, text = frame.Heading(title, (), INDENT), signalling_sentence(summary)
        return frame.start(ax, style, heading, 1.9, margins, text)
    notes = [f"visible change δ = {summary.delta}; D = {summary.D}"]
    key = [_mark([], [], style.ink, 0, style, "partner on task 1")]
    key.append(_mark([], [], style.ink, 1, style, "on task 2"))
    heading = frame.Heading(title, notes, INDENT, handles=key)
    ax = frame.start(ax, style, heading, 1.9, margins)
    ax.set_ylim(3.55, -0.55)
    ax.set_yticks(range(4), frame.tasks(moment))
    for row, (pair, name) in enumerate(zip(summary.marginals, ax.get_yticklabels(), strict=True)):
        color = style.heads[row // 2]
        name.set_color((style.alice_ink, style.bob_ink)[row // 2])
        look: Look = {"linewidth": 11, "alpha": 0.2, "solid_capstyle": "butt"}
        ax.plot([estimate.value for estimate in pair], [row, row], color=color, **look)
        # A little apart, so that equal ones stay visible.
        for i, (estimate, y) in enumerate(zip(pair, (row - 0.16, row + 0.16), strict=True)):
            if np.isfinite(estimate.low):
                ax.plot([estimate.low, estimate.high], [y, y], color=color, linewidth=1.2)
            ax.add_line(_mark([estimate.value], [y], color, i, style))
    low = min(1.0, *(x for pair in summary.marginals for e in pair for x in (e.value, e.low)))
    low = float(np.clip(np.floor((low - 0.02) * 4) / 4, -1, 0.5))
    ax.set_xlim(low - 0.02 * (1 - low), 1 + 0.02 * (1 - low))
    styles.numbered(ax, "x", styles.round_numbers(low, 1, 4))
    ax.grid(True, axis="x", color=style.grid, linewidth=0.8)
    styles.named(ax, RULES[moment.experiment.outcome].mean, style)
    return ax


def _mark(
    x: list[float], y: list[float], color: str, second: int, style: Style, name: str = ""
) -> Line2D:
    """A full dot beside the partner's first task, an open one beside the second."""
    fill = style.background if second else color
    look: Look = {"color": color, "markerfacecolor": fill, "markersize": 6, "markeredgewidth": 1.5}
    return Line2D(x, y, linestyle="", marker="o", label=name, zorder=3, **look)
