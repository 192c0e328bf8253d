"""Lesson 1 as a student takes it: on a screen as wide as a phone, card by card, to its end."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from browser.explorer_page import OVERFLOW
from lab import Kernel, Server, open_notebook, set_theme, wait_for

LESSON = "01-a-bell-test-for-a-network.ipynb"
CARDS = {
    "What is the largest S that any of the 16 plans reaches?": "3",
    "The hidden layer has 3 neurons. What will S be, on average over 100 runs?": "2.5",
    "With 8 hidden neurons instead of 3, S will be …": "larger",
    "With a wall between them, in how many of 100 runs will S be above 2?": "30",
}
CHECKS = {
    "How many of the 16 plans reach S = 2?": ("3", "8"),
    "Which combination has the lowest correlator in your run?": ("A1 with B1", "A2 with B2"),
}


@pytest.fixture(scope="module")
def opened(browser: Browser, lab: Server) -> Iterator[tuple[Page, Kernel]]:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.set_default_timeout(90_000)
    open_notebook(page, lab, LESSON, view="doc")
    page.set_viewport_size({"width": 1400, "height": 844})  # the menu bar has no room on a phone
    set_theme(page, "JupyterLab Light")
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator('.lm-Menu [data-command="runmenu:run-all"]').click()
    page.set_viewport_size({"width": 390, "height": 844})
    with lab.kernel(LESSON) as kernel:
        wait_for(lambda: kernel.eval("'numbers' in globals()"), seconds=180)
        yield page, kernel
    page.close()
    lab.shut_down_kernels()


def brought(page: Page, question: str) -> Locator:
    """The card of a question, scrolled to as with a finger: far cells are not on the page yet."""
    card = page.get_by_role("region", name=question, exact=True)
    page.mouse.move(195, 500)
    for _ in range(80):
        if card.count():
            card.scroll_into_view_if_needed()
            return card
        page.mouse.wheel(0, 350)
        page.wait_for_timeout(100)
    raise AssertionError(f"no card asks {question!r}")


def give(card: Locator, answer: str) -> None:
    box = card.get_by_role("textbox")
    if box.count():
        box.fill(answer)
    else:
        card.get_by_role("radio", name=answer, exact=True).check()


def test_lesson_1_can_be_followed_to_its_end_on_a_phone(opened: tuple[Page, Kernel]) -> None:
    page, kernel = opened
    page.locator(".jp-WindowedPanel-outer").evaluate("e => e.scrollTo(0, 0)")
    for question, prediction in CARDS.items():
        card = brought(page, question)
        main = card.locator(".ncviz-lesson-main")
        expect(main).to_have_attribute("aria-disabled", "true")
        give(card, prediction)
        main.click()
        expect(card.get_by_role("button", name="Predict again", exact=True)).to_be_visible()
        expect(card.get_by_role("status")).to_contain_text(re.compile(r"^You said:? "))
        assert card.evaluate(OVERFLOW) == [], question
    for question, (wrong, right) in CHECKS.items():
        page.locator(".jp-WindowedPanel-outer").evaluate("e => e.scrollTo(0, 0)")
        check = brought(page, question)
        give(check, wrong)
        check.get_by_role("button", name="Check", exact=True).click()
        expect(check).to_contain_text("Not yet")
        expect(check).to_contain_text(re.compile(r"8 plans have S = 2|A2, B2\) = 0\.\d\d"))
        give(check, right)
        check.get_by_role("button", name="Check", exact=True).click()
        expect(check).to_contain_text("✓ Right.")
    assert kernel.eval("float(walls.result['a layer each'].runs.S.max())") <= 2
