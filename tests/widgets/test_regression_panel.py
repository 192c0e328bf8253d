"""The tab "S and generalisation" without a browser: its runs, its answers, its points."""

import io
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from explorers import (
    SMALL,
    alive,
    check_scripts,
    classes,
    control,
    finished,
    part,
    press,
    send,
    tree,
)
from lab import wait_for
from ncviz import Experiment, Explorer, Sweep, regress, sweep
from ncviz.regression import fits as resampling
from ncviz.regression import guide
from ncviz.results.pins import Pins
from ncviz.widgets.explorer.state import State
from ncviz.widgets.explorer.tabs import regression as regression_panel
from ncviz.widgets.explorer.tabs.doubts import part_table, rival_table, slope_table
from ncviz.widgets.explorer.tabs.regression import THREAD, RegressionPanel
from ncviz.widgets.explorer.tabs.regression_form import Source, Wish, subsets
from ncviz.widgets.explorer.tabs.sweep import DEFAULTS, SweepForm, SweepPanel
from ncviz.widgets.parts.controls import Choice
from ncviz.widgets.parts.layout import Statement, Tabs
from ncviz.widgets.views.regression import RegressionView
from ncviz.widgets.views.sweep import GuideView

BASE = Experiment(steps=150, n_test=64, runs=12)


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    """The intervals of ranks are not what is tested here, and take the most time."""
    monkeypatch.setattr(resampling, "RESAMPLES", 19)


@pytest.fixture(scope="module")
def trained() -> Sweep:
    return sweep(BASE, hidden=[1, 2, 3], learning_rate=[0.5], progress=False)


@pytest.fixture(scope="module")
def two_rates() -> Sweep:
    return sweep(BASE, hidden=[1, 2], learning_rate=[0.1, 0.5], progress=False)


def wish(source: Source | None, **changes: Any) -> Wish:
    assert source is not None
    return replace(
        Wish(source, "test_error", "split", "line", "cluster", "all", None),
        **changes,
    )


# Runs


def test_each_row_of_a_sweep_knows_its_experiment(trained: Sweep) -> None:
    source = Source.of_sweep(trained)
    assert source is not None and len(source.frame) == 36
    for row in (0, 12, 35):
        frame = trained.finished[source.experiment(row)]
        assert frame.S.iloc[row % 12] == source.frame.S[row]
    assert Source.of_sweep(None) is None
    assert Source.of_sweep(Sweep(BASE, ("hidden",), trained.cells, {})) is None


def test_each_pinned_row_knows_its_experiment() -> None:
    pins = Pins()
    assert Source.of_pins(pins) is None
    own = ("s1 AND s2", "s1 XOR s2", "s3 OR s4", "s3 XOR s4")
    pinned = [replace(BASE, hidden=2, runs=3), replace(BASE, pairing=own, runs=2, seed=2**63 + 1)]
    for experiment in pinned:
        pins.add(experiment.run())
    source = Source.of_pins(pins)
    assert source is not None
    assert [source.experiment(row) for row in range(5)] == [*pinned[:1] * 3, *pinned[1:] * 2]
    assert source.kinds[0] == "xornet" and " | " in source.kinds[1]


def test_sizes_split_at_that_of_the_largest_s(trained: Sweep) -> None:
    frames = {
        cell: frame.assign(S=mean)
        for (cell, frame), mean in zip(trained.finished.items(), (0.5, 2.4, 2.0), strict=True)
    }
    source = Source.of_sweep(Sweep(BASE, trained.varied, trained.cells, frames))
    assert source is not None and source.critical == 2
    assert [*subsets(source)] == ["all", "up to", "from", "1", "2", "3"]
    found = {key: sizes for key, (_, sizes) in subsets(source).items()}
    ones = {str(n): [n] for n in (1, 2, 3)}
    assert found == {"all": [1, 2, 3], "up to": [1, 2], "from": [3], **ones}


def test_one_size_has_no_subsets() -> None:
    source = Source.of_sweep(sweep(BASE, hidden=[2], progress=False))
    assert source is not None and source.critical is None and [*subsets(source)] == ["all"]


def test_rates_are_regressed_apart_or_together(two_rates: Sweep) -> None:
    source = Source.of_sweep(two_rates)
    assert source is not None
    assert source.kinds == ["learning rate 0.1", "learning rate 0.5"]
    part = source.part([2], "learning rate 0.1")
    assert {*part.hidden} == {2} and {*part.learning_rate} == {0.1} and len(part) == 12
    assert len(source.part([1, 2], None)) == 48


# Wishes


