"""Turns: of many kernels as many compute at length as there are cores, and none is forgotten."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from explorers import finished, part
from lab import wait_for
from ncviz import Experiment, Explorer, SView
from ncviz.basics.computing import cores
from ncviz.widgets.explorer.training import BUSY
from ncviz.widgets.running import turns
from ncviz.widgets.running.runner import Runner
from ncviz.widgets.running.turns import ASK_SECONDS, TURN_SECONDS, Places, Turn
from ncviz.widgets.views.verdict import VerdictView

HOLD = """
import sys
from pathlib import Path
from ncviz.widgets.running.turns import Places, Turn
with Turn(0, places=Places(Path(sys.argv[1]), 2)) as turn:
    print(turn.take(), flush=True)
    sys.stdin.read()
"""


def make(folder: Path, patience: float = 0, places: int = 2) -> Turn:
    """That of another kernel each time."""
    return Turn(0, patience, Places(folder, places))


@pytest.fixture
def all_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ExitStack]:
    """Other kernels have every place on this computer until the stack is closed."""
    monkeypatch.setattr("jupyter_core.paths.jupyter_runtime_dir", lambda: str(tmp_path))
    with ExitStack() as others:
        for _ in range(cores()):
            assert others.enter_context(Turn(0)).take()
        yield others


def test_no_more_processes_than_places_and_a_killed_one_gives_its_place_back(
    tmp_path: Path,
) -> None:
    def start() -> subprocess.Popen[str]:
        words = [sys.executable, "-c", HOLD, str(tmp_path)]
        return subprocess.Popen(words, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    with ExitStack() as stack:
        processes = [stack.enter_context(start()) for _ in range(3)]
        stack.callback(lambda: [process.kill() for process in processes])
        answers = [process.stdout.readline().strip() for process in processes if process.stdout]
        assert sorted(answers) == ["False", "True", "True"]
        with make(tmp_path) as late:
            assert not late.take()
            processes[answers.index("True")].kill()
            wait_for(late.take, seconds=5)


def test_who_is_alone_keeps_its_turn_and_who_is_not_gives_it_away(tmp_path: Path) -> None:
    with make(tmp_path, places=1) as first, make(tmp_path, places=1) as second:
        assert first.take()
        time.sleep(TURN_SECONDS + 0.1)
        assert first.take()
        end, seen = time.monotonic() + 4 * TURN_SECONDS, set()
        while time.monotonic() < end:
            at_work = (first.take(), second.take())
            assert at_work != (True, True)
            seen.add(at_work)
            time.sleep(0.01)
        assert {(True, False), (False, True)} <= seen


def test_the_patient_one_lets_others_go_first_but_not_for_ever(tmp_path: Path) -> None:
    with make(tmp_path, places=1) as first, make(tmp_path, places=1) as waiting:
        assert first.take() and not waiting.take()
        with first:
            pass  # gives its place back
        with make(tmp_path, patience=60, places=1) as patient:
            assert not patient.take()
        with make(tmp_path, patience=0, places=1) as eager:
            assert eager.take()
    with make(tmp_path, patience=60, places=1) as patient:
        assert patient.take()  # nobody waits any more


def test_nobody_waits_for_ever_nor_again_for_a_kernel_that_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LONGEST_WAIT", 5 * ASK_SECONDS)
    kernel = Places(tmp_path, 1)
    with make(tmp_path, places=1) as stopped, Turn(0, places=kernel) as turn:
        assert stopped.take()
        began = time.monotonic()
        wait_for(turn.take, seconds=30 * ASK_SECONDS)
        assert time.monotonic() - began >= 5 * ASK_SECONDS
        with Turn(0, places=kernel) as next_one, Turn(0, 60, kernel) as patient:
            assert next_one.take() and patient.take()
        with make(tmp_path, places=1) as other:
            assert not other.take()  # each kernel waits for itself
    with Turn(0, places=kernel) as turn:
        assert turn.take() and not kernel.in_vain, "a place is free: all is as before"


def test_moves_that_each_end_the_wait_of_the_one_before_do_not_wait_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LONGEST_IN_ALL", 5 * ASK_SECONDS)
    kernel = Places(tmp_path, 1)
    with make(tmp_path, places=1) as stopped:
        assert stopped.take()
        moves, waited = 0, True
        while waited and moves < 20:
            with Turn(0, places=kernel) as turn:
                turn.take()
                time.sleep(2 * ASK_SECONDS)
                moves, waited = moves + 1, not turn.take()
    assert 2 <= moves < 10


def test_a_call_that_is_only_left_standing_costs_the_patient_no_more_than_three_looks(
    tmp_path: Path,
) -> None:
    stopped = Places(tmp_path, 1).call()
    assert stopped is not None
    with stopped, make(tmp_path, patience=60, places=1) as patient:
        assert not patient.take()
        wait_for(patient.take, seconds=10 * ASK_SECONDS)


def test_a_first_picture_needs_no_turn(tmp_path: Path) -> None:
    with make(tmp_path, places=1) as other:
        assert other.take()
        with Turn(0.05, places=Places(tmp_path, 1)) as turn:
            assert turn.take()
            start = time.thread_time()
            while time.thread_time() - start < 0.06:
                pass
            assert not turn.take()


def test_where_no_file_can_be_locked_nobody_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("jupyter_core.paths.jupyter_runtime_dir", lambda: str(tmp_path / "file"))
    with ExitStack() as stack:
        for _ in range(2 * cores()):
            assert stack.enter_context(Turn(0)).take()


def test_work_in_turns_waits_between_its_steps_and_a_newer_request_ends_the_wait(
    tmp_path: Path,
) -> None:
    steps: list[int] = []

    def work(request: int) -> Iterator[None]:
        for _ in range(3):
            yield
            steps.append(request)

    with make(tmp_path, places=1) as other:
        assert other.take()
        runner: Runner[int] = Runner(work, print, "ncviz-test", lambda: make(tmp_path, places=1))
        runner.submit(1)
        time.sleep(3 * ASK_SECONDS)
        runner.submit(2)
        time.sleep(ASK_SECONDS)
        assert steps == []
    wait_for(lambda: len(steps) == 3)
    assert steps == [2, 2, 2]
    runner.close()


def test_on_a_busy_computer_the_rough_answer_is_complete_and_the_full_one_comes_in_its_turn(
    all_taken: ExitStack,
) -> None:
    explorer = Explorer(runs=24, steps=200)
    verdict, s = part(explorer, VerdictView), part(explorer, SView)
    try:
        finished(explorer)  # the first answer is short enough to need no turn
        for hidden in (4, 2):
            explorer.experiment = Experiment(hidden=hidden, runs=24, steps=6000)
            wait_for(lambda: BUSY in verdict.frame["status"], seconds=10)
            assert s.frame["rough"] and s.frame["at"] == 6000
            assert explorer.result is None
        all_taken.close()
        assert finished(explorer).experiment.hidden == 2
        assert BUSY not in verdict.frame["status"]
    finally:
        explorer.close()
