"""CSV that a spreadsheet may open: no text of it is a formula, and all of it is read back."""

import csv
import io
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncviz import Experiment, sweep, tasks
from ncviz.basics.writing import as_csv, guarded, unguarded
from ncviz.cli import main as cli

SIGNS = "=+-@＝＋－＠"
texts = st.text(st.sampled_from([*SIGNS, *" ';,\t\r\n1aä|\u00a0"]), max_size=12) | st.text()


@given(texts)
def test_no_cell_is_a_formula_wherever_a_spreadsheet_splits_it(text: str) -> None:
    for cell in re.split(r"[,;\t\r\n]", guarded(text)):
        assert cell.strip()[:1] not in {*SIGNS}


@given(texts)
def test_what_is_guarded_comes_back(text: str) -> None:
    assert unguarded(guarded(text)) == text


@given(st.lists(texts.filter(lambda text: "\0" not in text), min_size=1, max_size=4))
def test_a_table_keeps_its_texts_and_its_numbers_to_the_last_bit(names: list[str]) -> None:
    numbers = [-0.1 - k / 3 for k in range(len(names))]
    data = as_csv(pd.DataFrame({"name": names, "S": numbers, "n": range(-1, len(names) - 1)}))
    _, *rows = csv.reader(io.StringIO(data.decode(), newline=""))
    assert [(unguarded(a), float(b), int(c)) for a, b, c in rows] == [
        (name, number, k - 1) for k, (name, number) in enumerate(zip(names, numbers, strict=True))
    ]


@pytest.mark.parametrize("kind", ["category", "string", "object"])
def test_texts_of_every_kind_are_guarded(kind: str) -> None:
    assert b"'=x" in as_csv(pd.DataFrame({"a": pd.Series(["=x", None], dtype=kind)}))


def test_the_files_of_the_command_line_are_guarded(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    evil = "=HYPERLINK(1)"
    labels = tasks.TASKS["s1"].labels
    monkeypatch.setitem(tasks.TASKS, evil, tasks.Task(evil, labels))
    four = [evil, "s1 XOR s2", "s3", "s3 XOR s4"]
    path = str(tmp_path / "out.csv")
    small = ["--runs", "2", "--steps", "20", "--n-test", "16"]
    assert cli.main(["sweep", "--pairing", f"{'|'.join(four)},easy", *small, "--csv", path]) == 0
    there = pd.read_csv(path)
    assert there["pairing"][0] == f"'{' | '.join(four)}"
    base = Experiment(runs=2, steps=20, n_test=16)
    ours = sweep(base, pairing=[tuple(four), "easy"], progress=False).runs
    there["pairing"] = there["pairing"].map(unguarded)
    pd.testing.assert_frame_equal(there.astype({"seed": "uint64"}), ours, check_exact=True)
    assert cli.main(["run", "--seed", str(2**64 - 1), *small, "--csv", path]) == 0
    assert pd.read_csv(path)["seed"].tolist() == [2**64 - 1] * 2
