"""Where the network stands among all that is possible, and beside published experiments."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ncviz.inference import format_number
from ncviz.meaning.evidence import (
    Place,
    Reference,
    place_sentence,
    place_words,
    reference_words,
    references,
)
from ncviz.meaning.verdict import runs_of
from ncviz.results.result import Moment
from ncviz.widgets.parts.settled import PictureView, Target, boxes
from ncviz.widgets.parts.view import Frame, View, runs_used

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ncviz.figures.parts.style import Style


class RegionView(PictureView, View):
    """Show the network in the plane of two CHSH forms, and its S against its signalling.

    Parameters
    ----------
    moment : Snapshot or Result, optional
        What to show at first.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.widgets.views.region import RegionView
    >>> view = RegionView(Experiment(runs=20, steps=50).run())
    >>> "the network stands inside the local square" in view.describe()
    True
    >>> view.close()
    """

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

    def _frame(self, moment: Moment, numbers: Moment) -> Frame:
        self._numbers, self._place = numbers, Place.of(numbers)
        what = f"mean of {runs_of(runs_used(moment))}, 95 % interval; dots: runs"
        return {
            "subtitle": f"{what}; point at a mark to read it",
            "said": place_words(self._place) if self._known else "",
            "table": _table(self._place),
            "caption": place_sentence(numbers.summary, self._place),
        }

    @property
    def _known(self) -> bool:
        return bool(np.isfinite(self._place.y.value))

    def _axes(self, style: "Style") -> "Axes":
        from ncviz.figures.region import regions

        return regions(self._numbers, style=style)

    def _targets(self, axes: "Axes") -> Iterable[Target]:
        plane, change = axes.child_axes
        marks = [(r.x, r.y, r.delta, r.s_odd, reference_words(r)) for r in references()]
        if self._known:
            p = self._place
            own = (p.x.value, p.y.value, p.delta.value, p.s_odd.value, place_words(p))
            marks.append(own)
        for x, y, delta, s_odd, words in marks:
            at = boxes(plane, [(x, y, x, y)]) + boxes(change, [(delta, s_odd, delta, s_odd)])
            yield Target(words, at)


def _table(place: Place) -> Frame:
    """What the numbers in the charts stand for, with s_odd, δ and D."""
    rows = [_row(number, one) for number, one in enumerate(references(), 1)]
    rows.append(["● this network", str(place.s_odd), str(place.delta), str(place.D)])
    return {"head": ["mark", "s_odd", "δ", "D"], "rows": rows}


def _row(number: int, one: Reference) -> list[str]:
    s_odd, delta, D = (format_number(v, one.spec) for v in (one.s_odd, one.delta, one.D))
    s_odd += "" if one.error is None else f" ± {format_number(one.error, one.spec)}"
    return [f"{number} {'◆' if one.published else '○'} {one.name}", s_odd, delta, D]
