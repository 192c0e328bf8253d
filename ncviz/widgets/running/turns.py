"""Turns: as many kernels compute at length at a time as the computer has cores."""

import os
import platform
import random
import time
import warnings
from collections.abc import Callable, Generator
from functools import cache
from io import FileIO
from pathlib import Path
from typing import Self

from ncviz.basics.computing import cores
from ncviz.widgets.running.places import Places, give_back

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
    finds the processor free. Where files cannot be locked, nobody waits; nobody waits for longer
    than 15 seconds; and who has done so, or has waited for a minute in all without a turn, waits
    no more until a place is free.

    Use it as a context manager: at the end the place is given back.
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


LEFT_FREE = 3
"""So often a place is left free for those who call; three looks, a quarter of a second."""

LONGEST_WAIT = 15.0
"""Seconds; who has waited so long waits no more: a kernel may be stopped, or at work on one long
step, or mean harm, and must not keep everybody else from an answer."""

LONGEST_IN_ALL = 60.0
"""Seconds, over several requests that each ended the wait of the one before. In a class of thirty
on two cores such bad luck comes once in hours."""

SHARED = "NCVIZ_TURNS"
"""Environment variable that names a folder in which the kernels of several users take turns."""
