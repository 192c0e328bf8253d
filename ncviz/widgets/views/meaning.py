"""Is this network quantum? The answer in words, and the pictures that it rests on."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, ClassVar

import numpy as np

from ncviz import meaning
from ncviz.inference import Estimate, format_number
from ncviz.meaning import evidence
from ncviz.meaning.verdict import missing, runs_of
from ncviz.results.result import Moment
from ncviz.widgets.parts.settled import PictureView, Target, boxes, strips, through
from ncviz.widgets.parts.view import Frame, View, css, esm, runs_used


class AnswerView(View):
    """Say whether the network is quantum, which condition of Bell's theorem fails, and why.

    Examples
    --------
    >>> from ncviz import AnswerView, Experiment
    >>> AnswerView(Experiment(runs=4, steps=50).run()).describe()[:3]
    'No.'
    """

    FIGURE = "answer"
    _esm = esm("base", "answer_view")
    _css = css("base", "answer_view")

    _tested: tuple[Moment, str] | None = None

    def describe(self) -> str:
        """The answer, its reason, and what S says; empty before there is anything to speak of."""
        said = [self.frame.get(part, "") for part in ("answer", "reason", "reading", "test")]
        return " ".join(part for part in said if part)

    def _frame(self, moment: Moment, numbers: Moment) -> Frame:
        # The test shuffles ten thousand times: once for a moment is enough.
        if self._tested is None or self._tested[0] is not numbers:
            self._tested = (numbers, meaning.shift_test(numbers))
        return {**asdict(meaning.answer(numbers.summary)), "test": self._tested[1]}


class SettledView(PictureView, View):
    """Base of the settled pictures of a moment."""

    def _axes(self, style: Any) -> Any:
        return self._by_figure(self._numbers, style=style)

    def _frame(self, moment: Moment, numbers: Moment) -> Frame:
        self._numbers = numbers
        return self._told(numbers, f"mean of {runs_of(runs_used(moment))}, 95 % interval")

    def _told(self, moment: Moment, over: str) -> Frame:
        """The words beside the picture; `over` says of how many runs its numbers are."""
        raise NotImplementedError


class AccountView(SettledView):
    """Show how much of an excess over 2 the change of the mean outcomes can account for.

    Examples
    --------
    >>> from ncviz import AccountView, Experiment
    >>> AccountView(Experiment(runs=4, steps=2).run()).describe()
    'No CHSH form passes 2: there is nothing to account for.'
    """

    FIGURE = "account"
    ABOUT: ClassVar = {"title": "What accounts for S"}

    def _told(self, moment: Moment, over: str) -> Frame:
        frame: Frame = {"caption": meaning.account_sentence(moment.summary)}
        if missing(moment.summary):
            return {**frame, "empty": True}
        lines = []
        for line in meaning.account_lines(moment.summary):
            value, _, spread = str(line.number).partition(" ")
            number = {"name": f"{line.name} {line.formula}", "value": value, "interval": spread}
            lines.append({**number, "words": str(line.words)})
        return {**frame, "subtitle": over, "lines": lines}


class InfluenceView(SettledView):
    """Draw which task reaches which outcomes, with the influence that was measured.

    Examples
    --------
    >>> from ncviz import Experiment, InfluenceView
    >>> print(InfluenceView(Experiment(runs=4, steps=50, trunk="separate").run()).describe()[:40])
    Each head has a hidden layer of its own,
    """

    FIGURE = "influence"
    ABOUT: ClassVar = {"title": "Who can influence whom"}

    def _told(self, moment: Moment, over: str) -> Frame:
        found, what = meaning.Influence.of(moment), "outcomes that the partner’s task changes"
        return {
            "subtitle": what if found.apart else f"share of {what}, 95 % interval",
            "empty": bool(missing(moment.summary)),
            "caption": meaning.influence_sentence(moment.summary, found),
        }


class EvidenceView(SettledView):
    """Draw the mean of S and the any-time p of "at most 2" against the number of runs used.

    Examples
    --------
    >>> from ncviz import EvidenceView, Experiment
    >>> print(EvidenceView(Experiment(runs=4, steps=50).run()).describe())
    After 4 runs no test decides whether S is above 2: it takes five.
    """

    FIGURE = "evidence"
    ABOUT: ClassVar = {
        "title": "How the evidence grows",
        "kind": "strips",
        "parts": "After so many runs; the left and right arrow keys go from one to the next",
    }

    def _told(self, moment: Moment, over: str) -> Frame:
        growth = self._growth = evidence.Growth.of(moment)
        self._looks = [
            f"after {runs_of(n)}: S = {Estimate(S, low, high, n)}, {evidence.p_equals(p)}"
            for n, (S, low, high), p in zip(growth.runs, growth.S, growth.p, strict=True)
        ]
        return {
            "subtitle": "95 % interval of so many runs; p may be looked at after each",
            "said": self._looks[-1] if self._looks else "",
            "empty": not self._looks,
            "caption": evidence.growth_sentence(moment.summary, growth),
        }

    def _targets(self, axes: Any) -> Iterable[Target]:
        above, below = (strips(cell, self._growth.runs) for cell in axes.child_axes)
        return through(self._looks, above, below)


class RegionView(SettledView):
    """Show the network in the plane of two CHSH forms, and its S against its signalling.

    Examples
    --------
    >>> from ncviz import Experiment, RegionView
    >>> said = RegionView(Experiment(runs=20, steps=50).run()).describe()
    >>> "the network stands inside the local square" in said
    True
    """

    FIGURE = "regions"
    ABOUT: ClassVar = {
        "title": "Where the network stands",
        "kind": "points",
        "parts": "Marks; the left and right arrow keys go from one to the next",
        "notes": [
            "Slanted line: s_odd = 2 + δ. Up to it, D ≤ 0, the visible change is large enough to "
            "explain S.",
            "Bar at δ = 0, without signalling: local up to 2, quantum up to 2√2, any box up to 4.",
        ],
    }

    def _told(self, moment: Moment, over: str) -> Frame:
        place = self._place = evidence.Place.of(moment)
        rows = []
        for number, one in enumerate(evidence.references(), 1):
            s_odd, delta, D = (format_number(v, one.spec) for v in (one.s_odd, one.delta, one.D))
            s_odd += "" if one.error is None else f" ± {format_number(one.error, one.spec)}"
            mark = "◆" if one.published else "○"
            rows.append([f"{number} {mark} {one.name}", s_odd, delta, D])
        rows.append(["● this network", str(place.s_odd), str(place.delta), str(place.D)])
        return {
            "subtitle": f"{over}; dots: runs; point at a mark to read it",
            "said": evidence.place_words(place) if np.isfinite(place.y.value) else "",
            "table": {"head": ["mark", "s_odd", "δ", "D"], "rows": rows},
            "caption": evidence.place_sentence(moment.summary, place),
        }

    def _targets(self, axes: Any) -> Iterable[Target]:
        plane, change = axes.child_axes
        marks = [
            (r.x, r.y, r.delta, r.s_odd, evidence.reference_words(r)) for r in evidence.references()
        ]
        p = self._place
        if np.isfinite(p.y.value):
            own = (p.x.value, p.y.value, p.delta.value, p.s_odd.value, evidence.place_words(p))
            marks.append(own)
        for x, y, delta, s_odd, words in marks:
            at = boxes(plane, [(x, y, x, y)]) + boxes(change, [(delta, s_odd, delta, s_odd)])
            yield Target(words, at)
