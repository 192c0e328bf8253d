"""The regime map: hidden neurons across, learning rates down, each cell a button."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

import traitlets

from ncviz.bell import CLASSICAL_BOUND
from ncviz.experiment import Experiment
from ncviz.sweeps.frames import Sweep
from ncviz.sweeps.grid import Summaries
from ncviz.sweeps.regime_map import FULL, Place, RegimeMap, regime_map
from ncviz.widgets.parts.door import on_message
from ncviz.widgets.parts.view import Frame, css, esm, figure_of, triple
from ncviz.widgets.views.sweep import SweepView

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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
    >>> view.frame["rates"], view.frame["hidden"]
    ([0.5], [1, 2])
    >>> view.close()
    """

    _esm = esm("base", "controls", "regime_view")
    _css = css("base", "controls", "regime_view")

    by = traitlets.Enum(["S", "regime"], "S").tag(sync=True, from_page=True)

    def __init__(
        self, sweep: Sweep | None = None, where: Mapping[str, Any] | None = None, **traits: Any
    ) -> None:
        self._map = RegimeMap((), (), ())
        super().__init__(sweep, where, **traits)

    def on_choose(self, callback: Callable[[Experiment], None]) -> None:
        """Call ``callback(experiment)`` with a cell that is pressed, finished or not."""

        def receive(hidden: int, choose: float) -> None:
            # By its values: the map may have changed since it was pressed.
            for place in self._map.places:
                if (place.cell.hidden, place.cell.learning_rate) == (hidden, choose):
                    callback(place.cell)

        on_message(self, receive, {"hidden": int, "choose": float})

    def _frame(self, sweep: Sweep, here: Experiment | None, found: Summaries) -> Frame:
        self._map = regime_map(sweep, self._where, found)
        at = self._map.find(here)
        top = len(self._map.rates) - 1  # the largest rate is on top, as on every axis
        return {
            "hidden": list(self._map.hidden),
            "rates": list(reversed(self._map.rates)),
            "rows": [[_numbers(place) for place in row] for row in reversed(self._map.rows)],
            "here": [top - at[0], at[1]] if at else None,
            "moved": here is not None and at is None,
            "middle": CLASSICAL_BOUND,
            "full": FULL,
            "caption": self._map.sentence,
        }

    def _drawn(self, sweep: Sweep) -> "Figure":
        from ncviz.figures.regimes import regimes

        by: Literal["S", "regime"] = "S" if self.by == "S" else "regime"
        return figure_of(regimes(sweep, by=by, here=self._here, where=self._where))


def _numbers(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    return {
        "S": triple(place.S) if place.S is not None else None,
        "regime": place.regime,
        "said": place.sentence,
    }
