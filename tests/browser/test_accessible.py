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
# axe-core takes text in a notebook of JupyterLab for hidden, and so judges none of its contrasts.
# This looks at all text but that of the charts, whose ground is drawn.
TOO_FAINT = """root => {
    const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgba = colour => {
        context.clearRect(0, 0, 1, 1);
        context.fillStyle = colour;
        context.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
        return [r, g, b, a / 255];
    };
    const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3]));
    const ground = element => {
        if (!element) return [255, 255, 255];
        const own = rgba(getComputedStyle(element).backgroundColor);
        return own[3] === 1 ? own.slice(0, 3) : over(own, ground(element.parentElement));
    };
    const luminance = rgb => rgb.map(v => v / 255)
        .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    let seen = 0;
    const faint = [...root.querySelectorAll("*")].filter(e => {
        const text = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
        const off = e.closest("svg, style, :disabled, [aria-disabled=true], [hidden], option");
        if (!text || off || !e.checkVisibility({ visibilityProperty: true })) return false;
        seen += 1;
        const style = getComputedStyle(e), below = ground(e);
        const pair = [luminance(over(rgba(style.color), below)), luminance(below)];
        const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
        const large = parseFloat(style.fontSize) >= 24
            || parseFloat(style.fontSize) >= 18.7 && style.fontWeight >= 700;
        return ratio < (large ? 3 : 4.5);
    }).map(e => `${e.className}: ${e.textContent.trim().slice(0, 60)}`);
    return [seen, faint];
}"""


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
    seen, faint = page.locator(part).first.evaluate(TOO_FAINT)
    assert seen > 5 and faint == []


@pytest.mark.parametrize("name", TABS)
def test_nothing_serious_in_a_tab(page: Page, name: str) -> None:
    set_theme(page, "JupyterLab Light")
    tab = page.locator(".ncviz-explorer").get_by_role("tab", name=name, exact=True)
    tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")
    expect(page.locator(".ncviz-explorer [role=tabpanel]:visible").first).to_be_visible()
    page.wait_for_timeout(1500)
    assert findings(page, ".ncviz-explorer") == []
    assert page.locator(".ncviz-explorer").evaluate(TOO_FAINT)[1] == []
