"""What importing loads, the public names, and rooms that import only from rooms below them."""

import ast
import importlib
import json
import os
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import ncviz

PACKAGE = Path(ncviz.__file__).parent
HEAVY = {"torch", "pandas", "scipy", "ipywidgets", "anywidget", "matplotlib", "seaborn"}

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


# Rooms: which may import which stands in pyproject.toml, for import-linter


def calls(module: str) -> set[str]:
    return {
        ast.unparse(node.func) for node in ast.walk(MODULES[module]) if isinstance(node, ast.Call)
    }


def test_no_import_hides_in_a_text() -> None:
    """The two lists of names that load on use, and the libraries of the extra `bert`."""
    hidden = {"import_module", "importlib.import_module", "__import__"}
    found = {module for module in MODULES if hidden & calls(module)}
    assert found == {"__init__", "bert.__init__", "bert.outside"}


def imported(module: str) -> set[str]:
    """What a module imports from the package when it is loaded itself."""
    return {
        f"{node.module}.{alias.name}"
        for node in MODULES[module].body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_no_two_modules_need_each_other() -> None:
    def named(dotted: str) -> str | None:
        parts = dotted.removeprefix("ncviz.").split(".")
        names = [".".join(parts[:end]) for end in range(len(parts), 0, -1)]
        return next((n for name in names for n in (name, f"{name}.__init__") if n in MODULES), None)

    graph = {m: {named(each) for each in imported(m)} - {m, None} for m in MODULES}
    assert {"bell.forms", "basics.checks"} <= graph["bell.behavior"]
    assert set(TopologicalSorter(graph).static_order()) == set(MODULES)
