"""Replay, own tasks, compare, take away: on the page, by keyboard, mouse, role and name."""

import re
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from browser.explorer_page import (
    PART,
    S_READOUT,
    button,
    control,
    save,
    shown_s,
    training_step,
    unfold,
)
from lab import wait_for
from widget_page import Names, set_theme

EXPLORER = (
    "from ncviz import Experiment, Explorer\n\nexplorer = Explorer(steps=500, runs=20)\nexplorer"
)
# Every text that an element has shown since.
NOTE = """element => {
    window.noted = [];
    new MutationObserver(() => window.noted.push(element.textContent))
        .observe(element, { childList: true, characterData: true, subtree: true });
}"""


@pytest.fixture
def page(opened: tuple[Page, Names]) -> Page:
    """The page, back where it began."""
    page, kernel = opened
    kernel.run("explorer.experiment = Experiment(steps=500, runs=20)")
    kernel.run(PART + "part('ReplayBar').live = True; explorer.state.kept = 0")
    wait_for(lambda: kernel.eval("explorer.result is not None"))
    shown_s(page)
    return page


def pairing(kernel: Names) -> object:
    return kernel.eval("explorer.experiment.pairing")


# Replay


def test_a_key_on_the_replay_slider_shows_that_step_in_every_chart(page: Page) -> None:
    slider = training_step(page)
    expect(slider).to_have_attribute("aria-valuetext", "step 500 of 500")
    slider.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "step 0 of 500")
    expect(page.locator(S_READOUT)).to_contain_text("step 0: S =")
    expect(page.get_by_text("After 0 steps the mean of S is")).to_be_visible()
    expect(page.get_by_text(re.compile("Run 0, setting A2 with B2, after 0 steps"))).to_be_visible()
    button(page, "Step").click()
    expect(slider).to_have_attribute("aria-valuetext", "step 5 of 500")
    button(page, "Back").click()
    expect(slider).to_have_attribute("aria-valuetext", "step 0 of 500")
    button(page, "Newest").click()
    expect(page.locator(S_READOUT)).to_contain_text("step 500: S =")


def test_play_shows_the_whole_training_again(page: Page, kernel: Names) -> None:
    page.get_by_role("combobox", name="Replay speed").select_option("½×")
    trained = kernel.eval("id(explorer.result)")
    page.locator(S_READOUT).evaluate(NOTE)
    button(page, "Play").click()
    expect(button(page, "Pause")).to_be_visible()
    expect(button(page, "Play")).to_be_visible()
    expect(page.locator(S_READOUT)).to_contain_text("step 500: S =")
    steps = [int(step) for step in re.findall(r"step (\d+)", " ".join(page.evaluate("noted")))]
    assert len(set(steps)) > 10
    assert steps == sorted(steps)
    assert kernel.eval("id(explorer.result)") == trained, "a replay trains nothing"


def test_moving_a_slider_ends_a_replay(page: Page) -> None:
    training_step(page).press("Home")
    expect(page.locator(S_READOUT)).to_contain_text("step 0: S =")
    control(page, "hidden").press("ArrowRight")
    expect(page.locator(S_READOUT)).to_contain_text("step 500: S =")


# The net


def test_more_hidden_neurons_are_drawn_and_each_weight_can_be_read(page: Page) -> None:
    net = page.locator("section[aria-label='The net']")
    expect(net).to_contain_text("3 shared neurons")
    drawn = net.locator(".ncviz-net-node")
    expect(drawn).to_have_count(4 + 3 + 2)  # bits, neurons, heads; leaving ones take a moment
    control(page, "hidden").press("ArrowRight")
    expect(net).to_contain_text("4 shared neurons")
    expect(drawn).to_have_count(4 + 4 + 2)
    net.locator("svg.ncviz-net").focus()
    page.keyboard.press("ArrowRight")
    expect(net.locator(".ncviz-readout")).to_contain_text(re.compile(r"[+−]?\d+\.\d\d"))
    net.get_by_role("combobox", name="Setting").select_option("A1 with B2")
    expect(net).to_contain_text("setting A1 with B2")
    run = net.get_by_role("spinbutton", name="Run")
    run.fill("7")
    run.press("Enter")
    expect(net).to_contain_text("Run 7, setting A1 with B2")


# Own tasks and settings


def test_a_task_is_chosen_from_the_list(page: Page, kernel: Names) -> None:
    unfold(page, "Own tasks")
    page.get_by_role("combobox", name="A1, Alice’s first task").select_option("s1 OR s2")
    expected = ("s1 OR s2", "s1 XOR s2", "s3 AND s4", "s3 XOR s4")
    wait_for(lambda: pairing(kernel), lambda now: now == expected)
    losses = page.locator("section[aria-label='Losses in the four settings']")
    expect(losses.get_by_text("s1 OR s2")).to_have_count(2)
    expect(control(page, "pairing")).to_have_attribute("aria-valuetext", "own tasks")


