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


def visit(context: BrowserContext, dashboard: Voila, **query: str) -> tuple[Page, str]:
    """A new page with the Explorer, and the name of its kernel."""
    page = context.new_page()
    said = urlencode({"token": dashboard.token, **query}, quote_via=quote)
    page.goto(f"{dashboard.url}/?{said}")
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


# Kernels that wait for a visitor


@pytest.fixture(params=["waiting", "started for the page"])
def visited(
    request: pytest.FixtureRequest, dashboard: Voila
) -> Iterator[tuple[Voila, dict[str, str]]]:
    """The server, and what to add to an address so that its page has such a kernel."""
    wait_for(lambda: a_kernel_waits(dashboard))
    before = log_of(dashboard).count("Using pre-heated kernel")
    waiting = request.param == "waiting"
    # Voila keeps kernels ready only for the theme that a page has by itself.
    yield dashboard, {} if waiting else {"theme": "dark"}
    assert log_of(dashboard).count("Using pre-heated kernel") - before == waiting


def test_a_teachers_address_has_its_explorer(
    context: BrowserContext, visited: tuple[Voila, dict[str, str]]
) -> None:
    dashboard, more = visited
    page, _ = visit(context, dashboard, hidden="4", hide="seed", **more)
    expect(control(page, "hidden")).to_have_attribute("aria-valuetext", "4 neurons")
    expect(control(page, "seed")).to_have_count(0)
    expect(page.get_by_role("alert").and_(page.locator(":visible"))).to_have_count(0)


def test_a_plain_address_has_the_default_explorer_after_a_teachers(
    context: BrowserContext, visited: tuple[Voila, dict[str, str]]
) -> None:
    dashboard, more = visited
    page, _ = visit(context, dashboard, **more)
    expect(control(page, "hidden")).to_have_attribute("aria-valuetext", "3 neurons")
    expect(control(page, "seed")).to_be_enabled()
    expect(page.get_by_role("alert").and_(page.locator(":visible"))).to_have_count(0)


def test_a_bad_address_is_explained_by_a_kernel_that_waited(
    context: BrowserContext, dashboard: Voila
) -> None:
    wait_for(lambda: a_kernel_waits(dashboard))
    page, _ = visit(context, dashboard, hide="sed")
    alert = page.locator(".ncviz-teaching").get_by_role("alert")
    expect(alert).to_contain_text("hide cannot hold 'sed'; did you mean 'seed'?")
    expect(alert).to_contain_text("This is the default Explorer.")
    expect(button(page, "Next seed")).to_be_enabled()
    for field in CONTROLS:
        expect(control(page, field)).to_be_enabled()
    expect(control(page, "hidden")).to_have_attribute("aria-valuetext", "3 neurons")
    control(page, "hidden").press("ArrowRight")
    expect(alert).to_be_hidden()


def test_an_address_with_the_notebooks_name_has_its_explorer(
    context: BrowserContext, dashboard: Voila
) -> None:
    page = context.new_page()
    page.goto(f"{dashboard.url}/explorer.ipynb?hidden=4&hide=seed&token={dashboard.token}")
    expect(control(page, "hidden")).to_have_attribute("aria-valuetext", "4 neurons")
    before = verdict(page).inner_text()
    control(page, "hidden").press("ArrowRight")
    expect_another_verdict(page, before)


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


# Kernels that go


def test_the_kernel_of_a_page_that_vanished_goes_and_that_of_an_open_page_stays(
    context: BrowserContext, dashboard: Voila
) -> None:
    looking, kept = visit(context, dashboard)
    vanished, left = visit(context, dashboard)
    assert is_there(dashboard, kept) and is_there(dashboard, left)
    vanished.close()  # as when the power fails: the page cannot say that it goes
    wait_for(lambda: not is_there(dashboard, left))
    # The open page has been idle for longer than the other one.
    assert is_there(dashboard, kept)
    before = verdict(looking).inner_text()
    control(looking, "hidden").press("ArrowRight")
    expect_another_verdict(looking, before)
    culled = re.findall(r"Culling '\w+' kernel '\w+' \(([\w-]+)\)", log_of(dashboard))
    assert left in culled and kept not in culled


def test_a_page_that_is_closed_takes_its_kernel_with_it(
    context: BrowserContext, dashboard: Voila
) -> None:
    page, kernel = visit(context, dashboard)
    page.close(run_before_unload=True)
    wait_for(lambda: not is_there(dashboard, kernel), seconds=30)
    assert f"({kernel})" not in log_of(dashboard), "it need not be culled"


def test_the_kernel_that_waits_is_not_taken_for_one_that_was_left(
    context: BrowserContext, dashboard: Voila
) -> None:
    wait_for(lambda: a_kernel_waits(dashboard))
    _, kernel = visit(context, dashboard)
    wait_for(lambda: a_kernel_waits(dashboard))
    context.close()
    # The next one has begun to wait before the visitor's is left, and so is idle for longer.
    wait_for(lambda: not is_there(dashboard, kernel))
    before = log_of(dashboard).count("Using pre-heated kernel")
    again = context.browser
    assert again
    with again.new_context() as other:
        other.set_default_timeout(60_000)
        visit(other, dashboard)
    assert log_of(dashboard).count("Using pre-heated kernel") == before + 1
