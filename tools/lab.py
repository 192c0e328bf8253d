"""Start a JupyterLab and drive it in a browser: for the browser tests and the screenshots."""

import ast
import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import nbformat
from jupyter_client import BlockingKernelClient
from playwright.sync_api import Browser, Page, Playwright, expect

import chromium

T = TypeVar("T")

PATIENCE = 90  # seconds, for one thing on the page or the server
ROOT = Path(__file__).resolve().parents[1]
BROWSER_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
NOT_COPIED = ("_build", ".git", ".*_cache", "*.pyc.*", ".hypothesis", ".venv", "build", "dist")


@dataclass(frozen=True)
class Server:
    """A running JupyterLab."""

    url: str
    token: str
    root: Path
    runtime: Path

    def get(self, path: str, method: str = "GET") -> Any:
        """Ask the server's REST interface."""
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(f"{self.url}/api/{path}", headers=headers, method=method)
        return json.loads(answer_to(request) or "null")

    def write_notebook(self, path: str, *cells: str) -> None:
        """Write a notebook of these code cells, without outputs."""
        write_notebook(self.root / path, *cells)

    def shut_down_kernels(self) -> None:
        """End every kernel; a notebook opened again would find its old one running."""

        def none_is_left() -> bool:
            for kernel in self.get("kernels"):
                # One that is just being restarted cannot be ended yet, which the server calls 500.
                with contextlib.suppress(urllib.error.HTTPError):
                    self.get(f"kernels/{kernel['id']}", "DELETE")
            return self.get("kernels") == []

        wait_for(none_is_left)

    @contextlib.contextmanager
    def kernel(self, path: str) -> Iterator["Kernel"]:
        """Connect to the kernel that runs the notebook of this path."""
        kernel = next(s["kernel"]["id"] for s in self.get("sessions") if s["path"] == path)
        connection = self.runtime / f"kernel-{kernel}.json"
        client = BlockingKernelClient(connection_file=str(connection))
        client.load_connection_file()
        client.start_channels()
        try:
            yield Kernel(client)
        finally:
            client.stop_channels()


class Kernel:
    """A second line to a running kernel, beside the one that the page holds."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self._client = client

    def run(self, code: str) -> None:
        """Run statements in the notebook's namespace."""
        self._ask(code, {})

    def eval(self, expression: str) -> Any:
        """Return an expression's value, which must be a plain literal."""
        found = self._ask("", {"value": expression})["value"]
        if found["status"] == "error":
            raise RuntimeError(f"{found['ename']}: {found['evalue']}")
        return ast.literal_eval(found["data"]["text/plain"])

    def _ask(self, code: str, expressions: dict[str, str]) -> Any:
        # Not in the history, so that the notebook's execution counts stay its own.
        reply = self._client.execute(
            code, user_expressions=expressions, store_history=False, reply=True, timeout=PATIENCE
        )["content"]
        if reply["status"] != "ok":
            raise RuntimeError("\n".join(reply.get("traceback", [str(reply)])))
        return reply["user_expressions"]


def answer_to(request: str | urllib.request.Request) -> bytes:
    """Ask a server of this machine."""
    # A proxy named in the environment is not meant for this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=PATIENCE) as answer:
        return bytes(answer.read())


def write_notebook(path: Path, *cells: str) -> None:
    """Write a notebook of these code cells, without outputs."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells],
        # Without a kernelspec the page opens with a dialog.
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}},
    )
    nbformat.write(notebook, path)


def free_port() -> int:
    """Return a port of this machine which nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def private_environment(folder: Path) -> dict[str, str]:
    """Return an environment with Jupyter settings of its own, which are kept in `folder`."""
    # Else Lab asks whether to fetch news, in a box that lies over the page.
    quiet = folder / "SETTINGS_DIR/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    quiet.parent.mkdir(parents=True)
    quiet.write_text('{"fetchNews": "false", "checkForUpdates": false}')
    names = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
    places = {f"JUPYTER_{name}": folder / name for name in names}
    places |= {f"JUPYTERLAB_{name}": folder / name for name in ("SETTINGS_DIR", "WORKSPACES_DIR")}
    places["IPYTHONDIR"] = folder / "IPYTHONDIR"
    return os.environ | {name: str(place) for name, place in places.items()}


