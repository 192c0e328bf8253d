"""Checks: each takes a parameter's name and value, and returns it, or raises a `ValueError`."""

import inspect
import math
import operator
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import fields
from difflib import get_close_matches
from functools import wraps
from itertools import islice
from reprlib import Repr
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

Check = Callable[[str, Any], Any]
Given = ParamSpec("Given")
Back = TypeVar("Back")

LARGEST_SEED = 2**64 - 1
MOST_NUMBERS = 50_000_000  # in one array, 400 MB of them: more is a slip, as `range(10**9)` is
DEEPEST = 8  # dimensions whose lengths are multiplied before an array is made
LINE = 80  # letters of a value in a message


class _Short(Repr):
    """`repr` that does not write out first what is cut off afterwards."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel, self.maxstring, self.maxlong, self.maxother = 3, LINE, LINE, LINE

    def repr_ndarray(self, value: Any, _level: int) -> str:
        small = value.size <= 16 and value.dtype.kind in "biufc"
        return repr(value) if small else f"an array of shape {value.shape}"

    def repr_DataFrame(self, value: Any, _level: int) -> str:
        return f"a DataFrame of shape {value.shape}"

    def repr_Series(self, value: Any, _level: int) -> str:
        return f"a Series of length {len(value)}"


def short(value: object, most: int = LINE) -> str:
    """A value for a message: not more than a line of it."""
    if isinstance(value, int) and value.bit_length() > 4 * LINE:
        return "a number of very many digits"
    try:
        said = _Short().repr(value)
    except Exception:  # whatever a foreign object's repr does
        said = f"something of type {type(value).__name__}"
    return cut(" ".join(said.split()), most)


class Brief:
    """A dataclass that shows its arrays by their shapes: a notebook would print screens of them."""

    def __repr__(self) -> str:
        shown = (f"{f.name}={short(getattr(self, f.name))}" for f in fields(self) if f.repr)  # type: ignore[arg-type]
        return f"{type(self).__name__}({', '.join(shown)})"


def did_you_mean(name: object, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The end of a message about an unknown name: the closest one, or those that there are."""
    names = [word for word in known if isinstance(word, str)]
    close = get_close_matches(name[:LINE], names, 1, cutoff) if isinstance(name, str) else []
    return f"; did you mean {close[0]!r}?" if close else f"; known: {cut(', '.join(names), 250)}"


def ended(error: object) -> str:
    """A message as a sentence to which others may be added: it may be a question already."""
    return said if (said := str(error)).endswith(("?", ".")) else f"{said}."


def cut(said: str, most: int) -> str:
    """A text that is no longer than so many letters."""
    return said if len(said) <= most else f"{said[: most - 3]}..."


