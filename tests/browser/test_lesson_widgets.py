"""A lesson's prediction and self-check, on a page and in JupyterLab: by key, role and name."""

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from browser.colours import LUMINANCES
from browser.explorer_page import OVERFLOW, running
from lab import Server, open_notebook, wait_for
from widget_page import Names, set_theme

NOTEBOOK = "lesson-widgets.ipynb"
CELL = """
from ncviz import CorrelatorView, Experiment, Predict, SelfCheck, SView, figures

def c(result, pair):
    return result.correlators.loc[pair[:2], pair[-2:]]

first = Predict(
    "With 3 hidden neurons, what will S be?",
    between=(-4, 4),
    run=Experiment(hidden=3, runs=20, steps=600),
    compare=lambda prediction, result: f"You said {prediction:.1f}; your nets say S = {result.s}.",
    explain="Alice and Bob share three neurons.\\n\\nThat is signalling.",
    views=(SView, CorrelatorView),
    picture=lambda result: figures.s_of_runs(result),
)
check = SelfCheck(
    "Which pair agrees least?",
    of=first,
    choices=("A1 with B1", "A1 with B2", "A2 with B1", "A2 with B2"),
    right=lambda result: "A2 with B2",
    why=lambda result, answer: f"{answer} has C = {c(result, answer):.2f}.",
)
number = SelfCheck(
    "What is your S?",
    of=first,
    right=lambda result: result.s.value,
    within=0.1,
    why=lambda result, answer: f"It is {result.s.value:.2f}.",
)
failing = Predict(
    "Does this work?", choices=("yes", "no"), run=lambda: 1 / 0, compare=lambda p, r: "Never."
)
display(first); display(check); display(number); display(failing)
"""
UNNAMED = """root => [...root.querySelectorAll("button, input, select, summary, img, [role]")]
    .filter(e => e.getClientRects().length && !e.closest("[hidden]"))
    .filter(e => !e.matches("[role=status], [role=alert], [role=presentation]"))
    .map(e => [e, e.getAttribute("aria-label") || e.alt || e.innerText
        || (e.labels ?? [])[0]?.innerText
        || document.getElementById(e.getAttribute("aria-labelledby"))?.innerText])
    .filter(([e, name]) => !name).map(([e]) => e.outerHTML.slice(0, 120))"""
SIZES = """root => [...root.querySelectorAll(".ncviz-lesson-card :is(button, input[type=text], "
    + "input[type=range], .ncviz-lesson-choice)")].filter(e => e.getClientRects().length)
    .map(e => Math.min(e.getBoundingClientRect().width, e.getBoundingClientRect().height))"""


@pytest.fixture
def page(opened: tuple[Page, Names]) -> Page:
    """The page as it was at first, except that a check may have been answered."""
    page, kernel = opened
    page.set_viewport_size({"width": 1440, "height": 1000})
    kernel.run("first.stop()")
    wait_for(lambda: kernel.eval("first.children[0].phase in ('asking', 'done')"))
    kernel.run("first.again(); first._run = Experiment(hidden=3, runs=20, steps=600)")
    kernel.run("check.given = number.given = ''")
    expect(run(page)).to_have_text("Run the experiment")
    expect(box(page)).to_have_value("")
    return page


def card(page: Page, question: str) -> Locator:
    return page.get_by_role("region", name=question, exact=True)


def prediction(page: Page) -> Locator:
    return card(page, "With 3 hidden neurons, what will S be?")


def run(page: Page) -> Locator:
    return prediction(page).locator(".ncviz-lesson-main")


def box(page: Page) -> Locator:
    return prediction(page).get_by_role("textbox", name="Your prediction", exact=True)


def slider(page: Page) -> Locator:
    return prediction(page).get_by_role("slider", name="Your prediction, as a slider", exact=True)


def question(page: Page) -> Locator:
    return card(page, "Which pair agrees least?")


def button(of: Locator, name: str) -> Locator:
    return of.get_by_role("button", name=name, exact=True)


def carry_out(page: Page, number: str = "2") -> None:
    """Predict, run, and wait for the picture."""
    box(page).fill(number)
    button(prediction(page), "Run the experiment").press("Enter")
    expect(button(prediction(page), "Predict again")).to_be_visible()
    expect(page.locator(".ncviz-lesson-reveal img:visible")).to_have_count(1)


def test_nothing_runs_before_there_is_a_prediction(page: Page, kernel: Names) -> None:
    expect(run(page)).to_have_attribute("aria-disabled", "true")
    reason = "Predict first: move the slider or type a number."
    expect(run(page)).to_have_accessible_description(reason)
    expect(prediction(page).get_by_text(reason)).to_be_visible()
    run(page).press("Enter")
    slider(page).focus()
    expect(slider(page)).to_have_attribute("aria-valuetext", "no answer yet")
    expect(button(question(page), "Run the experiment above first")).to_have_attribute(
        "aria-disabled", "true"
    )
    assert kernel.eval("first.prediction, first.result") == (None, None)


