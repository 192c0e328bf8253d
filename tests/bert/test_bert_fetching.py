"""Packages with weights and texts: got from where pip looks, checked first, and nothing run."""

import io
import json
import subprocess
import tarfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

pytest.importorskip("platformdirs", reason="needs ncviz[bert]")

from ncviz.bert import outside
from ncviz.bert.material import fetching
from ncviz.bert.material.fetching import PACKAGES, fetch, member


def archive(marker: Path) -> bytes:
    """A source archive that leaves a mark if anything of it is run."""
    harm = f"open({str(marker)!r}, 'w')\n".encode()
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as tar:
        for name, text in (
            ("p-1/setup.py", harm),
            ("p-1/pyproject.toml", b"[build-system]\nrequires = []\nbackend-path = ['.']\n"),
            ("p-1/data.txt", b"all that is wanted"),
        ):
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text))
    return raw.getvalue()


class Server(ThreadingHTTPServer):
    """An index on this machine: what it has under each path, and what it was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, bytes]] = {}
        self.asked: list[str] = []
        self.pause = 0.0
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Server)
        server.asked.append(self.path)
        kind, body = server.pages.get(self.path, ("", b""))
        self.send_response(200 if kind else 404)
        self.send_header("Content-Type", kind)
        self.end_headers()
        for at in range(0, len(body), 64 if server.pause else 1 << 20):
            self.wfile.write(body[at : at + (64 if server.pause else 1 << 20)])
            time.sleep(server.pause)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, daemon=True)
        thread.start()
        yield made
        made.shutdown()
        thread.join(10)


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "it was run"


@pytest.fixture(autouse=True)
def data(tmp_path: Path, marker: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The bytes of the only package there is, "p"; the cache is empty, and no index is known."""
    found = archive(marker)
    package = replace(
        PACKAGES["vader"],
        name="The_P",
        version="1",
        file="p-1.tar.gz",
        size=len(found),
        sha256=sha256(found).hexdigest(),
    )
    monkeypatch.setattr(fetching, "PACKAGES", {"p": package})
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(outside, "PYPI", "http://127.0.0.1:9/simple")  # nobody answers there
    return found


@pytest.fixture(autouse=True)
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What is called; pip, the only program that may be, has nothing to say."""
    called = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        called.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    return called


def serve_it(server: Server, data: bytes, kind: str) -> None:
    if kind == "html":
        page = b"<!DOCTYPE html><a href='../../files/p-1.tar.gz#sha256=0'>p-1.tar.gz</a>"
        server.pages["/simple/the-p/"] = ("text/html; charset=utf-8", page)
    else:
        files = [{"filename": "p-1.tar.gz", "url": f"{server.address}/files/p-1.tar.gz"}]
        page = json.dumps({"files": [{"filename": "p-2.tar.gz", "url": "x"}, *files]}).encode()
        server.pages["/simple/the-p/"] = ("application/vnd.pypi.simple.v1+json", page)
    server.pages["/files/p-1.tar.gz"] = ("application/gzip", data)


@pytest.mark.parametrize("kind", ["html", "json"])
def test_an_archive_is_got_and_read_and_nothing_of_it_is_run(
    kind: str, server: Server, data: bytes, marker: Path, commands: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    serve_it(server, data, kind)
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.address}/simple")
    assert member("p", "p-1/data.txt") == b"all that is wanted"
    assert not marker.exists()
    assert [command[-2:] for command in commands] == [["config", "list"]]
    before = [*server.asked]
    assert member("p", "p-1/data.txt") and server.asked == before, "it is in the cache"


def test_every_place_that_pip_knows_is_looked_at(
    server: Server, data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheels, disk = tmp_path / "wheels", tmp_path / "disk"
    for folder in (wheels, disk / "simple" / "the-p", disk / "files"):
        folder.mkdir(parents=True)
    page = disk / "simple" / "the-p" / "index.html"
    page.write_text('<a href="../../files/p-1.tar.gz#sha256=0">p-1.tar.gz</a>')
    serve_it(server, data, "html")

    def got(**settings: str) -> bool:
        for path in tmp_path.glob("cache/**/*.gz"):
            path.unlink()
        with monkeypatch.context() as patch:
            for name, value in settings.items():
                patch.setenv(f"PIP_{name.upper()}", value)
            try:
                return fetch("p")["p"].read_bytes() == data
            except OSError:
                return False

    on_disk = f"{(disk / 'simple').as_uri()} {server.address}/nothing"
    assert not got() and not got(extra_index_url=on_disk) and not got(find_links=str(wheels))
    (disk / "files" / "p-1.tar.gz").write_bytes(data)
    assert got(extra_index_url=on_disk)
    (wheels / "p-1.tar.gz").write_bytes(data)
    assert got(find_links=str(wheels), no_index="1")
    assert got(find_links=page.as_uri(), no_index="1")
    assert not got(index_url=f"{server.address}/simple", no_index="1")


def test_pips_own_file_is_read_and_the_environment_goes_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    conf = tmp_path / "pip.conf"
    conf.write_text(
        "[global]\nindex-url = https://a/simple\ntimeout = 3\n[download]\ntimeout = 4\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(conf))
    monkeypatch.setenv("PIP_CERT", "mine.pem")
    found = outside.pip_settings()
    assert (found["index-url"], found["timeout"], found["cert"]) == (
        "https://a/simple",
        "4",
        "mine.pem",
    )
    monkeypatch.setenv("PIP_INDEX_URL", "https://b/simple")
    assert outside.pip_settings()["index-url"] == "https://b/simple"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data[:-1] + b"x", "p-1.tar.gz is a changed file: its SHA-256 is "),
        (lambda data: data + b"x", "more than [0-9]+ bytes come"),
        (lambda data: data[:-1], "a changed file"),
    ],
)
def test_a_file_that_is_not_what_it_was_is_refused_before_it_is_read(
    change: object, words: str, server: Server, data: bytes, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    serve_it(server, change(data), "json")  # type: ignore[operator]
    monkeypatch.setenv("PIP_INDEX_URL", f"http://me:secret@127.0.0.1:{server.server_port}/simple")
    with pytest.raises(OSError, match=f"cannot get The_P: http://127.*{words}") as caught:
        fetch("p")
    assert "secret" not in str(caught.value)
    assert not [path for path in tmp_path.glob("cache/**/*") if path.is_file()]


@pytest.mark.parametrize("page", [b"", b"[]", b"{", b'{"files": [1]}', b"[" * 100_000])
def test_a_page_that_is_none_is_told(
    page: bytes, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.pages["/simple/the-p/"] = ("application/json", page)
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.address}/simple")
    with pytest.raises(OSError, match=r"cannot get The_P: http://127\.0\.0\.1"):
        fetch("p")


def test_a_download_that_drips_is_given_up(
    server: Server, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve_it(server, data, "json")
    server.pause = 0.3
    monkeypatch.setattr(outside, "GIVEN_UP", 0.5)
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.address}/simple")
    start = time.monotonic()
    with pytest.raises(OSError, match=r"did not come within 0\.5 seconds"):
        fetch("p")
    assert time.monotonic() - start < 20
