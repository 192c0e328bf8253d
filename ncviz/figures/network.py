"""One network, with its weights as lines."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from ncviz.basics.checks import a
from ncviz.engine.network import PARAMETERS, NCnet
from ncviz.figures.loss_grid import HEADS, Dash
from ncviz.figures.parts.frame import Heading, finished, picture, points, sentence, start
from ncviz.figures.parts.style import LIGHT, TEXT, Look, Style
from ncviz.inference import format_number
from ncviz.tasks import N_BITS

Array = NDArray[np.float64]

INDENT = 30

MOST = 24
"""Hidden neurons of a trunk that are drawn; more would be a blot."""

WIDEST = 4.5
"""Line width of the largest weight, in points."""

SOLID: Dash = (0, ())
DASH: Dash = (0, (2.5, 1.2))
"""Of weights above and below 0, so that their sign is not told by colour alone."""


@picture(net=a(NCnet, "an NCnet"))
def net(net: NCnet, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw a network: bits, hidden neurons, heads, and the weights between them.

    Parameters
    ----------
    net : NCnet
        With separate trunks Alice's neurons stand above Bob's. Of more than 24 neurons of a trunk
        only the first ones are drawn, and the title says so.
    ax : Axes, optional
        Where to draw; a new figure without it.
    style : Style
        `LIGHT` or `DARK`.

    Returns
    -------
    Axes
        Lines are as wide as their weights are large; dashed ones are below 0. Biases are not
        drawn.

    Raises
    ------
    ValueError
        If it is no net.

    Examples
    --------
    >>> from ncviz import Experiment, figures
    >>> ax = figures.net(Experiment(runs=1, steps=50).run().net(run=0, setting="22"))
    >>> ax.get_title(loc="left")
    'A network of 3 hidden neurons'
    """
    first, _, second, _ = (getattr(net, name).detach().cpu().numpy() for name in PARAMETERS)
    trunks, drawn = len(first), min(net.hidden, MOST)
    title = f"A network of {net.hidden} hidden neuron{'s' * (net.hidden != 1)}"
    if trunks == 2:
        title += " for each head"
    if drawn < net.hidden:
        title += f", {drawn} drawn"
    most = float(max(np.abs(first).max(), np.abs(second).max()))
    finite = np.isfinite(most)
    notes = [f"line width: size of a weight; the widest is {format_number(most, '.3g')}"]
    heading = Heading(title, notes, INDENT, handles=_key(style))
    heading = heading if finite else Heading(title, (), INDENT)
    ax = start(ax, style, heading, 2.3, (0.5, 0.66, 0.3))
    if not finite:
        text = "The run of this network diverged: its weights are no longer finite numbers."
        return sentence(ax, text, style, INDENT)
    ax.set(xlim=(0, 1), ylim=(-0.04, 1.04))
    bits = _column(0, np.linspace(0.9, 0.1, N_BITS))
    heads = _column(1, np.array([0.75, 0.25]))
    units = _column(0.5, _heights(trunks, drawn)).reshape(trunks, drawn, 2)
    for trunk in range(trunks):
        for unit, weights in zip(units[trunk], first[trunk], strict=False):
            _lines(ax, bits, unit, weights / most, style)
    for head in (0, 1):
        own = units[head % trunks]
        _lines(ax, own, heads[head], second[head, :drawn] / most, style)
    round_: Look = {"zorder": 3, "clip_on": False, "edgecolors": style.ink, "linewidths": 1.2}
    size = min(110, (0.7 * points(ax)[1] / (trunks * drawn)) ** 2)
    ax.scatter(bits[:, 0], bits[:, 1], s=110, color=style.background, **round_)
    ax.scatter(units[..., 0], units[..., 1], s=size, color=style.background, **round_)
    ax.scatter(heads[:, 0], heads[:, 1], s=150, color=style.heads, **round_)
    look: Look = {"textcoords": "offset points", "va": "center", "fontsize": TEXT}
    for i, at in enumerate(bits):
        ax.annotate(f"s{i + 1}", at, (-11, 0), ha="right", color=style.ink, **look)
    for name, at, color in zip(HEADS, heads, (style.alice_ink, style.bob_ink), strict=True):
        ax.annotate(name, at, (11, 0), color=color, fontweight="bold", **look)
    ax.set_xticks([0, 0.5, 1], ["bits", "hidden neurons", "heads"])
    return finished(ax)


def _column(x: float, heights: Array) -> Array:
    return np.column_stack([np.full(heights.shape, x), heights])


def _heights(trunks: int, units: int) -> Array:
    """Where the neurons of each trunk stand, Alice's above Bob's."""
    share = 1 / trunks - 0.06 * (trunks - 1)
    within = (np.arange(units) + 0.5) / units * share
    return np.concatenate([1 - trunk * (1 - share) - within for trunk in range(trunks)])


def _lines(ax: Axes, starts: Array, end: Array, weights: Array, style: Style) -> None:
    """Lines to one neuron; weights as shares of the largest."""
    ax.add_collection(
        LineCollection(
            [(start, end) for start in starts],
            linewidths=np.maximum(np.abs(weights) * WIDEST, 0.3),
            colors=[style.alice if weight >= 0 else style.bob for weight in weights],
            linestyles=[SOLID if weight >= 0 else DASH for weight in weights],
            alpha=0.85,
        )
    )


def _key(style: Style) -> list[Line2D]:
    looks = (("above 0", style.alice, SOLID), ("below 0", style.bob, DASH))
    return [Line2D([], [], color=c, linestyle=d, linewidth=2, label=n) for n, c, d in looks]
