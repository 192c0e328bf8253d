"""The Tab key goes through everything as the eye does, and the focus is never lost."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from browser.colours import COLOURS
from browser.explorer_page import (
    button,
    control,
    shown_s,
    training_step,
    unfold,
)
from browser.test_accessible import CELL as CARDS
from lab import wait_for
from widget_page import Names, set_theme

EXPLORER = f"""{CARDS}
from dataclasses import replace

slow = Predict(
    "Will it end?",
    choices=("yes", "no"),
    run=Experiment(runs=2, steps=10**5),
    compare=lambda *_: "No.",
)
display(slow)
"""
TABS = {
    "Play": "",
    "What does it mean?": "meaning",
    "Why?": "why",
    "S and generalisation": "regression",
    "Sweep": "sweep",
}
# Numbers what the Tab key should stop at, and gives its place in the part, before it is scrolled.
STOPS = """root => {
    document.querySelectorAll("[data-stop]").forEach(e => delete e.dataset.stop);
    const [from, groups] = [root.getBoundingClientRect(), new Set()];
    const stops = [...root.querySelectorAll("a[href], button, input, select, summary, [tabindex]")]
        .filter(e => e.tabIndex >= 0 && !e.matches(":disabled") && e.getClientRects().length)
        .filter(e => e.checkVisibility({ visibilityProperty: true }))
        .filter(e => {  // of radio buttons the chosen one is the stop, or the first
            if (e.type !== "radio") return true;
            const chosen = root.querySelector(`[name="${e.name}"]:checked`);
            return chosen ? e === chosen : !groups.has(e.name) && groups.add(e.name);
        });
    return stops.map((e, k) => {
        e.dataset.stop = k;
        const box = e.getBoundingClientRect();
        const name = e.getAttribute("aria-label") || e.labels?.[0]?.innerText || e.innerText;
        return {
            name: `${e.localName} ${(name || e.className).slice(0, 40)}`,
            left: box.left - from.left, right: box.right - from.left,
            top: box.top - from.top, bottom: box.bottom - from.top,
        };
    });
}"""
# Whether the focus can be seen: its ring (of a slider, that of its thumb) and nothing over it;
# null where it is not in the part.
FOCUSED = (
    f"part => {{{COLOURS}"
    + """
    const e = document.activeElement;
    if (!part.contains(e)) return null;
    const label = e.closest("label.ncviz-lesson-choice, .ncviz-segments label") ?? e;
    const rings = [label, e].map(node => getComputedStyle(node))
        .filter(style => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2)
        .map(style => style.outlineColor);
    if (e.type === "range") rings.push(getComputedStyle(e).getPropertyValue("--ncviz-focus"));
    const below = ground(label.parentElement);
    const box = label.getBoundingClientRect();
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    const control = e.matches("button, input, select") && !e.matches(".ncviz-unseen");
    return {
        stop: e.dataset.stop ?? null,
        contrast: Math.max(0, ...rings.map(ring => contrast(rgba(ring), below))),
        covered: control && top && !label.contains(top) ? `${top.localName} ${top.className}` : "",
    };
}"""
)

PLACES = "box => [...box.children].map(e => Number(getComputedStyle(e).order))"


@pytest.fixture
def page(opened: tuple[Page, Names]) -> Page:
    page, _ = opened
    page.set_viewport_size({"width": 1400, "height": 1000})
    set_theme(page, "light")
    show_tab(page, "Play")
    return page


def tab(page: Page, name: str) -> Locator:
    return page.locator(".ncviz-explorer").get_by_role("tab", name=name, exact=True)


def show_tab(page: Page, name: str) -> None:
    if tab(page, name).get_attribute("aria-selected") != "true":
        tab(page, name).click()
    expect(tab(page, name)).to_have_attribute("aria-selected", "true")
    panels = page.locator(".ncviz-explorer .ncviz-panels")
    if TABS[name]:
        expect(panels.locator(f"> .ncviz-{TABS[name]}")).to_be_visible()
    expect(panels).to_be_visible(visible=bool(TABS[name]))
    if name != "Sweep":  # which has no pictures before it is started
        expect(page.locator(".ncviz-explorer .ncviz-wait:visible")).to_have_count(0)
    expect(page.locator(".ncviz-explorer [aria-busy=true]:visible")).to_have_count(0)


def stops_of(part: Locator) -> list[dict[str, Any]]:
    """What there is to stop at, once nothing moves any more."""
    part.page.evaluate("document.activeElement?.blur()")
    part.evaluate("e => e.scrollIntoView()")

    def twice() -> tuple[Any, Any]:
        before = part.evaluate(STOPS)
        part.page.wait_for_timeout(200)
        return before, part.evaluate(STOPS)

    return wait_for(twice, lambda both: both[0] == both[1])[0]


def walk(part: Locator, key: str, n: int) -> list[dict[str, Any]]:
    """Press a key from one end of a part until the focus leaves it, or should have."""
    page, ends = part.page, part.locator("[data-stop]")
    (ends.last if key == "Shift+Tab" else ends.first).focus()
    # By the keyboard, so that the first one shows its ring, too.
    page.keyboard.press("Tab" if key == "Shift+Tab" else "Shift+Tab")
    found = []
    for _ in range(n + 5):
        page.keyboard.press(key)
        if (seen := part.evaluate(FOCUSED)) is None:
            break
        found.append(seen)
    return found


def jumps(stops: list[dict[str, Any]]) -> list[str]:
    """Pairs in which the later one is neither below the earlier one nor right of it."""
    slack = 8  # pixels: things in a row need not end together
    return [
        f"{earlier['name']} comes before {later['name']}"
        for k, earlier in enumerate(stops)
        for later in stops[k + 1 :]
        if later["top"] < earlier["bottom"] - slack and later["left"] < earlier["right"] - slack
    ]


@pytest.mark.parametrize(
    ("width", "name"),
    [*((1400, name) for name in TABS), (800, "Play"), *((390, name) for name in TABS)],
)
def test_the_tab_key_visits_everything_once_as_it_is_seen(
    page: Page, width: int, name: str
) -> None:
    page.set_viewport_size({"width": width, "height": 1000})
    show_tab(page, name)
    explorer = page.locator(".ncviz-explorer")
    stops = stops_of(explorer)
    assert len(stops) > 25
    visited = walk(explorer, "Tab", len(stops))
    assert [int(each["stop"] or -1) for each in visited] == list(range(len(stops)))
    assert jumps(stops) == []
    check_rings(stops, visited)


def check_rings(stops: list[dict[str, Any]], visited: list[dict[str, Any]]) -> None:
    for stop, seen in zip(stops, visited, strict=True):
        assert seen["contrast"] >= 3, f"no ring around {stop['name']}"
        assert not seen["covered"], f"{stop['name']} lies behind {seen['covered']}"


@pytest.mark.parametrize("width", [1400, 390])
def test_with_shift_it_goes_back_the_same_way(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 1000})
    explorer = page.locator(".ncviz-explorer")
    n = len(stops_of(explorer))
    back = [int(each["stop"] or -1) for each in walk(explorer, "Shift+Tab", n)]
    assert back == list(range(n))[::-1]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_sliders_show_a_ring_around_their_thumb(page: Page, theme: str) -> None:
    set_theme(page, theme)
    page.wait_for_timeout(500)  # colours fade from one theme to the other
    sliders = page.locator(".ncviz-explorer input[type=range]:visible").all()
    assert len(sliders) == 5
    for slider in sliders:
        slider.focus()
        page.keyboard.press("Tab")
        without = focus_colour(slider)
        page.keyboard.press("Shift+Tab")
        assert focus_colour(slider) > without + 20


def focus_colour(slider: Locator) -> int:
    """How many pixels of a slider have the focus's colour: no computed style tells of its thumb."""
    colour = slider.evaluate("e => getComputedStyle(e).getPropertyValue('--ncviz-focus')")
    wanted = tuple(bytes.fromhex(colour.strip().lstrip("#")))
    picture = Image.open(BytesIO(slider.screenshot())).convert("RGB")
    return sum(n for n, each in picture.getcolors(1 << 20) or [] if each == wanted)


