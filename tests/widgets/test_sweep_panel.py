"""The tab "Sweep" without a browser: what it reads, trains, shows, keeps and gives away."""

import io
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from explorers import SMALL, alive, check_scripts, choose, finished, part, send, tree
from lab import wait_for
from ncviz import Experiment, Explorer, Sweep, sweep
from ncviz.sweeps import engine
from ncviz.sweeps.curve import curves
from ncviz.widgets.explorer.state import State
from ncviz.widgets.explorer.tabs.sweep import (
    DEFAULTS,
    FIVE_RATES,
    THREAD,
    SweepForm,
    SweepPanel,
    read_wish,
    rest_of,
)
from ncviz.widgets.parts.layout import Tabs, close_tree
from ncviz.widgets.views.sweep import CapacityView, RegimeView

BASE = Experiment(steps=60, n_test=64, runs=4)
TWO = {**DEFAULTS, "to": "2", "runs": "4"}
LONG = {**DEFAULTS, "to": "6", "runs": "4"}


# The form


def test_the_form_asks_for_sizes_rates_and_runs() -> None:
    wish = read_wish({**DEFAULTS, "from": "2", "to": "3", "kind": "five", "runs": "7"}, BASE)
    assert not wish.wrong
    assert [(c.hidden, c.learning_rate) for c in wish.cells] == [
        (hidden, rate) for hidden in (2, 3) for rate in FIVE_RATES
    ]
    same = {replace(c, hidden=1, learning_rate=1.0) for c in wish.cells}
    assert same == {replace(BASE, hidden=1, learning_rate=1.0, runs=7)}


def test_without_a_word_it_asks_for_eight_sizes_at_the_rate_of_the_explorer() -> None:
    wish = read_wish(DEFAULTS, replace(BASE, learning_rate=0.07))
    assert [c.hidden for c in wish.cells] == [*range(1, 9)]
    assert {(c.learning_rate, c.runs) for c in wish.cells} == {(0.07, 50)}


def test_one_size_is_enough() -> None:
    wish = read_wish({**DEFAULTS, "from": "3", "to": "3"}, BASE)
    assert [c.hidden for c in wish.cells] == [3]


def test_a_list_of_rates_may_be_written_in_many_ways() -> None:
    for text in ("0.1, 0.5,2", "0.1 0.5 2e0", " 0.1;0.5 ;2 "):
        wish = read_wish({**TWO, "kind": "list", "rates": text}, BASE)
        assert [c.learning_rate for c in wish.cells[:3]] == [0.1, 0.5, 2.0]


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("from", "0", "The smallest size must be a whole number from 1 to 10000, not “0”"),
        ("from", "", "not “”"),
        ("from", "-1", "not “-1”"),
        ("from", "³", "not “³”"),
        ("from", "9", ""),
        ("to", "1.5", "The largest size must be a whole number"),
        ("to", "25", "At most 24 sizes fit here, not 25"),
        ("to", "9" * 5000, "not “9999999999999999999…”"),
        ("runs", "many", "Runs must be a whole number from 1 to 1000, not “many”"),
        ("runs", "1001", "not “1001”"),
        ("rates", "", "One to 6 learning rates, not 0"),
        ("rates", "1,2,3,4,5,6,7", "One to 6 learning rates, not 7"),
        ("rates", "0.1, 0.10", "there twice"),
        ("rates", "0.1, x", "A learning rate must be a number above 0, not “x”"),
        ("rates", "nan", "not “nan”"),
        ("rates", "-1", "not “-1”"),
        ("rates", "inf", "not “inf”"),
    ],
)
def test_what_cannot_be_is_said_beside_its_control(field: str, text: str, words: str) -> None:
    kind = "list" if field == "rates" else "own"
    wish = read_wish({**DEFAULTS, "kind": kind, field: text}, BASE)
    assert wish.cells == ()
    if (field, text) == ("from", "9"):
        assert wish.wrong == {"to": "The largest size must be at least the smallest, 9."}
    else:
        assert [*wish.wrong] == [field] and words in wish.wrong[field]


def test_a_list_that_is_not_asked_for_may_be_wrong() -> None:
    assert read_wish({**TWO, "rates": "x"}, BASE).cells


