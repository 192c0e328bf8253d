"""`ncviz dashboard`: kernels that wait for a visitor, and kernels that go after one."""

import json
import re
import urllib.error
from collections.abc import Iterator
from typing import Literal
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from browser.explorer_page import (
    CONTROLS,
    button,
    control,
    expect_another_verdict,
    shown_s,
    verdict,
)
from lab import answer_to, wait_for
from voila_server import Voila, make_dashboard

SECONDS = 4  # after which a kernel may go
FLAGS = (
    "--no-browser",
    "--preheat=1",
    "--Voila.log_level=INFO",
    f"--MappingKernelManager.cull_idle_timeout={SECONDS}",
    "--MappingKernelManager.cull_interval=1",
)


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Voila]:
    with make_dashboard(tmp_path_factory.mktemp("dashboard"), *FLAGS) as voila:
        yield voila


def log_of(dashboard: Voila) -> str:
    return (dashboard.root.parent / "settings" / "server.log").read_text()


def visit(
    context: BrowserContext, dashboard: Voila, path: str = "", **query: str
) -> tuple[Page, str]:
    """A new page with the Explorer, and the name of its kernel."""
    page = context.new_page()
    said = urlencode({"token": dashboard.token, **query}, quote_via=quote)
    page.goto(f"{dashboard.url}/{path}?{said}")
    shown_s(page)
    return page, json.loads(page.locator("#jupyter-config-data").inner_text())["kernelId"]


def is_there(dashboard: Voila, kernel: str) -> bool:
    try:
        answer_to(f"{dashboard.url}/api/kernels/{kernel}?token={dashboard.token}")
    except urllib.error.HTTPError as error:
        assert error.code == 404
        return False
    return True


def a_kernel_waits(dashboard: Voila) -> bool:
    """Whether as many pools were filled as were used: the next visitor gets a kernel from it."""
    log = log_of(dashboard)
    return log.count("is filled with 1 kernel") > log.count("Using pre-heated kernel")


def used(dashboard: Voila) -> int:
    """How many visitors have got a kernel that waited."""
    return log_of(dashboard).count("Using pre-heated kernel")


def waited(context: BrowserContext, dashboard: Voila, **query: str) -> tuple[Page, str]:
    """A visit whose kernel waited for it."""
    wait_for(lambda: a_kernel_waits(dashboard))
    before = used(dashboard)
    found = visit(context, dashboard, **query)
    assert used(dashboard) == before + 1
    return found


def started(context: BrowserContext, dashboard: Voila, **query: str) -> tuple[Page, str]:
    """A visit whose kernel is started for it: those that wait have the theme of the page itself."""
    before = used(dashboard)
    found = visit(context, dashboard, theme="dark", **query)
    assert used(dashboard) == before
    return found


def expect_the_teachers(page: Page) -> None:
    expect(control(page, "hidden")).to_have_attribute("aria-valuetext", "4 neurons")
    expect(control(page, "seed")).to_have_count(0)
    expect(page.get_by_role("alert").and_(page.locator(":visible"))).to_have_count(0)


def expect_the_default(page: Page) -> None:
    expect(control(page, "hidden")).to_have_attribute("aria-valuetext", "3 neurons")
    expect(control(page, "seed")).to_be_enabled()
    expect(page.get_by_role("alert").and_(page.locator(":visible"))).to_have_count(0)


# Each visit costs a kernel or two: what one shows is looked at together, in the order of the tests.


def test_a_teachers_page_has_its_explorer_and_takes_its_kernel_with_it_when_closed(
    context: BrowserContext, dashboard: Voila
) -> None:
    page, kernel = waited(context, dashboard, hidden="4", hide="seed")
    expect_the_teachers(page)
    page.close(run_before_unload=True)
    wait_for(lambda: not is_there(dashboard, kernel), seconds=30)
    assert f"({kernel})" not in log_of(dashboard), "it need not be culled"


def test_an_address_with_the_notebooks_name_has_a_teachers_explorer_too(
    context: BrowserContext, dashboard: Voila
) -> None:
    page, _ = started(context, dashboard, path="explorer.ipynb", hidden="4", hide="seed")
    expect_the_teachers(page)
    before = verdict(page).inner_text()
    control(page, "hidden").press("ArrowRight")
    expect_another_verdict(page, before)


def test_a_plain_address_has_the_default_explorer_after_a_teachers(
    context: BrowserContext, dashboard: Voila
) -> None:
    page, _ = started(context, dashboard)
    expect_the_default(page)


def test_kernels_go_with_a_page_that_vanished_and_stay_with_one_that_is_open_or_awaited(
    context: BrowserContext, dashboard: Voila
) -> None:
    looking, kept = waited(context, dashboard)
    expect_the_default(looking)
    page, left = waited(context, dashboard, hide="sed")
    expect_a_bad_address_explained(page)
    assert is_there(dashboard, kept) and is_there(dashboard, left)
    # The next one waits before the page is left: as the open one's it is idle for longer.
    wait_for(lambda: a_kernel_waits(dashboard))
    page.close()  # as when the power fails: the page cannot say that it goes
    wait_for(lambda: not is_there(dashboard, left))
    assert is_there(dashboard, kept)
    before = verdict(looking).inner_text()
    control(looking, "hidden").press("ArrowRight")
    expect_another_verdict(looking, before)
    culled = re.findall(r"Culling '\w+' kernel '\w+' \(([\w-]+)\)", log_of(dashboard))
    assert left in culled and kept not in culled
    waited(context, dashboard)


def expect_a_bad_address_explained(page: Page) -> None:
    alert = page.locator(".ncviz-teaching").get_by_role("alert")
    expect(alert).to_contain_text("hide cannot hold 'sed'; did you mean 'seed'?")
    expect(alert).to_contain_text("This is the default Explorer.")
    expect(button(page, "Next seed")).to_be_enabled()
    for field in CONTROLS:
        expect(control(page, field)).to_be_enabled()
    expect(control(page, "hidden")).to_have_attribute("aria-valuetext", "3 neurons")
    control(page, "hidden").press("ArrowRight")
    expect(alert).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
def test_who_is_refused_reads_a_sentence_in_the_colours_of_the_system(
    browser: Browser, dashboard: Voila, scheme: Literal["light", "dark"], width: int
) -> None:
    size: ViewportSize = {"width": width, "height": 800}
    with browser.new_context(color_scheme=scheme, viewport=size) as context:
        page = context.new_page()
        page.goto(f"{dashboard.url}/?token=wrong")
        expect(page.get_by_role("heading")).to_have_text("This page is not open to you")
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        bright = all(int(value) > 127 for value in re.findall(r"\d+", background)[:3])
        assert bright == (scheme == "light")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
