"""Who can influence whom: the ways from the tasks to the outcomes."""

from textwrap import wrap
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Patch, PathPatch
from matplotlib.path import Path

from ncviz.basics.protocol import TASK_NAMES
from ncviz.figures.loss_grid import DASHES
from ncviz.figures.parts.frame import Heading, a_moment, finished, picture, sentence, start
from ncviz.figures.parts.style import LIGHT, ROOMY, SMALL, Look, Style
from ncviz.meaning import Influence, influence_sentence
from ncviz.meaning.verdict import missing
from ncviz.results.result import Moment

TITLE = "Who can influence whom"
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
    narrow: bool


WIDE = Plan(
    source=(0.5, 0.93, 0.62, 0.13),
    layer=(0.5, 0.57, 0.3, 0.18),
    trunks=((0.39, 0.57, 0.2, 0.18), (0.61, 0.57, 0.2, 0.18)),
    tasks=((0.1, 0.57, 0.19, 0.18), (0.9, 0.57, 0.19, 0.18)),
    outcomes=((0.24, 0.12, 0.47, 0.24), (0.76, 0.12, 0.47, 0.24)),
    narrow=False,
)
NARROW = Plan(
    source=(0.5, 0.94, 0.9, 0.11),
    layer=(0.5, 0.64, 0.36, 0.16),
    trunks=((0.375, 0.64, 0.2, 0.16), (0.625, 0.64, 0.2, 0.16)),
    tasks=((0.11, 0.64, 0.22, 0.16), (0.89, 0.64, 0.22, 0.16)),
    outcomes=((0.24, 0.17, 0.48, 0.33), (0.76, 0.17, 0.48, 0.33)),
    narrow=True,
)


@picture(moment=a_moment)
def influence(moment: Moment, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw which task reaches which outcomes, with the influence that was measured.

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
        Without any scale: boxes for λ, the tasks x and y, the layers and the outcomes a and b;
        what crosses from one side to the other is as wide as the share of outcomes it changes.

    Raises
    ------
    ValueError
        If it is neither a snapshot nor a result.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.figures.influence import influence
    >>> ax = influence(Experiment(runs=4, steps=50).run())
    >>> ax.get_title(loc="left")
    'Who can influence whom'
    """
    found = Influence.of(moment)
    said = influence_sentence(moment.summary, found)
    if missing(moment.summary):
        ax = start(ax, style, Heading(TITLE), 2.6, (0.12, 0.12, 0.1))
        return sentence(ax, said, style)
    apart = found.apart
    heading = Heading(TITLE, wrap(said, 62), handles=() if apart else _key(style))
    plan = WIDE if style.width > ROOMY else NARROW
    ax = start(ax, style, heading, 3.2 if plan.narrow else 2.6, (0.12, 0.12, 0.1))
    ax.set(xlim=(0, 1), ylim=(0, 1))
    layers = plan.trunks if apart else (plan.layer, plan.layer)
    if not apart:
        for head in (0, 1):
            _crossing(ax, plan, head, found, style)
    for head, color in enumerate(style.heads):
        _arrow(ax, plan.tasks[head], plan.outcomes[head], color, straight=True)
        if apart:
            _arrow(ax, layers[head], plan.outcomes[head], style.edge)
            _beside(ax, plan.tasks[head], layers[head], color)
        _arrow(ax, plan.source, layers[head], style.edge, straight=True)
    _boxes(ax, plan, found, style)
    return finished(ax)


def _boxes(ax: Axes, plan: Plan, found: Influence, style: Style) -> None:
    units = found.capacity
    _box(ax, plan.source, ["λ: weights, points, order"], style.edge, style)
    if found.apart:
        for trunk, whose in zip(plan.trunks, ("Alice’s ", "Bob’s "), strict=True):
            name = "layer" if plan.narrow else f"{whose}layer"
            _box(ax, trunk, [name, *(units.split() if plan.narrow else [units])], style.edge, style)
    else:
        _box(ax, plan.layer, ["shared layer", units], style.edge, style)
    for head, names in enumerate((("x", "a", "y"), ("y", "b", "x"))):
        own = (2 * head, 2 * head + 1)
        color = style.heads[head]
        task = [names[0], " or ".join(TASK_NAMES[k] for k in own)]
        _box(ax, plan.tasks[head], task, color, style)
        lines = [f"{TASK_NAMES[k]}: {found.texts[k]}" for k in own]
        if plan.narrow:  # the interval stands below
            lines = [line.replace(" [", "\n[") for line in lines]
        _box(ax, plan.outcomes[head], [f"{names[1]}: changed by {names[2]}", *lines], color, style)


def _box(ax: Axes, place: Place, lines: list[str], color: str, style: Style) -> None:
    x, y, width, height = place
    frame: Look = {"facecolor": style.background, "edgecolor": color, "linewidth": 1.2, "zorder": 3}
    shape = "round,pad=0,rounding_size=0.02"
    corner = (x - width / 2, y - height / 2)
    ax.add_patch(FancyBboxPatch(corner, width, height, boxstyle=shape, clip_on=False, **frame))
    ax.text(
        x, y, "\n".join(lines), ha="center", va="center", color=style.ink, fontsize=SMALL, zorder=4
    )


def _arrow(ax: Axes, start: Place, end: Place, color: str, straight: bool = False) -> None:
    """From below one box to above another."""
    low, high = start[1] - start[3] / 2, end[1] + end[3] / 2
    # Over the nearest point of the lower box, where that is wider.
    x = float(np.clip(start[0], end[0] - end[2] * 0.4, end[0] + end[2] * 0.4))
    starts = x if straight else start[0]
    _draw_arrow(ax, (starts, low), (x, high), color)


def _beside(ax: Axes, task: Place, layer: Place, color: str) -> None:
    """From a task to the layer beside it."""
    side = 1 if layer[0] > task[0] else -1
    ends = (task[0] + side * task[2] / 2, task[1]), (layer[0] - side * layer[2] / 2, layer[1])
    _draw_arrow(ax, *ends, color)


def _draw_arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], color: str) -> None:
    look: Look = {"arrowstyle": "-|>", "mutation_scale": 8, "shrinkA": 0, "shrinkB": 1}
    ax.add_patch(FancyArrowPatch(start, end, color=color, linewidth=1.2, **look))


def _crossing(ax: Axes, plan: Plan, head: int, found: Influence, style: Style) -> None:
    """What comes from the partner's task, through the layer, to this head's outcomes."""
    shares = [found.shares[k].value if found.changed[k] else 0.0 for k in (2 * head, 2 * head + 1)]
    if not any(shares):
        return
    partner, side = 1 - head, 1 if head == 0 else -1
    task, layer, outcome = plan.tasks[partner], plan.layer, plan.outcomes[head]
    ends = task[0] - side * task[2] / 2, layer[0] + side * layer[2] / 2
    straight = Path([(end, task[1]) for end in ends])
    _ribbon(ax, straight, sum(shares), partner, style)
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
    dashes = DASHES[partner] if width < DASHED else "-"
    color = style.heads[partner]
    ax.add_patch(
        PathPatch(path, edgecolor=color, alpha=0.8, linewidth=width, linestyle=dashes, **look)
    )
    if partner and width >= DASHED:
        middle: Look = {"edgecolor": style.background, "linewidth": 1.4, "linestyle": (0, (4, 3))}
        ax.add_patch(PathPatch(path, **middle, **look))


def _key(style: Style) -> list[Patch]:
    return [
        Patch(color=style.bob, alpha=0.75, label="crosses, from y"),
        Patch(color=style.alice, alpha=0.75, label="from x"),
    ]
