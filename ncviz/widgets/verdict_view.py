"""The verdict: S, its interval, and what they mean, first of all."""

import anywidget
import traitlets

from ncviz.verdict import Verdict
from ncviz.widgets._assets import css, esm


class VerdictView(anywidget.AnyWidget):
    """Show the verdict, with progress and errors; also carries the layout of the Explorer.

    Attributes
    ----------
    frame : dict
        The whole picture; empty while nothing is trained. Keys: ``value``, ``interval``,
        ``note``, ``sentences``, ``state`` (training, rough, done or error), ``progress``
        (0 to 1), ``status``, ``error`` (text of a traceback, or empty).
    """

    _esm = esm("base", "verdict_view")
    _css = css("base", "verdict_view", "explorer")

    frame = traitlets.Dict().tag(sync=True)

    def show(self, verdict: Verdict, state: str, progress: float, status: str) -> None:
        """Show a verdict and how far the training is."""
        self.frame = {**vars(verdict), "state": state, "progress": progress, "status": status}

    def show_error(self, error: str) -> None:
        """Show the traceback of an exception beside what was there."""
        self.frame = {**self.frame, "state": "error", "status": "stopped", "error": error}
