"""What the README, the teacher's guide and the documentation print does what they say.

Addresses: `test_dashboard_server.py::test_every_documented_address_opens_the_page`.
"""

import ast
import contextlib
import doctest
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from lab import ROOT
from ncviz import cli

NUMBER = re.compile(r"−?\d+\.\d+")
PAGES = [ROOT / "README.md", ROOT / "notebooks/teacher-guide.md", *sorted(ROOT.glob("docs/*.md"))]
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", flags=re.DOTALL | re.MULTILINE)


def test_the_example_prints_what_the_readme_shows() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```\n\n```\n(.*?)```", text, flags=re.DOTALL)
    assert found
    code, shown = found.groups()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {})
    assert NUMBER.sub("#", printed.getvalue()) == NUMBER.sub("#", shown)
    # On another processor the last bits differ, and so the course of a single run.
    ours, theirs = (
        [float(n.replace("−", "-")) for n in NUMBER.findall(text)]
        for text in (printed.getvalue(), shown)
    )
    assert ours == pytest.approx(theirs, abs=0.1)


def blocks(page: Path) -> Iterator[str]:
    """The blocks of Python on a page, in their order."""
    for _, language, block in BLOCK.findall(page.read_text(encoding="utf-8")):
        code = dedent(block)
        if language == "python" or (not language and code.startswith(("from ", "import ", ">>>"))):
            yield code


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Names of a folder of its own, a server's configuration, and Colab."""
    import dask
    from traitlets.config import Config

    colab = ModuleType("google.colab")
    colab.output = SimpleNamespace(enable_custom_widget_manager=lambda: None)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    monkeypatch.chdir(tmp_path)
    with dask.config.set({}):
        before = dict(dask.config.config)
        yield {"c": Config()}
        dask.config.config.clear()
        dask.config.config.update(before)


def run(code: str, names: dict[str, Any]) -> None:
    """Run code as a cell, whose last value is shown and closed."""
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, code, "exec"), names)
    if isinstance(last, ast.Expr):
        shown = eval(compile(ast.Expression(last.value), code, "eval"), names)
        getattr(shown, "_repr_png_", lambda: None)()
        getattr(shown, "close", lambda: None)()


@pytest.mark.parametrize(
    "whole",
    [False, pytest.param(True, marks=pytest.mark.long("README.md", "docs"))],
    ids=["small", "as written"],
)
@pytest.mark.parametrize("page", [p for p in PAGES if [*blocks(p)]], ids=lambda p: p.stem)
@pytest.mark.slow
def test_every_line_of_python_runs(page: Path, whole: bool, elsewhere: dict[str, Any]) -> None:
    for code in blocks(page):
        if code.startswith(">>>"):
            test = doctest.DocTestParser().get_doctest(code, elsewhere, page.name, None, None)
            assert doctest.DocTestRunner().run(test).failed == 0
            continue
        if not whole:  # the same lines with fewer runs and sizes
            code = re.sub(r"range\(1, 9\)", "range(1, 4)", re.sub(r"runs=\d{2,}", "runs=8", code))
        with contextlib.redirect_stdout(io.StringIO()):
            run(code, elsewhere)


def commands() -> set[str]:
    """Every `ncviz …` on the pages."""
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    found = [line for text in texts for line in re.findall(r"`(ncviz(?: [^`\n]*)?)`", text)]
    for text in texts:
        for _, _, block in BLOCK.findall(text):
            found += re.findall(r"^ncviz .*", dedent(block), flags=re.MULTILINE)
    return set(found)


@pytest.mark.parametrize("command", sorted(commands()))
def test_every_command_is_one(command: str) -> None:
    words = command.split("#")[0].split()[1:]
    # Servers and downloads are not started here: that their options are known must do.
    named = [word for word in words if not word.startswith("--")]
    ask = [*named[:2], "--help"] if named[:2] == ["bert", "fetch"] else [*named[:1], "--help"]
    with contextlib.redirect_stdout(io.StringIO()) as said, pytest.raises(SystemExit) as end:
        cli.main(ask)
    assert end.value.code == 0
    for flag in (word.split("=")[0] for word in words if word.startswith("--")):
        assert flag in said.getvalue() or flag.startswith("--Voila."), command