@pytest.mark.parametrize(
    ("changes", "formula", "options"),
    [
        ({}, "S ~ test_error", {"cov": "cluster"}),
        ({"error": "gap", "cov": "HC3"}, "S ~ gap", {"cov": "HC3"}),
        ({"formula": "levels"}, "S ~ test_error + C(hidden)", {"cov": "cluster"}),
        ({"formula": "mixed"}, "S ~ test_error", {"cov": "cluster", "kind": "mixed"}),
        ({"formula": "hinge"}, "S ~ test_error", {"cov": "cluster", "kind": "hinge"}),
    ],
)
def test_a_wish_is_what_regress_is_asked(
    trained: Sweep, changes: dict[str, str], formula: str, options: dict[str, str]
) -> None:
    asked = wish(Source.of_sweep(trained), **changes)
    found = asked.regress()
    direct = regress(trained.runs, formula, within="hidden", **options)
    pd.testing.assert_frame_equal(found.slopes, direct.slopes)
    assert found.split is not None and direct.split is not None
    assert asked.of(found) is found.split
    assert replace(asked, points="same").of(found) is found
    pd.testing.assert_frame_equal(found.split.slopes, direct.split.slopes)


# Tables


def test_the_table_has_slopes_for_a_point_of_error_split_and_not(trained: Sweep) -> None:
    found = wish(Source.of_sweep(trained)).regress()
    columns, rows = slope_table(found)
    assert columns[1:] == ["different points", "same points"]
    assert [row[0] for row in rows] == [
        *("all runs", "within sizes", "1 neuron", "2 neurons", "3 neurons"),
    ]
    for row, name in zip(rows, found.slopes.index, strict=True):
        assert found.split is not None
        for text, table in zip(row[1:], (found.split.slopes, found.slopes), strict=True):
            numbers = [float(x) for x in re.findall(r"-?\d+\.\d+", text.replace("−", "-"))]
            np.testing.assert_allclose(
                numbers, table.loc[name, ["slope", "low", "high"]] / 100, atol=5e-4
            )


def test_arithmetic_and_rivals_are_told_in_full(trained: Sweep) -> None:
    found = wish(Source.of_sweep(trained)).regress().split
    assert found is not None and found.parts is not None and found.rivals is not None
    columns, rows = part_table(found.parts)
    assert len(columns) == 3 and len(rows) == len(found.parts)
    columns, rows = rival_table(found.rivals)
    assert len(rows) == len(found.rivals) and all(len(row) == len(columns) for row in rows)
    assert rows[0][1] == "0.0\u202f%"


# The view


def test_points_stand_where_the_picture_has_them(trained: Sweep) -> None:
    found = wish(Source.of_sweep(trained)).regress()
    view = RegressionView(found)
    frame = view.frame
    left, top = (np.frombuffer(frame[name], "<f4") for name in ("left", "top"))
    x, y = (np.frombuffer(frame[name], "<f4") for name in ("x", "y"))
    np.testing.assert_allclose(x, 100 * trained.runs.test_error, rtol=1e-5)
    np.testing.assert_allclose(y, trained.runs.S, rtol=1e-5)
    # Straight in the data, rising to the right and to the top, inside the picture.
    for pixels, values, side in ((left, x, frame["width"]), (frame["height"] - top, y, None)):
        slope, start = np.polyfit(values, pixels, 1)
        np.testing.assert_allclose(start + slope * values, pixels, atol=0.01)
        assert slope > 0 and pixels.min() > 0 and pixels.max() < (side or frame["height"])
    assert [frame["cells"][int(c)] for c in np.frombuffer(frame["cell"], "<f4")[[0, 12, 35]]] == [
        *("hidden size 1", "hidden size 2", "hidden size 3"),
    ]
    assert view.describe() in frame["alt"]
    view.close()


def test_a_dot_is_drawn_where_its_point_is_said_to_be(trained: Sweep) -> None:
    """The PNG has ink there, but for what the rim of a line covers; beside it has less."""
    view = RegressionView(wish(Source.of_sweep(trained)).regress())
    picture = np.asarray(Image.open(io.BytesIO(view.frame["png"])).convert("RGB")).astype(int)
    factor = picture.shape[1] / view.frame["width"]
    left, top = (np.frombuffer(view.frame[name], "<f4") for name in ("left", "top"))

    def inked(aside: int) -> float:
        rows, columns = (np.rint(factor * at).astype(int) for at in (top, left + aside))
        return float(np.mean(np.abs(picture[rows, columns] - 255).sum(axis=1) > 30))

    assert inked(0) >= 0.9
    assert max(inked(-9), inked(9)) < inked(0) - 0.2
    view.close()


