"""Pictures of a sweep: the capacity curve, the regime map, and where S is a useful guide."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import traitlets

from ncviz.experiment import Experiment
from ncviz.inference import format_number
from ncviz.regression import Guide, guide
from ncviz.sweeps import curve as capacity
from ncviz.sweeps.frames import Sweep
from ncviz.sweeps.grid import Summaries, in_words, neurons, others_of, summaries
from ncviz.widgets.parts.settled import PictureView, Target, boxes, strips, through
from ncviz.widgets.parts.view import Frame


class SweepView(PictureView):
    """A picture of a sweep, which grows with its finished cells."""

    UNSHOWN = "sweep must be shown before there is a figure of it"

    _sweep: Sweep
    _here: Experiment | None = None

    def __init__(
        self, sweep: Sweep | None = None, where: Mapping[str, Any] | None = None, **traits: Any
    ) -> None:
        self._where = where
        super().__init__(**traits)
        if sweep is not None:
            self.show(sweep)

    def show(
        self, sweep: Sweep, here: Experiment | None = None, found: Summaries | None = None
    ) -> None:
        """Draw a sweep as far as it is finished."""
        frame = self._frame(sweep, here, summaries(sweep) if found is None else found)
        self._sweep, self._here = sweep, here
        self._tell(frame)

    def _frame(self, sweep: Sweep, here: Experiment | None, found: Summaries) -> Frame:
        raise NotImplementedError


class CapacityView(SweepView):
    """Show the capacity curve of a sweep over `hidden`: every run, means, intervals, bounds.

    One line for each combination of its other fields, at most six; `where`, a mapping of fields to
    values, leaves only the cells with those. Without a sweep at first it is empty.

    Examples
    --------
    >>> from ncviz import CapacityView, Experiment, sweep
    >>> view = CapacityView(sweep(Experiment(runs=4, steps=50), hidden=[1, 2], progress=False))
    >>> view.describe()[:33]
    'S is largest at 2 hidden neurons,'
    """

    FIGURE = "capacity"
    ABOUT: ClassVar = {
        "title": "Capacity: S against hidden neurons",
        "waiting": "no sweep yet",
        "kind": "strips",
        "parts": "Sizes; the left and right arrow keys go from one to the next",
        "hint": "Point at a size, or go through the sizes with the arrow keys.",
    }

    def _frame(self, sweep: Sweep, here: Experiment | None, found: Summaries) -> Frame:
        self._curves = capacity.curves(sweep, self._where, found)
        runs = {s.n for curve in self._curves for s in curve.S}
        over = " to ".join(str(n) for n in sorted({min(runs), max(runs)})) if runs else ""
        agreeing = capacity.agreeing_curves(sweep, self._curves)
        said = f"{capacity.curves_sentence(self._curves)} {agreeing}"
        return {
            "subtitle": f"mean of {over} runs, 95 % interval" if over else "",
            "empty": not any(curve.peak for curve in self._curves),
            "table": _table(self._curves) if len(self._curves) > 1 else None,
            "caption": said.strip(),
        }

    def _axes(self, style: Any) -> Any:
        return self._by_figure(self._sweep, style=style, where=self._where)

    def _targets(self, axes: Any) -> Iterable[Target]:
        sizes = sorted({n for curve in self._curves for n in curve.hidden})
        words = [_words(self._curves, n) for n in sizes]
        above, below = (strips(ax, sizes) for ax in axes.figure.axes)
        return through(words, above, below)


def _words(drawn: Sequence[capacity.Curve], n: int) -> str:
    """The numbers of one size."""
    said = []
    for curve in drawn:
        if n in curve.hidden:
            k = curve.hidden.index(n)
            also = f", δ = {curve.delta[k]}, D = {curve.D[k]}"
            whose, also = (f"{curve.label}: ", "") if len(drawn) > 1 else ("", also)
            said.append(f"{whose}S = {curve.S[k]}{also}")
    return f"{neurons(n)}: {'; '.join(said)}"


def _table(drawn: Sequence[capacity.Curve]) -> dict[str, Any]:
    """Of several lines, what the words say of a single one."""
    rows = []
    for curve in drawn:
        sizes = (curve.first_reaches, curve.peak, curve.settled)
        first, peak, settled = ("–" if n is None else str(n) for n in sizes)
        top = "" if curve.peak is None else f": {format_number(curve.at(curve.peak).value)}"
        rows.append([curve.label, first, f"{peak}{top}", settled])
    return {"head": [drawn[0].others, "reaches 2 at", "peak at", "settled from"], "rows": rows}


HINT = "Press a cell to set the Explorer to it; the arrow keys go from cell to cell."


class RegimeView(SweepView):
    """Show S, or how the training behaves, at each hidden size and learning rate.

    It takes what `CapacityView` does, of a sweep over `hidden`, `learning_rate`, or both. Hidden
    neurons stand across, learning rates down; each cell is a button.

    The colour stands for what `by` says, "S" or "regime".

    Examples
    --------
    >>> from ncviz import Experiment, RegimeView, sweep
    >>> view = RegimeView(sweep(Experiment(runs=4, steps=50), hidden=[1, 2], progress=False))
    >>> view.describe()[:31]
    'Of 2 finished cells 2 converge;'
    """

    FIGURE = "regimes"
    ABOUT: ClassVar = {
        "title": "Regimes: hidden neurons and learning rate",
        "waiting": "no sweep yet",
        "kind": "cells",
        "presses": True,
        "parts": "Cells of the sweep",
        "hint": HINT,
        "choice": {"trait": "by", "label": "Coloured by", "texts": {"S": "S", "regime": "Regime"}},
    }

    by = traitlets.Enum(["S", "regime"], "S").tag(sync=True, from_page=True)

    _map = capacity.RegimeMap((), (), ())

    @traitlets.observe("by")
    def _recoloured(self, _change: Any) -> None:
        self._tell(self.frame)

    def on_choose(self, callback: Callable[[Experiment], None]) -> None:
        """Call ``callback(experiment)`` with a cell that is pressed, finished or not."""
        self._on_press(callback)

    def _frame(self, sweep: Sweep, here: Experiment | None, found: Summaries) -> Frame:
        self._map = capacity.regime_map(sweep, self._where, found)
        moved = here is not None and self._map.find(here) is None
        return {
            "subtitle": "mean of S in each cell",
            "said": f"The Explorer stands at none of these cells. {HINT}" if moved else "",
            "caption": self._map.sentence,
        }

    def _axes(self, style: Any) -> Any:
        how = {"by": self.by, "here": self._here, "where": self._where, "style": style}
        return self._by_figure(self._sweep, **how)

    def _targets(self, axes: Any) -> Iterable[Target]:
        rows = self._map.rows
        here = self._map.find(self._here)
        for i, row in reversed([*enumerate(rows)]):  # the largest rate is on top
            for k, place in enumerate(row):
                if place is not None:
                    at = boxes(axes, [(k, len(rows) - i, k + 1, len(rows) - 1 - i)])
                    yield Target(place.sentence, at, here == (i, k), place.cell)


class GuideView(PictureView):
    """Show, for each pairing or rate of a sweep, where S first reaches 2 and the best size.

    The sweep is over `hidden`, with at least two finished sizes; else the picture is empty.

    Examples
    --------
    >>> from ncviz import Experiment, GuideView, sweep
    >>> view = GuideView(sweep(Experiment(runs=8, steps=300), hidden=[1, 2], progress=False))
    >>> view.frame["table"]["head"][1]
    'S reaches 2 at'
    """

    UNSHOWN = "sweep must be shown before there is a figure of it"
    FIGURE = "guide"
    ABOUT: ClassVar = {
        "title": "Where is S a useful guide?",
        "waiting": "needs a sweep over at least two sizes",
        "kind": "cells",
        "parts": "Rows; the up and down arrow keys go from one to the next",
        "hint": "Point at a row, or go through the rows with the arrow keys.",
    }

    _guides: Sequence[Guide] = ()

    def __init__(self, sweep: Sweep | None = None, **traits: Any) -> None:
        super().__init__(**traits)
        self.add_class("ncviz-guide-view")
        if sweep is not None:
            self.show(sweep)

    def show(self, sweep: Sweep) -> None:
        """Draw a sweep as far as it is finished; `ValueError` as `ncviz.regression.guide`."""
        from ncviz.figures.guide import in_words as guides_sentence

        guides = self._guides = guide(sweep)
        if not guides:
            self._tell({})
            return
        head = [
            *(in_words(others_of(sweep, ("hidden",))) or "sweep", "S reaches 2 at"),
            *("least error at", "good from", "least error", "error at S = 2, more by (points)"),
        ]
        table = {"head": head, "rows": [_row(one) for one in guides]}
        self._tell({"table": table, "caption": guides_sentence(guides)})

    def clear(self) -> None:
        """Take the picture away."""
        self._tell({})

    def _axes(self, style: Any) -> Any:
        return self._by_figure(self._guides, style=style)

    def _targets(self, axes: Any) -> Iterable[Target]:
        left, right = axes.get_xlim()
        for row, one in enumerate(self._guides):
            at = boxes(axes, [(left, row - 0.5, right, row + 0.5)])
            yield Target(one.sentence, at)


def _row(one: Guide) -> list[str]:
    least = one.error[one.sizes.index(one.best)]
    return [
        one.label or "all runs",
        "never" if one.reaches is None else str(one.reaches),
        str(one.best),
        str(one.good),
        f"{100 * least.value:.1f} %",
        "–" if one.cost is None else f"{100 * one.cost.value:.1f}",
    ]
