"""Messages that no page of ours sends: to every widget, whatever they hold, in any order."""

import importlib
import json
import logging
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import comm
import numpy as np
import pytest
from ipywidgets import Widget
from traitlets.log import get_logger

import ncviz.widgets
from explorers import classes, finished, part, send, tree
from lab import wait_for
from ncviz import Experiment, Explorer, Predict, SelfCheck
from ncviz.bert import LoraExplorer
from ncviz.widgets.explorer.desk import TakeAway
from ncviz.widgets.explorer.tabs.sweep import SweepForm
from ncviz.widgets.parts import door
from ncviz.widgets.parts.door import LONGEST
from ncviz.widgets.parts.layout import FoldButton, Tabs
from ncviz.widgets.running.runner import Runner
from ncviz.widgets.views.counterfactual import CounterfactualView
from ncviz.widgets.views.regression import RegressionView
from ncviz.widgets.views.trial import TrialView
from ncviz.widgets.views.verdict import VerdictView

QUICK = {"steps": 60, "n_test": 64, "runs": 5}


def deep(levels: int) -> Any:
    nested: Any = "end"
    for level in range(levels):
        nested = [nested] if level % 2 else {"from": nested}
    return nested


HOSTILE: tuple[Any, ...] = (
    *(None, True, False, 0, 1, 2, 3, -1, 2**31, 2**53 + 1, 10**400, -(10**400), 0.5, 1e308),
    *(float("nan"), float("inf"), -float("inf"), "", "0", "1", "22", "-1", "NaN", "1_0", "all"),
    *("9" * 5000, "x" * 200_000, "9" * 200_000, "\ud800", "\x00", "<script>alert(1)</script>"),
    *("IPY_MODEL_0", "__class__", [], [1], ["S"], [[]], {}, {"from": 1}, {"from": "1_0"}),
    *({"hidden": deep(3)}, deep(2000), {"x" * 9: "y"}, {str(i): "1" for i in range(500)}, b"\x00"),
)
SHAPES = (
    *(("click",), ("start",), ("stop",), ("again",), ("cancel",), ("download",), ("load",)),
    *(("show",), ("remove",), ("choose",), ("choose", "hidden"), ("select", "drawing"), ("check",)),
    *(("toggle", "slot"), ("move", "times"), ("move", "times", "alice", "bob"), ("move", "alice")),
    *(("download", "picture"), ("kind", "name", "msg", "id"), ("click", "start"), ("unknown",)),
)
"""The parts that messages of our pages have, and some that none has."""

KNOWN = (
    *("next", "reset", "undo", "keep", "forget", "pin", "quick", "go", "png", "svg", "runs"),
    *("csv", "parquet", "both", "turns", "s", "net", "yes", "no", "none", "play", "why", "sweep"),
)
ENVELOPES: tuple[Any, ...] = (
    *(None, 0, [], {}, {"content": None}, {"content": {"data": None}}, {"content": {"data": {}}}),
    *({"content": {"data": {"method": method}}} for method in ("update", "custom", "open", None)),
    {"content": {"data": {"method": "update", "state": [1]}}},
    {"content": {"data": {"method": "custom", "content": "click"}}},
    {
        "content": {
            "data": {"method": "update", "state": {"run": 1}, "buffer_paths": [["run", "x"], [9]]}
        },
        "buffers": [],
    },
    {"content": {"data": {"method": "request_state"}}},
)


def widget_classes() -> set[type[Widget]]:
    """Every class of a widget in the package."""
    found = set()
    for module in pkgutil.walk_packages(ncviz.widgets.__path__, "ncviz.widgets."):
        for each in vars(importlib.import_module(module.name)).values():
            if isinstance(each, type) and issubclass(each, Widget):
                found.add(each)
    return {each for each in found if each.__module__.startswith("ncviz")}


def state(**values: Any) -> dict[str, Any]:
    return {"content": {"data": {"method": "update", "state": values}}, "buffers": []}


