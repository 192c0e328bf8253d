"""A cell that is run again closes what it made before, and nothing else."""

import threading
from collections.abc import Callable

import pytest
from ipywidgets import Widget
from jupyter_client.manager import start_new_kernel

from explorers import SMALL, alive, displayed, finished, part, tree
from ncviz import CapacityView, Experiment, Explorer, Predict, SelfCheck, SView, regress, sweep
from ncviz.widgets.parts import cells
from ncviz.widgets.parts.cells import Run
from ncviz.widgets.parts.layout import Tabs
from ncviz.widgets.views.change_trials import PlaceboView
from ncviz.widgets.views.regression import RegressionView
from ncviz.widgets.views.slow_motion import SlowMotionView

Make = Callable[..., Explorer]


def is_open(widget: Widget) -> bool:
    return widget.comm is not None


@pytest.fixture
def in_cell(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What is made from now on is made in this run of a cell."""

    def tell(cell: str | None, request: int = 0) -> None:
        run = None if cell is None else Run(cell, str(request))
        monkeypatch.setattr(cells, "this_run", lambda: run)

    return tell


@pytest.fixture
def run_cell(in_cell: Callable[..., None]) -> Make:
    """Make an Explorer in a run of a cell."""

    def make(*run: object) -> Explorer:
        in_cell(*run)
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
    once = len(alive())
    for request in range(1, 8):
        last = run_cell("a", request)
    del first
    assert len(alive()) == once
    assert len([t for t in threading.enumerate() if t.name.startswith("ncviz")]) <= 1
    last.close()


# One view


RESULT = Experiment(runs=4, steps=20, n_test=16).run()
SWEEP = sweep(RESULT.experiment, hidden=[1, 2], progress=False)
ASKED = Predict("?", run=lambda: 3, between=(0, 9), compare=lambda _p, _r: "")
CHECKED = {"of": ASKED, "choices": ["a", "b"], "right": lambda _r: "a", "why": lambda _r, _a: ""}
ALONE = {
    "a view of an experiment": lambda: SView(RESULT),
    "a view of a sweep": lambda: CapacityView(SWEEP),
    "a card that trains": lambda: PlaceboView(RESULT),
    "a card of a lesson": lambda: SelfCheck("?", **CHECKED),
    "a mechanism": lambda: SlowMotionView(RESULT.experiment),
    "a regression": lambda: RegressionView(regress(SWEEP.runs, "S ~ test_error")),
}


@pytest.mark.parametrize("kind", ALONE)
def test_a_view_in_a_cell_that_is_run_many_times_is_one_view(
    in_cell: Callable[..., None], kind: str
) -> None:
    before = len(alive())
    for request in range(5 if kind.startswith("a view") else 3):
        in_cell("a", request)
        view = ALONE[kind]()
        displayed(view)
        if request == 1:
            once = len(alive())
    assert is_open(view)
    assert len(alive()) == once > before
    view.close()


def test_only_what_the_cell_made_before_is_closed_not_what_it_only_shows(
    in_cell: Callable[..., None],
) -> None:
    in_cell("a", 1)
    kept = [SView(RESULT) for _ in range(3)]
    for request, view in enumerate(kept, 2):
        in_cell("b", request)  # kept[0], then kept[1] …
        displayed(view)
    assert all(map(is_open, kept))
    in_cell("a", 9)
    again = SView(RESULT)
    assert all(map(is_open, kept)), "not before the new one is seen"
    displayed(again)
    displayed(again)  # shown twice is no run
    assert is_open(again) and not any(map(is_open, kept))
    again.close()


def test_the_parts_of_an_explorer_end_with_it_and_not_before(
    in_cell: Callable[..., None], run_cell: Make
) -> None:
    explorer = run_cell("a", 1)
    in_cell("b", 2)
    part(explorer, Tabs).chosen = "meaning"  # as in a callback, while another cell runs
    for request in (3, 4):
        in_cell("b", request)
        displayed(SView(RESULT))
    assert all(map(is_open, tree(explorer)))
    explorer.close()


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
        run("from ncviz import Experiment, LossView; r = Experiment(runs=2, steps=20).run()", "c")
        run("for explorer in made: explorer.close()", "c")
        for cell in ("d", "d", "d", "e"):
            run("LossView(r)", cell)
        run("import gc; views = [w for w in gc.get_objects() if isinstance(w, LossView)]", "f")
        assert run("print(sum(view.comm is not None for view in views))", "g").strip() == "2"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
