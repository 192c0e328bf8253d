"""What a plain `pip install` brings, and the notebook that comes with it."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from lab import ROOT, serve

NOTEBOOK = ROOT / "notebooks" / "explorer.ipynb"


def pip(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *map(str, words)],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    built = pip("wheel", ".", "--no-deps", "--no-build-isolation", "--no-index", "-w", folder)
    assert built.returncode == 0, built.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture
def installed(wheel: Path, tmp_path: Path) -> Path:
    """A folder into which the wheel alone was installed."""
    folder = tmp_path / "installed"
    done = pip("install", "--no-deps", "--no-index", "--target", folder, wheel)
    assert done.returncode == 0, done.stderr
    return folder


def test_plain_install_resolves(tmp_path: Path) -> None:
    # Nothing big is fetched: what is installed already is what the plain command would keep.
    if pip("download", "hatchling", "--no-deps", "--retries", 0, "-d", tmp_path).returncode:
        pytest.skip("no package registry to ask")
    done = pip("install", "--dry-run", ".")
    assert done.returncode == 0, done.stderr
    assert "Would install ncviz-" in done.stdout


def test_static_files_name_no_other_host() -> None:
    static = [p for p in (ROOT / "ncviz").rglob("*") if p.suffix in {".js", ".css"}]
    hosts = {host for p in static for host in re.findall(r"https?://([^\s/\"'`)]+)", p.read_text())}
    assert hosts <= {"www.w3.org"}  # the name of the SVG namespace, which nobody fetches


def test_lab_command_of_the_wheel_serves_every_notebook(installed: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    mine = empty / "01-a-bell-test-for-a-network.ipynb"
    mine.write_text("my own work")

    def command(flags: str) -> list[str]:
        return [str(installed / "bin" / "ncviz"), "lab", *flags.split()]

    with serve(command, empty, empty, tmp_path / "jupyter", PYTHONPATH=str(installed)) as server:
        served = server.get("contents/explorer.ipynb")["content"]["cells"]
    shipped = nbformat.read(NOTEBOOK, as_version=4).cells
    assert [cell["source"] for cell in served] == [cell.source for cell in shipped]
    there = {path.name for path in NOTEBOOK.parent.iterdir() if path.suffix in (".ipynb", ".md")}
    assert len(there) == 7 and {path.name for path in empty.iterdir()} >= there
    assert mine.read_text() == "my own work"


def test_notebook_is_clean() -> None:
    # As committed: whoever has used `make lab` has outputs in the file itself.
    name = f"HEAD:{NOTEBOOK.relative_to(ROOT).as_posix()}"
    show = subprocess.run(["git", "show", name], cwd=ROOT, capture_output=True, text=True)
    if show.returncode:
        pytest.skip("not a git checkout")
    notebook = nbformat.reads(show.stdout, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    # Without a kernelspec JupyterLab opens a dialog instead of the notebook.
    assert notebook.metadata.kernelspec.name == "python3"
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


def test_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    paths = [str(ROOT), os.environ.get("PYTHONPATH")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": tmp_path}}).execute()
    shown = notebook.cells[-1].outputs[-1].data
    assert "application/vnd.jupyter.widget-view+json" in shown


def brought_by(lines: list[str]) -> set[str]:
    """What an installation of these requirements brings."""
    brought: set[str] = set()
    while lines:
        wanted = Requirement(lines.pop())
        name = canonicalize_name(wanted.name)
        if name not in brought and (wanted.marker is None or wanted.marker.evaluate({"extra": ""})):
            brought.add(name)
            lines += requires(name) or []
    return brought


def test_every_library_that_is_imported_comes_with_what_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    brought = brought_by(
        [*project["dependencies"], *extras["voila"], *extras["dask"], *extras["bert"]]
    )
    imported: set[str] = set()
    for path in (ROOT / "ncviz").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported.add(node.module.partition(".")[0])
    owners = packages_distributions()
    libraries = imported - sys.stdlib_module_names - {"ncviz", "_typeshed"}
    assert "torch" in libraries
    assert not {
        name for name in libraries if not brought & {*map(canonicalize_name, owners.get(name, ()))}
    }


def test_every_long_test_names_files_that_it_is_about_and_that_are_there() -> None:
    # CI would for ever leave out what is about nothing, or about a file that has moved.
    conftest, about = ROOT / "tests" / "conftest.py", list[tuple[str, ...]]()
    for node in ast.parse(conftest.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "LONG":
            about += ast.literal_eval(node.value).values()
    for path in {*(ROOT / "tests").rglob("*.py")} - {conftest}:
        nodes = [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
        named = [n for n in nodes if isinstance(n, ast.Attribute)]
        marks = [n for n in named if ast.unparse(n) == "pytest.mark.long"]
        calls = [n for n in nodes if isinstance(n, ast.Call) and n.func in marks]
        assert len(calls) == len(marks), f"{path.name} has a long test about nothing"
        about += [tuple(map(ast.literal_eval, call.args)) for call in calls]
    assert len(about) > 10 and all(about)
    assert [name for names in about for name in names if not (ROOT / name).exists()] == []