def custom(**content: Any) -> dict[str, Any]:
    return {"content": {"data": {"method": "custom", "content": content}}, "buffers": []}


def forged(widget: Widget, random: np.random.Generator) -> Any:
    """A message that some page might send to a widget."""

    def one_of(values: Any) -> Any:
        return values[int(random.integers(len(values)))]

    kind = random.integers(10)
    if kind == 0:
        return one_of(ENVELOPES)
    if kind < 5:
        pages = [*widget.traits(from_page=True)] or ["run"]
        names = [one_of([*widget.keys, "unknown"]), one_of(pages), one_of(pages)]
        return state(**{name: one_of(HOSTILE) for name in names[: random.integers(1, 4)]})
    return custom(**{name: one_of(one_of((HOSTILE, KNOWN))) for name in one_of(SHAPES)})


# What is attacked


@pytest.fixture(scope="module")
def patched() -> Iterator[pytest.MonkeyPatch]:
    """Whatever a widget sends in this module could be sent."""

    def publish(_self: object, _type: str, data: Any = None, **_rest: Any) -> None:
        json.dumps(data, allow_nan=False, ensure_ascii=False).encode()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comm.DummyComm, "publish_msg", publish)
        yield patch


@pytest.fixture(scope="module")
def shown(patched: pytest.MonkeyPatch) -> list[str]:
    """Every traceback that an Explorer has shown."""
    seen: list[str] = []
    patched.setattr(VerdictView, "show_error", lambda _self, text: seen.append(text))
    return seen


@pytest.fixture(scope="module")
def explorer(patched: pytest.MonkeyPatch, shown: list[str]) -> Iterator[Explorer]:
    """An Explorer with everything open and a sweep trained, whose workers then only listen."""
    explorer = Explorer(**QUICK)
    finished(explorer)
    send(part_of(explorer, "ncviz-compare"), click="pin")
    for tab in part(explorer, Tabs).tabs:
        part(explorer, Tabs).set_state({"chosen": tab["id"]})
    form = part(explorer, SweepForm)
    send(form, start={"from": "1", "to": "2", "runs": "4"})
    wait_for(lambda: form.state == "done")
    regression = part(explorer, RegressionView)
    wait_for(lambda: regression.frame and regression.note == "")
    patched.setattr(Runner, "submit", lambda _self, request: None)
    yield explorer
    patched.undo()
    explorer.close()


@pytest.fixture(scope="module")
def widgets(explorer: Explorer) -> Iterator[dict[type[Widget], list[Widget]]]:
    """All live widgets by their class."""
    first = Predict("?", run=lambda: 3, between=(0, 9), compare=lambda p, r: f"It is {r}.")
    check = SelfCheck("?", of=first, right=lambda r: r, why=lambda r, a: "So.", within=1)
    points = CounterfactualView(explorer.result)
    lora = LoraExplorer()
    found: dict[type[Widget], list[Widget]] = defaultdict(list)
    for widget in (w for top in (explorer, first, check, points, lora) for w in tree(top)):
        for each in (widget, widget.layout):
            found[type(each)].append(each)
    yield found
    for top in (check, first, points, lora):
        top.close()


def part_of(explorer: Explorer, look: str) -> Widget:
    (found,) = [widget for widget in tree(explorer) if look in classes(widget)]
    return found