def test_a_narrow_page_and_a_dark_one_get_pictures_of_their_own(trained: Sweep) -> None:
    view = RegressionView(wish(Source.of_sweep(trained)).regress())
    wide = view.frame
    view.room = 300
    assert view.frame["width"] == pytest.approx(300, abs=2) and wide["width"] > 600
    light = view.frame["png"]
    view.dark = True
    assert view.frame["png"] != light and view.frame["width"] == pytest.approx(300, abs=2)
    view.close()


def test_a_chosen_point_is_told_by_its_label_and_stays_chosen(trained: Sweep) -> None:
    source = Source.of_sweep(trained)
    view = RegressionView(wish(source, subset="2").regress())
    chosen: list[Any] = []
    view.on_select(chosen.append)
    old = view.frame["drawing"]
    send(view, select=3, drawing=old)
    assert chosen == [15] and view.chosen == 3
    for wrong in (-1, 12, "3", None):
        send(view, select=wrong, drawing=old)
    send(view, select=3, drawing=old - 1)  # of a picture that is no longer there
    assert chosen == [15]
    view.show(wish(source).regress())
    assert view.chosen == 15
    view.show(wish(source, subset="1").regress())
    assert view.chosen == -1
    view.close()


def test_the_picture_can_be_saved(trained: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    view = RegressionView(wish(Source.of_sweep(trained)).regress())
    files: dict[str, bytes] = {}
    monkeypatch.setattr(view, "send", lambda said, data: files.update({said["file"]: data[0]}))
    for kind in ("png", "svg", "exe"):
        send(view, download=kind)
    assert [*files] == ["ncviz-regression.png", "ncviz-regression.svg"]
    assert files["ncviz-regression.png"].startswith(b"\x89PNG")
    assert b"S against held-out error" in files["ncviz-regression.svg"]
    view.close()


def test_views_refuse_what_they_cannot_show_and_free_themselves(trained: Sweep) -> None:
    for view, wrong in ((RegressionView(), trained.runs), (GuideView(), BASE)):
        assert view.describe() == ""
        with pytest.raises(ValueError, match="must be a"):
            view.show(wrong)
        with pytest.raises(ValueError, match="must be shown before"):
            view.figure()
        view.close()
        assert view.comm is None and view.layout.comm is None


def test_the_guide_has_the_numbers_of_guide(two_rates: Sweep) -> None:
    view = GuideView(two_rates)
    view.draw()
    expected = guide(two_rates)
    assert view.frame["table"]["head"][0] == "learning rate"
    assert [target["words"] for target in view.picture["targets"]] == [o.sentence for o in expected]
    for row, one in zip(view.frame["table"]["rows"], expected, strict=True):
        reaches = "never" if one.reaches is None else str(one.reaches)
        assert row[:4] == [one.label, reaches, str(one.best), str(one.good)]
        least = one.error[one.sizes.index(one.best)].value
        assert row[4] == f"{100 * least:.1f} %"
    assert view.figure().axes
    view.close()


# The panel alone


class Bench:
    """A panel, and everything that it calls."""

    def __init__(self) -> None:
        self.state = State(BASE)
        self.sweeps, self.panel = SweepPanel(self.state), RegressionPanel(self.state)
        self.state.observe(lambda change: self.sweeps.start(change["new"]), "asked_sweep")

    def have(self, trained: Sweep | None) -> None:
        """Let a sweep be the one in hand."""
        self.state.sweep = trained

    def settled(self) -> RegressionPanel:
        wait_for(lambda: not any(t.name == THREAD for t in threading.enumerate()))
        assert self.panel.view.note == ""
        return self.panel

    def control(self, name: str) -> Choice:
        (found,) = [w for w in tree(self.panel.box) if f"ncviz-regression-{name}" in classes(w)]
        return found

    def choose(self, name: str, text: str) -> RegressionPanel:
        control = self.control(name)
        control.index = [option["text"] for option in control.options].index(text)
        return self.settled()


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    for panel in (bench.panel, bench.sweeps):
        panel.close()
        for widget in tree(panel.box):
            widget.close()
    assert bench.state.error == ""


def shown(panel: RegressionPanel) -> bool:
    return "ncviz-closed" not in classes(panel.answers)


def test_without_runs_it_says_what_to_do(bench: Bench) -> None:
    bench.panel.follow()
    panel = bench.settled()
    assert not shown(panel) and "Pin a few" in panel.empty.sentences[0]
    assert panel.view.describe() == ""


def test_the_button_trains_a_sweep_and_regresses_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = {**DEFAULTS, "to": "3", "runs": "8"}
    monkeypatch.setattr(regression_panel, "QUICK", small)
    send(bench.panel.quick, click="quick")
    wait_for(lambda: bench.sweeps.form.state == "done")
    wait_for(lambda: "over all 24 runs" in bench.panel.view.describe())
    panel = bench.settled()
    assert shown(panel) and bench.control("source").options[0]["text"].endswith("(24 runs)")


def test_pinned_runs_alone_still_offer_a_sweep(bench: Bench, trained: Sweep) -> None:
    for hidden in (2, 3):
        bench.state.pin(Experiment(hidden=hidden, runs=8, steps=100).run())
    bench.panel.follow()
    panel = bench.settled()
    closed = "ncviz-closed"
    assert shown(panel) and closed not in classes(panel.invitation)
    assert "These are the pinned runs" in panel.empty.sentences[0]
    bench.have(trained)
    assert closed in classes(bench.settled().invitation)


def test_the_split_is_on_until_it_is_turned_off(bench: Bench, trained: Sweep) -> None:
    bench.have(trained)
    said = bench.settled().view.describe()
    assert "S of the first half of the held-out points" in said
    panel = bench.choose("points", "the same points for both")
    assert "half" not in panel.view.describe()
    direct = regress(trained.runs, "S ~ test_error", within="hidden", cov="cluster")
    assert panel.view.describe() == direct.sentences[0]
    assert panel.doubts.sentences.sentences == direct.sentences[1:]


def test_every_choice_is_answered(bench: Bench, trained: Sweep) -> None:
    bench.have(trained)
    before = bench.settled().view.describe()
    for name, text, words in (
        ("error", "gap", "gap"),
        ("subset", "2 hidden neurons only", "over all 12 runs"),
        ("cov", "classical", "equal variances"),
        ("subset", "all sizes", "over all 36 runs"),
        ("formula", "mixed model", "mixed model, a random level"),
        ("error", "held-out error", "more error on the second half"),
        ("formula", "a straight line", "equal variances"),
    ):
        assert words in bench.choose(name, text).view.describe()
    assert bench.choose("cov", "clustered by run").view.describe() == before


def test_it_says_at_once_that_it_works(bench: Bench, trained: Sweep) -> None:
    bench.have(trained)
    bench.settled()
    hold = threading.Event()
    offer = bench.panel.form.offer
    bench.panel.form.offer = lambda sources: (hold.wait(10), offer(sources))[1]  # type: ignore[method-assign]
    bench.control("cov").index = 1
    assert bench.panel.view.note == "working…"
    hold.set()
    bench.settled()


def test_pins_are_regressed_where_there_is_no_sweep(bench: Bench, trained: Sweep) -> None:
    for hidden in (1, 2):
        bench.state.pin(replace(BASE, hidden=hidden).run())
    bench.panel.follow()
    assert "over all 24 runs" in bench.settled().view.describe()
    assert bench.panel.guide.frame == {}
    # A sweep comes first, until the user has chosen.
    bench.have(trained)
    assert "over all 36 runs" in bench.settled().view.describe()
    bench.panel.guide.draw()
    assert "['3']" in str(bench.panel.guide.picture["svg"])  # a number below the axis
    assert "over all 24 runs" in bench.choose("source", "pinned runs (24 runs)").view.describe()
    bench.have(Sweep(BASE, trained.varied, trained.cells, trained.finished))
    assert "over all 24 runs" in bench.settled().view.describe()


def test_a_chosen_point_sets_the_explorer_and_draws_its_net(bench: Bench, trained: Sweep) -> None:
    bench.have(trained)
    view = bench.settled().view
    send(view, select=14, drawing=view.frame["drawing"])
    assert (bench.state.experiment, bench.state.run) == (replace(BASE, hidden=2), 2)
    bench.panel.show(bench.state.experiment.run(), rough=False)
    assert bench.panel.net.describe().startswith("Run 2, setting A2 with B2")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"test_error": 0.25, "error_second": 0.25}, "test_error is 0.25 in all 36 runs"),
        ({"S": np.nan, "diverged": True}, "0 usable rows (36 diverged"),
    ],
)
def test_what_has_no_line_is_said_beside_a_control(
    bench: Bench, trained: Sweep, change: dict[str, Any], words: str
) -> None:
    frames = {cell: frame.assign(**change) for cell, frame in trained.finished.items()}
    bench.have(Sweep(BASE, trained.varied, trained.cells, frames))
    panel = bench.settled()
    assert words in bench.control("source").message
    assert panel.view.frame == {} and words in panel.slopes.sentences[0]
    bench.have(trained)
    assert bench.settled().view.frame and bench.control("source").message == ""


