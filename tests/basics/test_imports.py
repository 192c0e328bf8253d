"""What importing loads, the public names, and rooms that import only from rooms to their left."""

import ast
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from itertools import takewhile
from pathlib import Path

import pytest

import ncviz

PACKAGE = Path(ncviz.__file__).parent
HEAVY = {"torch", "pandas", "scipy", "ipywidgets", "anywidget", "matplotlib", "seaborn"}

ROOMS = (
    "checks",
    "cores",
    "computing",
    "handing",
    "styling",
    "steps",
    "writing",
    "tasks",
    "shareable",
    "spreadsheet",
    "handed_in",
    "experiment",
    "saved",
    "network",
    "activations",
    "optimizers",
    "drawing",
    "gradient",
    "combining",
    "batching",
    "evaluation",
    "stepping",
    "training",
    "answers",
    "outcomes",
    "bell",
    "halves",
    "inference",
    "signalling",
    "recording",
    "memory",
    "summary",
    "swings",
    "verdict",
    "sentences",
    "result",
    "trials",
    "confirmation",
    "looks",
    "sweeps",
    "price",
    "mechanism",
    "regression",
    "bert",
    "evidence",
    "counterfactual",
    "evidence_sentences",
    "meaning",
    "presets",
    "figures",
    "bert_ranks",
    "bert_steps",
    "real_models",
    "widgets",
    "__init__",
    "page",
    "report",
    "classroom",
    "shipped",
    "kernel_specs",
    "dashboard_server",
    "cli_output",
    "cli_dashboard",
    "cli_sweep",
    "cli_class",
    "cli_bert",
    "cli",
    "__main__",
)
"""From left to right: a room may import from itself and from those before it."""

MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts): ast.parse(path.read_text())
    for path in sorted(PACKAGE.rglob("*.py"))
}
"""Every module of the package, read but not run: "cli", "bell.forms", "bell.__init__" …"""


# What importing loads


def loaded_by(statement: str) -> set[str]:
    """Top-level packages that a fresh Python has loaded after a statement."""
    code = f"{statement}; import sys, json; print(json.dumps(list(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
    )
    return {name.split(".")[0] for name in json.loads(done.stdout)}


@pytest.mark.parametrize(
    "statement",
    [
        "import ncviz",
        "import ncviz.cli.main",
        "from ncviz import Experiment, tasks; Experiment(hidden=4).to_json()",
        "from ncviz import bell; bell.Behavior.from_correlators([[1, 1], [1, -1]]).D",
    ],
)
def test_light_imports_load_nothing_heavy(statement: str) -> None:
    loaded = loaded_by(statement)
    assert {"ncviz", "numpy"} <= loaded
    assert not loaded & HEAVY


def test_only_what_is_used_is_loaded() -> None:
    loaded = loaded_by("from ncviz import Experiment; Experiment(runs=1, steps=2).run().s")
    assert "torch" in loaded
    assert not loaded & {"pandas", "ipywidgets", "anywidget", "matplotlib", "seaborn"}


# Public names


@pytest.mark.parametrize("name", ncviz.__all__)
def test_public_name_resolves(name: str) -> None:
    assert getattr(ncviz, name).__name__ in (name, f"ncviz.{name}")
    assert name in dir(ncviz)


@pytest.mark.parametrize("name", importlib.import_module("ncviz.bell").__all__)
def test_public_name_of_bell_resolves(name: str) -> None:
    assert getattr(ncviz.bell, name) is not None


def test_an_unknown_name_raises_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'ncviz' has no attribute 'Experimant'"):
        _ = ncviz.Experimant
    with pytest.raises(ImportError):
        exec("from ncviz import Experimant")


# Rooms


def statements(node: ast.AST, *, in_functions: bool) -> Iterator[ast.AST]:
    """What a module runs; with or without what its functions run when called."""
    for child in ast.iter_child_nodes(node):
        is_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if is_function and not in_functions:
            continue
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        yield child
        yield from statements(child, in_functions=in_functions)


def imported(module: str, *, in_functions: bool = False) -> set[str]:
    """The modules of the package that a module imports."""
    found = set()
    for node in statements(MODULES[module], in_functions=in_functions):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import"
            # What is imported from a package may itself be a module.
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "ncviz":
                found.add(nearest(parts[1:]))
    return found


def nearest(parts: list[str]) -> str:
    """The module that a dotted name, with or without a name in the module, stands for."""
    for end in range(len(parts), 0, -1):
        for name in (".".join(parts[:end]), ".".join([*parts[:end], "__init__"])):
            if name in MODULES:
                return name
    return "__init__"


def room(module: str) -> str:
    return module.split(".")[0]


def test_every_module_is_in_a_room() -> None:
    assert {room(module) for module in MODULES} <= set(ROOMS)


def test_imports_are_seen() -> None:
    assert imported("experiment") == {"checks", "tasks", "shareable"}
    assert imported("experiment", in_functions=True) == {"checks", "tasks", "shareable", "result"}
    assert {"bell.behavior", "bell.bounds"} <= imported("bell.__init__")
    assert {"bell.forms", "bell.programmes", "bell.sets"} <= imported("bell.behavior")
    assert "__init__" in imported("cli")


@pytest.mark.parametrize("module", sorted(MODULES))
def test_a_room_imports_only_from_rooms_to_its_left(module: str) -> None:
    left = {*takewhile(lambda name: name != room(module), ROOMS), room(module)}
    assert {room(name) for name in imported(module)} <= left


def test_only_the_experiment_and_a_plot_reach_right_at_call_time() -> None:
    reaching = {
        (room(module), room(name))
        for module in MODULES
        for name in imported(module, in_functions=True)
        if ROOMS.index(room(name)) > ROOMS.index(room(module))
    }
    assert reaching == {("experiment", "result"), ("regression", "figures")}


def test_no_two_modules_need_each_other() -> None:
    graph = {module: imported(module) - {module} for module in MODULES}
    assert set(TopologicalSorter(graph).static_order()) == set(MODULES)


def outside(module: str) -> set[str]:
    """Other packages that a module imports, its functions included."""
    found = set()
    for node in statements(MODULES[module], in_functions=True):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found - {"ncviz"}


@pytest.mark.parametrize("module", [name for name in MODULES if room(name) == "bell"])
def test_bell_needs_numpy_and_scipy_only(module: str) -> None:
    assert outside(module) - sys.stdlib_module_names <= {"numpy", "scipy"}


@pytest.mark.parametrize("module", [name for name in MODULES if room(name) == "training"])
def test_training_knows_nothing_of_s(module: str) -> None:
    assert not {room(name) for name in imported(module, in_functions=True)} & {"bell", "outcomes"}


@pytest.mark.parametrize("module", [name for name in MODULES if room(name) != "widgets"])
def test_only_widgets_need_a_notebook(module: str) -> None:
    assert not outside(module) & {"ipywidgets", "anywidget", "traitlets", "IPython"}
