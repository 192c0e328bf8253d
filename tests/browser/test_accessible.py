"""What axe-core finds in the Explorer, in each of its tabs, and in the cards of a lesson."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from browser.explorer_page import running, shown_s
from lab import Server, set_theme

NOTEBOOK = "accessible.ipynb"
CELL = """
from IPython.display import display
from ncviz import Experiment, Explorer, Predict, SelfCheck, SView

explorer = Explorer(runs=20, lesson="Find the peak")
first = Predict(
    "What will S be?",
    between=(-4, 4),
    run=Experiment(runs=5, steps=200),
    compare=lambda said, result: f"You said {said}.",
    explain="Because.",
    views=(SView,),
)
check = SelfCheck(
    "Which is lower?",
    of=first,
    choices=("C11", "C22"),
    right=lambda result: "C22",
    why=lambda result, answer: "It is subtracted.",
)
display(explorer, first, check)
"""
TABS = {
    "What does it mean?": "meaning",
    "Why?": "why",
    "S and generalisation": "generalisation",
    "Sweep": "sweep",
}


@pytest.fixture(scope="module")
def page(browser: Browser, lab: Server) -> Iterator[Page]:
    with running(browser, lab, NOTEBOOK, CELL) as (page, kernel):
        shown_s(page)
        kernel.run("first.answer(2); first.start(); first.wait(timeout=60); check.answer('C11')")
        yield page


def findings(page: Page, part: str) -> list[str]:
    """Serious and critical findings in a part of the page, with the elements they are about."""
    seen = Axe().run(page, context=part).response
    assert len(seen["passes"]) > 8  # it looked at something
    found = seen["violations"]
    return [
        f"{one['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
@pytest.mark.parametrize("part", [".ncviz-explorer", ".ncviz-lesson"])
def test_nothing_serious_in_either_theme(page: Page, theme: str, part: str) -> None:
    set_theme(page, theme)
    page.wait_for_timeout(500)  # colours fade from one theme to the other
    assert findings(page, part) == []


@pytest.mark.parametrize("name", TABS)
def test_nothing_serious_in_a_tab(page: Page, name: str) -> None:
    set_theme(page, "JupyterLab Light")
    tab = page.locator(".ncviz-explorer").get_by_role("tab", name=name, exact=True)
    tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")
    expect(page.locator(".ncviz-explorer [role=tabpanel]:visible").first).to_be_visible()
    page.wait_for_timeout(1500)
    assert findings(page, ".ncviz-explorer") == []
