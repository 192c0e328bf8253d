"""The tab "Why?" without a browser: its views alone, live and in replay, and its trials."""

import threading
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest

from explorers import SMALL, alive, check_scripts, control, displayed, finished, part, send
from lab import wait_for
from ncviz import (
    CompetitionView,
    Experiment,
    Explorer,
    InterventionsView,
    NetView,
    OscillationView,
    SensingView,
)
from ncviz.mechanism import INTERVENTIONS, Competition, competition, interventions
from ncviz.mechanism.competition import Measure
from ncviz.mechanism.fights import Fight
from ncviz.mechanism.oscillation import oscillation_index
from ncviz.mechanism.sensing import sensing
from ncviz.mechanism.traces import loss_traces
from ncviz.results.result import Result
from ncviz.widgets.explorer.stage import ReplayBar
from ncviz.widgets.parts.layout import Tabs
from ncviz.widgets.views.trial import TrialView

BASE = Experiment(steps=160, n_test=64, runs=4)
TRIALS = (OscillationView, SensingView, InterventionsView)


@pytest.fixture(scope="module")
def result() -> Result:
    return Experiment(runs=5, steps=120).run()


@pytest.fixture(scope="module")
def found(result: Result) -> Competition:
    return competition(result)


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """Every test frees its widgets, and ends its threads."""
    before = alive()
    yield
    assert alive() == before
    wait_for(lambda: not [t for t in threading.enumerate() if t.name.startswith("ncviz")])


def numbers(data: bytes, *shape: int) -> Any:
    return np.frombuffer(data, dtype="<f4").reshape(shape)


def done(view: TrialView) -> None:
    wait_for(lambda: view.state not in ("idle", "running"))


# Who fights over which neuron


def test_the_view_shows_the_pulls_of_the_run_that_is_chosen(
    result: Result, found: Competition
) -> None:
    view = CompetitionView(result, run=3, setting="21")
    fight, records = Fight.of_run(found, 3), len(found.steps)
    pull = numbers(view.frame["pull"], 4, 3, records)
    np.testing.assert_allclose(pull, fight.pull.transpose(1, 2, 0), rtol=1e-5, atol=1e-6)
    layer = numbers(view.frame["layer"], 4, records)
    np.testing.assert_allclose(layer, fight.layer_cosine.T, rtol=1e-5, atol=1e-6)
    losses = numbers(view.frame["losses"], 4, 2, records)
    np.testing.assert_array_equal(losses, result.recording.losses[:, 3].transpose(1, 2, 0))
    table = numbers(view.frame["table"], 3, 3, records)
    for got, column in zip(table, (fight.cosine, fight.size, fight.share), strict=True):
        np.testing.assert_allclose(got, column[:, 2].T, rtol=1e-5, atol=1e-6)
    assert view.describe().startswith("Run 3, step 120:")
    view.over = "all"
    assert view.describe().startswith("On average over runs")
    mean = numbers(view.frame["pull"], 4, 3, records)
    np.testing.assert_allclose(mean, Fight.of_all(found).pull.transpose(1, 2, 0), atol=1e-6)
    view.close()


def test_no_record_is_measured_twice_live_or_in_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    of = Measure.of
    monkeypatch.setattr(Measure, "of", lambda self, nets: (calls.append(1), of(self, nets))[1])
    view = CompetitionView()
    for snapshot in Experiment(runs=2, steps=20).stream(every=2):
        view.show(snapshot)
    assert len(calls) == 11
    live = view.frame["pull"]
    view.show(snapshot.at(4))
    early = numbers(view.frame["pull"], 4, 3, 5)
    np.testing.assert_array_equal(early, numbers(live, 4, 3, 11)[..., :5])
    assert "step 8:" in view.describe() and len(calls) == 11
    view.close()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"trunk": "separate"}, "no neuron to fight over"),
        ({"learning_rate": 1e38}, "Run 0 has diverged"),
        ({"hidden": 10_000, "steps": 16, "n_train": 8}, "nothing can be measured"),
    ],
)
def test_where_there_is_no_fight_the_view_says_why(fields: dict[str, Any], words: str) -> None:
    view = CompetitionView(Experiment(**({"runs": 1, "steps": 40, "n_test": 8} | fields)).run())
    assert words in view.describe() and view.frame["problem"] == view.describe()
    assert displayed(view)["image/png"]
    view.close()


