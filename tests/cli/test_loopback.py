"""Servers that the project starts are heard on this machine only, and ask for their token."""

import ast
import json
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyter_client import BlockingKernelClient

from lab import ROOT, answer_to, copy_checkout, free_port, private_environment, running, wait_for
from planted import installed, plant, ran

HERE = {"127.0.0.1", "::1", "::ffff:127.0.0.1"}
GUARDED = ("api/contents", "api/kernels", "api/sessions", "api/terminals", "api/status")


@dataclass(frozen=True)
class Started:
    """A JupyterLab as the project starts it, told neither an address nor a token."""

    url: str
    runtime: Path
    root: Path

    def ask(self, path: str, token: str = "", method: str = "GET") -> Any:
        headers = {"Authorization": f"token {token}"} if token else {}
        request = urllib.request.Request(f"{self.url}/{path}", headers=headers, method=method)
        answer = answer_to(request)
        return json.loads(answer) if answer.startswith(b"{") else answer

    def status(self, path: str, token: str = "", method: str = "GET") -> int:
        try:
            self.ask(path, token, method)
        except urllib.error.HTTPError as error:
            return error.code
        return 200

    def listens(self) -> bool:
        try:
            self.status("api")
        except OSError:
            return False
        return any(self.runtime.glob("jpserver-*.json"))

    @property
    def told(self) -> dict[str, str]:
        """What the server tells those who may read its folder."""
        (path,) = self.runtime.glob("jpserver-*.json")
        return json.loads(path.read_text())


@pytest.fixture(scope="module", params=["make lab", "ncviz lab"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Started]:
    folder = tmp_path_factory.mktemp("loopback")
    settings, port = folder / "settings", free_port()
    # As root, which a container often is, JupyterLab does not start without --allow-root.
    flags = f"--no-browser --allow-root --ServerApp.port={port} --ServerApp.port_retries=0"
    if request.param == "make lab":
        cwd = copy_checkout(folder / "checkout")
        words = ["make", "-o", ".venv/.lab", "lab", "VENV=.venv", f"ARGS={flags}"]
    else:
        cwd = folder / "empty"
        cwd.mkdir()
        plant(cwd, installed())
        words = [sys.executable, "-P", "-m", "ncviz", "lab", *flags.split()]
    environment = private_environment(settings)
    environment.pop("JUPYTER_TOKEN", None)
    environment["PYTHONPATH"] = str(ROOT)
    started = Started(f"http://127.0.0.1:{port}", settings / "RUNTIME_DIR", cwd)
    with running(words, cwd, environment, settings / "server.log", lambda: None):
        wait_for(started.listens)
        yield started


def addresses(process: psutil.Process) -> list[tuple[int, str]]:
    """Where a process and those that it started listen: port and address."""
    found = []
    for one in [process, *process.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):  # a helper of the server, such as git, that has ended
            found += [
                (connection.laddr.port, connection.laddr.ip)
                for connection in one.net_connections(kind="inet")
                if connection.status == psutil.CONN_LISTEN
            ]
    return found


def test_without_its_token_it_answers_nobody(server: Started) -> None:
    token = server.told["token"]
    assert len(token) >= 32
    for path in GUARDED:
        assert server.status(path) == 403, path
        assert server.status(path, token="0" * len(token)) == 403, path
    assert server.status("api/kernels", method="POST") == 403
    assert server.status("api/status", token) == 200  # it is the right one that opens it
    # Pages are answered with a form that asks for the token.
    page = answer_to(f"{server.url}/files/explorer.ipynb").decode()
    assert 'type="password"' in page and '"cells"' not in page


def test_it_and_its_kernels_are_heard_on_this_machine_only(server: Started) -> None:
    assert server.status("api/kernels", server.told["token"], "POST") == 200
    process = psutil.Process(int(server.told["pid"]))
    kernel_too = wait_for(lambda: addresses(process), lambda found: len(found) >= 6)
    assert {address for _, address in kernel_too} <= HERE


@pytest.mark.parametrize("server", ["ncviz lab"], indirect=True)
def test_nothing_that_lies_in_its_folder_is_run_for_what_is_installed(server: Started) -> None:
    started = server.ask("api/kernels", server.told["token"], "POST")
    client = BlockingKernelClient(
        connection_file=str(server.runtime / f"kernel-{started['id']}.json")
    )
    client.load_connection_file()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        (server.root / "of_the_folder.py").write_text("FOUND = 5")
        code = "from ncviz import Explorer, SView; import torch, of_the_folder as own"
        reply = client.execute(code, reply=True, timeout=60, user_expressions={"own": "own.FOUND"})
    finally:
        client.stop_channels()
    assert reply["content"]["user_expressions"]["own"]["data"]["text/plain"] == "5"
    assert ran(server.root) == []


# Dask: ncviz itself starts no cluster; its tests and benchmarks do.


def clusters() -> list[tuple[str, dict[str, str]]]:
    """Every call in the repository that starts one, and what it is told."""
    return [
        (path.name, {str(k.arg): ast.unparse(k.value) for k in node.keywords})
        for folder in ("ncviz", "tools", "benchmarks", "tests")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("LocalCluster")
    ]


def test_every_cluster_is_told_to_be_heard_here_only() -> None:
    found = clusters()
    assert len(found) >= 4
    for name, told in found:
        assert told["host"] == "'127.0.0.1'" and told["dashboard_address"] == "None", name


def test_a_cluster_told_so_has_no_other_address() -> None:
    from distributed import LocalCluster

    before = set(addresses(psutil.Process()))
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"):
        found = set(addresses(psutil.Process())) - before
    assert len(found) >= 2 and {address for _, address in found} <= HERE
