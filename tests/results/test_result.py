"""`Result` and `Snapshot`: every number follows from the outcomes, which follow from the nets."""

from collections.abc import Iterator
from itertools import product
from math import fsum
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import ncviz.results.recording
from ncviz import Experiment, NCnet
from ncviz.bell import Behavior
from ncviz.engine.chance import draw
from ncviz.meaning.verdict import verdict
from ncviz.results.result import Result

SETTINGS = ("11", "12", "21", "22")
MEANS = [letter + setting for letter in "CAB" for setting in SETTINGS]
NUMBERS = ["S", *MEANS, "train_error", "test_error", "gap", "delta", "D"]
COLUMNS = ["seed", "run", *NUMBERS, "diverged"]
"""The columns of design.md."""
ONE_TASK = {"A1": ("11", "12"), "A2": ("21", "22"), "B1": ("11", "21"), "B2": ("12", "22")}
"""The two settings in which a head has the same task."""

N = 98
"""Held-out points; 98 × (1/98) is not 1 in binary: only one division gives the exact share."""
E = Experiment(runs=3, steps=60, n_test=N, seed=5)


@pytest.fixture(scope="module")
def result() -> Result:
    return E.run()


def outcomes(result: Result, run: int, setting: str) -> tuple[list[int], list[int]]:
    a, b = result.outcomes[run, SETTINGS.index(setting)].tolist()
    return a, b


def product_sum(result: Result, run: int, setting: str) -> int:
    return sum(i * j for i, j in zip(*outcomes(result, run, setting), strict=True))


# The frame of runs


def test_delta_and_d_are_divided_once_so_that_zero_is_zero() -> None:
    """With 12 points a correlator is not exact in binary, but 2 · 12 points are 24."""
    tasks = ("MAJORITY(s1, s2, s3)", "s1 AND s2", "s1 AND s2", "MAJORITY(s1, s2, s3)")
    for hidden in (1, 2, 3):
        e = Experiment(hidden=hidden, pairing=tasks, steps=5, runs=40, n_test=12, trunk="separate")
        runs = e.run().runs
        assert (runs.delta == 0).all() and (runs.D <= 0).all()
        assert (runs.D == 0).any()


def test_runs_has_the_columns_of_the_design_and_a_row_a_run(result: Result) -> None:
    assert list(result.runs.columns) == COLUMNS
    assert result.runs.run.tolist() == [0, 1, 2]
    assert result.runs.diverged.tolist() == [False] * 3


def test_outcomes_are_plus_or_minus_1_of_both_signs(result: Result) -> None:
    assert result.outcomes.dtype == np.int8
    assert result.outcomes.shape == (3, 4, 2, N)
    assert set(np.unique(result.outcomes)) == {-1, 1}


def test_runs_are_exact_shares_of_whole_counts_of_outcomes(result: Result) -> None:
    for run, row in result.runs.iterrows():
        c11, c12, c21, c22 = (product_sum(result, run, setting) for setting in SETTINGS)
        assert row["S"] == (c11 + c12 + c21 - c22) / N
        wrong = 0
        for setting in SETTINGS:
            a, b = outcomes(result, run, setting)
            assert row[f"C{setting}"] == product_sum(result, run, setting) / N
            assert row[f"A{setting}"] == sum(a) / N
            assert row[f"B{setting}"] == sum(b) / N
            wrong += (a + b).count(-1)
        assert row.test_error == wrong / (8 * N)


def test_delta_and_excess_of_a_run_are_those_of_its_behavior(result: Result) -> None:
    for run, row in result.runs.iterrows():
        behavior = Behavior.from_outcomes(result.outcomes[run, :, 0], result.outcomes[run, :, 1])
        wanted = (behavior.delta, behavior.D)
        assert (row.delta, row.D) == pytest.approx(wanted, abs=1e-12)


