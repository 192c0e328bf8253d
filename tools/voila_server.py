"""Start a Voila server, and open a notebook in it as the dashboard that a visitor sees."""

import contextlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from playwright.sync_api import Page, expect

from lab import ROOT, answer_to, copy_checkout, free_port, private_environment, running

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Voila:
    """A running Voila."""

    url: str
    root: Path
    token: str = ""


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
    # The copy's ncviz and its template, not those that the environment was made from.
    paths = {"PYTHONPATH": str(copy), "JUPYTER_PATH": str(copy / "ncviz" / "share")}
    environment = private_environment(settings) | paths
    log = settings / "server.log"
    with running(words, voila.root, environment, log, lambda: answer_to(voila.url)):
        yield voila


@contextlib.contextmanager
def make_dashboard(folder: Path, *flags: str) -> Iterator[Voila]:
    """Run `ncviz dashboard` in a folder made inside `folder`."""
    root, settings = folder / "visitors", folder / "settings"
    root.mkdir(parents=True, exist_ok=True)
    # As `ncviz dashboard`; without -P Python would look into the folder first.
    words = [sys.executable, "-P", "-m", "ncviz", "dashboard", *flags]
    if not any(flag.startswith("--port=") for flag in flags):
        words.append(f"--port={free_port()}")
    environment = private_environment(settings) | {"PYTHONPATH": str(ROOT)}
    log = settings / "server.log"

    def address() -> str:
        """What the command has printed by now."""
        said = re.search(r"^The Explorer is at (\S+)$", log.read_text(), re.M)
        if not said:
            raise OSError("no address yet")
        return said[1]

    with running(words, root, environment, log, address):
        parts = urlsplit(address())
        token = parse_qs(parts.query).get("token", [""])[0]
        yield Voila(f"{parts.scheme}://{parts.netloc}", root, token)


def open_explorer(page: Page, voila: Voila, theme: str = "light") -> None:
    """Open the project's own notebook, and wait until its Explorer is there."""
    open_dashboard(page, voila, "explorer.ipynb", theme)
    expect(page.locator(".ncviz-explorer [data-state]").first).to_be_visible()


def open_dashboard(page: Page, voila: Voila, path: str, theme: str = "light") -> None:
    """Open a notebook, which runs it; the address answers when its last cell has run."""
    page.goto(f"{voila.url}/voila/render/{quote(path)}?theme={theme}")
