"""S, δ and D against the number of hidden neurons."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ncviz.experiment import Experiment
from ncviz.inference import Array
from ncviz.sweeps.curve import Curve, agreeing, agreeing_curves, curves, curves_sentence
from ncviz.sweeps.frames import Sweep
from ncviz.sweeps.grid import Summaries
from ncviz.widgets.parts.view import Frame, css, esm, figure_of, packed, triple
from ncviz.widgets.views.sweep import SweepView

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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
    >>> view.frame["sizes"]
    [1, 2]
    >>> view.close()
    """

    _esm = esm("base", "capacity_view")
    _css = css("base", "capacity_view")

    def _frame(self, sweep: Sweep, here: Experiment | None, found: Summaries) -> Frame:
        drawn = curves(sweep, self._where, found)
        clouds = [_cloud(sweep, cell) for curve in drawn for cell in curve.cells]
        alone = drawn[0] if len(drawn) == 1 else None
        return {
            "sizes": sorted({cell.hidden for cell in sweep.cells}),
            "curves": [_numbers(sweep, curve) for curve in drawn],
            # Every run, one cell after the other, in the order of the curves.
            "cloud": packed(np.concatenate(clouds) if clouds else []),
            "counts": [len(cloud) for cloud in clouds],
            "marks": [[n, words] for n, words in alone.marks] if alone else [],
            "others": drawn[0].others,
            "caption": f"{curves_sentence(drawn)} {agreeing_curves(sweep, drawn)}".strip(),
        }

    def _drawn(self, sweep: Sweep) -> "Figure":
        from ncviz.figures.capacity import capacity

        return figure_of(capacity(sweep, where=self._where))


def _numbers(sweep: Sweep, curve: Curve) -> dict[str, Any]:
    return {
        "label": curve.label,
        "sizes": list(curve.hidden),
        "reaches": curve.first_reaches,
        "peak": curve.peak,
        "settled": curve.settled,
        "runs": [s.n for s in curve.S],
        "S": [triple(s) for s in curve.S],
        "tied": agreeing(sweep, curve),
        "delta": [triple(delta) for delta in curve.delta],
        "D": [triple(D) for D in curve.D],
    }


def _cloud(sweep: Sweep, cell: Experiment) -> Array:
    """S of the runs of a cell that have one."""
    s: Array = sweep.finished[cell]["S"].to_numpy(dtype=np.float64)
    return s[np.isfinite(s)]
