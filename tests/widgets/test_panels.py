"""The panels around the charts, without a browser: what they hold, refuse and pass on."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import traitlets
from ipywidgets import Widget

import ncviz.widgets
from ncviz.tasks import TASKS
from ncviz.widgets.parts.controls import Actions, SeedBox
from ncviz.widgets.parts.layout import Fold
from ncviz.widgets.parts.picture import Pictures
from ncviz.widgets.parts.pinned_list import PinnedList
from ncviz.widgets.parts.presets_view import Presets
from ncviz.widgets.parts.take_away import TakeAway
from ncviz.widgets.parts.task_table import TaskTable

SLOTS = [
    {"slot": slot, "name": name, "labels": list(TASKS[name].labels)}
    for slot, name in {
        "A1": "s1 AND s2",
        "A2": "s1 XOR s2",
        "B1": "s3 AND s4",
        "B2": "s3 XOR s4",
    }.items()
]
PRESETS = [{"name": "ample", "reason": "Look at S."}, {"name": "critical", "reason": "Look at B."}]


def arrive(widget: Widget, *messages: object) -> None:
    """Let messages come as they come from the browser."""
    for message in messages:
        widget._handle_custom_msg(message, [])


def heard(register: Callable[[Callable[..., None]], None]) -> list[Any]:
    """Everything that a callback is called with from now on."""
    calls: list[Any] = []
    register(lambda *values: calls.append(values))
    return calls


def test_a_fold_shows_its_children_only_when_open() -> None:
    fold = Fold("More", [child := SeedBox()])
    assert fold.children == (fold.button, fold.content)
    assert fold.content.children == (child,)
    assert not fold.opened
    assert "ncviz-closed" in fold.content._dom_classes
    fold.button.opened = True  # as the browser does
    assert fold.opened
    assert "ncviz-closed" not in fold.content._dom_classes
    fold.opened = False
    assert not fold.button.opened
    assert "ncviz-closed" in fold.content._dom_classes
    assert "ncviz-closed" not in Fold("More", [], opened=True).content._dom_classes


def test_a_pressed_answer_names_its_task_and_its_point() -> None:
    table = TaskTable(SLOTS)
    calls = heard(table.on_toggle)
    arrive(table, {"toggle": 15, "slot": 0}, {"toggle": 3, "slot": 2})
    arrive(table, {"toggle": 16, "slot": 0}, {"toggle": 0, "slot": 4}, {"other": 1}, "noise")
    assert calls == [(0, 15), (2, 3)]


def test_the_table_refuses_what_is_no_task() -> None:
    table = TaskTable(SLOTS, 3)
    with pytest.raises(traitlets.TraitError, match="between 0 and 3"):
        table.chosen = 4
    with pytest.raises(traitlets.TraitError, match="four"):
        table.slots = SLOTS[:3]
    for labels in ([0] * 15, [2] * 16):
        with pytest.raises(traitlets.TraitError, match="labels of A1"):
            table.slots = [{**SLOTS[0], "labels": labels}, *SLOTS[1:]]
    assert table.slots == SLOTS


def test_a_pressed_preset_is_passed_on_by_its_place() -> None:
    presets = Presets(PRESETS)
    assert presets.chosen == -1
    calls = heard(presets.on_click)
    arrive(presets, {"click": 1}, {"click": 2}, {"click": -1})
    assert calls == [(1,)]
    with pytest.raises(traitlets.TraitError, match="between -1 and 1"):
        presets.chosen = 2


def test_the_pinned_list_passes_ids_on() -> None:
    pinned = PinnedList([{"id": "a", "text": "3 neurons", "s": "S = 2.2"}])
    shown, removed = heard(pinned.on_show), heard(pinned.on_remove)
    arrive(pinned, {"show": "a"}, {"remove": "a"})
    assert (shown, removed) == ([("a",)], [("a",)])


def test_files_are_asked_for_and_sent_as_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    take = TakeAway([{"id": "s", "text": "S"}], rows=4)
    asked, loaded = heard(take.on_download), heard(take.on_load)
    arrive(take, {"download": "runs"}, {"download": "svg", "picture": "s"}, {"load": "hidden=3"})
    assert asked == [("runs", ""), ("svg", "s")]
    assert loaded == [("hidden=3",)]
    sent: list[Any] = []
    monkeypatch.setattr(take, "send", lambda *message: sent.append(message))
    take.save("runs.csv", "text/csv", b"run,S\n")
    assert sent == [({"file": "runs.csv", "type": "text/csv"}, [b"run,S\n"])]
    with pytest.raises(traitlets.TraitError):
        take.pinned = -1


@pytest.mark.parametrize(
    "widget",
    [Fold("More", []).button, TaskTable, Presets, PinnedList, TakeAway, Pictures, Actions],
    ids=lambda widget: getattr(widget, "__name__", type(widget).__name__),
)
def test_each_script_is_one_module_that_asks_no_other_host(widget: Any) -> None:
    script, style = str(widget._esm), str(widget._css)
    assert script.count("export default answering(render);") == 1
    names = re.findall(r"^(?:async )?(?:const|let|function) (\w+)", script, re.MULTILINE)
    assert len(names) == len(set(names)), "a name stands twice in the joined script"
    own = script.replace("http://www.w3.org/2000/svg", "")
    assert "://" not in own + style
    assert "url(" not in style
    assert "innerHTML" not in script


def test_every_script_says_when_its_kernel_is_gone() -> None:
    """What has an end of its own would stay on, and seem to answer, after a restart."""
    folder = Path(ncviz.widgets.__file__).parent / "static"
    scripts = {path.name: path.read_text("utf-8") for path in folder.glob("*.js")}
    exported = {name for name, text in scripts.items() if "export default" in text}
    answering = {name for name, text in scripts.items() if "export default answering(" in text}
    assert len(exported) > 20
    assert exported == answering