def test_train_error_is_the_share_of_training_points_that_the_nets_get_wrong(
    result: Result,
) -> None:
    for run, row in result.runs.iterrows():
        points = draw(E, run).train
        wrong = unclear = 0
        for setting in SETTINGS:
            logits = result.net(run, setting)(points[:, :4]).detach().numpy()
            labels = points[:, [3 + int(setting[0]), 5 + int(setting[1])]]
            wrong += np.sum((logits > 0) != (labels == 1))
            unclear += np.sum(np.abs(logits) < 1e-4)
        assert abs(row.train_error * 8 * E.n_train - wrong) <= unclear + 1e-9
        assert unclear <= 2
        assert row.gap == row.test_error - row.train_error


def test_influence_is_the_share_of_outcomes_that_only_the_partners_task_changes(
    result: Result,
) -> None:
    assert list(result.influence.columns) == ["run", *ONE_TASK]
    for run, row in result.influence.iterrows():
        for task, (one, other) in ONE_TASK.items():
            head = "AB".index(task[0])
            before, after = outcomes(result, run, one)[head], outcomes(result, run, other)[head]
            assert row[task] == sum(i != j for i, j in zip(before, after, strict=True)) / N


# The headline


def test_headline_numbers_are_means_over_runs(result: Result) -> None:
    means = result.runs.mean()
    assert result.s.n == 3
    assert result.s.value == pytest.approx(means.S, abs=1e-12)
    assert result.s.low < result.s.value < result.s.high
    for x, y in product("12", repeat=2):
        c = result.correlators.loc[f"A{x}", f"B{y}"]
        assert c == pytest.approx(means[f"C{x}{y}"], abs=1e-12)


def test_marginals_stand_in_rows_of_tasks_and_columns_of_the_partners_task(result: Result) -> None:
    assert list(result.marginals.index) == list(ONE_TASK)
    for task, (first, second) in ONE_TASK.items():
        for column, setting in (("1", first), ("2", second)):
            head = "AB".index(task[0])
            total = sum(sum(outcomes(result, run, setting)[head]) for run in range(3))
            wanted = total / (3 * N)
            assert result.marginals.loc[task, column] == pytest.approx(wanted, abs=1e-12)


def test_behavior_counts_the_points_of_all_runs_together(result: Result) -> None:
    a, b = (np.concatenate(result.outcomes[:, :, head], axis=-1) for head in range(2))
    assert np.array_equal(result.behavior.p, Behavior.from_outcomes(a, b).p)
    assert result.s.value == pytest.approx(result.behavior.S, abs=1e-12)


# Losses


def test_losses_are_tidy_on_the_recording_grid() -> None:
    *_, last = E.stream(every=25)
    losses = last.result.losses
    assert list(losses.columns) == ["step", "run", "setting", "head", "loss"]
    grid = list(product([0, 25, 50, 60], range(3), SETTINGS, ["alice", "bob"]))
    assert list(losses.drop(columns="loss").itertuples(index=False, name=None)) == grid
    assert (losses.loss > 0).all()


def test_the_last_losses_are_the_mean_logistic_losses_of_the_nets(result: Result) -> None:
    last = result.losses.query("step == 60").set_index(["run", "setting", "head"]).loss
    for run, setting in product(range(3), SETTINGS):
        points = draw(E, run).test.astype(float)
        logits = result.net(run, setting)(points[:, :4]).tolist()
        for k, head in enumerate(("alice", "bob")):
            labels = points[:, (3 + int(setting[0]), 5 + int(setting[1]))[k]]
            terms = [
                np.log1p(np.exp(-z[k] if y else z[k])) for z, y in zip(logits, labels, strict=True)
            ]
            assert last[run, setting, head] == pytest.approx(fsum(terms) / N, abs=1e-5)


# Streams


@pytest.mark.parametrize(
    ("every", "steps"),
    [
        (1, list(range(61))),
        (7, [*range(0, 60, 7), 60]),
        (20, [0, 20, 40, 60]),
        (60, [0, 60]),
        (10**6, [0, 60]),
        (None, list(range(61))),
    ],
)
def test_a_stream_gives_step_0_every_few_steps_and_the_last(
    every: int | None, steps: list[int], result: Result
) -> None:
    snapshots = list(E.stream(every))
    assert [snapshot.step for snapshot in snapshots] == steps
    assert [snapshot.result is None for snapshot in snapshots] == [True] * (len(steps) - 1) + [
        False
    ]
    assert_same(snapshots[-1].result, result)


