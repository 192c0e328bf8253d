"""Turns: as many kernels compute at length at a time as the computer has cores."""

import os
import platform
import random
import stat
import sys
import time
import warnings
from collections.abc import Callable, Generator
from functools import cache
from io import FileIO
from pathlib import Path
from typing import Self

from ncviz.basics.computing import cores

if sys.platform == "win32":
    import msvcrt

    _TAKEN = PermissionError

    def _lock(file: FileIO) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def _unlock(file: FileIO) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    _TAKEN = BlockingIOError

    def _lock(file: FileIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(file: FileIO) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)


# Environment variable that names a folder in which the kernels of several users take turns.
SHARED = "NCVIZ_TURNS"
WAITING = "waiting"  # a file that one of those who wait keeps locked
ASK_SECONDS = 0.1  # between two looks whether a place is free
# Of processor time, for what must be there at once: a first picture, a first word.
FIRST_SECONDS = 0.25
TURN_SECONDS = 1.0  # how long a turn lasts where others wait for theirs
# So often a place is left free for those who call; three looks, a quarter of a second.
LEFT_FREE = 3
# Seconds; who has waited so long waits no more: a kernel may be stopped, or at work on one long
# step, or mean harm, and must not keep everybody else from an answer.
LONGEST_WAIT = 15.0
# Seconds, over several requests that each ended the wait of the one before. In a class of thirty
# on two cores such bad luck comes once in hours.
LONGEST_IN_ALL = 60.0


class Places:
    """Places that one kernel at a time can hold: locked files in a folder, of one user or shared.

    Nothing is ever written to a file, and no time stamp is looked at: a lock is all that there is,
    and the system frees those of a kernel that dies. What several users share is opened to be read
    only. So a neighbour who means harm can hold places, and make others wait; nothing else.
    """

    def __init__(self, folder: Path, count: int | None = None) -> None:
        self.waited, self.in_vain = 0.0, False
        self._folder = folder
        # Through no link, and without a wait at a pipe.
        self._how = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        if count is not None:
            self._how |= os.O_RDWR | os.O_CREAT
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._names = [f"{number}.lock" for number in range(count)]
            return
        self._how |= os.O_RDONLY
        _check(folder, os.lstat(folder), stat.S_ISDIR)
        self._names = sorted(name for name in os.listdir(folder) if name.endswith(".lock"))
        if not self._names:
            raise FileNotFoundError(f"{folder} has no place, which would be a file 0.lock")
        for name in [WAITING, *self._names]:
            self._open(name).close()

    def take(self) -> FileIO | None:
        """A free place, if there is one; to be given back by `give_back`."""
        # Not all in the same order, else it is always the same who finds one.
        names = random.sample(self._names, len(self._names))
        return next((place for name in names if (place := self._locked(name))), None)

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
        file = self._open(name)
        try:
            _lock(file)
        except OSError as error:
            file.close()
            if isinstance(error, _TAKEN):
                return None
            raise
        return file

    def _open(self, name: str) -> FileIO:
        file = FileIO(
            self._folder / name, "r", opener=lambda path, _flags: os.open(path, self._how, 0o600)
        )
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


def _check(path: Path, found: os.stat_result, is_kind: Callable[[int], bool]) -> None:
    """Refuse what is no plain file or folder, or could be changed by another user than root."""
    if not is_kind(found.st_mode):
        raise OSError(f"{path} is a link, or not the kind of file that belongs there")
    if sys.platform != "win32" and (
        found.st_uid not in (0, os.geteuid()) or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    ):
        raise PermissionError(f"{path} could be changed by other users")


class Turn:
    """A turn at computing at length, among the kernels of one user, or of several, on a computer.

    Thirty kernels that train at once on two cores make each other's first pictures late. Where
    files cannot be locked, nobody waits; nobody waits for longer than 15 seconds; and who has done
    so, or has waited for a minute in all without a turn, waits no more until a place is free.
    """

    def __init__(
        self,
        free_seconds: float = FIRST_SECONDS,
        patience: float = 0.0,
        places: Places | None = None,
    ) -> None:
        self._places = places
        self._free_until = time.thread_time() + free_seconds
        self._patient_until = time.monotonic() + patience
        self._held: FileIO | None = None
        self._call: FileIO | None = None
        self._unlimited = False
        self._ask_at = self._until = 0.0
        self._waits_since: float | None = None
        self._left_free = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._places is not None and self._waits_since is not None:
            self._places.waited += time.monotonic() - self._waits_since
        self._waits_since = None
        self._end_call()
        self._end_turn()

    def take(self) -> bool:
        """Whether one may go on computing now; quick enough to be asked at every step."""
        if self._unlimited or time.thread_time() < self._free_until:
            return True
        now = time.monotonic()
        try:
            places = self._places = self._places or places_here()
            if self._held is None and now >= self._ask_at:
                # Not all at the same moments, else it is always the same who comes first.
                self._ask_at = now + ASK_SECONDS * random.uniform(0.5, 1)
                self._ask(now, places)
            elif self._held is not None and now >= self._until:
                self._until = now + TURN_SECONDS
                if places.others_wait():
                    self._end_turn()
                    self._ask_at = now + ASK_SECONDS
            return self._held is not None or places.in_vain
        except OSError:  # a folder, or a system, without locks
            self._unlimited = True
            return True

    def wait(self, pause: Callable[[float], None]) -> Generator[None, None, None]:
        """Step until it is one's turn; `pause` is given the seconds until the next look."""
        while not self.take():
            pause(ASK_SECONDS)
            yield

    def _ask(self, now: float, places: Places) -> None:
        patient = now < self._patient_until and not places.in_vain
        place = places.take()
        if place is None:
            self._left_free = 0
            if not patient:
                self._stay(now, places)
        elif patient and self._left_free < LEFT_FREE and places.others_wait():
            # Who does wait takes it at once; whose call is only left standing does not.
            self._left_free += 1
            give_back(place)
        else:
            self._held, self._until, self._waits_since = place, now + TURN_SECONDS, None
            self._end_call()
            places.waited, places.in_vain = 0.0, False

    def _stay(self, now: float, places: Places) -> None:
        if places.in_vain:
            return
        if self._waits_since is None:
            self._waits_since = now
        waited = now - self._waits_since
        if waited > LONGEST_WAIT or places.waited + waited > LONGEST_IN_ALL:
            places.in_vain = True
            self._end_call()
        elif self._call is None:
            self._call = places.call()

    def _end_turn(self) -> None:
        if self._held is not None:
            give_back(self._held)
            self._held = None

    def _end_call(self) -> None:
        if self._call is not None:
            give_back(self._call)
            self._call = None


def places_here() -> Places:
    """Those that this process shares with others; see `Turn`."""
    if (shared := os.environ.get(SHARED)) and (places := _of_several(shared)):
        return places
    from jupyter_core.paths import jupyter_runtime_dir

    # Several computers may share a home.
    return _of_one(str(Path(jupyter_runtime_dir()) / f"ncviz-places-{platform.node()}"))


# One of each for a process, which remembers whether it has waited in vain.
@cache
def _of_one(folder: str) -> Places:
    return Places(Path(folder), cores())


@cache
def _of_several(folder: str) -> Places | None:
    try:
        return Places(Path(folder))
    except OSError as error:
        warnings.warn(
            f"{SHARED} names no folder for turns: {error}. Kernels of different users take none; "
            "how to make it is told under JupyterHub in the documentation.",
            stacklevel=2,
        )
        return None
