"""What the live views of a sweep have in common."""

from collections.abc import Mapping
from typing import Any

from ncviz.experiment import Experiment
from ncviz.sweeps.frames import Sweep
from ncviz.sweeps.grid import Summaries, summaries
from ncviz.widgets.parts.settled import PictureView
from ncviz.widgets.parts.view import Frame


class SweepView(PictureView):
    """A picture of a sweep, which grows with its finished cells."""

    SUBJECT = "sweep"

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
        frame = self._frame(sweep, here, summaries(sweep) if found is None else found)
        self._sweep, self._here = sweep, here
        self._tell(frame)

    def _frame(self, sweep: Sweep, here: Experiment | None, found: Summaries) -> Frame:
        raise NotImplementedError
