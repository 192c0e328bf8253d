"""What each held-out point would have given in all four settings, for one run."""

from typing import Any

import traitlets

from ncviz.basics.protocol import RULES
from ncviz.meaning.counterfactual import limit_sentence, patterns_or_why_not, patterns_sentence
from ncviz.results.result import Moment
from ncviz.widgets.parts.view import Frame, View, css, esm

COLUMNS = ("points", "alice", "bob", "flips", "s", "adds")


class CounterfactualView(View):
    """List the patterns of outcomes that the same points have under the four settings.

    Parameters
    ----------
    moment : Snapshot or Result, optional
        Only a finished training has the outcomes of single points.
    run : int
        Which run. With the outcome rule "success" all runs are grouped together.

    Examples
    --------
    >>> from ncviz import CounterfactualView, Experiment
    >>> print(CounterfactualView(Experiment(runs=2, trunk="separate").run(), run=1).describe()[:53])
    Run 1: no outcome flips with the partner’s task, so t
    """

    FIGURE, CHOICES = "counterfactual", ("run",)
    _esm = esm("base", "controls", "counterfactual_view")
    _css = css("base", "controls", "counterfactual_view")

    run = traitlets.Int(0, min=0).tag(sync=True, from_page=True)

    def _frame(self, moment: Moment, numbers: Moment) -> Frame:
        e = moment.experiment
        run = min(self.run, e.runs - 1)
        frame: Frame = {
            "run": run,
            "last": e.runs - 1,
            "of_a_run": RULES[e.outcome].of != "run",
            "units": list(RULES[e.outcome].counted),
        }
        patterns = patterns_or_why_not(moment, run)
        if isinstance(patterns, str):
            return {**frame, "problem": patterns, "caption": patterns}
        shown, others = patterns.first(8)  # the others stand in one row
        return {
            **frame,
            "problem": "",
            "points": patterns.points,
            "rows": [{name: getattr(one, name) for name in COLUMNS} for one in shown],
            "others": {
                "patterns": len(others),
                "points": sum(pattern.points for pattern in others),
                "adds": sum(pattern.adds for pattern in others),
            },
            "adds": patterns.adds,
            "limit": limit_sentence(patterns, e.outcome),
            "caption": patterns_sentence(patterns, e.outcome, run),
        }

    def _drawn(self, moment: Moment) -> Any:
        return self._by_figure(moment, run=min(self.run, moment.experiment.runs - 1))
