"""Sweeps: the same numbers to the bit however they are made, and nothing lost."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
import statsmodels.formula.api as smf
from pandas.testing import assert_frame_equal

import ncviz
from ncviz import Experiment, Sweep, figures, regress, sweep
from ncviz.basics.writing import as_csv
from ncviz.fields import CHOICES
from ncviz.results.pins import Pins
from ncviz.sweeps import cell as cell_module
from ncviz.sweeps import cost, engine
from ncviz.sweeps.cell import batches, run_cells, train_cells
from ncviz.sweeps.cost import seconds, work
from ncviz.sweeps.frames import cell_summaries, cell_summary
from ncviz.sweeps.grid import grid
from ncviz.sweeps.identity import FORMAT
from ncviz.sweeps.store import PLAN, Store
from stores import LATER, as_format_1, sweep_in


def run_cell(cell: Experiment) -> pd.DataFrame:
    """A cell trained alone."""
    (frame,) = run_cells([cell])
    return frame


BASE = Experiment(runs=6, steps=60, n_test=64)
SIZES = [1, 2, 3]


def small(**more: Any) -> Sweep:
    return sweep(BASE, hidden=SIZES, learning_rate=[0.1, 0.5], progress=False, **more)


@pytest.fixture(scope="module")
def plain() -> pd.DataFrame:
    return small().runs


# The grid


def test_a_grid_has_every_combination_once_the_first_field_slowest() -> None:
    cells = grid(BASE, {"hidden": range(1, 3), "pairing": ["xornet", ("s1", "s2", "s3", "s4")]})
    assert [(c.hidden, c.pairing) for c in cells] == [
        (1, "xornet"),
        (1, ("s1", "s2", "s3", "s4")),
        (2, "xornet"),
        (2, ("s1", "s2", "s3", "s4")),
    ]
    assert {replace(c, hidden=3, pairing="xornet") for c in cells} == {BASE}


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (4, [4]),
        (np.arange(2, 5), [2, 3, 4]),
        ((2, 3), [2, 3]),
        (iter([5]), [5]),
    ],
)
def test_one_value_or_several_may_be_given(value: Any, wanted: list[int]) -> None:
    assert [cell.hidden for cell in grid(BASE, {"hidden": value})] == wanted


def test_one_own_pairing_is_one_value() -> None:
    own = ("s1", "s1 XOR s2", "s3", "s3 XOR s4")
    assert [cell.pairing for cell in grid(BASE, {"pairing": own})] == [own]


def test_a_sample_is_part_of_the_grid_and_the_same_each_time() -> None:
    fields = {"hidden": range(1, 9), "seed": range(5)}
    whole, some = grid(BASE, fields), grid(BASE, fields, sample=7)
    assert len(set(some)) == 7
    assert some == [cell for cell in whole if cell in some]
    assert some == grid(BASE, fields, sample=7)
    assert some != grid(replace(BASE, seed=1), {"hidden": range(1, 9)}, sample=7)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"hiden": [1]}, "'hiden' is not a field"),
        ({"hidden": []}, "hidden must be 1 to 1000000 values"),
        ({"hidden": [0, 1]}, "hidden must be a whole number"),
        ({"hidden": [1, 1]}, "there twice"),
        ({"pairing": ["xornet", "nonsense"]}, "nonsense"),
        ({"seed": range(2000), "hidden": range(1, 2000)}, "at most 1000000 cells"),
        ({"hidden": [1, 2], "sample": 3}, "sample must be a whole number from 1 to 2"),
        ({"hidden": [1, 2], "sample": 0}, "sample must be a whole number from 1 to 2"),
    ],
)
def test_a_bad_grid_is_refused_at_once(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        sweep(BASE, progress=False, **fields)


def test_a_sweep_needs_an_experiment() -> None:
    with pytest.raises(ValueError, match="experiment must be an Experiment"):
        sweep("xornet", hidden=[1])


# The frame


def test_each_cell_is_the_experiment_run_alone(plain: pd.DataFrame) -> None:
    assert [*plain.columns[:3]] == ["hidden", "learning_rate", "seed"]
    assert len(plain) == 6 * 6
    alone = replace(BASE, hidden=2, learning_rate=0.1).run().runs
    part = plain[(plain.hidden == 2) & (plain.learning_rate == 0.1)].reset_index(drop=True)
    assert_frame_equal(part[alone.columns], alone, check_exact=True)


SEEDS = [3, 2**53 + 1, 2**63 + 3, 2**64 - 1]


def test_seeds_of_every_size_stand_in_every_frame_exactly(tmp_path: Path) -> None:
    s = sweep(replace(BASE, runs=2), seed=SEEDS, progress=False)
    results = [replace(BASE, runs=2, seed=seed).run().runs for seed in SEEDS]
    s.runs.to_parquet(tmp_path / "runs.parquet")
    pins = Pins()
    for seed in SEEDS:
        pins.add(replace(BASE, runs=2, seed=seed).run())
    for frame in (
        s.runs,
        pd.concat(results),
        pd.concat([s.runs, *results])[: 2 * len(SEEDS)],
        pd.read_parquet(tmp_path / "runs.parquet"),
        pd.read_csv(io.BytesIO(as_csv(s.runs)), dtype={"seed": "uint64"}),
        pins.frame,
    ):
        assert frame.seed.dtype == np.uint64
        assert frame.seed.tolist() == [seed for seed in SEEDS for _ in range(2)]
    assert s.summary.seed.tolist() == SEEDS


def test_runs_of_a_sweep_and_of_a_result_are_told_apart_by_their_seed() -> None:
    e = replace(BASE, runs=20)
    s, r = sweep(e, hidden=[1, 2], progress=False), replace(e, hidden=2, seed=2**64 - 1).run()
    both = pd.concat([s.runs, r.runs])
    found = regress(both, "S ~ test_error", cov="cluster")
    assert found.data.n_clusters == 40
    apart = both.drop_duplicates(["seed", "run"])
    theirs = smf.ols("S ~ test_error", both).fit(
        cov_type="cluster", cov_kwds={"groups": both.groupby(["seed", "run"]).ngroup()}
    )
    assert len(apart) == 40
    assert found.fit.bse.tolist() == pytest.approx(theirs.bse.tolist())
    told = " ".join(text.get_text() for text in figures.influences(found).texts)
    assert str(2**64 - 1) in "".join([found.summary(), told])
    dots = figures.influences(found).collections[0].get_offsets()
    assert len(dots) == 60, "each run once, though labels are there twice"


def test_own_pairings_are_written_as_their_tasks() -> None:
    own = ("s1", "s1 XOR s2", "s3", "s3 XOR s4")
    s = sweep(replace(BASE, runs=2), pairing=[own, "easy"], progress=False)
    assert s.runs.pairing.unique().tolist() == ["s1 | s1 XOR s2 | s3 | s3 XOR s4", "easy"]


def test_swing_is_the_spread_of_the_late_losses_about_their_line() -> None:
    e = replace(BASE, steps=320)
    frame = run_cell(e)
    for snapshot in e.stream(every=10):
        result = snapshot.result
    losses = result.losses[result.losses.step >= 240]
    for run in range(e.runs):
        sizes = []
        for _, curve in losses[losses.run == run].groupby(["setting", "head"]):
            line = np.polynomial.Polynomial.fit(curve.step, curve.loss, 1)(curve.step)
            sizes.append(np.std(curve.loss - line))
        assert frame.swing[run] == pytest.approx(np.mean(sizes), rel=1e-4)


def test_the_summary_of_a_cell_is_that_of_its_result() -> None:
    e = replace(BASE, runs=30, steps=400)
    found, wanted = cell_summary(e, run_cell(e)), e.run().summary
    assert (found["S"], found["S_low"], found["S_high"]) == pytest.approx(
        (wanted.s.value, wanted.s.low, wanted.s.high), abs=1e-12
    )
    for name in ("delta", "D"):
        estimate = getattr(wanted, name)
        three = (found[name], found[f"{name}_low"], found[f"{name}_high"])
        assert three == pytest.approx((estimate.value, estimate.low, estimate.high), abs=1e-12)
    assert found["above"] == wanted.above / 30


def test_summaries_of_many_cells_are_those_of_each_to_the_bit() -> None:
    cells = [
        replace(BASE, runs=runs, seed=seed, hidden=1 + seed, learning_rate=rate, activation="relu")
        for runs in (1, 4, 30)
        for seed, rate in enumerate((0.05, 0.5, 3.0, 1e9, 1e30))
    ]
    frames = [run_cell(cell) for cell in cells]
    alone = [cell_summary(cell, frame) for cell, frame in zip(cells, frames, strict=True)]
    columns = [{name: frame[name].to_numpy() for name in frame} for frame in frames]
    assert repr(cell_summaries(cells, frames)) == repr(cell_summaries(cells, columns))
    assert repr(cell_summaries(cells, frames)) == repr(alone)
    assert {row["regime"] for row in alone} >= {"diverges"} and cell_summaries([], []) == []


def test_regimes_are_told_apart() -> None:
    regimes = {
        rate: cell_summary(e, run_cell(e))["regime"]
        for rate in (0.05, 1e9)
        for e in [replace(BASE, learning_rate=rate, steps=300, hidden=6)]
    }
    assert regimes[0.05] == "converges"
    relu = Experiment(hidden=3, activation="relu", learning_rate=1e30, runs=4, steps=200)
    assert cell_summary(relu, run_cell(relu))["regime"] == "diverges"
    wild = Experiment(hidden=3, learning_rate=5, runs=8, steps=800)
    assert cell_summary(wild, run_cell(wild))["regime"] == "oscillates"


def test_a_diverged_cell_has_no_s() -> None:
    e = Experiment(hidden=3, activation="relu", learning_rate=1e30, runs=4, steps=50)
    found = cell_summary(e, run_cell(e))
    assert (found["n"], found["diverged"]) == (0, 4)
    assert np.isnan([found["S"], found["S_low"], found["delta"], found["swing"]]).all()


# Sharing a batch


SHARED = [
    replace(BASE, runs=runs, learning_rate=rate, seed=seed, pairing=pairing, noise=noise, **rule)
    for runs, rate, seed, pairing, noise, rule in (
        (6, 0.1, 0, "xornet", 0.2, {}),
        (50, 0.5, 1, "chain", 0.0, {"outcome": "success", "threshold": 0.7}),
        (1, 30.0, 2, ("s1", "s2", "s3", "s1 XOR s2"), 1.0, {}),
        (17, 0.5, 0, "xornet", 0.2, {}),
    )
]


@pytest.mark.parametrize("optimizer", CHOICES["optimizer"])
@pytest.mark.parametrize("trunk", CHOICES["trunk"])
def test_cells_that_share_a_batch_train_to_the_bit_as_alone(optimizer: str, trunk: str) -> None:
    cells = [replace(cell, optimizer=optimizer, trunk=trunk) for cell in SHARED]
    assert batches(cells) == [cells]
    for cell, frame in zip(cells, run_cells(cells), strict=True):
        assert_frame_equal(frame, run_cell(cell), check_exact=True)
        alone = cell.run().runs.drop(columns="seed")
        assert_frame_equal(frame[alone.columns], alone, check_exact=True)


def test_cells_of_the_rule_oscillation_share_a_batch_too() -> None:
    cells = [replace(BASE, outcome="oscillation", seed=seed) for seed in range(3)]
    assert batches(cells) == [cells]
    for cell, frame in zip(cells, run_cells(cells), strict=True):
        assert_frame_equal(frame, run_cell(cell), check_exact=True)


@pytest.mark.parametrize(
    "other",
    [
        {"hidden": 4},
        {"steps": 61},
        {"batch_size": 7},
        {"n_train": 65},
        {"n_test": 65},
        {"optimizer": "adam"},
        {"activation": "relu"},
        {"trunk": "separate"},
        {"outcome": "oscillation"},
        {"shared_gradient": "pcgrad"},
        {"sampling": "full"},
        {"device": "cuda"},
    ],
    ids=str,
)
def test_cells_that_step_differently_do_not_share_a_batch(other: dict[str, Any]) -> None:
    cells = [BASE, replace(BASE, seed=1), replace(BASE, **other)]
    assert batches(cells) == [cells[:2], cells[2:]]


def test_no_batch_is_wider_than_a_block_unless_one_cell_is() -> None:
    cells = [replace(BASE, runs=200, seed=seed) for seed in range(5)]
    cells.append(replace(BASE, runs=2000))
    found = batches(cells)
    assert [len(batch) for batch in found] == [2, 2, 1, 1]
    assert [cell for batch in found for cell in batch] == cells


def test_a_cell_of_many_runs_is_trained_in_pieces_to_the_bit_as_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    e = replace(BASE, runs=40)
    whole = run_cell(e)
    monkeypatch.setattr(cell_module, "RUNS_PER_BLOCK", 16)
    assert_frame_equal(run_cell(e), whole, check_exact=True)
    assert whole.run.tolist() == [*range(40)]
    alone = e.run().runs.drop(columns="seed")
    assert_frame_equal(whole[alone.columns], alone, check_exact=True)


# The store


def test_with_a_store_the_numbers_are_the_same_and_nothing_is_trained_twice(
    plain: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_frame_equal(small(store=tmp_path / "out").runs, plain, check_exact=True)
    monkeypatch.setattr(engine, "train_cells", lambda batch: pytest.fail("trained again"))
    assert_frame_equal(small(store=tmp_path / "out").runs, plain, check_exact=True)


def test_a_store_takes_more_values_of_the_same_fields(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep(BASE, hidden=[1, 2], store=tmp_path, progress=False)
    trained: list[int] = []

    def noted(batch: list[Experiment]) -> Any:
        trained.extend(cell.hidden for cell in batch)
        return train_cells(batch)

    monkeypatch.setattr(engine, "train_cells", noted)
    s = sweep(BASE, hidden=[1, 2, 3], store=tmp_path, progress=False)
    assert trained == [3]
    assert s.runs.hidden.unique().tolist() == [1, 2, 3]


def test_a_cell_keeps_its_experiment_and_the_versions(tmp_path: Path) -> None:
    sweep(BASE, hidden=[2], store=tmp_path, progress=False)
    (path,) = tmp_path.glob("*.parquet")
    about = json.loads(pyarrow.parquet.read_schema(path).metadata[b"ncviz"])
    assert about["experiment"] == asdict(replace(BASE, hidden=2))
    assert about["versions"]["ncviz"] == ncviz.__version__
    assert set(about["versions"]) == {"ncviz", "torch", "numpy", "python"}
    assert list(sweep_in(tmp_path).cells) == [replace(BASE, hidden=2)]


def test_another_experiments_store_is_refused_by_field(tmp_path: Path) -> None:
    sweep(BASE, hidden=[1], store=tmp_path, progress=False)
    with pytest.raises(ValueError, match="its steps is 60, not 70"):
        sweep(replace(BASE, steps=70), hidden=[1], store=tmp_path, progress=False)
    with pytest.raises(ValueError, match="a sweep over hidden, not over hidden, noise"):
        sweep(BASE, hidden=[1], noise=[0.1], store=tmp_path, progress=False)


def test_a_store_from_before_there_were_interventions_still_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    s = sweep(BASE, hidden=[1, 2], store=tmp_path, progress=False)
    as_format_1(tmp_path, without=LATER)
    monkeypatch.setattr(engine, "train_cells", lambda batch: pytest.fail("trained again"))
    again = sweep(BASE, hidden=[1, 2], store=tmp_path, progress=False)
    assert_frame_equal(again.runs, s.runs, check_exact=True)
    assert_frame_equal(sweep_in(tmp_path).runs, s.runs, check_exact=True)
    with pytest.raises(ValueError, match="its sampling is 'minibatch', not 'full'"):
        sweep(replace(BASE, sampling="full"), hidden=[1], store=tmp_path, progress=False)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    sweep(BASE, hidden=[1], store=tmp_path, progress=False)
    plan = json.loads((tmp_path / PLAN).read_text())
    (tmp_path / PLAN).write_text(json.dumps(plan | {"format": FORMAT + 1}))
    with pytest.raises(ValueError, match="a newer one is needed"):
        sweep(BASE, hidden=[1], store=tmp_path, progress=False)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "1"}', '{"format": 1}', "\x00\xff"])
def test_a_broken_plan_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / PLAN).write_text(text)
    with pytest.raises(ValueError, match=PLAN):
        Store.open(tmp_path)


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ValueError, match="neither"):
        sweep(BASE, hidden=[1], store=tmp_path, progress=False)
    with pytest.raises(ValueError, match="is a file"):
        sweep(BASE, hidden=[1], store=tmp_path / "thesis.tex", progress=False)
    with pytest.raises(ValueError, match="is not the store of a sweep"):
        Store.open(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("cut", [0, 10, 500])
def test_a_damaged_cell_is_named(tmp_path: Path, cut: int) -> None:
    sweep(BASE, hidden=[1], store=tmp_path, progress=False)
    (path,) = tmp_path.glob("*.parquet")
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ValueError, match=f"{path.name} is not a whole cell .* delete it"):
        sweep(BASE, hidden=[1], store=tmp_path, progress=False)


def test_an_interrupted_sweep_keeps_what_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(batch: list[Experiment]) -> Any:
        if batch[0].hidden == 3:
            yield 0.5
            raise KeyboardInterrupt
        return (yield from train_cells(batch))

    monkeypatch.setattr(engine, "train_cells", interrupted)
    with pytest.warns(UserWarning, match="1 of 3 cells were not trained"):
        s = sweep(BASE, hidden=SIZES, store=tmp_path, progress=False)
    assert [cell.hidden for cell in s.missing] == [3]
    assert s.runs.hidden.unique().tolist() == [1, 2]
    assert len([*tmp_path.glob("*.parquet")]) == 2


SLOW = """
import sys
from ncviz import Experiment, sweep
base = Experiment(runs=6, steps=600, n_test=64)
sweep(base, hidden=range(1, 9), store=sys.argv[1], progress=False)
"""


def test_a_killed_sweep_resumes_where_it_was_and_ends_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    kills = 0
    environment = {**os.environ, "PYTHONPATH": str(Path(ncviz.__file__).parents[1])}
    for wanted in (2, 5):
        process = subprocess.Popen([sys.executable, "-c", SLOW, str(folder)], env=environment)
        end = time.monotonic() + 60
        while len([*folder.glob("*.parquet")]) < wanted and time.monotonic() < end:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        kills += process.wait() == -signal.SIGKILL
    assert kills >= 1
    before = {path: path.stat().st_mtime_ns for path in folder.glob("*.parquet")}
    base = Experiment(runs=6, steps=600, n_test=64)
    s = sweep(base, hidden=range(1, 9), store=folder, progress=False)
    assert {path: path.stat().st_mtime_ns for path in before} == before, "no cell is made again"
    assert_frame_equal(
        s.runs, sweep(base, hidden=range(1, 9), progress=False).runs, check_exact=True
    )


def test_a_sweep_on_its_way_counts_cells_and_tells_the_time_that_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, cells = [100.0], [replace(BASE, seed=seed, steps=60 + seed) for seed in range(4)]

    def train(batch: list[Experiment]) -> Any:
        yield 0.5
        return [run_cell(cells[0]) for _ in batch]

    for name, instead in (
        ("seconds", lambda cells: 600.0),
        ("monotonic", lambda: clock[0]),
        ("work", lambda cell: 10.0),
        ("train_cells", train),
    ):
        monkeypatch.setattr(engine, name, instead)
    there = replace(BASE, seed=9)  # one of the five was there before
    on_its_way = engine.Sweeping(
        BASE, ("seed", "steps"), [there, *cells], finished={there: run_cell(there)}
    )
    assert on_its_way.words == "1 of 5 cells finished; about 10 minutes left"
    steps = on_its_way.steps()
    assert list(next(steps)) == [] and on_its_way.share == 1 / 8
    clock[0] += 30
    assert next(steps) == cells[:1] and on_its_way.share == 1 / 4
    assert on_its_way.words == "2 of 5 cells finished; about 1.5 minutes left"
    assert [*filter(None, steps)] == [[cell] for cell in cells[1:]]
    assert (on_its_way.share, on_its_way.words) == (1.0, "5 of 5 cells finished")
    assert not on_its_way.sweep.missing


# On a cluster


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
    ) as made:
        yield made


def test_on_a_cluster_the_numbers_are_the_same(
    cluster: Any, plain: pd.DataFrame, tmp_path: Path
) -> None:
    from distributed import Client

    with Client(cluster) as client:
        assert_frame_equal(small(client=client).runs, plain, check_exact=True)
        there = small(client=client, store=tmp_path).runs
        assert_frame_equal(there, plain, check_exact=True)


def test_in_eight_threads_of_one_worker_the_numbers_are_the_same(plain: pd.DataFrame) -> None:
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=1, threads_per_worker=8, dashboard_address=None, host="127.0.0.1"
        ) as made,
        Client(made) as client,
    ):
        assert_frame_equal(small(client=client).runs, plain, check_exact=True)


def test_a_sweep_outlives_a_worker_that_is_killed(cluster: Any, tmp_path: Path) -> None:
    from distributed import Client

    base = Experiment(runs=16, steps=1500)
    killed = []

    def kill_one(cell: Experiment, client: Any) -> None:
        if not killed:
            pid = next(iter(client.run(os.getpid).values()))
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    with Client(cluster) as client, pytest.MonkeyPatch.context() as patch:
        save = Store.save

        def save_and_kill(self: Store, cell: Experiment, frame: pd.DataFrame) -> None:
            save(self, cell, frame)
            kill_one(cell, client)

        patch.setattr(Store, "save", save_and_kill)
        s = sweep(base, hidden=range(1, 7), store=tmp_path, client=client, progress=False)
    assert killed
    assert not s.missing
    wanted = sweep(base, hidden=range(1, 7), progress=False).runs
    assert_frame_equal(s.runs, wanted, check_exact=True)


# What it costs


def test_the_estimate_is_the_work_times_what_a_short_piece_took(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cells = grid(Experiment(runs=50, steps=1000), {"hidden": [2, 4]})
    clock = iter([10.0, 15.0, 20.0, 23.0])  # the piece takes three seconds, once all is loaded
    monkeypatch.setattr(cost.time, "thread_time", lambda: next(clock))
    piece = replace(cells[1], steps=cost.PROBE_STEPS)
    assert seconds(cells) == pytest.approx(3 * (work(cells[0]) + work(cells[1])) / work(piece))
    assert seconds([]) == 0


def test_what_only_the_first_training_costs_is_not_multiplied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, costs = [0.0], iter([100.0, 3.0])

    def trained(batch: list[Experiment]) -> None:
        now[0] += next(costs)

    monkeypatch.setattr(cost, "run_cells", trained)
    monkeypatch.setattr(cost.time, "thread_time", lambda: now[0])
    probe = replace(BASE, steps=cost.PROBE_STEPS)
    assert seconds([probe]) == pytest.approx(3)


@pytest.mark.slow
def test_the_first_estimate_is_right_within_a_factor_of_two() -> None:
    """In one of three tries: a busy machine makes the short piece or the whole slower."""
    ratios = []
    for k in range(3):
        cells = grid(replace(BASE, steps=400, runs=20, seed=100 * k), {"hidden": range(1, 21, 3)})
        cells += grid(replace(BASE, seed=100 * k), {"seed": range(100 * k, 100 * k + 20)})
        said, start = seconds(cells), time.thread_time()  # without what else the machine does
        for batch in batches(cells):
            run_cells(batch)
        ratios.append(said / (time.thread_time() - start))
        if 0.5 < ratios[-1] < 2:
            return
    raise AssertionError(f"estimates were {ratios} times the real time")


def test_cells_that_share_a_batch_are_estimated_to_share_its_calls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter([0.0, 1.0] * 4)
    monkeypatch.setattr(cost.time, "thread_time", lambda: next(clock))
    few = replace(BASE, steps=5000)
    shared = grid(few, {"seed": range(4)})
    apart = [few, replace(few, activation="sigmoid")]
    saved = 3 * cost.CALLS * 5000 / work(replace(few, steps=cost.PROBE_STEPS))
    alone = sum(map(work, shared)) / work(replace(few, steps=cost.PROBE_STEPS))
    assert seconds(shared) == pytest.approx(alone - saved)
    assert seconds(apart) == pytest.approx(
        sum(map(work, apart)) / work(replace(few, steps=cost.PROBE_STEPS))
    )


def test_work_grows_with_steps_runs_and_neurons() -> None:
    e = Experiment()
    assert 1.5 * work(e) < work(replace(e, steps=4000)) < 2 * work(e)
    assert work(replace(e, runs=400)) > 2 * work(e)
    assert work(replace(e, hidden=8)) > work(e)
    assert work(replace(e, trunk="separate")) > work(e)
    assert work(replace(e, batch_size=64)) > work(e)


def test_a_bar_says_beforehand_how_long_it_will_take(capsys: pytest.CaptureFixture[str]) -> None:
    sweep(replace(BASE, runs=2), hidden=[1, 2], progress=True)
    assert "2 cells, about 1 second" in capsys.readouterr().err


def test_a_sweep_with_nothing_left_to_train_shows_no_bar(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for _again in range(2):
        sweep(replace(BASE, runs=2), hidden=[1], store=tmp_path, progress=True)
        said = capsys.readouterr().err
        assert ("1 cell, about" in said) == (_again == 0)
        assert "0 cells" not in said
