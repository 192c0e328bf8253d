"""What is handed out is the user's to change: our own stays as it is."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

Key = TypeVar("Key")
Kind = TypeVar("Kind")


def handed(value: Any) -> Any:
    """A frame or a dict as a copy, an array read-only, anything else as it is."""
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
        return value
    if isinstance(value, dict):
        return dict(value)
    return _copy(value) if hasattr(value, "iloc") else value


def _copy(frame: "pd.DataFrame") -> "pd.DataFrame":
    import pandas as pd

    # From pandas 3 on a copy shares its numbers until somebody writes to it.
    return frame.copy(deep=int(pd.__version__.split(".")[0]) < 3)


class handed_out(cached_property[Kind]):
    """A `cached_property` whose value goes out as `handed` says."""

    def __set_name__(self, owner: type[Any], name: str) -> None:
        super().__set_name__(owner, f"_{name} (our own)")  # no way round this one

    def __get__(self, instance: Any, owner: type[Any] | None = None) -> Any:
        return handed(super().__get__(instance, owner))


def hands_out(*names: str) -> Callable[[type[Kind]], type[Kind]]:
    """Let these fields of a dataclass go out as `handed` says."""

    def of(cls: type[Kind]) -> type[Kind]:
        for name in names:
            setattr(cls, name, _field(name))
        return cls

    return of


def _field(name: str) -> property:
    """A field that is kept where Python keeps it anyway."""

    def keep(instance: Any, value: Any) -> None:
        vars(instance)[name] = value

    return property(lambda instance: handed(vars(instance)[name]), keep)


class Frames(Mapping[Key, "pd.DataFrame"]):
    """Frames by a key, each handed out as a copy."""

    def __init__(self, frames: "Mapping[Key, pd.DataFrame]") -> None:
        self._frames = dict(frames)

    def __getitem__(self, key: Key) -> "pd.DataFrame":
        return _copy(self._frames[key])

    def __iter__(self) -> Iterator[Key]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)