def check_keywords(what: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse a keyword that there is not, as Python does, with the closest one that there is."""
    names = list(known)
    for name in given:
        if name not in names:
            raise TypeError(f"{what} has no keyword {short(name)}{did_you_mean(name, names)}")


def whole(name: str, value: object, low: int, high: int) -> int:
    """The value as a whole number of Python's; a ValueError that names it if it is none."""
    try:
        number = None if isinstance(value, bool) else operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or not low <= number <= high:
        raise ValueError(f"{name} must be a whole number from {low} to {high}, not {short(value)}")
    return number


def real(name: str, value: Any, allowed: Callable[[float], bool], words: str) -> float:
    """The value as a finite number of Python's for which `allowed` holds; `words` say which."""
    number = math.nan
    if not isinstance(value, bool | np.bool_ | str | bytes | bytearray | np.ndarray) or (
        isinstance(value, np.ndarray) and not value.ndim and value.dtype.kind in "iuf"
    ):
        with suppress(TypeError, ValueError, OverflowError):
            number = float(value)
    if not (math.isfinite(number) and allowed(number)):
        raise ValueError(f"{name} must be {words}, not {short(value)}")
    return number


def any_number(name: str, value: Any) -> float:
    """The value as a number of Python's, NaN and infinity included."""
    if isinstance(value, float):  # the usual case, thousands of times a second
        return value
    if isinstance(value, np.floating) and not np.isfinite(value):
        return float(value)
    return real(name, value, lambda _: True, "a number")


def a_text(name: str, value: object) -> str:
    """A check for a text."""
    return str(a(str, "a text")(name, value))


def up_to(most: float, words: str) -> Check:
    """A check for numbers from 0 on."""
    said = f"a number from 0 to {words}"
    return lambda name, value: real(name, value, lambda x: 0 <= x <= most, said)


def rate(name: str, value: Any) -> float:
    """A learning rate; its upper end keeps single-precision arithmetic possible."""
    return real(name, value, lambda x: 0 < x <= 1e38, "a number above 0, at most 1e38")


def choice(name: str, value: object, allowed: Sequence[str]) -> str:
    """The value, if it is one of some words; a text of NumPy's becomes one of Python's."""
    if not isinstance(value, str) or value not in allowed:
        known = " or ".join(repr(word) for word in allowed)
        raise ValueError(f"{name} must be {known}, not {short(value)}")
    return str(value)


def numbers(name: str, values: Any) -> NDArray[np.float64]:
    """A fresh array of float64, from anything that holds real numbers in a regular shape."""
    array = regular(name, values)
    texts = array.dtype.kind == "O" and any(isinstance(x, str | bytes) for x in array.flat)
    if array.dtype.kind in "biufO" and not texts and not np.ma.is_masked(values):
        with suppress(TypeError, ValueError, OverflowError):
            return np.array(array, dtype=np.float64)
    raise ValueError(f"{name} must be real numbers, not {short(values)}")


def regular(name: str, values: Any) -> NDArray[Any]:
    """The values as an array, of whatever they are, if they have a regular shape."""
    if _size(values) > MOST_NUMBERS:
        raise ValueError(f"{name} must be at most {MOST_NUMBERS:,} numbers, not {short(values)}")
    try:
        return np.asarray(values)
    except Exception as error:  # of NumPy, or of the foreign object that is to become an array
        said = f"{name} must be numbers in rows of one length, not {short(values)}"
        raise ValueError(said) from error


def several(name: str, values: Any, most: int) -> list[Any]:
    """The values of an iterable as a list: at least one, and no more than so many are read."""
    if isinstance(values, str | bytes):
        raise ValueError(f"{name} must be several values, not {short(values)}")
    try:
        found = list(islice(iter(values), most + 1))
    except TypeError:
        raise ValueError(f"{name} must be several values, not {short(values)}") from None
    if not 1 <= len(found) <= most:
        raise ValueError(f"{name} must be 1 to {most} values, not {short(values)}")
    return found


def a(kind: Any, words: str) -> Check:
    """A check that a value is of a class, or of one of several; `words` say what it must be."""

    def check(name: str, value: Any) -> Any:
        if not isinstance(value, kind):
            raise ValueError(f"{name} must be {words}, not {short(value)}")
        return value

    return check


def optional(check: Check) -> Check:
    """A check that lets None pass."""
    return lambda name, value: None if value is None else check(name, value)


def between(low: int, high: int) -> Check:
    """A check for whole numbers."""
    return lambda name, value: whole(name, value, low, high)


def a_path(name: str, value: Any) -> Any:
    """A check for a path of a file or folder, which need not be there."""
    path = None
    with suppress(TypeError):
        path = os.fspath(value)
    if not isinstance(path, str) or not path.isprintable() or not 0 < len(path) < 4096:
        raise ValueError(f"{name} must be a path, not {short(value)}")
    return value


def one_of(*words: str) -> Check:
    """A check for a choice."""
    return lambda name, value: choice(name, value, words)


def a_frame(name: str, value: Any) -> Any:
    """A check for a DataFrame."""
    import pandas as pd

    return a(pd.DataFrame, "a DataFrame with a row a run")(name, value)


def with_columns(name: str, table: Any, needed: Iterable[str], texts: Iterable[str] = ()) -> Any:
    """A table in which columns are there, each once, and hold numbers unless they are `texts`."""
    have = list(table.columns)
    missing = [column for column in needed if column not in have]
    if missing:
        raise ValueError(f"{name} has no column {cut(', '.join(missing), 200)}")
    if not len(table):
        raise ValueError(f"{name} has no rows")
    for column in needed:
        if have.count(column) > 1:
            raise ValueError(f"{name} has the column {column} {have.count(column)} times")
        dtype = table[column].dtype
        if column not in texts and not (isinstance(dtype, np.dtype) and dtype.kind in "biuf"):
            raise ValueError(f"{name} must have numbers in the column {column}")
    return table


a_seed = between(0, LARGEST_SEED)
a_bool = a(bool, "True or False")


def takes(**checks: Check) -> Callable[[Callable[Given, Back]], Callable[Given, Back]]:
    """Check arguments of a function before it is called; those that are not named are its own."""

    def door(function: Callable[Given, Back]) -> Callable[Given, Back]:
        signature = inspect.signature(function)
        name = f"{function.__qualname__.removesuffix('.__init__')}()"
        takes_all = any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values())
        known = [parameter for parameter in signature.parameters if parameter != "self"]

        @wraps(function)
        def checked(*args: Given.args, **kwargs: Given.kwargs) -> Back:
            if not takes_all:
                check_keywords(name, kwargs, known)
            given = signature.bind(*args, **kwargs)
            for parameter, check in checks.items():
                if parameter in given.arguments:
                    given.arguments[parameter] = check(parameter, given.arguments[parameter])
            return function(*given.args, **given.kwargs)

        return checked

    return door


def _size(values: Any) -> int:
    """How many numbers there are in nested sequences of one length, without reading them."""
    if isinstance(values, np.ndarray):
        return int(values.size)
    size = 1
    for _ in range(DEEPEST):
        if isinstance(values, str | bytes) or not isinstance(values, Sequence) or not values:
            break
        try:
            size *= len(values)
        except OverflowError:  # range(10**30)
            return MOST_NUMBERS + 1
        values = values[0]
    return size
