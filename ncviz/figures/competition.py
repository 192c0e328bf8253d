"""Who fights over which neuron: the pulls of both heads, neuron by neuron, while it trains."""

from textwrap import wrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ncviz.figures.loss_grid import DASHES, key
from ncviz.figures.parts.frame import (
    Heading,
    a_moment,
    empty,
    finished,
    picture,
    points,
    sentence,
    start,
)
from ncviz.figures.parts.style import LIGHT, SMALL, Look, Style, named, numbered, steps_axis
from ncviz.inference import Array
from ncviz.mechanism.fights import STRONG, WEAK, Fight, fight_sentence, losses_beside, measured
from ncviz.results.result import Moment

TITLE = "Who fights over which neuron"
INDENT = 30

MOST = 24
"""Neurons that are drawn; more would be a blot."""

NAME, GAP, ROOM = 14, 12, 9
"""Room above a setting, between two rows of settings, and between two strips, in points."""

STRIPS = (0.56, 0.22, 0.22)
"""Shares of a setting's height: neurons, cosine of the layer, losses."""


@picture(moment=a_moment)
def competition(
    moment: Moment, ax: Axes | None = None, style: Style = LIGHT, run: int | None = 0
) -> Axes:
    """Draw how the heads' gradients pull at each hidden neuron, for the four settings.

    Parameters
    ----------
    moment : Result or Snapshot
    ax : Axes, optional
        Where to draw; a new figure without it.
    style : Style
        `LIGHT` or `DARK`.
    run : int or None
        Which run. With None the mean over all runs, their neurons ordered by how much they are
        fought over: a neuron's number means nothing in another run.

    Returns
    -------
    Axes
        An empty frame whose ``child_axes`` are three strips for each of the settings 11, 12, 21,
        22: the pulls at the neurons (green together, purple against, faded by their size), the
        cosine of the whole layer, and the held-out losses.

    Raises
    ------
    ValueError
        If it is neither a snapshot nor a result, or there is no such run.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.figures.competition import competition
    >>> ax = competition(Experiment(runs=4, steps=50).run())
    >>> len(ax.child_axes)
    12
    """
    found, problem = measured(moment, run)
    if found is None:
        ax = start(ax, style, Heading(TITLE, (), INDENT), 1.0, (0.5, 0.14, 0.2))
        return sentence(ax, problem, style, INDENT)
    fight = Fight.of_all(found) if run is None else Fight.of_run(found, run)
    notes = [*wrap(fight_sentence(found, run), 64), *wrap(_about(fight, run), 64)]
    heading = Heading(TITLE, notes, INDENT, NAME, _key(style))
    ax = start(ax, style, heading, 4.4, (0.5, 0.14, 0.42))
    losses = losses_beside(moment, found, run)
    top_loss = max(1.0, float(np.ceil(np.quantile(losses, 0.98))))
    above, gap, room = np.divide((NAME, GAP, ROOM), points(ax)[1])
    height = max((1 - above - gap) / 2, 0.1)
    for i in range(4):
        left, top = 0.53 * (i % 2), 1 - (i // 2) * (height + above + gap)
        strips = []
        for share in STRIPS:
            tall = share * (height - 2 * room)
            strips.append(empty(ax.inset_axes((left, top - tall, 0.47, tall)), style))
            top -= tall + room
        _neurons(strips[0], fight, i, moment, style)
        _cosine(strips[1], fight, i, style)
        _losses(strips[2], fight, losses[:, i], top_loss, style)
        for strip, name in zip(strips, ("neuron", "cosine", "loss"), strict=True):
            if i % 2 == 0:
                strip.set_ylabel(name, fontsize=SMALL, color=style.muted, labelpad=3)
            steps_axis(strip, 0, moment.experiment.steps, 2)
            strip.tick_params(labelleft=i % 2 == 0, labelbottom=strip is strips[2] and i > 1)
            strip.spines["bottom"].set_visible(strip is strips[2])
        if i > 1:
            named(strips[2], "training step", style)
    return finished(ax)


def _neurons(ax: Axes, fight: Fight, i: int, moment: Moment, style: Style) -> None:
    pull = fight.pull[:, i, :MOST].T
    last = moment.experiment.steps
    # A record stands for the steps from it to the next one.
    edges = np.append(fight.steps, min(last, fight.steps[-1] + max(1, last // 100)))
    rows = np.arange(len(pull) + 1) + 0.5
    look: Look = {"cmap": style.correlators, "vmin": -1, "vmax": 1, "rasterized": True}
    ax.pcolormesh(edges, rows, pull, **look)
    ax.set_ylim(len(pull) + 0.5, 0.5)
    every = -(-len(pull) // 6)
    numbered(ax, "y", range(1, len(pull) + 1, every), ".0f")
    x, y = divmod(i, 2)
    for text, at, color in ((f"A{x + 1}", 0, style.alice_ink), (f"B{y + 1}", 18, style.bob_ink)):
        ax.annotate(
            text,
            (0, 1),
            (at, 4),
            xycoords="axes fraction",
            textcoords="offset points",
            color=color,
            fontsize=SMALL,
            fontweight="bold",
        )


def _cosine(ax: Axes, fight: Fight, i: int, style: Style) -> None:
    ax.axhline(0, color=style.grid, linewidth=0.8)
    ax.plot(fight.steps, fight.layer_cosine[:, i], color=style.ink, linewidth=1.2)
    ax.set_ylim(-1.1, 1.1)
    numbered(ax, "y", [-1, 1])


def _losses(ax: Axes, fight: Fight, losses: Array, top: float, style: Style) -> None:
    for head in (0, 1):
        color, dashes = style.heads[head], DASHES[head]
        ax.plot(fight.steps, losses[:, head], color=color, linestyle=dashes, linewidth=1.2)
    ax.set_ylim(0, top)
    numbered(ax, "y", [0, top])


def _about(fight: Fight, run: int | None) -> str:
    hidden = fight.pull.shape[2]
    drawn = f"; the first {MOST} of {hidden} neurons" if hidden > MOST else ""
    what = "neurons by how much they are fought over" if run is None else "neurons by number"
    return (
        f"Colour: cosine, faded from {STRONG:g} to {WEAK:g} nats per unit of weight; {what}{drawn}."
    )


def _key(style: Style) -> list[Patch | Line2D]:
    return [
        Patch(facecolor=style.plus, label="together"),
        Patch(facecolor=style.minus, label="against"),
        *key(style),
    ]
