"""Files are there whole or not at all, and nothing is written through a link."""

import ast
import os
import re
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import ncviz
from ncviz import Experiment, NCnet, sweep
from ncviz.basics.writing import written_whole
from ncviz.cli import main as cli
from ncviz.cli.notebooks import NOTEBOOK, lay_out_notebooks
from ncviz.pages.sweep import write_report

PACKAGE = Path(ncviz.__file__).parent
posix = pytest.mark.skipif(os.name != "posix", reason="rights as POSIX has them")


def write(path: Path, text: str = "new", **more: bool) -> None:
    with written_whole(path, **more) as part:
        part.write_text(text)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    write(path, "old")
    with pytest.raises(RuntimeError), written_whole(path) as part:
        part.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    write(path)
    assert path.read_text() == "new"
    assert names(tmp_path) == ["s.csv"]


def test_a_new_file_leaves_the_one_that_was_first(tmp_path: Path) -> None:
    write(tmp_path / "plan", "first", new=True)
    write(tmp_path / "plan", "second", new=True)
    assert (tmp_path / "plan").read_text() == "first"
    assert names(tmp_path) == ["plan"]


def test_so_it_is_where_a_file_system_has_no_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refused)
    test_a_new_file_leaves_the_one_that_was_first(tmp_path)


@posix
def test_rights_are_those_of_any_new_file_or_stay_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    write(tmp_path / "fresh")
    assert (tmp_path / "fresh").stat().st_mode == (tmp_path / "plain").stat().st_mode
    (tmp_path / "fresh").chmod(0o600)
    write(tmp_path / "fresh")
    assert stat.S_IMODE((tmp_path / "fresh").stat().st_mode) == 0o600


def test_what_is_write_protected_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kept.csv"
    path.write_text("old")
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anything
    with pytest.raises(PermissionError, match=r"kept\.csv is write-protected"):
        write(path)
    assert path.read_text() == "old" and names(tmp_path) == ["kept.csv"]


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_only_a_file_is_written_over(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "there"
    if kind == "folder":
        path.mkdir()
    elif hasattr(os, "mkfifo"):
        os.mkfifo(path)
    else:
        pytest.skip("there are no named pipes here")
    (tmp_path / "link").symlink_to(path)
    for name in ("there", "link"):
        with pytest.raises(ValueError, match=f"{name} must be a file"):
            write(tmp_path / name)


def test_an_error_names_the_file_that_was_asked_for(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        write(tmp_path / "missing" / "s.csv")
    assert caught.value.filename == str(tmp_path / "missing" / "s.csv")


# Links


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[Path]:
    """A file elsewhere, which nobody may write to."""
    path = tmp_path / "elsewhere" / "bashrc"
    path.parent.mkdir()
    path.write_text("mine")
    yield path
    assert path.read_text() == "mine" and names(path.parent) == ["bashrc"]


def lure(place: Path, victim: Path, missing: bool) -> Path:
    place.symlink_to(victim.with_name("missing") if missing else victim)
    return place


@pytest.mark.parametrize("missing", [False, True])
def test_nothing_is_written_through_a_link(
    tmp_path: Path, victim: Path, missing: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "store"
    e = Experiment(runs=2, steps=5, n_test=8)
    sweep(e, hidden=[1], store=folder, progress=False)
    (cell,) = folder.glob("*.parquet")
    cell.unlink()
    places = [cell, folder / "report.html", tmp_path / "runs.csv", tmp_path / "net.safetensors"]
    for place in places:
        lure(place, victim, missing)
    if missing:
        # A link to nothing is no cell; a link to something would be read.
        sweep(e, hidden=[1], store=folder, progress=False)
    else:
        cell.unlink()
        sweep(e, hidden=[1], store=folder, progress=False)
    write_report(folder)
    words = ["run", "--runs", "2", "--steps", "5", "--n-test", "8", "--csv", str(places[2])]
    assert cli.main(words) == 0
    e.run().net(0, "11").save(places[3])
    assert NCnet.load(places[3]).hidden == 3
    assert not any(place.is_symlink() for place in places)
    if missing:
        monkeypatch.chdir(tmp_path)
        lure(tmp_path / NOTEBOOK, victim, missing)
        lay_out_notebooks()
        assert not (tmp_path / NOTEBOOK).is_symlink()


def test_a_half_notebook_is_made_whole_and_somebodys_work_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lay_out_notebooks()
    whole = (tmp_path / NOTEBOOK).read_bytes()
    for beginning in (b"", whole[: len(whole) // 2]):
        (tmp_path / NOTEBOOK).write_bytes(beginning)
        lay_out_notebooks()
        assert (tmp_path / NOTEBOOK).read_bytes() == whole
    (tmp_path / NOTEBOOK).write_bytes(whole[:-20] + b"mine")
    lay_out_notebooks()
    assert (tmp_path / NOTEBOOK).read_bytes().endswith(b"mine")


# Every place that writes

WRITES = {"write_text", "write_bytes", "to_csv", "to_parquet", "to_excel", "savefig"}
WRITES |= {"save_file", "copy", "copy2", "copyfile", "copytree", "symlink_to", "rename", "replace"}
ELSEWHERE = {
    "cli.notebooks": "a page with the token, in a folder of Voila's that only this user can open",
}


def writing(tree: ast.AST) -> Iterator[ast.Call]:
    """Calls that write a file and not a `part`, which is what `written_whole` gives to write to."""
    inside: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.With) and "written_whole(" in ast.unparse(node.items[0]):
            inside |= {*ast.walk(node)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or node in inside:
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        of = ast.unparse(node.func).split(".")[0]
        modes = [ast.unparse(argument) for argument in node.args]
        if of == "part" or "part" in modes:
            continue
        if name == "open" and any(re.fullmatch("'[wax+bt]+'", mode) for mode in modes):
            yield node
        elif name in ("copy", "replace", "rename") and of not in ("shutil", "os"):
            continue
        elif name in WRITES and (name != "to_csv" or node.args):
            yield node


def test_every_file_is_written_whole() -> None:
    found = {}
    for path in PACKAGE.rglob("*.py"):
        module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        calls = [ast.unparse(call) for call in writing(ast.parse(path.read_text("utf-8")))]
        if calls and module not in ELSEWHERE and module != "basics.writing":
            found[module] = calls
    assert found == {
        # It goes to memory, and on to the browser.
        "widgets.explorer.tabs.sweep": ["sweep.runs.to_parquet(file, index=False)"],
    }


def test_a_place_that_writes_otherwise_would_be_found() -> None:
    bad = "path.write_text('x'); open('f', 'w'); path.open('wb'); shutil.copy(a, b); f.to_csv(path)"
    assert len([*writing(ast.parse(bad))]) == 5
    good = "with written_whole(path) as part:\n    f.to_csv(part)\ntext = f.to_csv(index=False)"
    assert not [*writing(ast.parse(good))]


# Killed

WRITER = """
import sys
from pathlib import Path
from ncviz.basics.writing import written_whole
print("go", flush=True)
while True:
    for letter in "ab":
        with written_whole(Path(sys.argv[1])) as part:
            part.write_text(letter * 200_000)
"""


def test_a_killed_writer_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "s.txt"
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    for delay in (0.01, 0.03, 0.05, 0.08):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], env=environment, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(delay)
        process.kill()
        process.communicate()
        if path.exists():
            text = path.read_text()
            assert text in ("a" * 200_000, "b" * 200_000)
    assert path.exists()
