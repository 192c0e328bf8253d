"""How soon the Explorer answers, measured in a real JupyterLab in a real browser.

    PYTHONPATH=tools python benchmarks/latency.py

The answer to a move is the first change of the S chart that is drawn from the new nets, painted.
The target is met if nine moves of ten meet it. A busy machine makes every number larger.
"""

import tempfile
from pathlib import Path
from statistics import median, quantiles

from playwright.sync_api import Locator, Page, sync_playwright

from lab import launch, make_lab, open_notebook, run_all

REPEATS = 24
TARGET = 100  # ms
EXPLORER = "from ncviz import Explorer\n\nexplorer = Explorer()\nexplorer"
CHART = ".ncviz-explorer section[aria-label='S while it trains'] svg.ncviz-chart"

# Fills window.answer with the milliseconds from the key to the frame after the one that shows the
# answer, and with the state that the verdict had at the key. ANSWERED says what an answer is.
WATCH = """(node, key) => {
    let pressed, state;
    window.answer = null;
    const note = event => {
        if (event.key !== key || pressed) return;
        pressed = event.timeStamp;
        state = document.querySelector(".ncviz-explorer [data-state]").dataset.state;
    };
    document.addEventListener("keydown", note, true);
    const observer = new MutationObserver(() => {
        if (!pressed || !(ANSWERED)) return;
        observer.disconnect();
        document.removeEventListener("keydown", note, true);
        requestAnimationFrame(() => { window.answer = [performance.now() - pressed, state]; });
    });
    observer.observe(node, { subtree: true, childList: true, attributes: true });
}"""
# The first answer to a move comes from fewer runs and is marked as rough. What the training
# before it still draws is no answer.
WATCH_CHART = WATCH.replace("ANSWERED", "node.closest('.ncviz-is-rough')")
WATCH_PROMPT = WATCH.replace("ANSWERED", "/[0-9]/.test(node.textContent)")  # [*] until it has run

# These look in every painted frame, because the states between are short.
IN_STATE = "s => document.querySelector('.ncviz-explorer [data-state]').dataset.state === s"
AT_REST = f"() => !document.querySelector('.ncviz-is-rough') && ({IN_STATE})('done')"

NUDGE = """(slider, by) => {
    slider.value = Number(slider.value) + by;
    for (const type of ["input", "change"]) slider.dispatchEvent(new Event(type));
}"""


def main() -> None:
    """Measure a slider and another cell, at rest and while it trains."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        make_lab(Path(scratch)) as server,
        sync_playwright() as playwright,
    ):
        server.write_notebook("latency.ipynb", EXPLORER, "1 + 1")
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1440, "height": 1800})
        open_notebook(page, server, "latency.ipynb", view="doc")
        run_all(page)
        moves = {state: time_moves(page, state) for state in ("done", "training")}
        cells = {state: time_cells(page, state) for state in ("done", "training")}
        browser.close()
    print(f"{'milliseconds in the browser':40}{'median':>9}{'90 %':>9}{'max':>9}{'target':>9}")
    report("slider to S chart, at rest", moves["done"], TARGET)
    report("slider to S chart, while it trains", moves["training"], TARGET)
    report("another cell, at rest", cells["done"])
    report("another cell, while it trains", cells["training"])
    ratio = median(cells["training"]) / median(cells["done"])
    print(f"{'another cell, while it trains / at rest':40}{ratio:9.2g}")


def time_moves(page: Page, state: str) -> list[float]:
    """Times from a key on the Hidden neurons slider to the answer in the chart."""
    times = []
    for up in ups():
        slider(page).focus()
        key = "ArrowRight" if up else "ArrowLeft"
        times.append(time_key(page, state, up, key, page.locator(CHART), WATCH_CHART))
    return times


def time_cells(page: Page, state: str) -> list[float]:
    """Times from the key that runs the notebook's last cell to its number."""
    cell = page.locator(".jp-CodeCell").last
    cell.locator(".cm-content").click()
    prompt = cell.locator(".jp-InputPrompt")
    return [time_key(page, state, up, "Control+Enter", prompt, WATCH_PROMPT) for up in ups()]


def ups() -> list[bool]:
    """Whether a move goes up: away from the default size, and back."""
    return [number % 6 < 3 for number in range(REPEATS)]


def slider(page: Page) -> Locator:
    """The slider that is moved."""
    return page.get_by_role("slider", name="Hidden neurons", exact=True)


def time_key(page: Page, state: str, up: bool, key: str, node: Locator, watch: str) -> float:
    """Milliseconds from a key, pressed in this state of the Explorer, to its answer in a node."""
    if state == "training":
        # Not by a key, which would take the focus.
        slider(page).evaluate(NUDGE, 1 if up else -1)
    page.wait_for_function(IN_STATE, arg=state)
    node.evaluate(watch, key.split("+")[-1])
    page.keyboard.press(key)
    milliseconds, found = page.wait_for_function("window.answer").json_value()
    if found != state:
        raise RuntimeError(f"the key came in the state {found!r}, not {state!r}")
    page.wait_for_function(AT_REST)
    return float(milliseconds)


def report(label: str, times: list[float], target: float | None = None) -> None:
    """Print one line of numbers."""
    most = quantiles(times, n=10)[-1]
    numbers = "".join(f"{ms:9.0f}" for ms in (median(times), most, max(times)))
    verdict = f"{f'≤ {target:g}':>9}  {'met' if most <= target else 'MISSED'}" if target else ""
    print(f"{label:40}{numbers}{verdict}", flush=True)


if __name__ == "__main__":
    main()