@pytest.mark.parametrize(("key", "said"), [("ArrowRight", "0.1"), ("Enter", "0"), ("End", "4")])
def test_a_slider_answers_by_key(page: Page, kernel: Names, key: str, said: str) -> None:
    slider(page).press(key)
    expect(box(page)).to_have_value(said)
    expect(slider(page)).to_have_attribute("aria-valuetext", said)
    expect(run(page)).to_have_attribute("aria-disabled", "false")
    wait_for(lambda: kernel.eval("first.prediction"), lambda now: now == float(said))


def test_a_number_that_cannot_be_is_found_wrong_when_it_is_typed_to_its_end(
    page: Page, kernel: Names
) -> None:
    wrong = prediction(page).get_by_text("Type a number from −4 to 4, not “7”.")
    box(page).press_sequentially("7")
    expect(run(page)).to_have_attribute("aria-disabled", "true")
    expect(wrong).to_be_hidden()
    box(page).press("Tab")
    expect(wrong).to_be_visible()
    expect(box(page)).to_have_attribute("aria-invalid", "true")
    box(page).fill("−1,5")
    expect(wrong).to_be_hidden()
    expect(slider(page)).to_have_value("-1.5")
    wait_for(lambda: kernel.eval("first.prediction"), lambda now: now == -1.5)


def test_predict_run_and_compare_by_keyboard(page: Page, kernel: Names) -> None:
    views = page.locator(".ncviz-lesson-views").first
    expect(views).to_be_hidden()
    box(page).press_sequentially("1.2")
    for _ in range(2):  # the slider lies between the box and the button
        page.keyboard.press("Tab")
    expect(run(page)).to_be_focused()
    page.keyboard.press("Enter")
    expect(views).to_be_visible()
    expect(box(page)).to_be_disabled()
    expect(slider(page)).to_be_disabled()
    expect(button(prediction(page), "Predict again")).to_be_visible()
    expect(run(page)).to_be_focused()
    s = kernel.eval("str(first.result.s)")
    expect(prediction(page).get_by_role("status")).to_have_text(
        f"You said 1.2; your nets say S = {s}."
    )
    expect(views.get_by_text("After 600 steps")).to_be_visible()
    expect(page.locator(".ncviz-lesson-why").get_by_text("That is signalling.")).to_be_visible()
    picture = page.locator(".ncviz-lesson-reveal").first.get_by_role("img")
    expect(picture).to_have_accessible_name(re.compile("You said 1.2; your nets say"))
    assert picture.evaluate("e => e.naturalWidth") > 500
    expect(box(page)).to_have_value("1.2")
    run(page).press("Enter")
    expect(box(page)).to_have_value("")
    expect(views).to_be_hidden()
    expect(page.locator(".ncviz-lesson-why").get_by_text("That is signalling.")).to_be_hidden()


def test_a_run_is_seen_live_and_can_be_stopped(page: Page, kernel: Names) -> None:
    kernel.run("first._run = Experiment(hidden=3, runs=20, steps=100_000)")
    box(page).fill("2")
    button(prediction(page), "Run the experiment").click()
    bar = prediction(page).get_by_role("progressbar", name="The run", exact=True)
    expect(bar).to_have_attribute("aria-valuetext", re.compile(r"step [1-9]\d* of 100000"))
    expect(page.locator(".ncviz-lesson-views").first).to_contain_text(
        re.compile(r"After [1-9]\d* steps the mean of S is")
    )
    button(prediction(page), "Stop").press("Enter")
    expect(prediction(page).locator(".ncviz-lesson-reason")).to_contain_text("Stopped before")
    expect(bar).to_be_hidden()
    expect(box(page)).to_be_enabled()
    expect(box(page)).to_have_value("2")


def test_the_second_click_of_a_double_click_does_not_start_over(page: Page) -> None:
    carry_out(page)
    run(page).dispatch_event("click", {"detail": 2})  # as after a very quick run
    page.wait_for_timeout(500)
    expect(box(page)).to_have_value("2")
    run(page).dispatch_event("click", {"detail": 1})
    expect(box(page)).to_have_value("")


