"""What S means: whether the network is quantum, what accounts for S, who can influence whom."""

from textwrap import wrap
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Patch, PathPatch
from matplotlib.path import Path

from ncviz.basics.protocol import TASK_NAMES
from ncviz.bell import CLASSICAL_BOUND
from ncviz.figures.losses import DASHES
from ncviz.figures.parts import style as styles
from ncviz.figures.parts.frame import LINE, Heading, a_moment, paragraph, picture, start
from ncviz.figures.parts.style import LIGHT, SMALL, TEXT, Look, Style
from ncviz.inference import format_number
from ncviz.meaning import Account, Influence, account_lines, account_sentence, influence_sentence
from ncviz.meaning import answer as answer_in_words
from ncviz.meaning.verdict import missing
from ncviz.results.result import Moment


@picture(moment=a_moment)
def answer(moment: Moment, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Write, without data, whether the network is quantum, and which of Bell's conditions fails."""
    words = answer_in_words(moment.summary)
    paragraphs = [f"{words.answer} {words.reason}", words.reading]
    paragraphs += [f"{c.name.rstrip('.')}: {c.state}. {c.why}" for c in words.conditions]
    paragraphs.append(str(words.theorem))
    lines = [line for text in paragraphs for line in [*wrap(text, 66), ""]]
    heading = Heading("Is this network quantum?")
    ax = start(ax, style, heading, len(lines) * TEXT * LINE / 72 + 0.1, (0.14, 0.14, 0.1))
    paragraph(ax, lines, 1, (0, 0), style)
    return ax


# What accounts for S

HALF = 0.3
"""Half the height of a bar, in rows."""

FORM, INFLUENCE = 0, 1
"""The rows: the largest CHSH form in its parts, and what the measured influence allows."""


@picture(moment=a_moment)
def account(moment: Moment, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw the largest CHSH form from 2 upwards in its parts, above what influence allows.

    The upper bar: what δ can account for (full), what is left (hatched), and what δ could account
    for beyond it (open). The lower bar: 2Σf, above which no S can be.
    """
    summary, title, margins = moment.summary, "What accounts for S", (0.2, 0.2, 0.42)
    if problem := missing(summary):
        problem = f"Nothing to account for: {problem}."
        return start(ax, style, Heading(title), 1.9, margins, problem)
    notes = [f"{line.name} {line.formula} = {line.number}" for line in account_lines(summary)]
    notes += wrap(account_sentence(summary), 62)
    spare: Look = {"facecolor": "none", "edgecolor": style.signal, "linestyle": (0, (3, 2))}
    looks: dict[str, Look] = {
        "visible change": {"facecolor": style.signal, "edgecolor": style.signal},
        "to spare": spare,
        "beyond it": {"facecolor": style.background, "edgecolor": style.minus, "hatch": "////"},
        "influence": {"facecolor": style.grid, "edgecolor": style.edge, "hatch": "////"},
    }
    key = [Patch(label=label, **look) for label, look in looks.items()]
    heading = Heading(title, notes, handles=key, rows=1 if style.width > styles.ROOMY else 2)
    ax = start(ax, style, heading, 1.5, margins)
    parts, two = Account.of(summary), CLASSICAL_BOUND
    explained = two + parts.explained
    for label, row, left, width in (
        ("visible change", FORM, two, parts.explained),
        ("beyond it", FORM, explained, parts.rest),
        ("to spare", FORM, explained, parts.slack),
        ("influence", INFLUENCE, two, summary.influence.value),
    ):
        if width > 0:
            ax.barh(row, width, 2 * HALF, left=left, **looks[label])
    numbers = (
        (summary.excess, FORM - HALF / 2, "s_odd", FORM - HALF),
        (summary.delta, FORM + HALF / 2, "2 + δ", FORM + HALF),
        (summary.influence, INFLUENCE, "2 + 2Σf", INFLUENCE + HALF),
    )
    for estimate, y, name, end in numbers:
        at = estimate.value
        if np.isfinite(estimate.low) and estimate.high > 0:
            ends = [two + max(0.0, estimate.low), two + estimate.high]
            ax.plot(ends, [y, y], color=style.ink, linewidth=1.2, marker="|", markersize=5)
        above = name == "s_odd"
        look: Look = {"ha": "left" if at < 0.2 else "center", "va": "bottom" if above else "top"}
        text, where = f"{name} = {format_number(two + at)}", (two + max(0.0, at), end)
        styles.write(ax, text, where, (0, 2 if above else -2), style.ink, xycoords="data", **look)
    ends = [x for estimate, *_ in numbers for x in (estimate.value, estimate.high)]
    top = two + max(0.5, *(x for x in ends if np.isfinite(x))) * 1.08
    ax.axvline(two, color=style.ink, linewidth=1.2)
    ax.set(xlim=(two, top), ylim=(INFLUENCE + 0.62, FORM - 0.66))
    ax.spines["bottom"].set_visible(True)
    styles.numbered(ax, "x", styles.round_numbers(two, top, 5))
    styles.named(ax, "CHSH value; at most 2 without influence", style)
    return ax


# Who can influence whom

WIDEST = 34.0
"""Width of what crosses where all outcomes change, in points."""

DASHED = 3.0
"""Narrower ribbons are dashed themselves, in points."""

Place = tuple[float, float, float, float]
"""Centre, width and height of a box, in shares of the axes."""


class Plan(NamedTuple):
    """Where the boxes stand."""

    source: Place
    layer: Place
    trunks: tuple[Place, Place]
    tasks: tuple[Place, Place]
    outcomes: tuple[Place, Place]


WIDE = Plan(
    source=(0.5, 0.93, 0.62, 0.13),
    layer=(0.5, 0.57, 0.3, 0.18),
    trunks=((0.39, 0.57, 0.2, 0.18), (0.61, 0.57, 0.2, 0.18)),
    tasks=((0.1, 0.57, 0.19, 0.18), (0.9, 0.57, 0.19, 0.18)),
    outcomes=((0.24, 0.12, 0.47, 0.24), (0.76, 0.12, 0.47, 0.24)),
)
NARROW = Plan(
    source=(0.5, 0.94, 0.9, 0.11),
    layer=(0.5, 0.64, 0.36, 0.16),
    trunks=((0.375, 0.64, 0.2, 0.16), (0.625, 0.64, 0.2, 0.16)),
    tasks=((0.11, 0.64, 0.22, 0.16), (0.89, 0.64, 0.22, 0.16)),
    outcomes=((0.24, 0.17, 0.48, 0.33), (0.76, 0.17, 0.48, 0.33)),
)


@picture(moment=a_moment)
def influence(moment: Moment, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw which task reaches which outcomes, with the influence that was measured.

    Without any scale: boxes for λ, the tasks x and y, the layers and the outcomes a and b; what
    crosses from one side to the other is as wide as the share of outcomes it changes.
    """
    found, title, margins = Influence.of(moment), "Who can influence whom", (0.12, 0.12, 0.1)
    said = influence_sentence(moment.summary, found)
    if missing(moment.summary):
        return start(ax, style, Heading(title), 2.6, margins, said)
    crosses = ((style.bob, "crosses, from y"), (style.alice, "from x"))
    key = [Patch(color=color, alpha=0.75, label=label) for color, label in crosses]
    heading = Heading(title, wrap(said, 62), handles=() if found.apart else key)
    plan = WIDE if style.width > styles.ROOMY else NARROW
    ax = start(ax, style, heading, 3.2 if plan is NARROW else 2.6, margins)
    ax.set(xlim=(0, 1), ylim=(0, 1))
    layers = plan.trunks if found.apart else (plan.layer, plan.layer)
    if not found.apart:
        for head in (0, 1):
            _crossing(ax, plan, head, found, style)
    for head, color in enumerate(style.heads):
        task, layer, outcome = plan.tasks[head], layers[head], plan.outcomes[head]
        _down(ax, task, outcome, color, straight=True)
        if found.apart:
            _down(ax, layer, outcome, style.edge)
            side = 1 - 2 * head
            ends = task[0] + side * task[2] / 2, layer[0] - side * layer[2] / 2
            _arrow(ax, (ends[0], task[1]), (ends[1], layer[1]), color)
        _down(ax, plan.source, layer, style.edge, straight=True)
    _boxes(ax, plan, found, style)
    return ax


def _boxes(ax: Axes, plan: Plan, found: Influence, style: Style) -> None:
    narrow = plan is NARROW
    boxes = [(plan.source, "λ: weights, points, order", style.edge)]
    if found.apart:
        for trunk, whose in zip(plan.trunks, ("Alice’s layer", "Bob’s layer"), strict=True):
            lines = ["layer", *found.capacity.split()] if narrow else [whose, found.capacity]
            boxes.append((trunk, "\n".join(lines), style.edge))
    else:
        boxes.append((plan.layer, f"shared layer\n{found.capacity}", style.edge))
    for head, (own, outcome, other) in enumerate((("x", "a", "y"), ("y", "b", "x"))):
        tasks, color = TASK_NAMES[2 * head : 2 * head + 2], style.heads[head]
        boxes.append((plan.tasks[head], f"{own}\n{' or '.join(tasks)}", color))
        lines = [f"{task}: {found.texts[2 * head + k]}" for k, task in enumerate(tasks)]
        if narrow:  # the interval stands below
            lines = [line.replace(" [", "\n[") for line in lines]
        lines = [f"{outcome}: changed by {other}", *lines]
        boxes.append((plan.outcomes[head], "\n".join(lines), color))
    frame: Look = {"facecolor": style.background, "linewidth": 1.2, "zorder": 3, "clip_on": False}
    shape = "round,pad=0,rounding_size=0.02"
    words: Look = {"ha": "center", "va": "center", "fontsize": SMALL, "zorder": 4}
    for (x, y, width, height), text, color in boxes:
        corner = (x - width / 2, y - height / 2)
        box = FancyBboxPatch(corner, width, height, boxstyle=shape, edgecolor=color, **frame)
        ax.add_patch(box)
        ax.text(x, y, text, color=style.ink, **words)


def _down(ax: Axes, start: Place, end: Place, color: str, straight: bool = False) -> None:
    """An arrow from below one box to above another."""
    low, high = start[1] - start[3] / 2, end[1] + end[3] / 2
    # Over the nearest point of the lower box, where that is wider.
    x = float(np.clip(start[0], end[0] - end[2] * 0.4, end[0] + end[2] * 0.4))
    _arrow(ax, (x if straight else start[0], low), (x, high), color)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], color: str) -> None:
    look: Look = {"arrowstyle": "-|>", "mutation_scale": 8, "shrinkA": 0, "shrinkB": 1}
    ax.add_patch(FancyArrowPatch(start, end, color=color, linewidth=1.2, **look))


