"""`sweep` and `regress` on LoRA experiments, as on any other."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("peft", reason="needs ncviz[bert]")

from bert_material import TINY, table, tasks
from ncviz import Sweep, figures, sweep
from ncviz.bert import LoraExperiment
from ncviz.sweeps.store import Store
from ncviz.verdict import verdict
from ncviz.widgets.s_view import SView


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
    again = Store.open(tmp_path / "store", LoraExperiment).sweep()
    assert isinstance(again, Sweep) and again.runs.equals(more.runs)


def test_views_figures_and_verdict_read_it_as_any_other_result(e: LoraExperiment) -> None:
    *_, last = e.stream(every=2)
    view = SView(last)
    assert "S" in view.describe()
    view.close()
    for figure in (figures.s_of_runs, figures.correlators, figures.losses, figures.account):
        assert figure(last.result).get_title("left")
    assert "rank 4 in random:tiny, frozen heads, 4 steps" in str(verdict(last.summary))
