"""What a teacher hides, locks and says: in Python, in a query, and against every way around it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ipywidgets import Widget

from explorers import SMALL, alive, choose, classes, control, finished, part, press, send, tree
from lab import ROOT, wait_for
from ncviz import Experiment, Explorer, SView, Sweep, sweep
from ncviz.widgets.explorer.desk import PinnedList, TakeAway
from ncviz.widgets.explorer.saved import KEYS, code_of, query_of, read, read_query
from ncviz.widgets.explorer.situations import PRESETS, Presets
from ncviz.widgets.explorer.stage import ReplayBar
from ncviz.widgets.explorer.state import History
from ncviz.widgets.explorer.tabs.sweep import SweepForm
from ncviz.widgets.explorer.teaching import FIELDS, LONGEST, PARTS, Teaching, TeachingCard
from ncviz.widgets.parts.controls import Actions, SeedBox
from ncviz.widgets.parts.layout import FoldButton, Tabs
from ncviz.widgets.views.regression import RegressionView
from ncviz.widgets.views.sweep import RegimeView
from strategies import experiments

QUICK = {"runs": 8, **SMALL}


@contextmanager
def opened(**wishes: object) -> Iterator[Explorer]:
    explorer = Explorer(**{**QUICK, **wishes})
    finished(explorer)
    yield explorer
    explorer.close()


def all_classes(explorer: Explorer) -> set[str]:
    return {name for widget in tree(explorer) for name in classes(widget)}


def kinds(explorer: Explorer) -> set[str]:
    return {type(widget).__name__ for widget in tree(explorer)}


def tabs(explorer: Explorer) -> list[str]:
    return [tab["id"] for tab in part(explorer, Tabs).tabs]


def offered(explorer: Explorer) -> list[str]:
    return [preset["name"] for preset in part(explorer, Presets).presets]


# Hidden


@pytest.mark.parametrize("field", FIELDS)
def test_a_hidden_field_has_no_control_and_keeps_its_value(field: str) -> None:
    with opened() as whole, opened(hide=[field]) as explorer:
        assert f"ncviz-{field}" in all_classes(whole)
        assert f"ncviz-{field}" not in all_classes(explorer)
        assert explorer.experiment == whole.experiment


GONE = {
    "presets": {"Presets"},
    "actions": set(),
    "settings": set(),
    "own-tasks": {"TaskTable"},
    "pictures": {"PictureFold", "Pictures"},
    "replay": {"ReplayBar"},
    "losses": {"LossView"},
    "net": {"NetView"},
    "correlators": {"CorrelatorView"},
    "signalling": {"SignallingView"},
    "compare": {"PinnedList"},
    "take-away": {"TakeAway"},
}


@pytest.mark.parametrize("name", GONE)
def test_a_hidden_part_is_not_made_and_the_rest_still_trains(name: str) -> None:
    with opened() as whole, opened(hide=[name]) as explorer:
        assert GONE[name] <= kinds(whole)
        assert kinds(whole) - kinds(explorer) == GONE[name]
        assert len([*tree(explorer)]) < len([*tree(whole)])
        control(explorer, "hidden").index = 4
        assert finished(explorer).experiment.hidden == 5
        assert "S = " in explorer.describe()


def test_a_hidden_fold_takes_its_button_along() -> None:
    folds = {"settings": "More settings", "own-tasks": "Own tasks", "pictures": "Settled pictures"}
    for name, words in folds.items():
        with opened(hide=[name]) as explorer:
            left = {w.text for w in tree(explorer) if isinstance(w, FoldButton)}
            assert left == {*folds.values()} - {words}


def test_hidden_buttons_are_those_that_move_the_experiment() -> None:
    with opened(hide=["actions"]) as explorer:
        assert "ncviz-actions" not in all_classes(explorer)
        assert "ncviz-compare" in all_classes(explorer)


@pytest.mark.parametrize(
    ("hide", "left"),
    [
        ([], ["play", "meaning", "why", "generalisation", "sweep"]),
        (["meaning"], ["play", "why", "generalisation", "sweep"]),
        (["why"], ["play", "meaning", "generalisation", "sweep"]),
        (["generalisation"], ["play", "meaning", "why", "sweep"]),
        (["sweep"], ["play", "meaning", "why"]),
        (["meaning", "why", "sweep"], ["play"]),
    ],
)
def test_a_hidden_tab_cannot_be_opened(hide: list[str], left: list[str]) -> None:
    with opened(hide=hide) as explorer:
        row = part(explorer, Tabs)
        assert tabs(explorer) == left
        for name in {"meaning", "why", "generalisation", "sweep"} - {*left}:
            with pytest.raises(Exception, match="chosen must be one of"):
                row.chosen = name


def test_everything_that_can_be_hidden_may_be_hidden_at_once() -> None:
    with opened(hide=[*FIELDS, *PARTS]) as explorer:
        named = {type(w).__name__ for w in tree(explorer) if type(w).__module__.startswith("ncviz")}
        ours = {"Explorer", "TeachingCard", "Tabs", "StateVerdict", "Consent", "SView", "Box"}
        assert named == ours
        empty = [w for w in tree(explorer) if getattr(w, "children", None) == ()]
        assert [classes(w) for w in empty] == [("ncviz-panels", "ncviz-closed")]
        assert f"S = {explorer.result.s.value:.2f}" in explorer.describe()


def test_every_part_in_the_table_is_covered_here() -> None:
    assert {*PARTS} == {*GONE} | {"meaning", "why", "generalisation", "sweep"}


def test_hidden_views_leave_keeping_saving_and_replaying_whole() -> None:
    with opened(hide=["losses", "net"]) as explorer:
        press(explorer, "compare", "keep")
        assert part(explorer, SView).ghost
        press(explorer, "compare", "forget")
        assert not part(explorer, SView).ghost
        part(explorer, ReplayBar).live = False
        part(explorer, ReplayBar).index = 3
        assert explorer.state.moment.index == 3
    with opened(hide=["replay"]) as explorer:
        part(explorer, Tabs).chosen = "meaning"
        control(explorer, "hidden").index = 5
        assert explorer.state.moment.experiment.hidden in (3, 6)
        result = finished(explorer)
        wait_for(lambda: explorer.state.moment is result)


def test_no_picture_of_a_hidden_part_is_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(hide=["net", "meaning", "why", "pictures", "losses"]) as explorer:
        card = part(explorer, TakeAway)
        assert [p["id"] for p in card.pictures] == ["s", "correlators", "signalling"]
        sent: list[object] = []
        monkeypatch.setattr(card, "send", lambda *message: sent.append(message))
        send(card, download="svg", picture="net")
        send(card, download="svg", picture="answer")
        assert not sent
        send(card, download="svg", picture="correlators")
        assert len(sent) == 1


# Locked


@pytest.mark.parametrize("field", FIELDS)
def test_a_locked_control_says_so_and_stays(field: str) -> None:
    with opened(lock=[field]) as explorer:
        before = explorer.experiment
        locked = control(explorer, field)
        assert locked.locked == "set by your teacher"
        others = [w for w in tree(explorer) if hasattr(w, "locked") and w is not locked]
        assert not any(w.locked for w in others)
        # As a browser could say that does not keep to the rules.
        if isinstance(locked, SeedBox):
            locked.set_state({"value": "77"})
            assert locked.value == "0"
        else:
            shown = locked.index
            locked.set_state({"index": (shown + 1) % len(locked.options)})
            assert locked.index == shown
        assert explorer.experiment == before
        assert explorer.result is not None


@pytest.mark.parametrize("how", ["hide", "lock"])
def test_own_tasks_are_no_way_around_a_fixed_pairing(how: str) -> None:
    with opened(**{how: ["pairing"]}) as explorer:
        assert "ncviz-task-A1" not in all_classes(explorer)
        assert "ncviz-task-table" not in all_classes(explorer)


@pytest.mark.parametrize("how", ["hide", "lock"])
def test_a_fixed_seed_has_no_next_one(how: str) -> None:
    with opened(**{how: ["seed"]}) as explorer:
        buttons = [label["id"] for label in control(explorer, "actions").labels]
        assert buttons == ["undo", "reset"]
        press(explorer, "actions", "next")
        assert explorer.experiment.seed == 0
        assert "Seed (seed) is set to 0" in explorer.describe()


# Ways around


@pytest.mark.parametrize("how", ["hide", "lock"])
def test_a_saved_state_with_another_value_is_refused_with_a_sentence(how: str) -> None:
    with opened(pairing="parity", **{how: ["pairing"]}) as explorer:
        card, before = part(explorer, TakeAway), explorer.experiment
        for text in (
            "?hidden=5",
            replace(before, pairing="xornet").to_json(),
            "Experiment(hidden=5, pairing='majority')",
            "Explorer(hidden=5, pairing='majority', lock=[])",
        ):
            send(card, load=text)
            assert card.message.startswith("Task pairing (pairing) is set to 'parity' by your")
            assert card.message.endswith("Nothing was changed.")
            assert explorer.experiment == before
        send(card, load=replace(before, hidden=5).to_json())
        assert card.message == ""
        assert explorer.experiment == replace(before, hidden=5)


def test_python_refuses_it_too() -> None:
    with opened(lock=["hidden"], hide=["noise"]) as explorer:
        before = explorer.experiment
        with pytest.raises(ValueError, match=r"\(hidden\) is set to 3 .* cannot become 5; Noise"):
            explorer.experiment = replace(before, hidden=5, noise=0.5)
        assert explorer.experiment == before
        explorer.experiment = replace(before, learning_rate=0.1)
        assert explorer.experiment.learning_rate == 0.1


def test_presets_that_are_about_another_value_are_not_offered() -> None:
    with opened() as explorer:
        assert offered(explorer) == [*PRESETS]
    with opened(lock=["hidden"]) as explorer:
        names = ["critical", "no shared neurons", "reversed tasks", "above 2√2"]
        names += ["swinging losses", "too fast"]
        # Two of them want three neurons, which is what there are.
        assert offered(explorer) == names
    with opened(hide=["hidden", "trunk", "outcome", "learning_rate", "pairing"]) as explorer:
        assert offered(explorer) == ["critical"]
    with opened(hidden=5, lock=["hidden", "trunk", "outcome", "learning_rate"]) as explorer:
        assert "Presets" not in kinds(explorer)
        assert "ncviz-presets-row" not in all_classes(explorer)


def test_a_preset_leaves_alone_what_is_fixed_and_is_marked_all_the_same() -> None:
    with opened(noise=0.5, n_train=128, lock=["noise"], hide=["n_train"]) as explorer:
        send(part(explorer, Presets), click=offered(explorer).index("ample"))
        now = explorer.experiment
        assert (now.hidden, now.noise, now.n_train, now.steps) == (8, 0.5, 128, 2000)
        assert part(explorer, Presets).chosen == offered(explorer).index("ample")


def test_a_preset_that_does_not_go_with_what_is_fixed_is_not_offered() -> None:
    # Separate trunks share no gradient; the default batch of 8 is more than 4 points.
    with opened(shared_gradient="pcgrad", hide=["shared_gradient"]) as explorer:
        assert "no shared neurons" not in offered(explorer)
        assert "ample" in offered(explorer)
    with opened(n_train=4, batch_size=4, lock=["n_train"]) as explorer:
        assert "Presets" not in kinds(explorer)


def test_undo_and_the_way_back_to_the_start_change_nothing_fixed() -> None:
    with opened(lock=["pairing"], hide=["seed"], pairing="parity", seed=9) as explorer:
        for index in (4, 6):
            control(explorer, "hidden").index = index
            explorer.state.history.left(Experiment(), Experiment(noise=1.0))  # ends the drag
            explorer.state.history.undo()
        press(explorer, "actions", "undo")
        assert explorer.experiment.hidden == 5
        press(explorer, "actions", "reset")
        assert explorer.experiment == Experiment(pairing="parity", seed=9, **QUICK)
    # Whatever a history might hold.
    with opened(lock=["hidden"]) as explorer:
        explorer.state.history = History()
        explorer.state.history.left(replace(explorer.experiment, hidden=7), explorer.experiment)
        press(explorer, "actions", "undo")
        assert explorer.experiment.hidden == 3
        assert "(hidden) is set to 3" in part(explorer, TeachingCard).notice


def test_a_pinned_run_comes_back_with_what_is_fixed_as_it_was() -> None:
    with opened(lock=["pairing"]) as explorer:
        press(explorer, "compare", "pin")
        (row,) = part(explorer, PinnedList).rows
        control(explorer, "hidden").index = 5
        send(part(explorer, PinnedList), show=row["id"])
        assert explorer.experiment == Experiment(**QUICK)


def test_a_cell_of_a_sweep_keeps_the_runs_and_a_fixed_size_is_refused() -> None:
    with opened(hide=["runs"]) as explorer:
        cell = replace(explorer.experiment, hidden=5, runs=100)
        part(explorer, Tabs).chosen = "sweep"
        go_to(explorer, cell)
        assert (explorer.experiment.hidden, explorer.experiment.runs) == (5, 8)
    with opened(lock=["hidden"]) as explorer:
        part(explorer, Tabs).chosen = "sweep"
        assert part(explorer, SweepForm)
        go_to(explorer, replace(explorer.experiment, hidden=5))
        assert explorer.experiment.hidden == 3
        assert "(hidden) is set to 3 by your teacher" in explorer.describe()
        control(explorer, "learning_rate").index -= 1
        assert part(explorer, TeachingCard).notice == ""


def test_a_run_of_another_size_is_refused_and_the_net_stays() -> None:
    with opened(lock=["hidden"]) as explorer:
        choose_run(explorer, hidden=5, run=1)
        assert (explorer.experiment.hidden, explorer.state.run) == (3, 0)
        assert "(hidden) is set to 3 by your teacher" in explorer.describe()
    with opened(hide=["net"]) as explorer:
        choose_run(explorer, hidden=5, run=1)
        assert explorer.experiment.hidden == 5


def go_to(explorer: Explorer, cell: Experiment) -> None:
    """Press a cell on the map of a sweep."""
    view = part(explorer, RegimeView)
    view.show(Sweep(explorer.experiment, ("hidden",), (cell,), {}))
    view.draw()
    send(view, choose=0, version=view.picture["version"])


def choose_run(explorer: Explorer, hidden: int, run: int) -> None:
    """Press a run of a regression on the runs of a sweep."""
    fields = {"runs": 2, "steps": 20, "n_test": 64}
    part(explorer, Tabs).chosen = "generalisation"
    explorer.state.sweep = sweep(Experiment(**fields), hidden=[1, hidden], progress=False)
    view = part(explorer, RegressionView)
    wait_for(lambda: view.frame)
    send(view, select=2 + run, drawing=view.frame["drawing"])


@given(experiments(), experiments(), st.sets(st.sampled_from([*FIELDS])))
def test_nothing_passes_that_changes_a_fixed_field(
    present: Experiment, wanted: Experiment, lock: set[str]
) -> None:
    teaching = Teaching(lock=sorted(lock))
    same = all(getattr(present, field) == getattr(wanted, field) for field in lock)
    if same:
        teaching.check(wanted, present)
    else:
        with pytest.raises(ValueError, match="by your teacher"):
            teaching.check(wanted, present)


# Said


@pytest.mark.parametrize(
    ("lesson", "title", "paragraphs"),
    [
        ("", "", []),
        ("Find the peak", "Find the peak", []),
        ("Find the peak\n\nMove it.\n Look. ", "Find the peak", ["Move it.", "Look."]),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>", []),
    ],
)
def test_a_lesson_is_a_title_and_paragraphs(lesson: str, title: str, paragraphs: list[str]) -> None:
    card = TeachingCard(lesson)
    assert (card.title, card.paragraphs) == (title, paragraphs)
    card.close()


def test_the_lesson_stands_first_and_is_described() -> None:
    with opened(lesson="Find the peak\nMove it.") as explorer:
        assert isinstance(explorer.children[0], TeachingCard)
        assert explorer.describe().startswith("Find the peak\nMove it.\n")


# Refused


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        ({"hide": ["seeds"]}, "hide cannot hold 'seeds'; did you mean 'seed'?"),
        ({"hide": ["device"]}, "hide cannot hold 'device'; there is hidden, pairing, .*, sweep"),
        ({"lock": ["net"]}, "lock cannot hold 'net'; "),
        ({"lock": ["hiden"]}, "lock cannot hold 'hiden'; did you mean 'hidden'?"),
        ({"hide": "seed"}, "hide must be a list of names, not 'seed'"),
        ({"lock": 3}, "lock must be a list of names, not 3"),
        ({"hide": [["seed"]]}, r"hide cannot hold \['seed'\]"),
        ({"hide": ["seed"], "lock": ["seed"]}, "lock cannot hold 'seed', which is hidden"),
        ({"hide": ["settings"], "lock": ["noise"]}, "lock cannot hold 'noise', which is hidden"),
        ({"lesson": 3}, "lesson must be a text of at most 2000 characters, not 3"),
        ({"lesson": "x" * (LONGEST + 1)}, "lesson must be a text of at most"),
        ({"student": "x" * 61}, "student must be a text of at most 60 characters"),
        ({"student": None}, "student must be a text of at most 60 characters, not None"),
        ({"student": "\ud83d"}, "student must be a text of at most 60 characters"),
    ],
)
def test_bad_wishes_are_named_and_leave_nothing(wishes: dict[str, object], message: str) -> None:
    before = alive()
    with pytest.raises(ValueError, match=f"^{message.replace('?', '[?]')}"):
        Explorer(**wishes)
    assert alive() == before


def test_closing_frees_a_teachers_explorer_too() -> None:
    before = alive()
    with opened(hide=["seed", "net", "sweep"], lock=["pairing"], lesson="Look") as explorer:
        part(explorer, Tabs).chosen = "meaning"
    del explorer
    assert alive() == before


# Shared


names = st.lists(st.sampled_from([*FIELDS, *PARTS]), unique=True, max_size=6)
texts = st.text(st.characters(codec="utf-8"), max_size=60)


locks = st.lists(st.sampled_from([*FIELDS]), unique=True, max_size=4)


@given(experiments(), names, locks, texts, texts)
def test_code_and_query_say_all_of_it(
    experiment: Experiment, hide: list[str], lock: list[str], lesson: str, student: str
) -> None:
    hidden = Teaching(hide).fixed
    teaching = Teaching(hide, [field for field in lock if field not in hidden], lesson, student)
    assert read_query(query_of(experiment, teaching)) == (experiment, teaching)
    made = eval(code_of(experiment, teaching), {"Explorer": dict})
    assert Teaching(**{key: made.pop(key) for key in KEYS if key in made}) == teaching
    assert Experiment(**made) == experiment
    for text in (query_of(experiment, teaching), code_of(experiment, teaching)):
        assert read(text) == experiment


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost:8866/voila/render/explorer.ipynb?token=a1&hidden=4&theme=dark",
        "http://localhost:8866/?hidden=4&token=a1#top",
        "https://hub.example/user/x/voila/render/explorer.ipynb?hide=seed,runs&hidden=4&lesson=a%23b",
        "token=a1&hidden=4&lock=pairing",
        "?template=ncviz&hidden=4",
    ],
)
def test_the_address_of_a_page_is_read_for_its_experiment(address: str) -> None:
    assert read(address) == Experiment(hidden=4)


@pytest.mark.parametrize(
    "text", ["", " ", "?", "#", "http://localhost:8866/?token=a1", "?hide=runs"]
)
def test_what_names_no_field_is_no_saved_state(text: str) -> None:
    with pytest.raises(ValueError, match=r"^a saved state is JSON, a query like"):
        read(text)


def test_the_query_of_the_default_leads_back_to_it() -> None:
    for teaching in (Teaching(), Teaching(hide=["seed"])):
        query = query_of(Experiment(), teaching)
        assert read(query) == Experiment()
        assert read_query(query) == (Experiment(), teaching)


def test_the_card_holds_the_line_and_the_query_that_reproduce_it() -> None:
    wishes = {"hide": ["runs"], "lock": ["pairing"], "lesson": "Find <b>it</b> & say\n“why?”"}
    with opened(**wishes) as explorer:
        control(explorer, "hidden").index = 4
        card, code, query = part(explorer, TakeAway), explorer.code(), explorer.to_query()
        assert card.query == query
        assert card.code == f"from ncviz import Explorer; {code}"
        expected = explorer.experiment
    scope: dict[str, object] = {}
    exec(card.code.replace("; ", "; again = ", 1), scope)
    for again in (scope["again"], Explorer.from_query(query)):
        assert again.experiment == expected
        assert again.code() == code
        assert "ncviz-runs" not in all_classes(again)
        assert control(again, "pairing").locked
        again.close()


def test_without_a_teacher_the_card_says_what_it_said() -> None:
    with opened() as explorer:
        card = part(explorer, TakeAway)
        assert card.code == f"from ncviz import Experiment; r = {explorer.experiment.code()}.run()"
        assert card.query == f"?{explorer.experiment.to_query()}"
        assert explorer.code() == "Explorer(steps=120, runs=8, n_test=64)"


def test_a_query_is_read_as_it_is_typed() -> None:
    explorer = Explorer.from_query(
        "?hidden=4&runs=8&steps=120&hide=seed,%20actions&lock=pairing&lesson=Find+the+peak"
    )
    assert explorer.experiment == Experiment(hidden=4, runs=8, steps=120)
    assert not {"ncviz-seed", "ncviz-actions"} & all_classes(explorer)
    assert part(explorer, TeachingCard).title == "Find the peak"
    explorer.close()


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("?hide=seed&hide=runs", "hide is given twice"),
        ("?lesson=a&lesson=b", "lesson is given twice"),
        ("?student=Ann&student=Ben", "student is given twice"),
        ("?hide=sed", "hide cannot hold 'sed'"),
        ("?show=seed", "'show' is not a field of an experiment"),
        ("?hidden=four&hide=seed", "hidden must be a whole number"),
        (None, "a query must be a text, not None"),
    ],
)
def test_a_bad_query_is_named(query: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        Explorer.from_query(query)


@pytest.mark.parametrize("query", ["?hide=seed", "?lock=pairing", "?lesson=Look", "?student=Ann"])
def test_the_query_of_an_experiment_alone_knows_no_teacher(query: str) -> None:
    with pytest.raises(ValueError, match="is not a field of an experiment"):
        Experiment.from_query(query)


# The address of a page


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.13")
    return monkeypatch


def from_page() -> tuple[str, str]:
    explorer = Explorer.from_page()
    said = explorer.code(), part(explorer, TeachingCard).notice
    explorer.close()
    return said


def test_a_page_of_voila_asks_for_its_explorer(page: pytest.MonkeyPatch) -> None:
    page.setenv("QUERY_STRING", "hidden=4&hide=seed,runs&theme=dark&lesson=a%26b")
    assert from_page() == ("Explorer(hidden=4, hide=['seed', 'runs'], lesson='a&b')", "")
    page.setenv("QUERY_STRING", "")
    assert from_page() == ("Explorer()", "")


@pytest.mark.parametrize(
    ("query", "why"),
    [("hidden=0", "hidden must be"), ("hide=sed", "'sed'"), ("utm=3", "'utm' is not a field")],
)
def test_a_bad_address_is_explained_in_the_default_explorer(
    page: pytest.MonkeyPatch, query: str, why: str
) -> None:
    page.setenv("QUERY_STRING", query)
    code, notice = from_page()
    assert code == "Explorer()"
    assert notice.startswith("This is the default Explorer. The one that the address of this page ")
    assert why in notice


def test_elsewhere_a_query_in_the_environment_is_somebody_elses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SERVER_SOFTWARE", raising=False)
    monkeypatch.setenv("QUERY_STRING", "hidden=4")
    assert from_page() == ("Explorer()", "")


def test_the_notebook_asks_its_page() -> None:
    notebook = nbformat.read(ROOT / "notebooks" / "explorer.ipynb", 4)
    (cell,) = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert "explorer = Explorer.from_page()" in cell


def test_a_moved_control_takes_a_notice_away(page: pytest.MonkeyPatch) -> None:
    page.setenv("QUERY_STRING", "runs=0")
    explorer = Explorer.from_page()
    choose(explorer, "hidden", "4")
    assert part(explorer, TeachingCard).notice == ""
    explorer.close()


def test_only_the_first_tab_leaves_no_row_of_tabs_behind() -> None:
    with opened(hide=["meaning", "why", "sweep"]) as explorer:
        assert len(part(explorer, Tabs).tabs) == 1
        assert isinstance(part(explorer, Tabs), Widget)
        assert [w for w in tree(explorer) if isinstance(w, Actions)]
