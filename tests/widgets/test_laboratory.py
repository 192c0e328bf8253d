"""What a learner does in the Explorer beside moving a slider: replay, compare, take away."""

import io
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from explorers import SMALL, choose, control, finished, part, press, send
from lab import wait_for
from ncviz import Experiment, Explorer, LossView, NetView, SView, tasks
from ncviz.classroom.pooled import students_of
from ncviz.results.pins import Pins
from ncviz.widgets.explorer.control_panel import TaskTable
from ncviz.widgets.explorer.desk import PICTURES, PinnedList, TakeAway
from ncviz.widgets.explorer.saved import line_of, read
from ncviz.widgets.explorer.situations import PRESETS, Presets
from ncviz.widgets.explorer.stage import ReplayBar
from ncviz.widgets.explorer.state import MOST, PAUSE_SECONDS, History
from ncviz.widgets.explorer.teaching import Teaching
from ncviz.widgets.parts.settled import Pictures
from strategies import experiments


@pytest.fixture
def explorer() -> Iterator[Explorer]:
    explorer = Explorer(runs=12, **SMALL)
    finished(explorer)
    yield explorer
    explorer.close()


def saved(explorer: Explorer, monkeypatch: pytest.MonkeyPatch, **wish: str) -> dict[str, bytes]:
    """The files that the browser is given for a wish."""
    files: dict[str, bytes] = {}
    card = part(explorer, TakeAway)

    def caught(content: dict[str, str], buffers: list[bytes]) -> None:
        files[content["file"]] = buffers[0]

    monkeypatch.setattr(card, "send", caught)
    send(card, **wish)
    return files


# Own tasks and other settings


def test_a_task_from_the_list_makes_a_pairing_of_ones_own(explorer: Explorer) -> None:
    choose(explorer, "task-A1", "s1 OR s2")
    four = ("s1 OR s2", "s1 XOR s2", "s3 AND s4", "s3 XOR s4")
    assert explorer.experiment.pairing == four
    assert control(explorer, "pairing").options[-1]["text"] == "own tasks"
    assert finished(explorer).runs.equals(
        replace(Experiment(runs=12, **SMALL), pairing=four).run().runs
    )


def test_tasks_that_have_a_name_together_get_it_back(explorer: Explorer) -> None:
    choose(explorer, "task-A1", "s1")
    choose(explorer, "task-B1", "s3")
    assert explorer.experiment.pairing == "copy-xor"


def test_every_boolean_task_can_be_clicked_together(explorer: Explorer) -> None:
    table = part(explorer, TaskTable)
    send(table, toggle=0, slot=3)  # s3 XOR s4, but 1 on 0000
    name = explorer.experiment.tasks[3]
    labels = [*tasks.TASKS["s3 XOR s4"].labels]
    assert tasks.find(name).labels == (1, *labels[1:])
    assert table.slots[3]["labels"] == [1, *labels[1:]]
    shown = control(explorer, "task-B2")
    assert shown.options[shown.index]["text"] == name
    send(table, toggle=0, slot=3)
    assert explorer.experiment.pairing == "xornet"


def test_a_batch_larger_than_the_training_set_is_explained_and_nothing_is_lost(
    explorer: Explorer,
) -> None:
    before = finished(explorer)
    choose(explorer, "batch_size", "128")
    message = control(explorer, "batch_size").message
    assert "batch_size must be at most n_train = 64, not 128" in message
    assert explorer.result is before
    choose(explorer, "hidden", "4")
    batch = control(explorer, "batch_size")
    assert (batch.message, batch.options[batch.index]["text"]) == ("", "8")


def test_what_is_not_the_default_is_named_in_the_verdict(explorer: Explorer) -> None:
    choose(explorer, "optimizer", "adam")
    choose(explorer, "noise", "0.5")
    finished(explorer)
    note = wait_for(lambda: explorer.describe(), lambda text: "adam" in text)
    assert "not the default: adam, 120 steps, 64 held-out points, noise 0.5" in note


# Replay


