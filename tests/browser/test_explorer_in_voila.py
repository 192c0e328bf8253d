"""The notebook as a dashboard: in Voila, where messages run on the kernel's main thread."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
from playwright.sync_api import Page, expect

from browser.explorer_page import (
    S_READOUT,
    button,
    control,
    expect_another_verdict,
    save,
    shown_s,
    training_step,
    unfold,
    verdict,
)
from lab import write_notebook
from voila import HOST, Voila, open_dashboard, open_explorer


def asked_elsewhere(page: Page) -> set[str]:
    """A set that fills with all addresses of other machines which the page asks from now on."""
    addresses: set[str] = set()

    def note(url: str) -> None:
        # data: and blob: addresses have no host.
        if urlsplit(url).hostname not in (None, HOST):
            addresses.add(url)

    page.on("request", lambda request: note(request.url))
    page.on("websocket", lambda socket: note(socket.url))
    return addresses


def test_slider_retrains(page: Page, voila: Voila) -> None:
    open_explorer(page, voila)
    assert -4 <= shown_s(page) <= 4
    before = verdict(page).inner_text()
    slider = control(page, "hidden")
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "4 neurons")
    expect_another_verdict(page, before)


def test_ncviz_asks_nothing_of_other_machines(page: Page, voila: Voila) -> None:
    # Voila's own page asks a CDN for icons. So not only hosts are compared: ncviz could ask it too.
    write_notebook(voila.root / "plain.ipynb", "import ipywidgets\nipywidgets.IntSlider(3)")
    asked = asked_elsewhere(page)
    open_dashboard(page, voila, "plain.ipynb")
    expect(page.get_by_role("slider")).to_be_visible()
    by_voila = asked.copy()
    asked.clear()
    open_explorer(page, voila)
    before = verdict(page).inner_text()
    control(page, "hidden").press("ArrowRight")
    expect_another_verdict(page, before)
    assert asked <= by_voila


def test_replay_own_tasks_compare_and_download(page: Page, voila: Voila, tmp_path: Path) -> None:
    open_explorer(page, voila)
    shown_s(page)
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
