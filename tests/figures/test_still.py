"""What a notebook holds for whoever opens it without a kernel."""

import struct
from base64 import b64decode

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

WIDGET = "application/vnd.jupyter.widget-view+json"
EXPLORER = """
from ncviz import Explorer
explorer = Explorer(runs=5, steps=100)
explorer
"""
UNFINISHED = EXPLORER.replace("100", "100_000")
IN_OUTPUT = """
from ipywidgets import Output
from ncviz import Explorer
output, explorer = Output(), Explorer(runs=5, steps=100)
with output:
    print("before")
    display(explorer)
    print("after")
output
"""
# The picture is drawn when things have come to rest.
WAIT = """
import threading, time
def drawing():
    return any(thread.name == "ncviz-drawing" for thread in threading.enumerate())
while explorer.state.seen is None or drawing():
    time.sleep(0.05)
"""
VIEW = """
from ncviz import Experiment, SView
SView(Experiment(runs=4, steps=50).run())
"""


def outputs(*cells: str) -> list[list[NotebookNode]]:
    """What each cell of a notebook put out when it was run, as it would be saved."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return [cell.outputs for cell in notebook.cells]


def size_of(png: str) -> tuple[int, int]:
    """Width and height in pixels, from the file's own header."""
    content = b64decode(png)
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", content[16:24])
    return width, height


@pytest.fixture(scope="module")
def saved() -> list[list[NotebookNode]]:
    inside = (IN_OUTPUT, WAIT, "print([o for o in output.outputs])")
    late = (EXPLORER.strip().removesuffix("explorer"), WAIT, "explorer", WAIT)
    return outputs(EXPLORER, WAIT, VIEW, *inside, UNFINISHED, "explorer.close()", *late)


def test_the_explorers_last_picture_stands_above_the_widget(
    saved: list[list[NotebookNode]],
) -> None:
    picture, widget = saved[0]
    assert WIDGET in widget.data and WIDGET not in picture.data
    assert size_of(picture.data["image/png"]) == (1200, 800)
    assert picture.data["text/plain"].startswith("<Explorer: S = ")


def test_shown_long_after_its_answer_it_has_its_picture_too(
    saved: list[list[NotebookNode]],
) -> None:
    picture, widget = saved[10]
    assert WIDGET in widget.data
    assert size_of(picture.data["image/png"]) == (1200, 800)


def test_before_there_is_a_picture_a_sentence_says_where_widgets_load(
    saved: list[list[NotebookNode]],
) -> None:
    sentence, widget = saved[6]
    assert "Where widgets cannot load" in sentence.data["text/plain"]
    assert WIDGET in widget.data


def test_a_single_view_has_its_picture_beside_it(saved: list[list[NotebookNode]]) -> None:
    (view,) = saved[2]
    assert WIDGET in view.data
    assert size_of(view.data["image/png"])[0] > 500


def test_it_stands_in_the_cell_where_the_explorer_is_in_an_output(
    saved: list[list[NotebookNode]],
) -> None:
    (picture, widget), _, kept = saved[3:6]
    assert size_of(picture.data["image/png"]) == (1200, 800)
    assert WIDGET in widget.data
    inside = kept[0].text
    assert inside.index("before") < inside.index(WIDGET) < inside.index("after")
    assert "image/png" not in inside
