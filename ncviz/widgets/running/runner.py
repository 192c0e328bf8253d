"""One worker, and the newest request wins."""

import atexit
import threading
import time
import traceback
from collections.abc import Callable, Generator
from contextlib import closing, nullcontext, suppress
from typing import Generic, TypeVar

from ncviz.widgets.running.turns import Turn

FRAME_SECONDS = 1 / 30
# Of the worker's own processor time: more frames would crowd a crowded machine more.
WORK_SECONDS = 0.8 * FRAME_SECONDS


class Pace:
    """Tells a worker when it is time for the next frame; the first one is due at once."""

    def __init__(self) -> None:
        self._frame_at, self._work_at = -FRAME_SECONDS, -WORK_SECONDS

    def due(self) -> bool:
        """Whether a frame is due now; if so, the next one is not until later."""
        now, work = time.monotonic(), time.thread_time()
        if now - self._frame_at < FRAME_SECONDS or work - self._work_at < WORK_SECONDS:
            return False
        self._frame_at, self._work_at = now, work
        return True


Request = TypeVar("Request")


class Runner(Generic[Request]):
    """Answer requests one at a time; a newer one ends the one before it.

    The thread ends when nothing is left to do, so that a forgotten runner costs nothing.
    """

    def __init__(
        self,
        work: Callable[[Request], Generator[object, None, None]],
        on_error: Callable[[str], None],
        name: str,
        turn: Callable[[], Turn] | None = None,
    ) -> None:
        self._work, self._on_error, self._name, self._turn = work, on_error, name, turn
        self._changed = threading.Condition()
        self._waiting: list[Request] = []  # at most one: the newest
        self._thread: threading.Thread | None = None
        self._last_submit = 0.0
        self._closed = False

    def submit(self, request: Request) -> None:
        """Ask for something; what was asked for before and is not finished is dropped."""
        with self._changed:
            if self._closed:
                return
            self._waiting = [request]
            self._last_submit = time.monotonic()
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop, name=self._name, daemon=True)
                # A thread that Python's end finds inside torch would abort the process.
                atexit.register(self.close)
                self._thread.start()
            self._changed.notify_all()

    def quiet_for(self) -> float:
        """Seconds since the last request."""
        with self._changed:
            return time.monotonic() - self._last_submit

    def wait_for_quiet(self, seconds: float) -> None:
        """Within `work`: wait until no request has come for so long, or a newer one has."""
        self.pause(max(0.0, seconds - self.quiet_for()))

    def pause(self, seconds: float) -> None:
        """Within `work`: wait so long, or until a newer request has come."""
        with self._changed:
            self._changed.wait_for(self._superseded, timeout=seconds)

    def close(self) -> None:
        """Drop what is not finished, and wait until the thread has ended."""
        with self._changed:
            self._closed = True
            self._waiting = []
            thread = self._thread
            self._changed.notify_all()
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _superseded(self) -> bool:
        return self._closed or bool(self._waiting)

    def _loop(self) -> None:
        while True:
            with self._changed:
                if not self._waiting:
                    self._thread = None
                    atexit.unregister(self.close)
                    return
                request = self._waiting.pop()
            try:
                with closing(self._steps(request)) as steps:
                    for _ in steps:
                        if self._superseded():
                            break
            except Exception:
                # Shown, not raised: a dead worker would be a dead dashboard.
                with suppress(Exception):  # not even where showing it fails
                    self._on_error(traceback.format_exc())

    def _steps(self, request: Request) -> Generator[object, None, None]:
        waiting = self._turn() if self._turn else nullcontext()
        with closing(self._work(request)) as steps, waiting as turn:
            for step in steps:
                yield step
                if turn is not None:
                    yield from turn.wait(self.pause)
