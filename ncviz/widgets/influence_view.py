"""Who can influence whom: the ways from the tasks to the outcomes."""

from typing import TYPE_CHECKING

from ncviz.meaning import Influence, influence_sentence
from ncviz.result import Moment
from ncviz.verdict import missing
from ncviz.widgets._assets import css, esm
from ncviz.widgets.view import Frame, View, figure_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class InfluenceView(View):
    """Draw which task reaches which outcomes, with the influence that was measured.

    Parameters
    ----------
    moment : Snapshot or Result, optional
        What to show at first.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.widgets.influence_view import InfluenceView
    >>> view = InfluenceView(Experiment(runs=4, steps=50, trunk="separate").run())
    >>> print(view.describe()[:40])
    Each head has a hidden layer of its own,
    >>> view.close()
    """

    _esm = esm("base", "influence_view")
    _css = css("base", "influence_view")

    def _frame(self, moment: Moment, numbers: Moment) -> Frame:
        found = Influence.of(numbers)
        return {
            "apart": found.apart,
            "capacity": found.capacity,
            "known": not missing(numbers.summary),
            # Nothing at all is told from a little: an exact 0 has no arrow.
            "shares": [
                s.value if n else 0.0 for s, n in zip(found.shares, found.changed, strict=True)
            ],
            "texts": found.texts,
            "caption": influence_sentence(numbers.summary, found),
        }

    def _drawn(self, moment: Moment) -> "Figure":
        from ncviz.figures.influence import influence

        return figure_of(influence(moment))
