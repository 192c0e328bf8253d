"""`ncviz sweep` and `ncviz report`: the numbers of the library, a page that needs nothing else."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from html import unescape
from pathlib import Path

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import ncviz
from ncviz import Experiment, sweep
from ncviz.cli import main as cli
from ncviz.cli.sweep import values_of
from ncviz.pages.sweep import thinned, write_report

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
    tasks.register(name, lambda bits: bits[:, 0])
    own = (name, "s1 XOR s2", "s3", "s3 XOR s4")
    sweep(BASE, pairing=["xornet", own], store=tmp_path, progress=False)
    page = write_report(tmp_path).read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_report_needs_a_store_with_a_finished_cell(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is not the store of a sweep"):
        write_report(tmp_path)


# Sweeps of every kind and size


def report(folder: Path) -> str:
    return write_report(folder).read_text(encoding="utf-8")


def test_a_report_of_more_lines_than_can_be_told_apart_says_what_it_draws(tmp_path: Path) -> None:
    tiny = replace(BASE, runs=2, steps=3, n_test=8)
    rates = [0.1 * k for k in range(1, 10)]
    sweep(tiny, hidden=[1, 2], learning_rate=rates, seed=[0, 1], store=tmp_path, progress=False)
    page = report(tmp_path)
    assert page.count("<tr>") == 1 + 36
    assert page.count('src="data:image/png;base64,') == 2 and "Not drawn" not in page
    assert "Drawn are 6 of 18 lines, one for each learning rate, seed," in page
    assert "the other 12 are in the table" in page
    assert "Drawn for seed 0: one of 2 maps" in page


def test_what_is_drawn_of_much_is_spread_evenly_and_not_chosen_by_what_was_found() -> None:
    assert thinned([*range(100)], 4) == [0, 33, 66, 99]
    assert thinned([3, 1, 2], 3) == [3, 1, 2]


@pytest.mark.parametrize(
    "varied",
    [
        {"seed": range(3)},
        {"learning_rate": [0.1, 0.5]},
        {"batch_size": [1, 2], "hidden": [1, 2]},
        {"pairing": ["easy", ("s1", "s2", "s3", "s4")], "outcome": ["correct", "success"]},
        {"hidden": range(1, 31)},
        {"learning_rate": [1e30], "activation": ["relu", "tanh"]},
    ],
    ids=lambda varied: ", ".join(varied),
)
def test_a_report_of_any_fields_can_be_written(tmp_path: Path, varied: dict) -> None:
    few = Experiment(runs=2, steps=3, n_test=8, n_train=2, batch_size=2)
    s = sweep(few, store=tmp_path, progress=False, **varied)
    page = report(tmp_path)
    assert page.count("<tr>") == 1 + len(s.summary)
    code = re.search("<pre>(.*)</pre>", page, re.DOTALL)
    assert code is not None
    names: dict = {}
    exec(unescape(code[1]).replace(",\n)", ",\n    progress=False)"), names)
    assert {*names["s"].cells} == {*s.cells}


def test_a_report_of_part_of_a_grid_says_so(tmp_path: Path) -> None:
    sweep(BASE, hidden=[1, 2], seed=[0, 1], sample=3, store=tmp_path, progress=False)
    assert "Of the 4 cells of this grid 3 are finished." in report(tmp_path)


@pytest.mark.long("ncviz/sweeps", "ncviz/cli/sweep.py")
def test_a_report_of_ten_thousand_cells_takes_seconds_and_little_memory(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    done = subprocess.run(
        [sys.executable, "-c", TEN_THOUSAND, str(folder)],
        env={**os.environ, "PYTHONPATH": str(Path(ncviz.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 0, done.stderr
    summary, whole, memory = map(float, done.stdout.split())
    assert summary < 5  # seconds of the processor
    assert whole < 60
    assert memory < 500  # MB at most, libraries and all
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert page.count("<tr>") == 10_001 and "6 of 500 lines" in page


TEN_THOUSAND = """
import os, subprocess, sys, time
from dataclasses import replace
from ncviz import Experiment, Sweep
from ncviz.sweeps.cell import run_cells
from ncviz.sweeps.grid import grid
from ncviz.sweeps.store import Store

base = Experiment(runs=50, steps=200)
rates = [k / 50 for k in range(1, 26)]
varied = {"hidden": range(1, 21), "learning_rate": rates, "seed": range(20)}
cells = grid(base, varied)
some = [run_cells([replace(base, hidden=1 + k % 8, seed=k)])[0] for k in range(40)]
frames = {cell: some[k % 40] for k, cell in enumerate(cells)}
start = time.process_time()
assert len(Sweep(base, tuple(varied), tuple(cells), frames).summary) == 10_000
print(time.process_time() - start)
# The store is filled elsewhere, so that only the report's memory is measured here.
os.fsync = lambda file: None  # nothing here must outlive a power cut
store = Store(sys.argv[1], base, [*varied])
for cell, frame in frames.items():
    store.save(cell, frame)
REPORT = '''
import resource, sys, time
from ncviz.pages.sweep import write_report
start = time.process_time()
write_report(sys.argv[1])
print(time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
'''
print(subprocess.run([sys.executable, "-c", REPORT, sys.argv[1]], check=True, text=True,
                     capture_output=True).stdout)
"""
