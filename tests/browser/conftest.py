import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from browser.explorer_page import Asked, asked_by, shown_s
from lab import PATIENCE, ROOT, Server, launch, make_lab
from voila_server import Voila, make_voila
from widget_page import Names, widgets

PICTURES = ROOT / "test-results"


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """JupyterLab, started by `make lab` in a clean copy of the checkout."""
    with make_lab(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture(scope="session")
def voila(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Voila]:
    """Voila, on the notebooks of a clean copy of the checkout."""
    with make_voila(tmp_path_factory.mktemp("voila")) as voila:
        yield voila


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def visited(browser: Browser, voila: Voila) -> Iterator[tuple[Page, Asked]]:
    """A visitor's page with the Explorer, in a light system, and what it has asked for."""
    with visit(browser, f"{voila.url}/voila/render/explorer.ipynb") as (page, asked):
        shown_s(page)
        yield page, asked


@pytest.fixture(scope="session")
def lesson(browser: Browser, voila: Voila) -> Iterator[tuple[Page, Asked]]:
    """A visitor's page with the first lesson, and what it has asked for."""
    path = "01-a-bell-test-for-a-network.ipynb?template=ncviz"
    with visit(browser, f"{voila.url}/voila/render/{path}") as (page, asked):
        yield page, asked


@contextmanager
def visit(browser: Browser, address: str) -> Iterator[tuple[Page, Asked]]:
    page = browser.new_page(
        viewport={"width": 1440, "height": 1000}, color_scheme="light", accept_downloads=True
    )
    page.set_default_timeout(1000 * PATIENCE)  # the page answers when its cells have run
    asked = asked_by(page)
    page.goto(address)
    yield page, asked
    page.close()


@pytest.fixture(scope="module")
def opened(browser: Browser, request: pytest.FixtureRequest) -> Iterator[tuple[Page, Names]]:
    """One page and one kernel for all tests of a module, on its `EXPLORER` or other `CELL`."""
    cell = getattr(request.module, "EXPLORER", "")
    with widgets(browser, cell or request.module.CELL) as (page, kernel):
        if cell:
            shown_s(page)
        yield page, kernel


@pytest.fixture
def kernel(opened: tuple[Page, Any]) -> Any:
    """The kernel behind the page that a module has opened."""
    return opened[1]


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    context.set_default_timeout(60_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page, whose picture is kept in test-results/ where the test fails."""
    page = context.new_page()
    failures = request.session.testsfailed
    yield page
    if request.session.testsfailed > failures:
        PICTURES.mkdir(exist_ok=True)
        name = re.sub(r"\W+", "-", request.node.name)
        page.screenshot(path=PICTURES / f"{name}.png")


@pytest.fixture
def notebook(request: pytest.FixtureRequest) -> str:
    """A path for this test's own notebook, and so for a kernel of its own."""
    return re.sub(r"\W+", "-", request.node.name) + ".ipynb"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("browser")
