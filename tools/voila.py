"""Start a Voila server, and open a notebook in it as the dashboard that a visitor sees."""

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from playwright.sync_api import Page, expect

from lab import answer_to, copy_checkout, free_port, private_environment, running

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Voila:
    """A running Voila."""

    url: str
    root: Path


@contextlib.contextmanager
def make_voila(folder: Path) -> Iterator[Voila]:
    """Serve the notebooks of a clean copy of the checkout, made inside `folder`."""
    copy, settings = copy_checkout(folder / "checkout"), folder / "settings"
    voila = Voila(f"http://{HOST}:{free_port()}", copy / "notebooks")
    words = [
        *(sys.executable, "-m", "voila", "--no-browser", f"--Voila.ip={HOST}"),
        *(f"--port={urlsplit(voila.url).port}", "--Voila.port_retries=0"),
        "--show_tracebacks=True",
    ]
    environment = private_environment(settings) | {"PYTHONPATH": str(copy)}
    log = settings / "server.log"
    with running(words, voila.root, environment, log, lambda: answer_to(voila.url)):
        yield voila


def open_explorer(page: Page, voila: Voila, theme: str = "light") -> None:
    """Open the project's own notebook, and wait until its Explorer is there."""
    open_dashboard(page, voila, "explorer.ipynb", theme)
    expect(page.locator(".ncviz-explorer [data-state]").first).to_be_visible()


def open_dashboard(page: Page, voila: Voila, path: str, theme: str = "light") -> None:
    """Open a notebook, which runs it; the address answers when its last cell has run."""
    # Voila's own page asks another host for icons; without a network it would wait for them.
    page.route(lambda url: urlsplit(url).hostname not in (None, HOST), lambda route: route.abort())
    page.goto(f"{voila.url}/voila/render/{quote(path)}?theme={theme}")
