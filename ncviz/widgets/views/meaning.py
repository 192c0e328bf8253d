"""Is this network quantum? The answer in words."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar

from ncviz.inference import Estimate
from ncviz.meaning import (
    Influence,
    account_lines,
    account_sentence,
    answer,
    influence_sentence,
    shift_test,
)
from ncviz.meaning.evidence import Growth, growth_sentence, p_equals
from ncviz.meaning.influence import Line
from ncviz.meaning.verdict import missing, runs_of
from ncviz.results.result import Moment
from ncviz.widgets.parts.settled import PictureView, Target, strips, through
from ncviz.widgets.parts.view import Frame, View, css, esm, figure_of, runs_used

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ncviz.figures.parts.style import Style


class AccountView(PictureView, View):
    """Show how much of an excess over 2 the change of the mean outcomes can account for.

    Parameters
    ----------
    moment : Snapshot or Result, optional
        What to show at first.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.widgets.views.meaning import AccountView
    >>> view = AccountView(Experiment(runs=4, steps=2).run())
    >>> view.describe()
    'No CHSH form passes 2: there is nothing to account for.'
    >>> view.close()
    """

    ABOUT: ClassVar = {"title": "What accounts for S"}

    def _frame(self, moment: Moment, numbers: Moment) -> Frame:
        self._numbers, summary = numbers, numbers.summary
        frame: Frame = {"caption": account_sentence(summary)}
        if missing(summary):
            return {**frame, "empty": True}
        lines = [_line(line) for line in account_lines(summary)]
        subtitle = f"mean of {runs_of(runs_used(moment))}, 95 % interval"
        return {**frame, "subtitle": subtitle, "lines": lines}

    def _axes(self, style: "Style") -> "Axes":
        from ncviz.figures.meaning import account

        return account(self._numbers, style=style)


def _line(line: Line) -> dict[str, str]:
    value, _, spread = str(line.number).partition(" ")
    name = f"{line.name} {line.formula}"
    return {"name": name, "value": value, "interval": spread, "words": str(line.words)}


class AnswerView(View):
    """Say whether the network is quantum, which condition of Bell's theorem fails, and why.

    Parameters
    ----------
    moment : Snapshot or Result, optional
        What to speak of at first.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.widgets.views.meaning import AnswerView
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
        from ncviz.figures.meaning import answer as drawn

        return figure_of(drawn(moment))


class InfluenceView(PictureView, View):
    """Draw which task reaches which outcomes, with the influence that was measured.

    Parameters
    ----------
    moment : Snapshot or Result, optional
        What to show at first.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.widgets.views.meaning import InfluenceView
    >>> view = InfluenceView(Experiment(runs=4, steps=50, trunk="separate").run())
    >>> print(view.describe()[:40])
    Each head has a hidden layer of its own,
    >>> view.close()
    """

    ABOUT: ClassVar = {"title": "Who can influence whom"}

    def _frame(self, moment: Moment, numbers: Moment) -> Frame:
        self._numbers, found = numbers, Influence.of(numbers)
        what = "outcomes that the partner’s task changes"
        return {
            "subtitle": what if found.apart else f"share of {what}, 95 % interval",
            "empty": bool(missing(numbers.summary)),
            "caption": influence_sentence(numbers.summary, found),
        }

    def _axes(self, style: "Style") -> "Axes":
        from ncviz.figures.meaning import influence

        return influence(self._numbers, style=style)


class EvidenceView(PictureView, View):
    """Draw the mean of S and the any-time p of "at most 2" against the number of runs used.

    Parameters
    ----------
    moment : Snapshot or Result, optional
        What to show at first.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.widgets.views.meaning import EvidenceView
    >>> view = EvidenceView(Experiment(runs=4, steps=50).run())
    >>> print(view.describe())
    After 4 runs no test decides whether S is above 2: it takes five.
    >>> view.close()
    """

    ABOUT: ClassVar = {
        "title": "How the evidence grows",
        "kind": "strips",
        "parts": "After so many runs; the left and right arrow keys go from one to the next",
    }

    def _frame(self, moment: Moment, numbers: Moment) -> Frame:
        self._numbers, self._growth = numbers, Growth.of(numbers)
        looks = self._looks
        return {
            "subtitle": "95 % interval of so many runs; p may be looked at after each",
            "said": looks[-1] if looks else "",
            "empty": not looks,
            "caption": growth_sentence(numbers.summary, self._growth),
        }

    @property
    def _looks(self) -> list[str]:
        """What is known after so many runs."""
        growth = self._growth
        return [
            f"after {runs_of(n)}: S = {Estimate(S, low, high, n)}, {p_equals(p)}"
            for n, (S, low, high), p in zip(growth.runs, growth.S, growth.p, strict=True)
        ]

    def _axes(self, style: "Style") -> "Axes":
        from ncviz.figures.evidence import evidence

        return evidence(self._numbers, style=style)

    def _targets(self, axes: "Axes") -> Iterable[Target]:
        above, below = (strips(cell, self._growth.runs) for cell in axes.child_axes)
        return through(self._looks, above, below)
