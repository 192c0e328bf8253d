"""What is on a page with an Explorer, found as a user finds it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page, Response, expect

from lab import Kernel, Server, open_notebook, run_all, set_theme, wait_for

CONTROLS = {
    "hidden": ("slider", "Hidden neurons"),
    "pairing": ("slider", "Task pairing"),
    "learning_rate": ("slider", "Learning rate"),
    "runs": ("slider", "Runs"),
    "trunk": ("combobox", "Trunk"),
    "seed": ("textbox", "Seed"),
}
S = re.compile(r"S = ([−-]?\d\.\d+) \[")
S_READOUT = "section[aria-label='S while it trains'] .ncviz-readout"

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

PART = """
from explorers import tree
def part(kind):
    return next(widget for widget in tree(explorer) if type(widget).__name__ == kind)
"""
"""Code that finds the Explorer's first widget of a class."""


@contextmanager
def running(
    browser: Browser, lab: Server, notebook: str, cell: str
) -> Iterator[tuple[Page, Kernel]]:
    """A page, wide and light, on a notebook of one cell that was run, and its kernel."""
    lab.write_notebook(notebook, cell)
    page = browser.new_page(viewport={"width": 1440, "height": 1000}, accept_downloads=True)
    open_notebook(page, lab, notebook, view="doc")
    set_theme(page, "JupyterLab Light")
    run_all(page)
    with lab.kernel(notebook) as kernel:
        yield page, kernel
    page.close()
    lab.shut_down_kernels()


@dataclass
class Asked:
    """Every address that a page asks for, and those of them that could not be had."""

    hosts: set[str | None] = field(default_factory=set)
    sockets: set[str | None] = field(default_factory=set)
    lacking: list[str] = field(default_factory=list)


def asked_by(page: Page) -> Asked:
    """What the page asks from now on; nothing is kept from it."""
    asked = Asked()

    def note_answer(response: Response) -> None:
        if response.status >= 400:
            asked.lacking.append(f"{response.status} {response.url}")

    # data: and blob: addresses have no host.
    page.on("request", lambda request: asked.hosts.add(urlsplit(request.url).hostname))
    page.on("websocket", lambda socket: asked.sockets.add(urlsplit(socket.url).hostname))
    page.on("requestfailed", lambda request: asked.lacking.append(request.url))
    page.on("response", note_answer)
    return asked


def control(page: Page, field: str) -> Locator:
    role, name = CONTROLS[field]
    return page.locator(f".ncviz-explorer .ncviz-{field}").get_by_role(role, name=name, exact=True)


def button(page: Page, name: str) -> Locator:
    return page.locator(".ncviz-explorer").get_by_role("button", name=name, exact=True)


def training_step(page: Page) -> Locator:
    return page.get_by_role("slider", name="Training step", exact=True)


def unfold(page: Page, name: str) -> None:
    """Open a fold by its key, unless it is open."""
    fold = button(page, name)
    if fold.get_attribute("aria-expanded") == "false":
        fold.press("Enter")
    expect(fold).to_have_attribute("aria-expanded", "true")


def save(page: Page, name: str, folder: Path) -> Path:
    """Press a button that downloads a file."""
    with page.expect_download() as download:
        button(page, name).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def verdict(page: Page) -> Locator:
    return page.locator(".ncviz-explorer .ncviz-verdict")


def shown_s(page: Page) -> float:
    """Wait for a finished training and return the S in the verdict."""
    expect(page.locator(".ncviz-explorer [data-state=done]:has(.ncviz-verdict)")).to_be_visible()
    expect(verdict(page)).to_contain_text(S)
    found = S.search(verdict(page).inner_text())
    assert found
    return float(found[1].replace("−", "-"))


def expect_another_verdict(page: Page, before: str) -> None:
    """Wait until S and its interval read otherwise than before, and are final."""
    wait_for(lambda: (shown_s(page), verdict(page).inner_text())[1], lambda now: now != before)


def expect_result(page: Page, kernel: Kernel, **fields: int) -> None:
    """Wait until the kernel's result is that of these fields and the page shows its S."""
    settings = ", ".join(f"result.experiment.{field}" for field in fields)
    found = f"({settings}, round(float(result.s.value), 2)) if result else None"
    expected = tuple(fields.values())

    def agrees(found: tuple[float, ...] | None) -> bool:
        return found is not None and found[:-1] == expected and found[-1] == shown_s(page)

    wait_for(lambda: kernel.eval(f"(lambda result: {found})(explorer.result)"), agrees)


def drag(page: Page, slider: Locator, steps: int) -> None:
    """Move a slider's thumb by so many of its steps."""
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box
    low, high, step, now = (
        float(slider.evaluate(f"e => e.{name}")) for name in ("min", "max", "step", "value")
    )
    thumb = box["height"] if box["height"] < 24 else 16

    def x(value: float) -> float:
        return box["x"] + thumb / 2 + (value - low) / (high - low) * (box["width"] - thumb)

    y = box["y"] + box["height"] / 2
    page.mouse.move(x(now), y)
    page.mouse.down()
    page.mouse.move(x(now + steps * step), y, steps=8)
    page.mouse.up()
