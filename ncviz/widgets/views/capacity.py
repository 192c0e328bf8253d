"""S, δ and D against the number of hidden neurons."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ncviz.experiment import Experiment
from ncviz.inference import format_number
from ncviz.sweeps.curve import Curve, agreeing_curves, curves, curves_sentence
from ncviz.sweeps.frames import Sweep
from ncviz.sweeps.grid import Summaries, neurons
from ncviz.widgets.parts.settled import Target, strips, through
from ncviz.widgets.parts.view import Frame
from ncviz.widgets.views.sweep import SweepView

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ncviz.figures.parts.style import Style


class CapacityView(SweepView):
    """Show the capacity curve of a sweep over `hidden`: every run, means, intervals, bounds.

    Parameters
    ----------
    sweep : Sweep, optional
        What to show at first; one line for each combination of its other fields, at most six.
    where : mapping, optional
        Field → value: only cells with that value.

    Examples
    --------
    >>> from ncviz import Experiment, sweep
    >>> from ncviz.widgets.views.capacity import CapacityView
    >>> view = CapacityView(sweep(Experiment(runs=4, steps=50), hidden=[1, 2], progress=False))
    >>> view.describe()[:33]
    'S is largest at 2 hidden neurons,'
    >>> view.close()
    """

    ABOUT: ClassVar = {
        "title": "Capacity: S against hidden neurons",
        "waiting": "no sweep yet",
        "kind": "strips",
        "parts": "Sizes; the left and right arrow keys go from one to the next",
        "hint": "Point at a size, or go through the sizes with the arrow keys.",
    }

    def _frame(self, sweep: Sweep, here: Experiment | None, found: Summaries) -> Frame:
        self._curves = curves(sweep, self._where, found)
        runs = {s.n for curve in self._curves for s in curve.S}
        over = " to ".join(str(n) for n in sorted({min(runs), max(runs)})) if runs else ""
        return {
            "subtitle": f"mean of {over} runs, 95 % interval" if over else "",
            "empty": not any(curve.peak for curve in self._curves),
            "table": _table(self._curves) if len(self._curves) > 1 else None,
            "caption": f"{curves_sentence(self._curves)} "
            f"{agreeing_curves(sweep, self._curves)}".strip(),
        }

    def _axes(self, style: "Style") -> "Axes":
        from ncviz.figures.capacity import capacity

        assert self._sweep is not None  # else there is no frame
        return capacity(self._sweep, style=style, where=self._where)

    def _targets(self, axes: "Axes") -> Iterable[Target]:
        sizes = sorted({n for curve in self._curves for n in curve.hidden})
        words = [_words(self._curves, n) for n in sizes]
        above, below = (strips(ax, sizes) for ax in axes.figure.axes)
        return through(words, above, below)


def _words(drawn: Sequence[Curve], n: int) -> str:
    """The numbers of one size."""
    said = []
    for curve in drawn:
        if n in curve.hidden:
            k = curve.hidden.index(n)
            numbers = f"S = {curve.S[k]}"
            if len(drawn) > 1:
                said.append(f"{curve.label}: {numbers}")
            else:
                said.append(f"{numbers}, δ = {curve.delta[k]}, D = {curve.D[k]}")
    return f"{neurons(n)}: {'; '.join(said)}"


def _table(drawn: Sequence[Curve]) -> dict[str, Any]:
    """Of several lines, what the words say of a single one."""

    def at(n: int | None) -> str:
        return "–" if n is None else str(n)

    rows = []
    for curve in drawn:
        top = "" if curve.peak is None else f": {format_number(curve.at(curve.peak).value)}"
        peak = f"{at(curve.peak)}{top}"
        rows.append([curve.label, at(curve.first_reaches), peak, at(curve.settled)])
    return {"head": [drawn[0].others, "reaches 2 at", "peak at", "settled from"], "rows": rows}
