"""Stores: nothing rots unseen, nothing foreign is taken for one's own, nothing is half there."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from pandas.testing import assert_frame_equal

import ncviz
from ncviz import Experiment, sweep, tasks
from ncviz.cli import main as cli
from ncviz.sweeps import engine
from ncviz.sweeps.cell import run_cells
from ncviz.sweeps.cellfile import RANGES, doubt
from ncviz.sweeps.identity import FORMAT
from ncviz.sweeps.store import PLAN
from stores import about_of, as_format_1, rewrite, rewrite_plan, sweep_in, write
from strategies import experiments

BASE = Experiment(runs=4, steps=40, n_test=32)
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(ncviz.__file__).parents[1])}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    sweep(BASE, hidden=[1, 2], store=folder, progress=False)
    return folder


def a_cell(folder: Path) -> Path:
    return min(folder.glob("*.parquet"))


def read(folder: Path) -> pd.DataFrame:
    return sweep_in(folder).runs


def refused(folder: Path, words: str) -> None:
    """Neither a report nor a sweep takes it."""
    with pytest.raises(ValueError, match=words):
        read(folder)
    with pytest.raises(ValueError, match=words):
        sweep(BASE, hidden=[1, 2], store=folder, progress=False)


# Rot


def flips(path: Path, count: int, load: Callable[[], pd.DataFrame]) -> None:
    """So many single bits, each flipped in turn: refused with a sentence, never other numbers."""
    good, wanted = path.read_bytes(), load()
    random = np.random.default_rng(count)
    bits = random.choice(8 * len(good), min(count, 8 * len(good)), replace=False)
    for bit in bits.tolist():
        data = bytearray(good)
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
        try:
            found = load()
        except ValueError as error:
            assert path.name in str(error), error
        else:
            raise AssertionError(
                f"bit {bit}: {'same' if found.equals(wanted) else 'other'} numbers"
            )
    path.write_bytes(good)
    assert_frame_equal(load(), wanted, check_exact=True)


def test_one_bit_in_a_cell_never_changes_unseen(store: Path) -> None:
    flips(a_cell(store), 500, lambda: read(store))


@pytest.mark.long("ncviz/sweeps")
def test_not_one_of_20_000_bits_changes_unseen(store: Path) -> None:
    flips(a_cell(store), 20_000, lambda: read(store))


def test_no_bit_in_a_plan_changes_unseen(store: Path) -> None:
    flips(store / PLAN, 500, lambda: read(store))


def test_a_bit_in_an_old_cell_without_digest_makes_no_impossible_number(store: Path) -> None:
    """What can be seen without a digest: ranges, shape, and numbers that follow from others."""
    as_format_1(store)
    path, wanted = a_cell(store), read(store)
    good, random = path.read_bytes(), np.random.default_rng(0)
    for bit in random.choice(8 * len(good), 300, replace=False).tolist():
        data = bytearray(good)
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
        try:
            found = read(store)
        except ValueError:
            continue
        assert found["run"].equals(wanted["run"])
        for name, (low, high) in RANGES.items():
            assert found[name].dropna().between(low - 1e-9, high + 1e-9).all(), name
        again = found.C11 + found.C12 + found.C21 - found.C22
        assert np.allclose(found.S, again, equal_nan=True, atol=1e-8)


IMPOSSIBLE: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "one row": (lambda f: f[:1], "it has 1 of 4 runs"),
    "doubled rows": (lambda f: pd.concat([f, f]), "it has 8 of 4 runs"),
    "a run twice": (lambda f: f.assign(run=[0, 1, 1, 2]), "not numbered"),
    "no rows": (lambda f: f[:0], "it has 0 of 4 runs"),
    "S = 99": (lambda f: f.assign(S=99.0), "S is 99, which is not from -4 to 4"),
    "no S": (lambda f: f.drop(columns="S"), "column S is missing"),
    "S as text": (lambda f: f.assign(S="2"), "column S holds other things than numbers"),
    "S alone": (lambda f: f.assign(S=f.S / 2 + 0.1), "S is not what the other columns make it"),
    "δ alone": (lambda f: f.assign(delta=f.delta + 0.5), "delta is not what"),
    "D alone": (lambda f: f.assign(D=f.D - 1), "D is not what"),
    "an error above 1": (lambda f: f.assign(test_error=1.5), "test_error is 1.5"),
    "a gap of another": (lambda f: f.assign(gap=f.gap + 0.01), "gap is not what"),
    "missing": (lambda f: f.assign(C11=np.nan), "a run that did not diverge has no"),
    "diverged with numbers": (lambda f: f.assign(diverged=True), "a run that diverged has numbers"),
    "endless": (lambda f: f.assign(C11=np.inf), "C11 is inf"),
}


@pytest.mark.parametrize("old", [False, True], ids=["sealed", "format 1"])
@pytest.mark.parametrize("what", IMPOSSIBLE)
def test_numbers_that_the_experiment_cannot_give_are_refused(
    store: Path, what: str, old: bool
) -> None:
    change, words = IMPOSSIBLE[what]
    if old:
        as_format_1(store)
    path = a_cell(store)
    rewrite(path, numbers=lambda frame: change(frame).reset_index(drop=True))
    refused(store, f"{path.name} is not a whole cell .*{words}.*; delete it to train")


@given(experiments())
@settings(max_examples=60)
def test_whatever_an_experiment_gives_is_not_doubted(e: Experiment) -> None:
    (frame,) = run_cells([e])
    assert doubt(e, frame) == ""


def test_what_is_deleted_is_trained_again_and_the_same(store: Path) -> None:
    wanted = read(store)
    a_cell(store).unlink()
    sweep(BASE, hidden=[1, 2], store=store, progress=False)
    assert_frame_equal(read(store), wanted, check_exact=True)


# Words


@pytest.mark.parametrize("about", [b"null", b"[]", b'"x"', b"{", b"[" * 100_000, b"\xff", b""])
def test_a_cell_that_says_nothing_sensible_is_named(store: Path, about: bytes) -> None:
    path = a_cell(store)
    write(path, pd.read_parquet(path), about)
    refused(store, f"{path.name} is not a whole cell")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("format", None, "what format"),
        ("format", True, "what format"),
        ("format", FORMAT + 1, "a newer one is needed"),
        ("experiment", [], "of which experiment"),
        ("experiment", {"hidden": 1}, "name is that of another"),
        ("experiment", {"hiden": 1}, "'hiden' is not a field"),
        ("versions", None, "with which versions"),
        ("versions", {"torch": 2}, "with which versions"),
        ("tables", None, "what its tasks were"),
        ("tables", "x", "four times 16 digits"),
        ("tables", ["0" * 16] * 3, "four times 16 digits"),
    ],
)
def test_a_word_of_a_cell_that_is_wrong_is_named(
    store: Path, name: str, value: Any, words: str
) -> None:
    path = a_cell(store)
    rewrite(path, lambda about: about.update({name: value}))
    refused(store, rf"{path.name}.*{words}")
    rewrite(path, lambda about: about.pop(name))
    refused(store, path.name)


@pytest.mark.parametrize("text", ["null", "[]", "[" * 100_000, '{"format": 2}', '{"format": true}'])
def test_a_plan_that_says_nothing_sensible_is_named(store: Path, text: str) -> None:
    (store / PLAN).write_text(text)
    refused(store, PLAN)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("varied", ["hiden"]),
        ("varied", [["hidden"]]),
        ("varied", ["steps"]),
        ("varied", None),
        ("varied", []),
        ("fixed", None),
        ("fixed", {}),
        ("fixed", {"backbone": "x"}),
        ("tables", [1]),
        ("tables", None),
    ],
)
def test_a_word_of_a_plan_that_is_wrong_is_named(store: Path, name: str, value: Any) -> None:
    rewrite_plan(store, lambda plan: plan.update({name: value}))
    with pytest.raises(ValueError, match=PLAN):
        read(store)


def test_what_may_not_be_read_is_not_called_damaged(
    store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = Path.read_bytes
    closes = [""]

    def closed(path: Path) -> bytes:
        if path.suffix == closes[-1]:
            raise PermissionError(13, "Permission denied", str(path))
        return whole(path)

    monkeypatch.setattr(Path, "read_bytes", closed)  # root may read anything
    for suffix in (".parquet", ".json"):
        closes.append(suffix)
        with pytest.raises(PermissionError):
            sweep(BASE, hidden=[1, 2], store=store, progress=False)
        assert cli.main(["report", str(store)]) == 2
        said = capsys.readouterr().err
        assert "Permission denied" in said and "delete" not in said and "damaged" not in said


# Cells of others


def test_a_cell_of_another_sweep_is_refused_by_field(store: Path, tmp_path: Path) -> None:
    other = replace(BASE, steps=2, learning_rate=3)
    sweep(other, hidden=[3], store=tmp_path / "other", progress=False)
    path = a_cell(tmp_path / "other")
    (store / path.name).write_bytes(path.read_bytes())
    words = rf"{path.name} is a cell of another sweep: its learning_rate is 3\.0, not 0\.5; move it"
    with pytest.raises(ValueError, match=words):
        read(store)


def test_a_cell_under_the_name_of_another_is_refused(store: Path) -> None:
    one, two = sorted(store.glob("*.parquet"))
    two.write_bytes(one.read_bytes())
    refused(store, f"{two.name}.*name is that of another")


def test_other_files_are_no_cells(store: Path) -> None:
    wanted, data = read(store), a_cell(store).read_bytes()
    for name in ("._x.parquet", "copy.parquet", f"._{a_cell(store).name}", ".x.part.parquet"):
        (store / name).write_bytes(data)
    assert_frame_equal(read(store), wanted, check_exact=True)


# Tasks that are called alike


@pytest.fixture
def anew() -> Callable[[str, int], tuple[str, str, str, str]]:
    """Registers a task as in a new kernel, and gives a pairing with it."""

    def register(name: str, bit: int) -> tuple[str, str, str, str]:
        tasks.TASKS.pop(name, None)
        tasks.register(name, lambda points: points[:, bit])
        return name, "s1 XOR s2", "s3", "s3 XOR s4"

    return register


@pytest.mark.parametrize("varied", [False, True], ids=["fixed", "varied"])
def test_another_task_of_the_same_name_gets_no_old_numbers(
    anew: Any, tmp_path: Path, varied: bool
) -> None:
    def swept(folder: str, pairing: Any, hidden: int = 2) -> pd.DataFrame:
        more = {"pairing": [pairing, "xornet"]} if varied else {}
        base = BASE if varied else replace(BASE, pairing=pairing)
        found = sweep(base, hidden=[hidden], **more, store=tmp_path / folder, progress=False)
        return found.runs

    first = swept("mine", anew("mine", 0))
    assert_frame_equal(swept("mine", anew("mine", 0)), first, check_exact=True)
    words = "is of another task 'mine': its truth table is 0000000011111111, not 0000111100001111"
    with pytest.raises(ValueError, match=words):
        swept("mine", anew("mine", 1))
    if not varied:  # no new cell is added either
        with pytest.raises(ValueError, match=words):
            swept("mine", anew("mine", 1), hidden=3)
    assert not swept("other", anew("mine", 1)).equals(first)


def test_a_store_with_a_task_that_is_unknown_here_is_read_by_its_truth_table(
    anew: Any, tmp_path: Path
) -> None:
    own = anew("mine", 0)
    wanted = sweep(BASE, pairing=[own, "easy"], store=tmp_path, progress=False).runs
    del tasks.TASKS["mine"]
    s = sweep_in(tmp_path)
    assert {"easy", ("s1", *own[1:])} == {cell.pairing for cell in s.cells}
    assert_frame_equal(
        s.runs.drop(columns="pairing").sort_values(["S", "run"], ignore_index=True),
        wanted.drop(columns="pairing").sort_values(["S", "run"], ignore_index=True),
        check_exact=True,
    )
    # Here the name means something else: the store's meaning stands.
    anew("mine", 1)
    assert {"easy", ("s1", *own[1:])} == {cell.pairing for cell in sweep_in(tmp_path).cells}


def test_format_1_did_not_say_what_an_own_task_was(anew: Any, tmp_path: Path) -> None:
    own = anew("mine", 0)
    sweep(BASE, pairing=[own, "easy"], store=tmp_path, progress=False)
    as_format_1(tmp_path)
    words = "format 1 does not say what task 'mine' was: train it anew, in a new folder"
    with pytest.raises(ValueError, match=words):
        sweep(BASE, pairing=[own, "easy"], store=tmp_path, progress=False)
    with pytest.raises(ValueError, match=words):
        read(tmp_path)


def test_a_store_of_format_1_is_read_and_goes_on(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = read(store)
    as_format_1(store)
    assert_frame_equal(read(store), wanted, check_exact=True)
    more = sweep(BASE, hidden=[1, 2, 3], store=store, progress=False)
    assert {about_of(path)["format"] for path in store.glob("*.parquet")} == {1, FORMAT}
    monkeypatch.setattr(engine, "train_cells", lambda batch: pytest.fail("trained again"))
    again = sweep(BASE, hidden=[1, 2, 3], store=store, progress=False)
    assert_frame_equal(again.runs, more.runs, check_exact=True)
    assert cli.main(["report", str(store)]) == 0
    page = (store / "report.html").read_text("utf-8")
    assert "2 of 3 cells are of format 1, which had no digest" in page


# A folder


@pytest.mark.parametrize(
    "address",
    ["s3://bucket/out", "https://host/out", "file:///tmp/x", "gs:/bucket", Path("s3://b")],
)
def test_an_address_is_refused(address: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"folder of this machine, not the address '"):
        sweep(BASE, hidden=[1], store=address, progress=False)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("bad", ["", "  ", 3, b"out", ["out"], True])
def test_what_is_no_path_is_refused(bad: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"store must be (a path|the path of a folder)"):
        sweep(BASE, hidden=[1], store=bad, progress=False)


LEFT = (".DS_Store", "desktop.ini", "Thumbs.db", "._x.parquet", "Icon\r", "sweep.json.lock")
LEFT += (f".{'0' * 32}.part.json", f".{PLAN}.0123.part", ".nfs000001", "x.tmp")


@pytest.mark.parametrize("before", [True, False], ids=["in a new folder", "in a store"])
def test_what_systems_and_killed_writers_leave_is_no_obstacle(tmp_path: Path, before: bool) -> None:
    if not before:
        sweep(BASE, hidden=[1], store=tmp_path, progress=False)
    for name in LEFT:
        (tmp_path / name).write_bytes(b"left")
    found = sweep(BASE, hidden=[1], store=tmp_path, progress=False)
    assert_frame_equal(read(tmp_path), found.runs, check_exact=True)
    assert all((tmp_path / name).read_bytes() == b"left" for name in LEFT)


OPENINGS = """
import json, os, pathlib, signal, sys, time
from ncviz import Experiment
from ncviz.sweeps.store import Store

