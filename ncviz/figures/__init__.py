"""Settled pictures: one function a figure, axes in, axes out.

Each takes a `Result` or `Snapshot` (a network, for `net`; a `Sweep`, for `capacity` and
`regimes`; a `Regression`, for `regression`, `residuals` and `influences`; what
`ncviz.regression.guide` gives, for `guide`; what the functions of `ncviz.mechanism` give, for
`oscillation_index`, `sensing`, `interventions` and `placebo`), the `Axes` to draw on or None for a
new figure, and a `Style`. As the last line of a cell the new axes are their picture. None touches
pyplot, so that they are safe on any thread, and ``rcParams`` make no difference to them.
On axes of your own, the background of the figure is yours: ``Figure(facecolor=DARK.background)``.
"""

from ncviz.figures.account import account
from ncviz.figures.answer import answer
from ncviz.figures.capacity import capacity, capacity_signalling
from ncviz.figures.competition import competition
from ncviz.figures.counterfactual import counterfactual
from ncviz.figures.diagnostics import influences, residuals
from ncviz.figures.evidence import evidence
from ncviz.figures.guide import guide
from ncviz.figures.influence import influence
from ncviz.figures.interventions import interventions
from ncviz.figures.loss_grid import losses
from ncviz.figures.matrix import correlators
from ncviz.figures.network import net
from ncviz.figures.oscillation import oscillation_index
from ncviz.figures.pairs import signalling
from ncviz.figures.parts.output import png, svg
from ncviz.figures.parts.style import DARK, LIGHT, Style
from ncviz.figures.placebo import placebo
from ncviz.figures.regimes import regimes
from ncviz.figures.region import regions
from ncviz.figures.regression import regression
from ncviz.figures.runs import s_of_runs
from ncviz.figures.sensing import sensing
from ncviz.figures.still import explorer
from ncviz.figures.training import s_training
from ncviz.figures.waves import oscillations

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
