"""The lessons: each runs from top to bottom, prints what is stored in it, and marks its answers."""

import json
import re
from functools import cache
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat import NotebookNode

from lessons import FOLDER, LESSONS, code_cells, executed, numbers, printed

SETTLED = 0.06
"""How far a printed number may be from the stored one: other machines round otherwise."""

DRIVE = """
import gc, json
from ncviz import Predict, SelfCheck

def drive():
    alive = gc.get_objects()
    cards = [one for one in alive if isinstance(one, Predict)]
    checks = [one for one in alive if isinstance(one, SelfCheck)]
    for card in cards:
        asked = card.children[0].asked
        middle = (asked.get("low", 0) + asked.get("high", 0)) / 2
        card.answer(asked["choices"][0] if asked.get("choices") else middle)
        card.start()
        card.wait(timeout=200)
    told = []
    for check in checks:
        right = check._right(check._of.result)
        if check.asked.get("choices"):
            rights = {right} if isinstance(right, str) else set(right)
            answers = [(choice, choice in rights) for choice in check.asked["choices"]]
        else:
            answers = [(right, True), (right + 2 * check._within + 1, False)]
        for answer, expected in answers:
            check.answer(answer)
            told.append([check.question, str(answer), expected, check.mark, check.message])
    return {"cards": [card.describe() for card in cards], "checks": told,
            "compared": [card.children[0].comparison for card in cards]}

print(json.dumps(drive()))
"""


trained = pytest.mark.long(
    "notebooks",
    "tools/lessons.py",
    "ncviz/basics",
    "ncviz/bell",
    "ncviz/engine",
    "ncviz/experiment.py",
    "ncviz/inference",
    "ncviz/mechanism",
    "ncviz/regression",
    "ncviz/results",
    "ncviz/sweeps",
    "ncviz/widgets/lesson",
)
"""All lessons train, for a minute and more together."""


@cache
def run(path: Path) -> NotebookNode:
    """A lesson in a fresh kernel, every card of it answered and run after the last cell."""
    return executed(path, DRIVE)


def driven(path: Path) -> dict[str, list]:  # type: ignore[type-arg]
    said = [output.text for output in run(path).cells[-1].outputs if "text" in output]
    return json.loads(said[-1])


def is_card(cell: NotebookNode) -> bool:
    return re.search(r"\b(Predict|SelfCheck)\(", cell.source) is not None


lessons = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem[:2])


def test_there_are_five_lessons_and_the_explorer() -> None:
    names = [path.stem for path in LESSONS]
    assert names == [
        "01-a-bell-test-for-a-network",
        "02-where-the-heads-fight",
        "03-does-s-predict-generalisation",
        "04-is-it-quantum",
        "05-real-models",
    ]


@trained
@lessons
def test_what_is_stored_is_what_the_code_prints(path: Path) -> None:
    stored, now = nbformat.read(path, as_version=4), run(path)
    compared = 0
    for before, after in zip(code_cells(stored), code_cells(now), strict=False):
        assert before.source == after.source
        if is_card(before):
            continue  # what it prints is the student's own run
        # Words are the lesson's own and may depend on what is installed; numbers are results.
        was, is_ = numbers(printed(before)), numbers(printed(after))
        assert len(was) == len(is_), f"{path.name}, cell {before.id}"
        assert np.allclose(was, is_, rtol=0.03, atol=SETTLED), f"{path.name}, cell {before.id}"
        compared += len(was)
    assert compared > 10


@trained
@lessons
def test_each_card_compares_prediction_and_result(path: Path) -> None:
    said = driven(path)
    assert len(said["cards"]) >= 3
    assert all(len(words) > 20 for words in said["compared"])


@trained
@lessons
def test_answers_are_marked_by_the_students_own_run(path: Path) -> None:
    checks = driven(path)["checks"]
    assert len({question for question, *_ in checks}) >= 2
    for question, answer, expected, mark, message in checks:
        assert mark is expected, f"{question}: {answer}"
        assert len(message) > 20, f"{question}: {answer} is marked without a reason"


@lessons
def test_cards_hide_their_answers_until_they_are_run(path: Path) -> None:
    for cell in code_cells(nbformat.read(path, as_version=4)):
        if is_card(cell):
            assert cell.metadata.get("jupyter", {}).get("source_hidden"), cell.id


@lessons
def test_a_lesson_opens_without_a_question_and_without_scaffolding(path: Path) -> None:
    stored = nbformat.read(path, as_version=4)
    nbformat.validate(stored)
    assert stored.metadata.kernelspec.name == "python3"
    assert "widgets" not in stored.metadata
    text = json.dumps(stored)
    assert "widget-view" not in text and "Traceback" not in text
    assert re.search(r"About \d+ minutes", text)
    for heading in (
        "Try this",
        "What to take away",
        "what the paper says",
        "what we had to assume",
    ):
        assert heading in text


@lessons
def test_links_of_a_lesson_lead_somewhere(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "markdown":
            continue
        for target in re.findall(r"\]\(([^)]+)\)", cell.source):
            if target.startswith("https://arxiv.org/abs/"):
                assert re.fullmatch(r"https://arxiv.org/abs/([a-z-]+/\d{7}|\d{4}\.\d{4,5})", target)
            else:
                assert (FOLDER / target).resolve().exists(), f"{path.name}: {target}"
