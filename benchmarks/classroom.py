"""How many students one server carries: memory a kernel, and how soon a slider answers.

    PYTHONPATH=tools python benchmarks/classroom.py [--write] [STUDENTS …]

For 1, 10 and 30 students (or as many as are named) it starts a JupyterLab server, opens an
Explorer in a kernel each, and lets every student move the slider "Hidden neurons" at times of
their own, ten seconds apart on average. What a browser would send is sent, and all that it would
be sent is read; nothing is painted, so that the students' computers do not count. The answer to a
move is the first picture of S drawn from the new nets. `--write` puts the table into
docs/classroom-load.md.
"""

import argparse
import asyncio
import json
import struct
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from uuid import uuid4

import numpy as np
import psutil
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from lab import ROOT, Server, make_lab
from ncviz.basics.computing import cores

SECONDS = 60.0
PAUSE = 10.0
PAGE = ROOT / "docs" / "classroom-load.md"
SIZES = (1, 4)  # positions 2 and 5 of the slider: two and five neurons

OPEN = """
from IPython.display import display
from ncviz import Explorer
explorer = Explorer()
def found(widget, name):
    if name in getattr(widget, "_dom_classes", ()):
        return widget
    inside = (found(child, name) for child in getattr(widget, "children", ()))
    return next((one for one in inside if one is not None), None)
slider, middle = found(explorer, "ncviz-hidden"), found(explorer, "ncviz-middle")
(chart,) = (view for view in middle.children if type(view).__name__ == "SView")
display(explorer)  # so that the picture for a notebook without a kernel is drawn, too
"""
READY = "(slider.model_id, chart.model_id, bool(explorer.result))"


class Student:
    """One kernel with an Explorer, driven over the server's websocket as a page drives it."""

    def __init__(self, server: Server, kernel: str) -> None:
        self._server, self.kernel = server, kernel
        self._replies: dict[str, asyncio.Future[Any]] = {}
        self._moved: float | None = None
        self._waiting: float | None = None
        self.times: list[float] = []
        self.full: list[float] = []
        self.moves = 0

    async def open(self) -> None:
        """Connect, make the Explorer and wait for its first full answer."""
        address = self._server.url.replace("http", "ws", 1)
        url = f"{address}/api/kernels/{self.kernel}/channels?token={self._server.token}"
        self._line: WebSocketClientConnection = await websocket_connect(
            HTTPRequest(url, connect_timeout=300, request_timeout=300), max_message_size=2**30
        )
        self._reader = asyncio.create_task(self._read())
        await self._execute(OPEN)
        ready = False
        while not ready:
            await asyncio.sleep(0.5)
            self._slider, self._chart, ready = await self._execute("", READY)

    async def play(self, seconds: float, seed: int) -> None:
        """Move the slider now and then."""
        random = np.random.default_rng(seed)
        end = time.monotonic() + seconds
        turn = 0
        while time.monotonic() < end:
            # Not sooner than 4 s: the answer before has come to rest, as for somebody who looks.
            await asyncio.sleep(4 + random.exponential(PAUSE - 4))
            turn += 1
            self.moves += 1
            self._moved = self._waiting = time.monotonic()
            state = {"index": SIZES[turn % 2]}
            content = {
                "comm_id": self._slider,
                "data": {"method": "update", "state": state, "buffer_paths": []},
            }
            await self._send("comm_msg", content)
        await asyncio.sleep(3)

    def close(self) -> None:
        """Hang up."""
        self._reader.cancel()
        self._line.close()

    async def _read(self) -> None:
        while (data := await self._line.read_message()) is not None:
            message = _decoded(data)
            kind, content = message["header"]["msg_type"], message["content"]
            if kind == "execute_reply":
                future = self._replies.pop(message["parent_header"]["msg_id"], None)
                if future is not None:
                    future.set_result(content)
            elif kind == "comm_msg" and content["comm_id"] == getattr(self, "_chart", None):
                frame = content["data"].get("state", {}).get("frame", {})
                if self._moved is not None and frame.get("rough"):
                    self.times.append(time.monotonic() - self._moved)
                    self._moved = None
                done = frame and not frame["rough"] and frame["at"] == frame["steps"]
                if self._waiting is not None and done and self._moved is None:
                    self.full.append(time.monotonic() - self._waiting)
                    self._waiting = None

    async def _execute(self, code: str, expression: str = "None") -> Any:
        content = {
            "code": code,
            "silent": False,
            "store_history": False,
            "user_expressions": {"value": expression},
            "allow_stdin": False,
        }
        future = asyncio.get_running_loop().create_future()
        self._replies[await self._send("execute_request", content)] = future
        reply = await asyncio.wait_for(future, 600)
        if reply["status"] != "ok":
            raise RuntimeError(reply)
        # A tuple of names and a truth value, written by our own code above.
        text = reply["user_expressions"]["value"]["data"]["text/plain"]
        return json.loads(
            text.replace("(", "[").replace(")", "]").replace("'", '"').replace("None", "null")
            .replace("True", "true").replace("False", "false")
        )  # fmt: skip

    async def _send(self, kind: str, content: dict[str, Any]) -> str:
        name = uuid4().hex
        header = {"msg_id": name, "msg_type": kind, "session": "student", "username": "student"}
        header |= {"version": "5.3", "date": ""}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        await self._line.write_message(json.dumps({**message, "channel": "shell", "buffers": []}))
        return name


