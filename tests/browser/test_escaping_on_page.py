"""Texts from outside are text: in an Explorer, in a lesson, and in the pages that we write."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.explorer_page import button, unfold
from hostile import HOSTILE
from ncviz.pages.document import document, table
from ncviz.widgets.parts.still import bundle
from widget_page import Names

EXPLORER = f"""
from ncviz import Experiment, Explorer, Predict, SelfCheck, tasks

HOSTILE = {HOSTILE!r}
names = HOSTILE[:4]
for at, name in enumerate(names):
    tasks.register(name, lambda points, at=at: points[:, at])
explorer = Explorer(runs=5, steps=50, pairing=names, lesson="\\n".join(HOSTILE))
first = Predict(
    HOSTILE[0],
    choices=HOSTILE,
    run=Experiment(runs=2, steps=20),
    compare=lambda said, result: said,
    explain="\\n\\n".join(HOSTILE),
)
check = SelfCheck(
    HOSTILE[1],
    of=first,
    choices=HOSTILE,
    right=lambda result: HOSTILE[0],
    why=lambda result, answer: answer,
)
failing = Predict(HOSTILE[2], choices=HOSTILE, run=lambda: int(HOSTILE[0]), compare=lambda *_: "")
display(explorer, first, check, failing)
"""
HARM = """() => [...document.querySelectorAll(":is(.ncviz-explorer, .ncviz-lesson, "
    + ".ncviz-self-check, .ncviz-lesson-still) *")].filter(e =>
        e.matches("script, iframe, img[src=x], a[href]")
        || [...e.attributes].some(a => a.name.startsWith("on"))
    ).map(e => e.outerHTML.slice(0, 120))"""


def check(page: Page) -> None:
    page.wait_for_timeout(300)
    assert page.evaluate("window.hacked") is None
    assert page.evaluate(HARM) == []


def test_names_pins_and_a_teachers_words_are_text(opened: tuple[Page, Names]) -> None:
    page, _ = opened
    for text in HOSTILE:
        expect(page.locator(".ncviz-explorer").get_by_text(text, exact=True).first).to_be_visible()
    unfold(page, "Own tasks")
    button(page, "Pin this run").press("Enter")
    expect(page.locator(".ncviz-pinned li")).to_have_count(1)
    check(page)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_pasted_comes_back_as_text(opened: tuple[Page, Names], text: str) -> None:
    page, _ = opened
    box = page.get_by_label("Return to a saved state")
    box.fill(text)
    box.press("Enter")
    expect(page.locator(".ncviz-take .ncviz-message")).to_contain_text("Nothing was changed")
    check(page)


def test_questions_answers_and_errors_of_a_lesson_are_text(opened: tuple[Page, Names]) -> None:
    page, kernel = opened
    kernel.run("first.answer(HOSTILE[1]); first.start(); first.wait(timeout=60)")
    kernel.run("check.answer(HOSTILE[3])")
    kernel.run("failing.answer(HOSTILE[1]); failing.start()")
    cards = page.locator(".ncviz-lesson, .ncviz-self-check")
    expect(page.locator(".ncviz-lesson-told").first).to_have_text(HOSTILE[1])
    expect(page.locator(".ncviz-lesson-mark")).to_contain_text(HOSTILE[3])
    expect(page.locator(".ncviz-lesson-trouble:visible")).to_contain_text("img src=x")
    for text in HOSTILE:
        expect(cards.first.get_by_role("radio", name=text, exact=True)).to_have_count(1)
    check(page)


def test_the_pages_that_we_write_run_nothing(browser: Browser, tmp_path: Path) -> None:
    page = browser.new_page()
    for text in HOSTILE:
        still = bundle(f"{text}\n{text}", {"png": b"", "alt": text, "width": 3})["text/html"]
        path = tmp_path / "page.html"
        path.write_text(document(text, [table([text], [[text]]), still]), encoding="utf-8")
        page.goto(path.as_uri())
        assert page.title() == " ".join(text.split())
        expect(page.get_by_role("cell", name=text, exact=True)).to_be_visible()
        assert page.evaluate("window.hacked") is None
    page.close()
