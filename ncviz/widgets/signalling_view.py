"""The four marginal pairs, and how much of S they account for."""

from ncviz.result import Moment
from ncviz.verdict import signalling_sentence
from ncviz.widgets._assets import css, esm
from ncviz.widgets.view import Frame, View, triple


class SignallingView(View):
    """Show how far each task's mean outcome moves with the partner's task, δ, D and 2 Σ f_k.

    Parameters
    ----------
    moment : Snapshot or Result, optional
        What to show at first.
    """

    _esm = esm("base", "signalling_view")
    _css = css("base", "signalling_view")

    def _frame(self, moment: Moment) -> Frame:
        summary = moment.summary
        return {
            "tasks": list(moment.experiment.tasks),
            "pairs": [[triple(first), triple(second)] for first, second in summary.marginals],
            "excess": triple(summary.excess),
            "delta": triple(summary.delta),
            "D": triple(summary.D),
            "influence": triple(summary.influence),
            "caption": signalling_sentence(summary),
        }