def test_one_run_one_size_and_diverged_runs_are_told(bench: Bench, trained: Sweep) -> None:
    cell, frame = [*trained.finished.items()][1]
    bench.have(Sweep(BASE, ("hidden",), (cell,), {cell: frame.head(1)}))
    assert "has 1 usable rows" in (bench.settled() and bench.control("source").message)
    bench.have(Sweep(BASE, ("hidden",), (cell,), {cell: frame}))
    assert any("hidden size 2: it drives" in s for s in bench.settled().doubts.sentences.sentences)
    halves = [c for c in frame.columns if c.endswith(("first", "second"))]
    lost = frame.copy()
    lost.loc[:1, ["S", "test_error", *halves]] = np.nan
    lost.loc[:1, "diverged"] = True
    bench.have(Sweep(BASE, ("hidden",), (cell,), {cell: lost}))
    assert "2 runs are left out: 2 diverged." in bench.settled().doubts.sentences.sentences


def test_solved_runs_have_no_rivals_and_it_says_so(bench: Bench, trained: Sweep) -> None:
    frames = {cell: frame.assign(S_first=2.0, S=2.0) for cell, frame in trained.finished.items()}
    bench.have(Sweep(BASE, trained.varied, trained.cells, frames))
    panel = bench.settled()
    assert panel.doubts.rivals.rows == [] and panel.doubts.rivals.sentences


