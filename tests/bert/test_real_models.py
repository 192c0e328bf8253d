"""What is shipped of real networks: whole, true to its own counts, and read without the extra."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lab import ROOT
from ncviz import regress
from ncviz.basics.protocol import SETTINGS
from ncviz.bell import Behavior
from ncviz.bert import ranks as bert_ranks
from ncviz.bert.experiment import LoraExperiment
from ncviz.bert.real_models import FILES, kept, shipped
from ncviz.figures import svg
from ncviz.sweeps import Sweep

NAMES = [*FILES]


def column(frame: object, letter: str) -> np.ndarray:
    return frame[[letter + s for s in SETTINGS]].to_numpy().reshape(-1, 2, 2)  # type: ignore[index]


# The numbers agree with each other


@pytest.mark.parametrize("name", NAMES)
def test_every_number_follows_from_whole_counts(name: str) -> None:
    for cell, frame in shipped(name).finished.items():
        C, A, B = (column(frame, letter) for letter in "CAB")
        for shares in (C, A, B):
            counts = cell.n_test * (1 + shares) / 2
            assert np.allclose(counts, counts.round(), atol=1e-6), cell
        S = C[:, 0, 0] + C[:, 0, 1] + C[:, 1, 0] - C[:, 1, 1]
        assert np.allclose(frame.S, S)
        P = A * B
        assert np.allclose(frame.S_product, P[:, 0, 0] + P[:, 0, 1] + P[:, 1, 0] - P[:, 1, 1])
        boxes = Behavior.from_correlators(C, A, B)
        assert np.allclose(frame.delta, boxes.delta) and np.allclose(frame.D, boxes.D)
        wrong = (1 - np.stack([A, B])) / 2
        assert np.allclose(frame.test_error, wrong.mean(axis=(0, 2, 3)))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_needed_to_make_it_again_is_kept(name: str) -> None:
    for found in kept(name):
        assert len(found.provenance["sha256"]) == 64 and found.provenance["texts"]
        assert found.provenance["backbone"] == found.experiment.backbone
        assert {"torch", "transformers", "peft"} <= found.versions.keys()


def test_the_three_setups_are_sweeps_over_the_rank() -> None:
    for name in ("multilingual", "mixed", "monolingual"):
        found = shipped(name)
        assert found.varied == ("rank", "steps") and not found.missing
        assert {0, 1, 4} <= {cell.rank for cell in found.cells}
        assert all(cell.measured_on == "held-out" for cell in found.cells)


def test_the_search_never_saw_the_texts_that_its_best_settings_are_measured_on() -> None:
    searched = [found.experiment for found in kept("search")]
    assert {e.measured_on for e in searched} == {"validation"}
    for e in (found.experiment for found in kept("confirmed")):
        assert e.measured_on == "held-out" and e.seed != searched[0].seed
        assert replace(e, measured_on="validation", runs=2, seed=searched[0].seed) in searched


@pytest.mark.parametrize("name", ["multilingual", "mixed", "monolingual"])
def test_the_page_shows_these_numbers(name: str) -> None:
    page = (ROOT / "docs" / "real-models.md").read_text()
    assert bert_ranks.table(bert_ranks.ranks_of(bert_ranks.at_the_end(shipped(name)))) in page


def test_nothing_passes_2_as_the_page_says() -> None:
    for name in NAMES:
        for cell, frame in shipped(name).finished.items():
            assert frame.S.mean() < 2, cell
            assert not frame.S_train.mean() > 2, cell  # missing before the end


# What can be done with it


def test_regression_takes_it_as_any_other_sweep() -> None:
    last = bert_ranks.at_the_end(shipped("multilingual"))
    found = regress(last.runs[last.runs["rank"] > 0], "S ~ test_error", within="rank")
    assert found.fit.nobs == 20


def test_the_pictures_show_every_rank() -> None:
    found = shipped("multilingual")
    drawn = svg(bert_ranks.draw_steps(found, "a model").get_figure(root=True)).decode()
    for rank in (1, 2, 4, 16):
        assert f"rank {rank}" in drawn
    assert bert_ranks.at_the_end(found).runs.steps.unique().tolist() == [240]
    ranks = bert_ranks.ranks_of(bert_ranks.at_the_end(found))
    assert [r.rank for r in ranks] == [0, 1, 2, 4, 16]
    lines = bert_ranks.curves(found)
    assert lines[4][240].value == pytest.approx(ranks[3].S.value)


def test_a_picture_of_steps_needs_a_rank_that_learns() -> None:
    cell = LoraExperiment(rank=0)
    nothing = Sweep(cell, (), (cell,), {cell: shipped("mixed").runs})
    with pytest.raises(ValueError, match="needs a rank above 0"):
        bert_ranks.draw_steps(nothing, "a model")


def test_it_is_read_without_the_extra() -> None:
    hidden = ("transformers", "peft", "tokenizers", "datasets", "huggingface_hub", "platformdirs")
    lines = [
        "import sys",
        *(f"sys.modules[{name!r}] = None" for name in hidden),
        "from ncviz.bert.real_models import shipped",
        "print(len(shipped('mixed').summary))",
    ]
    said = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=False
    )
    assert said.returncode == 0 and int(said.stdout) > 4, said.stderr


def test_an_unknown_setup_is_refused() -> None:
    with pytest.raises(ValueError, match=r"one of multilingual, .*, not 'bilingual'"):
        shipped("bilingual")


# Where it comes from


def test_fewer_steps_are_the_same_training_stopped_earlier(tmp_path: Path) -> None:
    pytest.importorskip("peft", reason="needs ncviz[bert]")
    from bert_material import TINY, table, tasks

    whole = LoraExperiment("random:tiny", tasks=tasks(table(tmp_path)), runs=2, steps=20, **TINY)
    early = [snapshot for snapshot in whole.stream(every=8) if snapshot.step == 8]
    alone = replace(whole, steps=8).run()
    assert np.array_equal(early[0].at(1).per_run.correlators, alone.per_run.correlators)
    assert len(np.unique(alone.per_run.correlators)) > 2  # not a comparison of zeros


@pytest.mark.long("ncviz/bert")
def test_a_shipped_run_is_what_the_code_trains() -> None:
    pytest.importorskip("peft", reason="needs ncviz[bert]")
    (found,) = (one for one in kept("monolingual") if one.experiment.rank == 2)
    runs = shipped("monolingual").finished[replace(found.experiment, steps=60)]
    again = replace(found.experiment, runs=1, steps=60).run()
    # Other machines round otherwise, and a few of the 256 texts lie near the border.
    assert again.runs.S[0] == pytest.approx(runs.S[0], abs=0.1)
