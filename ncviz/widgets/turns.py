"""Turns: as many kernels compute at length at a time as the computer has cores."""

import os
import platform
import random
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from ncviz.cores import cores

ASK_SECONDS = 0.1
"""Between two looks whether a place is free."""

FIRST_SECONDS = 0.25
"""Of processor time, for what must be there at once: a first picture, a first word."""

TURN_SECONDS = 1.0
"""How long a turn lasts where others wait for theirs."""


class Turn:
    """A turn at computing at length, among the kernels of one user, or of several, on a computer.

    Thirty kernels that train at once on two cores make each other's first pictures late. So what
    takes long is done by as many at a time as there are cores, and what must be there at once
    finds the processor free. Places are locked files beside the connection files of the kernels;
    the system frees those of a kernel that dies. Where files cannot be locked, nobody waits, and
    nobody waits for longer than 15 seconds.

    Use it as a context manager: at the end the place is given back.

    Parameters
    ----------
    free_seconds : float
        Processor time of this thread that needs no turn.
    patience : float
        Seconds for which others who wait go first.
    folder : Path, optional
        Where the files are; by default the folder that the environment variable NCVIZ_TURNS names,
        else one in Jupyter's runtime folder, which is the user's own.
    places : int, optional
        By default as many as this process may use cores.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from pathlib import Path
    >>> from ncviz.widgets.turns import Turn
    >>> with TemporaryDirectory() as name:
    ...     folder = Path(name)
    ...     with Turn(0, folder=folder, places=1) as first:
    ...         with Turn(0, folder=folder, places=1) as second:
    ...             print(first.take(), second.take())
    True False
    """

    def __init__(
        self,
        free_seconds: float = FIRST_SECONDS,
        patience: float = 0.0,
        folder: Path | None = None,
        places: int | None = None,
    ) -> None:
        self._folder = folder
        self._places = cores() if places is None else places
        self._free_until = time.thread_time() + free_seconds
        self._patient_until = time.monotonic() + patience
        self._held: FileLock | None = None
        self._unlimited = False
        self._ask_at = self._until = 0.0
        self._waits_since: float | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._give_back()

    def take(self) -> bool:
        """Whether one may go on computing now; quick enough to be asked at every step."""
        if self._unlimited or time.thread_time() < self._free_until:
            return True
        now = time.monotonic()
        try:
            if self._held is None:
                return now >= self._ask_at and self._ask(now)
            if now >= self._until:
                self._until = now + TURN_SECONDS
                if self._others_wait():
                    self._give_back()
                    self._ask_at = now + ASK_SECONDS
            return self._held is not None
        except (OSError, NotImplementedError):  # a folder, or a system, without locks
            self._unlimited = True
            return True

    def wait(self, pause: Callable[[float], None]) -> Generator[None, None, None]:
        """Step until it is one's turn; `pause` is given the seconds until the next look."""
        while not self.take():
            pause(ASK_SECONDS)
            yield

    def _ask(self, now: float) -> bool:
        folder = self._where()
        # Not all at the same moments, else it is always the same who comes first.
        self._ask_at = now + ASK_SECONDS * random.uniform(0.5, 1)
        patient = now < self._patient_until
        if patient and self._others_wait():
            return False
        for place in random.sample(range(self._places), self._places):
            path = folder / f"{place}.lock"
            lock = FileLock(path, timeout=0, mode=FOR_ALL, thread_local=False)
            try:
                lock.acquire()
            except Timeout:
                continue
            self._held, self._until, self._waits_since = lock, now + TURN_SECONDS, None
            return True
        if self._waits_since is None:
            self._waits_since = now
        self._unlimited = now - self._waits_since > LONGEST_WAIT
        if not patient:
            (folder / WAITING).touch()
            with suppress(PermissionError):  # another user's, who has done it
                (folder / WAITING).chmod(FOR_ALL)
        return self._unlimited

    def _others_wait(self) -> bool:
        waiting = self._where() / WAITING
        return waiting.exists() and time.time() - waiting.stat().st_mtime < 2 * ASK_SECONDS

    def _give_back(self) -> None:
        if self._held is not None:
            self._held.release()
            self._held = None

    def _where(self) -> Path:
        if self._folder is None and (shared := os.environ.get(SHARED)):
            self._folder = Path(shared)
        elif self._folder is None:
            from jupyter_core.paths import jupyter_runtime_dir

            # Several computers may share a home.
            self._folder = Path(jupyter_runtime_dir()) / f"ncviz-turns-{platform.node()}"
            self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder


LONGEST_WAIT = 15.0
"""Seconds; who has waited so long waits no more: a kernel may be stopped, or at work on one long
step, and must not keep everybody else from an answer."""

WAITING = "waiting"
"""A file that is touched by whoever waits."""

SHARED = "NCVIZ_TURNS"
"""Environment variable that names a folder in which the kernels of several users take turns."""

FOR_ALL = 0o666
"""Of the files: other users come to them only where the folder is shared."""
