"""Text from outside is text in every page, picture and table that ncviz writes."""

import ast
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest

from hostile import HOSTILE, Reader
from lab import ROOT
from ncviz import Experiment, figures, sweep, tasks
from ncviz.classroom import pool
from ncviz.classroom.page import class_page
from ncviz.pages import document as page
from ncviz.pages.sweep import write_report
from ncviz.results.pins import Pins
from ncviz.widgets.parts.still import bundle
from stores import rewrite

QUICK = Experiment(runs=4, steps=20, n_test=64)
SCRIPTS = sorted((ROOT / "ncviz/widgets/static").glob("*.js"))
MARKUP = re.compile(
    r"(inner|outer)HTML|insertAdjacentHTML|createContextualFragment|DOMParser|document\.write"
    r"|srcdoc|\beval\b|new Function|\bimport\(|setTimeout\(\s*[\"'`]|javascript:"
)


@pytest.fixture(scope="module")
def own_tasks() -> tuple[str, ...]:
    """Four tasks whose names are hostile."""
    for at, name in enumerate(HOSTILE[:4]):
        tasks.register(name, lambda points, at=at: points[:, at])
    return HOSTILE[:4]


def check(html: str, *expected: str) -> None:
    """A page without harm, in which each text stands as it came."""
    found = Reader(html)
    assert found.harm == []
    for text in expected:
        assert text in found.text


# Pages


@pytest.mark.parametrize("text", HOSTILE)
def test_the_parts_of_a_page_hold_text_as_text(text: str) -> None:
    def refuse() -> Any:
        raise ValueError(text)

    drawn = page.picture(text, f"caption {text}", lambda: figures.s_of_runs(QUICK.run()))
    parts = [
        *drawn,
        *page.picture("none", "", refuse),
        page.table([text], [[f"cell {text}"]]),
    ]
    html = page.document(text, parts)
    # Underscores in the names of columns are written as spaces.
    check(html, f"caption {text}", f"Not drawn: {text}.", f"cell {text}", text.replace("_", " "))


def test_a_text_that_escapes_nothing_would_be_found() -> None:
    assert all(Reader(f"<p title='{text}'>{text}</p>").harm for text in HOSTILE[:4])


def pinned(experiment: Experiment) -> pd.DataFrame:
    pins = Pins()
    pins.add(experiment.run())
    return pins.frame


def test_a_class_page_holds_names_and_cells_of_files_as_text(tmp_path: Path) -> None:
    names = [text.replace("/", "∕") for text in HOSTILE]
    frame = pinned(QUICK)
    paths = []
    for name in names:
        paths.append(tmp_path / f"{name}.csv")
        frame.assign(**{name: name}).to_csv(paths[-1], index=False)
    for at, text in enumerate(HOSTILE):
        spoiled = frame.astype(object)
        spoiled.loc[0, ("pairing", "optimizer", "S", "hidden", "run")[at % 5]] = text
        paths.append(tmp_path / f"spoiled {at}.csv")
        spoiled.to_csv(paths[-1], index=False)
    for folder in ("one", "two"):  # whose names are told, because the files are called alike
        paths.append(tmp_path / f"{folder} <script>window.hacked=1<" / "script>.csv")
        paths[-1].parent.mkdir()
        frame.to_csv(paths[-1], index=False)
    found = pool(paths)
    html = class_page(found)
    check(html, *found.students, *found.problems)
    assert any("</script><script>" in text for text in found.problems)
    assert any("<script>window.hacked=1</script>" in name for name in found.students)


def test_a_report_holds_tasks_and_versions_as_text(
    tmp_path: Path, own_tasks: tuple[str, ...]
) -> None:
    sweep(QUICK, hidden=[1, 2], pairing=["xornet", own_tasks], store=tmp_path, progress=False)
    for path in tmp_path.glob("*.parquet"):
        rewrite(path, lambda about: about.update(versions={text: text for text in HOSTILE}))
    html = write_report(tmp_path).read_text(encoding="utf-8")
    check(html, *HOSTILE)


@pytest.mark.parametrize("text", HOSTILE)
def test_the_still_of_a_lesson_holds_question_and_answer_as_text(text: str) -> None:
    picture = {"png": b"", "alt": text, "width": 3}
    said = bundle(f"{text}\n{text}", picture)
    assert said["text/plain"] == f"{text}\n{text}"
    check(said["text/html"], text)
    assert Reader(said["text/html"]).tags == {"div", "p", "strong", "img"}


# Pictures


def test_names_in_an_svg_are_text(own_tasks: tuple[str, ...]) -> None:
    result = Experiment(runs=2, steps=20, pairing=own_tasks).run()
    root = ElementTree.fromstring(figures.svg(figures.explorer(result)))
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names & {"script", "image", "foreignObject", "a"} == set()
    assert not [key for element in root.iter() for key in element.attrib if key.startswith("on")]
    texts = [element.text or "" for element in root.iter()]
    assert any(own_tasks[0] in text for text in texts)


def test_a_title_in_an_svg_is_the_text_that_came() -> None:
    axes = figures.s_of_runs(QUICK.run())
    for text in HOSTILE:
        axes.set_title(text)
        root = ElementTree.fromstring(figures.svg(axes.figure))
        assert text in {element.text for element in root.iter()}


# Widgets


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_no_script_makes_markup_or_code_of_text(script: Path) -> None:
    assert not MARKUP.search(script.read_text(encoding="utf-8"))


def test_no_module_shows_html_of_its_own() -> None:
    found = []
    for path in (ROOT / "ncviz").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in getattr(node, "names", ()) if hasattr(alias, "name")]
            name = getattr(node, "name", "")
            if {*names, name} & {"HTML", "HTMLMath", "Markdown", "Javascript", "_repr_html_"}:
                found.append((path.name, node.lineno))
    assert found == []


# Tables: a spreadsheet runs a cell that begins with one of `CAREFUL`

CAREFUL = ("=", "+", "-", "@", "\t", "\r")


def test_no_name_of_ours_begins_like_a_formula() -> None:
    names = [*tasks.TASKS, *tasks.PAIRINGS]
    assert not [name for name in names if name.startswith(CAREFUL) and name not in HOSTILE]


def test_what_a_file_is_called_is_no_formula_in_the_pooled_table(tmp_path: Path) -> None:
    frame = pinned(QUICK)
    paths = [tmp_path / f"{start}cmd|calc{at}.csv" for at, start in enumerate("=+-@")]
    for path in paths:
        frame.to_csv(path, index=False)
    pool(paths).to_csv(tmp_path / "pooled.csv")
    table = pd.read_csv(tmp_path / "pooled.csv", dtype=str)
    cells = [cell for cell in table.to_numpy().ravel() if isinstance(cell, str)]
    number = re.compile(r"-?[\d.]+(e[-+]?\d+)?")
    assert not [c for c in cells if c.startswith(CAREFUL) and not number.fullmatch(c)]
    assert table["student"][0] == "'=cmd|calc0"


def test_an_experiment_from_outside_names_no_task_but_a_known_one() -> None:
    with pytest.raises(ValueError, match="=cmd"):
        Experiment.from_json(json.dumps({"pairing": ["=cmd()", "s1", "s2", "s3"]}))