def test_the_arrow_keys_go_from_tab_to_tab(page: Page) -> None:
    tabs = page.locator(".ncviz-explorer").get_by_role("tab").all()
    names = [each.inner_text() for each in tabs]
    assert names == [*TABS]
    tabs[0].focus()
    for key, name in (("ArrowRight", names[1]), ("End", names[-1]), ("ArrowRight", names[0])):
        page.keyboard.press(key)
        expect(tab(page, name)).to_be_focused()
        expect(tab(page, name)).to_have_attribute("aria-selected", "true")
        assert [each.get_attribute("tabindex") for each in tabs].count("0") == 1


# Lesson cards


@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.parametrize("part", [".ncviz-lesson", ".ncviz-self-check"])
def test_the_cards_of_a_lesson_are_visited_as_they_are_seen(
    page: Page, kernel: Names, part: str, width: int
) -> None:
    kernel.run("first.again(); first.answer(2); first.start(); first.wait(timeout=60)")
    page.set_viewport_size({"width": width, "height": 1000})
    card = page.locator(part).first
    expect(page.get_by_role("button", name="Check", exact=True)).to_be_visible()
    stops = stops_of(card)
    assert len(stops) >= 2
    visited = walk(card, "Tab", len(stops))
    assert [int(each["stop"] or -1) for each in visited] == list(range(len(stops)))
    assert jumps(stops) == []
    check_rings(stops, visited)
    back = [int(each["stop"] or -1) for each in walk(card, "Shift+Tab", len(stops))]
    assert back == list(range(len(stops)))[::-1]


