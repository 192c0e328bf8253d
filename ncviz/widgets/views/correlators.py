"""The four correlators, and how they add up to S."""

from typing import TYPE_CHECKING

from ncviz.meaning.verdict import correlator_sentence
from ncviz.results.result import Moment
from ncviz.widgets.parts.view import Frame, View, css, esm, figure_of, triple

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class CorrelatorView(View):
    """Show the 2×2 correlators as a coloured table, with their intervals and signs in S.

    Parameters
    ----------
    moment : Snapshot or Result, optional
        What to show at first.
    """

    _esm = esm("base", "chart", "correlator_view")
    _css = css("base", "correlator_view")

    def _frame(self, moment: Moment, numbers: Moment) -> Frame:
        return {
            "tasks": list(moment.experiment.tasks),
            "correlators": [triple(c) for c in numbers.summary.correlators],
            "s": triple(numbers.s),
            "caption": correlator_sentence(numbers.summary),
        }

    def _drawn(self, moment: Moment) -> "Figure":
        from ncviz import figures

        return figure_of(figures.correlators(moment))
