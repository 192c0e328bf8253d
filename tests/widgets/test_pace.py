"""How often a training is drawn: by the clock, and by the work that was really done."""

import pytest

from ncviz.widgets.running import runner as pace
from ncviz.widgets.running.runner import FRAME_SECONDS, Pace


class Clock:
    """A second of time in which the worker gets a share of the processor."""

    def __init__(self, share: float) -> None:
        self.now, self._share = 100.0, share

    def monotonic(self) -> float:
        return self.now

    def thread_time(self) -> float:
        return self.now * self._share


def frames(monkeypatch: pytest.MonkeyPatch, share: float, seconds: float) -> int:
    """How many frames are due while a worker asks a thousand times a second."""
    clock = Clock(share)
    monkeypatch.setattr(pace, "time", clock)
    asked, count = Pace(), 0
    for _ in range(round(1000 * seconds)):
        count += asked.due()
        clock.now += 0.001
    return count


def test_alone_on_a_machine_it_is_thirty_frames_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    assert frames(monkeypatch, share=1, seconds=2) == pytest.approx(2 / FRAME_SECONDS, rel=0.05)


def test_on_a_crowded_machine_a_training_has_no_more_frames(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A tenth of the processor: the same work takes ten times as long.
    assert frames(monkeypatch, 0.1, seconds=20) <= 1.3 * frames(monkeypatch, 1, seconds=2)


def test_the_first_frame_is_due_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "time", Clock(share=1e-9))
    asked = Pace()
    assert asked.due() and not asked.due()