def test_a_long_stream_has_about_a_hundred_snapshots() -> None:
    snapshots = list(Experiment(runs=1, steps=1050, n_test=4).stream())
    assert [snapshot.step for snapshot in snapshots] == [*range(0, 1050, 10), 1050]


def assert_same(one: Result, other: Result) -> None:
    """Two results of one experiment agree to the bit."""
    assert one.experiment == other.experiment
    assert np.array_equal(one.outcomes, other.outcomes)
    pd.testing.assert_frame_equal(one.runs, other.runs, check_exact=True)
    assert one.s == other.s
    ends = [r.losses[r.losses.step == r.step].reset_index(drop=True) for r in (one, other)]
    pd.testing.assert_frame_equal(*ends, check_exact=True)
    for run, setting in product(range(one.experiment.runs), SETTINGS):
        nets = zip(
            one.net(run, setting).parameters(), other.net(run, setting).parameters(), strict=True
        )
        assert all(torch.equal(p, q) for p, q in nets)


def test_a_snapshot_has_its_own_steps_numbers() -> None:
    middle = list(E.stream(every=20))[1]
    short = Experiment(runs=3, steps=20, n_test=N, seed=5).run()
    assert middle.s == short.s
    pd.testing.assert_frame_equal(middle.correlators, short.correlators, check_exact=True)
    pd.testing.assert_frame_equal(middle.marginals, short.marginals, check_exact=True)
    assert (middle.losses.step == 20).all()
    ends = short.losses.query("step == 20").loss.tolist()
    assert middle.losses.loss.tolist() == ends


def test_snapshots_keep_their_numbers_while_the_training_goes_on() -> None:
    lazy = [snapshot.s for snapshot in list(E.stream(every=20))]
    eager = [snapshot.s for snapshot in E.stream(every=20)]
    assert lazy == eager
    assert len(set(eager)) == len(eager)


def test_closing_a_stream_ends_it() -> None:
    stream = E.stream(every=20)
    assert next(stream).step == 0
    assert next(stream).step == 20
    stream.close()
    assert list(stream) == []


@pytest.fixture
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("two_threads")
def test_a_closed_stream_leaves_no_trace(result: Result) -> None:
    stream = E.stream(every=20)
    next(stream)
    next(stream)
    assert torch.get_num_threads() == 2
    stream.close()
    assert torch.get_num_threads() == 2
    assert_same(E.run(), result)


@pytest.mark.parametrize("every", [0, -1, 1.5, True, "3", float("nan")])
def test_a_stream_refuses_a_bad_every_at_once(every: Any) -> None:
    with pytest.raises(ValueError, match=r"^every must be a whole number of at least 1, not "):
        E.stream(every)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_is_named() -> None:
    with pytest.raises(ValueError, match=r"^device 'cuda:7' is not there"):
        Experiment(device="cuda:7").run()


# Earlier moments, and their nets


def nets_equal(one: NCnet, other: NCnet) -> bool:
    return one.activation == other.activation and all(
        torch.equal(p, q) for p, q in zip(one.parameters(), other.parameters(), strict=True)
    )


def test_at_gives_the_numbers_that_the_snapshot_of_that_record_had() -> None:
    snapshots = list(E.stream(every=20))
    eager = [(s.step, s.s, s.per_run.S.tolist()) for s in E.stream(every=20)]
    for moment in (snapshots[-1], snapshots[-1].result):
        for record, (step, s, runs) in enumerate(eager):
            then = moment.at(record)
            assert (then.index, then.step, then.s) == (record, step, s)
            assert then.per_run.S.tolist() == runs
            assert then.experiment is moment.experiment
            pd.testing.assert_frame_equal(then.correlators, snapshots[record].correlators)
            pd.testing.assert_frame_equal(then.marginals, snapshots[record].marginals)


def test_of_an_earlier_moment_the_records_before_it_can_be_had() -> None:
    *_, last = E.stream(every=20)
    assert last.at(2).at(1).step == 20
    with pytest.raises(ValueError, match=r"^record must be 0 to 2, not 3$"):
        last.at(2).at(3)


