"""The Explorer's tabs without a browser: made late, shown only while open, freed at the end."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
import traitlets
from ipywidgets import VBox

from explorers import SMALL, alive, classes, control, displayed, finished, part, press, send, tree
from lab import wait_for
from ncviz import Experiment, Explorer, SView
from ncviz.results.result import Moment
from ncviz.widgets.explorer import stage
from ncviz.widgets.explorer.desk import TakeAway
from ncviz.widgets.explorer.stage import ReplayBar
from ncviz.widgets.explorer.tabs import Panel
from ncviz.widgets.parts.layout import Tabs
from ncviz.widgets.parts.view import View
from ncviz.widgets.views.counterfactual import CounterfactualView
from ncviz.widgets.views.meaning import (
    AccountView,
    AnswerView,
    EvidenceView,
    InfluenceView,
    RegionView,
)

Shown = list[tuple[str, Moment]]

OF_MEANING = (
    AnswerView,
    RegionView,
    AccountView,
    InfluenceView,
    EvidenceView,
    CounterfactualView,
)


@pytest.fixture
def explorer(shown: Shown) -> Iterator[Explorer]:
    explorer = Explorer(runs=12, **SMALL)
    finished(explorer)
    yield explorer
    explorer.close()


def open_tab(explorer: Explorer, tab: str) -> None:
    part(explorer, Tabs).chosen = tab


def made(explorer: Explorer) -> set[type]:
    return {kind for widget in tree(explorer) for kind in OF_MEANING if isinstance(widget, kind)}


def is_open(explorer: Explorer, panel: str) -> bool:
    """Whether nothing around a box hides it."""
    inside = [w for w in tree(explorer) if panel in [c for b in tree(w) for c in classes(b)]]
    return not any("ncviz-closed" in classes(widget) for widget in inside)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    """What each view has been shown since."""
    calls: Shown = []
    show = View.show

    def noted(
        self: View, moment: Moment, rough: bool = False, numbers: Moment | None = None
    ) -> None:
        calls.append((type(self).__name__, moment))
        show(self, moment, rough, numbers)

    monkeypatch.setattr(View, "show", noted)
    return calls


def last(shown: Shown, kind: type[View]) -> Moment | None:
    """What the view of a kind shows."""
    return next((moment for name, moment in reversed(shown) if name == kind.__name__), None)


def names(shown: Shown) -> set[str]:
    return {name for name, _ in shown}


# The row of tabs


def test_the_first_tab_is_open_at_first_and_only_known_ones_can_be_chosen() -> None:
    tabs = Tabs("Explorer", [{"id": "play", "text": "Play"}, {"id": "why", "text": "Why?"}])
    assert tabs.chosen == "play"
    tabs.chosen = "why"
    with pytest.raises(traitlets.TraitError, match="chosen must be one of play, why, not 'how'"):
        tabs.chosen = "how"
    assert tabs.chosen == "why"
    with pytest.raises(traitlets.TraitError, match="chosen must be one of"):
        Tabs("Explorer", [{"id": "play", "text": "Play"}], chosen="how")
    tabs.close()


def test_the_explorer_can_be_displayed_with_any_tab_open(explorer: Explorer) -> None:
    for tab in ("play", "meaning"):
        open_tab(explorer, tab)
        assert "application/vnd.jupyter.widget-view+json" in displayed(explorer)


def test_no_name_of_the_explorer_hides_one_that_ipywidgets_needs() -> None:
    own = Explorer(runs=2, steps=2)
    hidden = {name for name in vars(own) if callable(getattr(VBox, name, None))}
    own.close()
    assert not hidden


# Made late


def test_nothing_of_a_tab_is_loaded_before_it_is_opened() -> None:
    code = """
import sys
from ncviz import Explorer
explorer = Explorer(runs=2, steps=5)
late = ("views.counterfactual", "views.competition", "explorer.tabs.sweep", "views.guide")
print([name for name in late if f"ncviz.widgets.{name}" in sys.modules])
explorer.children[1].chosen = "meaning"
print([name for name in late if f"ncviz.widgets.{name}" in sys.modules])
explorer.close()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "['views.counterfactual']"]


def test_the_views_of_a_tab_are_made_once_and_show_the_newest_moment(
    explorer: Explorer, shown: Shown
) -> None:
    assert not made(explorer)
    open_tab(explorer, "meaning")
    assert made(explorer) == set(OF_MEANING)
    for kind in OF_MEANING:
        assert last(shown, kind) is explorer.result
    answer = part(explorer, AnswerView)
    open_tab(explorer, "play")
    open_tab(explorer, "meaning")
    assert part(explorer, AnswerView) is answer


def test_a_tab_opened_before_there_is_anything_fills_when_there_is(shown: Shown) -> None:
    explorer = Explorer(runs=4, steps=3000, n_test=64)
    open_tab(explorer, "meaning")
    finished(explorer)
    wait_for(lambda: last(shown, AnswerView) is explorer.result)
    assert "when the training is done" not in part(explorer, CounterfactualView).describe()
    explorer.close()


def test_one_tab_hides_the_other(explorer: Explorer) -> None:
    assert not is_open(explorer, "ncviz-panels")
    open_tab(explorer, "meaning")
    assert is_open(explorer, "ncviz-panels") and is_open(explorer, "ncviz-meaning")
    open_tab(explorer, "play")
    assert not is_open(explorer, "ncviz-meaning")


# Shown only while open