def test_every_record_can_be_shown_again(explorer: Explorer) -> None:
    bar, result = part(explorer, ReplayBar), finished(explorer)
    assert (bar.live, bar.index, bar.last) == (True, result.index, result.index)
    assert bar.steps == result.recording.steps.tolist()
    for record in (0, 7, result.index // 2):
        bar.set_state({"live": False, "index": record})
        earlier = result.at(record)
        dots = np.frombuffer(part(explorer, SView).frame["dots"], "<f4")
        assert dots == pytest.approx(earlier.per_run.S, abs=1e-6)
        assert f"After {earlier.step} steps the mean of S is {earlier.s}" in explorer.describe()
        net = part(explorer, NetView)
        weights = earlier.net(net.run, net.setting).hidden_weight.detach().numpy().ravel()
        assert (np.frombuffer(net.frame["weights"], "<f4")[: weights.size] == weights).all()
    bar.live = True
    assert f"After {result.step} steps" in explorer.describe()
    assert explorer.result is result, "a replay trains nothing"


def test_a_training_goes_on_behind_a_replay(explorer: Explorer) -> None:
    explorer.experiment = replace(explorer.experiment, steps=4000, runs=16)
    bar = part(explorer, ReplayBar)
    wait_for(lambda: bar.steps[-1] == 4000 and bar.last >= 5)
    bar.set_state({"live": False, "index": 2})
    result = finished(explorer)
    wait_for(lambda: bar.last == result.index)
    assert (bar.index, bar.live) == (2, False)
    assert f"After {result.recording.steps[2]} steps" in explorer.describe()


def test_a_new_training_is_shown_live(explorer: Explorer) -> None:
    bar = part(explorer, ReplayBar)
    bar.set_state({"live": False, "index": 2})
    choose(explorer, "hidden", "5")
    result = finished(explorer)
    wait_for(lambda: f"After {result.step} steps" in explorer.describe())
    assert bar.live


def test_another_net_is_drawn_when_it_is_chosen(explorer: Explorer) -> None:
    view, result = part(explorer, NetView), finished(explorer)
    view.set_state({"run": 5, "setting": "12"})
    assert (view.frame["run"], view.frame["setting"]) == (5, "12")
    net = result.net(5, "12")
    expected = np.concatenate([p.detach().numpy().ravel() for p in net.parameters()])
    assert (np.frombuffer(view.frame["weights"], "<f4") == expected).all()


def test_the_net_view_counts_the_very_points_that_are_wrong(explorer: Explorer) -> None:
    view, result = part(explorer, NetView), finished(explorer)
    for run, setting in ((0, "11"), (3, "22")):
        view.set_state({"run": run, "setting": setting})
        wrong = (result.outcomes[run, ["11", "12", "21", "22"].index(setting)] == -1).sum(axis=1)
        assert np.sum(view.frame["wrong"], axis=0).tolist() == wrong.tolist()
        assert sum(view.frame["points"]) == result.experiment.n_test


# Compare


def test_a_kept_curve_stays_behind_the_next_ones(explorer: Explorer) -> None:
    s, losses = part(explorer, SView), part(explorer, LossView)
    kept, bands = s.frame["mean"], np.frombuffer(losses.frame["bands"], "<f4").reshape(4, 2, 3, -1)
    text = f"S = {finished(explorer).s}"
    press(explorer, "compare", "keep")
    choose(explorer, "hidden", "6")
    finished(explorer)
    assert s.ghost["mean"] == kept != s.frame["mean"]
    assert s.ghost["label"] == losses.ghost["label"] == f"3 neurons, xornet: {text}"
    ghost = np.frombuffer(losses.ghost["medians"], "<f4").reshape(4, 2, -1)
    assert (ghost == bands[:, :, 1]).all()
    press(explorer, "compare", "forget")
    assert s.ghost == losses.ghost == {}


def test_pinned_runs_are_a_frame_with_the_fields_of_their_experiment(explorer: Explorer) -> None:
    assert explorer.pinned.empty
    press(explorer, "compare", "pin")
    press(explorer, "compare", "pin")  # once is enough
    first = finished(explorer)
    choose(explorer, "hidden", "5")
    second = finished(explorer)
    press(explorer, "compare", "pin")
    frame = explorer.pinned
    assert frame.hidden.tolist() == [3] * 12 + [5] * 12
    assert frame.S.tolist() == [*first.runs.S, *second.runs.S]
    assert {field.name for field in fields(Experiment)} < set(frame.columns)
    rows = part(explorer, PinnedList).rows
    assert [row["s"] for row in rows] == [f"S = {first.s}", f"S = {second.s}"]
    send(part(explorer, PinnedList), show=rows[0]["id"])
    assert explorer.experiment.hidden == 3
    send(part(explorer, PinnedList), remove=rows[0]["id"])
    assert explorer.pinned.hidden.unique().tolist() == [5]


def test_own_tasks_are_pinned_by_name() -> None:
    pins = Pins()
    pins.add(Experiment(runs=1, steps=1, pairing=("s1", "s2", "s3", "s4")).run())
    assert pins.frame.pairing.tolist() == ["s1; s2; s3; s4"]


def test_undo_takes_the_last_move_back_and_then_the_one_before(explorer: Explorer) -> None:
    choose(explorer, "hidden", "5")
    choose(explorer, "trunk", "separate")
    press(explorer, "actions", "undo")
    assert (explorer.experiment.hidden, explorer.experiment.trunk) == (5, "shared")
    press(explorer, "actions", "undo")
    assert explorer.experiment == Experiment(runs=12, **SMALL)
    press(explorer, "actions", "undo")  # nothing is left
    assert explorer.experiment == Experiment(runs=12, **SMALL)


def test_a_drag_is_one_move() -> None:
    now = 0.0
    history = History(clock=lambda: now)
    sizes = [Experiment(hidden=n) for n in range(1, 6)]
    for before, after in pairwise(sizes[:4]):
        history.left(before, after)
        now += PAUSE_SECONDS / 2
    now += PAUSE_SECONDS
    history.left(sizes[3], sizes[4])
    assert [history.undo(), history.undo(), history.undo()] == [sizes[3], sizes[0], None]


def test_history_forgets_what_is_long_past() -> None:
    history = History(clock=iter(np.arange(0, 1e6, 10.0)).__next__)
    for n in range(1, MOST + 50):
        history.left(Experiment(hidden=n), Experiment(hidden=n + 1))
    assert len(history) == MOST
    assert history.undo() == Experiment(hidden=MOST + 49)


@pytest.mark.parametrize("name", PRESETS)
def test_each_preset_is_one_click_and_sets_all_that_it_is_about(
    explorer: Explorer, name: str
) -> None:
    press(explorer, "actions", "next")
    send(part(explorer, Presets), click=[*PRESETS].index(name))
    e = explorer.experiment
    assert e == PRESETS[name].of(Experiment())
    assert [each for each in PRESETS.values() if each.of(e) == e] == [PRESETS[name]]
    assert part(explorer, Presets).chosen == [*PRESETS].index(name)
    choose(explorer, "noise", "0.3")
    assert part(explorer, Presets).chosen == -1


# Take it away


@given(experiments())
def test_every_text_that_leaves_comes_back_as_the_same_experiment(e: Experiment) -> None:
    for text in (line_of(e, Teaching()), e.code(), e.to_json(), f"?{e.to_query()}", e.to_query()):
        assert read(text) == e
    assert read(f"https://example.org/lab?{e.to_query()}") == e


def test_the_line_of_code_runs() -> None:
    space: dict[str, Any] = {}
    exec(line_of(Experiment(hidden=2, runs=2, steps=5), Teaching()), space)
    assert space["r"].experiment == Experiment(hidden=2, runs=2, steps=5)


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "{not json",
        "?hidden=0",
        "?neurons=3",
        "Experiment(3)",
        "Experiment(**x)",
        "Experiment(hidden=__import__('os').getpid())",
        "Experiment(hidden=3",
        "Experiment(hidden=3); Experiment(hidden=4)",
    ],
)
def test_a_text_that_is_no_experiment_is_explained_and_changes_nothing(
    explorer: Explorer, text: str
) -> None:
    before = explorer.experiment
    send(part(explorer, TakeAway), load=text)
    assert part(explorer, TakeAway).message.endswith("Nothing was changed.")
    assert explorer.experiment == before


