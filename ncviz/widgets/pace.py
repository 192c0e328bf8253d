"""How often a training is drawn while it goes on."""

import time

FRAME_SECONDS = 1 / 30
WORK_SECONDS = 0.8 * FRAME_SECONDS
"""Of the worker's own processor time between two frames. On a crowded machine a training takes
longer, and more frames of it would crowd the machine more."""


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
