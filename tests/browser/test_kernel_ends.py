"""A kernel that ends, one that only computes, and what else the page around an Explorer does."""

import re
import signal
import sys
import time
from collections.abc import Callable, Iterator

import psutil
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from browser.explorer_page import control, shown_s
from browser.test_voila_template import runs
from lab import ROOT, Server, open_notebook, run_all, serve, wait_for

NOTEBOOK = "kernel-ends.ipynb"
EXPLORER = "from ncviz import Explorer\n\nexplorer = Explorer(runs=5, steps=100)\nexplorer"
VIEW = "from ncviz import Experiment, SView\n\nSView(Experiment(runs=4, steps=50).run())"
IN_OUTPUT = """
from ipywidgets import Output
from ncviz import Explorer
output = Output()
display(output)
with output:
    display(Explorer(runs=5, steps=100))
"""
OTHER_WORK = "end = __import__('time').time() + 6\nwhile __import__('time').time() < end: pass"
GONE = re.compile("^The kernel that computed this was restarted or has ended")
CAN_BE_USED = ".ncviz-explorer :is(button, input, select, textarea):enabled"
SECONDS = 2 + 3 + 5
"""Two after the server knows; it looks every three; and so much for a machine that is busy."""


@pytest.fixture(scope="module")
def opened(browser: Browser, lab: Server) -> Iterator[Page]:
    """A page with an Explorer, and in another cell one view alone."""
    lab.shut_down_kernels()
    lab.write_notebook(NOTEBOOK, EXPLORER, VIEW)
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.set_default_timeout(60_000)
    open_notebook(page, lab, NOTEBOOK)
    run_all(page)
    yield page
    page.close()


@pytest.fixture
def explorer(opened: Page) -> Page:
    """That page, its cells run again where their kernel has ended: then they answer again."""
    if said(opened).count():
        run_all(opened)
    expect(said(opened)).to_have_count(0)
    shown_s(opened)
    expect(control(opened, "hidden")).to_be_enabled()
    return opened


def said(page: Page) -> Locator:
    return page.locator(".ncviz-unanswered")


def kernel_of(server: Server) -> str:
    return str(next(s["kernel"]["id"] for s in server.get("sessions") if s["path"] == NOTEBOOK))


def restart_from_elsewhere(page: Page, server: Server, kernel: str) -> None:
    server.get(f"kernels/{kernel}/restart", "POST")
    # What a new process says of its start may be lost on the way; a page that one comes back to
    # asks it for a word.
    page.evaluate("window.dispatchEvent(new Event('focus'))")


def kill(page: Page, _server: Server, kernel: str) -> None:
    (process,) = [p for p in psutil.process_iter(["cmdline"]) if runs(p, kernel)]
    process.send_signal(signal.SIGKILL)  # as a machine does that is short of memory
    page.locator(".jp-Dialog").get_by_role("button", name="Ok").click()


def restart_from_the_menu(page: Page, _server: Server, _kernel: str) -> None:
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.locator('.lm-Menu [data-command="kernelmenu:restart"]').click()
    page.get_by_role("button", name="Confirm Kernel Restart").click()


def shut_down(_page: Page, server: Server, _kernel: str) -> None:
    server.shut_down_kernels()


def test_a_kernel_that_computes_is_no_dead_one(explorer: Page, lab: Server) -> None:
    with lab.kernel(NOTEBOOK) as kernel:
        before = time.monotonic()
        control(explorer, "hidden").press("ArrowRight")
        kernel.run(OTHER_WORK)
        assert time.monotonic() - before > 6
    expect(said(explorer)).to_have_count(0)
    expect(control(explorer, "hidden")).to_be_enabled()


def test_ctrl_s_in_a_control_saves_the_notebook(explorer: Page, lab: Server) -> None:
    path = lab.root / NOTEBOOK
    for move in (
        lambda: control(explorer, "hidden").press("ArrowRight"),
        lambda: control(explorer, "seed").fill("7"),
    ):
        move()
        explorer.keyboard.press("Tab")
        # A new answer brings a new still picture: now there is something to save.
        expect(explorer.locator(".lm-TabBar-tab.jp-mod-dirty")).to_have_count(1)
        before = path.stat().st_mtime_ns

        def saved(before: int = before) -> bool:
            # Again where the former save is not finished: JupyterLab then takes no other.
            explorer.keyboard.press("Control+s")
            return path.stat().st_mtime_ns != before

        wait_for(saved, seconds=20)
    # What is not for the notebook stays in the control: the cell is not run again by it.
    box = control(explorer, "seed")
    box.fill("12")
    box.press("Control+a")
    box.press("3")
    expect(box).to_have_value("3")