def test_the_rest_is_said_in_one_sentence() -> None:
    e = Experiment(pairing="chain", outcome="success", threshold=0.9, trunk="separate", seed=5)
    said = rest_of(e)
    assert said.count(". ") == 0 and said.endswith(".")
    for words in ("chain", "success from 0.9", "separate trunk", "2000 steps", "seed 5"):
        assert words in said
    assert rest_of(replace(e, sampling="full")).endswith("seed 5, full batches.")


# The panel alone


class Bench:
    """A panel, and everything that it calls."""

    def __init__(self) -> None:
        self.state = State(replace(BASE, runs=9))  # the form's runs are those of BASE
        self.chosen: list[Experiment] = []
        self.state.observe(lambda change: self.chosen.append(change["new"]), "experiment")
        self.panel = SweepPanel(self.state)
        self.form = self.panel.form

    def start(self, values: dict[str, str]) -> None:
        send(self.form, start=values)

    def ended(self) -> str:
        return wait_for(lambda: self.form.state, lambda state: state in ("done", "cancelled"))

    def wait_for_cells(self, n: int) -> None:
        wait_for(lambda: self.state.sweep, lambda s: s is not None and len(s.finished) >= n)


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.panel.close()
    for widget in tree(bench.panel.box):
        widget.close()
    assert bench.state.error == ""


def test_before_the_first_sweep_there_is_nothing(bench: Bench) -> None:
    assert bench.state.sweep is None
    assert bench.form.rows == 0
    assert [view.describe() for view in bench.panel.views] == ["", ""]
    send(bench.form, download="csv")  # nothing to give


def test_it_trains_what_ncviz_sweep_trains_to_the_bit(bench: Bench) -> None:
    bench.start({**TWO, "kind": "list", "rates": "0.1, 0.5"})
    assert bench.ended() == "done"
    found = bench.state.sweep
    assert found is not None and not found.missing
    alone = sweep(BASE, hidden=[1, 2], learning_rate=[0.1, 0.5], progress=False)
    assert_frame_equal(found.runs, alone.runs, check_exact=True)
    assert found.experiment == BASE and found.varied == ("hidden", "learning_rate")
    assert bench.form.status == "4 cells finished"
    assert (bench.form.share, bench.form.rows) == (1.0, 16)


