"""The Explorer as a user meets it: in JupyterLab, by keyboard, mouse, role and name."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from browser.explorer_page import (
    CONTROLS,
    control,
    drag,
    expect_another_verdict,
    expect_result,
    shown_s,
    verdict,
)
from lab import Kernel, Server, open_notebook, run_all, set_theme, wait_for

# Shorter trainings than by default: what happens around them is what is tested.
EXPLORER = "from ncviz import Explorer\n\nexplorer = Explorer(steps=500)\nexplorer"

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
from ipywidgets.widgets.widget import _instances

def left_behind():
    gc.collect()
    drawing = sys.modules.get("matplotlib.figure")
    figures = [o for o in gc.get_objects() if drawing and isinstance(o, drawing.Figure)]
    threads = [t.name for t in threading.enumerate() if t.name.startswith("ncviz")]
    return sorted(type(w).__name__ for w in _instances.values()), threads, len(figures)
"""

# Each element that reaches beyond the Explorer's sides, and each box that scrolls sideways.
OVERFLOW = """root => {
    const box = root.getBoundingClientRect();
    const label = e => `${e.tagName.toLowerCase()}.${e.getAttribute("class")}`;
    const beyond = [...root.querySelectorAll("*")].filter(e => {
        const r = e.getBoundingClientRect();
        return r.width > 1 && (r.right > box.right + 1 || r.left < box.left - 1);
    });
    const scrolls = [document.documentElement];
    for (let e = root; e && !e.matches(".jp-Notebook"); e = e.parentElement) scrolls.push(e);
    return beyond.concat(scrolls.filter(e => e.scrollWidth > e.clientWidth + 1)).map(label);
}"""

# The luminances of the text and of what lies behind it.
LUMINANCES = """element => {
    const context = document.createElement("canvas").getContext("2d");
    const luminance = colour => {
        context.clearRect(0, 0, 1, 1);
        context.fillStyle = colour;
        context.fillRect(0, 0, 1, 1);
        const rgb = [...context.getImageData(0, 0, 1, 1).data].slice(0, 3).map(v => v / 255)
            .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
    };
    const text = getComputedStyle(element).color;
    const clear = e => /^rgba\\(.*, 0\\)$/.test(getComputedStyle(e).backgroundColor);
    while (clear(element) && element.parentElement) element = element.parentElement;
    return [luminance(text), luminance(getComputedStyle(element).backgroundColor)];
}"""


@pytest.fixture
def explorer(page: Page, server: Server, notebook: str) -> Page:
    """A page with a notebook that shows an Explorer, its first training finished."""
    server.write_notebook(notebook, EXPLORER)
    open_notebook(page, server, notebook)
    run_all(page)
    shown_s(page)
    return page


@pytest.fixture
def kernel(explorer: Page, server: Server, notebook: str) -> Iterator[Kernel]:
    """The kernel in which that Explorer lives."""
    with server.kernel(notebook) as kernel:
        yield kernel


def test_run_all_shows_s_and_nothing_leaves_this_machine(page: Page, server: Server) -> None:
    hosts: set[str | None] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
    open_notebook(page, server, "explorer.ipynb")
    run_all(page)
    assert -4 <= shown_s(page) <= 4
    # data: and blob: addresses have no host.
    assert hosts - {None} == {"127.0.0.1"}
    with server.kernel("explorer.ipynb") as kernel:
        kernel.run("import ncviz")
        assert kernel.eval("ncviz.__file__").startswith(str(server.root.parent))


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


def test_close_leaves_nothing(page: Page, server: Server, notebook: str) -> None:
    # Not the cell's last value: the notebook's history would keep it alive.
    show = "explorer = ncviz.Explorer(steps=500)\ndisplay(explorer)"
    server.write_notebook(notebook, f"import ncviz\n{LEFT_BEHIND}\nbefore = left_behind()", show)
    open_notebook(page, server, notebook)
    run_all(page)
    shown_s(page)
    with server.kernel(notebook) as kernel:
        assert kernel.eval("left_behind() == before") is False
        kernel.run("explorer.close()\ndel explorer")
        before = kernel.eval("before")
        wait_for(lambda: kernel.eval("left_behind()"), lambda left: left == before, seconds=10)
    expect(page.locator(".ncviz-explorer")).to_have_count(0)


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
def test_nothing_overflows(page: Page, server: Server, notebook: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    server.write_notebook(notebook, EXPLORER)
    open_notebook(page, server, notebook, view="doc")
    run_all(page)
    shown_s(page)
    assert page.locator(".ncviz-explorer").evaluate(OVERFLOW) == []


def test_light_and_dark(explorer: Page) -> None:
    light = verdict(explorer).evaluate(LUMINANCES)
    set_theme(explorer, "JupyterLab Dark")
    dark = wait_for(lambda: verdict(explorer).evaluate(LUMINANCES), lambda now: now != light)
    assert light[0] < light[1] and dark[0] > dark[1]
    for pair in (light, dark):
        assert (max(pair) + 0.05) / (min(pair) + 0.05) >= 4.5  # WCAG's contrast of text


def test_a_notebook_opened_again_shows_the_last_picture(
    explorer: Page, server: Server, notebook: str, kernel: Kernel
) -> None:
    still = explorer.locator(".jp-RenderedImage img")
    expect(still).to_have_count(1)
    expect(still).to_be_hidden()  # beside the live Explorer it would only be in the way
    explorer.keyboard.press("Control+s")
    wait_for(lambda: "image/png" in (server.root / notebook).read_text())
    server.shut_down_kernels()
    page = explorer.context.new_page()
    open_notebook(page, server, notebook)
    expect(page.locator(".jp-RenderedImage img")).to_be_visible()
    expect(page.locator(".ncviz-explorer")).to_have_count(0)
