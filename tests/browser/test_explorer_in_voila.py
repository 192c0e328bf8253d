"""The notebook as a dashboard: in Voila, where messages run on the kernel's main thread."""

import re
from pathlib import Path

import pandas as pd
from playwright.sync_api import Page, expect

from browser.explorer_page import (
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
from lab import Server, wait_for
from voila_server import HOST


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