def test_of_a_wide_layer_fewer_records_are_measured_but_always_the_last() -> None:
    view = CompetitionView(Experiment(hidden=70, runs=1, steps=11, n_test=16).run())
    np.testing.assert_array_equal(numbers(view.frame["step"], 5), [0, 3, 6, 9, 11])
    assert len(numbers(view.frame["losses"], 4, 2, 5)) == 4
    view.close()


def test_one_run_and_a_wide_layer_are_shown() -> None:
    view = CompetitionView(Experiment(hidden=30, runs=1, steps=20).run(), run=9)
    assert (view.frame["run"], view.frame["hidden"], view.frame["drawn"]) == (0, 30, 24)
    assert len(numbers(view.frame["pull"], 4, 24, 21))
    assert "mean of 1 run:" in view.describe()
    view.close()


# Ownership, in the drawing of the net


def test_the_net_says_who_uses_each_neuron(result: Result, found: Competition) -> None:
    view = NetView(result, run=2, setting="12")
    used = numbers(view.frame["used"], 2, 3)
    np.testing.assert_allclose(used, found.wishes.ownership[-1, 2, 1], rtol=1e-4)
    view.show(result.at(30))
    used = numbers(view.frame["used"], 2, 3)
    np.testing.assert_allclose(used, found.wishes.ownership[30, 2, 1], rtol=1e-4)
    view.run = 4
    used = numbers(view.frame["used"], 2, 3)
    np.testing.assert_allclose(used, found.wishes.ownership[30, 4, 1], rtol=1e-4)
    view.show(Experiment(runs=1, steps=5, trunk="separate").run())
    assert view.frame["used"] == b""
    view.close()


# Trials


@pytest.mark.parametrize("kind", TRIALS)
def test_a_trial_waits_until_it_is_asked_for(kind: type[TrialView]) -> None:
    view = kind(BASE)
    assert (view.state, view.describe(), view.frame) == ("idle", "", {})
    with pytest.raises(ValueError, match="start"):
        view.figure()
    with pytest.raises(ValueError, match="must be an Experiment"):
        view.show("xornet")  # type: ignore[arg-type]
    view.close()


@pytest.mark.parametrize(
    ("kind", "sent", "wrong"),
    [
        (OscillationView, {"runs": "3"}, {"runs": "Runs: a whole number from 4 to 400, not “3”"}),
        (OscillationView, {"runs": "many"}, {"runs": "not “many”"}),
        (SensingView, {"low": "3", "high": "2", "runs": "20"}, {"high": "at least 3"}),
        (SensingView, {"low": "1", "high": "20", "runs": "20"}, {"high": "at most 12 sizes"}),
        (InterventionsView, {"low": "0", "high": "2", "runs": "4"}, {"low": "from 1 to 64"}),
        (InterventionsView, {"low": "1.5", "high": "²", "runs": "4"}, {"low": "", "high": "²"}),
    ],
)
def test_a_bad_number_is_answered_beside_its_field(
    kind: type[TrialView], sent: dict[str, str], wrong: dict[str, str]
) -> None:
    view = kind(BASE)
    send(view, start=sent)
    assert view.state == "idle" and set(view.wrong) == set(wrong)
    for field, words in wrong.items():
        assert words in view.wrong[field]
    view.close()


def test_an_unknown_or_bad_value_is_refused_in_python() -> None:
    view = SensingView(BASE)
    with pytest.raises(ValueError, match="no field 'hidden'"):
        view.start(hidden=3)
    with pytest.raises(ValueError, match="Runs a size: a whole number from 10 to 400, not “True”"):
        view.start(runs=True)
    view.close()


