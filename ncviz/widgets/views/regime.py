"""The regime map: hidden neurons across, learning rates down, each cell a button."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import traitlets

from ncviz.experiment import Experiment
from ncviz.sweeps.curve import RegimeMap, regime_map
from ncviz.sweeps.frames import Sweep
from ncviz.sweeps.grid import Summaries
from ncviz.widgets.parts.settled import Target, boxes
from ncviz.widgets.parts.view import Frame
from ncviz.widgets.views.sweep import SweepView

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ncviz.figures.parts.style import Style

HINT = "Press a cell to set the Explorer to it; the arrow keys go from cell to cell."


class RegimeView(SweepView):
    """Show S, or how the training behaves, at each hidden size and learning rate.

    Parameters
    ----------
    sweep : Sweep, optional
        What to show at first: over `hidden`, `learning_rate`, or both.
    where : mapping, optional
        Field → value: only cells with that value.

    Attributes
    ----------
    by : {"S", "regime"}
        What the colour stands for.

    Examples
    --------
    >>> from ncviz import Experiment, sweep
    >>> from ncviz.widgets.views.regime import RegimeView
    >>> view = RegimeView(sweep(Experiment(runs=4, steps=50), hidden=[1, 2], progress=False))
    >>> view.describe()[:31]
    'Of 2 finished cells 2 converge;'
    >>> view.close()
    """

    ABOUT: ClassVar = {
        "title": "Regimes: hidden neurons and learning rate",
        "waiting": "no sweep yet",
        "kind": "cells",
        "presses": True,
        "parts": "Cells of the sweep",
        "hint": HINT,
        "choice": {
            "trait": "by",
            "label": "Coloured by",
            "texts": {"S": "S", "regime": "Regime"},
        },
    }

    by = traitlets.Enum(["S", "regime"], "S").tag(sync=True, from_page=True)

    def __init__(
        self, sweep: Sweep | None = None, where: Mapping[str, Any] | None = None, **traits: Any
    ) -> None:
        self._map = RegimeMap((), (), ())
        super().__init__(sweep, where, **traits)
        self.observe(lambda _change: self._tell(self.frame), "by")

    def on_choose(self, callback: Callable[[Experiment], None]) -> None:
        """Call ``callback(experiment)`` with a cell that is pressed, finished or not."""
        self._on_press(callback)

    def _frame(self, sweep: Sweep, here: Experiment | None, found: Summaries) -> Frame:
        self._map = regime_map(sweep, self._where, found)
        moved = here is not None and self._map.find(here) is None
        return {
            "subtitle": "mean of S in each cell",
            "said": f"The Explorer stands at none of these cells. {HINT}" if moved else "",
            "caption": self._map.sentence,
        }

    def _axes(self, style: "Style") -> "Axes":
        from ncviz.figures.regimes import regimes

        assert self._sweep is not None  # else there is no frame
        by: Literal["S", "regime"] = "S" if self.by == "S" else "regime"
        return regimes(self._sweep, by=by, here=self._here, where=self._where, style=style)

    def _targets(self, axes: "Axes") -> Iterable[Target]:
        rows = self._map.rows
        here = self._map.find(self._here)
        for i, row in reversed([*enumerate(rows)]):  # the largest rate is on top
            for k, place in enumerate(row):
                if place is not None:
                    at = boxes(axes, [(k, len(rows) - i, k + 1, len(rows) - 1 - i)])
                    yield Target(place.sentence, at, here == (i, k), place.cell)