def test_pictures_in_the_fold_are_drawn_when_it_is_opened(bench: Bench, trained: Sweep) -> None:
    bench.have(trained)
    assert bench.settled().doubts.fold.pictures.pictures == []
    bench.panel.doubts.fold.opened = True
    drawn = bench.settled().doubts.fold.pictures.pictures
    assert [picture["id"] for picture in drawn] == ["residuals", "influences"]
    assert "1: hidden size" in drawn[1]["alt"]
    again = bench.choose("error", "gap").doubts.fold.pictures.pictures
    assert again[0]["svg"] != drawn[0]["svg"]


# In the Explorer


@pytest.fixture
def explorer() -> Iterator[Explorer]:
    explorer = Explorer(runs=4, **SMALL)
    finished(explorer)
    yield explorer
    explorer.close()


def opened(explorer: Explorer) -> RegressionView:
    part(explorer, Tabs).chosen = "generalisation"
    return part(explorer, RegressionView)


def test_nothing_of_it_is_made_before_its_tab_is_opened(explorer: Explorer) -> None:
    assert not [w for w in tree(explorer) if isinstance(w, RegressionView | SweepForm)]
    opened(explorer)
    assert not [w for w in tree(explorer) if isinstance(w, SweepForm)]
    tabs = [tab["id"] for tab in part(explorer, Tabs).tabs]
    assert tabs.index("generalisation") == tabs.index("sweep") - 1


def test_from_the_tab_to_a_regression_and_to_a_run(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regression_panel, "QUICK", {**DEFAULTS, "to": "3", "runs": "6"})
    view = opened(explorer)
    press(explorer, "regression-quick", "quick")
    wait_for(lambda: "over all 18 runs" in explorer.describe())
    assert part(explorer, Tabs).chosen == "generalisation"
    assert "ncviz-closed" in classes(control(explorer, "sweep"))
    send(view, select=16, drawing=view.frame["drawing"])
    assert explorer.experiment == replace(explorer.experiment, hidden=3, runs=6)
    assert control(explorer, "side").children[0].run == 4
    (net,) = control(explorer, "regression-net").children
    wait_for(lambda: finished(explorer) and net.describe().startswith("Run 4, "))
    runs = finished(explorer).runs
    assert runs.S[4] == explorer.sweep.runs.S[16]


def test_what_is_pinned_while_the_tab_is_open_arrives(explorer: Explorer) -> None:
    view = opened(explorer)
    press(explorer, "compare", "pin")
    wait_for(lambda: "over all 4 runs" in view.describe())


def test_closing_frees_every_widget_and_ends_the_thread() -> None:
    before = alive()
    explorer = Explorer(runs=6, **SMALL)
    finished(explorer)
    view = opened(explorer)
    press(explorer, "compare", "pin")
    wait_for(lambda: view.frame)
    explorer.close()
    assert alive() - before == set()
    assert THREAD not in [thread.name for thread in threading.enumerate()]


# The scripts


@pytest.mark.parametrize("widget", [RegressionView, GuideView, Statement])
def test_each_script_is_one_module_that_asks_no_other_host(widget: Any) -> None:
    check_scripts(widget)
