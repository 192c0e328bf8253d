"""Pictures draw themselves wherever Python shows an image, by what each such place asks for.

VS Code, Colab, nbconvert and JupyterLab all show what the kernel's display formatter gives, with or
without ``%matplotlib inline``. A notebook in a real kernel: `test_ordinary_use.py`; JupyterLab in a
real browser: `browser/`. VS Code and Colab themselves cannot be opened here.
"""

import ast
import inspect
import re
from base64 import b64decode, b64encode
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anywidget
import nbformat
import pytest
from IPython.core.formatters import DisplayFormatter
from IPython.core.pylabtools import select_figure_formats
from matplotlib import pyplot
from nbconvert import HTMLExporter

import ncviz
from doors import doors, found
from explorers import SOURCES
from lab import ROOT
from ncviz import Experiment, SView, figures

DRAWN = {d.name: d for d in doors() if d.name.startswith("figures.")}
WIDGETS = [
    value
    for name in ncviz.__all__
    if inspect.isclass(value := getattr(ncviz, name)) and issubclass(value, anywidget.AnyWidget)
]


@pytest.fixture(params=[False, True], ids=["plain kernel", "%matplotlib inline"])
def formatter(request: pytest.FixtureRequest) -> DisplayFormatter:
    """What a kernel asks for the picture of a cell's last line."""
    made = DisplayFormatter()
    if request.param:
        select_figure_formats(SimpleNamespace(display_formatter=made), {"png"})
    return made


def check(formatter: DisplayFormatter, shown: Any) -> None:
    """One picture and a line of text, and nothing that a notebook would show once more."""
    data, about = formatter.format(shown)
    assert set(data) == {"image/png", "text/plain"}
    # Of a whole figure `%matplotlib inline` makes the picture, as text.
    picture = data["image/png"]
    assert (b64decode(picture) if isinstance(picture, str) else picture)[1:4] == b"PNG"
    size = about.get("image/png", {"width": 100, "height": 100})
    assert min(size["width"], size["height"]) >= 100
    assert "\n" not in data["text/plain"] and len(data["text/plain"]) < 300
    assert pyplot.get_fignums() == []  # `%matplotlib inline` shows pyplot's at the end of a cell


@pytest.mark.parametrize("name", dir(figures))
def test_every_picture_is_there_once(name: str, formatter: DisplayFormatter) -> None:
    door = DRAWN[f"figures.{name}"]
    check(formatter, door.call(**door.arguments()))


@pytest.mark.parametrize("name", dir(figures))
def test_the_help_of_a_picture_tells_all_that_it_takes_and_raises(name: str) -> None:
    picture = getattr(figures, name)
    told = inspect.getdoc(picture) or ""
    for parameter in inspect.signature(picture).parameters:
        assert len(re.findall(rf"^{parameter} : ", told, re.MULTILINE)) == 1, parameter
    parts = ("Parameters", "Returns", "Raises", "Examples")
    places = [told.index(f"\n\n{part}\n---") for part in parts]
    assert f"figures.{name}(" in told[places[-1] :]
    assert places == sorted(places)


def test_a_plot_is_there_once(formatter: DisplayFormatter) -> None:
    check(formatter, found().plot())


def in_html(data: dict[str, Any], about: dict[str, Any], **metadata: Any) -> str:
    """What nbconvert makes of a notebook whose cell shows this."""
    output = nbformat.v4.new_output("execute_result", data=data, metadata=about)
    cells = [nbformat.v4.new_code_cell("shown", outputs=[output])]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    return str(HTMLExporter().from_notebook_node(notebook)[0])


def test_nbconvert_shows_a_picture_and_the_still_of_a_view() -> None:
    result = Experiment(runs=4, steps=50).run()
    data, about = DisplayFormatter().format(figures.correlators(result))
    text = b64encode(data["image/png"]).decode()
    assert in_html(data | {"image/png": text}, about).count(text) == 1
    view = SView(result)
    data, about = DisplayFormatter().format(view)
    assert in_html(data, about).count(data["image/png"]) == 1
    view.close()


# Widgets where the page fetches anywidget, and nothing else


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda widget: widget.__name__)
def test_a_widget_is_anywidgets_and_carries_its_own_script(widget: Any) -> None:
    traits = widget.class_traits()
    modules = {traits[f"_{side}_module"].default_value for side in ("view", "model")}
    assert modules == {"anywidget"}
    script = str(SOURCES(widget)[0])
    assert "export default" in script
    assert not re.search(r"^\s*import\b|\bimport\s*\(|\bfrom\s+[\"']", script, flags=re.MULTILINE)


# Colab's IPython is 7.34


def test_of_ipython_only_is_used_what_colab_has_too() -> None:
    used, of_the_shell = set(), set()
    for path in Path(ROOT / "ncviz").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("IPython"):
                used |= {f"{node.module}.{name.name}" for name in node.names}
            assert not (isinstance(node, ast.Import) and "IPython" in ast.unparse(node)), path
        if "IPython" in source or "shell: Any" in source:
            of_the_shell |= set(re.findall(r"\bshell\.(\w+)|(?<=hasattr\(shell, \")(\w+)", source))
    assert used == {"IPython.get_ipython", "IPython.display.display"}
    assert {a or b for a, b in of_the_shell} == {"kernel", "get_parent"}
