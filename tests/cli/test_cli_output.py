"""What is trained is told: in any console, with a full disk, and without a stderr."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import ncviz
from ncviz import Experiment, sweep
from ncviz.cli import main as cli
from ncviz.cli.output import PLAIN, readable

SMALL = ["--runs", "3", "--steps", "30", "--n-test", "64"]
EXPERIMENT = Experiment(runs=3, steps=30, n_test=64)
RUN = ["run", *SMALL]
ROOT = Path(ncviz.__file__).parents[1]


def command(*words: str, before: str = "", **options: object) -> subprocess.CompletedProcess[bytes]:
    """The command in a Python of its own, which does something else before."""
    code = f"import sys\n{before}\nfrom ncviz.cli.main import main\nsys.exit(main({[*words]!r}))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    environment |= options.pop("env", {})  # type: ignore[arg-type]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.run([sys.executable, "-c", code], env=environment, timeout=300, **streams)


# Consoles


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_console_without_our_letters_shows_every_number(
    encoding: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(RUN) == 0
    wanted = capsys.readouterr().out
    shown = command(*RUN, env={"PYTHONIOENCODING": encoding})
    assert shown.returncode == 0
    assert shown.stderr == b""
    text = shown.stdout.decode(encoding).replace(os.linesep, "\n")
    for line in ("Signalling delta = ", "Excess D = s_odd - 2 - delta = ", "influence 2sum f = "):
        assert line in text
    letters = {c: plain for c, plain in PLAIN.items() if c not in text}
    assert text == wanted.translate(str.maketrans(letters))


def test_a_negative_number_keeps_its_sign_and_an_unknown_letter_its_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import io

    console = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", console)
    with readable():
        print("D = −0.25, ☃")
    assert console.errors == "strict"
    console.flush()
    assert console.buffer.getvalue() == b"D = -0.25, \\u2603" + os.linesep.encode()


def test_an_error_can_be_read_in_any_console() -> None:
    done = command("run", "--pairing", "δ−☃", env={"PYTHONIOENCODING": "cp1252:strict"})
    assert done.returncode == 2
    assert done.stderr.startswith(b"ncviz: pairing ")


# Files that cannot be written are refused before anything is trained


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Experiment, "stream", lambda *_: pytest.fail("it was trained"))
    monkeypatch.setattr("ncviz.sweeps.sweep", lambda *_, **__: pytest.fail("it was trained"))


@pytest.mark.parametrize("words", [RUN, ["sweep", *SMALL, "--hidden", "1,2"]], ids=["run", "sweep"])
def test_a_file_that_cannot_be_written_is_refused_first(
    words: list[str],
    idle: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    kept = tmp_path / "kept.csv"
    kept.write_text("precious")
    access = os.access
    # To root, who may run this, nothing is write-protected.
    monkeypatch.setattr(os, "access", lambda path, mode: path != kept and access(path, mode))
    for path, why in (
        (kept, "is write-protected"),
        (tmp_path, "is no file"),
        (tmp_path / "missing" / "runs.csv", "there is no folder"),
    ):
        assert cli.main([*words, "--csv", str(path)]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("ncviz: csv: ") and why in err and err.count("\n") == 1
    assert kept.read_text() == "precious"


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no such right there")
@pytest.mark.skipif(sys.platform != "win32" and os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_to_is_refused_first(idle: None, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert cli.main([*RUN, "--csv", str(tmp_path / "runs.csv")]) == 2


def test_a_folder_that_takes_no_file_is_refused_first(
    idle: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    assert cli.main([*RUN, "--csv", str(tmp_path / "runs.csv")]) == 2
    assert "csv: nothing can be written to" in capsys.readouterr().err


# Files that turn out not to be writable cost nothing else

LIMIT = """
import ncviz.results.result, ncviz.meaning.verdict, pandas, resource, tqdm
resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))
"""
"""From now on no file of this process grows beyond 200 bytes, as on a disk that becomes full."""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of a file's size there")
def test_a_full_disk_keeps_the_numbers_on_the_screen_and_no_half_file(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    path.write_text("of yesterday")
    done = command(*RUN, "--json", "--csv", str(path), before=LIMIT)
    assert done.returncode == 2
    s = EXPERIMENT.run().s
    assert json.loads(done.stdout)["S"] == {"value": s.value, "low": s.low, "high": s.high, "n": 3}
    error = done.stderr.decode()
    assert "csv: " in error and "could not be written" in error and "Traceback" not in error
    assert [*tmp_path.iterdir()] == [path]
    assert path.read_text() == "of yesterday"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_an_output_that_is_full_costs_neither_the_numbers_nor_the_file(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    with open("/dev/full", "wb") as full:
        done = command(*RUN, "--csv", str(path), stdout=full)
    assert done.returncode != 0
    error = done.stderr.decode()
    assert "the output could not be written" in error
    assert "Signalling δ = " in error
    assert len(pd.read_csv(path)) == 3


def test_a_sweep_whose_file_fails_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def half(self: Path, _data: bytes) -> None:
        self.write_text("run,S\n0,")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    words = ["sweep", *SMALL, "--hidden", "1,2", "--csv", str(tmp_path / "runs.csv")]
    assert cli.main(words) == 2
    out, err = capsys.readouterr()
    for row in sweep(EXPERIMENT, hidden=[1, 2], progress=False).summary.itertuples():
        assert f"{row.S:.3f}" in out
    assert "No space left on device" in err
    assert [*tmp_path.iterdir()] == []


# Without a console


def test_without_a_stderr_everything_is_trained_and_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    assert cli.main([*RUN, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["S"]["n"] == 3
    assert cli.main(["run", "--hidden", "0"]) == 2
    assert capsys.readouterr().out == "", "an error is no output"
    assert len(sweep(EXPERIMENT, hidden=[1, 2], progress=True).runs) == 6
    monkeypatch.setattr(sys, "stdout", None)
    assert cli.main(RUN) == 0
