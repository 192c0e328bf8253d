"""What costs much says so first, wherever it comes from; what cannot fit takes no memory."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from explorers import SMALL, choose, finished, part, press, send
from lab import wait_for
from ncviz import Experiment, Explorer, sweep
from ncviz.cli import main as cli
from ncviz.engine import batching, evaluation
from ncviz.engine import chance as drawing
from ncviz.results import memory
from ncviz.sweeps import cost, price
from ncviz.sweeps.cost import work
from ncviz.sweeps.price import MOST, Price
from ncviz.widgets.explorer.desk import TakeAway
from ncviz.widgets.explorer.situations import Presets
from ncviz.widgets.explorer.stage import ReplayBar
from ncviz.widgets.explorer.state import State
from ncviz.widgets.explorer.tabs.sweep import DEFAULTS, SweepPanel
from ncviz.widgets.parts.controls import Consent
from ncviz.widgets.views.verdict import VerdictView

laws = pytest.mark.long(
    "ncviz/engine", "ncviz/results/memory.py", "ncviz/sweeps/cost.py", "ncviz/sweeps/price.py"
)

HUGE = Experiment(n_test=1_000_000)


@contextmanager
def opened(explorer: Explorer) -> Iterator[Explorer]:
    try:
        yield explorer
    finally:
        explorer.close()


def asked(explorer: Explorer) -> str:
    """Wait for the words on the button."""
    return wait_for(lambda: part(explorer, Consent).offer)


# The laws

PEAK = """
import json, sys
from ncviz import Experiment
def of(key):
    (line,) = [line for line in open("/proc/self/status") if line.startswith(key)]
    return 1024 * int(line.split()[1])
Experiment(runs=2, steps=2).run()
before = of("VmRSS")
open("/proc/self/clear_refs", "w").write("5")
snapshots = Experiment(**json.loads(sys.argv[1])).stream()
for snapshot in snapshots:
    if "first" in sys.argv:
        break
print(of("VmHWM") - before)
"""


def peak(*arguments: str, **fields: object) -> float:
    """Bytes that a fresh Python takes at most while it trains."""
    command = [sys.executable, "-c", PEAK, json.dumps(fields), *arguments]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a peak anew")


@on_linux
@laws
@pytest.mark.parametrize(
    "fields",
    [
        {"n_test": 100_000, "runs": 20, "steps": 1},
        {"n_train": 100_000, "runs": 20, "steps": 1},
        {"hidden": 1000, "steps": 1},
        {"hidden": 1000, "runs": 16, "steps": 2, "batch_size": 64, "optimizer": "adam"},
        {"n_train": 40_000, "runs": 20, "steps": 1, "sampling": "full"},
    ],
)
def test_the_law_of_memory_holds_within_a_factor_of_2(fields: dict[str, Any]) -> None:
    told = memory.memory(Experiment(**fields), records=fields["steps"] + 1)
    assert told / 2 < peak(**fields) < told * 2


@on_linux
def test_a_million_steps_begin_without_drawing_them_all() -> None:
    assert peak("first", steps=1_000_000) < 50e6


@laws
@pytest.mark.parametrize(
    "fields",
    [
        {"hidden": 100, "runs": 10, "steps": 50},
        {"runs": 400, "steps": 200},
        {"batch_size": 64, "steps": 1000},
        {"n_test": 4096, "runs": 20, "steps": 300},
        {"outcome": "oscillation", "steps": 1000},
    ],
)
def test_the_law_of_time_holds_within_a_factor_of_2(fields: dict[str, Any]) -> None:
    def taken(e: Experiment) -> float:
        start = time.process_time()
        e.run()
        return (time.process_time() - start) / work(e, 100)

    other, default = Experiment(**fields), Experiment(steps=400)
    ratios = [taken(other) / taken(default) for _ in range(3)]
    assert 1 / 2 < np.median(ratios) < 2


def test_pieces_of_what_is_drawn_and_judged_give_the_same_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    e = Experiment(runs=20, steps=50, batch_size=7, n_test=200)
    whole = e.run()
    monkeypatch.setattr(batching, "POINTS_AHEAD", 30)
    monkeypatch.setattr(evaluation, "NUMBERS_AT_ONCE", 3 * 12 * 256)
    pieces = e.run()
    assert np.array_equal(whole.outcomes, pieces.outcomes)
    assert np.array_equal(whole.recording.losses, pieces.recording.losses)
    λ = drawing.draw(e, 3)
    stream = np.random.default_rng(λ.steps)
    order = [stream.integers(0, e.n_train, (n, e.batch_size)) for n in (1, 13, 36)]
    assert np.array_equal(np.concatenate(order), λ.order)


# What does not fit


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer with 1 GB free."""
    monkeypatch.setattr(memory, "available", lambda: 1e9)


