"""A teacher's Explorer on the page: what is hidden is nowhere, what is locked says that it is."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from browser.explorer_page import button, control, expect_result
from lab import write_notebook
from voila_server import Voila, open_dashboard
from widget_page import Names

EXPLORER = (
    "from ncviz import Explorer\n\nexplorer = Explorer(\n    hidden=4, steps=300, runs=10,\n"
    '    hide=["seed", "runs", "net", "meaning", "presets", "own-tasks"],\n'
    '    lock=["pairing", "trunk"],\n'
    '    lesson="<b>Find</b> the peak\\nMove <i>hidden neurons</i>.",\n)\nexplorer'
)
TEACHER = "set by your teacher"


@pytest.fixture
def page(opened: tuple[Page, Names]) -> Page:
    return opened[0]


def test_what_is_hidden_is_not_in_the_page(page: Page) -> None:
    explorer = page.locator(".ncviz-explorer")
    for field in ("seed", "runs"):
        expect(explorer.locator(f".ncviz-{field}")).to_have_count(0)
        expect(control(page, field)).to_have_count(0)
    for name in ("Next seed", "Own tasks", "critical"):
        expect(button(page, name)).to_have_count(0)
    expect(explorer.locator(".ncviz-presets, .ncviz-presets-row, .ncviz-net")).to_have_count(0)
    expect(explorer.get_by_role("tab", name="What does it mean?")).to_have_count(0)
    expect(explorer.get_by_role("tab")).to_have_text(
        ["Play", "Why?", "S and generalisation", "Sweep"]
    )


def test_what_is_locked_is_off_and_says_why(page: Page) -> None:
    for field in ("pairing", "trunk"):
        expect(control(page, field)).to_be_disabled()
        expect(control(page, field)).to_have_accessible_description(re.compile(TEACHER))
        expect(page.locator(f".ncviz-{field}").get_by_text(TEACHER)).to_be_visible()
    expect(control(page, "pairing")).to_have_attribute("aria-valuetext", "xornet")
    expect(control(page, "hidden")).to_be_enabled()
    expect(page.get_by_text(TEACHER).and_(page.locator(":visible"))).to_have_count(2)


def test_the_lesson_is_text_on_top_and_never_markup(page: Page) -> None:
    lesson = page.get_by_role("region", name="<b>Find</b> the peak")
    expect(lesson.get_by_role("heading")).to_have_text("<b>Find</b> the peak")
    expect(lesson.get_by_role("paragraph")).to_have_text("Move <i>hidden neurons</i>.")
    expect(lesson.locator("b, i")).to_have_count(0)
    card, tabs = lesson.bounding_box(), page.locator(".ncviz-tabs").bounding_box()
    assert card and tabs and card["y"] + card["height"] <= tabs["y"]


def test_another_value_of_a_locked_field_is_refused_with_a_sentence(page: Page) -> None:
    box = page.get_by_label("Return to a saved state")
    box.fill("?pairing=parity")
    box.press("Enter")
    alert = page.locator(".ncviz-take").get_by_role("alert")
    expect(alert).to_contain_text("Task pairing (pairing) is set to 'xornet' by your teacher")
    expect(control(page, "pairing")).to_have_attribute("aria-valuetext", "xornet")


def test_the_line_on_the_card_reproduces_it(page: Page, kernel: Names) -> None:
    control(page, "hidden").press("ArrowRight")
    expect_result(page, kernel, hidden=5)
    line = page.locator(".ncviz-take code").inner_text()
    assert line.startswith("from ncviz import Explorer; Explorer(hidden=5, ")
    kernel.run(line.replace("; ", "; again = ", 1))
    assert kernel.eval("again.code() == explorer.code()")
    assert kernel.eval("again.experiment == explorer.experiment")
    assert kernel.eval("again.state.teaching == explorer.state.teaching")
    kernel.run("again.close()")


def test_a_tab_leads_to_its_panel(page: Page) -> None:
    open_tab = page.get_by_role("tab", name="Play", exact=True)
    expect(page.get_by_role("tabpanel", name="Play", exact=True)).to_have_count(2)
    page.get_by_role("tab", name="Sweep", exact=True).click()
    panel = page.get_by_role("tabpanel", name="Sweep", exact=True)
    expect(panel.get_by_role("button", name="Start", exact=True)).to_be_visible()
    controls = page.get_by_role("tab", name="Sweep", exact=True).get_attribute("aria-controls")
    assert controls == panel.get_attribute("id")
    expect(page.locator(".ncviz-explorer").get_by_role("tabpanel")).to_have_count(1)
    open_tab.click()
    expect(page.get_by_role("tabpanel", name="Play", exact=True)).to_have_count(2)


# The student's name


THREE = """
from ncviz import Explorer
small = dict(runs=4, steps=50, n_test=64)
display(Explorer(**small), Explorer(**small, student="Ben"), Explorer(**small))
"""


def test_a_students_name_is_asked_for_once_in_a_tab(context: BrowserContext, voila: Voila) -> None:
    write_notebook(voila.root / "three.ipynb", THREE)
    page = context.new_page()
    names = page.get_by_role("textbox", name="Your name, for the file of pinned runs")
    open_dashboard(page, voila, "three.ipynb")
    expect(names).to_have_count(3)
    names.first.fill("Ann Lee")
    for again in (False, True):
        if again:
            open_dashboard(page, voila, "three.ipynb")  # another kernel
            expect(names).to_have_count(3)
        for place, name in enumerate(("Ann Lee", "Ben", "Ann Lee")):
            expect(names.nth(place)).to_have_value(name)
    last = page.locator(".ncviz-explorer").last
    last.get_by_role("button", name="Pin this run").click()
    with page.expect_download() as file:
        last.get_by_role("button", name="Pinned runs (CSV)").click()
    assert file.value.suggested_filename == "ncviz-pinned-xornet-4-runs-of-Ann-Lee.csv"
