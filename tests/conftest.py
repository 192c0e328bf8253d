import gc
import hashlib
import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import hypothesis
import psutil
import pytest
import torch

from lab import ROOT
from ncviz import tasks

# A busy machine makes no example wrong. In CI the examples are the same in every run.
hypothesis.settings.register_profile("default", deadline=None, max_examples=50)
hypothesis.settings.register_profile("ci", deadline=None, max_examples=50, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "default")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the tests marked long, too")
    parser.addoption(
        "--changed",
        action="store_true",
        help="run the long tests, too, about files that have changed since these last passed",
    )
    parser.addoption("--record", action="store_true", help="write down that all long tests pass")


LONG = {
    "built": ("README.md", "docs", "ncviz", "notebooks", "tools/documentation.py"),
    "image": ("binder", "constraints.txt", "notebooks", "pyproject.toml", "tools/binder.py"),
}
"""Fixtures that are made for minutes, and what they are made of: a test that takes one is long."""


PASSED = ROOT / "tests/passed.json"
"""The files that long tests are about, as they were when all of them last passed, in digests."""

TOGETHER = {
    "jupyterlab": ("explorer_in_lab", "lessons_in_lab", "kernel_ends", "lesson_widgets"),
    "voila": ("explorer_in_voila", "voila_template", "teacher_mode_on_page"),
    "documentation": ("docs_pages", "docs"),
}
"""Files of tests that share a server, or what is built for a minute, and so go to one worker."""

LONGEST = ("tests/browser/", "tests/house/", "tests/cli/", "tests/figures/", "tests/sweeps/")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked long; unlike a default -m, whatever else is chosen by -m."""
    about: dict[pytest.Item, tuple[str, ...]] = {}
    for item in items:
        for name in LONG.keys() & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.long(*LONG[name]))
        if mark := item.get_closest_marker("long"):
            about[item] = (*mark.args, item.nodeid.partition("::")[0])
    # Each worker takes one file after the other: those that take longest first, else all wait.
    items.sort(key=lambda item: [not item.nodeid.startswith(place) for place in LONGEST])
    if config.getoption("--long"):
        return
    left_out = {*about}
    if config.getoption("--changed") or config.getoption("--record"):
        now = {" ".join(paths): digest(paths) for paths in {*about.values()}}
        if config.getoption("--record"):
            PASSED.write_text(json.dumps(now, indent=1, sort_keys=True) + "\n")
        passed = json.loads(PASSED.read_text())
        left_out = {
            item
            for item, paths in about.items()
            if passed.get(" ".join(paths)) == now[" ".join(paths)]
        }
    config.hook.pytest_deselected(items=[*left_out])
    items[:] = [item for item in items if item not in left_out]


def digest(paths: tuple[str, ...]) -> str:
    """What the files stand for whose names begin so, as git knows them or as they were changed."""
    try:
        words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *paths]
        files = subprocess.check_output(words, cwd=ROOT, text=True).split("\0")[:-1]
    except (OSError, subprocess.CalledProcessError):
        return ""  # no checkout of git, which nobody works on
    found = hashlib.sha256()
    for file in sorted({*files}):
        path = ROOT / file
        content = path.read_bytes() if path.is_file() else b""
        found.update(f"{file} {len(content)} ".encode() + content)
    return found.hexdigest()[:16]


def pytest_collection_finish() -> None:
    # What has been loaded by now stays: no search for garbage need walk through all of it again.
    gc.collect()
    gc.freeze()


def pytest_configure(config: pytest.Config) -> None:
    # A test run that is told to end takes its servers and browsers with it.
    def end(*_: Any) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if config.pluginmanager.hasplugin("dsession"):
            workers = psutil.Process().children()
            theirs = [process for worker in workers for process in worker.children(recursive=True)]
            for worker in workers:
                worker.terminate()
            psutil.wait_procs(theirs, timeout=20)  # xdist would kill whoever needs longer than 10
        pytest.exit("terminated")

    signal.signal(signal.SIGTERM, end)


@pytest.hookimpl(optionalhook=True)  # there is no such hook with -p no:xdist
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: browser tests wait a good deal."""
    return min(4, 1 + (os.cpu_count() or 1))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each file to one worker, and to one all tests of the servers that they share."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            name = Path(file).stem.removeprefix("test_")
            return next((group for group, names in TOGETHER.items() if name in names), file)

    return ByFile(config, log)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the documentation's pages, built with warnings as errors."""
    import documentation  # Sphinx is not loaded for other tests

    folder = tmp_path_factory.mktemp("docs")
    assert documentation.main(folder) == 0
    return folder / "html"


@pytest.fixture(scope="module", autouse=True)
def built_in_tasks_only() -> Iterator[None]:
    """Let each module begin as a fresh process does, whatever was registered before it."""
    with patch.dict(tasks.TASKS, tasks.BUILT_IN, clear=True):
        yield


@pytest.fixture(autouse=True)
def tasks_as_found(built_in_tasks_only: None) -> Iterator[None]:
    """Forget at the end of a test what it has registered."""
    with patch.dict(tasks.TASKS):
        yield


@pytest.fixture(scope="session", autouse=True)
def one_torch_thread() -> None:
    """Nets this small train several times slower on more threads than on one."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Any:
    """Let no test of this process reach beyond this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not address[0].startswith(
            ("127.", "::1", "localhost")
        ):
            raise RuntimeError(f"a test tried to connect to {address}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield
