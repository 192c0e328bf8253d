"""The documentation builds without a warning, leads nowhere that is not there, and asks no host."""

import importlib
import json
import re
from collections.abc import Iterator
from dataclasses import fields
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from sphinx.util.inventory import InventoryFile

import documentation
from lab import ROOT
from lesson_pages import as_page
from ncviz import Experiment

ROOMS = ("", "bell", "inference", "mechanism", "regression", "sweeps", "figures", "meaning")
ROOMS += ("classroom", "bert", "bert.real_models")
SOURCE = ROOT / "docs"


class Page(HTMLParser):
    """What a page links to, what it loads, and the names of its places."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.places: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note a start tag's addresses and name."""
        has = {name: value or "" for name, value in attributes}
        self.places.add(has.get("id", ""))
        if tag == "a":
            self.links.append(has.get("href", ""))
        else:
            self.loaded += [has[name] for name in ("src", "href", "data", "poster") if name in has]
            self.loaded += [part.split()[0] for part in has.get("srcset", "").split(",") if part]
            self.loaded += in_style(has.get("style", ""))


def in_style(text: str) -> list[str]:
    """The addresses that a style sheet loads."""
    found = re.findall(r"url\(\s*[\"']?([^\"')]+)|@import\s+[\"']([^\"']+)", text)
    return [first or second for first, second in found]


def pages(built: Path) -> Iterator[tuple[Path, Page]]:
    for path in sorted(built.rglob("*.html")):
        yield path, Page(path)


def test_every_internal_link_leads_somewhere(built: Path) -> None:
    known = dict(pages(built))
    dead = []
    for path, page in known.items():
        for address in [*page.links, *page.loaded]:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            there = target.is_file()
            if there and target.suffix == ".html" and parts.fragment:
                there = unquote(parts.fragment) in known[target].places
            if not there:
                dead.append(f"{path.relative_to(built)}: {address}")
    assert dead == []
    assert len(known) > 20


def test_no_page_loads_anything_from_another_host(built: Path) -> None:
    foreign = [
        f"{path.relative_to(built)}: {address}"
        for path, page in pages(built)
        for address in page.loaded
        if urlsplit(address).netloc
    ]
    for path in built.rglob("*.css"):
        foreign += [a for a in in_style(path.read_text(encoding="utf-8")) if urlsplit(a).netloc]
    assert foreign == []


def test_every_public_name_is_in_the_reference(built: Path) -> None:
    inventory = InventoryFile.loads((built / "objects.inv").read_bytes(), uri="")
    documented = {
        name.rpartition(".")[2]
        for kind, names in inventory.data.items()
        if kind.startswith("py:")
        for name in names
    }
    public = set()
    for room in ROOMS:
        public |= set(importlib.import_module(f"ncviz.{room}".rstrip(".")).__all__)
    # Names of types, for annotations only.
    assert public - documented - {"Array", "Design"} == set()


def test_formulas_need_no_script(built: Path) -> None:
    first = next((built / "lessons").glob("01-*.html"))
    assert "<math" in first.read_text(encoding="utf-8")
    assert [address for address in Page(first).loaded if "mathjax" in address.lower()] == []


def test_every_command_is_on_its_page(built: Path) -> None:
    text = (built / "reference" / "command-line.html").read_text(encoding="utf-8")
    for command in ("lab", "run", "sweep", "report", "class", "bert"):
        assert f"usage: ncviz {command}" in text


# The pages' words


def section(text: str) -> list[str]:
    return re.split(r"^## ", text, flags=re.M)[1:]


def test_ten_questions_are_answered_briefly_and_with_links() -> None:
    questions = section((SOURCE / "questions.md").read_text(encoding="utf-8"))
    assert len(questions) == 10
    for question in questions:
        title, *answer = question.strip().splitlines()
        assert title.endswith("?")
        assert len([line for line in answer if line]) <= 6, title
        assert max(map(len, answer)) <= 120, title
    linked = [question for question in questions if re.search(r"\]\([^)]+\)", question)]
    assert len(linked) >= 9


def test_every_assumption_has_its_field() -> None:
    text = (SOURCE / "ours-and-theirs.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\|.*\|(?P<field>[^|]+)\|$", section(text)[1], flags=re.M)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    # On which device it is computed assumes nothing.
    assert named == {field.name for field in fields(Experiment)} - {"device"}


# Notebooks and links on their way to a page


def test_links_lead_to_pages_and_what_has_none_is_only_named() -> None:
    def relinked(text: str, page: str) -> str:
        return documentation.relinked(text, PurePosixPath(page))

    assert relinked("[a](../docs/cost.md#law)", "lessons/guide.md") == "[a](../cost.md#law)"
    assert relinked("[a](../notebooks/x.ipynb)", "questions.md") == "[a](lessons/x.ipynb)"
    assert relinked("[a](x.ipynb)", "lessons/y.ipynb") == "[a](x.ipynb)"
    assert relinked("[a](../CHANGELOG.md)", "cost.md") == "[a](changelog.md)"
    assert relinked("[a](docs/cost.md)", "contributing.md") == "[a](cost.md)"
    assert relinked("[a](../LICENSE)", "cost.md") == "a"
    for kept in ("[a](https://b.c/d)", "[a](#b)", "![a](pictures/b.png)"):
        assert relinked(kept, "cost.md") == kept


CARD = """
Predict(
    "Is *S* above 2?",
    choices=("yes", "no_way"),
    explain="Because of $2$.",
    run=lambda: 1,
)
"""


def lesson(source: str, **metadata: object) -> list[dict[str, object]]:
    """The cells of a page whose notebook has a title and one code cell."""
    title = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# Title"}
    code = {"cell_type": "code", "id": "b", "metadata": metadata, "source": source}
    still = {"data": {"text/html": '<div class="ncviz-lesson-still">?</div>'}}
    table = {"data": {"text/html": "<table></table>"}}
    notebook = {"cells": [title, code | {"outputs": [still, table]}], "metadata": {}}
    cells: list[dict[str, object]] = json.loads(as_page(json.dumps(notebook)))["cells"]
    return cells


def test_a_card_is_written_out_with_its_answer_folded() -> None:
    _, paper, card, code = lesson(CARD, jupyter={"source_hidden": True})
    asks, explanation = str(card["source"]).split(":collapsible: closed")
    assert "Is *S* above 2?" in asks.replace("\\", "")
    assert "- yes\n- no\\_way" in asks
    assert "Because" not in asks
    assert r"Because of \$2\$." in explanation
    assert "JupyterLab" in str(paper["source"])
    assert code["metadata"]["tags"] == ["hide-input"]  # type: ignore[index]
    assert [output["data"] for output in code["outputs"]] == [  # type: ignore[attr-defined]
        {"text/html": "<table></table>"}
    ]


def test_only_a_card_without_choices_asks_for_a_number() -> None:
    asked = [f'SelfCheck("?"{words})' for words in ("", ", choices=SETTINGS", ", between=(-4, 4)")]
    for_a_number, of_names, within = ("".join(str(lesson(a)[2]["source"])) for a in asked)
    assert "A number." in for_a_number
    assert "number" not in of_names
    assert "A number from −4 to 4." in within


def test_code_without_a_card_stays_as_it_is() -> None:
    _, code = lesson("1 + 1")
    assert code["source"] == "1 + 1"
    assert len(code["outputs"]) == 2  # type: ignore[arg-type]
    assert "tags" not in code["metadata"]  # type: ignore[operator]
