"""Places that one kernel at a time can hold: locked files in a folder."""

import os
import random
import stat
import sys
from collections.abc import Callable
from io import FileIO
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(file: FileIO) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

    def _unlock(file: FileIO) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _lock(file: FileIO) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(file: FileIO) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)


WAITING = "waiting"
"""A file that one of those who wait keeps locked."""


class Places:
    """Places for the kernels of one user; or of several, in a folder that none of them can change.

    Nothing is ever written to a file, and no time stamp is looked at: a lock is all that there is,
    and the system frees those of a kernel that dies. What several users share is opened to be read
    only. So a neighbour who means harm can hold places, and make others wait; nothing else.
    """

    def __init__(self, folder: Path, count: int | None = None) -> None:
        self.waited, self.in_vain = 0.0, False
        self._folder, self._own = folder, count is not None
        if count is not None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._names = [f"{number}.lock" for number in range(count)]
            return
        _check(folder, os.lstat(folder), stat.S_ISDIR)
        self._names = sorted(name for name in os.listdir(folder) if name.endswith(".lock"))
        if not self._names:
            raise FileNotFoundError(f"{folder} has no place, which would be a file 0.lock")
        for name in [WAITING, *self._names]:
            self._open(name).close()

    def take(self) -> FileIO | None:
        """A free place, if there is one; to be given back by `give_back`."""
        # Not all in the same order, else it is always the same who finds one.
        for name in random.sample(self._names, len(self._names)):
            if (place := self._locked(name)) is not None:
                return place
        return None

    def call(self) -> FileIO | None:
        """Tell the others that somebody waits, until it is given back; None where it is told."""
        return self._locked(WAITING)

    def others_wait(self) -> bool:
        """Whether somebody says so."""
        if (call := self.call()) is None:
            return True
        give_back(call)
        return False

    def _locked(self, name: str) -> FileIO | None:
        file, locked = self._open(name), False
        try:
            locked = _lock(file)
        finally:
            if not locked:
                file.close()
        return file if locked else None

    def _open(self, name: str) -> FileIO:
        file = FileIO(self._folder / name, "r", opener=_make if self._own else _find)
        try:
            _check(self._folder / name, os.fstat(file.fileno()), stat.S_ISREG)
        except OSError:
            file.close()
            raise
        return file


def give_back(file: FileIO) -> None:
    """Free what was locked."""
    with file:
        # A child that this process has made meanwhile may hold the same file.
        _unlock(file)


# Through no link, and without a wait at a pipe.
_CAREFULLY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def _make(path: str, _flags: int) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | _CAREFULLY, 0o600)


def _find(path: str, _flags: int) -> int:
    return os.open(path, os.O_RDONLY | _CAREFULLY)


def _check(path: Path, found: os.stat_result, is_kind: Callable[[int], bool]) -> None:
    """Refuse what is no plain file or folder, or could be changed by another user than root."""
    if not is_kind(found.st_mode):
        raise OSError(f"{path} is a link, or not the kind of file that belongs there")
    if sys.platform != "win32" and (
        found.st_uid not in (0, os.geteuid()) or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    ):
        raise PermissionError(f"{path} could be changed by other users")
