"""What people read does what it says: every line of code and every address, taken from the page.

A line that no test can run as it stands is in `HELD`, beside the tests of what it does. A line or
block that is neither run nor there fails. Addresses of the dashboard are opened by
`test_dashboard_server.py::test_every_documented_address_opens_the_page`; addresses of other hosts
cannot be asked for here, so that they are only read.
"""

import ast
import contextlib
import doctest
import importlib.metadata
import io
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import ncviz
import rooms
from documents import ADDRESS, MENTIONED, PAGES, blocks, inline, shell
from lab import ROOT
from ncviz import Experiment
from ncviz.bert import ranks as bert_ranks
from ncviz.bert.real_models import shipped
from ncviz.cli import main as cli
from ncviz.results.pins import Pins

NUMBER = re.compile(r"−?\d+\.\d+")
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]

FRESH = ["test_dist.py::test_installs_clean_and_runs"]
TURNS = ["test_turns_of_users.py::test_the_documented_commands_make_such_a_folder"]
HUB = "needs a hub: docs/elsewhere.md says untested"
WINDOWS = "needs Windows: docs/elsewhere.md says untested"
HELD: dict[str, list[str] | str] = {
    "python3 -m venv .venv": FRESH,
    ". .venv/bin/activate": FRESH,
    "pip install torch --index-url https://download.pytorch.org/whl/cpu": FRESH,
    "pip install .": [*FRESH, "test_packaging.py::test_plain_install_resolves"],
    "py -m venv .venv": WINDOWS,
    r".venv\Scripts\activate": WINDOWS,
    "python tools/chromium.py": ["browser/test_explorer_in_lab.py"],
    "python -m ncviz": ["test_cli.py::test_python_m_ncviz_is_the_command"],
    "python -P -m ncviz": [
        "test_dashboard_server.py::test_fetching_runs_nothing_that_lies_in_the_folder"
    ],
    "pip list | grep ipykernel": "reads only",
    "pip install pre-commit": "installs nothing of ours",
    "ncviz lab": ["test_packaging.py::test_lab_command_of_the_wheel_serves_every_notebook"],
    "ncviz dashboard": [
        "test_cli_dashboard.py::test_with_the_token_there_is_the_page_in_the_template_of_ncviz"
    ],
    "ncviz dashboard --Voila.ip=0.0.0.0": [
        "test_cli_dashboard.py::test_the_address_for_a_class_has_the_computers_name"
    ],
    "ncviz bert fetch": ["test_cli_bert.py::test_fetch_says_what_it_got_with_licence_and_sha256"],
    "ncviz bert --tasks multilingual --rank 1,2,4,8 --runs 3": [
        "test_cli_bert.py::test_the_line_of_the_readme_on_real_weights_and_texts",
        "test_cli_bert.py::test_it_prints_draws_and_keeps_what_the_library_finds",
    ],
    "sudo install -d -m 0755 /srv/ncviz-turns": TURNS,
    "sudo install -m 0644 /dev/null /srv/ncviz-turns/waiting": TURNS,
    "for k in $(seq $(nproc)); do sudo install -m 0644 /dev/null /srv/ncviz-turns/$k.lock; done": (
        TURNS
    ),
    "sudo -E pip install --constraint constraints.txt torch "
    "--index-url https://download.pytorch.org/whl/cpu": HUB,
    'sudo -E pip install ".[voila]"': HUB,
    "sudo cp -r notebooks /etc/skel/ncviz": HUB,
    """echo 'c.Spawner.environment = {"OMP_NUM_THREADS": "1", "NCVIZ_TURNS": """
    """"/srv/ncviz-turns"}' | sudo tee /opt/tljh/config/jupyterhub_config.d/ncviz.py""": HUB,
    "sudo tljh-config set user_environment.default_app jupyterlab": HUB,
    "sudo tljh-config set limits.memory 1.5G": HUB,
    "sudo tljh-config set limits.cpu 1": HUB,
    "sudo tljh-config set services.cull.timeout 3600": HUB,
    "sudo tljh-config reload": HUB,
}
LINES = sorted({line for page in PAGES for line in shell(page)})
size = pytest.mark.parametrize(
    "whole",
    [False, pytest.param(True, marks=pytest.mark.long("README.md", "docs"))],
    ids=["small", "as written"],
)


def pages(kind: str) -> list[Path]:
    """Pages with such blocks."""
    return [page for page in PAGES if any(block.kind == kind for block in blocks(page))]