def test_a_prediction_keeps_the_focus_when_its_run_begins_and_ends(
    page: Page, kernel: Names
) -> None:
    kernel.run("first.again()")
    card = page.locator(".ncviz-lesson").first
    box = card.get_by_role("textbox", name="Your prediction")
    box.fill("2.5")
    box.press("Enter")
    expect(card.get_by_role("button", name="Predict again")).to_be_focused()
    page.keyboard.press("Enter")
    expect(card.get_by_role("button", name="Run the experiment")).to_be_focused()


def test_whoever_stops_a_run_goes_on_at_the_button(page: Page, kernel: Names) -> None:
    kernel.run("slow.answer('no')")
    card = page.locator(".ncviz-lesson").nth(1)
    run = card.get_by_role("button", name="Run the experiment", exact=True)
    expect(run).to_have_attribute("aria-disabled", "false")
    run.press("Enter")
    card.get_by_role("button", name="Stop", exact=True).press("Enter")
    expect(run).to_be_focused()


# What happens around the focus does not take it away


def test_a_training_and_its_end_leave_the_focus(page: Page) -> None:
    for field, key in (("hidden", "ArrowRight"), ("runs", "ArrowRight"), ("hidden", "ArrowLeft")):
        slider = control(page, field)
        slider.press(key)
        shown_s(page)
        expect(slider).to_be_focused()


def test_a_training_does_not_take_the_focus_from_the_replay(page: Page, kernel: Names) -> None:
    for place in (training_step(page), page.get_by_role("spinbutton", name="Run", exact=True)):
        place.focus()
        kernel.run(
            "explorer.experiment = replace(explorer.experiment, seed=explorer.experiment.seed + 1)"
        )
        shown_s(page)
        expect(place).to_be_focused()


def test_a_preset_and_what_follows_leave_the_focus(page: Page) -> None:
    preset = button(page, "ample")
    preset.press("Enter")
    expect(preset).to_have_attribute("aria-pressed", "true")
    shown_s(page)
    expect(preset).to_be_focused()


def test_a_fold_keeps_the_focus_open_and_closed(page: Page) -> None:
    for name in ("More settings", "Own tasks", "Settled pictures"):
        unfold(page, name)
        fold = button(page, name)
        expect(fold).to_be_focused()
        fold.press("Enter")
        expect(fold).to_have_attribute("aria-expanded", "false")
        expect(fold).to_be_focused()
    stops_of(page.locator(".ncviz-explorer"))
    hidden = page.locator(".ncviz-closed [data-stop]")
    expect(hidden).to_have_count(0)  # what is folded is no stop


def test_a_removed_pin_hands_the_focus_on(page: Page, kernel: Names) -> None:
    removes = page.locator(".ncviz-pinned").get_by_role("button", name="Remove")
    for count in (1, 2):
        button(page, "Pin this run").press("Enter")
        expect(removes).to_have_count(count)
        before = kernel.eval("explorer.experiment.hidden")
        control(page, "hidden").press("ArrowLeft")
        moved = f"explorer.experiment.hidden == {before - 1} and explorer.result is not None"
        wait_for(lambda moved=moved: kernel.eval(moved))  # else there is nothing new to pin
    removes.first.press("Enter")
    expect(removes).to_have_count(1)
    expect(removes).to_be_focused()
    removes.press("Enter")
    expect(removes).to_have_count(0)
    expect(page.get_by_role("heading", name="Pinned runs", exact=True)).to_be_focused()


def test_undo_keeps_the_focus_until_nothing_is_left(page: Page) -> None:
    control(page, "hidden").press("ArrowRight")
    undo = button(page, "Undo")
    expect(undo).to_have_attribute("aria-disabled", "false")
    undo.focus()
    wait_for(lambda: page.keyboard.press("Enter") or undo.get_attribute("aria-disabled") == "true")
    expect(undo).to_have_attribute("aria-disabled", "true")
    expect(undo).to_be_focused()


def test_another_width_leaves_the_focus(page: Page) -> None:
    slider, columns = control(page, "runs"), page.locator(".ncviz-columns")
    slider.focus()
    for width in (390, 1400, 800):
        page.set_viewport_size({"width": width, "height": 1000})
        expect(slider).to_be_focused()
        wait_for(lambda: columns.evaluate(PLACES), lambda places: places == sorted(places))
