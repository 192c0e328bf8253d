"""The four marginal pairs, and how much of S they account for."""

from typing import TYPE_CHECKING

from ncviz.result import Moment
from ncviz.sentences import MEAN_OUTCOME, signalling_sentence
from ncviz.widgets._assets import css, esm
from ncviz.widgets.view import Frame, View, figure_of, triple

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class SignallingView(View):
    """Show how far each task's mean outcome moves with the partner's task, δ, D and 2 Σ f_k.

    Parameters
    ----------
    moment : Snapshot or Result, optional
        What to show at first.
    """

    _esm = esm("base", "signalling_view")
    _css = css("base", "signalling_view")

    def _frame(self, moment: Moment, numbers: Moment) -> Frame:
        summary = numbers.summary
        return {
            "tasks": list(moment.experiment.tasks),
            "axis": MEAN_OUTCOME[moment.experiment.outcome],
            "pairs": [[triple(first), triple(second)] for first, second in summary.marginals],
            "excess": triple(summary.excess),
            "delta": triple(summary.delta),
            "D": triple(summary.D),
            "influence": triple(summary.influence),
            "caption": signalling_sentence(summary),
        }

    def _drawn(self, moment: Moment) -> "Figure":
        from ncviz import figures

        return figure_of(figures.signalling(moment))
