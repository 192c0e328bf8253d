"""One worker: never two at once, the newest request always finishes."""

import threading
import time
from collections.abc import Generator

from lab import wait_for
from ncviz.widgets.running.runner import Runner

NAME = "ncviz-test"


class Work:
    """Work in many small steps, which knows how often it ran and how many at once."""

    def __init__(self, steps: int = 20) -> None:
        self.steps, self.alive, self.most_alive = steps, 0, 0
        self.started: list[int] = []
        self.finished: list[int] = []

    def __call__(self, request: int) -> Generator[None, None, None]:
        self.alive += 1
        self.most_alive = max(self.most_alive, self.alive)
        self.started.append(request)
        try:
            for _ in range(self.steps):
                time.sleep(0.002)
                yield
            self.finished.append(request)
        finally:
            self.alive -= 1


def idle() -> bool:
    return not [t for t in threading.enumerate() if t.name == NAME]


def test_of_many_quick_requests_the_last_finishes_and_never_two_run_at_once() -> None:
    work = Work()
    runner: Runner[int] = Runner(work, print, NAME)
    for request in range(60):
        runner.submit(request)
        time.sleep(0.001)
    wait_for(idle)
    assert work.most_alive == 1
    assert work.finished[-1] == 59
    assert work.started == sorted(work.started), "an older request ran after a newer one"
    assert len(work.finished) < 10, "dropped requests were finished, too"


def test_requests_from_many_threads_are_answered_one_at_a_time() -> None:
    work = Work(steps=3)
    runner: Runner[int] = Runner(work, print, NAME)
    threads = [threading.Thread(target=runner.submit, args=(i,)) for i in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    runner.submit(99)
    wait_for(idle)
    assert work.most_alive == 1
    assert work.finished[-1] == 99


def test_an_exception_is_reported_and_the_next_request_answered() -> None:
    errors: list[str] = []
    work = Work(steps=1)

    def sometimes(request: int) -> Generator[None, None, None]:
        if request < 0:
            raise RuntimeError("deliberate failure")
        yield from work(request)

    runner: Runner[int] = Runner(sometimes, errors.append, NAME)
    runner.submit(-1)
    wait_for(lambda: errors)
    assert "deliberate failure" in errors[0]
    runner.submit(5)
    wait_for(lambda: work.finished == [5])


def test_close_ends_the_work_and_waits_for_it() -> None:
    work = Work(steps=10_000)
    runner: Runner[int] = Runner(work, print, NAME)
    runner.submit(1)
    wait_for(lambda: work.started)
    runner.close()
    assert idle() and work.alive == 0 and work.finished == []
    runner.submit(2)
    assert idle(), "a closed runner takes nothing more"


def test_quiet_is_waited_for_but_not_past_a_newer_request() -> None:
    waited: list[float] = []

    def wait(request: float) -> Generator[None, None, None]:
        start = time.monotonic()
        runner.wait_for_quiet(request)
        waited.append(time.monotonic() - start)
        yield

    runner: Runner[float] = Runner(wait, print, NAME)
    runner.submit(0.2)
    wait_for(lambda: waited)
    assert 0.1 < waited[0]
    runner.submit(60)
    time.sleep(0.05)
    runner.submit(0)
    wait_for(lambda: len(waited) == 3, seconds=10)
    runner.close()


def test_even_a_failing_error_display_does_not_end_the_worker() -> None:
    work = Work(steps=1)

    def broken(request: int) -> Generator[None, None, None]:
        if request < 0:
            raise RuntimeError("deliberate failure")
        yield from work(request)

    def unable(_: str) -> None:
        raise RuntimeError("cannot show it")

    runner: Runner[int] = Runner(broken, unable, NAME)
    runner.submit(-1)
    wait_for(idle)
    runner.submit(3)
    wait_for(lambda: work.finished == [3])