def test_the_oscillation_is_that_of_its_index() -> None:
    view = OscillationView(BASE)
    send(view, start={"runs": "6"})
    done(view)
    assert (view.state, view.share) == ("done", 1.0)
    expected = oscillation_index(loss_traces(Experiment(steps=160, n_test=64, runs=6)), 199)
    np.testing.assert_array_equal(view.index.correlation, expected.correlation)
    assert view.control.experiment.trunk == "separate"
    first = view.frame["rows"][0]["cells"]
    assert first[0] == "(A1, B1)"
    assert first[1].startswith(f"{expected.correlation[:, 0].mean():.2f}".replace("-", "−"))
    assert (
        "amplitude: standard deviation" in str(view.frame["svg"])
        and view.frame["caption"] == view.describe()
    )
    assert displayed(view)["image/png"]
    view.close()


def test_separate_trunks_are_their_own_control() -> None:
    view = OscillationView(Experiment(steps=160, n_test=64, trunk="separate"))
    view.start(runs=4)
    done(view)
    np.testing.assert_array_equal(view.index.correlation, view.control.correlation)
    view.close()


def test_sensing_grows_size_by_size_to_the_table_of_the_sweep() -> None:
    view = SensingView(BASE)
    tables: list[int] = []
    view.observe(lambda change: tables.append(len(change["new"]["rows"])), "frame")
    view.start(low=1, high=2, runs=10)
    done(view)
    assert tables == [3, 6]
    for hidden, of in view.table.groupby("hidden"):
        e = Experiment(steps=160, n_test=64, runs=10, hidden=hidden)
        expected = sensing(loss_traces(e), 199).frame
        pd.testing.assert_frame_equal(of[expected.columns].reset_index(drop=True), expected)
    view.close()


@pytest.fixture
def few() -> Iterator[None]:
    """Only three of the interventions: what holds for them holds for all."""
    chosen = {name: INTERVENTIONS[name] for name in ("none", "separate trunk", "wider layer")}
    # Unlike monkeypatch, this leaves them in their order, in which they are drawn and told.
    with patch.dict(INTERVENTIONS, chosen, clear=True):
        yield


def test_interventions_grow_row_by_row_to_what_python_finds(few: object) -> None:
    view = InterventionsView(BASE)
    rows: list[list[str]] = []
    view.observe(lambda c: rows.append([row["id"] for row in c["new"]["rows"]]), "frame")
    view.start(low=1, high=2, runs=4)
    done(view)
    names = ["none", "separate trunk", "wider layer"]
    assert rows == [names[:1], names[:2], names]
    expected = interventions(BASE, [1, 2], progress=False)
    pd.testing.assert_frame_equal(view.runs[expected.columns], expected)
    assert view.frame["rows"][0]["cells"][3] == "–"
    assert view.frame["rows"][1]["cells"][6] == "–", "no conflict where nothing is shared"
    chosen: list[Experiment] = []
    view.on_choose(chosen.append)
    send(view, choose="wider layer")
    send(view, choose="no such thing")
    critical = int(view.frame["rows"][0]["cells"][2])
    assert chosen == [Experiment(steps=160, n_test=64, runs=4, hidden=2 * critical)]
    view.close()


def test_what_the_experiment_does_not_allow_is_left_out_and_named(few: object) -> None:
    view = InterventionsView(Experiment(steps=40, n_test=64, shared_gradient="pcgrad"))
    view.start(low=1, high=1, runs=4)
    done(view)
    assert view.state == "done"
    assert [row["id"] for row in view.frame["rows"]] == ["none", "wider layer"]
    assert "Not possible with this experiment: separate trunk." in view.describe()
    view.close()


def test_a_trial_can_be_cancelled_and_keeps_what_it_has() -> None:
    view = SensingView(Experiment(steps=200, n_test=64))
    view.start(low=1, high=12, runs=100)
    # The share is told five times a second; a quick machine has a table before that.
    wait_for(lambda: view.table is not None and view.share > 0)
    assert view.state == "running" and 0 < view.share < 1
    send(view, cancel=True)
    done(view)
    assert view.state == "cancelled"
    assert 0 < len(view.table) < 96 and view.describe()
    view.close()


