"""One network with its weights as lines, and who fights over which of its neurons."""

from textwrap import wrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ncviz.basics.checks import a
from ncviz.engine.network import PARAMETERS, NCnet
from ncviz.figures.losses import DASHES, HEADS, Dash, heads_key
from ncviz.figures.parts import style as styles
from ncviz.figures.parts.frame import Heading, a_moment, empty, picture, points, start
from ncviz.figures.parts.style import LIGHT, TEXT, Look, Style
from ncviz.inference import Array, format_number
from ncviz.mechanism.fights import STRONG, WEAK, Fight, fight_sentence, losses_beside, measured
from ncviz.results.result import Moment
from ncviz.tasks import N_BITS

INDENT = 30

MOST = 24
"""Hidden neurons (of a trunk) that are drawn; more would be a blot."""

WIDEST = 4.5
"""Line width of the largest weight, in points."""

SIGNS: tuple[Dash, Dash] = ((0, ()), (0, (2.5, 1.2)))
"""Lines of weights above and below 0: their sign is not told by colour alone."""


@picture(net=a(NCnet, "an NCnet"))
def net(net: NCnet, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw a network: bits, hidden neurons, heads, and the weights between them.

    Lines are as wide as their weights are large; dashed ones are below 0. Biases are not drawn.

    Parameters
    ----------
    net : NCnet
        With separate trunks Alice's neurons stand above Bob's. Of more than 24 neurons of a trunk
        only the first ones are drawn, and the title says so.

    Examples
    --------
    >>> from ncviz import Experiment, figures
    >>> ax = figures.net(Experiment(runs=1, steps=50).run().net(run=0, setting="22"))
    """
    first, _, second, _ = (getattr(net, name).detach().cpu().numpy() for name in PARAMETERS)
    trunks, drawn = len(first), min(net.hidden, MOST)
    title = f"A network of {net.hidden} hidden neuron{'s' * (net.hidden != 1)}"
    title += " for each head" * (trunks == 2)
    title += f", {drawn} drawn" * (drawn < net.hidden)
    most, margins = float(max(np.abs(first).max(), np.abs(second).max())), (0.5, 0.66, 0.3)
    if not np.isfinite(most):
        text = "The run of this network diverged: its weights are no longer finite numbers."
        return start(ax, style, Heading(title, (), INDENT), 2.3, margins, text)
    notes = [f"line width: size of a weight; the widest is {format_number(most, '.3g')}"]
    looks = zip(("above 0", "below 0"), style.heads, SIGNS, strict=True)
    key = [Line2D([], [], color=c, linestyle=d, linewidth=2, label=n) for n, c, d in looks]
    ax = start(ax, style, Heading(title, notes, INDENT, handles=key), 2.3, margins)
    ax.set(xlim=(0, 1), ylim=(-0.04, 1.04))
    # Alice's trunk stands above Bob's.
    share = 1 / trunks - 0.06 * (trunks - 1)
    within = (np.arange(drawn) + 0.5) / drawn * share
    heights = [1 - trunk * (1 - share) - within for trunk in range(trunks)]
    bits = _column(0, np.linspace(0.9, 0.1, N_BITS))
    heads = _column(1, np.array([0.75, 0.25]))
    units = _column(0.5, np.concatenate(heights)).reshape(trunks, drawn, 2)
    for trunk in range(trunks):
        for unit, weights in zip(units[trunk], first[trunk], strict=False):
            _lines(ax, bits, unit, weights / most, style)
    for head in (0, 1):
        _lines(ax, units[head % trunks], heads[head], second[head, :drawn] / most, style)
    round_: Look = {"zorder": 3, "clip_on": False, "edgecolors": style.ink, "linewidths": 1.2}
    size = min(110, (0.7 * points(ax)[1] / (trunks * drawn)) ** 2)
    for at, area, color in (
        (bits, 110, style.background),
        (units, size, style.background),
        (heads, 150, style.heads),
    ):
        ax.scatter(at[..., 0], at[..., 1], s=area, color=color, **round_)
    look: Look = {"xycoords": "data", "va": "center", "fontsize": TEXT}
    for i, at in enumerate(bits):
        styles.write(ax, f"s{i + 1}", at, (-11, 0), style.ink, ha="right", **look)
    for name, at, color in zip(HEADS, heads, (style.alice_ink, style.bob_ink), strict=True):
        styles.write(ax, name, at, (11, 0), color, fontweight="bold", **look)
    ax.set_xticks([0, 0.5, 1], ["bits", "hidden neurons", "heads"])
    return ax


def _column(x: float, heights: Array) -> Array:
    return np.column_stack([np.full(heights.shape, x), heights])


def _lines(ax: Axes, starts: Array, end: Array, weights: Array, style: Style) -> None:
    """Lines to one neuron; weights as shares of the largest."""
    below = [int(weight < 0) for weight in weights]
    lines = LineCollection(
        [(start, end) for start in starts],
        linewidths=np.maximum(np.abs(weights) * WIDEST, 0.3),
        colors=[style.heads[k] for k in below],
        linestyles=[SIGNS[k] for k in below],
        alpha=0.85,
    )
    ax.add_collection(lines)


# Who fights over which neuron

NAME, GAP, ROOM = 14, 12, 9
"""Room above a setting, between two rows of settings, and between two strips, in points."""

STRIPS = (0.56, 0.22, 0.22)
"""Shares of a setting's height: neurons, cosine of the layer, losses."""


@picture(moment=a_moment)
def competition(
    moment: Moment, ax: Axes | None = None, style: Style = LIGHT, run: int | None = 0
) -> Axes:
    """Draw how the heads' gradients pull at each hidden neuron, for the four settings.

    The axes are an empty frame whose ``child_axes`` are three strips for each of the settings 11,
    12, 21, 22: the pulls at the neurons (green together, purple against, faded by their size), the
    cosine of the whole layer, and the held-out losses.

    Parameters
    ----------
    run : int or None
        0 to runs − 1. With None the mean over all runs, their neurons ordered by how much they
        are fought over: a neuron's number means nothing in another run.
    """
    found, problem = measured(moment, run)
    title = "Who fights over which neuron"
    if found is None:
        return start(ax, style, Heading(title, (), INDENT), 1.0, (0.5, 0.14, 0.2), problem)
    fight = Fight.of_all(found) if run is None else Fight.of_run(found, run)
    notes = [*wrap(fight_sentence(found, run), 64), *wrap(_about(fight, run), 64)]
    colors = ((style.plus, "together"), (style.minus, "against"))
    key = [Patch(facecolor=color, label=label) for color, label in colors]
    heading = Heading(title, notes, INDENT, NAME, [*key, *heads_key(style)])
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
        strips[1].axhline(0, color=style.grid, linewidth=0.8)
        strips[1].plot(fight.steps, fight.layer_cosine[:, i], color=style.ink, linewidth=1.2)
        strips[1].set_ylim(-1.1, 1.1)
        styles.numbered(strips[1], "y", [-1, 1])
        for own, color, dashes in zip(losses[:, i].T, style.heads, DASHES, strict=True):
            strips[2].plot(fight.steps, own, color=color, linestyle=dashes, linewidth=1.2)
        strips[2].set_ylim(0, top_loss)
        styles.numbered(strips[2], "y", [0, top_loss])
        for strip, name in zip(strips, ("neuron", "cosine", "loss"), strict=True):
            if i % 2 == 0:
                styles.named(strip, name, style, "y")
            styles.steps_axis(strip, 0, moment.experiment.steps, 2)
            strip.tick_params(labelleft=i % 2 == 0, labelbottom=strip is strips[2] and i > 1)
            strip.spines["bottom"].set_visible(strip is strips[2])
        if i > 1:
            styles.named(strips[2], "training step", style)
    return ax


def _neurons(ax: Axes, fight: Fight, i: int, moment: Moment, style: Style) -> None:
    pull = fight.pull[:, i, :MOST].T
    last = moment.experiment.steps
    # A record stands for the steps from it to the next one.
    edges = np.append(fight.steps, min(last, fight.steps[-1] + max(1, last // 100)))
    rows = np.arange(len(pull) + 1) + 0.5
    look: Look = {"cmap": style.correlators, "vmin": -1, "vmax": 1, "rasterized": True}
    ax.pcolormesh(edges, rows, pull, **look)
    ax.set_ylim(len(pull) + 0.5, 0.5)
    styles.numbered(ax, "y", range(1, len(pull) + 1, -(-len(pull) // 6)), ".0f")
    x, y = divmod(i, 2)
    for text, at, color in ((f"A{x + 1}", 0, style.alice_ink), (f"B{y + 1}", 18, style.bob_ink)):
        styles.write(ax, text, (0, 1), (at, 4), color, fontweight="bold")


def _about(fight: Fight, run: int | None) -> str:
    hidden = fight.pull.shape[2]
    drawn = f"; the first {MOST} of {hidden} neurons" if hidden > MOST else ""
    what = "neurons by how much they are fought over" if run is None else "neurons by number"
    return (
        f"Colour: cosine, faded from {STRONG:g} to {WEAK:g} nats per unit of weight; {what}{drawn}."
    )
