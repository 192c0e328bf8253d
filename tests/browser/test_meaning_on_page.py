"""The tab "What does it mean?" on the page: by keyboard, role and name."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.colours import LUMINANCES
from browser.explorer_page import OVERFLOW, PART, button, control, shown_s, training_step
from lab import wait_for
from widget_page import Names, set_theme

EXPLORER = (
    "from ncviz import Experiment, Explorer\n\nexplorer = Explorer(steps=500, runs=20)\nexplorer"
)
CARDS = (
    "Is this network quantum?",
    "Where the network stands",
    "What accounts for S",
    "Does the partner’s task matter?",
    "How the evidence grows",
    "Who can influence whom",
    "How much of it is only sensitivity?",
    "The same points under four settings",
)


@pytest.fixture
def page(opened: tuple[Page, Names]) -> Page:
    """The page, back where it began: the tab "Play" is open."""
    page, kernel = opened
    kernel.run("explorer.experiment = Experiment(steps=500, runs=20)")
    kernel.run(PART + "part('ReplayBar').live = True; part('Tabs').chosen = 'play'")
    wait_for(lambda: kernel.eval("explorer.result is not None"))
    shown_s(page)
    expect(card(page, "S while it trains")).to_be_visible()
    return page


def tab(page: Page, name: str) -> Locator:
    return page.locator(".ncviz-explorer").get_by_role("tab", name=name, exact=True)


def card(page: Page, name: str) -> Locator:
    """The visible card of this name; a hidden one of another tab may have the same."""
    return page.get_by_role("region", name=name, exact=True)


def open_meaning(page: Page) -> Locator:
    """Open the tab, wait for the answer and return its card."""
    tab(page, "What does it mean?").click()
    answer = card(page, CARDS[0])
    expect(answer).to_contain_text("No. It is an ordinary program")
    return answer


def test_the_arrow_keys_lead_through_the_tabs(page: Page, kernel: Names) -> None:
    row = page.get_by_role("tablist", name="NCnet Explorer", exact=True)
    tabs = row.get_by_role("tab")
    expect(tabs.first).to_have_text("Play")
    expect(tabs.nth(1)).to_have_text("What does it mean?")
    last = tabs.count() - 1
    tabs.first.focus()
    keys = {"ArrowRight": 1, "ArrowLeft": 0, "End": last, "Home": 0}
    for key, at in (*keys.items(), ("ArrowLeft", last), ("ArrowRight", 0), ("ArrowRight", 1)):
        page.keyboard.press(key)
        expect(tabs.nth(at)).to_be_focused()
        for k, each in enumerate(tabs.all()):
            expect(each).to_have_attribute("aria-selected", str(k == at).lower())
            expect(each).to_have_attribute("tabindex", "0" if k == at else "-1")
    wait_for(lambda: kernel.eval("explorer.state.tab"), lambda now: now == "meaning")
    expect(card(page, CARDS[0])).to_be_visible()


def test_the_tab_shows_its_cards_in_place_of_the_charts(page: Page) -> None:
    open_meaning(page)
    for name in CARDS:
        expect(card(page, name)).to_have_count(1)
        expect(card(page, name)).to_be_visible()
        expect(card(page, name).locator("> .ncviz-wait")).to_be_hidden()
    for name in ("S while it trains", "Losses in the four settings", "The net", "How S adds up"):
        expect(card(page, name)).to_have_count(0)
    for field in ("hidden", "pairing", "learning_rate", "runs", "trunk", "seed"):
        control(page, field).click(trial=True)
    expect(training_step(page)).to_be_visible()
    tab(page, "Play").click()
    expect(card(page, "S while it trains")).to_be_visible()
    expect(card(page, CARDS[0])).to_have_count(0)


def test_the_answer_is_readable_in_light_and_dark(page: Page) -> None:
    answer = open_meaning(page)
    expect(answer.get_by_role("listitem").filter(has_text="fails")).to_have_count(1)
    expect(answer.get_by_text("Hensen et al. 2015")).to_be_visible()
    parts = [answer.locator(".ncviz-answer-word"), answer.locator("cite").first]
    parts.append(answer.get_by_text("fails", exact=True))
    for theme in ("light", "dark"):
        set_theme(page, theme)
        for part in parts:
            pair = part.evaluate(LUMINANCES)
            assert (max(pair) + 0.05) / (min(pair) + 0.05) >= 4.5, part  # WCAG's contrast of text
    set_theme(page, "light")


def test_a_situation_changes_the_answer(page: Page) -> None:
    answer = open_meaning(page)
    button(page, "no shared neurons").click()
    expect(answer).to_contain_text("S is at most 2 in every single run")
    expect(answer.get_by_text("fails", exact=True)).to_have_count(0)
    ways = card(page, "Who can influence whom")
    expect(ways).to_contain_text("exactly 0 of 102,400 outcomes change")
    crossing = ways.locator(
        "svg [style*='opacity: 0.8']"
    )  # what else there is, is not seen through
    expect(ways.locator("svg")).to_be_visible()
    expect(crossing).to_have_count(0)
    button(page, "critical").click()
    expect(answer.get_by_text("fails", exact=True)).to_have_count(1)
    expect(crossing.first).to_be_attached()


def test_the_numbers_in_the_tab_are_those_of_the_kernel(page: Page, kernel: Names) -> None:
    open_meaning(page)
    summary = "explorer.result.summary"
    numbers = kernel.eval(f"[float(x.value) for x in ({summary}.excess, {summary}.delta)]")
    lines = card(page, "What accounts for S").get_by_role("listitem")
    for line, value in zip(lines.all(), numbers, strict=False):
        expect(line.locator("b")).to_have_text(f"{value:.2f}".replace("-", "−"))


def test_the_placebo_is_trained_in_its_card(page: Page) -> None:
    open_meaning(page)
    trial = card(page, "How much of it is only sensitivity?")
    trial.get_by_label("Runs", exact=True).fill("3")
    trial.get_by_role("button", name="Start", exact=True).click()
    expect(trial.get_by_role("alert").filter(visible=True)).to_contain_text("from 4 to 400")
    trial.get_by_label("Runs", exact=True).fill("8")
    trial.get_by_role("button", name="Start", exact=True).press("Enter")
    expect(trial.locator(".ncviz-trial-status")).to_have_text("done")
    expect(trial.get_by_role("img")).to_have_accessible_name(
        re.compile("starts from other weights")
    )
    expect(trial.get_by_role("rowheader")).to_have_text(["A1", "A2", "B1", "B2"])


def test_replay_moves_the_open_tab(page: Page) -> None:
    answer = open_meaning(page)
    expect(answer).to_contain_text("over 20 runs")
    training_step(page).press("Home")
    expect(answer).not_to_contain_text("over 20 runs")  # a test is made at the end only
    points = card(page, "The same points under four settings")
    expect(points).to_contain_text("when the training is done")
    button(page, "Newest").click()
    expect(points).to_contain_text(re.compile(r"Run 0: of 512 held-out points"))


@pytest.mark.parametrize("width", [1440, 768, 390])
def test_nothing_of_the_tab_overflows(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    open_meaning(page)
    for name in CARDS:
        expect(card(page, name).locator("> .ncviz-wait")).to_be_hidden()
    wait_for(lambda: page.locator(".ncviz-explorer").evaluate(OVERFLOW), lambda found: not found)
    page.set_viewport_size({"width": 1440, "height": 1000})


def test_the_sliders_of_a_phone_stay_in_reach(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_meaning(page)
    card(page, CARDS[-1]).scroll_into_view_if_needed()
    expect(control(page, "hidden")).to_be_in_viewport()
    page.set_viewport_size({"width": 1440, "height": 1000})