@pytest.mark.parametrize("record", [-1, 4, 10**9, None, "0", 0.5, (0,)])
def test_a_record_that_is_not_there_is_refused(record: Any) -> None:
    *_, last = E.stream(every=20)
    for moment in (last, last.result):
        with pytest.raises(ValueError, match=r"^record must be 0 to 3, not "):
            moment.at(record)


def test_a_snapshot_knows_nothing_of_the_records_after_it() -> None:
    stream = E.stream(every=20)
    first = next(stream)
    second = next(stream)
    with pytest.raises(ValueError, match=r"^record must be 0 to 0, not 1$"):
        first.at(1)
    assert second.at(0).s == first.s
    stream.close()


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_a_net_at_a_record_is_that_of_a_training_that_ends_there(optimizer: str) -> None:
    e = Experiment(runs=3, steps=60, n_test=4, seed=5, optimizer=optimizer, learning_rate=0.1)
    result = e.run()
    for step in (1, 20, 59):
        short = Experiment(**{**vars(e), "steps": step}).run()
        for run, setting in product(range(3), SETTINGS):
            assert nets_equal(result.at(step).net(run, setting), short.net(run, setting))


def test_the_net_at_record_0_has_the_drawn_weights(result: Result) -> None:
    for run, setting in product(range(3), SETTINGS):
        net, λ = result.at(0).net(run, setting), draw(E, run)
        assert np.array_equal(net.hidden_weight[0].detach(), λ.hidden_weight.astype(np.float32))
        assert np.array_equal(net.head_weight.detach(), λ.head_weight.astype(np.float32))
        assert not net.hidden_bias.any() and not net.head_bias.any()


def test_the_last_record_has_the_nets_of_the_result(result: Result) -> None:
    for run, setting in product(range(3), SETTINGS):
        last = result.at(result.index).net(run, setting)
        assert nets_equal(last, result.net(run, setting))
        assert not nets_equal(last, result.at(result.index - 1).net(run, setting))


def test_a_snapshots_net_stays_as_it_was_while_the_training_goes_on() -> None:
    stream = E.stream(every=20)
    next(stream)
    second = next(stream)
    then = second.net(2, "21")
    *_, last = stream
    assert nets_equal(second.net(2, "21"), then)
    assert nets_equal(last.at(1).net(2, "21"), then)
    assert not nets_equal(last.net(2, "21"), then)
    assert nets_equal(last.net(2, "21"), last.result.net(2, "21"))


def numbers_of_a_run(records: int, e: Experiment) -> int:
    """How many weights a run has in all records: 4 nets, 4 bits a unit, heads, biases."""
    return records * 4 * (e.hidden * 5 + 2 * (e.hidden + 1))


def test_of_a_large_training_the_nets_of_the_first_runs_are_kept(
    monkeypatch: pytest.MonkeyPatch, result: Result
) -> None:
    monkeypatch.setattr(ncviz.results.recording, "KEPT_NUMBERS", 2 * numbers_of_a_run(4, E))
    *_, last = E.stream(every=20)
    assert last.recording.kept == 2
    for moment in (last, last.at(1), last.result.at(3)):
        for run in range(2):
            moment.net(run, "12")
        with pytest.raises(ValueError, match=r"^run must be 0 to 1, not 2$"):
            moment.net(2, "12")
    for run, setting in product(range(3), SETTINGS):
        assert nets_equal(last.result.net(run, setting), result.net(run, setting))
        if run < 2:
            assert nets_equal(last.net(run, setting), result.net(run, setting))
            assert nets_equal(last.at(1).net(run, setting), result.at(20).net(run, setting))


def test_where_no_net_fits_only_the_result_has_nets(
    monkeypatch: pytest.MonkeyPatch, result: Result
) -> None:
    monkeypatch.setattr(ncviz.results.recording, "KEPT_NUMBERS", numbers_of_a_run(4, E) - 1)
    *_, last = E.stream(every=20)
    assert last.recording.kept == 0
    for moment in (last, last.at(0)):
        with pytest.raises(ValueError, match="kept only at the end of their training"):
            moment.net(0, "11")
    assert nets_equal(last.result.net(2, "22"), result.net(2, "22"))
    assert last.s == result.s


