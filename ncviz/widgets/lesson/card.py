"""A card with a question, which is answered by a choice or a number."""

import time
from typing import Any

import traitlets

from ncviz.widgets.lesson.answers import Answer, Asked
from ncviz.widgets.lesson.run import Progress
from ncviz.widgets.parts.door import PageWidget
from ncviz.widgets.parts.view import close_with_layout, css, esm


class QuestionCard(PageWidget):
    """Base of the cards that ask something."""

    question = traitlets.Unicode().tag(sync=True)
    asked = traitlets.Dict().tag(sync=True)
    ask = traitlets.Unicode().tag(sync=True)
    given = traitlets.Unicode().tag(sync=True, from_page=True)
    wrong = traitlets.Unicode().tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)
    details = traitlets.Unicode().tag(sync=True)

    def __init__(self, question: str, asked: Asked, **traits: Any) -> None:
        self._asked = asked
        super().__init__(question=question, asked=asked.traits, ask=asked.ask, **traits)

    @property
    def answered(self) -> Answer | None:
        """The answer that is given now, or None without one."""
        try:
            return self._asked.read(self.given)
        except ValueError:
            return None

    def give(self, value: object) -> None:
        """Answer by code."""
        answer = self._asked.check(value)
        self.given = answer if isinstance(answer, str) else repr(answer)

    def fail(self, what: str, trace: str) -> None:
        """Say that the lesson's own code failed, and how."""
        with self.hold_sync():
            self.error = f"{what}: {trace.strip().splitlines()[-1]}"
            self.details = "\n".join(text for text in (self.details, trace.strip()) if text)

    def forget_error(self) -> None:
        """Take an error away."""
        with self.hold_sync():
            self.error, self.details = "", ""

    def close(self) -> None:
        """Free the card and its layout."""
        close_with_layout(self)

    @traitlets.observe("given")
    def _read(self, _change: Any) -> None:
        problem = ""
        if self.given.strip():
            try:
                self._asked.read(self.given)
            except ValueError as error:
                problem = str(error)
        self.wrong = problem


TELL_SECONDS = 0.2
"""Between two words about the progress."""


class PredictCard(QuestionCard):
    """Ask for a prediction, and once there is one let the experiment be run.

    Its script sends ``{"start": given}``, ``{"stop": true}`` and ``{"again": true}``.
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