class Log(logging.Handler):
    """What ipywidgets does with an exception outside of a notebook: a line in the log."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record)[-600:])


def deliver(line: comm.base_comm.BaseComm, message: Any) -> None:
    """As the kernel does, but what it would write into its log is an error here."""
    log, logger = Log(), get_logger()
    logger.addHandler(log)
    try:
        line.handle_msg(message)
    finally:
        logger.removeHandler(log)
    assert log.lines == []


# The claims


def test_every_widget_has_the_door_and_is_attacked_here(
    widgets: dict[type[Widget], list[Widget]],
) -> None:
    classes = widget_classes()
    assert len(classes) > 50
    assert {each for each in classes if not issubclass(each, door.FromPage)} == set()
    attacked = {base for kind in widgets for base in kind.__mro__}
    assert classes - attacked == set()
    assert all(isinstance(w, door.FromPage) for several in widgets.values() for w in several)


def test_what_a_script_sets_its_widget_takes() -> None:
    # Not all that this one can set is used by all who share it.
    shared = (Path(door.__file__).parents[1] / "static/controls.js").read_text(encoding="utf-8")
    setting = 0
    for each in widget_classes():
        own = str(vars(each).get("_esm", "")).replace(shared, "")
        names = set(re.findall(r"setTraits\(model, \{ (\w+)", own))
        assert names - {*each.class_traits(from_page=True)} == set(), each.__name__
        setting += len(names)
    assert setting > 10


@pytest.mark.parametrize(
    "count", [700, pytest.param(10_000, marks=pytest.mark.long("ncviz/widgets/parts/door.py"))]
)
def test_a_forged_message_neither_raises_nor_sets_what_is_not_the_pages(
    widgets: dict[type[Widget], list[Widget]],
    explorer: Explorer,
    shown: list[str],
    count: int,
) -> None:
    random = np.random.default_rng(count)
    kinds = [*widgets.values()]
    for _ in range(count):
        several = kinds[int(random.integers(len(kinds)))]
        widget = several[int(random.integers(len(several)))]
        message = forged(widget, random)
        before = {name: getattr(widget, name) for name in not_the_pages(widget, message)}
        deliver(widget.comm, message)
        assert all(getattr(widget, name) is value for name, value in before.items())
    assert shown == []
    # Nothing is lost: it stands somewhere where it can be trained, and says so.
    assert isinstance(explorer.experiment, Experiment)
    assert explorer.experiment.code() in part(explorer, TakeAway).code
    assert explorer.describe()


@pytest.mark.parametrize("shape", SHAPES, ids="-".join)
def test_each_part_of_a_message_may_be_anything(
    widgets: dict[type[Widget], list[Widget]], shown: list[str], shape: tuple[str, ...]
) -> None:
    good = {"move": "turns", "times": 1, "alice": 1, "bob": 1, "slot": 0, "toggle": 0, "hidden": 1}
    pages = [several[0] for kind, several in widgets.items() if issubclass(kind, door.PageWidget)]
    whole = {name: good.get(name, "s") for name in shape}
    for widget, name, value in product(pages, shape, HOSTILE):
        deliver(widget.comm, custom(**whole | {name: value}))
    assert shown == []


def not_the_pages(widget: Widget, message: Any) -> list[str]:
    """Traits that a message names and that must not move; none where it may move others."""
    try:
        names = [*message["content"]["data"]["state"]]
    except (TypeError, KeyError):
        return []
    pages = widget.traits(from_page=True)
    return [] if any(n in pages for n in names) else [n for n in names if widget.has_trait(n)]


def test_what_a_teacher_has_fixed_stays_and_is_never_computed_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trained: list[Any] = []
    monkeypatch.setattr(Runner, "submit", lambda _self, request: trained.append(request))
    start = Experiment(hidden=4, pairing="parity", seed=9)
    explorer = Explorer(start, lock=["hidden", "pairing"], hide=["seed", "noise", "sweep"])
    random = np.random.default_rng(1)
    widgets = [*tree(explorer)]
    for _ in range(400):
        widget = widgets[int(random.integers(len(widgets)))]
        deliver(widget.comm, forged(widget, random))
        if widget.has_trait("options"):  # the lock itself, and then a move
            deliver(widget.comm, state(locked="", options=[{"text": "9"}] * 9, index=8))
            deliver(widget.comm, state(index=int(random.integers(len(widget.options)))))
    deliver(part_of(explorer, "ncviz-actions").comm, custom(click="next"))
    asked = {one[0] if isinstance(one, tuple) else one for one in trained} - {None}
    assert len(asked) > 20
    for e in (explorer.experiment, *asked):
        assert (e.hidden, e.pairing, e.seed, e.noise) == (4, "parity", 9, start.noise)
    explorer.close()


def test_after_the_end_messages_are_nothing() -> None:
    explorer = Explorer(**QUICK)
    widgets, random = [(w, w.comm) for w in tree(explorer)], np.random.default_rng(2)
    explorer.close()
    for _ in range(200):
        widget, line = widgets[int(random.integers(len(widgets)))]
        deliver(line, forged(widget, random))


# What a page of ours sends


def test_every_widget_has_the_one_guard_that_says_when_its_kernel_is_gone() -> None:
    for each in widget_classes():
        script = str(getattr(each, "_esm", ""))
        if issubclass(each, door.PageWidget) and (script or not each.__subclasses__()):
            assert script.count("export default answering(render);") == 1, each.__name__
            assert script.count("function watchKernel(") == 1


# What a user could have done is answered beside the control


LONG = "9" * 200_000


def test_a_seed_that_is_none_is_answered(explorer: Explorer) -> None:
    seed, before = part_of(explorer, "ncviz-seed"), explorer.experiment
    for typed in (LONG, "1_0", "٣", "-1", "1.5", "", "\ud800"):
        deliver(seed.comm, state(value=typed))
        assert seed.message.startswith("The seed must be a whole number"), typed
        assert len(seed.value) <= LONGEST + 1
    assert explorer.experiment == before
    deliver(seed.comm, state(value=str(before.seed)))
    assert seed.message == ""


@pytest.mark.parametrize(
    "text",
    [LONG, "", "?", "?hiden=3", '{"hiden": 3}', "lab/tree/explorer.ipynb", "?token=abc", "{" * 900],
)
def test_a_saved_state_that_is_none_is_answered(explorer: Explorer, text: str) -> None:
    card, before = part(explorer, TakeAway), explorer.experiment
    deliver(card.comm, custom(load=text))
    assert card.message.endswith("Nothing was changed.") and "?." not in card.message
    assert len(card.message) < 400
    assert explorer.experiment == before


@pytest.mark.parametrize("typed", [LONG, "", "-1", "1_0", "٣", "nan", "2.0"])
def test_forms_are_answered(explorer: Explorer, typed: str) -> None:
    form = part(explorer, SweepForm)
    deliver(form.comm, custom(start={"from": typed, "to": "3", "runs": typed}))
    assert {*form.wrong} >= {"from", "runs"}
    assert all(10 < len(sentence) < 200 for sentence in form.wrong.values())
    deliver(form.comm, custom(start={"kind": "list", "rates": typed or "x"}))
    assert ("rates" in form.wrong) == (typed != "2.0")
    trials = [widget for widget in tree(explorer) if isinstance(widget, TrialView)]
    assert len(trials) == 4
    for trial in trials:
        before = trial.state
        deliver(trial.comm, custom(start={"runs": typed}))
        assert 10 < len(trial.wrong["runs"]) < 200
        assert trial.state == before


@pytest.mark.parametrize("typed", [LONG, "1_0", "٣", "nan", "10", "--1"])
def test_an_answer_that_is_none_is_answered(typed: str) -> None:
    first = Predict("?", run=lambda: 3, between=(0, 9), compare=lambda p, r: "So.")
    card = first.children[0]
    deliver(card.comm, custom(start=typed))
    assert "a number from 0 to 9" in card.wrong
    assert first.prediction is None
    assert card.phase == "asking"
    first.close()


def test_what_the_page_cannot_know_it_is_told(explorer: Explorer) -> None:
    fold = part_of(explorer, "ncviz-settled")
    assert isinstance(fold, FoldButton)
    opened, told = fold.opened, []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(fold), "send_state", lambda _self, key=None: told.append(key))
        deliver(fold.comm, state(opened="yes", text="Free money"))
    assert (fold.opened, fold.text) == (opened, "Settled pictures")
    assert told == [{"opened"}]
