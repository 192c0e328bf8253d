"""What each held-out point would have given in all four settings, for one run."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import traitlets

from ncviz.basics.protocol import RULES
from ncviz.meaning.counterfactual import (
    NOT_YET,
    Pattern,
    limit_sentence,
    patterns_of_run,
    patterns_sentence,
)
from ncviz.meaning.verdict import missing
from ncviz.results.result import Moment, Result, Snapshot
from ncviz.widgets.parts.view import Frame, View, css, esm, figure_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_ROWS = 8
"""Patterns listed one by one; the others stand in one row."""


class CounterfactualView(View):
    """List the patterns of outcomes that the same points have under the four settings.

    Parameters
    ----------
    moment : Snapshot or Result, optional
        What to show at first. Only a finished training has the outcomes of single points.
    run : int
        Which run. With the outcome rule "success" all runs are grouped together.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.widgets.views.counterfactual import CounterfactualView
    >>> view = CounterfactualView(Experiment(runs=2, trunk="separate").run(), run=1)
    >>> print(view.describe()[:53])
    Run 1: no outcome flips with the partner’s task, so t
    >>> view.close()
    """

    _esm = esm("base", "controls", "counterfactual_view")
    _css = css("base", "controls", "counterfactual_view")

    run = traitlets.Int(0, min=0).tag(sync=True, from_page=True)

    def __init__(self, moment: Moment | None = None, **traits: Any) -> None:
        self._on_choice: Callable[[], None] = self._show_again
        super().__init__(moment, **traits)
        self.observe(lambda _change: self._on_choice(), "run")

    def on_choice(self, callback: Callable[[], None]) -> None:
        """Call this, and not `show`, when the user has chosen another run."""
        self._on_choice = callback

    def _show_again(self) -> None:
        if self._moment is not None:
            self.show(self._moment, self.frame["rough"])

    def _frame(self, moment: Moment, numbers: Moment) -> Frame:
        e = moment.experiment
        run = min(self.run, e.runs - 1)
        frame: Frame = {
            "run": run,
            "last": e.runs - 1,
            "of_a_run": RULES[e.outcome].of != "run",
            "units": list(RULES[e.outcome].counted),
        }
        result = finished(moment)
        problem = _problem(moment, run)
        if result is None or problem:
            problem = problem or NOT_YET
            return {**frame, "problem": problem, "caption": problem}
        patterns = patterns_of_run(result, run)
        shown, others = patterns.first(MOST_ROWS)
        return {
            **frame,
            "problem": "",
            "points": patterns.points,
            "rows": [_row(pattern) for pattern in shown],
            "others": {
                "patterns": len(others),
                "points": sum(pattern.points for pattern in others),
                "adds": sum(pattern.adds for pattern in others),
            },
            "adds": patterns.adds,
            "limit": limit_sentence(patterns, e.outcome),
            "caption": patterns_sentence(patterns, e.outcome, run),
        }

    def _drawn(self, moment: Moment) -> "Figure":
        from ncviz.figures.counterfactual import counterfactual

        return figure_of(counterfactual(moment, run=min(self.run, moment.experiment.runs - 1)))


def finished(moment: Moment) -> Result | None:
    """The result that a moment is, or has come to."""
    if isinstance(moment, Snapshot):
        return moment.result
    return moment if isinstance(moment, Result) else None


def _problem(moment: Moment, run: int) -> str:
    """Why there are no outcomes; empty if there are some."""
    if problem := missing(moment.summary):
        return f"No outcomes: {problem}."
    if RULES[moment.experiment.outcome].of != "run" and moment.per_run.diverged[run]:
        return f"Run {run} has diverged: it has no outcomes."
    return ""


def _row(pattern: Pattern) -> dict[str, Any]:
    return {
        "points": pattern.points,
        "alice": list(pattern.alice),
        "bob": list(pattern.bob),
        "flips": list(pattern.flips),
        "s": pattern.s,
        "adds": pattern.adds,
    }
