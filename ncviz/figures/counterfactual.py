"""What each held-out point would have given in all four settings, for one run."""

from textwrap import wrap

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ncviz.basics.checks import whole
from ncviz.basics.protocol import RULES, TASK_NAMES
from ncviz.figures.parts.frame import Heading, a_moment, finished, picture, sentence, start
from ncviz.figures.parts.style import LIGHT, SMALL, TEXT, Style
from ncviz.inference import format_number
from ncviz.meaning.counterfactual import (
    NOT_YET,
    Pattern,
    Patterns,
    limit_sentence,
    patterns_of_run,
    patterns_sentence,
)
from ncviz.meaning.verdict import missing
from ncviz.results.result import Moment, Result, Snapshot

TITLE = "The same points under four settings"
MOST_ROWS = 8
LETTERS = 62

COUNT, PAIRS, S, ADDS = 0.1, (0.2, 0.34, 0.48, 0.62), 0.75, 1.0
"""Where the columns stand across the axes: right, middles, middle, right."""

HALF = 0.027
"""From the middle of a pair to each of its signs."""

PARTNERS = (("B1", "B2"), ("B1", "B2"), ("A1", "A2"), ("A1", "A2"))


@picture(moment=a_moment)
def counterfactual(
    moment: Moment, ax: Axes | None = None, style: Style = LIGHT, run: int = 0
) -> Axes:
    """Draw the patterns of eight outcomes that a run's points have in the four settings.

    Parameters
    ----------
    moment : Result or Snapshot
        Only a finished training has the outcomes of single points.
    ax : Axes, optional
        Where to draw; a new figure without it.
    style : Style
        `LIGHT` or `DARK`.
    run : int
        0 to runs − 1. With the outcome rule "success" all runs are grouped together.

    Returns
    -------
    Axes
        A table: how many points, Alice's outcomes on A1 and A2 beside each of Bob's tasks, Bob's
        likewise, s of such a point, and what they add to S − 2.

    Raises
    ------
    ValueError
        If it is neither a snapshot nor a result, or there is no such run.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.figures.counterfactual import counterfactual
    >>> ax = counterfactual(Experiment(runs=2, steps=50).run(), run=1)
    >>> ax.get_title(loc="left")
    'The same points under four settings'
    """
    runs, outcome = moment.experiment.runs, moment.experiment.outcome
    run = whole("run", run, 0, runs - 1)
    patterns = _patterns(moment, run)
    if isinstance(patterns, str):
        return sentence(start(ax, style, Heading(TITLE), 1.0, (0.16, 0.16, 0.1)), patterns, style)
    told = patterns_sentence(patterns, outcome, run)
    notes = [*wrap(told, LETTERS), *wrap(limit_sentence(patterns, outcome), LETTERS)]
    shown, others = patterns.first(MOST_ROWS)
    # Two lines of a head, the patterns, the others if there are any, and the sum.
    lines = 2 + len(shown) + bool(others) + 1
    ax = start(ax, style, Heading(TITLE, notes), 0.185 * lines, (0.16, 0.16, 0.1))
    ax.set(xlim=(0, 1), ylim=(lines, 0))
    _head(ax, RULES[outcome].counted[1].split()[-1], style)
    for line, pattern in enumerate(shown):
        _row(ax, 2 + line, pattern, patterns.points, style)
    line = 2 + len(shown)
    if others:
        points, adds = (sum(getattr(one, k) for one in others) for k in ("points", "adds"))
        words = f"{len(others)} other patterns"
        _line(ax, line, points, words, adds / patterns.points, style)
        line += 1
    ax.plot([0, 1], [line + 0.02, line + 0.02], color=style.edge, linewidth=1.2)
    words = f"S − 2 = {format_number(patterns.adds, '.0f')}/{patterns.points}"
    _line(ax, line, patterns.points, words, patterns.adds / patterns.points, style, "bold")
    return finished(ax)


def _patterns(moment: Moment, run: int) -> Patterns | str:
    """The patterns, or why there are none."""
    if problem := missing(moment.summary):
        return f"No outcomes: {problem}."
    result = moment.result if isinstance(moment, Snapshot) else moment
    if not isinstance(result, Result):
        return NOT_YET
    if result.per_run.diverged[run] and RULES[result.experiment.outcome].of != "run":
        return f"Run {run} has diverged: it has no outcomes."
    return patterns_of_run(result, run)


def _head(ax: Axes, units: str, style: Style) -> None:
    for task, (name, x) in enumerate(zip(TASK_NAMES, PAIRS, strict=True)):
        color = (style.alice_ink, style.bob_ink)[task // 2]
        _text(ax, x, 0.5, name, color, weight="bold")
        for side, partner in zip((-1, 1), PARTNERS[task], strict=True):
            _text(ax, x + side * 1.25 * HALF, 1.5, partner, style.muted, size=SMALL)
    for x, word, ha in ((COUNT, units, "right"), (S, "s", "center")):
        _text(ax, x, 1.5, word, style.muted, ha, size=SMALL)
    _text(ax, ADDS, 1.5, "adds to S − 2", style.muted, "right", size=SMALL)


def _row(ax: Axes, line: int, pattern: Pattern, total: int, style: Style) -> None:
    a, b = pattern.alice, pattern.bob
    pairs = ((a[0], a[1]), (a[2], a[3]), (b[0], b[2]), (b[1], b[3]))
    for task, (x, pair) in enumerate(zip(PAIRS, pairs, strict=True)):
        flips = pattern.flips[task]
        if flips:
            corner, size = (x - 2 * HALF, line + 0.1), (4 * HALF, 0.8)
            ax.add_patch(Rectangle(corner, *size, color=style.heads[task // 2], alpha=0.28, lw=0))
        for side, outcome in zip((-1, 1), pair, strict=True):
            weight = "bold" if flips else "normal"
            sign = "+" if outcome > 0 else "−"
            _text(ax, x + side * HALF, line + 0.5, sign, style.ink, weight=weight)
    weight = "bold" if pattern.s > 2 else "normal"
    _text(ax, S, line + 0.5, format_number(pattern.s, ".0f"), style.ink, weight=weight)
    _line(ax, line, pattern.points, "", pattern.adds / total, style)


def _line(
    ax: Axes, line: int, points: int, words: str, adds: float, style: Style, weight: str = "normal"
) -> None:
    """What every line has: how many, and what they add; and words between."""
    ax.plot([0, 1], [line, line], color=style.grid, linewidth=0.8)
    _text(ax, COUNT, line + 0.5, str(points), style.ink, "right", weight)
    _text(ax, COUNT + 0.05, line + 0.5, words, style.ink, "left", weight)
    plus = "+" if adds > 0 else ""
    _text(ax, ADDS, line + 0.5, plus + format_number(adds, ".3f"), style.ink, "right", weight)


def _text(
    ax: Axes,
    x: float,
    y: float,
    text: str,
    color: str,
    ha: str = "center",
    weight: str = "normal",
    size: float = TEXT,
) -> None:
    ax.text(x, y, text, color=color, ha=ha, va="center", fontsize=size, fontweight=weight)
