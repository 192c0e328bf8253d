"""What axe-core finds in the Explorer, in each of its tabs, and in the cards of a lesson."""

import re
from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from browser.colours import COLOURS
from browser.explorer_page import control, shown_s, verdict
from lab import wait_for
from widget_page import set_theme, widgets

CELL = """
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
TOO_FAINT = (
    f"root => {{{COLOURS}"
    + """
    let seen = 0;
    const faint = [...root.querySelectorAll("*")].filter(e => {
        const text = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
        const off = e.closest("svg, style, :disabled, [aria-disabled=true], [hidden], option");
        if (!text || off || !e.checkVisibility({ visibilityProperty: true })) return false;
        seen += 1;
        const style = getComputedStyle(e), below = ground(e);
        const ratio = contrast(over(rgba(style.color), below), below);
        const large = parseFloat(style.fontSize) >= 24
            || parseFloat(style.fontSize) >= 18.7 && style.fontWeight >= 700;
        return ratio < (large ? 3 : 4.5);
    }).map(e => `${e.className}: ${e.textContent.trim().slice(0, 60)}`);
    return [seen, faint];
}"""
)

# Collects what is said in live regions: those with a role of their own, and those marked as live.
LISTEN = """root => {
    window.heard = [];
    const regions = "[aria-live], [role=status], [role=alert], [role=log]";
    const loudness = e => e.getAttribute("aria-live")
        ?? (e.getAttribute("role") === "alert" ? "assertive" : "polite");
    const listener = new MutationObserver(records => {
        const changed = new Set(records.map(r => {
            const e = r.target.nodeType === 1 ? r.target : r.target.parentElement;
            return e?.closest(regions);
        }));
        for (const e of changed) {
            if (!e || loudness(e) === "off" || !e.textContent.trim()) continue;
            window.heard.push([loudness(e), e.textContent.trim()]);
        }
    });
    listener.observe(root, { childList: true, characterData: true, subtree: true });
}"""
MOVING = """root => [...root.querySelectorAll("*")].filter(e => {
    const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(e);
    const moves = transitionDuration.split(",").some(t => parseFloat(t) > 0);
    return moves || animationName !== "none" || scrollBehavior === "smooth";
}).map(e => e.outerHTML.slice(0, 120))"""
# In forced colours backgrounds go: a control must have a border then, and lines and words of charts
# a colour that can be told from the ground, whatever theme JupyterLab is in.
VANISHED = """root => {
    const ground = getComputedStyle(root).backgroundColor === "rgba(0, 0, 0, 0)"
        ? getComputedStyle(document.body).backgroundColor : getComputedStyle(root).backgroundColor;
    const there = e => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length;
    const bare = [...root.querySelectorAll("button:not(.ncviz-fold-button button), select, "
        + "input[type=text], input[type=number]")].filter(there).filter(e => {
        const style = getComputedStyle(e);
        return style.borderTopStyle === "none" || parseFloat(style.borderTopWidth) < 1;
    });
    // The ground is transparent, but of the colour that is forced: alpha is not looked at.
    const luminance = colour => colour.match(/[\\d.]+/g).slice(0, 3)
        .map(v => colour.startsWith("color(") ? v : v / 255)
        .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const faint = colour => {
        const [low, high] = [luminance(colour), luminance(ground)].sort((x, y) => x - y);
        return (high + 0.05) / (low + 0.05) < 3;
    };
    const lines = [...root.querySelectorAll("svg :is("
        + "path.ncviz-curve, .ncviz-s-line, .ncviz-axis, text)")]
        .filter(there).filter(e => {
            const { stroke, fill } = getComputedStyle(e);
            return faint(e.localName === "text" || stroke === "none" ? fill : stroke);
        });
    const fills = [...root.querySelectorAll("[role=progressbar] > *")].filter(there)
        .filter(e => getComputedStyle(e).backgroundColor === ground);
    // Behind text there is the ground, unless an element says that it has a colour of its own.
    const hidden = [...root.querySelectorAll("button, label, span, p")].filter(there).filter(e => {
        const { color, forcedColorAdjust } = getComputedStyle(e);
        return color === ground && forcedColorAdjust === "auto";
    });
    return [...bare, ...lines, ...fills, ...hidden].map(e => e.outerHTML.slice(0, 160));
}"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with widgets(browser, CELL) as (page, kernel):
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


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("part", [".ncviz-explorer", ".ncviz-lesson"])
def test_nothing_serious_in_either_theme(page: Page, theme: str, part: str) -> None:
    set_theme(page, theme)
    page.wait_for_timeout(500)  # colours fade from one theme to the other
    assert findings(page, part) == []
    seen, faint = page.locator(part).first.evaluate(TOO_FAINT)
    assert seen > 5 and faint == []


@pytest.mark.parametrize("name", TABS)
def test_nothing_serious_in_a_tab(page: Page, name: str) -> None:
    set_theme(page, "light")
    tab = page.locator(".ncviz-explorer").get_by_role("tab", name=name, exact=True)
    tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")
    expect(page.locator(".ncviz-explorer [role=tabpanel]:visible").first).to_be_visible()
    page.wait_for_timeout(1500)
    assert findings(page, ".ncviz-explorer") == []
    assert page.locator(".ncviz-explorer").evaluate(TOO_FAINT)[1] == []


def test_a_training_is_told_politely_and_at_its_end(page: Page) -> None:
    page.locator(".ncviz-explorer").get_by_role("tab", name="Play", exact=True).click()
    page.locator(".ncviz-explorer").evaluate(LISTEN)
    control(page, "hidden").press("ArrowRight")
    wait_for(lambda: page.evaluate("window.heard"))
    shown_s(page)
    page.wait_for_timeout(500)  # what would still be said
    heard = page.evaluate("window.heard")
    assert 1 <= len(heard) <= 3, heard
    assert {loudness for loudness, _ in heard} == {"polite"}
    said = heard[-1][1]
    assert re.search(r"^S = −?\d\.\d\d \[.*\]\. .*(S is|S passes|Above 2)", said), said
    assert said.split(". ")[0] in re.sub(r"\s+", " ", verdict(page).inner_text())


def test_only_a_bad_value_is_told_at_once(page: Page) -> None:
    page.locator(".ncviz-explorer").evaluate(LISTEN)
    box = control(page, "seed")
    good = box.input_value()
    box.fill("many")
    box.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="must be a whole number")).to_be_visible()
    loud = {text[:8] for loudness, text in page.evaluate("window.heard") if loudness != "polite"}
    assert loud == {"The seed"}
    box.fill(good)
    box.press("Enter")


def test_no_chart_lies_in_a_live_region(page: Page) -> None:
    live = page.locator(".ncviz :is([aria-live=polite], [role=status], [role=alert], [role=log])")
    assert live.count() > 5
    assert live.locator("svg").count() == 0


def test_nothing_moves_by_itself_where_motion_is_not_wanted(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    for part in (".ncviz-explorer", ".ncviz-lesson", ".ncviz-self-check"):
        assert page.locator(part).first.evaluate(MOVING) == []
    page.emulate_media(reduced_motion="no-preference")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_vanishes_in_forced_colours(page: Page, scheme: Literal["light", "dark"]) -> None:
    set_theme(page, "light")
    page.locator(".ncviz-explorer").get_by_role("tab", name="Play", exact=True).click()
    page.emulate_media(forced_colors="active", color_scheme=scheme)
    page.wait_for_timeout(500)  # colours fade from one theme to the other
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    for part in (".ncviz-explorer", ".ncviz-lesson", ".ncviz-self-check"):
        assert page.locator(part).first.evaluate(VANISHED) == []
    tabs = page.locator(".ncviz-explorer").get_by_role("tab").all()
    border = "e => getComputedStyle(e).borderTopWidth"
    widths = {tab.get_attribute("aria-selected"): tab.evaluate(border) for tab in tabs}
    assert widths["true"] != widths["false"]
    page.emulate_media(forced_colors="none", color_scheme="light")
