"""An Explorer in use for an hour, in a minute: a thousand moves of its controls, by chance."""

import gc
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from random import Random

import psutil
import pytest

from explorers import alive, classes, control, part, press, send, tree
from lab import wait_for
from ncviz import Experiment, Explorer, NetView
from ncviz.basics.protocol import SETTINGS
from ncviz.results.result import Snapshot
from ncviz.widgets.explorer.control_panel import TaskTable
from ncviz.widgets.explorer.desk import PinnedList
from ncviz.widgets.explorer.situations import PRESETS, Presets
from ncviz.widgets.explorer.stage import ReplayBar
from ncviz.widgets.parts.controls import Choice, Slider
from ncviz.widgets.parts.layout import FoldButton, Tabs
from ncviz.widgets.views.verdict import VerdictView

GROWTH = 20e6  # bytes
QUICK = {"steps": 100, "n_test": 64, "runs": 5}
# The last option that keeps a training to some milliseconds.
LARGEST = {"runs": "20", "steps": "200", "n_test": "128", "n_train": "128"}
PICTURES = "settled"  # their fold; drawing them takes a second

Move = Callable[[], object]


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many trainings there are at the moment, at most so far, and were started."""
    counts, lock, stream = [0, 0, 0], threading.Lock(), Experiment.stream

    def counted(self: Experiment, every: int | None = None) -> Iterator[Snapshot]:
        with lock:
            counts[0] += 1
            counts[1] = max(counts[:2])
            counts[2] += 1
        try:
            yield from stream(self, every)
        finally:
            with lock:
                counts[0] -= 1

    monkeypatch.setattr(Experiment, "stream", counted)
    yield counts


@pytest.fixture
def errors(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every error that an Explorer has shown; the next training would take it away again."""
    seen: list[str] = []
    show = VerdictView.show_error

    def noted(self: VerdictView, text: str) -> None:
        seen.append(text)
        show(self, text)

    monkeypatch.setattr(VerdictView, "show_error", noted)
    return seen


@pytest.mark.parametrize(
    ("count", "warm_up"),
    [
        (150, 60),
        pytest.param(
            1000, 400, marks=pytest.mark.long("ncviz/widgets", "tests/widgets/test_soak.py")
        ),
    ],
)
def test_many_moves(trainings: list[int], errors: list[str], count: int, warm_up: int) -> None:
    before = alive()
    explorer = Explorer(**QUICK)
    assert explorer.pinned.empty
    for library in ("pandas", "matplotlib.figure", "seaborn", "statsmodels.formula.api"):
        import_module(library)  # each takes more memory than all that follows
    moves = moves_of(explorer, chance := Random(3))
    for tab in part(explorer, Tabs).tabs:  # what a tab loads, it loads once
        part(explorer, Tabs).set_state({"chosen": tab["id"]})
        come_to_rest(explorer)
    finished = 0
    for number in range(count):
        chance.choice(moves)()
        if chance.random() < 0.3:
            time.sleep(chance.uniform(0, 0.03))
        if chance.random() < 0.05:
            finished += come_to_rest(explorer)
        if number == warm_up:
            memory = memory_at_the_start(explorer)
    assert memory_at_the_start(explorer) - memory < GROWTH
    explorer.experiment = replace(explorer.experiment, hidden=4, seed=2**64 - 1, noise=0.3)
    come_to_rest(explorer)
    assert explorer.result is not None
    assert explorer.result.experiment == explorer.experiment
    assert explorer.result.runs.equals(explorer.experiment.run().runs)
    wait_for(lambda: trainings[0] == 0)
    assert trainings[1] == 1, "never two trainings at the same time"
    assert trainings[2] > count / 4, "most moves began a training"
    assert finished > count / 40, "and many of them came to their end"
    assert errors == []
    assert "Traceback" not in explorer.describe()
    explorer.close()
    del explorer, moves
    assert alive() == before
    assert not [t.name for t in threading.enumerate() if t.name.startswith("ncviz")]


