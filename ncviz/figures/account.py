"""What accounts for S: the excess over 2, and what it is made of."""

from textwrap import wrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from ncviz.bell import CLASSICAL_BOUND
from ncviz.figures.parts.frame import Heading, a_moment, finished, picture, sentence, start
from ncviz.figures.parts.style import (
    LIGHT,
    ROOMY,
    SMALL,
    Look,
    Style,
    named,
    numbered,
    round_numbers,
)
from ncviz.inference import Estimate, format_number
from ncviz.meaning import Account, account_lines, account_sentence
from ncviz.meaning.verdict import missing
from ncviz.results.result import Moment

TITLE = "What accounts for S"
HALF = 0.3
"""Half the height of a bar, in rows."""

FORM, INFLUENCE = 0, 1
"""The rows: the largest CHSH form in its parts, and what the measured influence allows."""


@picture(moment=a_moment)
def account(moment: Moment, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw the largest CHSH form from 2 upwards in its parts, above what influence allows.

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
        The upper bar: what δ can account for (full), what is left (hatched), and what δ could
        account for beyond it (open). The lower bar: 2Σf, above which no S can be.

    Raises
    ------
    ValueError
        If it is neither a snapshot nor a result.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.figures.account import account
    >>> ax = account(Experiment(runs=4, steps=50).run())
    >>> ax.get_title(loc="left")
    'What accounts for S'
    """
    summary = moment.summary
    if problem := missing(summary):
        ax = start(ax, style, Heading(TITLE), 1.9, (0.2, 0.2, 0.42))
        return sentence(ax, f"Nothing to account for: {problem}.", style)
    notes = [f"{line.name} {line.formula} = {line.number}" for line in account_lines(summary)]
    notes += wrap(account_sentence(summary), 62)
    heading = Heading(TITLE, notes, handles=_key(style), rows=1 if style.width > ROOMY else 2)
    ax = start(ax, style, heading, 1.5, (0.2, 0.2, 0.42))
    parts, two = Account.of(summary), CLASSICAL_BOUND
    explained = two + parts.explained
    bars: tuple[tuple[int, float, float, Look], ...] = (
        (FORM, two, parts.explained, _explained(style)),
        (FORM, explained, parts.rest, _rest(style)),
        (FORM, explained, parts.slack, _slack(style)),
        (INFLUENCE, two, summary.influence.value, _counted(style)),
    )
    for row, left, width, look in bars:
        if width > 0:
            ax.barh(row, width, 2 * HALF, left=left, **look)
    for estimate, y in (
        (summary.excess, FORM - HALF / 2),
        (summary.delta, FORM + HALF / 2),
        (summary.influence, float(INFLUENCE)),
    ):
        _whisker(ax, estimate, y, style)
    _numbers(ax, moment, style)
    ends = [
        x for e in (summary.excess, summary.delta, summary.influence) for x in (e.value, e.high)
    ]
    top = two + max(0.5, *(x for x in ends if np.isfinite(x))) * 1.08
    ax.axvline(two, color=style.ink, linewidth=1.2)
    ax.set(xlim=(two, top), ylim=(INFLUENCE + 0.62, FORM - 0.66))
    ax.spines["bottom"].set_visible(True)
    numbered(ax, "x", round_numbers(two, top, 5))
    named(ax, "CHSH value; at most 2 without influence", style)
    return finished(ax)


def _numbers(ax: Axes, moment: Moment, style: Style) -> None:
    """Each bar's number, where it ends."""
    summary, two = moment.summary, CLASSICAL_BOUND
    for text, at, row, align in (
        ("s_odd", summary.excess.value, FORM - HALF, "bottom"),
        ("2 + δ", summary.delta.value, FORM + HALF, "top"),
        ("2 + 2Σf", summary.influence.value, INFLUENCE + HALF, "top"),
    ):
        ax.annotate(
            f"{text} = {format_number(two + at)}",
            (two + max(0.0, at), row),
            (0, 2 if align == "bottom" else -2),
            textcoords="offset points",
            ha="left" if at < 0.2 else "center",
            va=align,
            color=style.ink,
            fontsize=SMALL,
        )


def _whisker(ax: Axes, estimate: Estimate, row: float, style: Style) -> None:
    """An interval of a number above 2."""
    if np.isfinite(estimate.low) and estimate.high > 0:
        ends = [CLASSICAL_BOUND + max(0.0, estimate.low), CLASSICAL_BOUND + estimate.high]
        ax.plot(ends, [row, row], color=style.ink, linewidth=1.2, marker="|", markersize=5)


def _explained(style: Style) -> Look:
    return {"facecolor": style.signal, "edgecolor": style.signal}


def _rest(style: Style) -> Look:
    return {"facecolor": style.background, "edgecolor": style.minus, "hatch": "////"}


def _slack(style: Style) -> Look:
    return {"facecolor": "none", "edgecolor": style.signal, "linestyle": (0, (3, 2))}


def _counted(style: Style) -> Look:
    return {"facecolor": style.grid, "edgecolor": style.edge, "hatch": "////"}


def _key(style: Style) -> list[Patch]:
    return [
        Patch(label="visible change", **_explained(style)),
        Patch(label="to spare", **_slack(style)),
        Patch(label="beyond it", **_rest(style)),
        Patch(label="influence", **_counted(style)),
    ]
