"""The notebook as a dashboard: in Voila, where messages run on the kernel's main thread."""

import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, Response, expect

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
from browser.test_meaning_on_page import CARDS as MEANING
from browser.test_why_on_page import CARDS as WHY
from browser.test_why_on_page import FIGHT
from lab import PATIENCE, ROOT, serve, wait_for
from ncviz.cli.notebooks import SHARE
from voila_server import HOST, Voila, open_explorer

LESSON = "01-a-bell-test-for-a-network.ipynb"


@dataclass
class Asked:
    """Every address that a page asks for, and those of them that could not be had."""

    hosts: set[str | None] = field(default_factory=set)
    sockets: set[str | None] = field(default_factory=set)
    lacking: list[str] = field(default_factory=list)


def asked_by(page: Page) -> Asked:
    """What the page asks from now on; nothing is kept from it."""
    asked = Asked()

    def note_answer(response: Response) -> None:
        if response.status >= 400:
            asked.lacking.append(f"{response.status} {response.url}")

    # data: and blob: addresses have no host.
    page.on("request", lambda request: asked.hosts.add(urlsplit(request.url).hostname))
    page.on("websocket", lambda socket: asked.sockets.add(urlsplit(socket.url).hostname))
    page.on("requestfailed", lambda request: asked.lacking.append(request.url))
    page.on("response", note_answer)
    return asked


@pytest.fixture(scope="module")
def visited(browser: Browser, voila: Voila) -> Iterator[tuple[Page, Asked]]:
    """A visitor's page, and what it has asked for."""
    page = browser.new_page(viewport={"width": 1440, "height": 1000}, accept_downloads=True)
    page.set_default_timeout(60_000)
    asked = asked_by(page)
    open_explorer(page, voila)
    shown_s(page)
    yield page, asked
    page.close()


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


def test_no_request_of_a_lesson_leaves_the_machine(page: Page, voila: Voila) -> None:
    page.set_default_timeout(1000 * PATIENCE)  # the page answers when its cells have run
    asked = asked_by(page)
    # Formulas, which are set with fonts.
    page.goto(f"{voila.url}/voila/render/{quote(LESSON)}?template=ncviz")
    expect(page.get_by_role("heading", name="The game")).to_be_visible()
    expect(page.get_by_role("button").first).to_be_visible()
    expect(page.locator("mjx-container").first).to_be_visible()
    assert asked.hosts - {None} == {HOST}
    assert asked.lacking == []


def test_no_request_leaves_the_machine_inside_jupyterlabs_server(
    page: Page, tmp_path: Path
) -> None:
    # As on Binder. There Voila is told of another host for formulas.
    paths = {"PYTHONPATH": str(ROOT), "JUPYTER_PATH": str(SHARE)}
    root, asked = tmp_path / "root", asked_by(page)
    root.mkdir()
    shutil.copy(ROOT / "notebooks" / "explorer.ipynb", root)

    def command(flags: str) -> list[str]:
        return [sys.executable, "-m", "jupyterlab", *flags.split()]

    with serve(command, root, root, tmp_path / "settings", **paths) as server:
        page.goto(f"{server.url}/voila/render/explorer.ipynb?token={server.token}")
        shown_s(page)
        expect(page).to_have_title("ncviz")
        assert asked.hosts - {None} == {HOST}
        assert asked.lacking == []
        page.goto("about:blank")
        wait_for(lambda: server.get("kernels") == [])


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