def test_a_second_start_takes_the_place_of_the_first() -> None:
    view, states = OscillationView(Experiment(steps=40_000)), list[str]()
    view.observe(lambda change: states.append(change["new"]), "state")
    view.start(runs=400)
    wait_for(lambda: view.share > 0)
    view.show(BASE)
    view.start(runs=4)
    wait_for(lambda: view.state == "done")
    assert states[-2:] == ["running", "done"], "and not that of the first, which has ended"
    assert len(view.index.diverged) == 4 and view.index.experiment.steps == 160
    view.close()


def test_what_cannot_be_is_said_in_the_card_and_the_worker_goes_on() -> None:
    view = OscillationView(Experiment(steps=20))
    view.start(runs=4)
    done(view)
    assert view.state == "failed" and "steps must be at least 124" in view.status
    view.show(BASE)
    view.start(runs=4)
    done(view)
    assert view.state == "done"
    view.close()


def test_an_error_is_passed_on_and_shown() -> None:
    class Broken(OscillationView):
        def _trial(self, *_: object) -> Any:
            yield 1 / 0, ""

    view, errors = Broken(BASE), list[str]()
    view.on_error(errors.append)
    view.start()
    done(view)
    wait_for(lambda: errors)
    assert "ZeroDivisionError" in errors[0] and "division by zero" in view.status
    view.close()


def test_a_picture_of_another_experiment_says_of_which() -> None:
    view = OscillationView(BASE)
    view.start(runs=4)
    done(view)
    assert view.note == ""
    view.show(Experiment(steps=160, n_test=64, hidden=5))
    assert view.note == "Found with Experiment(steps=160, runs=4, n_test=64)."
    view.show(Experiment(steps=160, n_test=64, runs=99))
    assert view.note == ""
    view.close()


# In the Explorer


@pytest.fixture
def explorer() -> Iterator[Explorer]:
    explorer = Explorer(runs=4, **SMALL)
    finished(explorer)
    yield explorer
    explorer.close()


def open_why(explorer: Explorer) -> None:
    part(explorer, Tabs).chosen = "why"


def test_the_tab_follows_the_explorer_and_its_replay(explorer: Explorer) -> None:
    open_why(explorer)
    assert "Run 0, step 120:" in explorer.describe()
    replay = part(explorer, ReplayBar)
    replay.live = False
    replay.index = 10
    competition, net = control(explorer, "why-fight").children
    assert "Run 0, step 10:" in competition.describe()
    net.run = 2
    assert "Run 2, step 10:" in competition.describe()
    assert net.frame["run"] == 2
    competition.setting = "12"
    assert net.frame["setting"] == "12"


def test_while_the_tab_is_closed_nothing_is_measured(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_why(explorer)
    part(explorer, Tabs).chosen = "play"
    calls: list[int] = []
    monkeypatch.setattr(Measure, "of", lambda self, nets: calls.append(1))
    explorer.experiment = Experiment(runs=5, **SMALL)
    finished(explorer)
    assert not calls


def test_an_intervention_that_is_pressed_becomes_the_experiment(
    explorer: Explorer, few: object
) -> None:
    open_why(explorer)
    trial = part(explorer, InterventionsView)
    trial.start(low=2, high=2, runs=5)
    done(trial)
    send(trial, choose="separate trunk")
    assert explorer.experiment == Experiment(runs=4, hidden=2, trunk="separate", **SMALL)
    wait_for(lambda: "no neuron to fight over" in explorer.describe())


def test_an_explorer_that_is_closed_ends_its_trials(explorer: Explorer) -> None:
    open_why(explorer)
    trial = part(explorer, SensingView)
    trial.show(Experiment(hidden=3))  # long enough a training to be in the midst of it
    trial.start(low=1, high=12, runs=400)
    wait_for(lambda: trial.share > 0)
    assert trial.state == "running"
    explorer.close()
    assert not [t for t in threading.enumerate() if t.name == "ncviz-SensingView"]


@pytest.mark.parametrize("kind", [CompetitionView, NetView, *TRIALS])
def test_each_script_is_one_module_that_asks_no_other_host(kind: Any) -> None:
    check_scripts(kind)
