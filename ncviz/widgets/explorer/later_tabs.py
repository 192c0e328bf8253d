"""The tabs that train for themselves: their panels, made when they are first asked for."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from ncviz.experiment import Experiment
from ncviz.results.pins import Pins
from ncviz.widgets.explorer.panels import Tab

if TYPE_CHECKING:
    from ncviz.widgets.explorer.tabs.regression import RegressionPanel
    from ncviz.widgets.explorer.tabs.sweep import SweepPanel
    from ncviz.widgets.explorer.tabs.why import WhyPanel


class LaterTabs:
    """Makes the panels of the tabs "Why?", "S and generalisation" and "Sweep"."""

    def __init__(
        self,
        pins: Pins,
        experiment: Callable[[], Experiment],
        on_choose: Callable[[Experiment], None],
        on_run: Callable[[Experiment, int], None],
        open_sweep: Callable[[], object],
        guarded: Callable[[Callable[..., None]], Callable[..., None]],
        on_error: Callable[[str], None],
    ) -> None:
        self._pins, self._experiment = pins, experiment
        self._on_choose, self._on_run, self._open_sweep = on_choose, on_run, open_sweep
        self._guarded, self._on_error = guarded, on_error
        self.sweep: SweepPanel | None = None
        self.regression: RegressionPanel | None = None
        self.why: WhyPanel | None = None
        self.entries = (
            Tab("why", "Why?", self._make_why),
            Tab("generalisation", "S and generalisation", self._make_regression),
            Tab("sweep", "Sweep", self._make_sweep),
        )

    def _make_sweep(self, _redraw: Callable[[], None]) -> "SweepPanel":
        from ncviz.widgets.explorer.tabs.sweep import (
            SweepPanel,  # not loaded before somebody asks for it
        )

        self.sweep = SweepPanel(self._experiment, self._on_choose, self._guarded, self._on_error)
        return self.sweep

    def _make_regression(self, redraw: Callable[[], None]) -> "RegressionPanel":
        from ncviz.widgets.explorer.tabs.regression import RegressionPanel  # likewise

        def sweeps(wanted: bool) -> "SweepPanel | None":
            if wanted:
                self._open_sweep()
            return self.sweep

        self.regression = RegressionPanel(
            self._pins, sweeps, self._on_run, redraw, self._guarded, self._on_error
        )
        return self.regression

    def _make_why(self, redraw: Callable[[], None]) -> "WhyPanel":
        from ncviz.widgets.explorer.tabs.why import WhyPanel  # likewise

        def choose(experiment: Experiment) -> None:
            self._on_choose(replace(experiment, runs=self._experiment().runs))

        self.why = WhyPanel(redraw, choose, self._guarded, self._on_error)
        return self.why