def test_the_views_grow_with_the_cells(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    show = CapacityView.show

    def watched(self: CapacityView, *args: Any) -> None:
        show(self, *args)
        self.draw()
        seen.append(len(self.picture.get("targets", [])))

    monkeypatch.setattr(CapacityView, "show", watched)
    bench.start({**DEFAULTS, "to": "3", "runs": "4"})
    assert bench.ended() == "done"
    assert seen == [0, 1, 2, 3]
    bench.panel.regimes.draw()
    assert [t["here"] for t in bench.panel.regimes.picture["targets"]] == [False, False, True]


def test_a_wrong_form_starts_nothing_and_keeps_what_was_typed(bench: Bench) -> None:
    bench.start({**TWO, "runs": "many", "from": "two"})
    assert set(bench.form.wrong) == {"runs", "from"}
    assert bench.form.state == "idle" and bench.state.sweep is None
    assert bench.form.values["from"] == "two"
    bench.start(TWO)
    assert bench.form.wrong == {}
    assert bench.ended() == "done"
    first = bench.state.sweep
    bench.start({**TWO, "runs": "0"})
    assert bench.state.sweep is first


def test_cancelled_cells_are_kept_and_not_trained_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[Experiment] = []
    train, hold = engine.train_cells, threading.Event()

    def watched(batch: list[Experiment]) -> Any:
        trained.extend(batch)
        if len(trained) == 3 and not hold.is_set():
            while True:  # a cell that takes until it is cancelled
                time.sleep(0.01)
                yield 0.5
        return (yield from train(batch))

    monkeypatch.setattr(engine, "train_cells", watched)
    bench.start(LONG)
    bench.wait_for_cells(2)
    send(bench.form, cancel=True)
    assert bench.ended() == "cancelled"
    kept = bench.state.sweep
    assert kept is not None
    assert [cell.hidden for cell in kept.finished] == [1, 2]
    assert bench.form.status == "stopped; 2 cells finished, and kept"
    # A cell and a half of the larger sizes cost more than the two that are finished.
    assert 0.2 < bench.form.share < 0.5 and bench.form.rows == 8
    bench.panel.capacity.draw()
    assert len(bench.panel.capacity.picture["targets"]) == 2
    hold.set()
    trained.clear()
    bench.start(LONG)
    assert bench.ended() == "done"
    assert [cell.hidden for cell in trained] == [3, 4, 5, 6]
    found = bench.state.sweep
    assert found is not None
    alone = sweep(BASE, hidden=range(1, 7), learning_rate=[0.5], progress=False)
    assert_frame_equal(found.runs, alone.runs, check_exact=True)


def test_another_experiment_starts_afresh(bench: Bench) -> None:
    bench.start(TWO)
    assert bench.ended() == "done"
    bench.state.move(replace(BASE, seed=1))
    bench.start(TWO)
    assert wait_for(lambda: bench.form.state, lambda state: state == "done")
    wait_for(lambda: bench.state.sweep and bench.state.sweep.experiment.seed == 1)
    wait_for(lambda: bench.state.sweep and not bench.state.sweep.missing)
    assert {cell.seed for cell in bench.state.sweep.finished} == {1}


def test_a_cancel_before_the_worker_has_begun_ends_it_too(bench: Bench) -> None:
    bench.start(LONG)
    send(bench.form, cancel=True)
    assert bench.ended() == "cancelled"


def test_closing_ends_the_training(bench: Bench) -> None:
    bench.state.move(replace(BASE, steps=50_000))
    bench.start(TWO)
    wait_for(lambda: bench.form.share > 0)
    start = time.monotonic()
    bench.panel.close()
    assert time.monotonic() - start < 20
    assert THREAD not in [thread.name for thread in threading.enumerate()]
    bench.start(TWO)
    assert THREAD not in [thread.name for thread in threading.enumerate()]


def test_an_error_is_shown_and_the_next_sweep_runs(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_batch: object) -> Any:
        raise RuntimeError("no such machine")
        yield

    with monkeypatch.context() as patch:
        patch.setattr(engine, "train_cells", broken)
        bench.start(TWO)
        assert bench.ended() == "cancelled"
        wait_for(lambda: bench.state.error)
    assert "no such machine" in bench.state.error
    bench.state.error = ""
    bench.start(TWO)
    wait_for(lambda: bench.form.state == "done")


def test_files_hold_every_run(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.start(TWO)
    assert bench.ended() == "done"
    files: dict[str, bytes] = {}
    monkeypatch.setattr(
        bench.form, "send", lambda said, buffers: files.update({said["file"]: buffers[0]})
    )
    send(bench.form, download="csv")
    send(bench.form, download="parquet")
    send(bench.form, download="exe")
    assert [*files] == ["ncviz-sweep-runs.csv", "ncviz-sweep-runs.parquet"]
    assert bench.state.sweep is not None
    runs = bench.state.sweep.runs
    csv = pd.read_csv(io.BytesIO(files["ncviz-sweep-runs.csv"]))
    np.testing.assert_allclose(csv[["hidden", "S", "D"]], runs[["hidden", "S", "D"]])
    parquet = pd.read_parquet(io.BytesIO(files["ncviz-sweep-runs.parquet"]))
    assert_frame_equal(parquet, runs, check_exact=True)


def test_a_pressed_cell_is_chosen_finished_or_not(bench: Bench) -> None:
    bench.start(TWO)
    assert bench.ended() == "done"
    view = bench.panel.regimes
    view.draw()
    old = view.picture["version"]
    send(view, choose=1, version=old)
    send(view, choose=2, version=old)  # not on the map
    send(view, choose=-1, version=old)
    send(view, choose="1", version=old)
    assert bench.chosen == [replace(BASE, hidden=2)]
    cells = tuple(replace(BASE, hidden=n) for n in (1, 2))
    view.show(Sweep(BASE, ("hidden",), cells, {}))
    view.draw()
    send(view, choose=0, version=old)  # of a picture that is no longer there
    send(view, choose=0, version=view.picture["version"])
    assert bench.chosen[1:] == [replace(BASE, hidden=1)]


# The views


@pytest.fixture(scope="module")
def grid() -> Sweep:
    return sweep(BASE, hidden=[1, 2, 3], learning_rate=[0.1, 0.5], progress=False)


def test_the_curve_is_read_size_by_size(grid: Sweep) -> None:
    view, one = CapacityView(grid), CapacityView(grid, {"learning_rate": 0.5})
    curves_ = curves(grid)
    for each in (view, one):
        each.draw()
    targets = view.picture["targets"]
    for k, target in enumerate(targets):
        said = "; ".join(f"{curve.label}: S = {curve.S[k]}" for curve in curves_)
        name = f"{k + 1} hidden neuron{'s' if k else ''}"
        assert target["words"] == f"{name}: {said}"
    assert len(targets) == 3 and view.frame["table"]["head"][0] == "learning rate"
    assert [row[0] for row in view.frame["table"]["rows"]] == ["0.1", "0.5"]
    (curve_,) = curves(grid, {"learning_rate": 0.5})
    words = f"2 hidden neurons: S = {curve_.S[1]}, δ = {curve_.delta[1]}, D = {curve_.D[1]}"
    assert one.picture["targets"][1]["words"] == words and one.frame["table"] is None
    assert one.describe() == f"{curve_.sentence[0].upper()}{curve_.sentence[1:]}."
    assert len(one.figure().axes) == 2
    for each in (view, one):
        each.close()


def test_the_map_has_the_largest_rate_on_top(grid: Sweep) -> None:
    view = RegimeView()
    cells = [*grid.finished.items()][:5]
    part = Sweep(grid.experiment, grid.varied, grid.cells, dict(cells))
    view.show(part, here=replace(BASE, hidden=2, learning_rate=0.1))
    view.draw()
    targets = view.picture["targets"]
    table = grid.summary.set_index(["learning_rate", "hidden"])["S"]
    places = [(rate, n) for rate in (0.5, 0.1) for n in (1, 2, 3)]
    for target, (rate, n) in zip(targets, places, strict=True):
        name = f"{n} hidden neuron{'s' if n > 1 else ''}, learning rate {rate:g}: "
        value = f"S = {table[rate, n]:.2f}".replace("-", "−")
        assert target["words"].startswith(name + ("not" if (rate, n) == (0.5, 3) else value))
    lefts, tops = zip(*(target["boxes"][0][:2] for target in targets), strict=True)
    assert lefts[:3] == lefts[3:] == tuple(sorted(lefts[:3])) and tops[0] < tops[3]
    assert [target["here"] for target in targets] == [False] * 4 + [True, False]
    assert view.frame["said"] == ""
    view.show(part, here=replace(BASE, pairing="chain"))
    assert view.frame["said"].startswith("The Explorer stands at none")
    view.draw()
    assert not any(target["here"] for target in view.picture["targets"])
    svg = view.picture["svg"]
    view.by = "regime"
    view.draw()
    assert view.picture["svg"] != svg and view.figure().axes
    view.close()


def test_cells_without_numbers_say_so() -> None:
    diverged = sweep(replace(BASE, learning_rate=1e38), hidden=[1], progress=False)
    map_, curve = RegimeView(diverged), CapacityView(diverged)
    for view in (map_, curve):
        view.draw()
    (cell,) = map_.picture["targets"]
    assert ": S = –, diverges" in cell["words"]
    assert curve.picture == {} and curve.describe() == "Every run has diverged."
    for view in (map_, curve):
        view.close()


@pytest.mark.parametrize("kind", [CapacityView, RegimeView])
def test_views_refuse_what_is_no_sweep_and_free_themselves(kind: type, grid: Sweep) -> None:
    view = kind()
    assert view.describe() == ""
    with pytest.raises(ValueError, match="must be a Sweep"):
        view.show(BASE)
    with pytest.raises(ValueError, match="must be shown before"):
        view.figure()
    view.show(grid)
    view.close()
    assert view.comm is None and view.layout.comm is None


# How long it takes


# In the Explorer


@pytest.fixture
def explorer() -> Iterator[Explorer]:
    explorer = Explorer(runs=4, **SMALL)
    finished(explorer)
    yield explorer
    explorer.close()


def opened(explorer: Explorer) -> SweepForm:
    part(explorer, Tabs).chosen = "sweep"
    (form,) = [widget for widget in tree(explorer) if isinstance(widget, SweepForm)]
    return form


def test_nothing_of_it_is_made_before_its_tab_is_opened(explorer: Explorer) -> None:
    assert not [widget for widget in tree(explorer) if isinstance(widget, SweepForm)]
    assert explorer.sweep is None
    form = opened(explorer)
    assert form.kinds[0]["text"].startswith("0.5,")
    assert explorer.sweep is None


def test_the_explorer_has_the_sweep_and_says_it(explorer: Explorer) -> None:
    form = opened(explorer)
    send(form, start=TWO)
    wait_for(lambda: form.state == "done")
    assert explorer.sweep is not None
    expected = replace(explorer.experiment, runs=4)
    assert {replace(c, hidden=3) for c in explorer.sweep.cells} == {expected}
    assert "Of 2 finished cells" in explorer.describe()


def test_a_pressed_cell_moves_the_sliders_and_can_be_undone(explorer: Explorer) -> None:
    form = opened(explorer)
    send(form, start=TWO)
    wait_for(lambda: form.state == "done")
    (view,) = [widget for widget in tree(explorer) if isinstance(widget, RegimeView)]
    view.draw()
    send(view, choose=1, version=view.picture["version"])
    assert explorer.experiment.hidden == 2
    cell = explorer.sweep.finished[explorer.experiment]
    assert finished(explorer).s.value == pytest.approx(cell.S.mean())
    view.draw()
    assert [target["here"] for target in view.picture["targets"]] == [False, True]


def test_a_slider_answers_while_a_sweep_trains(explorer: Explorer) -> None:
    form = opened(explorer)
    explorer.experiment = replace(explorer.experiment, steps=20_000)
    send(form, start={**DEFAULTS, "runs": "50"})
    wait_for(lambda: form.share > 0)
    explorer.experiment = replace(explorer.experiment, steps=120)
    choose(explorer, "hidden", "5")
    assert finished(explorer).experiment.hidden == 5
    assert form.state == "running"
    send(form, cancel=True)
    assert wait_for(lambda: form.state == "cancelled")


def test_a_tab_that_is_opened_while_a_sweep_draws_keeps_nobody_waiting(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker that draws tells the tab of the regression; the user's thread tells the sweep."""
    tabs, form = part(explorer, Tabs), opened(explorer)
    for tab in ("generalisation", "play"):
        tabs.chosen = tab
    explorer.experiment = replace(explorer.experiment, seed=3)
    finished(explorer)
    drawing, go_on, show = threading.Event(), threading.Event(), RegimeView.show

    def held_up(self: RegimeView, sweep: Sweep, *of: Any) -> None:
        if sweep.finished:  # there is something to tell
            drawing.set()
            assert go_on.wait(timeout=20)
        show(self, sweep, *of)

    monkeypatch.setattr(RegimeView, "show", held_up)
    send(form, start=TWO)
    assert drawing.wait(timeout=20)
    user = threading.Thread(target=setattr, args=(tabs, "chosen", "sweep"), daemon=True)
    user.start()
    user.join(timeout=0.5)  # time to come as far as it can
    go_on.set()
    user.join(timeout=20)
    assert not user.is_alive()
    wait_for(lambda: form.state == "done")


def test_moving_the_explorer_is_told_to_the_form_and_the_map(explorer: Explorer) -> None:
    form = opened(explorer)
    explorer.experiment = replace(explorer.experiment, learning_rate=0.2, seed=3)
    wait_for(lambda: form.kinds[0]["text"].startswith("0.2,"))
    assert "seed 3" in form.rest


def test_closing_the_explorer_ends_its_sweep() -> None:
    explorer = Explorer(runs=4, **SMALL)
    form = opened(explorer)
    explorer.experiment = replace(explorer.experiment, steps=50_000)
    send(form, start=DEFAULTS)
    wait_for(lambda: form.share > 0)
    explorer.close()
    assert THREAD not in [thread.name for thread in threading.enumerate()]


# The scripts


@pytest.mark.parametrize("widget", [SweepForm, CapacityView, RegimeView])
def test_each_script_is_one_module_that_asks_no_other_host(widget: Any) -> None:
    check_scripts(widget)


def test_noise_from_a_page_is_ignored() -> None:
    panel = SweepPanel(state := State(BASE))
    form = panel.form
    for noise in ({"start": "now"}, {"other": 1}, {"start": {"from": 3}}, {"cancel": "yes"}):
        send(form, **noise)
    assert (form.state, form.values, form.wrong) == ("idle", DEFAULTS, {})
    send(form, start={"from": "3", "to": "2", "kind": "own"})
    assert form.values == {**DEFAULTS, "from": "3", "to": "2"} and [*form.wrong] == ["to"]
    assert (form.state, state.error) == ("idle", "")
    close_tree(panel.box)


def test_closing_frees_every_widget_of_it() -> None:
    before = alive()
    explorer = Explorer(runs=4, **SMALL)
    send(opened(explorer), start=TWO)
    wait_for(lambda: explorer.sweep and not explorer.sweep.missing)
    explorer.close()
    assert alive() - before == set()