def test_the_nets_of_more_runs_than_train_together_are_found() -> None:
    # At this rate no weight moves, so that a net is known by where it starts.
    e = Experiment(runs=520, steps=2, n_test=1, hidden=1, learning_rate=1e-30)
    result = e.run()
    assert result.recording.kept == 512
    for run in (0, 511, 512, 519):
        start = draw(e, run).hidden_weight.astype(np.float32)
        for setting in SETTINGS:
            assert np.array_equal(result.net(run, setting).hidden_weight[0].detach(), start)


@pytest.mark.parametrize("run", [-1, 3, "0", None, 0.5, 0.0, True])
def test_a_snapshot_refuses_an_unknown_run(run: Any) -> None:
    snapshot = next(E.stream())
    with pytest.raises(ValueError, match=r"^run must be 0 to 2, not "):
        snapshot.net(run, "11")
    with pytest.raises(
        ValueError, match=r"^setting must be '11' or '12' or '21' or '22', not '33'"
    ):
        snapshot.net(0, "33")


# Divergence


@pytest.fixture(scope="module")
def diverged() -> Result:
    return Experiment(runs=2, steps=20, n_test=N, learning_rate=1e38).run()


def test_diverged_runs_have_no_numbers_and_are_counted(diverged: Result) -> None:
    numbers = diverged.runs[NUMBERS]
    assert numbers.isna().all(axis=None)
    assert diverged.runs.diverged.tolist() == [True, True]
    assert diverged.summary.diverged == 2
    assert not diverged.outcomes.any()


def test_without_a_run_left_there_is_no_headline(diverged: Result) -> None:
    assert diverged.s.n == 0
    assert np.isnan([diverged.s.value, diverged.s.low, diverged.s.high]).all()
    assert diverged.correlators.isna().all(axis=None)
    with pytest.raises(ValueError, match="every run diverged"):
        _ = diverged.behavior


@pytest.fixture(scope="module")
def half_diverged() -> Result:
    result = Experiment(runs=4, steps=1, n_test=N, learning_rate=1e37).run()
    assert 0 < result.runs.diverged.sum() < 4
    return result


def test_only_the_diverged_runs_have_no_numbers(half_diverged: Result) -> None:
    runs = half_diverged.runs.set_index("diverged")[NUMBERS]
    assert runs.loc[True].isna().all(axis=None)
    assert runs.loc[False].notna().all(axis=None)
    for run, diverged in enumerate(half_diverged.runs.diverged):
        assert half_diverged.outcomes[run].all() != diverged


def test_the_headline_rests_on_the_other_runs(half_diverged: Result) -> None:
    good = np.flatnonzero(~half_diverged.runs.diverged)
    assert half_diverged.s.n == len(good) == 4 - half_diverged.summary.diverged
    assert half_diverged.s.value == pytest.approx(half_diverged.runs.S[good].mean(), abs=1e-12)
    a, b = (np.concatenate(half_diverged.outcomes[good, :, head], axis=-1) for head in range(2))
    assert np.array_equal(half_diverged.behavior.p, Behavior.from_outcomes(a, b).p)


@pytest.mark.parametrize("field", ["learning_rate", "noise"])
def test_what_single_precision_cannot_hold_is_refused_by_name(field: str) -> None:
    with pytest.raises(ValueError, match=f"^{field} must be a number"):
        Experiment(**{field: 1e300})


@pytest.mark.parametrize("runs", [2, 3])
def test_runs_that_all_differ_are_not_said_to_be_tied(runs: int) -> None:
    result = Experiment(runs=runs, steps=30, n_test=N).run()
    assert result.runs.S.is_unique
    assert "exactly the same S" not in str(verdict(result.summary))


def test_every_record_of_the_curve_of_s_is_the_headline_of_its_moment() -> None:
    saturated = Experiment(pairing="easy", hidden=6, runs=20, steps=600).run()
    curve = saturated.recording.s_intervals(saturated.index + 1)
    for record in range(0, saturated.index + 1, 7):
        s = saturated.at(record).s
        assert curve[record] == pytest.approx([s.value, s.low, s.high], abs=1e-5)
    assert np.ptp(curve[curve[:, 0] < 1.9, 1:], axis=1).max() < 0.8, "no slab where runs differ"
