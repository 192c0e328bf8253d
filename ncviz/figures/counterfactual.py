"""What each held-out point would have given in all four settings, for one run."""

from textwrap import wrap
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ncviz.basics.checks import whole
from ncviz.basics.protocol import RULES, TASK_NAMES
from ncviz.figures.parts.frame import Heading, a_moment, picture, start
from ncviz.figures.parts.style import LIGHT, SMALL, TEXT, Look, Style
from ncviz.inference import format_number
from ncviz.meaning import counterfactual as points
from ncviz.results.result import Moment

MOST_ROWS = 8

COUNT, PAIRS, S, ADDS = 0.1, (0.2, 0.34, 0.48, 0.62), 0.75, 1.0
"""Where the columns stand across the axes: right, middles, middle, right."""

HALF = 0.027
"""From the middle of a pair to each of its signs."""


@picture(moment=a_moment)
def counterfactual(
    moment: Moment, ax: Axes | None = None, style: Style = LIGHT, run: int = 0
) -> Axes:
    """Draw the patterns of eight outcomes that a run's points have in the four settings.

    Only a finished training has the outcomes of single points.

    A table: how many points, Alice's outcomes on A1 and A2 beside each of Bob's tasks, Bob's
    likewise, s of such a point, and what they add to S − 2.

    Parameters
    ----------
    run : int
        0 to runs − 1. With the outcome rule "success" all runs are grouped together.
    """
    runs, outcome = moment.experiment.runs, moment.experiment.outcome
    run = whole("run", run, 0, runs - 1)
    patterns = points.patterns_or_why_not(moment, run)
    title, margins = "The same points under four settings", (0.16, 0.16, 0.1)
    if isinstance(patterns, str):
        return start(ax, style, Heading(title), 1.0, margins, patterns)
    told = points.patterns_sentence(patterns, outcome, run)
    notes = [*wrap(told, 62), *wrap(points.limit_sentence(patterns, outcome), 62)]
    shown, others = patterns.first(MOST_ROWS)
    # Two lines of a head, the patterns, the others if there are any, and the sum.
    lines = 2 + len(shown) + bool(others) + 1
    ax = start(ax, style, Heading(title, notes), 0.185 * lines, margins)
    ax.set(xlim=(0, 1), ylim=(lines, 0))
    _head(ax, RULES[outcome].counted[1].split()[-1], style)
    for line, pattern in enumerate(shown):
        _row(ax, 2 + line, pattern, patterns.points, style)
    line = 2 + len(shown)
    if others:
        words, rest = f"{len(others)} other patterns", points.Patterns(others)
        _line(ax, line, rest.points, words, rest.adds / patterns.points, style)
        line += 1
    ax.plot([0, 1], [line + 0.02, line + 0.02], color=style.edge, linewidth=1.2)
    words = f"S − 2 = {format_number(patterns.adds, '.0f')}/{patterns.points}"
    _line(ax, line, patterns.points, words, patterns.adds / patterns.points, style, "bold")
    return ax


def _head(ax: Axes, units: str, style: Style) -> None:
    small: Look = {"color": style.muted, "fontsize": SMALL}
    for task, (name, x) in enumerate(zip(TASK_NAMES, PAIRS, strict=True)):
        color = (style.alice_ink, style.bob_ink)[task // 2]
        _text(ax, x, 0.5, name, color=color, fontweight="bold")
        partners = TASK_NAMES[:2] if task > 1 else TASK_NAMES[2:]
        for side, partner in zip((-1, 1), partners, strict=True):
            _text(ax, x + side * 1.25 * HALF, 1.5, partner, **small)
    _text(ax, COUNT, 1.5, units, ha="right", **small)
    _text(ax, S, 1.5, "s", **small)
    _text(ax, ADDS, 1.5, "adds to S − 2", ha="right", **small)


def _row(ax: Axes, line: int, pattern: points.Pattern, total: int, style: Style) -> None:
    a, b = pattern.alice, pattern.bob
    pairs = ((a[0], a[1]), (a[2], a[3]), (b[0], b[2]), (b[1], b[3]))
    for task, (x, pair) in enumerate(zip(PAIRS, pairs, strict=True)):
        flips = pattern.flips[task]
        if flips:
            corner, size = (x - 2 * HALF, line + 0.1), (4 * HALF, 0.8)
            ax.add_patch(Rectangle(corner, *size, color=style.heads[task // 2], alpha=0.28, lw=0))
        look: Look = {"color": style.ink, "fontweight": "bold" if flips else "normal"}
        for side, outcome in zip((-1, 1), pair, strict=True):
            _text(ax, x + side * HALF, line + 0.5, "+" if outcome > 0 else "−", **look)
    look = {"color": style.ink, "fontweight": "bold" if pattern.s > 2 else "normal"}
    _text(ax, S, line + 0.5, format_number(pattern.s, ".0f"), **look)
    _line(ax, line, pattern.points, "", pattern.adds / total, style)


def _line(
    ax: Axes, line: int, count: int, words: str, adds: float, style: Style, weight: str = "normal"
) -> None:
    """What every line has: how many, and what they add; and words between."""
    ax.plot([0, 1], [line, line], color=style.grid, linewidth=0.8)
    more = "+" * (adds > 0) + format_number(adds, ".3f")
    look: Look = {"color": style.ink, "fontweight": weight}
    _text(ax, COUNT, line + 0.5, str(count), ha="right", **look)
    _text(ax, COUNT + 0.05, line + 0.5, words, ha="left", **look)
    _text(ax, ADDS, line + 0.5, more, ha="right", **look)


def _text(ax: Axes, x: float, y: float, text: str, **look: Any) -> None:
    ax.text(x, y, text, **{"ha": "center", "va": "center", "fontsize": TEXT, **look})