def _crossing(ax: Axes, plan: Plan, head: int, found: Influence, style: Style) -> None:
    """What comes from the partner's task, through the layer, to this head's outcomes."""
    shares = [found.shares[k].value if found.changed[k] else 0.0 for k in (2 * head, 2 * head + 1)]
    if not any(shares):
        return
    partner, side = 1 - head, 1 - 2 * head
    task, layer, outcome = plan.tasks[partner], plan.layer, plan.outcomes[head]
    ends = task[0] - side * task[2] / 2, layer[0] + side * layer[2] / 2
    _ribbon(ax, Path([(end, task[1]) for end in ends]), sum(shares), partner, style)
    low, high = layer[1] - layer[3] / 2, outcome[1] + outcome[3] / 2
    middle = (low + high) / 2
    for k, share in enumerate(shares):
        # Below the layer as far apart as they are wide, above the outcomes where these stand.
        start = layer[0] - side * 0.055 + 0.07 * (k - 0.5)
        end = outcome[0] + outcome[2] * (0.3 * (k - 0.5) + side * 0.17)
        curve = [(start, low), (start, middle), (end, middle), (end, high)]
        codes = [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
        if share:
            _ribbon(ax, Path(curve, codes), share, partner, style)


def _ribbon(ax: Axes, path: Path, share: float, partner: int, style: Style) -> None:
    """As wide as a share; what comes from Bob's side is dashed, a wide one along its middle."""
    width = max(1.0, share * WIDEST)
    look: Look = {"facecolor": "none", "capstyle": "butt"}
    color, dashes = style.heads[partner], DASHES[partner] if width < DASHED else "-"
    wide: Look = {"edgecolor": color, "alpha": 0.8, "linewidth": width, "linestyle": dashes}
    ax.add_patch(PathPatch(path, **wide, **look))
    if partner and width >= DASHED:
        middle: Look = {"edgecolor": style.background, "linewidth": 1.4, "linestyle": (0, (4, 3))}
        ax.add_patch(PathPatch(path, **middle, **look))
