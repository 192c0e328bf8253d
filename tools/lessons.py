"""Executes the lessons and keeps what their cells print: python tools/lessons.py [NOTEBOOK …]

What a card shows needs a kernel and an answer; of it only the question is kept, as a picture.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

FOLDER = Path(__file__).parents[1] / "notebooks"
LESSONS = sorted(FOLDER.glob("0*.ipynb"))
WIDGET = "application/vnd.jupyter.widget-view+json"
NUMBER = re.compile(r"(?<![\w.])[−-]?\d+(?:\.\d+)?(?![\w])")
SECONDS = 600
"""After which a cell is given up: ten times what the longest takes on a busy machine."""


def executed(path: Path, *more: str) -> NotebookNode:
    """A lesson, run from top to bottom in a fresh kernel, with cells of code after its own."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells += [nbformat.v4.new_code_cell(cell) for cell in more]
    NotebookClient(
        notebook,
        timeout=SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        record_timing=False,
        store_widget_state=False,
    ).execute()
    return notebook


def settle(notebook: NotebookNode) -> None:
    """Leave of every output only what a notebook shows that nobody runs."""
    for cell in code_cells(notebook):
        cell.outputs = [output for output in cell.outputs if _stays(output)]
        for output in cell.outputs:
            data = output.get("data", {})
            if data.pop(WIDGET, None) is not None:
                data.pop("text/plain", None)  # its address in memory
        cell.outputs = [output for output in cell.outputs if output.get("data", True)]


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def printed(cell: NotebookNode) -> str:
    """The text of a cell's outputs."""
    return "\n".join(_texts(cell))


def numbers(text: str) -> list[float]:
    """All numbers in a text."""
    return [float(found.replace("−", "-")) for found in NUMBER.findall(text)]


def _texts(cell: NotebookNode) -> Iterator[str]:
    for output in cell.outputs:
        data = output.get("data", {})
        if output.output_type == "stream":
            yield output.text
        elif WIDGET not in data:
            yield data.get("text/plain", "")


def _stays(output: NotebookNode) -> bool:
    return output.output_type != "stream" or output.name == "stdout"


def main() -> None:
    for path in [Path(word) for word in sys.argv[1:]] or LESSONS:
        notebook = executed(path)
        settle(notebook)
        nbformat.write(notebook, path)
        print(path.name)


if __name__ == "__main__":
    main()
