"""A question, what it can be answered with (a choice or a number), and the cards that ask it."""

import math
import re
import time
from dataclasses import dataclass
from numbers import Real
from typing import Any

import traitlets

from ncviz.basics.checks import short
from ncviz.inference import format_number
from ncviz.widgets.lesson.run import Progress
from ncviz.widgets.parts.door import PageWidget
from ncviz.widgets.parts.view import css, esm

Answer = float | str  # a number, or one of the choices

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Choices:
    """An answer that is one of at least two different texts."""

    texts: tuple[str, ...]

    def __post_init__(self) -> None:
        texts = self.texts
        if not all(isinstance(text, str) and text.strip() for text in texts):
            raise ValueError(f"choices must be texts that are not empty, not {short(texts)}")
        if len(texts) < 2 or len(set(texts)) < len(texts):
            raise ValueError(f"choices must be at least two different texts, not {short(texts)}")

    @property
    def traits(self) -> dict[str, Any]:
        """What the browser has to know, and what to do before there is an answer."""
        return {"asked": {"choices": list(self.texts)}, "ask": "choose an answer"}

    def check(self, value: object) -> Answer:
        """An answer that was given by code."""
        if not isinstance(value, str) or value not in self.texts:
            allowed = ", ".join(map(repr, self.texts))
            raise ValueError(f"answer must be one of {allowed}, not {short(value)}")
        return value

    read = check  # the answer that was given in the browser


@dataclass(frozen=True)
class Number:
    """An answer that is a number; where it lies between two others there is a slider."""

    between: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if self.between is None:
            return
        ends = self.between
        good = isinstance(ends, tuple) and len(ends) == 2 and all(map(_is_number, ends))
        if not good or not ends[0] < ends[1]:
            raise ValueError(f"between must be two numbers, the lower one first, not {short(ends)}")

    @property
    def traits(self) -> dict[str, Any]:
        """What the browser has to know, and what to do before there is an answer."""
        if self.between is None:
            return {"asked": {}, "ask": "type a number"}
        low, high = map(float, self.between)
        slider = {"low": low, "high": high, "step": slider_step(high - low)}
        return {"asked": slider, "ask": "move the slider or type a number"}

    def read(self, given: str) -> Answer:
        """The answer that was given in the browser; a comma is as good as a point."""
        text = given.strip().replace("−", "-").replace(",", ".")
        example = ""
        if not _NUMBER.fullmatch(text):
            low, high = self.between or (0, 3)
            some = round((low + 2 * high) / 3, 1) if high - low > 1 else high
            example, text = f", such as {format_number(some, 'g')}", "nan"
        try:
            return self.check(float(text))
        except ValueError:
            raise ValueError(f"Type {self._allowed}{example}, not “{given[:20]}”.") from None

    def check(self, value: Any) -> Answer:
        """An answer that was given by code."""
        low, high = self.between or (-math.inf, math.inf)
        if not _is_number(value) or not low <= value <= high:
            raise ValueError(f"answer must be {self._allowed}, not {short(value)}")
        return float(value)

    @property
    def _allowed(self) -> str:
        if self.between is None:
            return "a number"
        low, high = (format_number(end, "g") for end in self.between)
        return f"a number from {low} to {high}"


Asked = Choices | Number


def asked(between: object = None, choices: object = None, number_alone: bool = False) -> Asked:
    """What is asked for."""
    if choices is not None:
        if between is not None:
            raise ValueError("between and choices cannot both be given: one answer is asked for")
        if not isinstance(choices, list | tuple):
            raise ValueError(f"choices must be a list of texts, not {short(choices)}")
        return Choices(tuple(choices))
    if between is not None:
        return Number(tuple(between) if isinstance(between, list) else between)  # type: ignore[arg-type]
    if number_alone:
        return Number()
    raise ValueError("between=(low, high) or choices=(…) must say what can be answered")


def checked_question(question: object) -> str:
    """A question that can be asked."""
    if not isinstance(question, str) or not question.strip():
        raise ValueError(f"question must be a text, not {short(question)}")
    return " ".join(question.split())


def slider_step(span: float) -> float:
    """The largest of …, 0.1, 0.2, 0.5, 1, 2, … that gives a slider moves enough."""
    most = span / 50  # moves: enough for a guess, few enough for the arrow keys
    power = math.floor(math.log10(most))
    steps = (float(f"{digit}e{power}") for digit in (5, 2, 1))
    return next(step for step in steps if step <= most * (1 + 1e-9))


def _is_number(value: object) -> bool:
    try:
        return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # a whole number of hundreds of digits
        return False


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
        super().__init__(question=question, **asked.traits, **traits)

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

    @traitlets.observe("given")
    def _read(self, _change: Any) -> None:
        problem = ""
        if self.given.strip():
            try:
                self._asked.read(self.given)
            except ValueError as error:
                problem = str(error)
        self.wrong = problem


TELL_SECONDS = 0.2  # between two words about the progress


class PredictCard(QuestionCard):
    """Ask for a prediction, and once there is one let the experiment be run.

    Its script sends ``{"start": given}``, ``{"stop": true}`` and ``{"again": true}``.
    """

    _esm = esm("base", "chart", "controls", "lesson", "predict")
    _css = css("base", "layout", "controls", "lesson")

    phase = traitlets.Enum(["asking", "running", "stopping", "done"], "asking").tag(sync=True)
    share = traitlets.Float(None, allow_none=True).tag(sync=True)
    status = traitlets.Unicode().tag(sync=True)
    comparison = traitlets.Unicode().tag(sync=True)

    _told = 0.0  # when there was a word about the progress
    _fixed = ""  # what was given when the run began

    def begin(self) -> None:
        """The run begins."""
        self._told, self._fixed = 0.0, self.given
        begun = {"phase": "running", "share": 0.0, "status": "starting…", "comparison": ""}
        self.change(**begun, error="", details="")

    def tell(self, progress: Progress) -> None:
        """Say how far the run is, unless that was said just now."""
        if self._told and time.monotonic() - self._told < TELL_SECONDS:
            return
        self._told = time.monotonic()
        share, status = progress
        self.change(share=share, status=status)

    def end(self, phase: str, status: str = "") -> None:
        """The run is over: "done", or "asking" again."""
        self.change(phase=phase, share=None, status=status)

    def reset(self) -> None:
        """Ask anew."""
        anew = {"phase": "asking", "share": None, "status": "", "given": "", "comparison": ""}
        self.change(**anew, error="", details="")

    @traitlets.validate("given")
    def _keep(self, proposal: Any) -> str:
        # What was typed just before the button was pressed can arrive after it.
        return str(proposal["value"] if self.phase == "asking" else self._fixed)
