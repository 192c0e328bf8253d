"""The panels around the charts, without a browser: what they hold, refuse and pass on."""

from pathlib import Path
from typing import Any

import pytest
import traitlets
from ipywidgets import Widget

import ncviz.widgets
from explorers import check_scripts, classes
from ncviz import Experiment
from ncviz.tasks import TASKS
from ncviz.widgets.explorer.control_panel import OwnTasks, TaskTable
from ncviz.widgets.explorer.desk import Compare, PinnedList, TakeAway
from ncviz.widgets.explorer.situations import Presets
from ncviz.widgets.explorer.state import State
from ncviz.widgets.parts.controls import Actions, SeedBox
from ncviz.widgets.parts.layout import Fold
from ncviz.widgets.parts.settled import Pictures

SLOTS = [
    {"slot": slot, "name": name, "labels": list(TASKS[name].labels)}
    for slot, name in {
        "A1": "s1 AND s2",
        "A2": "s1 XOR s2",
        "B1": "s3 AND s4",
        "B2": "s3 XOR s4",
    }.items()
]


def arrive(widget: Widget, *messages: object) -> None:
    """Let messages come as they come from the browser."""
    for message in messages:
        data = {"method": "custom", "content": message}
        widget.comm.handle_msg({"content": {"data": data}, "buffers": []})


def test_a_fold_shows_its_children_only_when_open() -> None:
    fold = Fold("More", [child := SeedBox()])
    assert fold.children == (fold.button, fold.content)
    assert fold.content.children == (child,)
    assert not fold.opened
    assert "ncviz-closed" in classes(fold.content)
    fold.button.opened = True  # as the browser does
    assert fold.opened
    assert "ncviz-closed" not in classes(fold.content)
    fold.opened = False
    assert not fold.button.opened
    assert "ncviz-closed" in classes(fold.content)


def test_a_pressed_answer_changes_its_task_at_its_point() -> None:
    state = State(Experiment())
    table = OwnTasks(state).table
    before = [list(slot["labels"]) for slot in table.slots]
    arrive(table, {"toggle": 15, "slot": 0}, {"toggle": 3, "slot": 2})
    arrive(table, {"toggle": 16, "slot": 0}, {"toggle": 0, "slot": 4}, {"other": 1}, "noise")
    after = [slot["labels"] for slot in table.slots]
    changed = [(i, k) for i in range(4) for k in range(16) if before[i][k] != after[i][k]]
    assert changed == [(0, 15), (2, 3)]
    assert state.experiment.tasks == tuple(slot["name"] for slot in table.slots)


def test_the_table_refuses_what_is_no_task() -> None:
    table = TaskTable(slots=SLOTS, chosen=3)
    with pytest.raises(traitlets.TraitError, match="between 0 and 3"):
        table.chosen = 4
    with pytest.raises(traitlets.TraitError, match="four"):
        table.slots = SLOTS[:3]
    for labels in ([0] * 15, [2] * 16):
        with pytest.raises(traitlets.TraitError, match="labels of A1"):
            table.slots = [{**SLOTS[0], "labels": labels}, *SLOTS[1:]]
    assert table.slots == SLOTS


def test_a_pressed_preset_is_chosen_by_its_place() -> None:
    state = State(Experiment())
    presets = Presets(state)
    names = [preset["name"] for preset in presets.presets]
    arrive(presets, {"click": names.index("ample")}, {"click": len(names)}, {"click": -1})
    assert state.experiment == Experiment(hidden=8)
    assert names[presets.chosen] == "ample"
    with pytest.raises(traitlets.TraitError, match=f"between -1 and {len(names) - 1}"):
        presets.chosen = len(names)


def test_the_pinned_list_shows_and_removes_by_ids() -> None:
    state = State(small := Experiment(runs=2, steps=5, n_test=16))
    (_, pinned) = Compare(state).box.children
    state.pin(small.run())
    state.move(Experiment(hidden=5))
    (row,) = pinned.rows
    arrive(pinned, {"show": row["id"]}, {"show": "another"}, {"remove": "another"})
    assert (state.experiment, pinned.rows) == (small, [row])
    arrive(pinned, {"remove": row["id"]})
    assert pinned.rows == []


def test_files_are_asked_for_and_sent_as_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    state = State(Experiment(runs=2, steps=5, n_test=16))
    take = TakeAway(state)
    sent: list[Any] = []
    monkeypatch.setattr(take, "send", lambda *message: sent.append(message))
    arrive(take, {"download": "runs"}, {"download": "svg", "picture": "s"})
    assert sent == []  # there is nothing yet
    state.result = state.experiment.run()
    arrive(take, {"download": "runs"}, {"download": "runs", "picture": 3}, {"download": "all"})
    ((about, (content,)),) = sent
    assert about["file"].endswith("-runs.csv") and about["type"] == "text/csv"
    assert content.startswith(b"seed,run,S,") and take.rows == 2
    arrive(take, {"load": "hidden=5"})
    assert state.experiment == Experiment(hidden=5) and take.rows == 0
    with pytest.raises(traitlets.TraitError):
        take.pinned = -1


@pytest.mark.parametrize(
    "widget",
    [Fold("More", []).button, TaskTable, Presets, PinnedList, TakeAway, Pictures, Actions],
    ids=lambda widget: getattr(widget, "__name__", type(widget).__name__),
)
def test_each_script_is_one_module_that_asks_no_other_host(widget: Any) -> None:
    check_scripts(widget)


def test_every_script_says_when_its_kernel_is_gone() -> None:
    """What has an end of its own would stay on, and seem to answer, after a restart."""
    folder = Path(ncviz.widgets.__file__).parent / "static"
    scripts = {path.name: path.read_text("utf-8") for path in folder.glob("*.js")}
    exported = {name for name, text in scripts.items() if "export default" in text}
    answering = {name for name, text in scripts.items() if "export default answering(" in text}
    assert len(exported) > 20
    assert exported == answering
