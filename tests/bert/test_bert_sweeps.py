"""`sweep` and `regress` on LoRA experiments, as on any other."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("peft", reason="needs ncviz[bert]")

from bert_material import TINY, table, tasks
from ncviz import Sweep, figures, regress, sweep
from ncviz.bert import LoraExperiment
from ncviz.meaning.verdict import verdict
from ncviz.widgets.views.meaning import InfluenceView
from ncviz.widgets.views.net import NetView
from ncviz.widgets.views.training import SView
from stores import sweep_in


@pytest.fixture
def e(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LoraExperiment:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = tasks(table(tmp_path))
    return LoraExperiment("random:tiny", tasks=made, runs=2, steps=4, **TINY)


def test_a_sweep_over_ranks_is_resumed_from_its_store(e: LoraExperiment, tmp_path: Path) -> None:
    first = sweep(e, rank=[0, 1], store=tmp_path / "store", progress=False)
    more = sweep(e, rank=[0, 1, 2], store=tmp_path / "store", progress=False)
    assert more.runs.query("rank < 2").equals(first.runs)
    assert more.runs.groupby("rank").size().tolist() == [2, 2, 2]
    assert {"S_train", "S_product", "S_first", "error_second", "swing"} <= set(more.runs)
    alone = replace(e, rank=2).run()
    assert np.array_equal(more.runs.query("rank == 2")["S"], alone.runs["S"])
    again = sweep_in(tmp_path / "store", LoraExperiment)
    assert isinstance(again, Sweep) and again.runs.equals(more.runs)


def test_views_figures_and_verdict_read_it_as_any_other_result(e: LoraExperiment) -> None:
    *_, last = e.stream(every=2)
    view = SView(last)
    assert "S" in view.describe()
    view.close()
    for figure in (figures.s_of_runs, figures.correlators, figures.losses, figures.account):
        assert figure(last.result).get_title("left")
    assert "rank 4 in random:tiny, frozen heads, 4 steps" in str(verdict(last.summary))


def test_what_draws_neurons_says_that_a_pretrained_network_has_too_many(e: LoraExperiment) -> None:
    r = e.run()
    view = NetView(r)
    assert view.describe() == "A pretrained network has too many neurons to be drawn one by one."
    view.close()
    with pytest.raises(ValueError, match=r"weights\(run, setting\) gives adapter and heads"):
        r.net(0, "11")
    with pytest.raises(ValueError, match="the Explorer shows an Experiment"):
        figures.explorer(r)


def test_influence_is_drawn_with_the_rank_in_place_of_neurons(e: LoraExperiment) -> None:
    r = e.run()
    view = InfluenceView(r)
    view.draw()
    assert "rank 4" in str(view.picture["svg"])
    assert any("rank 4" in t.get_text() for t in figures.influence(r).texts)
    assert view.describe().startswith("Bob") or view.describe().startswith("Alice")
    view.close()


def test_s_is_regressed_on_the_error_within_a_rank(e: LoraExperiment) -> None:
    """The slope within is that of deviations from each rank's means (Frisch, Waugh & Lovell)."""
    runs = sweep(replace(e, runs=6, steps=2), rank=[1, 4], progress=False).runs
    found = regress(runs, "S ~ test_error", within="rank")
    s, error = (
        runs[name] - runs.groupby("rank")[name].transform("mean") for name in ("S", "test_error")
    )
    slope = (s @ error) / (error @ error)
    assert found.slopes.loc["within", "slope"] == pytest.approx(slope)
