"""The tab "S and generalisation" on the page: three clicks to a regression, keys to a run."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from browser.explorer_page import OVERFLOW, PART, control, shown_s
from lab import wait_for
from widget_page import Names, set_theme, widgets

EXPLORER = "from ncviz import Explorer\n\nexplorer = Explorer(steps=200, runs=10)\nexplorer"


@pytest.fixture(scope="module")
def opened(browser: Browser) -> Iterator[tuple[Page, Names]]:
    """A page with the regression of a quick sweep."""
    with widgets(browser, EXPLORER) as (page, kernel):
        shown_s(page)
        page.get_by_role("tab", name="S and generalisation", exact=True).click()
        page.get_by_role("button", name="Run a quick sweep", exact=True).click()
        expect(view(page).locator(".ncviz-caption")).to_contain_text("over all 600 runs")
        settle(page)
        kernel.run(PART)
        yield page, kernel


def view(page: Page) -> Locator:
    return page.locator(".ncviz-regression-view")


def picture(page: Page) -> Locator:
    return view(page).locator(".ncviz-regression-frame")


def readout(page: Page) -> Locator:
    return view(page).locator(".ncviz-regression-readout")


def settle(page: Page) -> None:
    expect(view(page).locator(".ncviz-regression-note")).to_be_hidden()


def drawn_for(page: Page) -> bool:
    """Whether the picture is as wide as its card lets it be."""
    room = view(page).locator("section").evaluate("e => e.clientWidth") - 26
    drawn = int(view(page).locator("img").get_attribute("width") or 0)
    return bool(min(room, 860) - 21 <= drawn <= max(room, 260) + 1)


def test_it_is_there_in_words_and_tables(opened: tuple[Page, Names]) -> None:
    page, _ = opened
    expect(picture(page)).to_have_attribute("aria-label", re.compile("600 runs. One percentage"))
    slopes = page.get_by_role("region", name="Slopes side by side")
    expect(slopes.get_by_role("row")).to_have_count(9)
    expect(page.get_by_text("Spearman")).to_be_visible()
    expect(page.get_by_role("region", name="Where is S a useful guide?")).to_be_visible()


def test_a_run_is_walked_to_and_chosen_by_keys(opened: tuple[Page, Names]) -> None:
    page, kernel = opened
    picture(page).focus()
    page.keyboard.press("ArrowRight")
    expect(readout(page)).to_contain_text("hidden size 1, run ")
    expect(readout(page)).to_have_attribute("aria-live", "polite")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    expect(readout(page)).to_contain_text("hidden size 2, run ")
    found = re.search(r"run (\d+): .* ([\d.]+) %, S of .* ([\d.]+)$", readout(page).inner_text())
    assert found
    run, error, s = int(found[1]), float(found[2]), float(found[3])
    runs = f"explorer.sweep.runs.query('hidden == 2 and run == {run}').iloc[0]"
    assert kernel.eval(f"round(100 * float({runs}.error_second), 1)") == pytest.approx(error)
    assert kernel.eval(f"round(float({runs}.S_first), 2)") == pytest.approx(s)
    page.keyboard.press("Enter")
    expect(readout(page)).to_contain_text(f"The Explorer is at hidden size 2, run {run}")
    expect(control(page, "hidden")).to_have_attribute("aria-valuetext", "2 neurons")
    net = page.locator(".ncviz-regression-net")
    expect(net.locator(".ncviz-caption")).to_contain_text(f"Run {run}, setting A2 with B2")
    wait_for(lambda: kernel.eval("explorer.state.run"), lambda now: now == run)


def test_a_click_chooses_the_run_that_is_under_it(opened: tuple[Page, Names]) -> None:
    page, kernel = opened
    box = picture(page).bounding_box()
    assert box
    code = "[float(__import__('numpy').frombuffer(v.frame[k], '<f4')[i]) for k in ('left', 'top')]"
    kernel.run("v = part('RegressionView'); i = 7")
    left, top = kernel.eval(code)
    scale = box["width"] / kernel.eval("v.frame['width']")
    picture(page).scroll_into_view_if_needed()
    box = picture(page).bounding_box()
    assert box
    page.mouse.click(box["x"] + scale * left, box["y"] + scale * top)
    expect(readout(page)).to_contain_text("The Explorer is at hidden size 1, run 7:")
    expect(control(page, "hidden")).to_have_attribute("aria-valuetext", "1 neuron")


def test_a_list_changes_the_answer(opened: tuple[Page, Names]) -> None:
    page, _ = opened
    page.get_by_label("Points for S and error", exact=True).select_option(
        "the same points for both"
    )
    expect(view(page).locator(".ncviz-caption")).to_contain_text("more held-out error goes with S")
    page.get_by_label("Sizes", exact=True).select_option("1 hidden neuron only")
    expect(view(page).locator(".ncviz-caption")).to_contain_text("over all 100 runs")
    page.get_by_label("Sizes", exact=True).select_option("all sizes")
    expect(view(page).locator(".ncviz-caption")).to_contain_text("over all 600 runs")


def test_the_picture_is_drawn_for_the_page_it_is_on(opened: tuple[Page, Names]) -> None:
    page, kernel = opened
    whole = page.locator(".ncviz-explorer")
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 1000})
        wait_for(lambda: drawn_for(page))
        settle(page)
        wait_for(lambda: whole.evaluate(OVERFLOW), lambda found: found == [], seconds=10)
    set_theme(page, "dark")
    wait_for(lambda: kernel.eval("part('RegressionView').dark"))
    set_theme(page, "light")
    wait_for(lambda: not kernel.eval("part('RegressionView').dark"))


def test_it_can_be_saved(opened: tuple[Page, Names]) -> None:
    page, _ = opened
    for kind in ("PNG", "SVG"):
        with page.expect_download() as download:
            view(page).get_by_role("button", name=f"Picture ({kind})", exact=True).click()
        assert download.value.suggested_filename == f"ncviz-regression.{kind.lower()}"
