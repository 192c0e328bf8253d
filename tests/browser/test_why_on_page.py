"""The tab "Why?" on the page: by keyboard, role and name."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.explorer_page import OVERFLOW, PART, shown_s, training_step
from lab import wait_for
from widget_page import Names, set_theme

EXPLORER = (
    "from ncviz import Experiment, Explorer\n\nexplorer = Explorer(steps=400, runs=8)\nexplorer"
)
FIGHT, NET, BUMP = "Who fights over which neuron", "The net", "What removes the bump?"
CARDS = (
    FIGHT,
    NET,
    "Slow motion",
    "Do the losses swing against each other?",
    "Can Alice’s loss tell Bob’s task?",
    BUMP,
)

PAINTED = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const seen = new Set();
  for (let k = 0; k < data.length; k += 4) seen.add(`${data[k]},${data[k + 1]},${data[k + 2]}`);
  return seen.size;
}"""


@pytest.fixture
def page(opened: tuple[Page, Names]) -> Page:
    """The page, back where it began, with the tab open."""
    page, kernel = opened
    kernel.run("explorer.experiment = Experiment(steps=400, runs=8)")
    kernel.run(PART + "part('ReplayBar').live = True")
    wait_for(lambda: kernel.eval("explorer.result is not None"))
    page.locator(".ncviz-explorer").get_by_role("tab", name="Why?", exact=True).click()
    expect(card(page, FIGHT)).to_contain_text("Opposing pull in the last quarter")
    return page


def card(page: Page, name: str) -> Locator:
    """The visible card of this name; a hidden one of another tab may have the same."""
    return page.get_by_role("region", name=name, exact=True).locator("visible=true")


def test_the_tab_shows_its_cards_in_place_of_the_charts(page: Page) -> None:
    for name in CARDS:
        expect(card(page, name)).to_have_count(1)
    expect(card(page, "S while it trains")).to_have_count(0)
    expect(training_step(page)).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_four_maps_are_painted(page: Page, theme: str) -> None:
    set_theme(page, theme)
    maps = card(page, FIGHT).locator("canvas")
    expect(maps).to_have_count(4)
    for each in maps.all():
        wait_for(lambda each=each: each.evaluate(PAINTED) > 20)
    set_theme(page, "light")


def test_the_arrow_keys_move_the_table_to_another_step(page: Page) -> None:
    fight = card(page, FIGHT)
    rows = fight.get_by_role("row")
    expect(rows).to_have_count(4)
    before = rows.nth(1).inner_text()
    fight.get_by_role("group").focus()
    page.keyboard.press("Home")
    expect(fight).to_contain_text("The table below is at step 0.")
    expect(rows.nth(1)).not_to_have_text(before)
    page.keyboard.press("Escape")
    expect(fight).to_contain_text("The table below is at step 400.")


def test_the_run_and_the_setting_are_those_of_the_net_beside_it(page: Page) -> None:
    fight, net = card(page, FIGHT), card(page, NET)
    fight.get_by_label("Neurons in").select_option("A1 with B2")
    expect(net.get_by_label("Setting")).to_have_value("12")
    fight.get_by_label("Run", exact=True).fill("3")
    fight.get_by_label("Run", exact=True).press("Enter")
    expect(net.locator(".ncviz-sub")).to_contain_text("run 3")
    expect(fight).to_contain_text("Run 3, step 400:")
    fight.get_by_label("Show").select_option("the mean of all runs")
    expect(fight).to_contain_text("On average over runs")
    expect(fight.get_by_label("Run", exact=True)).to_be_hidden()
    fight.get_by_label("Show").select_option("one run")


def test_a_ring_says_who_uses_a_neuron_and_words_say_it_too(page: Page) -> None:
    net = card(page, NET)
    expect(net.locator(".ncviz-net-ring")).to_have_count(6)
    picture = net.get_by_role("application")
    picture.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(net).to_contain_text(
        re.compile(r"neuron 1: bias .*; of its use Alice has \d+ %, Bob \d")
    )


def test_the_fight_follows_the_explorer(page: Page, kernel: Names) -> None:
    training_step(page).press("Home")
    expect(card(page, FIGHT)).to_contain_text("step 0:")
    kernel.run("explorer.experiment = Experiment(steps=400, runs=8, trunk='separate')")
    expect(card(page, FIGHT)).to_contain_text("there is no neuron to fight over")
    kernel.run("explorer.experiment = Experiment(steps=400, runs=8, hidden=5)")
    expect(card(page, FIGHT).get_by_role("row")).to_have_count(6)


def test_a_trial_says_what_is_wrong_and_can_be_cancelled(page: Page) -> None:
    trial = card(page, CARDS[4])
    trial.get_by_label("Runs a size").fill("5")
    trial.get_by_role("button", name="Start", exact=True).click()
    expect(trial.get_by_role("alert").filter(visible=True)).to_contain_text("from 10 to 400")
    trial.get_by_label("Runs a size").fill("400")
    trial.get_by_role("button", name="Start", exact=True).click()
    trial.get_by_role("button", name="Cancel", exact=True).click()
    expect(trial).to_contain_text("stopped; what was found stays")


def test_an_intervention_that_is_pressed_becomes_the_experiment(page: Page) -> None:
    trial = card(page, BUMP)
    for label, value in (("Hidden neurons from", "2"), ("to", "2"), ("Runs a size", "4")):
        trial.get_by_label(label, exact=True).fill(value)
    trial.get_by_role("button", name="Start", exact=True).press("Enter")
    rows = trial.get_by_role("button", name=re.compile("none|trunk|gradient|PCGrad|MGDA|Adam"))
    expect(rows.first).to_have_text("none")
    expect(trial.locator(".ncviz-trial-status")).to_have_text("done", timeout=120_000)
    expect(trial.get_by_role("img")).to_have_accessible_name(re.compile("bump"))
    trial.get_by_role("button", name="PCGrad", exact=True).click()
    shown_s(page)
    expect(card(page, FIGHT).get_by_role("row")).to_have_count(3)


@pytest.mark.parametrize("width", [1440, 768, 390])
def test_nothing_of_the_tab_overflows(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    wait_for(lambda: page.locator(".ncviz-explorer").evaluate(OVERFLOW), lambda found: not found)
    page.set_viewport_size({"width": 1440, "height": 1000})
