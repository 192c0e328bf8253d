"""The four correlators as a coloured table."""

from collections.abc import Sequence

import numpy as np
import seaborn
from matplotlib.axes import Axes

from ncviz.figures.parts.frame import Heading, a_moment, finished, picture, sentence, start
from ncviz.figures.parts.style import LIGHT, SMALL, TEXT, Style
from ncviz.figures.parts.words import interval, said, tasks
from ncviz.inference import format_number
from ncviz.meaning.verdict import correlator_sentence
from ncviz.results.result import Moment

TITLE = "How S adds up"
INDENT = 60
SIGNS = ("+ added", "+ added", "+ added", "− subtracted")


@picture(moment=a_moment)
def correlators(moment: Moment, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    r"""Draw the 2×2 correlators with their 95 % intervals, and how they add up to S.

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
        Alice's tasks down, Bob's across; purple is −1, green +1.

    Raises
    ------
    ValueError
        If it is neither a snapshot nor a result.

    Examples
    --------
    >>> from ncviz import Experiment, figures
    >>> ax = figures.correlators(Experiment(runs=4, steps=50).run())
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['B1\ns3 AND s4', 'B2\ns3 XOR s4']
    """
    heading = Heading(TITLE, said(moment), INDENT, rise(moment))
    ax = start(ax, style, heading, 1.8, (0.95, 0.12, 0.34))
    return draw(ax, moment, style)


def draw(ax: Axes, moment: Moment, style: Style) -> Axes:
    """The picture without its heading."""
    four, s = moment.summary.correlators, moment.s
    if not s.n:
        return sentence(ax, correlator_sentence(moment.summary), style, INDENT)
    names = tasks(moment)
    seaborn.heatmap(
        np.reshape([c.value for c in four], (2, 2)),
        ax=ax,
        vmin=-1,
        vmax=1,
        cmap=style.correlators,
        annot=np.reshape([format_number(c.value) for c in four], (2, 2)),
        fmt="",
        annot_kws={"color": style.ink, "fontsize": 12.5, "fontweight": "bold"},
        cbar=False,
        linewidths=3,
        linecolor=style.background,
        xticklabels=False,
        yticklabels=False,
    )
    # Not by seaborn, which measures them, and a $ in a task's name would be read as a formula.
    ax.set_xticks([0.5, 1.5], names[2:], parse_math=False)
    ax.set_yticks([0.5, 1.5], names[:2], parse_math=False)
    for i, (estimate, sign) in enumerate(zip(four, SIGNS, strict=True)):
        for text, up in ((sign, 15), (interval(estimate), -15)):
            ax.annotate(
                text,
                (i % 2 + 0.5, i // 2 + 0.5),
                (0, up),
                textcoords="offset points",
                ha="center",
                va="center",
                color=style.ink,
                fontsize=SMALL,
            )
    ax.tick_params(length=0, labelbottom=False, labeltop=True)
    ax.tick_params(axis="x", labelcolor=style.bob_ink)
    ax.tick_params(axis="y", labelcolor=style.alice_ink)
    for name in ax.get_yticklabels():
        name.set(rotation=0)
    terms = [bracketed(c.value) if i else format_number(c.value) for i, c in enumerate(four)]
    first, second, third, last = terms
    equals = "=" if _adds_up([c.value for c in four], s.value) else "≈"
    total = f"S = {first} + {second} + {third} − {last} {equals} {format_number(s.value)}"
    ax.set_xlabel(total, fontsize=TEXT, color=style.ink, labelpad=5)
    return finished(ax)


def _adds_up(four: Sequence[float], s: float) -> bool:
    """Whether the numbers as they are written, with two digits, add up to S as it is written."""
    first, second, third, last, total = (round(100 * round(value, 2)) for value in (*four, s))
    return first + second + third - last == total


def rise(moment: Moment) -> float:
    """Height of the names of Bob's tasks, which stand above the table, in points."""
    lines = max(name.count("\n") + 1 for name in tasks(moment)[2:])
    return SMALL * 1.25 * lines + 6


def bracketed(value: float) -> str:
    """A number after a plus or minus: a negative one in brackets."""
    text = format_number(value)
    return f"({text})" if text.startswith("−") else text