@pytest.fixture
def plenty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer with 1,000 GB free."""
    monkeypatch.setattr(memory, "available", lambda: 1e12)


@pytest.mark.parametrize(
    "start",
    [
        HUGE.run,
        HUGE.stream,
        lambda: sweep(HUGE, hidden=[1, 2], progress=False),
        Experiment(hidden=10_000, runs=1_000_000).run,
        Experiment(batch_size=1_000_000, n_train=1_000_000).run,
        lambda: Experiment(steps=10_000_000).stream(every=1),
    ],
)
def test_what_cannot_fit_is_refused_before_a_byte_is_taken(
    little: None, monkeypatch: pytest.MonkeyPatch, start: Callable[[], object]
) -> None:
    def drawn(*_: object) -> None:
        raise AssertionError("it was drawn")

    monkeypatch.setattr("ncviz.engine.training.draw", drawn)
    with pytest.raises(ValueError, match=r"needs about .* GB of memory, and 1 GB are free here"):
        start()


def test_an_explorer_says_that_it_cannot_fit_and_offers_no_button(little: None) -> None:
    with opened(Explorer(HUGE)) as explorer:
        sentence = wait_for(lambda: part(explorer, Consent).sentence)
        assert "2 GB of memory, and only 1 GB are free" in sentence
        assert part(explorer, Consent).offer == "" and explorer.result is None


def test_there_is_some_memory_here() -> None:
    assert 1e6 < memory.available() < 1e15


# What costs much


def by_query() -> Explorer:
    return Explorer.from_query("?n_test=1000000&hidden=1000")


def by_python() -> Explorer:
    return Explorer(hidden=1000, runs=400)


@pytest.mark.parametrize("door", [by_query, by_python])
def test_an_explorer_that_costs_much_from_the_start_asks_first(
    plenty: None, door: Callable[[], Any]
) -> None:
    with opened(door()) as explorer:
        assert asked(explorer).startswith("Train anyway: about ")
        assert explorer.result is None and explorer.state.moment is None
        assert part(explorer, VerdictView).frame["status"] == "not trained"
        assert "before" not in part(explorer, Consent).sentence


def by_json(explorer: Explorer) -> None:
    send(part(explorer, TakeAway), load=Experiment(hidden=1000).to_json())


def by_code(explorer: Explorer) -> None:
    send(part(explorer, TakeAway), load="Experiment(steps=1_000_000).run()")


def by_assignment(explorer: Explorer) -> None:
    explorer.experiment = HUGE


@pytest.mark.parametrize("door", [by_json, by_code, by_assignment])
def test_what_costs_much_says_so_first_and_nothing_is_lost(
    plenty: None, door: Callable[[Explorer], None]
) -> None:
    with opened(Explorer(runs=4, **SMALL)) as explorer:
        before = finished(explorer)
        door(explorer)
        assert asked(explorer).startswith("Train anyway: about ")
        assert explorer.result is None and explorer.state.moment is before
        assert "What is shown is the experiment before." in explorer.describe()
        press(explorer, "actions", "undo")
        assert finished(explorer).experiment == before.experiment
        assert part(explorer, Consent).offer == part(explorer, Consent).sentence == ""


@pytest.mark.parametrize("door", ["slider", "preset"])
def test_it_is_trained_when_the_user_says_so(door: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(Explorer(runs=4, **SMALL)) as explorer:
        finished(explorer)
        monkeypatch.setattr(price, "MUCH", 0.1)
        if door == "slider":
            choose(explorer, "runs", "400")
        else:
            send(part(explorer, Presets), click=0)
        asked(explorer)
        assert explorer.result is None
        send(part(explorer, Consent), agree=True)
        assert part(explorer, VerdictView).frame["status"] != "not trained"
        assert finished(explorer).experiment == explorer.experiment
        assert part(explorer, Consent).offer == ""


def test_a_forged_agreement_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MOST, "120 1")
    with opened(Explorer(HUGE)) as explorer:
        wait_for(lambda: part(explorer, Consent).sentence)
        send(part(explorer, Consent), agree=True)
        part(explorer, Consent).offer = "Train anyway"
        send(part(explorer, Consent), agree=True)
        assert "this page allows 2 minutes and 1 GB" in wait_for(
            lambda: part(explorer, Consent).sentence
        )
        assert explorer.result is None


def test_visitors_of_a_dashboard_have_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MOST, "120 1")
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5")
    monkeypatch.setenv("QUERY_STRING", "n_test=1000000")
    with opened(Explorer.from_page()) as explorer:
        sentence = wait_for(lambda: part(explorer, Consent).sentence)
        assert "this page allows 2 minutes and 1 GB" in sentence
        assert part(explorer, Consent).offer == ""
        explorer.experiment = Experiment(runs=4, **SMALL)
        assert finished(explorer).experiment.runs == 4


@pytest.mark.parametrize("most", [("0", "1"), ("-5", "1"), ("120", "nan")])
def test_bounds_of_a_dashboard_are_above_0(
    most: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["dashboard", "--most", *most]) == 2
    assert "most must be two numbers above 0" in capsys.readouterr().err


def test_a_long_sweep_says_its_cost_first_and_the_last_one_stays() -> None:
    state = State(Experiment(steps=30))
    panel = SweepPanel(state)
    try:
        panel.start({**DEFAULTS, "to": "2", "runs": "4"})
        wait_for(lambda: panel.form.state == "done")
        last = state.sweep
        panel.start({**DEFAULTS, "from": "990", "to": "1000", "runs": "1000"})
        assert wait_for(lambda: panel.consent.offer).startswith("Train anyway: about ")
        wait_for(lambda: panel.form.state == "idle")
        assert state.sweep is last
        send(panel.consent, agree=True)
        wait_for(lambda: panel.form.state == "running" and state.sweep is not last)
        assert panel.consent.offer == ""
    finally:
        panel.close()


def test_the_command_line_says_the_cost_of_very_long_ones(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def instead(_: object) -> Iterator[None]:
        raise ValueError("trained")

    monkeypatch.setattr(Experiment, "stream", instead)
    assert cli.main(["run", "--steps", "10000000"]) == 2
    assert "ncviz: this takes about " in capsys.readouterr().err
    assert cli.main(["run"]) == 2
    assert "this takes" not in capsys.readouterr().err


# Replay


def test_words_about_the_end_do_not_stand_beside_an_earlier_step() -> None:
    with opened(Explorer(runs=2, steps=200, n_test=64)) as explorer:
        finished(explorer)
        replay, frame = part(explorer, ReplayBar), lambda: part(explorer, VerdictView).frame
        wait_for(lambda: frame()["state"] == "done")
        done = frame()["status"]
        replay.live, replay.index = False, 40
        assert frame()["status"] == "replay of 2 runs: step 80 of 200"
        assert frame()["progress"] == 0.4
        assert part(explorer, Presets).lead == "At the end of the training: "
        replay.live = True
        assert (frame()["status"], frame()["progress"]) == (done, 1.0)
        assert part(explorer, Presets).lead == ""


@pytest.mark.parametrize(
    ("duration", "words"),
    [(1, "1 second"), (40, "40 seconds"), (150, "2.5 minutes"), (8000, "2.2 hours")],
)
def test_a_duration_is_told_as_people_say_it(duration: float, words: str) -> None:
    assert cost.in_words(duration) == words
    assert Price(duration, 2e9).words == f"about {words}, 2 GB"
