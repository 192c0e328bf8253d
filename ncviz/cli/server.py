"""Voila, closed where it is open: what `ncviz dashboard` runs. Only that command imports it."""

import asyncio
import hmac
import os
import secrets
import socket
from ipaddress import ip_address
from typing import Any
from urllib.parse import unquote_plus, urlsplit

from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.escape import parse_qs_bytes
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPServerRequest, split_host_and_port
from tornado.routing import Router
from tornado.web import HTTPError, RequestHandler, authenticated, stream_request_body
from voila.app import Voila
from voila.request_info_handler import RequestInfoSocketHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler
from voila.utils import create_include_assets_functions

from ncviz.widgets.parts.page_request import KEY

# Seconds that a visitor waits for a place: a page that is loaded again leaves its own first.
PATIENCE = 3.0
PROTOCOL = "v1.kernel.websocket.jupyter.org"


class _Door(Router):
    """Where every request comes in, before its body is read and before Voila sees it."""

    def __init__(self, dashboard: "Dashboard") -> None:
        self.app, self.largest = dashboard.app, dashboard.largest
        self.ip, self.everywhere = dashboard.ip, dashboard.everywhere
        name = socket.gethostname().lower()
        proxy = urlsplit(dashboard.custom_display_url).hostname
        self.names = {"localhost", name, f"{name}.local", self.ip, proxy}

    def find_handler(self, request: HTTPServerRequest, **_: Any) -> Any:
        """Voila's handler, or one that refuses."""
        _hide_token(request)
        if refused := self._refusal(request):
            return self.app.get_handler_delegate(request, _Refused, {"status": refused})
        return self.app.find_handler(request)

    def _refusal(self, request: HTTPServerRequest) -> int:
        """The status of a refusal; 0 for who may come in."""
        host = request.host.lower()
        origin = request.headers.get("Origin")
        if not self._is_ours(host):
            return 421
        # Pages of other servers, which this machine may have on other ports, send no requests here.
        if origin is not None and urlsplit(origin.lower()).netloc != host:
            return 403
        length = request.headers.get("Content-Length", "0")
        return 413 if not length.isdecimal() or int(length) > self.largest else 0

    def _is_ours(self, host: str) -> bool:
        """Whether this server is meant: a name of another's may be led here (DNS rebinding)."""
        name = split_host_and_port(host)[0].strip("[]")
        try:
            address = ip_address(name)
        except ValueError:
            return name in self.names
        return self.everywhere or address.is_loopback or name == self.ip


def _hide_token(request: HTTPServerRequest) -> None:
    """Take the token out of the address, so that no log and no kernel's environment has it."""
    kept = []
    for part in request.query.split("&"):
        key, _, value = part.partition("=")
        if unquote_plus(key) != "token":
            kept.append(part)
        elif (token := unquote_plus(value)).isprintable():
            request.headers["Authorization"] = f"token {token}"
    request.query = "&".join(kept)
    request.uri = f"{request.path}?{request.query}" if request.query else request.path
    request.arguments = parse_qs_bytes(request.query, keep_blank_values=True)
    request.query_arguments = dict(request.arguments)


@stream_request_body  # it answers before the body is read
class _Refused(RequestHandler):
    """Say in a sentence why somebody does not come in."""

    def initialize(self, status: int) -> None:
        self.refused = status

    def prepare(self) -> None:
        self.set_header("Connection", "close")
        raise HTTPError(self.refused)

    def write_error(self, status_code: int, **_: Any) -> None:
        said = self.settings["jinja_template_vars"] | {"base_url": self.settings["base_url"]}
        said |= create_include_assets_functions("ncviz", said["base_url"])
        page = self.settings["voila_jinja2_env"].get_template("error.html")
        self.finish(page.render(status_code=status_code, **said))

    def data_received(self, chunk: bytes) -> None:
        pass


class Place:
    """A visitor's: what a page asks of the kernel manager, and the kernel that it got."""

    def __init__(self, manager: Any) -> None:
        self.manager, self.kernel, self.preparing = manager, "", True

    def __getattr__(self, name: str) -> Any:
        return getattr(self.manager, name)

    async def start_kernel(self, **how: Any) -> str:
        """Start one for this page."""
        self.kernel = await self.manager.start_kernel(**how)
        return self.kernel

    async def get_rendered_notebook(self, **how: Any) -> tuple[Any, Any, str]:
        """Take one that has waited."""
        *page, self.kernel = await self.manager.get_rendered_notebook(**how)
        return page[0], page[1], self.kernel