# Nothing is left out


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_is_of_a_kind_that_is_run_or_compared(page: Path) -> None:
    kinds = {"python", "output", "shell", "addresses", "directive", "printed"}
    assert {block.kind for block in blocks(page)} <= kinds
    tables = [block.code.rstrip("\n") for block in blocks(page) if block.kind == "printed"]
    if tables:  # those of the models that are shipped
        names = ("multilingual", "mixed", "monolingual")
        ends = [bert_ranks.at_the_end(shipped(name)) for name in names]
        assert tables == [bert_ranks.table(bert_ranks.ranks_of(end)) for end in ends]


def test_what_is_held_elsewhere_is_still_on_a_page_and_tested_there() -> None:
    assert sorted(HELD.keys() - set(LINES)) == []
    for place in (place for held in HELD.values() if isinstance(held, list) for place in held):
        file, _, name = place.partition("::")
        source = next((ROOT / "tests").rglob(Path(file).name)).read_text(encoding="utf-8")
        assert f"\ndef {name}" in source, place


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 130


def test_the_picture_and_the_table_of_the_rooms_are_those_of_the_contract() -> None:
    assert rooms.PICTURE.read_text(encoding="utf-8") == rooms.drawn()
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table, _, _ = page.partition("## Where to add something")
    assert re.findall(r"^\| `(\w+)` \|", table, flags=re.M) == rooms.layers()
    there = {path.stem for path in (ROOT / "ncviz").iterdir() if path.suffix in ("", ".py")}
    assert {*rooms.layers()} <= there


# Python


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


def fewer(code: str) -> str:
    """The same lines with fewer runs and sizes."""
    code = re.sub(r"range\((1, 9|50)\)", "range(1, 4)", code)
    return re.sub(r"(runs[= ])\d{2,}", r"\g<1>8", code).replace("1:8", "1:3")


@size
@pytest.mark.parametrize("page", pages("python"), ids=lambda page: page.stem)
@pytest.mark.slow
def test_every_line_of_python_runs(page: Path, whole: bool, elsewhere: dict[str, Any]) -> None:
    for code in (block.code for block in blocks(page) if block.kind == "python"):
        if code.startswith(">>>"):
            test = doctest.DocTestParser().get_doctest(code, elsewhere, page.name, None, None)
            assert doctest.DocTestRunner().run(test).failed == 0
            continue
        with contextlib.redirect_stdout(io.StringIO()):
            run(code if whole else fewer(code), elsewhere)


def examples() -> list[tuple[str, str]]:
    """Code and what stands below it as its output; not the beginning of another example."""
    found = []
    for page in PAGES:
        of = blocks(page)
        found += [(a.code, b.code) for a, b in pairwise(of) if b.kind == "output"]
    return [
        (code, shown)
        for code, shown in dict.fromkeys(found)
        if not any((c, s) != (code, shown) and c.startswith(code) and s.startswith(shown)
                   for c, s in found)
    ]  # fmt: skip


@pytest.mark.parametrize(("code", "shown"), examples())
def test_an_example_prints_what_stands_below_it(code: str, shown: str) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "page", "exec"), {})
    assert NUMBER.sub("#", printed.getvalue()) == NUMBER.sub("#", shown)
    # On another processor the last bits differ, and so the course of a single run.
    ours, theirs = (
        [float(n.replace("−", "-")) for n in NUMBER.findall(text)]
        for text in (printed.getvalue(), shown)
    )
    assert ours == pytest.approx(theirs, abs=0.1)


def expressions(page: Path) -> list[str]:
    """Calls, imports and attributes of ours in the prose of a page, in their order."""
    found = []
    for code in inline(page):
        try:
            (node,) = ast.parse(code.replace("(...)", "()")).body
        except (SyntaxError, ValueError):
            continue
        value = getattr(node, "value", node)
        ours = isinstance(value, ast.Attribute) and re.match(
            r"(ncviz|r|f|s|explorer)\.(?!ipynb)", code
        )
        called = isinstance(value, ast.Call) and not re.fullmatch(r"\w+\(\)", code)
        if ours or called or isinstance(node, ast.Import | ast.ImportFrom):
            found.append(code.replace("(...)", "()"))
    return found


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    """A result, a sweep and a regression, under the names that the prose uses."""
    r = Experiment(runs=8, steps=64).run()
    s = ncviz.sweep(r.experiment, hidden=[1, 2, 3], progress=False)
    return {"r": r, "s": s, "f": ncviz.regress(s.runs, "S ~ test_error")}


