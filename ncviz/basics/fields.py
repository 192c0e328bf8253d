"""What is known of one field of an experiment, said once: its check, name, unit, words and flag."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ncviz.basics.checks import Check, short


@dataclass(frozen=True)
class Field:
    """One field, as checks, controls, sentences, columns and flags take it.

    `check` takes name and value, and returns the value to keep. `values` are those that a control
    offers, in their order; without any there is none. `unit` is that of one and of several, `hint`
    a sentence for every value ("{}" is the value), `texts` and `hints` are of single values that
    have their own; `listed` is chosen from a list, not on a scale; `own` stands for four tasks.
    `apart` says, beside an S, a value that is not the default ("{}" is its text), and `aparts` does
    so for single values.
    """

    name: str
    check: Check
    label: str = ""
    values: tuple[Any, ...] = ()
    unit: tuple[str, str] = ("", "")
    hint: str = ""
    texts: Mapping[Any, str] = field(default_factory=dict)
    hints: Mapping[Any, str] = field(default_factory=dict)
    listed: bool = False
    own: str = "own"
    apart: str = ""
    aparts: Mapping[Any, str] = field(default_factory=dict)

    @property
    def flag(self) -> str:
        """Of the command line."""
        return f"--{self.name.replace('_', '-')}"

    def offered(self, value: Any) -> tuple[Any, ...]:
        """The values of the control, with one more in its place if it is not among them."""
        if value in self.values:
            return self.values
        more = (*self.values, value)
        return more if isinstance(value, str | tuple) else tuple(sorted(more))

    def text(self, value: Any) -> str:
        """A value in a word."""
        if value in self.texts:
            return self.texts[value]
        if isinstance(value, tuple):
            return self.own
        return f"{value:g}" if isinstance(value, float) else str(value)

    def said(self, value: Any) -> str:
        """The same with its unit."""
        return f"{self.text(value)} {self._unit(value)}".rstrip()

    def assumed(self, value: Any) -> str:
        """What a value other than the default means for the numbers; empty where nothing."""
        return self.aparts.get(value, self.apart.format(self.text(value)))

    def option(self, value: Any) -> dict[str, str]:
        """What a control shows for a value: text, perhaps a unit, and a hint."""
        about = "; ".join(value) if isinstance(value, tuple) else self.hint.format(value)
        shown = {"text": self.text(value), "unit": self._unit(value)}
        return {**{k: v for k, v in shown.items() if v}, "hint": self.hints.get(value, about)}

    def _unit(self, value: Any) -> str:
        """None for a value that has a word of its own."""
        return "" if value in self.texts else self.unit[value != 1]


def a_device(name: str, value: Any) -> str:
    """A check for a device of torch's."""
    if not isinstance(value, str) or not re.fullmatch(r"cpu|cuda(:\d+)?", value):
        raise ValueError(f"{name} must be 'cpu', 'cuda' or 'cuda:<number>', not {short(value)}")
    return str(value)
