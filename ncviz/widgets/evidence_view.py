"""How the evidence that S is above 2 grows, run by run."""

from typing import TYPE_CHECKING

from ncviz.evidence import Growth
from ncviz.evidence_sentences import LEVELS, SMALLEST_P, growth_sentence
from ncviz.result import Moment
from ncviz.widgets._assets import css, esm
from ncviz.widgets.view import Frame, View, figure_of, packed

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class EvidenceView(View):
    """Draw the mean of S and the any-time p of "at most 2" against the number of runs used.

    Parameters
    ----------
    moment : Snapshot or Result, optional
        What to show at first.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.widgets.evidence_view import EvidenceView
    >>> view = EvidenceView(Experiment(runs=4, steps=50).run())
    >>> print(view.describe())
    After 4 runs no test decides whether S is above 2: it takes five.
    >>> view.close()
    """

    _esm = esm("base", "evidence_view")
    _css = css("base", "s_view", "evidence_view")

    def _frame(self, moment: Moment, numbers: Moment) -> Frame:
        growth = Growth.of(numbers)
        mean, low, high = growth.S.T
        return {
            "used": packed(growth.runs),
            "mean": packed(mean),
            "low": packed(low),
            "high": packed(high),
            "p": packed(growth.p),
            "fixed_p": growth.fixed_p,
            "smallest": SMALLEST_P,
            "levels": [list(level) for level in LEVELS],
            "caption": growth_sentence(numbers.summary, growth),
        }

    def _drawn(self, moment: Moment) -> "Figure":
        from ncviz.figures.evidence import evidence

        return figure_of(evidence(moment))
