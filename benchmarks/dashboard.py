"""How soon the page of `ncviz dashboard` is there, with a kernel that waits and without.

PYTHONPATH=tools python benchmarks/dashboard.py

Both servers are visited in turn, so that whatever else the machine does hits both alike.
"""

import statistics
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import Browser, sync_playwright

from lab import launch, wait_for
from voila_server import Voila, make_dashboard

VISITS = 6


def seconds_until_there(browser: Browser, dashboard: Voila) -> float:
    """From the click on the address until the Explorer can be used."""
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(120_000)
    began = time.perf_counter()
    page.goto(f"{dashboard.url}/?token={dashboard.token}")
    page.locator(".ncviz-explorer [data-state]").first.wait_for()
    took = time.perf_counter() - began
    page.goto("about:blank")  # leaves the page, which ends its kernel
    page.close()
    return took


def waiting(dashboard: Voila) -> list[psutil.Process]:
    """The kernels of a server to which no visitor has come."""
    port = int(dashboard.url.rpartition(":")[2])
    (server,) = {
        psutil.Process(c.pid)
        for c in psutil.net_connections("inet")
        if c.status == psutil.CONN_LISTEN and c.laddr.port == port
    }
    return [child for child in server.children() if child.cpu_percent(1) < 1]


def main() -> None:
    """Print seconds and memory."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        make_dashboard(Path(scratch, "0"), "--no-browser", "--preheat=0") as cold,
        make_dashboard(Path(scratch, "1"), "--no-browser", "--preheat=1") as warm,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        took: dict[str, list[float]] = {"started for the page": [], "waiting": []}
        for _ in range(VISITS):
            took["started for the page"].append(seconds_until_there(browser, cold))
            (kernel,) = wait_for(lambda: waiting(warm), lambda found: len(found) == 1)
            memory = kernel.memory_info().rss / 1e6
            took["waiting"].append(seconds_until_there(browser, warm))
        for name, seconds in took.items():
            each = " ".join(f"{s:.1f}" for s in seconds)
            print(f"kernel {name}: {statistics.median(seconds):.1f} s (each: {each})")
        ratios = [a / b for a, b in zip(*took.values(), strict=True)]
        print(f"median ratio {statistics.median(ratios):.1f}; a kernel that waits: {memory:.0f} MB")
        browser.close()


if __name__ == "__main__":
    main()
