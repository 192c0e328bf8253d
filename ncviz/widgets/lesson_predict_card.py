"""The upper half of a prediction: the question, the button, the progress and the comparison."""

import time
from typing import Any

import traitlets

from ncviz.widgets._assets import css, esm
from ncviz.widgets.lesson_question_card import QuestionCard
from ncviz.widgets.lesson_run import Progress

TELL_SECONDS = 0.2
"""Between two words about the progress."""


class PredictCard(QuestionCard):
    """Ask for a prediction, and once there is one let the experiment be run.

    Its script sends ``{"start": given}``, ``{"stop": true}`` and ``{"again": true}``.

    Attributes
    ----------
    phase : {"asking", "running", "stopping", "done"}
        The prediction can be given and changed while it is "asking".
    share : float or None
        How much of the run is done, 0 to 1; None where nobody knows.
    status : str
        How far it is, in words.
    comparison : str
        The prediction beside what was found.
    """

    _esm = esm("base", "controls", "lesson", "predict")
    _css = css("base", "controls", "lesson")

    phase = traitlets.Enum(["asking", "running", "stopping", "done"], "asking").tag(sync=True)
    share = traitlets.Float(None, allow_none=True).tag(sync=True)
    status = traitlets.Unicode().tag(sync=True)
    comparison = traitlets.Unicode().tag(sync=True)

    _told = 0.0  # when there was a word about the progress
    _fixed = ""  # what was given when the run began

    def begin(self) -> None:
        """The run begins."""
        self._told, self._fixed = 0.0, self.given
        with self.hold_sync():
            self.forget_error()
            self.phase, self.share, self.status = "running", 0.0, "starting…"
            self.comparison = ""

    def tell(self, progress: Progress) -> None:
        """Say how far the run is, unless that was said just now."""
        if self._told and time.monotonic() - self._told < TELL_SECONDS:
            return
        self._told = time.monotonic()
        with self.hold_sync():
            self.share, self.status = progress

    def end(self, phase: str, status: str = "") -> None:
        """The run is over: "done", or "asking" again."""
        with self.hold_sync():
            self.phase, self.share, self.status = phase, None, status

    def reset(self) -> None:
        """Ask anew."""
        with self.hold_sync():
            self.end("asking")
            self.given, self.comparison = "", ""
            self.forget_error()

    @traitlets.validate("given")
    def _keep(self, proposal: Any) -> str:
        # What was typed just before the button was pressed can arrive after it.
        return str(proposal["value"] if self.phase == "asking" else self._fixed)
