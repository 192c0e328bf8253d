"""Take the pictures of the Explorer, in JupyterLab and Voila, light and dark.

python tools/screenshots.py           the README's, into docs/pictures
python tools/screenshots.py FOLDER    every size and state, to be looked at
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from lab import ROOT, Server, launch, make_lab, open_notebook, run_all, set_theme, wait_for
from voila_server import Voila, make_voila, open_explorer

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
# The width of the Explorer itself: of a phone's 390 pixels Lab leaves it 286 and Voila 360.
SIZES = {
    "narrow": ("lab", 286),
    "phone": ("voila", 360),
    "middle": ("lab", 700),
    "wide": ("lab", 1400),
}
IN_README = ["phone", "wide"]


def keep_and_move(page: Page) -> None:
    """Keep the curves, pin the runs, and look at another size."""
    for name in ("Keep this", "Pin this run"):
        page.get_by_role("button", name=name, exact=True).click()
    page.get_by_role("slider", name="Hidden neurons", exact=True).press("ArrowRight")
    expect(page.get_by_role("listitem").filter(has_text="3 neurons, xornet")).to_have_count(1)
    expect(page.get_by_text("4 shared neurons")).to_have_count(1)


def unfold(page: Page) -> None:
    """Open everything that is folded away, and wait for the settled pictures."""
    closed = page.locator(".ncviz-fold [aria-expanded=false]")
    while closed.count():
        closed.first.press("Enter")
    expect(page.locator(".ncviz-pictures svg")).to_have_count(3)


def open_meaning(page: Page) -> None:
    """Look at what the numbers mean."""
    page.get_by_role("tab", name="What does it mean?", exact=True).click()
    expect(page.locator(".ncviz-meaning .ncviz-caption")).not_to_have_text([""] * 7)
    expect(page.locator(".ncviz-meaning .ncviz-same")).to_be_visible()
    expect(page.locator(".ncviz-meaning [aria-busy=true]")).to_have_count(0)


def open_generalisation(page: Page) -> None:
    """Regress the runs of a quick sweep, and choose one of them."""
    page.get_by_role("tab", name="S and generalisation", exact=True).click()
    page.get_by_role("button", name="Run a quick sweep", exact=True).click()
    view = page.locator(".ncviz-regression-view")
    expect(view.locator(".ncviz-caption")).to_contain_text("over all 600 runs")
    expect(page.get_by_text("Spearman")).to_be_visible()
    expect(view.locator(".ncviz-regression-note")).to_be_hidden()
    view.get_by_role("img").focus()
    for key in ("ArrowRight", "ArrowUp", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    expect(view.get_by_text("The Explorer is at hidden size 3")).to_be_visible()


def open_why(page: Page) -> None:
    """Look at the fight over neurons, and try what can be tried there, with few runs."""
    page.get_by_role("tab", name="Why?", exact=True).click()
    for title, runs in (
        ("Do the losses swing against each other?", "20"),
        ("Can Alice’s loss tell Bob’s task?", "20"),
        ("What removes the bump?", "16"),
    ):
        card = page.get_by_role("region", name=title, exact=True)
        card.get_by_label("Runs").fill(runs)
        card.get_by_role("button", name="Start", exact=True).click()
        expect(card.locator(".ncviz-trial-status")).to_have_text("done", timeout=300_000)


# What is done on the page before a picture; each state starts from the one before it.
STATES: dict[str, Callable[[Page], object]] = {
    "start": lambda page: None,
    "kept": keep_and_move,
    "unfolded": unfold,
    "meaning": open_meaning,
    "generalisation": open_generalisation,
    "why": open_why,
}


def main(folder: Path, sizes: list[str], states: list[str]) -> None:
    """Write explorer-<size>-<theme>.png for each size and theme, with the name of a later state."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as scratch,
        make_lab(Path(scratch, "lab")) as lab,
        make_voila(Path(scratch, "voila")) as voila,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        for size in sizes:
            for theme in THEMES:
                page = open_page(browser, lab, voila, size, theme)
                for state in states:
                    STATES[state](page)
                    words = ["explorer", size, theme, state]
                    name = "-".join(word for word in words if word != "start")
                    shoot(page, SIZES[size][1], folder / f"{name}.png")
                page.close()
                lab.shut_down_kernels()
        browser.close()


def open_page(browser: Browser, lab: Server, voila: Voila, size: str, theme: str) -> Page:
    """Open the notebook and run it."""
    page = browser.new_page(device_scale_factor=1.5)
    if SIZES[size][0] == "voila":
        open_explorer(page, voila, theme)
    else:
        open_notebook(page, lab, "explorer.ipynb", view="doc")
        set_theme(page, THEMES[theme])
        run_all(page)
    return page


def shoot(page: Page, width: int, path: Path) -> None:
    """Take the whole Explorer, so many pixels wide, once its training is done."""
    explorer = page.locator(".ncviz-explorer")
    expect(explorer.locator("[data-state]").first).to_have_attribute("data-state", "done")
    wait_for(lambda: fit(page, width))
    # The charts are drawn anew, each in a frame after that of its new width.
    page.evaluate("() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")
    # A regression is drawn anew for its new width, by Python.
    expect(explorer.locator(".ncviz-regression-note")).to_be_hidden()
    page.mouse.move(0, 0)
    explorer.screenshot(path=path)


def fit(page: Page, width: int) -> bool:
    """Give the window the size in which the Explorer is so wide and shows whole; say if it was."""
    box, window = page.locator(".ncviz-explorer").bounding_box(), page.viewport_size
    assert box and window
    wanted = {
        "width": window["width"] + width - round(box["width"]),
        "height": round(box["height"]) + 1000,  # room for what stands above it
    }
    page.set_viewport_size(wanted)
    return wanted == window


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]), list(SIZES), list(STATES))
    else:
        main(ROOT / "docs" / "pictures", IN_README, ["start"])
