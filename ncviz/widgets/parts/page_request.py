"""What a page asked for, in a kernel that Voila has started before anybody asked."""

import asyncio
import json
import os
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread

# The variable with the key by which `ncviz dashboard` knows its own kernels.
KEY = "NCVIZ_QUERY_KEY"
TRIES = 5  # how often in a row the server may be out of reach
PAUSE = 2.0  # seconds between two tries


def wait_for_visitor() -> None:
    """Wait until a visitor has this kernel, if Voila keeps it ready for one.

    Afterwards the environment holds what Voila says of the page, as it does from the start in a
    kernel that was started for the page. `voila.utils.wait_for_request` does the same, but adds 45
    MB to each kernel, needs Voila in its environment, and gives up for good when its connection
    ends once, as on a laptop that was asleep. The variables are Voila's own, as it documents them.
    """
    waits = os.environ.get("VOILA_PREHEAT") == "True"
    if not waits or os.environ.get("SERVER_SOFTWARE", "").startswith("voila"):
        return
    # A thread, for the kernel's own loop is busy with the cell that calls this. A daemon, so that
    # a kernel which nobody visited can end.
    answers: SimpleQueue[dict[str, str] | None] = SimpleQueue()
    Thread(target=lambda: answers.put(asyncio.run(_request())), daemon=True).start()
    request = answers.get()
    if request is None:
        raise ValueError("Voila, which started this kernel, does not tell it the address")
    os.environ.update(request)


async def _request() -> dict[str, str] | None:
    """What Voila says of the page; None where it cannot be asked."""
    # Only a kernel that Voila keeps ready needs it.
    from tornado.httpclient import HTTPClientError, HTTPRequest
    from tornado.websocket import websocket_connect

    failures = 0
    while failures < TRIES:
        failures += 1
        with suppress(OSError, HTTPClientError):
            key = {"Authorization": os.environ.get(KEY, "")}
            asked = HTTPRequest(_address(), headers=key, connect_timeout=10)
            connection = await websocket_connect(asked)
            failures = 0
            # Nothing comes where the connection ended.
            if (message := await connection.read_message()) is not None:
                connection.close()
                await connection.read_message()  # comes when it is closed
                found: dict[str, str] = json.loads(message)
                return found
        await asyncio.sleep(PAUSE)
    return None


def _address() -> str:
    has = os.environ.get
    protocol, ip = has("VOILA_WS_PROTOCOL", "ws"), has("VOILA_APP_IP", "127.0.0.1")
    server = f"{protocol}://{ip}:{has('VOILA_APP_PORT', '8866')}"
    base = has("VOILA_WS_BASE_URL") or has("VOILA_SERVER_URL") or "/"
    return f"{server}{base}voila/query/{has('VOILA_KERNEL_ID', '')}"
