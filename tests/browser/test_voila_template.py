"""The template: a page that fits, that says what it waits for, and that can be read by machines."""

import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

import psutil
import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from browser.explorer_page import (
    S_READOUT,
    Asked,
    control,
    expect_another_verdict,
    shown_s,
    verdict,
)
from lab import wait_for, write_notebook
from voila_server import Voila

TAUGHT = "Find the peak\nWhere is S largest? 50 % & more"
WIDTHS = (320, 390, 1400, 1920)
SLOW = "import time\ntime.sleep(2)\nprint('the end')"


def go(page: Page, voila: Voila, path: str, query: str = "template=ncviz") -> None:
    """Open a page, and be back when its first piece has come."""
    page.goto(f"{voila.url}/voila/render/{quote(path)}?{query}", wait_until="commit")


# What it fits


def too_wide(page: Page) -> int:
    """How many pixels of the page are reached only by moving it sideways."""
    wide = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
    return int(page.evaluate(wide))


@pytest.fixture
def explorer(visited: tuple[Page, Asked]) -> Page:
    """A page with the Explorer, in a light system; the address names no theme."""
    return visited[0]


def test_the_explorer_has_the_width_of_the_screen(explorer: Page) -> None:
    page = explorer
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert wait_for(lambda: too_wide(page), lambda wide: wide == 0, seconds=5) == 0
        box = page.locator(".ncviz-explorer").bounding_box()
        assert box
        assert 0.95 * width <= box["width"] <= width
        assert abs(box["x"] - (width - box["x"] - box["width"])) <= 2, "as much room left as right"


def test_a_lesson_is_one_column_that_can_be_read(lesson: tuple[Page, Asked]) -> None:
    page, _ = lesson
    expect(page.get_by_role("button").first).to_be_visible()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert wait_for(lambda: too_wide(page), lambda wide: wide == 0, seconds=5) == 0
        box = page.locator(".jp-MarkdownOutput").first.bounding_box()
        assert box
        assert min(0.9 * width, 800) <= box["width"] <= 1000


def test_the_page_itself_scrolls_to_its_end(explorer: Page) -> None:
    page = explorer
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("window.scrollTo(0, 1e6)")
    # Else a phone keeps its bars on the screen, and a print has one sheet.
    assert page.evaluate("window.scrollY") > 1000
    box = page.locator(".ncviz-explorer").bounding_box()
    assert box
    assert 700 < box["y"] + box["height"] <= 844


# What it looks like


def background(page: Page) -> float:
    """How light the page is: 0 is black, 1 white."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(map(float, re.findall(r"[\d.]+", colour)[:3])) / 3 / 255


def expect_theme(page: Page, light: bool) -> None:
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", str(light).lower())
    shade = wait_for(lambda: background(page), lambda found: (found > 0.5) == light)
    assert shade > 0.9 if light else shade < 0.2


@pytest.mark.parametrize(
    ("query", "system", "light"),
    [
        ("", "dark", False),  # in a light system: the Explorer's page, below
        ("theme=light", "dark", True),
        ("theme=dark", "light", False),
    ],
)
def test_while_it_waits_it_says_for_what_in_the_theme_of_the_address_else_of_the_system(
    page: Page, voila: Voila, query: str, system: str, light: bool
) -> None:
    write_notebook(voila.root / "slow.ipynb", "print('at once')", SLOW)
    page.emulate_media(color_scheme="dark" if system == "dark" else "light")
    go(page, voila, "slow.ipynb", f"template=ncviz&{query}")
    expect(page.get_by_role("status")).to_contain_text("Preparing the page")
    expect(page.locator("#loading")).to_be_visible()
    expect_theme(page, light)
    status = page.get_by_role("status")
    expect(status).to_contain_text("1 of 2 steps are done")
    expect(page.get_by_text("the end")).to_be_hidden()
    expect(page.get_by_text("the end")).to_be_visible()
    expect(status).to_have_count(0)
    expect_theme(page, light)


def test_the_theme_changes_with_the_system(explorer: Page) -> None:
    expect_theme(explorer, True)
    explorer.emulate_media(color_scheme="dark")
    expect_theme(explorer, False)
    explorer.emulate_media(color_scheme="light")


# What it is to machines


def test_it_has_a_title_a_language_an_icon_and_one_main_landmark(explorer: Page) -> None:
    page = explorer
    expect(page).to_have_title("ncviz")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("link[rel=icon]")).to_have_attribute("href", re.compile("^data:image/svg"))
    expect(page.locator("meta[name=viewport]")).to_have_attribute("content", re.compile("width="))
    expect(page.get_by_role("main")).to_have_count(1)
    expect(page.get_by_role("main").locator(".ncviz-explorer")).to_be_visible()


def test_without_javascript_it_says_so(browser: Browser, voila: Voila) -> None:
    write_notebook(voila.root / "nothing.ipynb", "1 + 1")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    go(page, voila, "nothing.ipynb")
    # Playwright finds no text in a noscript, but the element.
    said = page.locator("noscript p")
    expect(said).to_be_visible()
    expect(said).to_have_text("This page needs JavaScript, which is turned off in this browser.")
    expect(page.get_by_text("Preparing the page")).to_be_hidden()
    context.close()


# What it says of the kernel


def test_a_page_that_breaks_off_says_so(page: Page, voila: Voila) -> None:
    write_notebook(voila.root / "nothing.ipynb", "1 + 1")

    def cut(route) -> None:  # type: ignore[no-untyped-def]
        whole = route.fetch().text()
        route.fulfill(body=whole[: whole.index("window.voila_finish()") - 20])

    page.route(lambda url: "/voila/render/" in url, cut)
    go(page, voila, "nothing.ipynb")
    expect(page.get_by_role("status")).to_contain_text("ended too soon. Reload the page")


@dataclass
class Lines:
    """The page's lines to its kernel."""

    cut: bool = False
    made: list[WebSocketRoute] = field(default_factory=list)

    def connect(self, line: WebSocketRoute) -> None:
        self.made.append(line)
        if self.cut:
            line.close(code=1011)
        else:
            line.connect_to_server()


