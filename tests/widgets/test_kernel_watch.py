"""A page knows that its kernel has ended, whatever of it was lost on the way."""

from typing import Any

import pytest

from explorers import SMALL, tree
from ncviz import Explorer
from ncviz.widgets.parts import cells
from ncviz.widgets.parts.door import PageWidget
from node import answers

# A kernel as JupyterLab hands it out, and a window that somebody can come back to; its clock and
# its timers are ours.
STAGE = """
const way = () => { const all = []; return { connect: (f) => all.push(f), disconnect() {}, all }; };
const kernel = { status: "idle", connectionStatus: "connected", isDisposed: false, asked: 0 };
for (const name of ["statusChanged", "connectionStatusChanged", "disposed", "iopubMessage"]) {
  kernel[name] = way();
}
let comeBack, timer = null, now = 1e6;
globalThis.window = { addEventListener: (_, f) => { comeBack = f; }, removeEventListener() {} };
globalThis.setTimeout = (f, ms, ...rest) => { timer = () => { now += ms; f(...rest); }; return 1; };
globalThis.clearTimeout = () => { timer = null; };
Date.now = () => now;
const later = () => { const due = timer; timer = null; due?.(); };
const said = [];
const status = (session, execution_state = "busy") => kernel.iopubMessage.all.forEach((hear) =>
  hear(kernel, { header: { msg_type: "status", session }, content: { execution_state } }));
kernel.requestKernelInfo = () => { kernel.asked += 1; return given[0][kernel.asked - 1] === null
  ? new Promise(() => {}) : Promise.resolve({ header: { session: given[0][kernel.asked - 1] } }); };
watchKernel(kernel, "mine", (text) => said.push(text === GONE ? "gone" : text));
"""


def heard(code: str, *replies: str | None) -> Any:
    """What comes of it; `replies`: which process answers a question, None where it is lost."""
    return answers("", f"return (async () => {{ {STAGE} {code} }})()", replies)


def test_the_first_word_of_another_process_is_enough() -> None:
    assert heard("status('another'); return said.at(-1)") == "gone"
    assert heard("status('mine'); return said.at(-1)") == ""


def test_the_server_may_speak_for_a_kernel_that_starts_again() -> None:
    assert heard("status('server', 'restarting'); return said.length") == 0


COME_BACK = "comeBack(); await null; await null;"
WAIT = "comeBack(); for (let k = 0; k < 9; k++) { later(); await null; await null; }"
TOLD = "return [said.at(-1) ?? null, kernel.asked, Boolean(timer)]"


def test_who_comes_back_is_told_by_an_answer_alone() -> None:
    assert heard(f"{COME_BACK} {TOLD}", "another") == ["gone", 1, False]
    assert heard(f"{COME_BACK} {TOLD}", "mine") == ["", 1, False]


def test_a_question_that_is_lost_is_asked_again_but_not_for_ever() -> None:
    assert heard(f"{WAIT} {TOLD}", None, "another") == ["gone", 2, False]
    assert heard(f"{WAIT} {TOLD}", *[None] * 9) == [None, 3, False]


def test_many_widgets_ask_one_question() -> None:
    again = "comeBack(); comeBack(); await null; return kernel.asked"
    assert heard(again, "mine", "mine") == 1


def test_every_widget_carries_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "process", lambda: "mine")
    explorer = Explorer(runs=4, **SMALL)
    ours = [widget for widget in tree(explorer) if isinstance(widget, PageWidget)]
    assert len(ours) > 10 and {w.process for w in ours} == {"mine"}
    explorer.close()