def come_to_rest(explorer: Explorer) -> bool:
    """Make the experiment small, whatever a preset made of it, and wait for its answer."""
    e = explorer.experiment
    explorer.experiment = replace(
        e, steps=min(e.steps, 200), runs=min(e.runs, 20), n_test=min(e.n_test, 128)
    )
    return wait_for(lambda: explorer.result) is not None


def memory_at_the_start(explorer: Explorer) -> int:
    """Bytes of this process when the Explorer stands where it began, with nothing pinned."""
    for row in part(explorer, PinnedList).rows:
        send(part(explorer, PinnedList), remove=row["id"])
    press(explorer, "compare", "forget")
    part(explorer, Tabs).set_state({"chosen": "play"})
    explorer.experiment = Experiment(**QUICK)
    come_to_rest(explorer)
    gc.collect()
    return psutil.Process().memory_info().rss


def moves_of(explorer: Explorer, chance: Random) -> list[Move]:
    """Everything that a user can do, as often as it stands in the list."""
    replay, net = part(explorer, ReplayBar), part(explorer, NetView)
    table, pinned = part(explorer, TaskTable), part(explorer, PinnedList)
    tabs = part(explorer, Tabs)
    controls = [w for w in tree(explorer) if isinstance(w, Slider | Choice)]
    folds = [w for w in tree(explorer) if isinstance(w, FoldButton)]
    folds.remove(control(explorer, PICTURES))

    def set_control() -> None:
        moved = chance.choice(controls)
        moved.set_state({"index": chance.randrange(n_quick(moved))})

    def drag() -> None:
        moved = chance.choice(controls)
        for index in range(n_quick(moved)):
            # A value that is not on the scale leaves its options when it is left.
            moved.set_state({"index": min(index, len(moved.options) - 1)})

    def type_seed() -> None:
        typed = chance.choice(["7", "18446744073709551615", "-1", "", "seven", "0"])
        control(explorer, "seed").set_state({"value": typed})

    def seek() -> None:
        record = chance.randrange(len(replay.steps))
        replay.set_state({"live": False, "playing": chance.random() < 0.3, "index": record})

    def follow() -> None:
        replay.set_state({"live": True, "playing": False, "index": max(0, replay.last)})

    def choose_net() -> None:
        net.set_state({"run": chance.randrange(8), "setting": chance.choice(SETTINGS)})

    def toggle() -> None:
        table.set_state({"chosen": (slot := chance.randrange(4))})
        send(table, toggle=chance.randrange(16), slot=slot)

    def show_pinned() -> None:
        if pinned.rows:
            send(pinned, show=chance.choice(pinned.rows)["id"])

    def unpin() -> None:
        if pinned.rows:
            send(pinned, remove=chance.choice(pinned.rows)["id"])

    def compare() -> None:
        press(explorer, "compare", chance.choice(["keep", "forget", "pin", "pin"]))

    def act() -> None:
        press(explorer, "actions", chance.choice(["next", "undo", "undo", "reset"]))

    def choose_preset() -> None:
        send(part(explorer, Presets), click=chance.randrange(len(PRESETS)))

    def open_tab() -> None:
        tabs.set_state({"chosen": chance.choice([tab["id"] for tab in tabs.tabs])})

    def fold() -> None:
        moved = chance.choice(folds)
        moved.set_state({"opened": not moved.opened})

    def describe() -> None:
        assert explorer.describe()

    often = [set_control] * 8 + [seek, seek, follow, choose_net, toggle, compare, act] * 2
    return [*often, drag, type_seed, show_pinned, unpin, choose_preset, fold, open_tab, describe]


def n_quick(moved: Slider | Choice) -> int:
    """How many options of a control, from the first, keep a training short."""
    texts = [option["text"] for option in moved.options]
    last = next((LARGEST[f] for f in LARGEST if f"ncviz-{f}" in classes(moved)), None)
    return texts.index(last) + 1 if last in texts else len(texts)
