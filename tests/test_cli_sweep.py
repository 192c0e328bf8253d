"""`ncviz sweep` and `ncviz report`: the numbers of the library, a page that needs nothing else."""

import re
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from ncviz import Experiment, cli, sweep
from ncviz.cli_sweep import values_of
from ncviz.report import write_report

SMALL = ["--runs", "4", "--steps", "50", "--n-test", "64"]
BASE = Experiment(runs=4, steps=50, n_test=64)


def test_a_sweep_prints_and_keeps_what_the_library_finds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["sweep", *SMALL, "--hidden", "1:3", "--learning-rate", "0.1,0.5"]
    keep = ["--store", str(tmp_path / "out"), "--csv", str(tmp_path / "runs.csv")]
    assert cli.main([*words, *keep]) == 0
    wanted = sweep(BASE, hidden=[1, 2, 3], learning_rate=[0.1, 0.5], progress=False)
    assert_frame_equal(
        pd.read_csv(tmp_path / "runs.csv", dtype={"seed": "uint64"}), wanted.runs, rtol=1e-12
    )
    assert len([*(tmp_path / "out").glob("*.parquet")]) == 6
    out = capsys.readouterr().out
    for row in wanted.summary.itertuples():
        assert re.search(rf"{row.hidden} +{row.learning_rate:.3f} +{row.S:.3f}", out)


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("hidden", "1:8", [*range(1, 9)]),
        ("hidden", "1:9:4", [1, 5, 9]),
        ("hidden", "2, 4", [2, 4]),
        ("learning_rate", "0.1,1e-2", [0.1, 0.01]),
        ("pairing", "xornet,chain", ["xornet", "chain"]),
        ("pairing", "s1|s1 XOR s2|s3|s4", [("s1", "s1 XOR s2", "s3", "s4")]),
        ("trunk", "shared,separate", ["shared", "separate"]),
    ],
)
def test_values_are_read_as_people_write_them(name: str, text: str, wanted: list) -> None:
    assert values_of(name, text) == wanted


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--hidden", "3"], "a sweep needs a field with several values"),
        (["--hidden", "8:1"], "'8:1' must be first:last"),
        (["--hidden", "1:8:2:2"], "must be first:last"),
        (["--hidden", "1:x"], "'x' is not a whole number"),
        (["--learning-rate", "0.1,fast"], "'fast' is not a number"),
        (["--hidden", "0:2"], "hidden must be a whole number from 1"),
        (["--hidden", "1:2", "--csv", "/no/such/folder/runs.csv"], "there is no folder"),
        (["--hidden", "1:2", "--sample", "9"], "sample must be a whole number from 1 to 2"),
    ],
)
def test_bad_words_are_refused_plainly(
    words: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["sweep", *SMALL, *words]) == 2
    assert problem in capsys.readouterr().err


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("store") / "out"
    sweep(BASE, hidden=[1, 3, 6], learning_rate=[0.1, 0.5], store=folder, progress=False)
    assert cli.main(["report", str(folder)]) == 0
    return (folder / "report.html").read_text(encoding="utf-8")


def test_a_report_has_curve_map_table_and_the_way_to_make_it_again(page: str) -> None:
    assert page.count('src="data:image/png;base64,') == 2
    s = sweep(BASE, hidden=[1, 3, 6], learning_rate=[0.1, 0.5], progress=False)
    assert page.count("<tr>") == 1 + len(s.summary)
    for row in s.summary.itertuples():
        low, high = (f"{x:.2f}".replace("-", "−") for x in (row.S_low, row.S_high))
        assert f"<td>{row.S:.2f} [{low}, {high}]</td>".replace(">-", ">−") in page
    code = re.search("<pre>(.*)</pre>", page, re.DOTALL)
    assert code is not None
    names: dict = {}
    text = code[1].replace("&#x27;", "'").replace(",\n)", ",\n    progress=False)")
    exec(text, names)
    assert_frame_equal(names["s"].runs, s.runs, check_exact=True)


def test_a_report_asks_nothing_of_any_other_place(page: str) -> None:
    assert not re.search(r"(?:src|href)=\"(?!data:)", page)
    assert "http" not in page and "<script" not in page


def test_text_from_a_store_is_escaped(tmp_path: Path) -> None:
    from ncviz import tasks

    name = "<script>alert(1)</script>"
    if name not in tasks.TASKS:
        tasks.register(name, lambda bits: bits[:, 0])
    own = (name, "s1 XOR s2", "s3", "s3 XOR s4")
    sweep(BASE, pairing=["xornet", own], store=tmp_path, progress=False)
    page = write_report(tmp_path).read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_report_needs_a_store_with_a_finished_cell(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is not the store of a sweep"):
        write_report(tmp_path)
