"""A frozen state of plain fields, as JSON, as a query string and as Python code."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, ClassVar, Self
from urllib.parse import parse_qsl, urlencode

from ncviz.basics.checks import check_keywords, did_you_mean, short
from ncviz.basics.fields import Field

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
else:
    DataclassInstance = object


class Shareable(DataclassInstance):
    """What the experiments have in common: a dataclass that can be written down and read again."""

    KIND: ClassVar[str]
    FOURFOLD: ClassVar[str]
    TABLE: ClassVar[Mapping[str, Field]]

    batch_size: int
    n_train: int

    def __post_init__(self) -> None:
        """Check each field as the table says, and keep what its check gives back."""
        for name, field in self.TABLE.items():
            object.__setattr__(self, name, field.check(name, getattr(self, name)))
        if self.batch_size > self.n_train:
            raise ValueError(
                f"batch_size must be at most n_train = {self.n_train}, not {self.batch_size}"
            )

    def __new__(cls, *_args: Any, **given: Any) -> Self:
        """Refuse a keyword that is no field, before Python does so without a suggestion."""
        check_keywords(f"{cls.__name__}()", given, [field.name for field in fields(cls)])
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
        known = [field.name for field in fields(cls)]
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
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if getattr(self, field.name) != field.default
        }

    @classmethod
    def read_field(cls, name: str, text: str) -> object:
        """A query's text as the number that the field wants; anything else stays text."""
        kind = {field.name: field.type for field in fields(cls)}.get(name)
        if kind in (int, float):
            try:
                return plain_number(kind, text)
            except ValueError:
                return text
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
