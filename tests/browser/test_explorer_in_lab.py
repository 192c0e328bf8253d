"""The Explorer as a user meets it: in JupyterLab, by keyboard, mouse, role and name."""

from collections.abc import Iterator
from itertools import product
from urllib.parse import urlsplit

import nbformat
import pytest
from playwright.sync_api import Browser, Page, expect

import widget_page
from browser.colours import LUMINANCES
from browser.explorer_page import (
    CONTROLS,
    OVERFLOW,
    control,
    drag,
    expect_another_verdict,
    expect_result,
    running,
    shown_s,
    verdict,
)
from lab import Kernel, Server, open_notebook, run_all, set_theme, wait_for
from widget_page import widgets

# Shorter trainings than by default: what happens around them is what is tested.
EXPLORER = "from ncviz import Experiment, Explorer\n\nexplorer = Explorer(steps=300)\nexplorer"
NOTEBOOK = "explorer-in-lab.ipynb"

# Counts, in the kernel, how many experiments are being trained at the same time.
COUNT_TRAININGS = """
import threading
from ncviz import Experiment

class Trainings:
    lock, now, most, started = threading.Lock(), 0, 0, 0

def counted(self, *args, _stream=Experiment.stream, **kwargs):
    with Trainings.lock:
        Trainings.started += 1
        Trainings.now += 1
        Trainings.most = max(Trainings.most, Trainings.now)
    try:
        yield from _stream(self, *args, **kwargs)
    finally:
        with Trainings.lock:
            Trainings.now -= 1

Experiment.stream = counted
"""

BREAK_TRAINING = """
from ncviz import Experiment

whole_stream = Experiment.stream

def broken(self, *args, **kwargs):
    raise RuntimeError("deliberate failure")

Experiment.stream = broken
"""

LEFT_BEHIND = """
import gc, sys, threading
from comm import get_comm_manager

def left_behind():
    gc.collect()
    # While it is still being loaded, it has no figures.
    drawing = getattr(sys.modules.get("matplotlib.figure"), "Figure", ())
    figures = [o for o in gc.get_objects() if isinstance(o, drawing)]
    threads = [t.name for t in threading.enumerate() if t.name.startswith("ncviz")]
    return sorted(get_comm_manager().comms), threads, len(figures)
"""


# What JupyterLab makes of an Explorer: each element, how it looks, and where it stands.
LOOKS = """root => {
    const from = root.getBoundingClientRect();
    const looks = ["display", "color", "backgroundColor", "fontFamily", "fontSize", "fontWeight",
        "lineHeight", "margin", "padding", "border", "boxSizing", "overflow", "position", "cursor",
        "textAlign", "opacity"];
    return [...root.querySelectorAll(":not(option)")].map(e => {
        const [style, box] = [getComputedStyle(e), e.getBoundingClientRect()];
        const place = [box.left - from.left, box.top - from.top, box.width, box.height];
        if (!e.getClientRects().length) place.fill(0);
        const said = [e.localName, [...e.classList].sort().join(" ")];
        return [[...said, ...looks.map(look => style[look])].join(" | "), place];
    });
}"""


@pytest.fixture(scope="module")
def opened(browser: Browser, lab: Server) -> Iterator[tuple[Page, Kernel]]:
    """A page with a notebook that shows an Explorer, and its kernel."""
    with running(browser, lab, NOTEBOOK, EXPLORER) as (page, kernel):
        yield page, kernel


@pytest.fixture
def explorer(opened: tuple[Page, Kernel]) -> Page:
    """That page, the Explorer back where it began."""
    page, kernel = opened
    page.set_viewport_size({"width": 1440, "height": 1000})
    set_theme(page, "JupyterLab Light")
    kernel.run("explorer.experiment = Experiment(steps=300)")
    expect_result(page, kernel, hidden=3, seed=0)
    return page


# First, before other tests have looked at seeds, which an Explorer counts.
def test_without_jupyterlab_a_page_draws_the_same(explorer: Page, browser: Browser) -> None:
    def looks(of: Page) -> list[tuple[str, list[float]]]:
        return list(of.locator(".ncviz-explorer").evaluate(LOOKS))

    def differences() -> list[tuple[str, str, list[float], list[float]]]:
        pairs = zip(looks(explorer), looks(alone), strict=True)
        return [
            (one, other, here, there)
            for (one, here), (other, there) in pairs
            if one != other or max(abs(a - b) for a, b in zip(here, there, strict=True)) > 1
        ]

    with widgets(browser, EXPLORER) as (alone, _):
        shown_s(alone)
        assert len(looks(alone)) > 500
        for theme, width in product(("light", "dark"), (1440, 768, 390)):
            for page in (explorer, alone):
                page.set_viewport_size({"width": 1440, "height": 1000})
            set_theme(explorer, f"JupyterLab {theme.title()}")  # whose menu needs some room
            widget_page.set_theme(alone, theme)
            for page in (explorer, alone):
                page.set_viewport_size({"width": width, "height": 1000})
            wait_for(differences, lambda found: found == [], seconds=20)


def test_run_all_shows_s_and_nothing_leaves_this_machine(page: Page, lab: Server) -> None:
    hosts: set[str | None] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
    open_notebook(page, lab, "explorer.ipynb")
    run_all(page)
    assert -4 <= shown_s(page) <= 4
    # data: and blob: addresses have no host.
    assert hosts - {None} == {"127.0.0.1"}
    with lab.kernel("explorer.ipynb") as kernel:
        kernel.run("import ncviz")
        assert kernel.eval("ncviz.__file__").startswith(str(lab.root.parent))


