"""What a question of a lesson can be answered with: one of some choices, or a number."""

import math
import re
from dataclasses import dataclass
from numbers import Real
from typing import Any

from ncviz.basics.checks import short
from ncviz.inference import format_number

Answer = float | str
"""A number, or one of the choices."""

LEAST_MOVES = 50
"""Moves that a slider can make at least: enough for a guess, few enough for the arrow keys."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Choices:
    """An answer that is one of some texts.

    Parameters
    ----------
    texts : tuple of str
        At least two, each another.
    """

    texts: tuple[str, ...]

    def __post_init__(self) -> None:
        texts = self.texts
        if not all(isinstance(text, str) and text.strip() for text in texts):
            raise ValueError(f"choices must be texts that are not empty, not {short(texts)}")
        if len(texts) < 2 or len(set(texts)) < len(texts):
            raise ValueError(f"choices must be at least two different texts, not {short(texts)}")

    @property
    def traits(self) -> dict[str, Any]:
        """What the browser has to know."""
        return {"choices": list(self.texts)}

    @property
    def ask(self) -> str:
        """What to do before there is an answer."""
        return "choose an answer"

    def read(self, given: str) -> Answer:
        """The answer that was given in the browser."""
        return self.check(given)

    def check(self, value: object) -> Answer:
        """An answer that was given by code."""
        if not isinstance(value, str) or value not in self.texts:
            allowed = ", ".join(map(repr, self.texts))
            raise ValueError(f"answer must be one of {allowed}, not {short(value)}")
        return value


@dataclass(frozen=True)
class Number:
    """An answer that is a number.

    Parameters
    ----------
    between : tuple of float, optional
        Lowest and highest that is allowed; there is a slider then.
    """

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
        """What the browser has to know."""
        if self.between is None:
            return {}
        low, high = map(float, self.between)
        return {"low": low, "high": high, "step": slider_step(high - low)}

    @property
    def ask(self) -> str:
        """What to do before there is an answer."""
        return "type a number" if self.between is None else "move the slider or type a number"

    def read(self, given: str) -> Answer:
        """The answer that was given in the browser; a comma is as good as a point."""
        text = given.strip().replace("−", "-").replace(",", ".")
        if not _NUMBER.fullmatch(text):
            raise ValueError(f"Type {self._allowed}, such as {self._example}, not “{given[:20]}”.")
        try:
            return self.check(float(text))
        except ValueError:
            raise ValueError(f"Type {self._allowed}, not “{given[:20]}”.") from None

    def check(self, value: object) -> Answer:
        """An answer that was given by code."""
        low, high = self.between or (-math.inf, math.inf)
        if not _is_number(value) or not low <= value <= high:  # type: ignore[operator]
            raise ValueError(f"answer must be {self._allowed}, not {short(value)}")
        return float(value)  # type: ignore[arg-type]

    @property
    def _allowed(self) -> str:
        if self.between is None:
            return "a number"
        low, high = (format_number(end, "g") for end in self.between)
        return f"a number from {low} to {high}"

    @property
    def _example(self) -> str:
        low, high = self.between or (0, 3)
        return format_number(round((low + 2 * high) / 3, 1) if high - low > 1 else high, "g")


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


def written(answer: Answer | None) -> str:
    """An answer as people write it; empty without one."""
    if answer is None or isinstance(answer, str):
        return answer or ""
    return format_number(answer, "g")


def checked_question(question: object) -> str:
    """A question that can be asked."""
    if not isinstance(question, str) or not question.strip():
        raise ValueError(f"question must be a text, not {short(question)}")
    return " ".join(question.split())


def slider_step(span: float) -> float:
    """The largest of …, 0.1, 0.2, 0.5, 1, 2, … that gives a slider moves enough."""
    most = span / LEAST_MOVES
    power = math.floor(math.log10(most))
    steps = (float(f"{digit}e{power}") for digit in (5, 2, 1))
    return next(step for step in steps if step <= most * (1 + 1e-9))


def _is_number(value: object) -> bool:
    if not isinstance(value, Real) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number of hundreds of digits
        return False
