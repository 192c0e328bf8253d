"""Torch's and NumPy's settings are as they were found, however a computation ends."""

import gc
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import numpy as np
import pytest
import torch

from ncviz import Experiment
from ncviz.basics.computing import one_thread, unwarned, without_autograd
from ncviz.mechanism.slow_motion import SlowMotion

TINY = Experiment(hidden=1, runs=1, steps=1, n_test=2, n_train=8)


def settings() -> tuple[object, ...]:
    return (
        torch.is_inference_mode_enabled(),
        torch.is_grad_enabled(),
        torch.get_num_threads(),
        np.geterr(),
    )


@pytest.fixture
def two_threads() -> Iterator[None]:
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(1)


def interrupted(work: Callable[[], object], at: int, where: tuple[str, ...]) -> int:
    """Run with a Ctrl-C at one of the moments in files of these names; how many were seen."""
    seen = 0

    def trace(frame: FrameType, _event: str, _value: Any) -> Any:
        nonlocal seen
        if not any(name in frame.f_code.co_filename for name in where):
            return None
        seen += 1
        if seen == at:
            sys.settrace(None)
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(before)
    return seen


def assert_interruptible(work: Callable[[], object], most: int, *where: str) -> None:
    """Interrupt at so many moments, evenly spread; each leaves the settings as they were."""
    found = settings()
    moments = interrupted(work, 0, where)
    assert moments > 10
    for at in range(1, moments + 1, -(-moments // most)):
        interrupted(work, at, where)
        assert settings() == found, f"after moment {at} of {moments}"
    gc.collect()  # what still holds on to a setting must not bring it back
    assert settings() == found


# NumPy's generators change its error state themselves.
CHANGING = ("computing.py", "contextlib.py", "_contextlib.py", "grad_mode.py", "_ufunc_config.py")


@pytest.mark.parametrize(
    "where", [CHANGING, ("ncviz",)], ids=["where settings change", "in any line of ours"]
)
# A generator that is given up may be where it comes.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("two_threads")
def test_ctrl_c_in_a_run_leaves_no_setting_changed(where: tuple[str, ...]) -> None:
    TINY.run()
    assert_interruptible(TINY.run, 150, *where)


@pytest.mark.usefixtures("two_threads")
def test_ctrl_c_in_slow_motion_leaves_no_setting_changed() -> None:
    def work() -> None:
        motion = SlowMotion(Experiment(hidden=1, runs=1, steps=4, n_test=4))
        motion.step("alice")
        motion.pulls()
        motion.corners()

    work()
    assert_interruptible(work, 60, *CHANGING)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs timers of POSIX")
@pytest.mark.usefixtures("two_threads")
def test_a_real_ctrl_c_at_any_time_leaves_no_setting_changed() -> None:
    experiment, found = Experiment(runs=8, steps=40, n_test=32), settings()
    start = time.perf_counter()
    experiment.run()
    lasts = time.perf_counter() - start

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before, caught = signal.signal(signal.SIGALRM, interrupt), 0
    try:
        for share in np.linspace(0.01, 0.99, 40):
            try:
                signal.setitimer(signal.ITIMER_REAL, share * lasts)
                experiment.run()
                signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                caught += 1
            assert settings() == found
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert caught >= 10, "the timer did not come into the training"


@pytest.mark.usefixtures("two_threads")
def test_a_training_that_was_left_in_the_middle_changes_nothing_meanwhile() -> None:
    found = settings()
    stream = Experiment(runs=1, steps=10).stream(every=5)
    next(stream)
    assert settings() == found
    list(stream)
    assert settings() == found


@pytest.mark.parametrize("around", [one_thread, without_autograd])
@pytest.mark.usefixtures("two_threads")
def test_of_two_threads_at_work_each_finds_its_own_settings_again(around: Any) -> None:
    inside, leave = threading.Event(), threading.Event()
    seen: list[int] = []

    def work() -> None:
        inside.set()
        leave.wait(timeout=10)
        seen.append(torch.get_num_threads())

    @around
    def first() -> None:
        other.start()
        assert inside.wait(timeout=10)
        assert torch.get_num_threads() == 1

    other = threading.Thread(target=around(work))
    found = settings()
    first()
    assert settings() == found, "while the other is still at work"
    leave.set()
    other.join()
    assert seen == [1]
    fresh = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
    fresh.start()
    fresh.join()
    assert settings() == found and seen == [1, 2]


def test_within_an_inference_mode_of_the_users_own_it_stays_on() -> None:
    with torch.inference_mode():
        TINY.run()
        assert torch.is_inference_mode_enabled()
    assert not torch.is_inference_mode_enabled()


def test_numpy_is_silent_within_and_warns_again_after() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert unwarned(lambda: np.log(np.zeros(1)))() == -np.inf
        with pytest.raises(RuntimeWarning, match="divide"):
            np.log(np.zeros(1))