def test_a_self_check_is_marked_by_the_students_own_run(page: Page, kernel: Names) -> None:
    carry_out(page)
    check = button(question(page), "Check")
    expect(check).to_have_attribute("aria-disabled", "true")
    expect(check).to_have_accessible_description("Choose an answer first.")
    first, last = (
        question(page).get_by_role("radio", name=name, exact=True)
        for name in ("A1 with B1", "A2 with B2")
    )
    first.press("Space")
    check.press("Enter")
    told = question(page).get_by_role("status").first
    c11 = kernel.eval('f\'{first.result.correlators.loc["A1", "B1"]:.2f}\'')
    expect(told).to_have_text(f"✗ Not yet. A1 with B1 has C = {c11}.")
    first.press("ArrowUp")  # round to the last one
    expect(last).to_be_checked()
    expect(told).to_have_text("")
    check.press("Enter")
    expect(told).to_contain_text("✓ Right. A2 with B2 has C =")


def test_a_number_is_checked_with_enter(page: Page, kernel: Names) -> None:
    carry_out(page)
    asked = card(page, "What is your S?")
    answer = asked.get_by_role("textbox", name="Your answer", exact=True)
    answer.fill("-3")
    answer.press("Enter")
    expect(asked.get_by_role("status").first).to_contain_text("✗ Not yet. It is")
    answer.fill(kernel.eval("f'{first.result.s.value:.2f}'"))
    answer.press("Enter")
    expect(asked.get_by_role("status").first).to_contain_text("✓ Right. It is")
    button(prediction(page), "Predict again").click()
    expect(asked.get_by_text("This was marked on an earlier run.")).to_be_visible()
    expect(button(asked, "Run the experiment above first")).to_be_visible()
    carry_out(page, "3")
    expect(asked.get_by_text("check it again on your new one")).to_be_visible()
    button(asked, "Check").click()
    expect(asked.get_by_text("earlier run")).to_be_hidden()


def test_what_fails_is_said_with_its_traceback_in_a_fold(page: Page) -> None:
    failing = card(page, "Does this work?")
    failing.get_by_role("radio", name="yes", exact=True).press("Space")
    button(failing, "Run the experiment").press("Enter")
    expect(failing.get_by_text("The run did not finish: ZeroDivisionError")).to_be_visible()
    trace = failing.get_by_role("region", name="Traceback")
    expect(trace).to_be_hidden()
    failing.locator("summary").press("Enter")
    expect(trace).to_contain_text("Traceback (most recent call last)")
    failing.locator("summary").press("Enter")


def test_everything_has_a_name_and_can_be_read_in_light_and_dark(page: Page) -> None:
    carry_out(page)
    question(page).get_by_role("radio", name="A1 with B1", exact=True).check()
    button(question(page), "Check").click()
    expect(question(page).get_by_text("Not yet.")).to_be_visible()
    for root in page.locator(".ncviz-lesson, .ncviz-self-check").all():
        assert root.evaluate(UNNAMED) == []
    for theme in ("dark", "light"):
        set_theme(page, theme)
        for part in (
            ".ncviz-lesson-kind",
            ".ncviz-lesson-question",
            ".ncviz-lesson-told",
            ".ncviz-lesson-why p",
            ".ncviz-lesson-mark",
            ".ncviz-lesson-choice",
            ".ncviz-self-check .ncviz-lesson-main",
            ".ncviz-lesson-quiet",
            ".ncviz-lesson-name",
        ):
            pair = page.locator(part).first.evaluate(LUMINANCES)
            assert (max(pair) + 0.05) / (min(pair) + 0.05) >= 4.5, part  # WCAG's contrast of text


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_overflows_and_every_control_is_large_enough_to_touch(
    page: Page, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    carry_out(page)
    for root in page.locator(".ncviz-lesson, .ncviz-self-check").all():
        wait_for(lambda root=root: root.evaluate(OVERFLOW), lambda found: not found)
        assert min(root.evaluate(SIZES)) >= 44


def test_a_notebook_opened_again_shows_question_prediction_and_comparison(
    browser: Browser, lab: Server
) -> None:
    with running(browser, lab, NOTEBOOK, CELL) as (page, _):
        carry_out(page, "1.5")
        kept = page.locator(".ncviz-lesson-still")
        expect(kept).to_have_count(4)
        for still in kept.all():
            expect(still).to_be_hidden()  # beside the live card it would only be in the way
        expect(kept.first).to_contain_text("You said 1.5; your nets")
        expect(kept.first.locator("img")).to_have_count(1)
        page.keyboard.press("Control+s")
        path = lab.root / NOTEBOOK
        wait_for(lambda: "You said 1.5; your nets" in path.read_text())
        (lab.root / "kept.ipynb").write_text(path.read_text())
    again = browser.new_page()
    open_notebook(again, lab, "kept.ipynb")
    still = again.locator(".ncviz-lesson-still").first
    for words in ("With 3 hidden neurons", "Your prediction: 1.5.", "You said 1.5; your nets"):
        expect(still.get_by_text(words)).to_be_visible()
    assert still.locator("img").evaluate("e => e.naturalWidth") > 500
    again.close()
    lab.shut_down_kernels()