def copy_checkout(target: Path) -> Path:
    """Copy the checkout, with a link to the environment in which this process runs."""
    shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns(*NOT_COPIED))
    (target / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    return target


@contextlib.contextmanager
def serve(
    command: Callable[[str], list[str]],
    cwd: Path,
    root: Path,
    settings: Path,
    **environment: str,
) -> Iterator[Server]:
    """Run a command in `cwd` that starts JupyterLab on the folder `root`.

    `command` is given the flags for the server and returns the words to run.
    """
    port, token = free_port(), secrets.token_hex(16)
    flags = (
        "--no-browser --allow-root --ServerApp.ip=127.0.0.1 --ServerApp.port_retries=0 "
        f"--ServerApp.port={port} --IdentityProvider.token={token}"
    )
    environment = private_environment(settings) | environment
    server = Server(f"http://127.0.0.1:{port}", token, root, settings / "RUNTIME_DIR")
    log = settings / "server.log"
    with running(command(flags), cwd, environment, log, lambda: server.get("status")):
        yield server
        server.shut_down_kernels()


@contextlib.contextmanager
def running(
    words: list[str],
    cwd: Path,
    environment: dict[str, str],
    log: Path,
    ask: Callable[[], object],
) -> Iterator[None]:
    """Run a server, wait until `ask` gets an answer from it, and end it with all its children."""
    with log.open("w") as output:
        # A session of its own: make, its shell and the server all end with one signal.
        process = subprocess.Popen(
            words,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def up() -> bool:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended at once:\n{log.read_text()}")
        try:
            ask()
        except OSError:
            return False
        return True

    try:
        wait_for(up)
        yield
    finally:
        _end(process)


@contextlib.contextmanager
def make_lab(folder: Path) -> Iterator[Server]:
    """Run `make lab` in a clean copy of the checkout, made inside `folder`."""
    copy = copy_checkout(folder / "checkout")

    def command(flags: str) -> list[str]:
        # -o: the linked environment is the tests' own; they must not install into it.
        return ["make", "-o", ".venv/.lab", "lab", "VENV=.venv", f"ARGS={flags}"]

    # The copy's ncviz and its template, not those that the environment was made from.
    settings, root = folder / "settings", copy / "notebooks"
    paths = {"PYTHONPATH": str(copy), "JUPYTER_PATH": str(copy / "ncviz" / "share")}
    with serve(command, copy, root, settings, **paths) as server:
        yield server


def launch(playwright: Playwright) -> Browser:
    """Start the browser."""
    path = chromium.find()
    if path is None:
        raise RuntimeError(chromium.MISSING)
    expect.set_options(timeout=PATIENCE * 1000)
    return playwright.chromium.launch(executable_path=path, args=list(BROWSER_FLAGS))


def open_notebook(page: Page, server: Server, path: str, view: str = "lab") -> None:
    """Open a notebook and wait for its kernel.

    View "doc" has no file browser beside it; "notebooks" is that of Notebook 7.
    """
    # Without "reset" the page opens the panels that an earlier page left open.
    place = view if view == "notebooks" else f"{view}/tree"
    page.goto(f"{server.url}/{place}/{quote(path)}?token={server.token}&reset")
    # The indicator says "idle" already before there is a kernel, and would drop a "run".
    expect(page.locator(".jp-Toolbar-kernelName")).to_have_text("Python 3 (ipykernel)")
    expect(page.locator(".jp-Notebook-ExecutionIndicator")).to_have_attribute("data-status", "idle")


def run_all(page: Page) -> None:
    """Run every cell from the menu and wait until each has its number."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator('.lm-Menu [data-command="runmenu:run-all"]').click()
    prompts = page.locator(".jp-CodeCell .jp-InputPrompt")
    expect(prompts).to_have_text([re.compile(r"^\[\d+\]:$")] * prompts.count())


def set_theme(page: Page, name: str) -> None:
    """Choose a theme from the menu: "JupyterLab Light" or "JupyterLab Dark"."""
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    # An entry that opens a submenu has no role.
    for label in ("Theme", name):
        page.locator(".lm-Menu-itemLabel").get_by_text(label, exact=True).click()
    light = "false" if "Dark" in name else "true"
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", light)


def wait_for(
    value: Callable[[], T], good: Callable[[T], bool] = bool, seconds: float = PATIENCE
) -> T:
    """Return the first value that is good, and show the last one where none came in time."""
    end = time.monotonic() + seconds
    while not good(found := value()):
        if time.monotonic() > end:
            raise AssertionError(f"after {seconds:g} s still {found!r}")
        time.sleep(0.05)
    return found


def _end(process: subprocess.Popen[bytes]) -> None:
    # make ends sooner than its children, so wait for the group and not only for make.
    for number in (signal.SIGTERM, signal.SIGKILL):
        end = time.monotonic() + 15
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
            while time.monotonic() < end:
                process.poll()
                os.killpg(process.pid, 0)
                time.sleep(0.05)
    process.wait()
