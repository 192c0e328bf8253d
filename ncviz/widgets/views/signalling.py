"""The four marginal pairs, and how much of S they account for."""

from typing import TYPE_CHECKING

import traitlets

from ncviz.basics.protocol import RULES
from ncviz.meaning.verdict import missing, shift_sentence, signalling_sentence
from ncviz.results.result import Moment
from ncviz.results.summary import Summary
from ncviz.widgets.parts.view import Frame, View, css, esm, figure_of, triple

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class SignallingView(View):
    """Show how far each task's mean outcome moves with the partner's task, δ, D and 2 Σ f_k.

    Parameters
    ----------
    moment : Snapshot or Result, optional
        What to show at first.
    explained : bool
        Whether δ, D and 2 Σ f_k stand below the marginal pairs, as what explains S.
    """

    _esm = esm("base", "chart", "signalling_view")
    _css = css("base", "chart", "signalling_view")

    explained = traitlets.Bool(True).tag(sync=True)

    def _frame(self, moment: Moment, numbers: Moment) -> Frame:
        summary = numbers.summary
        return {
            "tasks": list(moment.experiment.tasks),
            "axis": RULES[moment.experiment.outcome].mean,
            "pairs": [[triple(first), triple(second)] for first, second in summary.marginals],
            "excess": triple(summary.excess),
            "delta": triple(summary.delta),
            "D": triple(summary.D),
            "influence": triple(summary.influence),
            "caption": self._caption(summary),
        }

    def _caption(self, summary: Summary) -> str:
        if self.explained or missing(summary):
            return signalling_sentence(summary)
        return f"{shift_sentence(summary)}."

    def _drawn(self, moment: Moment) -> "Figure":
        from ncviz import figures

        return figure_of(figures.signalling(moment))