e = Experiment(runs=4, steps=40, n_test=32)
place, delays = pathlib.Path(sys.argv[1]), json.loads(sys.argv[2])

def forked(work):
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return pid

def opened(folder):
    return lambda: Store(folder, e, ["hidden"])

def ended(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

def together(folder):
    ready, start = os.pipe()
    def when_told():
        os.read(ready, 1)
        opened(folder)()
    both = [forked(when_told), forked(when_told)]
    os.write(start, b"..")
    return [ended(pid) for pid in both]

def killed(folder, delay):
    pid = forked(opened(folder))
    end = time.perf_counter() + delay
    while time.perf_counter() < end:
        pass
    os.kill(pid, signal.SIGKILL)
    return ended(pid)

def killed_at(folder, name):
    def die(*_, **__):
        os.kill(os.getpid(), signal.SIGKILL)
    def work():
        setattr(*{"write": (pathlib.Path, "write_bytes", die)}.get(name, (os, name, die)))
        if name == "unlink":
            pathlib.Path.unlink = die
        opened(folder)()
    return ended(forked(work))

print(json.dumps({
    "together": [together(place / f"together {k}") for k in range(60)],
    "killed": [killed(place / f"killed {k}", delay) for k, delay in enumerate(delays)],
    "at": [killed_at(place / f"at {n}", n) for n in ("mkdir", "write", "fsync", "link", "unlink")],
}))
"""

DELAYS = np.linspace(0, 0.006, 40).tolist()


@pytest.fixture(scope="module")
def openings(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, list[Any]]]:
    """New stores: opened by two processes at once, killed after a while, killed at each step."""
    if not hasattr(os, "fork"):
        pytest.skip("processes are forked, so that they begin within a millisecond")
    place = tmp_path_factory.mktemp("openings")
    done = subprocess.run(
        [sys.executable, "-c", OPENINGS, str(place), json.dumps(DELAYS)],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return place, json.loads(done.stdout)


def goes_on(folder: Path) -> None:
    found = sweep(BASE, hidden=[1], store=folder, progress=False)
    assert_frame_equal(read(folder), found.runs, check_exact=True)


def test_two_processes_that_open_a_new_store_at_once_share_it(openings: Any) -> None:
    place, statuses = openings
    assert statuses["together"] == [[0, 0]] * 60
    assert {tuple(os.listdir(folder)) for folder in place.glob("together *")} == {(PLAN,)}


def test_a_store_killed_in_its_first_milliseconds_goes_on(openings: Any) -> None:
    place, statuses = openings
    assert statuses["killed"].count(-9) >= 5 and {*statuses["killed"]} <= {0, -9}
    for k in range(len(DELAYS)):
        goes_on(place / f"killed {k}")


def test_a_store_killed_before_each_change_of_the_disk_goes_on(openings: Any) -> None:
    place, statuses = openings
    assert statuses["at"] == [-9] * 5
    for name in ("mkdir", "write", "fsync", "link", "unlink"):
        goes_on(place / f"at {name}")


def test_a_second_sweep_of_other_fields_is_told_what_the_first_is(tmp_path: Path) -> None:
    sweep(BASE, hidden=[1], store=tmp_path, progress=False)
    with pytest.raises(ValueError, match="holds a sweep over hidden, not over noise"):
        sweep(BASE, noise=[0.1], store=tmp_path, progress=False)


def test_the_plan_says_what_it_is(store: Path) -> None:
    plan = json.loads((store / PLAN).read_text())
    assert plan["format"] == FORMAT and plan["varied"] == ["hidden"] and len(plan["tables"]) == 4
