"""What is known of one field of an experiment, said once; and a frozen state of such fields."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar, Self
from urllib.parse import parse_qsl, urlencode

from ncviz.basics.checks import Check, check_keywords, did_you_mean, short

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
else:
    DataclassInstance = object


@dataclass(frozen=True)
class Field:
    """One field, as checks, controls, sentences, columns and flags take it; "{}" is a value."""

    name: str
    check: Check  # takes name and value, and returns the value to keep
    label: str = ""
    values: tuple[Any, ...] = ()  # that a control offers, in their order; without any there is none
    unit: tuple[str, str] = ("", "")  # of one, and of several
    hint: str = ""  # a sentence for every value
    texts: Mapping[Any, str] = field(default_factory=dict)  # of single values that have their own
    hints: Mapping[Any, str] = field(default_factory=dict)  # likewise
    listed: bool = False  # chosen from a list, not on a scale
    own: str = "own"  # stands for four tasks
    apart: str = ""  # says, beside an S, a value that is not the default
    aparts: Mapping[Any, str] = field(default_factory=dict)  # does so for single values

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


class Shareable(DataclassInstance):
    """What the experiments have in common: a dataclass that can be written down and read again."""

    KIND: ClassVar[str]
    FOURFOLD: ClassVar[str]
    TABLE: ClassVar[Mapping[str, Field]]

    batch_size: int
    n_train: int

    def __post_init__(self) -> None:
        """Check each field as the table says, and keep what its check gives back."""
        for name, known in self.TABLE.items():
            object.__setattr__(self, name, known.check(name, getattr(self, name)))
        if (batch := self.batch_size) > self.n_train:
            raise ValueError(f"batch_size must be at most n_train = {self.n_train}, not {batch}")

    def __new__(cls, *_args: Any, **given: Any) -> Self:
        """Refuse a keyword that is no field, before Python does so without a suggestion."""
        check_keywords(f"{cls.__name__}()", given, [f.name for f in fields(cls)])
        return super().__new__(cls)

    def to_json(self) -> str:
        """All fields as a JSON object."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The experiment that `to_json` wrote; missing fields take their defaults."""
        try:
            state = json.loads(text, object_pairs_hook=_each_once)
        except (ValueError, TypeError, RecursionError) as error:
            raise ValueError(f"not an experiment in JSON: {error}") from None
        if not isinstance(state, dict):
            raise ValueError(f"an experiment in JSON must be an object, not {text[:40]!r}")
        return cls.from_state(state)

    def to_query(self) -> str:
        """The fields that differ from their defaults, as a URL query string."""
        return urlencode(self._changes(), doseq=True)

    @classmethod
    def from_query(cls, query: str) -> Self:
        """The experiment that `to_query` wrote (a leading "?" is allowed)."""
        if not isinstance(query, str):
            raise ValueError(f"a query must be a text, not {short(query)}")
        state: dict[str, Any] = {}
        several: list[str] = []
        for name, text in parse_qsl(query.removeprefix("?"), keep_blank_values=True):
            if name == cls.FOURFOLD:
                several.append(text)
            elif name in state:
                raise ValueError(f"{name} is given twice")
            else:
                state[name] = cls.read_field(name, text)
        if several:
            state[cls.FOURFOLD] = several[0] if len(several) == 1 else tuple(several)
        return cls.from_state(state)

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """The experiment with these fields; others take their defaults."""
        if not isinstance(state, Mapping):
            raise ValueError(f"state must hold the fields by name, not {short(state)}")
        known = [f.name for f in fields(cls)]
        for name in state:
            if name not in known:
                hint = did_you_mean(name, known)
                raise ValueError(f"{short(name)} is not a field of {cls.KIND}{hint}")
        return cls(**state)

    def code(self) -> str:
        """The Python expression that makes this experiment, without the defaults."""
        changes = ", ".join(f"{name}={value!r}" for name, value in self._changes().items())
        return f"{type(self).__name__}({changes})"

    def _changes(self) -> dict[str, Any]:
        """The fields that differ from their defaults."""
        values = vars(self)
        return {f.name: values[f.name] for f in fields(self) if values[f.name] != f.default}

    @classmethod
    def read_field(cls, name: str, text: str) -> object:
        """A query's text as the number that the field wants; anything else stays text."""
        kind = {f.name: f.type for f in fields(cls)}.get(name)
        with suppress(ValueError):
            if kind in (int, float):
                return plain_number(kind, text)
        return text


def plain_number(kind: type, text: str) -> Any:
    """A text as `int` or `float`, without what Python alone takes for one: 1_0, "٣", " 3"."""
    if not text.isascii() or "_" in text or text != text.strip():
        raise ValueError(f"{short(text)} is not a number")
    return kind(text)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object that JSON describes; of a name given twice nobody knows which is meant."""
    state: dict[str, Any] = {}
    for name, value in pairs:
        if name in state:
            raise ValueError(f"{short(name)} is given twice")
        state[name] = value
    return state
