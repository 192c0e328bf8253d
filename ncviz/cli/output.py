"""What commands print and write: readable in every console, and nothing found is thrown away."""

import codecs
import io
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ncviz.basics.writing import written_whole

Write = Callable[[Path], object]
"""Writes a file to the path that it is given."""

PLAIN = {
    **{
        "−": "-",
        "–": "-",
        "δ": "delta",
        "λ": "lambda",
        "Σ": "sum ",
        "√": "sqrt ",
        "·": "*",
        "×": "x",
        "±": "+-",
    },
    **{"≥": ">=", "≤": "<=", "≈": "about ", "’": "'", "‘": "'", "“": '"', "”": '"', "…": "..."},
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
    """Tell something beside the output; nothing where there is no stderr, as in a windowed Python.

    Examples
    --------
    >>> from ncviz.cli.output import note
    >>> note("training …")
    """
    if sys.stderr is not None:
        print(text, file=sys.stderr, flush=True)


def check_target(name: str, path: Path | None) -> None:
    """Refuse, before anything is trained, a file that could not be written afterwards.

    Parameters
    ----------
    name : str
        Of the option.
    path : Path or None

    Raises
    ------
    ValueError
        Naming option and path.
    """
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
    """Print what was found and write it to files; what fails is told, and costs nothing else.

    Parameters
    ----------
    text : str
    files : mapping
        Option → its path, or None where it was not given, and what writes there.

    Raises
    ------
    ValueError
        At the end, with all that failed; with the text, where that could not be printed.
    """
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
