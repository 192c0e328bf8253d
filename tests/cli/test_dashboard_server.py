"""What somebody who means ill gets from `ncviz dashboard`: without the token, and with it."""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import psutil
import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.web import HTTPError as WebError
from tornado.websocket import websocket_connect

import coroutines
import documents
from lab import ROOT, wait_for
from ncviz.cli import main as cli
from ncviz.cli import server as dashboard_server
from ncviz.cli.server import Place, Places
from planted import everything, plant, ran
from voila_server import HOST, Voila, make_dashboard

PAGES = 3
PROTOCOL = "v1.kernel.websocket.jupyter.org"


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    text: str

    @property
    def heading(self) -> str:
        found = re.search("<h1>(.*?)</h1>", self.text)
        return found[1] if found else ""

    @property
    def kernel(self) -> str:
        """The kernel of the page."""
        found = re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', self.text, re.S)
        assert found
        return str(json.loads(found[1])["kernelId"])


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Let the answer be seen that sends elsewhere."""


def ask(dashboard: Voila, path: str, method: str = "GET", **headers: str) -> Answer:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect)
    request = urllib.request.Request(f"{dashboard.url}{path}", headers=headers, method=method)
    try:
        with opener.open(request, timeout=90) as answer:
            return Answer(answer.status, answer.read().decode())
    except HTTPError as error:
        return Answer(error.code, error.read().decode())


def visit(dashboard: Voila, query: str = "") -> Answer:
    return ask(dashboard, f"/?token={dashboard.token}{query}")


def leave(dashboard: Voila, kernel: str) -> None:
    """Do what a page does that is closed."""
    said = {"Authorization": f"token {dashboard.token}"}
    assert ask(dashboard, f"/voila/api/shutdown/{kernel}", "POST", **said).status == 204


def log_of(dashboard: Voila) -> str:
    return (dashboard.root.parent / "settings" / "server.log").read_text()


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Voila]:
    folder = tmp_path_factory.mktemp("server")
    (folder / "visitors").mkdir()
    plant(folder / "visitors", everything())
    flags = ("--no-browser", "--preheat=1", f"--pages={PAGES}", "--request-size=0.5")
    with make_dashboard(folder, *flags, "--Voila.log_level=INFO") as voila:
        wait_for(lambda: "is filled with 1 kernel" in log_of(voila))
        yield voila


def documented() -> set[str]:
    """Addresses of a dashboard in what people read, from the path on."""
    return {
        code.removeprefix("…")
        for page in documents.PAGES
        for code in documents.inline(page)
        if code.startswith("…/") and "token=…" in code
    }


@pytest.fixture(scope="module")
def pages(dashboard: Voila) -> list[Answer]:
    """What visitors are told who come at once to the documented addresses: one each."""
    paths = [path.replace("token=…", f"token={dashboard.token}") for path in documented()]
    assert len(paths) == PAGES
    with ThreadPoolExecutor(PAGES) as together:
        return list(together.map(lambda path: ask(dashboard, path), paths))


@pytest.fixture(scope="module")
def kernels(pages: list[Answer]) -> list[str]:
    """Those of the pages that are open."""
    return [page.kernel for page in pages]


def processes(dashboard: Voila) -> tuple[psutil.Process, list[psutil.Process]]:
    """The server and its kernels."""
    port = int(dashboard.url.rpartition(":")[2])
    heard = psutil.net_connections("inet")
    (pid,) = {c.pid for c in heard if c.status == psutil.CONN_LISTEN and c.laddr.port == port}
    server = psutil.Process(pid)
    return server, [c for c in server.children() if "ipykernel" in " ".join(c.cmdline())]


# Visitors


def test_every_documented_address_opens_the_page(pages: list[Answer], kernels: list[str]) -> None:
    for page in pages:
        assert page.status == 200 and "<title>ncviz</title>" in page.text
    assert len(set(kernels)) == PAGES  # one of them had waited


def test_one_visitor_more_is_told_so(dashboard: Voila, kernels: list[str]) -> None:
    answer = visit(dashboard, "&theme=dark")
    assert (answer.status, answer.heading) == (503, "All places are taken")
    assert f"room for {PAGES} pages at once" in answer.text
    assert "Traceback" not in answer.text
    assert len(processes(dashboard)[1]) <= PAGES + 1  # one waits


def test_visitors_who_come_at_once_get_as_many_places_as_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dashboard_server, "PATIENCE", 0.2)
    running: set[str] = set()

    async def come(places: Places) -> Place | None:
        try:
            return await places.take(running)
        except WebError:
            return None

    async def all_come() -> list[Place | None]:
        return await asyncio.gather(*(come(places) for _ in range(5)))

    places = Places(2)
    first = [place for place in coroutines.run(all_come()) if place]
    assert len(first) == 2
    for name, place in zip("ab", first, strict=True):
        place.kernel, place.preparing = name, False
    running.add("b")  # a has ended
    assert len([place for place in coroutines.run(all_come()) if place]) == 1


def test_a_page_that_is_closed_leaves_its_place(dashboard: Voila, kernels: list[str]) -> None:
    leave(dashboard, kernels.pop())
    again = visit(dashboard, "&theme=dark")
    assert again.status == 200
    kernels.append(again.kernel)


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--pages=0", "pages must be 1 or more, not 0"),
        ("--request-size=0", "request-size must be from 0.1 to 100 MB, not 0"),
        ("--request-size=nan", "request-size must be from 0.1 to 100 MB, not nan"),
    ],
)
def test_a_bad_bound_is_named(flag: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["dashboard", flag]) == 2
    assert capsys.readouterr().err == f"ncviz: {message}\n"


# The token


def test_no_kernel_is_named_in_what_others_can_read(dashboard: Voila, kernels: list[str]) -> None:
    server, running = processes(dashboard)
    read = [" ".join(process.cmdline()) for process in (server, *running)]
    assert kernels and not [k for k in kernels if any(k in arguments for arguments in read)]


def test_a_query_is_told_to_its_kernel_only(dashboard: Voila, kernels: list[str]) -> None:
    address = f"{dashboard.url.replace('http', 'ws')}/voila/query/{kernels[0]}"
    for key in ({}, {"Authorization": f"token {dashboard.token}"}, {"Authorization": ""}):
        with pytest.raises(HTTPClientError, match="403"):
            coroutines.run(opened(address, **key))


def test_the_token_is_in_no_kernel_and_in_no_log(dashboard: Voila, kernels: list[str]) -> None:
    visit(dashboard, "&seed=x&%74oken=" + dashboard.token)
    ask(dashboard, f"/?token={dashboard.token}", Host="evil.example")
    leave(dashboard, kernels.pop())
    notebook = dashboard.root / "explorer.ipynb"
    whole = notebook.read_text(encoding="utf-8")
    cobol = {"name": "cobol", "language": "cobol", "display_name": "COBOL"}
    notebook.write_text(json.dumps(json.loads(whole) | {"metadata": {"kernelspec": cobol}}))
    try:
        failed = visit(dashboard, "&theme=dark")
    finally:
        notebook.write_text(whole, encoding="utf-8")
    assert failed.heading == "The server could not prepare this page"
    assert "Traceback" not in failed.text
    assert {"421", "500", "503"} <= set(re.findall(r"^(\d+) GET /", log_of(dashboard), re.M))
    said = re.sub(r"^The Explorer is at .*|^http://.*", "", log_of(dashboard), flags=re.M)
    assert dashboard.token not in said
    for kernel in processes(dashboard)[1]:
        assert dashboard.token not in str(kernel.environ())


def test_a_wrong_token_gets_a_sentence_and_nothing_to_log_in_with(dashboard: Voila) -> None:
    for path in ("/", "/?token=wrong", "/explorer.ipynb?token=", "/login", "/voila/tree"):
        answer = ask(dashboard, path)
        assert (answer.status, answer.heading) == (403, "This page is not open to you"), path
        assert "<input" not in answer.text


# Who is meant, and who asks


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "10.1.2.3", "localhost.evil.ex"]
)
def test_a_request_for_another_host_is_refused(dashboard: Voila, host: str) -> None:
    answer = ask(dashboard, f"/?token={dashboard.token}", Host=host)
    assert (answer.status, answer.heading) == (421, "This is not the server’s address")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "[::1]:8866", socket.gethostname()])
def test_a_request_for_this_machine_is_heard(dashboard: Voila, host: str) -> None:
    assert ask(dashboard, "/voila/static/voila.js", Host=host).status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1", "null", "x"])
def test_a_request_from_another_page_is_refused(dashboard: Voila, origin: str) -> None:
    path = f"/api/kernels/1-2-3-4-5?token={dashboard.token}"
    assert ask(dashboard, path, "DELETE", Origin=origin).status == 403
    assert ask(dashboard, path, "DELETE", Origin=dashboard.url).status == 404  # no such kernel


# Too much


def said_to(dashboard: Voila, *pieces: bytes) -> bytes:
    """What the server says until it ends the connection, on bytes sent as they are."""
    with socket.create_connection((HOST, int(dashboard.url.rpartition(":")[2])), 10) as line:
        found = b""
        try:
            for piece in pieces:
                line.sendall(piece)
            while more := line.recv(2**16):
                found += more
        except ConnectionError:
            pass
        return found


@pytest.mark.parametrize("length", ["99000000", "524289", "-1", "x", "9" * 400])
def test_a_large_request_is_refused_before_it_is_sent(dashboard: Voila, length: str) -> None:
    head = f"POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {length}\r\n\r\n".encode()
    said = said_to(dashboard, head).decode()
    assert said.startswith(("HTTP/1.1 413", "HTTP/1.1 400"))
    if length.isdecimal() and len(length) < 400:
        assert "The server takes at most 0.5 MB in one request." in said


def test_a_large_request_in_pieces_is_cut_off(dashboard: Voila) -> None:
    before = processes(dashboard)[0].memory_info().rss
    head = f"POST / HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    assert b"HTTP/1.1 200" not in said_to(dashboard, head, *[piece] * 400)
    assert processes(dashboard)[0].memory_info().rss - before < 10e6


# A page's line to its kernel


async def opened(address: str, protocol: str = "", **headers: str) -> Any:
    return await websocket_connect(
        HTTPRequest(address, headers=headers, connect_timeout=10, request_timeout=10),
        subprotocols=[protocol] if protocol else None,
    )


@pytest.fixture
def line(dashboard: Voila, kernels: list[str]) -> str:
    if not kernels:
        kernels.append(visit(dashboard).kernel)
    path = f"/api/kernels/{kernels[0]}/channels?token={dashboard.token}"
    return dashboard.url.replace("http", "ws") + path


@pytest.mark.parametrize("protocol", ["", "other"])
def test_a_line_of_another_protocol_is_refused(line: str, protocol: str) -> None:
    with pytest.raises(HTTPClientError, match="400"):
        coroutines.run(opened(line, protocol))


def number(*values: int) -> bytes:
    return b"".join(value.to_bytes(8, "little") for value in values)


MALFORMED = {
    "words": "words",
    "nothing": b"",
    "a number without end": number(2**63) + b"x" * 64,
    "too few parts": number(2, 24, 24) + b"shell",
    "the whole again and again": number(1000, *[8, 9000] * 500) + b"x" * 1000,
    "parts beyond its end": number(6, 56, 61, 70, 80, 90, 2**62) + b"shell",
    "too large": b"x" * 600_000,
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_message_ends_its_line_and_nothing_else(
    dashboard: Voila, line: str, name: str
) -> None:
    async def send() -> int | None:
        connection = await opened(line, PROTOCOL)
        message = MALFORMED[name]
        await connection.write_message(message, binary=isinstance(message, bytes))
        while await asyncio.wait_for(connection.read_message(), 20) is not None:
            pass
        return connection.close_code

    assert coroutines.run(send()) == (1009 if name == "too large" else 1007)
    assert ask(dashboard, "/voila/static/voila.js").status == 200


# The folder


def test_another_name_is_no_page(dashboard: Voila) -> None:
    for path in ("explorr.ipynb", "ran.txt", "../server.log", "voila/files/ran.txt"):
        assert ask(dashboard, f"/{path}?token={dashboard.token}").status in (403, 404)


def test_nothing_that_lies_in_the_folder_is_run_or_obeyed(
    dashboard: Voila, kernels: list[str]
) -> None:
    assert ran(dashboard.root) == []
    server, running = processes(dashboard)
    heard = [
        c.laddr.ip for p in (server, *running) for c in p.net_connections("inet") if not c.raddr
    ]
    assert set(heard) == {HOST}


def test_fetching_runs_nothing_that_lies_in_the_folder(tmp_path: Path) -> None:
    plant(tmp_path, everything())
    away = {"PIP_NO_INDEX": "1", "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    subprocess.run(
        [sys.executable, "-P", "-m", "ncviz", "bert", "fetch", "vader"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if "PIP" not in name} | away,
        capture_output=True,
        timeout=120,
    )
    assert ran(tmp_path) == []
