"""What commands print and write: readable in every console, and nothing found is thrown away."""

import argparse
import codecs
import io
import json
import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

from ncviz.basics.fields import Shareable
from ncviz.basics.writing import written_whole

Write = Callable[[Path], object]  # writes a file to the path that it is given

PLAIN = {
    **{"−": "-", "–": "-", "δ": "delta", "λ": "lambda", "Σ": "sum ", "√": "sqrt ", "·": "*"},
    **{"×": "x", "±": "+-", "≥": ">=", "≤": "<=", "≈": "about ", "…": "..."},
    **{"’": "'", "‘": "'", "“": '"', "”": '"'},
    **dict.fromkeys("\u00a0\u202f", " "),
}
"""Letters of ours for a console that has them not; a lost minus sign would be another number."""


@contextmanager
def readable() -> Iterator[None]:
    """Within it, what a console has no letter for is printed in plain ones, and never an error."""
    codecs.register_error("ncviz", _in_plain_letters)
    consoles = [each for each in (sys.stdout, sys.stderr) if isinstance(each, io.TextIOWrapper)]
    before = [console.errors for console in consoles]
    for console in consoles:
        console.reconfigure(errors="ncviz")
    try:
        yield
    finally:
        for console, errors in zip(consoles, before, strict=True):
            console.reconfigure(errors=errors)


def note(text: str) -> None:
    """Tell something beside the output; a windowed Python has no stderr."""
    if sys.stderr is not None:
        print(text, file=sys.stderr, flush=True)


def add_fields(command: argparse.ArgumentParser, kind: type[Shareable], **own: Any) -> None:
    """Add a flag for each field of an experiment; those of `own` as they are described there."""
    for field in fields(kind):
        about = kind.TABLE[field.name]
        words = f"default: {'empty' if field.default == '' else field.default}"
        if about.listed:
            words = f"{', '.join(about.values or about.hints)} ({words})"
        command.add_argument(about.flag, **own.get(field.name, {"help": words}))


def given(chosen: argparse.Namespace, kind: type[Shareable]) -> dict[str, Any]:
    """The fields of an experiment whose flags were given, as it reads them."""
    found: dict[str, Any] = {}
    for field in fields(kind):
        words = getattr(chosen, field.name)
        if isinstance(words, list):  # four tasks, or a name that stands for four
            found[field.name] = words[0] if len(words) == 1 else tuple(words)
        elif words is not None:
            found[field.name] = kind.read_field(field.name, words)
    return found


def to_json(told: Any) -> str:
    """JSON for reading, with null in the place of numbers that JSON has not."""
    return json.dumps(_finite(told), indent=2)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def check_target(name: str, path: Path | None) -> None:
    """Refuse, before anything is trained, a file that could not be written afterwards."""
    if path is None:
        return
    folder = path.absolute().parent
    if not folder.is_dir():
        raise ValueError(f"{name}: there is no folder {folder}")
    if path.exists() and not path.is_file():
        raise ValueError(f"{name}: {path} is no file")
    if path.exists() and not os.access(path, os.W_OK):
        raise ValueError(f"{name}: {path} is write-protected")
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise ValueError(f"{name}: nothing can be written to {folder}: {error.strerror}") from None


def give(text: str, files: Mapping[str, tuple[Path | None, Write]]) -> None:
    """Print what was found and write it to files; what fails is told, and costs nothing else."""
    failed = []
    try:
        if text:
            print(text, flush=True)
    except OSError as error:
        failed.append(f"the output could not be written ({error.strerror}); it is:\n{text}")
    for name, (path, write) in files.items():
        if path is None:
            continue
        try:
            with written_whole(path) as part:
                write(part)
        except OSError as error:
            why = f"could not be written: {error.strerror or error}"
            failed.append(f"{name}: {path} {why}; the numbers are those above")
    if failed:
        raise ValueError("\n".join(failed))


def _in_plain_letters(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lost = error.object[error.start : error.end]
    plain = (PLAIN.get(c) or c.encode("ascii", "backslashreplace").decode() for c in lost)
    return "".join(plain), error.end
