"""The Explorer without a browser: its state, its worker, its end."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from ipywidgets import Widget

from explorers import SMALL, alive, control, finished, press
from lab import wait_for
from ncviz import (
    CorrelatorView,
    Experiment,
    Explorer,
    LossView,
    NetView,
    SignallingView,
    SView,
)
from ncviz.results.result import Result, Snapshot
from ncviz.widgets.explorer import training
from ncviz.widgets.parts.view import View
from ncviz.widgets.running.runner import Runner


@pytest.fixture
def explorer() -> Iterator[Explorer]:
    explorer = Explorer(runs=20, **SMALL)
    finished(explorer)
    yield explorer
    explorer.close()


def test_the_explorer_shows_the_very_numbers_of_the_library(explorer: Explorer) -> None:
    expected = Experiment(runs=20, **SMALL).run()
    assert finished(explorer).runs.equals(expected.runs)
    assert f"S = {expected.s}".replace("-", "−") in explorer.describe()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hidden", 5),
        ("pairing", "parity"),
        ("learning_rate", 0.1),
        ("runs", 50),
        ("trunk", "separate"),
        ("outcome", "success"),
        ("outcome", "oscillation"),
        ("optimizer", "momentum"),
        ("optimizer", "adam"),
        ("activation", "relu"),
        ("activation", "sigmoid"),
        ("shared_gradient", "pcgrad"),
        ("sampling", "full"),
        ("shuffled", "A2"),
        ("redrawn", "bob"),
        ("steps", 200),
        ("batch_size", 16),
        ("n_train", 128),
        ("n_test", 128),
        ("noise", 0.5),
    ],
)
def test_moving_a_control_retrains_in_place(explorer: Explorer, field: str, value: object) -> None:
    moved = control(explorer, field)
    texts = [option["text"] for option in moved.options]
    moved.index = texts.index(str(value))
    assert explorer.experiment == replace(Experiment(runs=20, **SMALL), **{field: value})
    assert finished(explorer).runs.equals(explorer.experiment.run().runs)


def test_there_is_no_result_while_a_setting_is_trained_again(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, go_on = finished(explorer), threading.Event()
    stream = Experiment.stream

    def held_up(self: Experiment, every: int | None = None) -> Iterator[Snapshot]:
        go_on.wait(timeout=30)
        yield from stream(self, every)

    monkeypatch.setattr(Experiment, "stream", held_up)
    explorer.experiment = replace(first.experiment, hidden=5)
    assert explorer.result is None
    explorer.experiment = first.experiment
    assert explorer.result is None
    go_on.set()
    again = finished(explorer)
    assert again is not first and again.runs.equals(first.runs)


def test_an_answer_that_comes_just_after_a_move_is_not_the_result_of_it(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream, results = Experiment.stream, []
    explorer.state.observe(lambda change: results.append(change["new"]), "result")

    def at_once(self: Experiment, every: int | None = None) -> Iterator[Snapshot]:
        *_, last = stream(self, every)
        yield last

    def moved_on(_pace: object) -> bool:  # asked when the answer is there and not yet shown
        if explorer.experiment.seed == 1:
            explorer.experiment = replace(explorer.experiment, seed=2)
        return True

    monkeypatch.setattr(Experiment, "stream", at_once)
    monkeypatch.setattr(training.Pace, "due", moved_on)
    explorer.experiment = replace(explorer.experiment, seed=1, runs=5)
    wait_for(lambda: explorer.experiment.seed == 2)
    assert finished(explorer).experiment.seed == 2
    assert {result.experiment.seed for result in results if result is not None} == {2}


def test_many_quick_moves_end_with_the_last_and_never_two_trainings(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive_now, most = 0, 0
    stream = Experiment.stream

    def counted(self: Experiment, every: int | None = None) -> Iterator[Snapshot]:
        nonlocal alive_now, most
        alive_now += 1
        most = max(most, alive_now)
        try:
            yield from stream(self, every)
        finally:
            alive_now -= 1

    monkeypatch.setattr(Experiment, "stream", counted)
    hidden = control(explorer, "hidden")
    for size in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 8, 4, 2, 6, 10, 3, 9, 7]:
        hidden.index = size - 1
    result = finished(explorer)
    assert result.experiment.hidden == 7
    assert most == 1
    wait_for(lambda: alive_now == 0)


def test_a_rough_answer_is_marked_and_is_a_prefix_of_the_full_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[tuple[bool, int, np.ndarray]] = []
    show = View.show

    def noted(
        self: View, moment: Snapshot, rough: bool = False, numbers: Snapshot | None = None
    ) -> None:
        if isinstance(self, SView) and isinstance(moment, Result):
            shown.append((rough, moment.experiment.runs, moment.per_run.S))
        show(self, moment, rough, numbers)

    monkeypatch.setattr(View, "show", noted)
    # A busy machine may need the usual quarter of a second for the rough answer's first frame.
    monkeypatch.setattr(training, "QUIET_SECONDS", 3.0)
    explorer = Explorer(runs=20, **SMALL)
    finished(explorer)
    control(explorer, "hidden").index = 4
    finished(explorer)
    explorer.close()
    assert [(rough, runs) for rough, runs, _ in shown] == [(False, 20), (True, 16), (False, 20)]
    assert (shown[1][2] == shown[2][2][:16]).all()


def test_setting_the_experiment_moves_the_controls(explorer: Explorer) -> None:
    wanted = Experiment(
        hidden=20,
        pairing=("s1", "s2", "s3", "s4"),
        learning_rate=0.07,
        runs=7,
        seed=2**64 - 1,
        **SMALL,
    )
    explorer.experiment = wanted
    assert finished(explorer).experiment == wanted
    hidden = control(explorer, "hidden")
    assert hidden.options[hidden.index]["text"] == "20"
    rate = control(explorer, "learning_rate")
    assert rate.options[rate.index]["text"] == "0.07"
    assert control(explorer, "seed").value == str(2**64 - 1)
    rate.index += 1
    assert explorer.experiment == replace(wanted, learning_rate=0.08)


def test_of_two_threads_that_move_a_slider_the_last_value_stays(explorer: Explorer) -> None:
    hidden = control(explorer, "hidden")
    with explorer.state.lock:  # the first observer is held up before it can report
        late = threading.Thread(target=setattr, args=(hidden, "index", 4))
        late.start()
        wait_for(lambda: hidden.index == 4)
        with hidden.hold_trait_notifications():
            hidden.index = 8
    late.join()
    assert (hidden.index, explorer.experiment.hidden) == (8, 9)


def test_few_runs_answer_while_the_slider_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[int] = []
    show = View.show

    def noted(
        self: View, moment: Snapshot, rough: bool = False, numbers: Snapshot | None = None
    ) -> None:
        shown.append(moment.experiment.hidden)
        show(self, moment, rough, numbers)

    explorer = Explorer(runs=5, **SMALL)
    finished(explorer)
    monkeypatch.setattr(View, "show", noted)
    for index in (0, 5, 1, 6):
        control(explorer, "hidden").index = index
        wait_for(lambda size=index + 1: size in shown, seconds=5)
    explorer.close()


def test_a_long_rough_answer_gives_way_to_the_full_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rough_steps: list[int] = []
    show = View.show

    def noted(
        self: View, moment: Snapshot, rough: bool = False, numbers: Snapshot | None = None
    ) -> None:
        if rough:
            rough_steps.append(moment.step)
        show(self, moment, rough, numbers)

    monkeypatch.setattr(View, "show", noted)
    monkeypatch.setattr(training, "QUIET_SECONDS", 1.0)  # as above
    explorer = Explorer(runs=20, steps=20, n_test=64)
    finished(explorer)
    explorer.experiment = replace(explorer.experiment, steps=60_000)
    finished(explorer)
    explorer.close()
    assert 0 < max(rough_steps) < 60_000


def test_something_else_than_an_experiment_is_refused(explorer: Explorer) -> None:
    before = explorer.describe()
    with pytest.raises(ValueError, match=r"^experiment must be an Experiment"):
        explorer.experiment = "hidden=4"
    with pytest.raises(ValueError, match=r"^experiment must be an Experiment"):
        Explorer("hidden=4")
    with pytest.raises(ValueError, match=r"^moment must be a Snapshot or a Result"):
        SView(Experiment())
    assert explorer.describe() == before


def test_next_seed_and_reset(explorer: Explorer) -> None:
    control(explorer, "hidden").index = 6
    press(explorer, "actions", "next")
    assert (explorer.experiment.seed, explorer.experiment.hidden) == (1, 7)
    press(explorer, "actions", "reset")
    assert (explorer.experiment.seed, explorer.experiment.hidden) == (0, 3)
    assert control(explorer, "seed").value == "0"


@pytest.mark.parametrize(
    "typed", ["", "-1", "1.5", "abc", str(2**64), "9" * 5000, "__import__('os')"]
)
def test_a_bad_seed_is_explained_beside_the_control_and_nothing_is_lost(
    explorer: Explorer, typed: str
) -> None:
    before = finished(explorer)
    seed = control(explorer, "seed")
    seed.value = typed
    assert "whole number from 0 to" in seed.message
    assert explorer.result is before
    seed.value = "5"
    assert seed.message == ""
    assert finished(explorer).experiment.seed == 5


def test_bad_starting_values_are_refused_and_leave_nothing() -> None:
    before = alive()
    with pytest.raises(ValueError, match="hidden"):
        Explorer(hidden=0)
    with pytest.raises(TypeError, match="neurons"):
        Explorer(neurons=3)
    assert alive() == before


def test_an_exception_in_the_worker_is_shown_and_the_explorer_stays_usable(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Experiment, every: int | None = None) -> Iterator[Snapshot]:
        raise RuntimeError("deliberate failure")

    with monkeypatch.context() as patch:
        patch.setattr(Experiment, "stream", broken)
        control(explorer, "hidden").index = 4
        wait_for(lambda: "deliberate failure" in explorer.describe())
    control(explorer, "hidden").index = 5
    finished(explorer)
    assert "deliberate failure" not in explorer.describe()


def test_an_exception_in_a_control_is_shown(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("deliberate failure")

    monkeypatch.setattr(Runner, "submit", broken)
    control(explorer, "hidden").index = 4
    assert "deliberate failure" in explorer.describe()


def test_divergence_is_said_and_gives_no_s() -> None:
    explorer = Explorer(learning_rate=1e38, runs=3, **SMALL)
    finished(explorer)
    assert "S = –" in explorer.describe()
    assert "Every run diverged" in explorer.describe()
    explorer.close()


def test_a_process_that_ends_while_it_trains_ends_well() -> None:
    code = "import time; from ncviz import Explorer; e = Explorer(steps=10**5); time.sleep(0.3)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_value_that_joined_a_scale_stays_on_it(explorer: Explorer) -> None:
    explorer.experiment = replace(explorer.experiment, runs=30)
    runs = control(explorer, "runs")
    scale = runs.options
    runs.index += 1
    assert explorer.experiment.runs == 50
    runs.index -= 1
    assert explorer.experiment.runs == 30
    assert runs.options == scale


def test_opening_and_closing_leaves_no_widget_and_no_thread() -> None:
    before = alive()
    for _ in range(3):
        explorer = Explorer(runs=5, **SMALL)
        control(explorer, "hidden").index = 5
        explorer.close()
        explorer.close()  # again is harmless
    del explorer
    assert alive() == before
    assert not [t for t in threading.enumerate() if t.name.startswith("ncviz")]


@pytest.mark.parametrize("kind", [SView, LossView, CorrelatorView, SignallingView, NetView])
def test_each_view_works_alone(kind: type[View]) -> None:
    before = alive()
    r = Experiment(runs=4, **SMALL).run()
    view = kind(r)
    assert view.describe().endswith(".")
    alone = view.describe()
    view.show(next(Experiment(runs=4, **SMALL).stream()))
    assert view.describe() != alone, "step 0 cannot look like the end"
    view.close()
    assert alive() == before


def test_frames_carry_the_numbers_of_the_result() -> None:
    r = Experiment(runs=6, **SMALL).run()
    frame = SView(r).frame
    assert np.frombuffer(frame["dots"], "<f4") == pytest.approx(r.runs.S.to_numpy(), abs=1e-6)
    assert np.frombuffer(frame["mean"], "<f4")[-1] == pytest.approx(r.s.value, abs=1e-6)
    steps = np.frombuffer(frame["step"], "<f4")
    assert (steps == r.losses.step.unique()).all()
    frame = LossView(r).frame
    bands = np.frombuffer(frame["bands"], "<f4").reshape(4, 2, 3, len(steps))
    by_cell = r.losses.groupby(["step", "setting", "head"]).loss
    for which, share in enumerate((0.1, 0.5, 0.9)):
        expected = by_cell.quantile(share).to_numpy().reshape(len(steps), 4, 2)
        assert bands[:, :, which].transpose(2, 0, 1) == pytest.approx(expected, abs=1e-6)
    frame = CorrelatorView(r).frame
    assert [c[0] for c in frame["correlators"]] == pytest.approx(r.correlators.to_numpy().ravel())
    frame = SignallingView(r).frame
    values = [[first[0], second[0]] for first, second in frame["pairs"]]
    assert np.array(values) == pytest.approx(r.marginals.to_numpy())
    assert frame["D"][0] == pytest.approx(r.behavior.D)
    Widget.close_all()