@pytest.fixture(scope="module")
def taught(browser: Browser, voila: Voila) -> Iterator[tuple[Page, Lines]]:
    """A page whose address is a teacher's, and its lines."""
    page, lines = browser.new_page(viewport={"width": 1440, "height": 1000}), Lines()
    page.set_default_timeout(60_000)
    page.route_web_socket(re.compile("/channels"), lines.connect)
    asked = {"hidden": "5", "runs": "9", "hide": "seed,net", "lock": "pairing", "lesson": TAUGHT}
    go(page, voila, "explorer.ipynb", urlencode(asked, quote_via=quote))
    shown_s(page)
    yield page, lines
    page.close()


def test_the_address_of_a_dashboard_opens_a_teachers_explorer(taught: tuple[Page, Lines]) -> None:
    page, _ = taught
    expect(control(page, "hidden")).to_have_attribute("aria-valuetext", "5 neurons")
    expect(control(page, "pairing")).to_be_disabled()
    expect(control(page, "seed")).to_have_count(0)
    card = page.get_by_role("region", name="Find the peak")
    expect(card.get_by_role("paragraph")).to_have_text("Where is S largest? 50 % & more")
    expect(page.get_by_role("alert").and_(page.locator(":visible"))).to_have_count(0)


def test_a_lost_connection_is_said_until_it_is_there_again(taught: tuple[Page, Lines]) -> None:
    page, lines = taught
    banner = page.locator("#ncviz-lost")
    expect(banner).to_be_hidden()
    lines.cut = True
    lines.made[-1].close(code=1011)
    expect(banner).to_be_visible()
    expect(banner).to_have_text(re.compile("^The connection to the server is lost; trying"))
    expect(banner).to_have_attribute("role", "alert")
    page.evaluate("window.scrollTo(0, 1e6)")
    expect(banner).to_be_in_viewport()
    lines.cut = False
    expect(banner).to_be_hidden()
    before = verdict(page).inner_text()
    control(page, "hidden").press("ArrowRight")
    expect_another_verdict(page, before)


def test_a_kernel_that_died_is_said(taught: tuple[Page, Lines]) -> None:
    page, _ = taught
    expect(page.locator(S_READOUT)).to_be_visible()
    kernel = page.evaluate(
        "JSON.parse(document.getElementById('jupyter-config-data').textContent).kernelId"
    )
    (process,) = [p for p in psutil.process_iter(["cmdline"]) if runs(p, kernel)]
    process.send_signal(signal.SIGKILL)  # as a machine does that is short of memory
    banner = page.locator("#ncviz-lost")
    expect(banner).to_have_text(re.compile("ended this page’s work. Reload the page"))
    # Said once; what cannot answer any more is off.
    expect(page.locator(".ncviz-unanswered")).to_have_count(0)
    expect(page.locator(".ncviz-explorer :is(button, input, select):enabled")).to_have_count(0)


def runs(process: psutil.Process, kernel: str) -> bool:
    return any(kernel in word for word in process.info["cmdline"] or [])
