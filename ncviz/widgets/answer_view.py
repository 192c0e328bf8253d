"""Is this network quantum? The answer in words."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ncviz.meaning import answer, shift_test
from ncviz.result import Moment
from ncviz.widgets._assets import css, esm
from ncviz.widgets.view import Frame, View, figure_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class AnswerView(View):
    """Say whether the network is quantum, which condition of Bell's theorem fails, and why.

    Parameters
    ----------
    moment : Snapshot or Result, optional
        What to speak of at first.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.widgets.answer_view import AnswerView
    >>> view = AnswerView(Experiment(runs=4, steps=50).run())
    >>> view.describe()[:3]
    'No.'
    >>> view.close()
    """

    _esm = esm("base", "answer_view")
    _css = css("base", "answer_view")

    def __init__(self, moment: Moment | None = None, **traits: Any) -> None:
        self._tested: tuple[Moment, str] | None = None
        super().__init__(moment, **traits)

    def describe(self) -> str:
        """The answer, its reason, and what S says; empty before there is anything to speak of."""
        said = [self.frame.get(part, "") for part in ("answer", "reason", "reading", "test")]
        return " ".join(part for part in said if part)

    def _frame(self, moment: Moment, numbers: Moment) -> Frame:
        return {**asdict(answer(numbers.summary)), "test": self._test(numbers)}

    def _test(self, moment: Moment) -> str:
        # It shuffles ten thousand times: once for a moment is enough.
        if self._tested is None or self._tested[0] is not moment:
            self._tested = (moment, shift_test(moment))
        return self._tested[1]

    def _drawn(self, moment: Moment) -> "Figure":
        from ncviz.figures.answer import answer as drawn

        return figure_of(drawn(moment))