def test_every_control_is_found_by_its_name_and_in_reach(explorer: Page) -> None:
    for field in CONTROLS:
        control(explorer, field).click(trial=True)
    for name in ("Next seed", "Back to the start"):
        button = explorer.locator(".ncviz-explorer").get_by_role("button", name=name)
        button.click(trial=True)


def test_arrow_key_retrains(explorer: Page) -> None:
    before = verdict(explorer).inner_text()
    slider = control(explorer, "hidden")
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "4 neurons")
    expect_another_verdict(explorer, before)


def test_mouse_drag_retrains(explorer: Page, kernel: Kernel) -> None:
    before = verdict(explorer).inner_text()
    slider = control(explorer, "hidden")
    drag(explorer, slider, 3)
    expect(slider).to_have_attribute("aria-valuetext", "6 neurons")
    wait_for(lambda: kernel.eval("explorer.experiment.hidden"), lambda n: n == 6)
    expect_another_verdict(explorer, before)


def test_quick_moves_end_with_the_last_one(explorer: Page, kernel: Kernel) -> None:
    kernel.run(COUNT_TRAININGS)
    slider = control(explorer, "hidden")
    for key in ["ArrowRight"] * 9 + ["ArrowLeft"] * 7 + ["ArrowRight"] * 4:
        slider.press(key)
    expect(slider).to_have_attribute("aria-valuetext", "9 neurons")
    expect_result(explorer, kernel, hidden=9)
    wait_for(lambda: kernel.eval("Trainings.now"), lambda now: now == 0)
    assert kernel.eval("(Trainings.started > 0, Trainings.most)") == (True, 1)
    names = "[t.name for t in threading.enumerate() if t.name == 'ncviz-training']"
    assert len(kernel.eval(names)) <= 1


def test_seed_buttons(explorer: Page, kernel: Kernel) -> None:
    seed, slider = control(explorer, "seed"), control(explorer, "hidden")
    expect(seed).to_have_value("0")
    explorer.get_by_role("button", name="Next seed", exact=True).click()
    expect(seed).to_have_value("1")
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "4 neurons")
    explorer.get_by_role("button", name="Back to the start").click()
    expect(slider).to_have_attribute("aria-valuetext", "3 neurons")
    expect(seed).to_have_value("0")
    expect_result(explorer, kernel, hidden=3, seed=0)
    explorer.get_by_role("button", name="Next seed", exact=True).click()
    expect_result(explorer, kernel, hidden=3, seed=1)
    explorer.get_by_role("button", name="Confirm on a fresh seed").press("Enter")
    # The focus goes from the button, which is gone, to what it has brought about.
    expect(explorer.locator(".ncviz-looks :focus")).to_contain_text("the best of 2 seeds. ")
    expect_result(explorer, kernel, hidden=3, seed=1)


def test_failure_is_shown_and_the_next_move_works(explorer: Page, kernel: Kernel) -> None:
    kernel.run(BREAK_TRAINING)
    slider = control(explorer, "hidden")
    slider.press("ArrowRight")
    expect(explorer.locator(".ncviz-explorer")).to_contain_text("deliberate failure")
    kernel.run("Experiment.stream = whole_stream")
    slider.press("ArrowRight")
    expect_result(explorer, kernel, hidden=5)
    expect(explorer.locator(".ncviz-explorer")).not_to_contain_text("deliberate failure")


@pytest.mark.parametrize("width", [1440, 768, 390])
def test_nothing_overflows(explorer: Page, width: int) -> None:
    explorer.set_viewport_size({"width": width, "height": 844})
    whole = explorer.locator(".ncviz-explorer")
    wait_for(lambda: whole.evaluate(OVERFLOW), lambda found: found == [], seconds=10)


def test_light_and_dark(explorer: Page) -> None:
    light = verdict(explorer).evaluate(LUMINANCES)
    set_theme(explorer, "JupyterLab Dark")
    dark = wait_for(lambda: verdict(explorer).evaluate(LUMINANCES), lambda now: now != light)
    assert light[0] < light[1] and dark[0] > dark[1]
    for pair in (light, dark):
        assert (max(pair) + 0.05) / (min(pair) + 0.05) >= 4.5  # WCAG's contrast of text


def test_a_notebook_opened_again_shows_the_last_picture_and_close_leaves_nothing(
    explorer: Page, page: Page, lab: Server
) -> None:
    still = explorer.locator(".jp-RenderedImage img")
    expect(still).to_have_count(1)
    expect(still).to_be_hidden()  # beside the live Explorer it would only be in the way
    explorer.keyboard.press("Control+s")
    wait_for(lambda: "image/png" in (lab.root / NOTEBOOK).read_text())
    kept = nbformat.read(lab.root / NOTEBOOK, as_version=4)
    # Not the cell's last value: the notebook's history would keep it alive.
    kept.cells[0].source = EXPLORER.removesuffix("explorer") + "display(explorer)"
    nbformat.write(kept, lab.root / "kept-explorer.ipynb")
    open_notebook(page, lab, "kept-explorer.ipynb")
    expect(page.locator(".jp-RenderedImage img")).to_be_visible()
    expect(page.locator(".ncviz-explorer")).to_have_count(0)
    with lab.kernel("kept-explorer.ipynb") as kernel:
        kernel.run(f"import ncviz\n{LEFT_BEHIND}\nbefore = left_behind()")
        run_all(page)
        shown_s(page)
        assert kernel.eval("left_behind() == before") is False
        kernel.run("explorer.close()\ndel explorer")
        before = kernel.eval("before")
        wait_for(lambda: kernel.eval("left_behind()"), lambda left: left == before, seconds=10)
    expect(page.locator(".ncviz-explorer")).to_have_count(0)