@pytest.fixture
def given(elsewhere: dict[str, Any], results: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What the prose speaks of: a result, a sweep, a view … under the names that it uses."""
    names = elsewhere | results | {"ncviz": ncviz, "name": "multilingual"}
    names |= {name: getattr(ncviz, name) for name in ncviz.__all__}
    r = results["r"]
    names |= {"experiment": r.experiment, "snapshot": r, "function": lambda bits: bits[:, 1]}
    kept = {"explorer": ncviz.Explorer(runs=2, steps=64), "v": ncviz.SView(r)}
    yield names | kept
    for widget in kept.values():
        widget.close()


@pytest.fixture
def client() -> Iterator[Any]:
    """Dask's, with a worker of this machine."""
    from distributed import Client, LocalCluster

    few = {"n_workers": 1, "threads_per_worker": 1}
    with (
        LocalCluster(**few, host="127.0.0.1", dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.mark.parametrize("page", [p for p in PAGES if expressions(p)], ids=lambda p: p.stem)
@pytest.mark.slow
def test_python_in_the_prose_runs(
    page: Path, given: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    lines = expressions(page)
    if any("client" in line for line in lines):
        from distributed import LocalCluster

        given |= {"client": request.getfixturevalue("client"), "LocalCluster": LocalCluster}
    for code in lines:
        run(fewer(code), given)


# The shell


@pytest.mark.parametrize("line", LINES)
def test_every_line_for_a_shell_is_run_or_held(line: str) -> None:
    program, *words = shlex.split(line, posix="\\S" not in line)
    if line in HELD:
        return
    if program == "make":
        if not shutil.which("make"):
            pytest.skip("no make here")
        done = subprocess.run(
            ["make", "--dry-run", *words], cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0 and done.stdout, done.stderr
    elif program == "pip":
        (what,) = [word for word in words if word.startswith(".")]
        named = re.fullmatch(r"\.\[(\w+)\]", what)
        assert words[0] == "install" and named and named[1] in EXTRAS
    else:
        assert line in {line for page in PAGES for line in to_run(page)}, f"{line} is not run"


def to_run(page: Path) -> list[str]:
    """Lines of ours that neither serve nor fetch, in their order."""
    return [line for line in shell(page) if line.startswith("ncviz ") and line not in HELD]


@size
@pytest.mark.parametrize("page", [p for p in PAGES if to_run(p)], ids=lambda page: page.stem)
@pytest.mark.slow
def test_our_commands_do_it(
    page: Path, whole: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (installed,) = importlib.metadata.entry_points(group="console_scripts", name="ncviz")
    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate("abc"):
        pins = Pins()
        for hidden in (1, 2, 3):
            pins.add(Experiment(hidden=hidden, seed=seed, runs=5, steps=64).run())
        pins.frame.to_csv(f"{name}.csv", index=False)
    for line in to_run(page):
        words = shlex.split(line if whole else fewer(line))[1:]
        said = io.StringIO()
        try:
            with contextlib.redirect_stdout(said):
                status = installed.load()(words)
        except SystemExit as end:  # of `--version`
            status = end.code
        assert not status and said.getvalue(), line
        for flag, made in pairwise(words):
            assert flag not in ("--html", "--csv", "--store") or Path(made).exists(), line


@pytest.mark.parametrize("command", [li for li in [*LINES, *sorted(MENTIONED)] if "ncviz " in li])
def test_every_command_is_one(command: str) -> None:
    words = command.split()[1:]
    # Servers and downloads are not started here: that their options are known must do.
    named = [word for word in words if not word.startswith("--")]
    ask = [*named[:2], "--help"] if named[:2] == ["bert", "fetch"] else [*named[:1], "--help"]
    with contextlib.redirect_stdout(io.StringIO()) as said, pytest.raises(SystemExit) as end:
        cli.main(ask)
    assert end.value.code == 0
    for flag in (word.split("=")[0] for word in words if word.startswith("--")):
        assert flag in said.getvalue() or flag.startswith("--Voila."), command


# Addresses


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_addresses_of_other_hosts_are_well_formed_and_files_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for address in ADDRESS.findall(text):
        if address.startswith("https://…"):
            continue  # the reader's own
        parts = urlsplit(address)
        assert parts.scheme == "https" and re.fullmatch(r"[\w-]+(\.[\w-]+)+", parts.netloc), address
        for opened in parse_qs(parts.query).get("urlpath", []):
            assert (ROOT / re.sub("^(lab/tree|voila/render)/", "", opened)).is_file(), address
    if ROOT / "docs" in page.parents:
        return  # `test_docs.py::test_every_internal_link_leads_somewhere`, on what is made of them
    for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text):
        assert (page.parent / link).exists(), link
