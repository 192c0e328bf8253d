"""Settled pictures: one function a figure, axes in, axes out.

Each takes a `Result` or `Snapshot` (a network, for `net`), the `Axes` to draw on or None for a
new figure, and a `Style`. None touches pyplot or ``rcParams``, so that they are safe on any thread.
On axes of your own, the background of the figure is yours: ``Figure(facecolor=DARK.background)``.
"""

from ncviz.figures.loss_grid import losses
from ncviz.figures.matrix import correlators
from ncviz.figures.network import net
from ncviz.figures.output import png, svg
from ncviz.figures.pairs import signalling
from ncviz.figures.runs import s_of_runs
from ncviz.figures.still import explorer
from ncviz.figures.style import DARK, LIGHT, Style
from ncviz.figures.training import s_training
from ncviz.figures.waves import oscillations

__all__ = [
    "DARK",
    "LIGHT",
    "Style",
    "correlators",
    "explorer",
    "losses",
    "net",
    "oscillations",
    "png",
    "s_of_runs",
    "s_training",
    "signalling",
    "svg",
]
