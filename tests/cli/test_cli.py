"""`ncviz run`: the numbers of the library, and plain words for a bad value."""

import ast
import csv
import json
import os
import re
import subprocess
import sys
from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import ncviz
from ncviz import Experiment
from ncviz.cli import main as cli
from ncviz.inference import p_above

ROOT = Path(ncviz.__file__).parents[1]
SMALL = ["--runs", "2", "--steps", "30", "--n-test", "100", "--seed", str(2**64 - 1)]
EXPERIMENT = Experiment(runs=2, steps=30, n_test=100, seed=2**64 - 1)


def ncviz_run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What `ncviz run` prints when all goes well."""
    assert cli.main(["run", *words]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


# Numbers


def test_json_has_the_keys_of_the_design_and_the_numbers_of_the_library(
    capsys: pytest.CaptureFixture[str],
) -> None:
    printed = json.loads(ncviz_run(capsys, *SMALL, "--json"))
    result = EXPERIMENT.run()
    numbers = {
        "S": result.s,
        "D_ceiling": result.summary.ceiling,
        "influence": result.summary.influence,
        "least_influence": result.summary.least_influence,
        "hidden_influence": result.summary.hidden,
    }
    others = {"experiment", "correlators", "marginals", "p_above_2"}
    others |= {"delta", "D", "delta_interval", "D_interval"}
    assert set(printed) == {*others, *numbers}
    for name, number in (("delta", result.summary.delta), ("D", result.summary.D)):
        assert printed[name] == number.value
        assert printed[f"{name}_interval"] == [number.low, number.high]
    for name, number in numbers.items():
        assert printed[name] == asdict(number), name
    assert printed["p_above_2"] == p_above(result.paired)
    assert printed["experiment"] == asdict(EXPERIMENT)
    s = result.s
    assert printed["S"] == {"value": s.value, "low": s.low, "high": s.high, "n": 2}
    assert printed["correlators"] == result.correlators.to_dict(orient="index")
    assert printed["marginals"] == result.marginals.to_dict(orient="index")
    assert printed["delta"] == pytest.approx(result.behavior.delta, abs=1e-12)
    assert printed["D"] == pytest.approx(result.behavior.D, abs=1e-12)


def test_correlators_in_json_go_by_alices_task_then_bobs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    printed = json.loads(ncviz_run(capsys, *SMALL, "--json"))
    means = EXPERIMENT.run().runs.mean()
    for x, y in product("12", repeat=2):
        c = printed["correlators"][f"A{x}"][f"B{y}"]
        assert c == pytest.approx(means[f"C{x}{y}"], abs=1e-12)


def test_every_field_of_an_experiment_has_a_flag(capsys: pytest.CaptureFixture[str]) -> None:
    e = Experiment(
        hidden=2,
        pairing="easy",
        learning_rate=0.1,
        steps=3,
        batch_size=2,
        runs=2,
        seed=7,
        noise=0,
        n_train=5,
        n_test=6,
        trunk="separate",
        threshold=0.5,
    )
    fields = asdict(e).items()
    flags = [word for k, v in fields for word in (f"--{k.replace('_', '-')}", str(v))]
    assert json.loads(ncviz_run(capsys, *flags, "--json"))["experiment"] == asdict(e)


def test_without_flags_the_experiment_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(ncviz_run(capsys, "--json"))["experiment"] == asdict(Experiment())


def test_a_pairing_may_be_four_tasks(capsys: pytest.CaptureFixture[str]) -> None:
    four = ["s1", "s1 XOR s2", "s3", "MAJORITY(s1, s2, s3)"]
    printed = json.loads(ncviz_run(capsys, *SMALL, "--pairing", *four, "--json"))
    assert printed["experiment"]["pairing"] == four


def test_csv_is_the_frame_of_runs(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    ncviz_run(capsys, *SMALL, "--csv", str(path))
    runs = EXPERIMENT.run().runs
    header, *rows = csv.reader(path.read_text().splitlines())
    assert header == list(runs.columns)
    assert len(rows) == len(runs)
    for row, wanted in zip(rows, runs.itertuples(index=False), strict=True):
        assert [type(w)(ast.literal_eval(v)) for v, w in zip(row, wanted, strict=True)] == [*wanted]


def test_text_shows_s_with_its_interval_correlators_marginals_delta_and_excess(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = ncviz_run(capsys, *SMALL).replace("−", "-")
    result = EXPERIMENT.run()
    s = result.s
    assert EXPERIMENT.code() in text
    assert f"S = {s.value:.2f} [{s.low:.2f}, {s.high:.2f}]" in text
    for x, y in product("12", repeat=2):
        assert f"C{x}{y}  {result.correlators.loc[f'A{x}', f'B{y}']:.3f}" in text
    for task, row in result.marginals.iterrows():
        other = "B" if task in ("A1", "A2") else "A"
        beside = (
            rf"{task}  {row['1']:.3f} \S.* beside {other}1, {row['2']:.3f} \S.* beside {other}2"
        )
        assert re.search(beside, text)
    assert f"δ = {result.behavior.delta:.3f}" in text
    assert f"D = s_odd - 2 - δ = {result.behavior.D:.3f}" in text


def test_diverged_runs_are_null_in_json_and_said_in_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = [*SMALL, "--learning-rate", "1e38"]
    strict: Any = {"parse_constant": lambda name: pytest.fail(f"{name} is not JSON")}
    printed = json.loads(ncviz_run(capsys, *words, "--json"), **strict)
    assert [printed["delta"], printed["D_interval"]] == [None, [None, None]]
    for name in ("S", "D_ceiling", "least_influence", "hidden_influence"):
        assert printed[name] == {"value": None, "low": None, "high": None, "n": 0}
    assert printed["p_above_2"] is None
    assert "Every run diverged" in ncviz_run(capsys, *words)


def test_one_run_has_no_interval(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--runs", "1", "--steps", "30"]
    printed = json.loads(ncviz_run(capsys, *words, "--json"))
    assert (printed["S"]["low"], printed["S"]["high"], printed["S"]["n"]) == (None, None, 1)
    assert "no interval from one run" in ncviz_run(capsys, *words)


# Bad values


@pytest.mark.parametrize(
    ("flags", "field"),
    [
        (["--hidden", "0"], "hidden"),
        (["--hidden", "three"], "hidden"),
        (["--hidden", "1_0"], "hidden"),
        (["--noise", "٣"], "noise"),
        (["--learning-rate", "nan"], "learning_rate"),
        (["--learning-rate", "-1"], "learning_rate"),
        (["--batch-size", "65"], "batch_size"),
        (["--seed", str(2**64)], "seed"),
        (["--trunk", "none"], "trunk"),
        (["--pairing", "xornett"], "pairing"),
        (["--pairing", "s1", "s2"], "pairing"),
        (["--device", "tpu"], "device"),
    ],
    ids=lambda words: words if isinstance(words, str) else " ".join(words),
)
def test_a_bad_value_is_named_with_status_2(
    flags: list[str], field: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", *flags]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"ncviz: {field} ")
    assert err.count("\n") == 1, "one line, no traceback"


def test_a_path_that_cannot_be_written_is_named_with_status_2(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert cli.main(["run", *SMALL, "--csv", str(tmp_path / "missing" / "runs.csv")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "missing" in err and err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["run", "--hiden", "3"], "--hiden"),
        (["run", "surplus"], "surplus"),
        (["run", "--csv"], "--csv"),
        (["walk"], "unknown command 'walk'; known: lab, "),
        (["rnu"], "unknown command 'rnu'; did you mean 'run'?"),
        ([], "required"),
    ],
    ids=lambda words: words if isinstance(words, str) else " ".join(words),
)
def test_an_argument_that_is_not_understood_ends_with_status_2(
    words: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(words)
    assert stop.value.code == 2
    assert named in capsys.readouterr().err


def test_python_m_ncviz_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ncviz", "--version"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, f"ncviz {ncviz.__version__}\n", "")


def test_a_csv_in_a_missing_folder_is_refused_before_the_training(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert cli.main(["run", "--steps", "10000000", "--csv", str(tmp_path / "no" / "x.csv")]) == 2
    assert "there is no folder" in capsys.readouterr().err