def test_a_saved_state_is_loaded(explorer: Explorer) -> None:
    card = part(explorer, TakeAway)
    there = {"code": card.code, "json": card.json, "query": card.query}
    for kind, text in there.items():
        choose(explorer, "hidden", "7")
        send(card, load=text)
        assert explorer.experiment == Experiment(runs=12, **SMALL), kind
        assert getattr(card, kind) == text


def test_the_runs_leave_as_a_table(explorer: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    ((name, content),) = saved(explorer, monkeypatch, download="runs").items()
    assert name.endswith("-runs.csv")
    pd.testing.assert_frame_equal(
        pd.read_csv(io.BytesIO(content), dtype={"seed": "uint64"}),
        finished(explorer).runs,
        check_exact=True,
    )
    press(explorer, "compare", "pin")
    ((name, content),) = saved(explorer, monkeypatch, download="pinned").items()
    assert name == "ncviz-pinned-xornet-12-runs.csv"
    assert pd.read_csv(io.BytesIO(content)).S.tolist() == explorer.pinned.S.tolist()


def test_the_file_of_pinned_runs_is_called_like_its_student(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    press(explorer, "compare", "pin")
    part(explorer, TakeAway).set_state({"student": "../Zoë  =Lee"})  # as the page does
    (name,) = saved(explorer, monkeypatch, download="pinned")
    assert name == "ncviz-pinned-xornet-12-runs-of-Zoë-Lee.csv"
    assert students_of([Path(name)]) == ["Zoë-Lee"]


@pytest.mark.parametrize(
    ("given", "typed", "who"),
    [("", "", "hub-7"), ("Ann", "", "Ann"), ("", "Ben", "Ben"), ("Ann", "Ben", "Ben")],
)
def test_the_student_is_who_was_typed_or_else_given_or_else_the_hubs_user(
    monkeypatch: pytest.MonkeyPatch, given: str, typed: str, who: str
) -> None:
    monkeypatch.setenv("JUPYTERHUB_USER", "hub-7")
    explorer = Explorer(runs=5, **SMALL, student=given)
    finished(explorer)
    press(explorer, "compare", "pin")
    if typed:
        part(explorer, TakeAway).set_state({"student": typed})
    (name,) = saved(explorer, monkeypatch, download="pinned")
    explorer.close()
    assert name == f"ncviz-pinned-xornet-5-runs-of-{who}.csv"


@pytest.mark.parametrize("picture", PICTURES)
def test_every_picture_leaves_as_png_and_svg(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch, picture: str
) -> None:
    ((name, content),) = saved(explorer, monkeypatch, download="png", picture=picture).items()
    assert name.endswith(f"-{picture}.png")
    assert content.startswith(b"\x89PNG")
    ((name, content),) = saved(explorer, monkeypatch, download="svg", picture=picture).items()
    assert name.endswith(f"-{picture}.svg")
    assert b"<svg" in content[:500]
    assert not part(explorer, TakeAway).busy


def test_a_picture_is_that_of_the_record_that_is_shown(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish = {"download": "png", "picture": "losses"}
    (end,) = saved(explorer, monkeypatch, **wish).values()
    part(explorer, ReplayBar).set_state({"live": False, "index": 20})
    (earlier,) = saved(explorer, monkeypatch, **wish).values()
    assert end != earlier


# Settled pictures


def test_settled_pictures_are_drawn_when_they_are_wanted_in_the_pages_colours(
    explorer: Explorer,
) -> None:
    gallery = part(explorer, Pictures)
    assert gallery.pictures == []
    control(explorer, "settled").opened = True
    first = wait_for(lambda: gallery.pictures)
    titles = ("S of every run", "Correlators", "Loss oscillations")
    for picture, title in zip(first, titles, strict=True):
        assert picture["alt"].startswith(f"{title}. ")
        paints = re.findall(r"(?:fill|stroke): ([^;'\"]+)", str(picture["svg"]))
        assert paints and all(re.match(r"var\(|color-mix|none|url", paint) for paint in paints)
    choose(explorer, "hidden", "5")
    finished(explorer)
    wait_for(lambda: gallery.pictures, lambda now: now != first)
    assert wait_for(lambda: gallery.note == "")