class Places:
    """As many as there may be visitors at once."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.taken: list[Place] = []

    async def take(self, manager: Any) -> Place:
        """Take one as soon as there is one, or raise after a while."""
        loop = asyncio.get_running_loop()
        end = loop.time() + PATIENCE
        while True:
            self.taken = [one for one in self.taken if one.preparing or one.kernel in one.manager]
            if len(self.taken) < self.number:
                self.taken.append(Place(manager))
                return self.taken[-1]
            if loop.time() > end:
                raise HTTPError(503)
            await asyncio.sleep(0.1)


class _Page(TornadoVoilaHandler):
    """The page, for as many visitors as there are places."""

    place: Place | None = None

    @property
    def kernel_manager(self) -> Any:
        return self.place or super().kernel_manager

    def get_login_url(self) -> str:
        """Refuse who has no token: there is nothing else to log in with."""
        raise HTTPError(403)

    @authenticated
    async def get(self, path: str = "") -> None:
        if path == self.notebook_path:
            path = ""
        if path and not self.voila_configuration.file_allowlist:
            raise HTTPError(404)
        self.place = await self.settings["places"].take(self.kernel_manager)
        try:
            await super().get(path)
        finally:
            self.place.preparing = False


class Kernels(AsyncMappingKernelManager):
    """Kernels whose names stand in no list of processes."""

    def pre_start_kernel(self, *name: Any, **how: Any) -> Any:
        """Name the file after something else: other users can read the arguments of a kernel."""
        manager, *more = super().pre_start_kernel(*name, **how)
        manager.connection_file = os.path.join(
            self.connection_dir, f"kernel-{secrets.token_hex(8)}.json"
        )
        return manager, *more


class _KernelSocket(VoilaKernelWebsocketHandler):
    """A page's line to its kernel."""

    # Voila takes every message for one of this protocol, and both it and jupyter_server count to
    # whatever number a message begins with, which need not end.
    @ws_authenticated
    async def get(self, kernel_id: str) -> None:
        offered = self.request.headers.get("Sec-WebSocket-Protocol", "")
        if PROTOCOL not in [name.strip() for name in offered.split(",")]:
            raise HTTPError(400, f"a websocket without the protocol {PROTOCOL}")
        await super().get(kernel_id)

    def write_error(self, *_: Any, **__: Any) -> None:
        self.finish()  # no more than the status: Voila has no page for it, and would fail over that

    def on_message(self, message: str | bytes) -> None:
        if _is_whole(message):
            super().on_message(message)
        else:
            self.close(1007, "not a message of the protocol")


def _is_whole(message: str | bytes) -> bool:
    """Whether its parts, of which it begins with the number and the offsets, lie in it in order."""
    if isinstance(message, str):
        return False
    parts = int.from_bytes(message[:8], "little")
    if not 6 <= parts < len(message) // 8:
        return False
    offsets = [int.from_bytes(message[8 * i : 8 * i + 8], "little") for i in range(1, parts + 1)]
    return offsets == sorted(offsets) and offsets[-1] <= len(message)


class _Query(RequestInfoSocketHandler):
    """Where a kernel that has waited learns what its page asked for, and nobody else."""

    def initialize(self, key: str) -> None:
        self.key = key

    def prepare(self) -> None:
        if not hmac.compare_digest(self.request.headers.get("Authorization", ""), self.key):
            raise HTTPError(403)

    def open(self, kernel_id: str) -> None:
        """Answer, or wait with the answer; and forget it then."""
        super().open(kernel_id)
        self._cache.pop(kernel_id, None)


class Dashboard(Voila):
    """Voila with these doors."""

    pages = 1  # visitors that there may be at once
    largest = 2**20  # bytes of a request, or of a message of a page

    @property
    def everywhere(self) -> bool:
        """Whether it listens on every address that the machine has."""
        return self.ip in ("", "0.0.0.0", "::")

    def init_settings(self) -> Any:
        """Add what the pages say, and the bound for messages."""
        # In the environment, which no other user can read; kernels that wait are started here.
        os.environ[KEY] = secrets.token_urlsafe(32)
        settings = super().init_settings()
        return settings | {
            "places": Places(self.pages),
            "websocket_max_message_size": self.largest,
            "jinja_template_vars": {"pages": self.pages, "megabytes": f"{self.largest / 2**20:g}"},
        }

    def init_handlers(self) -> Any:
        """Put ours in the place of Voila's."""
        ours: dict[type, tuple[Any, ...]] = {
            TornadoVoilaHandler: (_Page,),
            VoilaKernelWebsocketHandler: (_KernelSocket,),
            RequestInfoSocketHandler: (_Query, {"key": os.environ[KEY]}),
        }
        return [
            (pattern, *ours.get(handler, (handler,)), *more)
            for pattern, handler, *more in super().init_handlers()
            if handler is not self.identity_provider.login_handler_class
        ]

    def listen(self) -> None:
        """Listen, with the door in front."""
        self.app.listen = HTTPServer(_Door(self), max_body_size=self.largest).listen
        super().listen()