def test_only_the_open_tab_is_drawn(explorer: Explorer, shown: Shown) -> None:
    control(explorer, "hidden").index = 3
    finished(explorer)
    assert {"SView", "LossView", "NetView", "CorrelatorView", "SignallingView"} == names(shown)
    open_tab(explorer, "meaning")
    shown.clear()
    control(explorer, "hidden").index = 4
    finished(explorer)
    wait_for(lambda: last(shown, AnswerView) is explorer.result)
    assert names(shown) == {kind.__name__ for kind in OF_MEANING} | {"SignallingView"}
    shown.clear()
    open_tab(explorer, "play")
    assert "AnswerView" not in names(shown)
    assert last(shown, SView) is explorer.result


def test_numbers_are_drawn_four_times_a_second_and_curves_more_often(
    explorer: Explorer, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_tab(explorer, "meaning")
    shown.clear()
    monkeypatch.setattr(stage, "NUMBER_SECONDS", 1e9)
    explorer.experiment = Experiment(runs=16, steps=3000, n_test=64)
    finished(explorer)
    wait_for(lambda: last(shown, AnswerView) is explorer.result)
    steps = [moment.step for name, moment in shown if name == "AnswerView"]
    assert steps[-1] == 3000 and len(steps) == 2, "the first moment and the last"


def test_a_replayed_record_is_shown(explorer: Explorer, shown: Shown) -> None:
    open_tab(explorer, "meaning")
    part(explorer, ReplayBar).set_state({"live": False, "index": 20})
    result = finished(explorer)
    step = int(result.recording.steps[20])
    for kind in OF_MEANING:
        assert (moment := last(shown, kind)) and moment.step == step
    assert "when the training is done" in part(explorer, CounterfactualView).describe()
    part(explorer, ReplayBar).live = True
    assert last(shown, AnswerView) is result


def test_a_replay_that_runs_moves_a_panel_no_faster_than_a_training(
    explorer: Explorer, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_tab(explorer, "meaning")
    monkeypatch.setattr(stage, "NUMBER_SECONDS", 1e9)
    bar = part(explorer, ReplayBar)
    bar.set_state({"live": False, "index": 0})
    bar.playing = True
    shown.clear()
    for index in range(1, 30):
        bar.index = index
    assert not shown
    bar.playing = False
    assert {moment.index for _, moment in shown} == {29}


def test_describe_has_the_sentences_of_the_open_tab(explorer: Explorer) -> None:
    played = explorer.describe()
    assert "steps the mean of S is" in played and "ordinary program" not in played
    open_tab(explorer, "meaning")
    meant = explorer.describe()
    assert "No. It is an ordinary program on an ordinary computer" in meant
    assert "steps the mean of S is" not in meant
    for kind in OF_MEANING:
        assert part(explorer, kind).describe() in meant


# What else uses the views


def test_keep_keeps_the_present_curves_even_where_they_are_not_shown(explorer: Explorer) -> None:
    open_tab(explorer, "meaning")
    control(explorer, "hidden").index = 5
    result = finished(explorer)
    press(explorer, "compare", "keep")
    view, fresh = part(explorer, SView), SView(result)
    assert view.ghost["mean"] == fresh.frame["mean"]
    assert "6 neurons" in view.ghost["label"]
    fresh.close()


def saved(explorer: Explorer, monkeypatch: pytest.MonkeyPatch, picture: str) -> bytes:
    files: list[bytes] = []
    card = part(explorer, TakeAway)
    monkeypatch.setattr(card, "send", lambda _content, buffers: files.extend(buffers))
    send(card, download="png", picture=picture)
    (content,) = files
    return content


@pytest.mark.parametrize("picture", ["s", "net", "signalling"])
def test_a_picture_is_of_the_present_moment_whatever_tab_is_open(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch, picture: str
) -> None:
    before = saved(explorer, monkeypatch, picture)
    open_tab(explorer, "meaning")
    control(explorer, "hidden").index = 5
    finished(explorer)
    elsewhere = saved(explorer, monkeypatch, picture)
    open_tab(explorer, "play")
    assert elsewhere == saved(explorer, monkeypatch, picture) != before


def test_the_picture_of_the_points_is_that_of_the_chosen_run(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = saved(explorer, monkeypatch, "counterfactual")
    open_tab(explorer, "meaning")
    assert saved(explorer, monkeypatch, "counterfactual") == closed, "run 0 in both cases"
    view = part(explorer, CounterfactualView)
    view.run = 7
    assert view.frame["run"] == 7
    assert saved(explorer, monkeypatch, "counterfactual") != closed


# The end


@pytest.mark.parametrize("last", ["meaning", "play"])
def test_closing_frees_the_opened_tab_too(last: str) -> None:
    before = alive()
    explorer = Explorer(runs=4, **SMALL)
    open_tab(explorer, "meaning")
    open_tab(explorer, last)
    control(explorer, "hidden").index = 5
    explorer.close()
    del explorer
    assert alive() == before


def test_an_exception_in_a_tab_is_shown_and_the_explorer_stays_usable(
    explorer: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("deliberate failure")

    with monkeypatch.context() as patch:
        patch.setattr(Panel, "show", broken)
        open_tab(explorer, "meaning")
        assert "deliberate failure" in explorer.describe()
    control(explorer, "hidden").index = 5
    finished(explorer)
    wait_for(lambda: "deliberate failure" not in explorer.describe())
    assert part(explorer, AnswerView).describe().startswith("No.")
