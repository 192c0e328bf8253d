"""Settled pictures: one function a figure, axes in, axes out.

Each takes what it is of, the `Axes` to draw on or None for a new figure, and a `Style`. As the last
line of a cell the new axes are their picture. None touches pyplot, so that they are safe on any
thread, and ``rcParams`` make no difference to them.
On axes of your own, the background of the figure is yours: ``Figure(facecolor=DARK.background)``.
"""

from ncviz.figures.behavior import correlators, signalling
from ncviz.figures.capacity import capacity, capacity_signalling
from ncviz.figures.counterfactual import counterfactual
from ncviz.figures.evidence import evidence
from ncviz.figures.guide import guide
from ncviz.figures.interventions import interventions
from ncviz.figures.losses import losses
from ncviz.figures.meaning import account, answer, influence
from ncviz.figures.network import competition, net
from ncviz.figures.oscillation import oscillation_index, oscillations
from ncviz.figures.parts.output import png, svg
from ncviz.figures.parts.style import DARK, LIGHT, Style
from ncviz.figures.regimes import regimes
from ncviz.figures.region import regions
from ncviz.figures.regression import influences, regression, residuals
from ncviz.figures.s import s_of_runs, s_training
from ncviz.figures.sensing import placebo, sensing
from ncviz.figures.still import explorer

__all__ = [
    "DARK",
    "LIGHT",
    "Style",
    "account",
    "answer",
    "capacity",
    "capacity_signalling",
    "competition",
    "correlators",
    "counterfactual",
    "evidence",
    "explorer",
    "guide",
    "influence",
    "influences",
    "interventions",
    "losses",
    "net",
    "oscillation_index",
    "oscillations",
    "placebo",
    "png",
    "regimes",
    "regions",
    "regression",
    "residuals",
    "s_of_runs",
    "s_training",
    "sensing",
    "signalling",
    "svg",
]


def __dir__() -> list[str]:
    """The pictures: what a completion is to show."""
    return sorted({*__all__} - {"DARK", "LIGHT", "Style", "png", "svg"})