def test_a_task_is_clicked_together(page: Page, kernel: Names) -> None:
    unfold(page, "Own tasks")
    page.get_by_role("radio", name="B1: s3 AND s4").check(force=True)
    page.get_by_role("button", name="s1 0, s2 0, s3 0, s4 0: answer 0").press("Space")
    table = "table 1001000100010001"  # s3 AND s4, and 1 on 0000
    wait_for(lambda: kernel.eval("explorer.experiment.tasks[2]"), lambda now: now == table)
    page.get_by_role("button", name="s1 0, s2 0, s3 0, s4 0: answer 1").press("Space")
    wait_for(lambda: pairing(kernel), lambda now: now == "xornet")


def test_another_setting_is_named_and_an_impossible_one_explained(
    page: Page, kernel: Names
) -> None:
    unfold(page, "More settings")
    page.get_by_role("combobox", name="Optimizer").select_option("momentum")
    expect(page.locator(".ncviz-note")).to_contain_text("not the default: momentum")
    page.get_by_role("slider", name="Batch size").press("End")
    expect(page.get_by_role("alert").get_by_text("must be at most n_train")).to_be_visible()
    assert kernel.eval("explorer.experiment.batch_size") == 8


def test_a_preset_is_one_click_and_says_what_to_look_for(page: Page) -> None:
    button(page, "above 2√2").click()
    expect(page.get_by_text("Tsirelson’s 2√2 limits nothing here.")).to_be_visible()
    wait_for(lambda: shown_s(page), lambda s: s > 2.83)


# Compare


def test_keep_undo_and_back_to_the_start(page: Page, kernel: Names) -> None:
    button(page, "Keep this").click()
    control(page, "hidden").press("ArrowRight")
    for chart in ("S while it trains", "Losses in the four settings"):
        expect(page.locator(f"section[aria-label='{chart}']")).to_contain_text(
            re.compile("kept: 3 neurons, xornet")
        )
    button(page, "Forget it").click()
    expect(page.get_by_text("kept: 3 neurons")).to_have_count(0)
    button(page, "Undo").click()
    wait_for(lambda: kernel.eval("explorer.experiment.hidden") == 3)
    control(page, "hidden").press("End")
    page.get_by_role("button", name="Back to the start").click()
    wait_for(lambda: kernel.eval("explorer.experiment.hidden") == 3)


def test_pinned_runs_are_listed_and_in_the_frame(page: Page, kernel: Names) -> None:
    button(page, "Pin this run").click()
    pinned = page.locator("section[aria-label='Pinned runs']")
    expect(pinned.get_by_role("listitem")).to_have_count(1)
    expect(pinned).to_contain_text(f"S = {shown_s(page):.2f}")
    assert kernel.eval("explorer.pinned.S.tolist() == explorer.result.runs.S.tolist()")
    pinned.get_by_role("button", name=re.compile("^Remove ")).click()
    expect(pinned.get_by_role("listitem")).to_have_count(0)


# Take it away


def test_runs_and_pictures_leave_through_the_browser(
    page: Page, kernel: Names, tmp_path: Path
) -> None:
    frame = pd.read_csv(save(page, "Runs (CSV)", tmp_path))
    assert frame.S.tolist() == kernel.eval("explorer.result.runs.S.tolist()")
    page.get_by_role("combobox", name="Picture").select_option("The net")
    assert save(page, "PNG", tmp_path).read_bytes().startswith(b"\x89PNG")
    assert "<svg" in save(page, "SVG", tmp_path).read_text()[:500]


def test_a_saved_state_comes_back(page: Page, kernel: Names) -> None:
    card = page.locator("section[aria-label='Take it away']")
    code = card.locator("code").inner_text()
    box = card.get_by_role("textbox", name="Return to a saved state")
    for text, hidden in (("?hidden=7&runs=20&steps=500", 7), (code, 3), ('{"hidden": 2}', 2)):
        box.fill(text)
        button(page, "Load").click()
        wait_for(lambda: kernel.eval("explorer.experiment.hidden"), lambda now: now == hidden)  # noqa: B023
    box.fill("?hidden=0")
    button(page, "Load").click()
    expect(card.get_by_role("alert")).to_contain_text("hidden must be a whole number from 1")
    assert kernel.eval("explorer.experiment.hidden") == 2


# Settled pictures and theme


def test_settled_pictures_follow_the_theme(page: Page) -> None:
    set_theme(page, "light")  # JupyterLab remembers what another page chose
    unfold(page, "Settled pictures")
    pictures = page.locator(".ncviz-pictures").get_by_role("img")
    expect(pictures).to_have_count(3)
    assert all(picture.get_attribute("aria-label") for picture in pictures.all())
    ink = "e => getComputedStyle(e.querySelector('text')).fill"
    light = [picture.evaluate(ink) for picture in pictures.all()]
    set_theme(page, "dark")
    dark = [picture.evaluate(ink) for picture in pictures.all()]
    assert not set(dark) & set(light), "another theme needs no other drawing"
    set_theme(page, "light")
