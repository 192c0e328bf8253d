"""`ncviz class`: six students' files to a table, a page and a table of runs."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from ncviz import Experiment
from ncviz.classroom import pool
from ncviz.cli import main as cli
from ncviz.results.pins import Pins

NAMES = ("ann", "ben", "cid", "dora", "eli", "<fay>")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class")
    for seed, name in enumerate(NAMES):
        pins = Pins()
        for hidden in (1, 3):
            pins.add(Experiment(hidden=hidden, seed=seed, runs=5, steps=60, n_test=64).run())
        pins.add(Experiment(hidden=3, runs=5, steps=60, n_test=64, learning_rate=0.1).run())
        pins.frame.to_csv(folder / f"{name}.csv", index=False)
    (folder / "notes.csv").write_text("a,b\n1,2\n")
    return folder


@pytest.fixture
def there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(folder)
    return folder


def test_a_pattern_is_expanded_and_everything_is_told(
    there: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["class", "*.csv"]) == 0
    out = capsys.readouterr().out
    found = pool(sorted(there.glob("*.csv")))
    assert "6 students pinned 90 runs, 65 of them different." in out
    assert "6 students (<fay>, ann, ben and 3 others) pinned the same 5 runs, seed 0" in out
    assert "notes: it is no file of pinned runs" in out
    for row in found.groups[0].table.itertuples():
        assert re.search(rf"{row.hidden} +{row.S:.3f} +{row.S_low:.3f} +{row.S_high:.3f}", out)
    assert "over runs and students" in out and "learning rate 0.1" in out


def test_json_and_csv_hold_what_the_library_finds(
    there: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["class", "*.csv", "--json", "--csv", str(tmp_path / "all.csv")]) == 0
    told = json.loads(capsys.readouterr().out)
    found = pool(sorted(there.glob("*.csv")))
    assert told["students"] == list(found.students) and told["runs"] == 65
    first = told["groups"][0]["curve"][1]
    assert first["hidden"] == 3 and first["students"] == 6
    assert first["S"]["value"] == found.curve.S[1].value
    assert first["S"]["low"] == found.curve.S[1].low
    saved = pd.read_csv(tmp_path / "all.csv")
    assert len(saved) == 65 and saved["S"].tolist() == pytest.approx(found.runs["S"].tolist())


def test_the_page_stands_alone(there: Path, tmp_path: Path) -> None:
    assert cli.main(["class", "*.csv", "--html", str(tmp_path / "class.html")]) == 0
    page = (tmp_path / "class.html").read_text(encoding="utf-8")
    assert page.count('src="data:image/png;base64,') == 4
    assert not re.search(r"(?:src|href)=\"(?!data:)", page)
    assert "http" not in page and "<script" not in page and "<fay>" not in page
    assert page.index("learning rate 0.5") < page.index("learning rate 0.1")
    assert all(f"<td>{name}</td>" in page for name in NAMES[:5])


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["nothing*.csv"], "nothing*: there is no such file"),
        (["notes.csv"], "there are no usable pinned runs"),
        (["*.csv", "--csv", "ann.csv"], "ann.csv is a student’s file"),
        (["*.csv", "--html", "./ann.csv"], "ann.csv is a student’s file"),
        (["*.csv", "--html", "no/such/page.html"], "html: there is no folder"),
    ],
)
def test_bad_words_are_refused_plainly(
    words: list[str], problem: str, there: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (there / "ann.csv").read_bytes()
    assert cli.main(["class", *words]) == 2
    assert problem in capsys.readouterr().err
    assert (there / "ann.csv").read_bytes() == before


def test_a_file_with_brackets_in_its_name_is_that_file(there: Path, tmp_path: Path) -> None:
    strange = tmp_path / "pins [1].csv"
    strange.write_bytes((there / "ann.csv").read_bytes())
    assert cli.main(["class", str(strange)]) == 0
