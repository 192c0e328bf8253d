import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import hypothesis
import pytest
import torch

from ncviz import tasks

# A busy machine makes no example wrong. In CI the examples are the same in every run.
hypothesis.settings.register_profile("default", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "default")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the tests marked long, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked long; unlike a default -m, whatever else is chosen by -m."""
    if config.getoption("--long"):
        return
    left_out = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_configure() -> None:
    # A test run that is told to end takes its servers and browsers with it.
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("terminated"))


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
