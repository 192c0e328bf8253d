"""A page at 200 % and at 400 %: nothing sticks out, is cut off, or lies over something else."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from browser.explorer_page import (
    control,
    expect_another_verdict,
    shown_s,
    unfold,
    verdict,
)
from browser.test_accessible import CELL
from browser.test_focus_order import TABS, show_tab
from lab import wait_for
from widget_page import widgets

# A window of 1280 × 1024 pixels, whose pixels are two or four of the screen's.
WINDOWS = {"200 %": {"width": 640, "height": 512}, "400 %": {"width": 320, "height": 256}}
STICKS_OUT = """root => {
    const named = e => `${e.localName}.${e.className.baseVal ?? e.className} "${e.textContent
        .trim().slice(0, 40)}"`;
    const [whole, found] = [root.getBoundingClientRect(), []];
    const scrolls = e => e !== root
        && (["auto", "scroll"].includes(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
    for (const e of root.querySelectorAll("*")) {
        const seen = e.checkVisibility({ visibilityProperty: true });
        if (!seen || e.closest(".ncviz-unseen, .ncviz-unseen *, option")) continue;
        const box = e.getBoundingClientRect();
        const drawn = e.closest("svg") && !e.matches("svg, text");
        const out = box.right > whole.right + 1.5 || box.left < whole.left - 1.5;
        if (box.width && out && !drawn && !scrolls(e)) found.push(`sticks out: ${named(e)}`);
        const text = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
        if (!text || e.closest("svg")) continue;
        const style = getComputedStyle(e);
        const hides = overflow => !["visible", "auto", "scroll"].includes(overflow);
        const wide = e.scrollWidth > e.clientWidth + 1 && hides(style.overflowX);
        const high = e.scrollHeight > e.clientHeight + 2 && hides(style.overflowY);
        if (style.display !== "inline" && (wide || high)) found.push(`is cut off: ${named(e)}`);
    }
    return found;
}"""
# The sliders of a phone stand above all that passes below them.
OVERLAPS = """root => {
    const [walker, boxes, found] = [document.createTreeWalker(root, NodeFilter.SHOW_TEXT), [], []];
    const sliders = e => Boolean(e.closest(".ncviz-main-controls"));
    while (walker.nextNode()) {
        const [text, e] = [walker.currentNode, walker.currentNode.parentElement];
        const seen = e.checkVisibility({ visibilityProperty: true, opacityProperty: true });
        if (!text.textContent.trim() || !seen || e.closest(".ncviz-unseen, option")) continue;
        const range = document.createRange();
        range.selectNodeContents(text);
        const said = text.textContent.trim().slice(0, 40);
        for (const box of range.getClientRects()) if (box.width > 1) boxes.push([box, e, said]);
    }
    boxes.forEach(([a, one, text], k) => boxes.slice(k + 1).forEach(([b, other, under]) => {
        if (one.contains(other) || other.contains(one) || sliders(one) !== sliders(other)) return;
        const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        const much = height > 0.4 * Math.min(a.height, b.height);
        if (width > 6 && much) found.push(`"${text}" lies over "${under}"`);
    }));
    const places = [...root.querySelectorAll("button, select, input:not(.ncviz-unseen)")]
        .filter(e => e.checkVisibility({ visibilityProperty: true }))
        .map(e => [e.getBoundingClientRect(), e]);
    places.forEach(([a, one], k) => places.slice(k + 1).forEach(([b, other]) => {
        if (sliders(one) !== sliders(other)) return;
        const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (width > 2 && height > 6) found.push(`${one.outerHTML} lies over ${other.outerHTML}`);
    }));
    return [boxes.length, found];
}"""


@pytest.fixture(scope="module")
def opened(browser: Browser) -> Iterator[Page]:
    with widgets(browser, CELL) as (page, kernel):
        shown_s(page)
        kernel.run("first.answer(2); first.start(); first.wait(timeout=60); check.answer('C11')")
        for name in ("More settings", "Own tasks", "Settled pictures"):
            unfold(page, name)
        yield page


@pytest.fixture(params=WINDOWS)
def page(opened: Page, request: pytest.FixtureRequest) -> Page:
    opened.set_viewport_size(WINDOWS[request.param])
    return opened


def check(part: Locator) -> None:
    """A part that fits, once its charts are drawn anew for their width."""
    wait_for(lambda: part.evaluate(STICKS_OUT), lambda found: found == [], seconds=8)
    seen, found = part.evaluate(OVERLAPS)
    assert seen > 5 and found == []


@pytest.mark.parametrize("name", TABS)
def test_the_explorer_fits(page: Page, name: str) -> None:
    show_tab(page, name)
    check(page.locator(".ncviz-explorer"))


@pytest.mark.parametrize("part", [".ncviz-lesson", ".ncviz-self-check"])
def test_the_cards_of_a_lesson_fit(page: Page, part: str) -> None:
    check(page.locator(part).first)


def test_its_controls_still_work(page: Page) -> None:
    show_tab(page, "Play")
    before = verdict(page).inner_text()
    box = control(page, "seed")
    box.fill(str(int(box.input_value()) + 1))
    box.press("Enter")
    expect_another_verdict(page, before)
    for field in ("hidden", "pairing", "learning_rate", "runs", "trunk", "seed"):
        control(page, field).focus()
        expect(control(page, field)).to_be_in_viewport()  # JupyterLab leaves 144 pixels at 400 %
