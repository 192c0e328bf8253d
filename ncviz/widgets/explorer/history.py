"""What was shown before, for undo."""

import time
from collections.abc import Callable
from dataclasses import fields

from ncviz.experiment import Experiment

PAUSE_SECONDS = 1.0
"""Moves of one control that follow faster than this are one move: the drag of a slider."""

MOST = 100


class History:
    """Experiments that were left, newest last."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._past: list[Experiment] = []
        self._moved: tuple[str, ...] = ()
        self._moved_at = -PAUSE_SECONDS

    def __len__(self) -> int:
        return len(self._past)

    def left(self, before: Experiment, after: Experiment) -> None:
        """Note that an experiment was left for another."""
        moved = tuple(
            field.name
            for field in fields(Experiment)
            if getattr(before, field.name) != getattr(after, field.name)
        )
        now = self._clock()
        dragged = moved == self._moved and now - self._moved_at < PAUSE_SECONDS
        if not dragged:
            self._past = [*self._past[1 - MOST :], before]
        self._moved, self._moved_at = moved, now

    def undo(self) -> Experiment | None:
        """The experiment before the last move, which is then forgotten; None if there is none."""
        self._moved = ()
        return self._past.pop() if self._past else None