def test_letters_grow_with_those_of_jupyterlab_and_of_the_browser(explorer: Page) -> None:
    def size() -> float:
        heading = explorer.get_by_role("heading", name="S while it trains").first
        return float(heading.evaluate("e => parseFloat(getComputedStyle(e).fontSize)"))

    assert size() == pytest.approx(13.5)
    root = "document.documentElement.style.setProperty"
    explorer.evaluate(f"{root}('--jp-ui-font-size1', '19.5px')")
    assert size() == pytest.approx(13.5 * 1.5)
    explorer.evaluate(f"{root}('--jp-ui-font-size1', ''); {root}('font-size', '24px')")
    assert size() == pytest.approx(13.5 * 1.5)
    explorer.evaluate(f"{root}('font-size', '')")


def test_a_page_that_runs_from_right_to_left_leaves_the_pictures_as_they_are(
    explorer: Page,
) -> None:
    slider = control(explorer, "hidden")
    explorer.evaluate("document.body.dir = 'rtl'")
    assert slider.evaluate("e => getComputedStyle(e).direction") == "ltr"
    words = explorer.locator(".ncviz-explorer .ncviz-caption").first
    assert words.evaluate("e => getComputedStyle(e).textAlign") == "left"
    explorer.evaluate("document.body.dir = ''")


@pytest.mark.parametrize("end", [restart_from_elsewhere, kill, restart_from_the_menu, shut_down])
def test_what_has_no_kernel_any_more_says_so_and_is_off(
    explorer: Page, lab: Server, end: Callable[[Page, Server, str], None]
) -> None:
    expect(said(explorer)).to_have_count(0)
    end(explorer, lab, kernel_of(lab))
    ended = time.monotonic()
    # One for the whole Explorer, and one for the view that stands alone.
    expect(said(explorer)).to_have_text([GONE, GONE])
    assert time.monotonic() - ended < SECONDS
    expect(said(explorer).first).to_have_attribute("role", "alert")
    expect(explorer.locator(CAN_BE_USED)).to_have_count(0)


@pytest.fixture(scope="module")
def notebook_7(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The other page for notebooks, which is no JupyterLab."""
    folder = tmp_path_factory.mktemp("notebook-7")
    (root := folder / "root").mkdir()

    def command(flags: str) -> list[str]:
        return [sys.executable, "-m", "notebook", *flags.split()]

    with serve(command, root, root, folder / "settings", PYTHONPATH=str(ROOT)) as server:
        yield server


@pytest.mark.parametrize("end", [restart_from_elsewhere, kill])
def test_notebook_7_says_it_too(
    page: Page, notebook_7: Server, end: Callable[[Page, Server, str], None]
) -> None:
    notebook_7.shut_down_kernels()
    notebook_7.write_notebook(NOTEBOOK, EXPLORER, VIEW)
    open_notebook(page, notebook_7, NOTEBOOK, view="notebooks")
    run_all(page)
    shown_s(page)
    expect(said(page)).to_have_count(0)
    end(page, notebook_7, kernel_of(notebook_7))
    ended = time.monotonic()
    expect(said(page)).to_have_text([GONE, GONE])
    assert time.monotonic() - ended < SECONDS
    expect(page.locator(CAN_BE_USED)).to_have_count(0)


def test_beside_an_explorer_in_an_output_the_still_picture_is_hidden(
    page: Page, lab: Server, notebook: str
) -> None:
    lab.write_notebook(notebook, IN_OUTPUT)
    open_notebook(page, lab, notebook)
    run_all(page)
    shown_s(page)
    still = page.locator(".jp-RenderedImage img")
    expect(still).to_have_count(1)
    expect(still).to_be_hidden()
    assert page.locator(".widget-output .jp-RenderedImage").count() == 0
