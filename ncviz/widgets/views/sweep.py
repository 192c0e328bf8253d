"""What the live views of a sweep have in common."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import traitlets

from ncviz.experiment import Experiment
from ncviz.sweeps.frames import Sweep
from ncviz.sweeps.grid import Summaries, summaries
from ncviz.widgets.parts.door import PageWidget
from ncviz.widgets.parts.view import Frame, close_with_layout

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class SweepView(PageWidget):
    """A live picture of a sweep, which grows with its finished cells."""

    frame = traitlets.Dict().tag(sync=True)

    def __init__(
        self, sweep: Sweep | None = None, where: Mapping[str, Any] | None = None, **traits: Any
    ) -> None:
        self._sweep: Sweep | None = None
        self._here: Experiment | None = None
        self._where = where
        super().__init__(**traits)
        if sweep is not None:
            self.show(sweep)

    def show(
        self, sweep: Sweep, here: Experiment | None = None, found: Summaries | None = None
    ) -> None:
        """Draw a sweep as far as it is finished."""
        self.frame = self._frame(sweep, here, summaries(sweep) if found is None else found)
        self._sweep, self._here = sweep, here

    def describe(self) -> str:
        """What the picture shows now, as one sentence; empty without a picture."""
        return str(self.frame.get("caption", ""))

    def figure(self) -> "Figure":
        """The same picture, settled: drawn by `ncviz.figures`."""
        if self._sweep is None:
            raise ValueError("sweep must be shown before there is a figure of it")
        return self._drawn(self._sweep)

    def close(self) -> None:
        """Free the view and its layout."""
        close_with_layout(self)

    def _frame(self, sweep: Sweep, here: Experiment | None, found: Summaries) -> Frame:
        raise NotImplementedError

    def _drawn(self, sweep: Sweep) -> "Figure":
        raise NotImplementedError