def _decoded(data: str | bytes) -> dict[str, Any]:
    """A message as JSON; one with buffers holds it in its first part."""
    if isinstance(data, str):
        return json.loads(data)
    (count,) = struct.unpack("!i", data[:4])
    places = struct.unpack(f"!{count}i", data[4 : 4 * (count + 1)])
    return json.loads(data[places[0] : places[1] if count > 1 else None])


async def classroom(server: Server, students: int) -> dict[str, float]:
    """Open so many Explorers, let them play, and measure."""
    began = time.monotonic()
    kernels = [server.get("kernels", "POST")["id"] for _ in range(students)]
    class_ = [Student(server, kernel) for kernel in kernels]
    await asyncio.gather(*(student.open() for student in class_))
    opened = time.monotonic() - began
    await asyncio.gather(*(student.play(SECONDS, k) for k, student in enumerate(class_)))
    shared, own = memory(server)
    for student in class_:
        student.close()
    times = [1000 * t for student in class_ for t in student.times]
    full = [t for student in class_ for t in student.full]
    moves = sum(student.moves for student in class_)
    cuts = quantiles(times, n=20)
    return {
        "students": students,
        "opened": opened,
        "kernel": float(np.mean(shared)),
        "own": float(np.mean(own)),
        "moves": moves,
        "median": median(times),
        "p95": cuts[-1],
        "most": max(times),
        "full": median(full),
        "given": len(full) / moves,
    }


def memory(server: Server) -> tuple[list[float], list[float]]:
    """MB of each kernel: with its share of what kernels share (PSS), and its own alone (USS)."""
    folder = str(server.runtime)
    kernels = [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(folder in word and "kernel-" in word for word in process.info["cmdline"] or ())
    ]
    full = [process.memory_full_info() for process in kernels]
    return [m.pss / 2**20 for m in full], [m.uss / 2**20 for m in full]


HEAD = (
    "| students | all Explorers open after | memory a kernel | of it its own | moves "
    "| answer, median | 95 % of answers within | slowest | full answer, median "
    "| moves with a full answer |\n|---|---|---|---|---|---|---|---|---|---|"
)


def row(found: dict[str, float]) -> str:
    """A line of the table."""
    return (
        f"| {found['students']:.0f} | {found['opened']:.0f} s | {found['kernel']:.0f} MB "
        f"| {found['own']:.0f} MB | {found['moves']:.0f} | {found['median']:.0f} ms "
        f"| {found['p95']:.0f} ms | {found['most']:.0f} ms "
        f"| {found['full']:.1f} s | {found['given']:.0%} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("students", nargs="*", type=int)
    parser.add_argument("--write", action="store_true")
    words = parser.parse_args()
    rows = [HEAD]
    print(HEAD, flush=True)
    for students in words.students or (1, 10, 30):
        with tempfile.TemporaryDirectory() as scratch, make_lab(Path(scratch)) as server:
            rows.append(row(asyncio.run(classroom(server, students))))
            print(rows[-1], flush=True)
    print(f"{cores()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB")
    if words.write:
        before, mark, after = PAGE.read_text().partition("<!-- table -->\n")
        words_below = after.partition("\n\n")[2]
        PAGE.write_text(before + mark + "\n".join(rows) + "\n\n" + words_below)


if __name__ == "__main__":
    main()
