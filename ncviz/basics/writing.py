"""Files that are there whole or not at all, and are never written through a link."""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    import pandas as pd


@contextmanager
def written_whole(path: "str | os.PathLike[str]", *, new: bool = False) -> Iterator[Path]:
    """A place beside `path` to write to, moved onto it (onto a link itself) once all is written.

    Killed at any moment, `path` is what it was before, or all that was to be written.
    """
    target = Path(path)
    if target.exists() and not target.is_file():
        raise ValueError(f"{target} must be a file, or a name that is free")
    # The ending stays: writers look at it.
    part = target.with_name(f".{uuid4().hex}.part{target.suffix[:16]}")
    try:
        yield part
        _keep_rights(target, part)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        if new:
            _name_first(part, target)
        else:
            os.replace(part, target)
    except OSError as error:
        if error.filename == str(part):
            error.filename = str(target)  # what the reader of the message knows
        raise
    finally:
        part.unlink(missing_ok=True)


def _keep_rights(target: Path, part: Path) -> None:
    """Refuse what is there and write-protected, which a rename would not; else keep its mode."""
    try:
        mode = target.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        return
    if not os.access(target, os.W_OK):
        raise PermissionError(f"{target} is write-protected")
    part.chmod(stat.S_IMODE(mode))


def _name_first(part: Path, target: Path) -> None:
    """Give a file its name unless another has it."""
    try:
        os.link(part, target)  # unlike a rename, it never takes the place of what is there
    except FileExistsError:
        return
    except OSError:  # a file system without links
        with suppress(FileExistsError):
            if not target.exists():
                os.rename(part, target)


_START = r"(^|[,;\t\r\n])"  # where a cell begins, whatever separates cells there
# What makes a formula; the ' itself too, so that each one that we put there is known.
_SIGN = r"(?=\s*[=+\-@＝＋－＠'])"
_BARE, _GUARDED = re.compile(_START + _SIGN), re.compile(_START + "'" + _SIGN)


def guarded(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula."""
    return _BARE.sub(r"\1'", text)


def unguarded(text: str) -> str:
    """The text that `guarded` was given."""
    return _GUARDED.sub(r"\1", text)


def as_csv(frame: "pd.DataFrame") -> bytes:
    """A frame as CSV in UTF-8, without its index, its texts guarded, its numbers to the bit."""
    safe = frame.copy(deep=False)
    for name in frame.select_dtypes(exclude=["number", "bool"]).columns:
        safe[name] = [guarded(cell) if isinstance(cell, str) else cell for cell in frame[name]]
    text: str = safe.to_csv(index=False, lineterminator="\n")
    if "\r" in text:  # only then is it quoted
        text = safe.to_csv(index=False, lineterminator="\r\n")
    return text.encode(errors="replace")  # half a letter, as a name from a disk may have it
