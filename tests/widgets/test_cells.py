"""A cell that is run again closes what it made before, and nothing else."""

import gc
import threading
from collections.abc import Callable

import pytest
from ipywidgets.widgets import widget as registry
from jupyter_client.manager import start_new_kernel

from explorers import SMALL, finished
from ncviz import Explorer
from ncviz.widgets.parts import view as cells
from ncviz.widgets.parts.view import Run

Make = Callable[..., Explorer]


def is_open(explorer: Explorer) -> bool:
    return explorer.comm is not None


@pytest.fixture
def run_cell(monkeypatch: pytest.MonkeyPatch) -> Make:
    """Make an Explorer in a run of a cell."""

    def make(cell: str | None, request: int = 0) -> Explorer:
        run = None if cell is None else Run(cell, str(request))
        monkeypatch.setattr(cells, "this_run", lambda: run)
        return Explorer(runs=3, **SMALL)

    return make


def test_a_cell_run_again_closes_what_it_made_before_and_nothing_else(run_cell: Make) -> None:
    one, other = run_cell("a", 1), run_cell("a", 1)
    of_another_cell, of_none = run_cell("b", 2), run_cell(None)
    assert all(map(is_open, (one, other, of_another_cell, of_none)))
    again = run_cell("a", 3)
    assert not is_open(one) and not is_open(other)
    assert all(map(is_open, (of_another_cell, of_none, again)))
    assert finished(again).experiment.runs == 3
    for explorer in (of_another_cell, of_none, again):
        explorer.close()


def test_a_cell_run_many_times_leaves_the_widgets_of_one_explorer(run_cell: Make) -> None:
    first = run_cell("a", 0)
    once = len(registry._instances)
    for request in range(1, 8):
        last = run_cell("a", request)
    del first
    gc.collect()
    assert len(registry._instances) == once
    assert len([t for t in threading.enumerate() if t.name.startswith("ncviz")]) <= 1
    last.close()


def test_without_ipython_there_is_no_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    assert cells.this_run() is None
    monkeypatch.delitem(cells.sys.modules, "IPython", raising=False)
    assert cells.this_run() is None


@pytest.mark.slow
def test_in_a_kernel_it_is_the_cell_that_the_front_end_names() -> None:
    manager, client = start_new_kernel(kernel_name="python3")
    try:

        def run(code: str, cell: str | None) -> str:
            content = {"code": code, "silent": False, "store_history": True}
            metadata = {} if cell is None else {"cellId": cell}
            message = client.session.msg("execute_request", content, metadata=metadata)
            client.shell_channel.send(message)
            said = ""
            while True:
                answer = client.get_iopub_msg(timeout=60)
                if answer["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                    continue
                assert answer["msg_type"] != "error", answer["content"]["traceback"]
                if answer["msg_type"] == "stream":
                    said += answer["content"]["text"]
                elif answer["content"].get("execution_state") == "idle":
                    return said

        run("from ncviz import Explorer; made = []", None)
        make = "made.append(Explorer(runs=2, steps=20, n_test=16))"
        for cell in ("a", "b", "a", None, None, "a"):
            run(make, cell)
        said = run("print([explorer.comm is not None for explorer in made])", "c")
        assert said.strip() == "[False, True, False, True, True, True]"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
