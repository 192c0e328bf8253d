"""The notebook as a dashboard: in Voila, where messages run on the kernel's main thread."""

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

import browser.test_lesson_widgets as lesson_cards
import browser.test_slow_motion_on_page as slow_motion
from browser.explorer_page import (
    OVERFLOW,
    S_READOUT,
    Asked,
    asked_by,
    button,
    control,
    expect_another_verdict,
    save,
    shown_s,
    training_step,
    unfold,
    verdict,
)
from browser.test_meaning_on_page import CARDS as MEANING
from browser.test_why_on_page import CARDS as WHY
from browser.test_why_on_page import FIGHT
from lab import PATIENCE, Server, wait_for, write_notebook
from voila_server import HOST, Voila, open_dashboard


def test_slider_retrains_and_no_request_leaves_the_machine(visited: tuple[Page, Asked]) -> None:
    page, asked = visited
    assert -4 <= shown_s(page) <= 4
    before = verdict(page).inner_text()
    slider = control(page, "hidden")
    now = int((slider.get_attribute("aria-valuetext") or "").split()[0])
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", f"{now + 1} neurons")
    expect_another_verdict(page, before)
    for name, cards in (("What does it mean?", MEANING), ("Why?", WHY), ("Sweep", ())):
        page.get_by_role("tab", name=name, exact=True).click()
        expect(page.get_by_role("tabpanel", name=name, exact=True).first).to_be_visible()
        for title in cards:
            card = page.get_by_role("region", name=title, exact=True).locator("visible=true")
            expect(card).to_have_count(1)
            expect(card.locator("> .ncviz-wait")).to_be_hidden()
    expect(page.get_by_role("region", name=FIGHT, exact=True).locator("canvas")).to_have_count(4)
    page.get_by_role("tab", name="Play", exact=True).click()
    assert asked.hosts - {None} == {HOST}
    assert asked.sockets == {HOST}
    assert asked.lacking == []


def test_no_request_of_a_lesson_leaves_the_machine(lesson: tuple[Page, Asked]) -> None:
    page, asked = lesson
    expect(page.get_by_role("heading", name="The game")).to_be_visible()
    expect(page.get_by_role("button").first).to_be_visible()
    # Formulas, which are set with fonts.
    expect(page.locator("mjx-container").first).to_be_visible()
    assert asked.hosts - {None} == {HOST}
    assert asked.lacking == []


def test_no_request_leaves_the_machine_inside_jupyterlabs_server(page: Page, lab: Server) -> None:
    # As on Binder. There Voila is told of another host for formulas.
    asked, before = asked_by(page), lab.get("kernels")
    page.goto(f"{lab.url}/voila/render/explorer.ipynb?token={lab.token}")
    shown_s(page)
    expect(page).to_have_title("ncviz")
    assert asked.hosts - {None} == {HOST}
    assert asked.lacking == []
    page.goto("about:blank")
    wait_for(lambda: len(lab.get("kernels")) == len(before))


def test_replay_own_tasks_compare_and_download(visited: tuple[Page, Asked], tmp_path: Path) -> None:
    page, _ = visited
    page.get_by_role("button", name="Back to the start").click()
    expect(control(page, "hidden")).to_have_attribute("aria-valuetext", "3 neurons")
    shown_s(page)
    expect(training_step(page)).to_have_attribute("aria-valuetext", "step 2000 of 2000")
    training_step(page).press("Home")
    expect(page.locator(S_READOUT)).to_contain_text("step 0: S =")
    button(page, "Keep this").click()
    before = verdict(page).inner_text()
    unfold(page, "Own tasks")
    page.get_by_role("combobox", name="A2, Alice’s second task").select_option("s1")
    expect_another_verdict(page, before)
    expect(page.locator(S_READOUT)).to_contain_text("step 2000: S =")
    s_chart = page.locator("section[aria-label='S while it trains']")
    expect(s_chart).to_contain_text(re.compile("kept: 3 neurons, xornet"))
    frame = pd.read_csv(save(page, "Runs (CSV)", tmp_path))
    assert round(frame.S.mean(), 2) == shown_s(page)
    button(page, "Pin this run").click()
    pinned = page.locator("section[aria-label='Pinned runs']")
    expect(pinned.get_by_role("listitem")).to_contain_text("own tasks")


@pytest.fixture(scope="module")
def cards(browser: Browser, voila: Voila) -> Iterator[Page]:
    """A page with the cards of a lesson and with slow motion."""
    write_notebook(voila.root / "cards.ipynb", lesson_cards.CELL, slow_motion.CELL)
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.set_default_timeout(1000 * PATIENCE)  # the page answers when its cells have run
    open_dashboard(page, voila, "cards.ipynb")
    yield page
    page.close()


def test_a_lessons_cards_work(cards: Page) -> None:
    expect(cards.locator(".ncviz-lesson-still").first).to_be_hidden()
    expect(lesson_cards.run(cards)).to_have_attribute("aria-disabled", "true")
    lesson_cards.carry_out(cards)
    status = lesson_cards.prediction(cards).get_by_role("status")
    expect(status).to_contain_text("You said 2.0; your nets say S =")
    question = lesson_cards.question(cards)
    question.get_by_role("radio", name="A2 with B2", exact=True).check()
    lesson_cards.button(question, "Check").click()
    expect(question.get_by_role("status").first).to_contain_text("✓ Right.")
    for root in cards.locator(".ncviz-lesson, .ncviz-self-check").all():
        assert root.evaluate(OVERFLOW) == []


def test_slow_motion_works(cards: Page) -> None:
    cards.set_viewport_size({"width": 1440, "height": 1000})
    for name in ("10 at a time", "Step Alice"):
        slow_motion.button(cards, name).click()
    slow_motion.expect_updates(cards, 10)
    expect(slow_motion.card(cards)).to_contain_text("The last 10 steps of Alice")
    slow_motion.button(cards, "Play").click()
    wait_for(lambda: slow_motion.updates(cards), lambda now: now >= 40)
