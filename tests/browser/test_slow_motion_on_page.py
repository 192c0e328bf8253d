"""Slow motion on the page: by keyboard, role and name."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.colours import LUMINANCES
from browser.explorer_page import OVERFLOW
from lab import wait_for
from widget_page import Names, set_theme

CELL = (
    "from ncviz import Experiment\n"
    "from ncviz.widgets.views.slow_motion import SlowMotionView\n\n"
    "view = SlowMotionView(Experiment())\n"
    "view"
)
BUTTONS = (
    *("Step Alice", "Step Bob", "Step both", "Step in turns"),
    *("1 at a time", "10 at a time", "100 at a time"),
    *("Play", "Undo", "Start again"),
)
SIZES = """root => [...root.querySelectorAll("button, select, input")].map(e => {
    const box = e.getBoundingClientRect();
    return Math.min(box.width, box.height);
})"""


@pytest.fixture
def page(opened: tuple[Page, Names]) -> Page:
    """The page, back at the starting weights and with one step at a time."""
    page, kernel = opened
    page.set_viewport_size({"width": 1440, "height": 1000})
    kernel.run("view.show(Experiment(seed=1)); view.show(Experiment())")
    kernel.run("view.pair, view.others, view.setting, view.run = '', '00', '22', 0")
    button(page, "1 at a time").click()
    expect_updates(page, 0)
    return page


def card(page: Page) -> Locator:
    return page.locator(".ncviz-slow-motion").get_by_role("region", name="Slow motion", exact=True)


def button(page: Page, name: str) -> Locator:
    return card(page).get_by_role("button", name=name, exact=True)


def choice(page: Page, name: str) -> Locator:
    return card(page).get_by_role("combobox", name=name, exact=True)


def picture(page: Page, name: str) -> Locator:
    return card(page).get_by_role("img", name=re.compile(name))


def expect_updates(page: Page, count: int) -> None:
    expect(card(page)).to_contain_text(f"After {count} of 2000 updates:")


def updates(page: Page) -> int:
    found = re.search(r"After (\d+) of 2000", card(page).inner_text())
    assert found
    return int(found[1])


def test_every_button_works_by_key_and_says_what_it_did(page: Page, kernel: Names) -> None:
    expect(button(page, "Undo")).to_have_attribute("aria-disabled", "true")
    button(page, "Step Alice").press("Enter")
    expect_updates(page, 1)
    expect(card(page)).to_contain_text(
        re.compile(r"The last step of Alice \w+ Bob’s training loss")
    )
    button(page, "10 at a time").press("Enter")
    expect(button(page, "10 at a time")).to_have_attribute("aria-pressed", "true")
    button(page, "Step Bob").press("Space")
    expect_updates(page, 11)
    expect(card(page)).to_contain_text(re.compile(r"The last 10 steps of Bob \w+ Alice’s"))
    choice(page, "Turns").select_option("2 of Bob for each of Alice")
    button(page, "Step in turns").press("Enter")
    expect_updates(page, 41)
    button(page, "Step both").press("Enter")
    expect_updates(page, 51)
    made = "a" + "b" * 10 + "abb" * 10 + "2" * 10
    assert kernel.eval("view.frame['who']") == made
    button(page, "Undo").press("Enter")
    expect_updates(page, 41)
    expect(button(page, "Undo")).to_be_focused()
    button(page, "Start again").press("Enter")
    expect_updates(page, 0)


def test_the_page_shows_the_net_of_the_kernel(page: Page, kernel: Names) -> None:
    button(page, "100 at a time").click()
    for count in (100, 200, 300):
        button(page, "Step both").click()
        expect_updates(page, count)
    cosines = kernel.eval("view.motion.pulls().cosine[0].tolist()")
    for neuron, cosine in zip(
        card(page).locator(".ncviz-slow-bars li").all(), cosines, strict=True
    ):
        expect(neuron).to_contain_text(f"{cosine:.2f}".replace("-", "−"))
    loss = kernel.eval("view.motion.losses.train.tolist()")
    expect(card(page)).to_contain_text(f"Alice {loss[0]:.3f} (held-out")
    right = kernel.eval(
        "[int(n) for n in (lambda c: c.says == c.labels)(view.motion.corners()).sum(0)]"
    )
    for name, count in zip(("Alice", "Bob"), right, strict=True):
        of_head = picture(page, f"What {name} answers")
        expect(of_head).to_have_accessible_name(re.compile(f"right on {count} of the 16"))
        expect(of_head.locator("circle")).to_have_count(16)
        expect(of_head.locator("path.ncviz-slow-cross")).to_have_count(16 - count)


def test_the_hidden_layer_moves_with_a_step(page: Page) -> None:
    def drawn() -> list[str]:
        lines = card(page).locator(".ncviz-slow-pushes line.ncviz-slow-line")
        weights = card(page).locator(".ncviz-net line.ncviz-net-line")
        colours = picture(page, "What Alice answers").locator("path[class*=band]")
        return [
            lines.first.evaluate("e => e.outerHTML"),
            weights.first.evaluate("e => e.outerHTML"),
            colours.evaluate_all("all => all.map(e => e.getAttribute('d')).join()"),
        ]

    button(page, "10 at a time").click()
    before = drawn()
    button(page, "Step Alice").click()
    expect_updates(page, 10)
    wait_for(drawn, lambda now: all(a != b for a, b in zip(now, before, strict=True)))
    expect(picture(page, "with the pushes of").locator(".ncviz-of-alice").first).to_be_attached()
    expect(picture(page, "with the pushes of").locator(".ncviz-of-bob").first).to_be_attached()


def test_an_empty_plane_says_what_to_do(page: Page) -> None:
    button(page, "100 at a time").click()
    button(page, "Step both").click()
    expect_updates(page, 100)
    expect(card(page)).to_contain_text(re.compile(r"Arrows: \d+ times as long as"))
    button(page, "Step both").click()
    expect_updates(page, 200)
    button(page, "Step Bob").click()
    expect_updates(page, 300)
    expect(card(page)).to_contain_text("No neuron’s line crosses this plane: let other bits vary")
    expect(card(page).locator(".ncviz-slow-line")).to_have_count(0)


def test_play_repeats_the_last_step_until_it_is_paused(page: Page, kernel: Names) -> None:
    button(page, "Step Bob").click()
    expect(card(page)).to_contain_text("Play repeats: step Bob, ×1.")
    button(page, "Play").press("Enter")
    wait_for(lambda: updates(page), lambda now: now >= 6)
    button(page, "Pause").press("Enter")
    expect(button(page, "Play")).to_be_focused()
    page.wait_for_timeout(400)  # a step that was under way
    stopped = updates(page)
    page.wait_for_timeout(600)
    assert updates(page) == stopped
    assert kernel.eval("view.frame['who']") == "b" * stopped


def test_play_ends_with_the_last_batch(page: Page) -> None:
    button(page, "100 at a time").click()
    choice(page, "Turns").select_option("8 of Alice for each of Bob")
    button(page, "Step in turns").click()
    expect_updates(page, 900)
    button(page, "Play").click()
    expect_updates(page, 1998)  # two batches are left, and a round takes nine
    expect(button(page, "Play")).to_have_attribute("aria-disabled", "true")
    expect(button(page, "Step in turns")).to_have_attribute("aria-disabled", "true")
    button(page, "Step Alice").click()
    expect_updates(page, 2000)
    expect(card(page)).to_contain_text("All batches of this run are used.")
    for name in BUTTONS[:3]:
        expect(button(page, name)).to_have_attribute("aria-disabled", "true")


def test_who_wants_less_motion_gets_fewer_pictures(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    button(page, "Step both").click()
    expect_updates(page, 1)
    button(page, "Play").click()
    page.wait_for_timeout(2500)
    button(page, "Pause").click()
    assert 2 <= updates(page) <= 5
    page.emulate_media(reduced_motion="no-preference")


def test_another_plane_and_setting_are_chosen_by_name(page: Page, kernel: Names) -> None:
    choice(page, "Vary").select_option("s3 and s4")
    expect(choice(page, "Keep").locator("option").first).to_have_text("s1 = 0, s2 = 0")
    choice(page, "Keep").select_option("s1 = 1, s2 = 0")
    wait_for(
        lambda: kernel.eval("view.frame['pair'], view.others"), lambda now: now == ([2, 3], "10")
    )
    choice(page, "Setting").select_option("A1 with B2")
    expect(card(page)).to_contain_text("run 0, s1 AND s2 with s3 XOR s4")
    run = card(page).get_by_role("spinbutton", name="Run", exact=True)
    run.fill("999")
    run.press("Enter")
    expect(run).to_have_value("49")
    wait_for(lambda: kernel.eval("view.motion.run"), lambda now: now == 49)


def test_what_cannot_be_shown_is_explained(page: Page, kernel: Names) -> None:
    kernel.run("view.show(Experiment(hidden=40))")
    expect(card(page)).to_contain_text("No slow motion here: hidden must be at most 24")
    expect(button(page, "Step Alice")).to_be_hidden()
    kernel.run("view.show(Experiment(trunk='separate'))")
    expect(card(page)).to_contain_text(
        "Each head has neurons of its own, at which only it can pull."
    )
    expect(card(page).locator(".ncviz-slow-ring")).to_have_count(0)
    expect(card(page).locator(".ncviz-slow-bars")).to_be_hidden()


def test_it_is_readable_in_light_and_dark(page: Page) -> None:
    parts = [button(page, "Step Alice"), card(page).locator(".ncviz-caption")]
    parts.append(card(page).locator(".ncviz-slow-bars li span").first)
    for theme in ("dark", "light"):
        set_theme(page, theme)
        for part in parts:
            pair = part.evaluate(LUMINANCES)
            assert (max(pair) + 0.05) / (min(pair) + 0.05) >= 4.5, part  # WCAG's contrast of text


@pytest.mark.parametrize("width", [1440, 768, 390])
def test_nothing_overflows_and_every_control_is_large_enough_to_touch(
    page: Page, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    for name in BUTTONS:
        expect(button(page, name)).to_be_visible()
    wait_for(lambda: page.locator(".ncviz-slow-motion").evaluate(OVERFLOW), lambda found: not found)
    assert min(page.locator(".ncviz-slow-motion").evaluate(SIZES)) >= 44
