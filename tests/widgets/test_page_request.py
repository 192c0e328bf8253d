"""A kernel that Voila keeps ready learns what its page asked for, and nobody waits for nothing."""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from threading import Thread
from typing import ClassVar

import pytest
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.testing import bind_unused_port
from tornado.web import Application
from tornado.websocket import WebSocketHandler

from explorers import part
from lab import wait_for
from ncviz import Explorer
from ncviz.widgets.explorer.saved import query_of_page
from ncviz.widgets.explorer.teaching import TeachingCard
from ncviz.widgets.parts import page_request
from ncviz.widgets.parts.page_request import wait_for_visitor

KERNEL = "0a-1b-2c-3d-4e"
SAID = {"SERVER_SOFTWARE": "voila/0.5.13", "QUERY_STRING": "hidden=4&hide=seed&token=abc"}


class Query(WebSocketHandler):
    """Voila's place for kernels that wait; it closes `drops` connections before it answers one."""

    opened: ClassVar[list[str]]
    keys: ClassVar[list[str]] = []
    drops = 0
    silent = False
    tell: Callable[[], None]

    def open(self, kernel: str) -> None:
        self.opened.append(kernel)
        self.keys.append(self.request.headers["Authorization"])
        loop = IOLoop.current()
        type(self).tell = lambda: loop.add_callback(self.write_message, SAID)
        if len(self.opened) <= self.drops:
            self.close()
        elif not self.silent:
            self.write_message(SAID)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Query]]:
    """A server with that place, and the environment of a kernel which it keeps ready."""

    class Asked(Query):
        opened: ClassVar[list[str]] = []

    socket, port = bind_unused_port("127.0.0.1")
    running: list[tuple[IOLoop, asyncio.Event]] = []

    async def serve() -> None:
        answering = HTTPServer(Application([(r"/base/voila/query/(.*)", Asked)]))
        answering.add_socket(socket)
        running.append((IOLoop.current(), asyncio.Event()))
        await running[0][1].wait()
        answering.stop()
        await answering.close_all_connections()

    thread = Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    wait_for(lambda: running)
    preheated(monkeypatch, port)
    yield Asked
    loop, end = running[0]
    loop.add_callback(end.set)
    thread.join(10)


def preheated(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    for name in ("SERVER_SOFTWARE", "QUERY_STRING"):
        monkeypatch.setenv(name, "")  # so that what is told ends with the test
        monkeypatch.delenv(name)
    monkeypatch.setenv("VOILA_PREHEAT", "True")
    monkeypatch.setenv("VOILA_APP_PORT", str(port))
    monkeypatch.setenv("VOILA_SERVER_URL", "/base/")
    monkeypatch.setenv("VOILA_KERNEL_ID", KERNEL)
    monkeypatch.setenv(page_request.KEY, "only kernels of this server know it")
    monkeypatch.setattr(page_request, "PAUSE", 0.01)


def test_the_kernel_asks_for_itself_and_is_told_the_query(server: type[Query]) -> None:
    assert query_of_page() == "hidden=4&hide=seed"
    assert server.opened == [KERNEL]
    assert server.keys[-1] == "only kernels of this server know it"
    assert {name: os.environ[name] for name in SAID} == SAID


def test_it_asks_once(server: type[Query]) -> None:
    assert query_of_page() == query_of_page()
    assert server.opened == [KERNEL]


def test_it_waits_until_there_is_a_visitor(server: type[Query]) -> None:
    server.silent = True
    waiting = Thread(target=wait_for_visitor, daemon=True)
    waiting.start()
    wait_for(lambda: server.opened)
    waiting.join(0.3)
    assert waiting.is_alive()
    assert "QUERY_STRING" not in os.environ
    server.tell()
    waiting.join(10)
    assert os.environ["QUERY_STRING"] == SAID["QUERY_STRING"]


def test_a_connection_that_ends_is_made_again(server: type[Query]) -> None:
    server.drops = page_request.TRIES + 2
    assert query_of_page() == "hidden=4&hide=seed"
    assert len(server.opened) == server.drops + 1


def test_a_server_that_cannot_be_reached_is_said_in_the_default_explorer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    socket, port = bind_unused_port("127.0.0.1")
    socket.close()
    preheated(monkeypatch, port)
    explorer = Explorer.from_page()
    assert explorer.code() == "Explorer()"
    assert "does not tell it the address" in part(explorer, TeachingCard).notice
    explorer.close()


@pytest.mark.parametrize("preheat", ["False", None])
def test_a_kernel_that_was_started_for_its_page_does_not_ask(
    server: type[Query], monkeypatch: pytest.MonkeyPatch, preheat: str | None
) -> None:
    if preheat is None:
        monkeypatch.delenv("VOILA_PREHEAT")
    else:
        monkeypatch.setenv("VOILA_PREHEAT", preheat)
    began = time.monotonic()
    wait_for_visitor()
    assert server.opened == []
    assert time.monotonic() - began < 1
