"""Turns among users: a neighbour who means harm can make others wait for a while, and no more."""

import os
import re
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import pytest

from lab import ROOT, wait_for
from ncviz.basics.computing import cores
from ncviz.widgets.running import turns
from ncviz.widgets.running.turns import ASK_SECONDS, Places, Turn

posix = pytest.mark.skipif(sys.platform == "win32", reason="no users share a folder on Windows")
root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can be two users in turn"
)
VICTIM, NEIGHBOUR = 61001, 61002


@contextmanager
def user(number: int) -> Iterator[None]:
    """Be another user for a while."""
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(number)
    os.seteuid(number)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


def lay_out(folder: Path, mode: int = 0o755) -> Path:
    """What an administrator makes, by the documentation: with one place."""
    folder.mkdir(exist_ok=True)
    for name in ("0.lock", "waiting"):
        (folder / name).touch()
        (folder / name).chmod(0o644)
    folder.chmod(mode)
    return folder


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that all users come to, unlike those of pytest."""
    folder = Path(mkdtemp(prefix="ncviz-"))
    yield lay_out(folder)
    rmtree(folder)


def seen(folder: Path) -> dict[str, tuple[object, ...]]:
    """All that stands about the files of a folder, and of those in it."""
    found = {}
    for path in sorted([folder, *folder.rglob("*")]):
        about = path.lstat()
        text = path.read_bytes() if stat.S_ISREG(about.st_mode) else b""
        found[str(path)] = (about.st_mode, about.st_uid, about.st_mtime_ns, about.st_ino, text)
    return found


@root
def test_users_take_turns_in_a_folder_that_none_of_them_can_change(shared: Path) -> None:
    before = seen(shared)
    with ExitStack() as stack:
        with user(VICTIM):
            first = stack.enter_context(Turn(0, places=Places(shared)))
            assert first.take()
        with user(NEIGHBOUR):
            second = stack.enter_context(Turn(0, places=Places(shared)))
            assert not second.take()
        first.__exit__(None)
        wait_for(second.take, seconds=5)
    assert seen(shared) == before, "not even a time stamp has changed"


@posix
@pytest.mark.parametrize("hub", ["JupyterHub", "The Littlest JupyterHub"])
def test_the_documented_commands_make_such_a_folder(tmp_path: Path, hub: str) -> None:
    text = (ROOT / "docs" / "elsewhere.md").read_text(encoding="utf-8")
    section = text.split(f"## {hub}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if re.match("(sudo install|for k)", line)]
    assert len(lines) == 3
    script = "\n".join(lines).replace("sudo ", "").replace("/srv", str(tmp_path))
    subprocess.run(["sh", "-ec", f"umask 077\n{script}"], check=True)
    folder = tmp_path / "ncviz-turns"
    places = Places(folder)
    with ExitStack() as stack:
        for _ in range(len(list(folder.glob("*.lock")))):
            file = places.take()
            assert file is not None
            stack.enter_context(file)
        assert places.take() is None
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o644}


@root
def test_a_neighbour_cannot_change_it_either(shared: Path) -> None:
    attacks: list[Callable[[], object]] = [
        lambda: (shared / "waiting").write_text("x"),
        lambda: (shared / "waiting").unlink(),
        lambda: os.utime(shared / "waiting", (4e9, 4e9)),
        lambda: (shared / "1.lock").symlink_to("/etc/passwd"),
        lambda: (shared / "0.lock").chmod(0o666),
        lambda: shared.rename(shared.parent / "ncviz-elsewhere"),
    ]
    with user(NEIGHBOUR):
        for attack in attacks:
            with pytest.raises(PermissionError):
                attack()


@root
def test_locks_that_a_neighbour_holds_for_ever_cost_one_wait_and_no_second(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LONGEST_WAIT", 5 * ASK_SECONDS)
    with ExitStack() as held:
        with user(NEIGHBOUR):
            theirs = Places(shared)
            for file in (theirs.take(), theirs.call()):
                assert file is not None
                held.enter_context(file)
        with user(VICTIM):
            kernel = Places(shared)
            began = time.monotonic()
            with Turn(0, places=kernel) as turn:
                wait_for(turn.take, seconds=20 * ASK_SECONDS)
            assert time.monotonic() - began >= 5 * ASK_SECONDS
            for patience in (0, 60):
                with Turn(0, patience, kernel) as turn:
                    assert turn.take()


def laid(folder: Path, name: str, kind: str, target: Path) -> None:
    """What somebody lays in the place of a file of the folder."""
    path = folder / name
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "hard link":
        path.hardlink_to(target)
    elif kind == "of all":
        path.touch()
        path.chmod(0o666)
    else:
        path.symlink_to(target if kind == "link" else target.with_name("missing"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A file that nobody but its owner has a business with."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".bashrc").write_text("PATH=/bin")
    return tmp_path / "home" / ".bashrc"


@posix
@pytest.mark.parametrize("name", ["waiting", "0.lock"])
@pytest.mark.parametrize("kind", ["link", "link to nothing", "pipe", "folder", "of all"])
def test_what_is_no_file_of_the_administrators_is_refused_and_untouched(
    tmp_path: Path, home: Path, name: str, kind: str
) -> None:
    folder = lay_out(tmp_path / "turns")
    laid(folder, name, kind, home)
    before = seen(tmp_path)
    with pytest.raises(OSError, match=name):
        Places(folder)
    assert seen(tmp_path) == before


@posix
@pytest.mark.parametrize("kind", ["link", "link to nothing", "hard link", "pipe", "dated 2099"])
def test_in_a_folder_that_all_may_change_nothing_is_touched_and_nobody_waits(
    tmp_path: Path, home: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = lay_out(tmp_path / "turns", mode=0o1777)
    for name in ("waiting", "0.lock"):
        if kind == "dated 2099":
            os.utime(folder / name, (4e9, 4e9))
        else:
            laid(folder, name, kind, home)
    before = seen(tmp_path)
    runtime = tmp_path.with_name(f"{tmp_path.name}-runtime")
    monkeypatch.setattr("jupyter_core.paths.jupyter_runtime_dir", lambda: str(runtime))
    monkeypatch.setenv("NCVIZ_TURNS", str(folder))
    with ExitStack() as stack:
        with pytest.warns(UserWarning, match="NCVIZ_TURNS.*could be changed by other users"):
            assert stack.enter_context(Turn(0, patience=60)).take()
        for _ in range(cores() - 1):
            assert stack.enter_context(Turn(0)).take()
        assert not stack.enter_context(Turn(0)).take(), "turns among one's own kernels are taken"
    assert seen(tmp_path) == before
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in runtime.rglob("*.lock")}
    assert set(modes.values()) == {0o600}


@posix
def test_a_folder_without_places_or_a_link_to_one_or_of_another_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        Places(tmp_path / "missing")
    (tmp_path / "empty").mkdir(mode=0o755)
    with pytest.raises(OSError, match="has no place"):
        Places(tmp_path / "empty")
    lay_out(tmp_path / "turns")
    (tmp_path / "link").symlink_to(tmp_path / "turns")
    with pytest.raises(OSError, match="is a link"):
        Places(tmp_path / "link")


@root
@pytest.mark.parametrize("name", [".", "waiting", "0.lock"])
def test_what_belongs_to_a_neighbour_is_refused(shared: Path, name: str) -> None:
    os.chown(shared / name, NEIGHBOUR, NEIGHBOUR)
    with user(VICTIM), pytest.raises(PermissionError, match="could be changed by other users"):
        Places(shared)
