"""Each outcome rule against its definition, written out slowly and independently."""

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ncviz import Experiment, NCnet
from ncviz.basics.protocol import SETTINGS
from ncviz.bell import Behavior
from ncviz.engine.chance import draw
from ncviz.engine.training import train
from ncviz.fields import CHOICES
from ncviz.results.outcomes import oscillation, oscillation_steps, success
from ncviz.results.result import Result

FUNCTIONS = {
    "tanh": math.tanh,
    "relu": lambda z: max(0.0, z),
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
}
RULES = CHOICES["outcome"]
KINDS = list(product(CHOICES["optimizer"], CHOICES["activation"]))
RATE = {"sgd": 0.5, "momentum": 0.2, "adam": 0.05}


def slow_logit(net: NCnet, function: Any, head: int, point: list[float]) -> float:
    """The logit of one head for one point, unit by unit."""
    trunk = min(head, len(net.hidden_bias) - 1)
    logit = net.head_bias[head].item()
    for j in range(net.hidden):
        weights = net.hidden_weight[trunk, j].tolist()
        received = net.hidden_bias[trunk, j].item()
        received += sum(w * x for w, x in zip(weights, point, strict=True))
        logit += net.head_weight[head, j].item() * function(received)
    return logit


def label(row: list[float], setting: str, head: int) -> int:
    """The right answer of a head for a row of a table: bits, then A1, A2, B1, B2."""
    return int(row[4 + 2 * head + int(setting[head]) - 1])


def heads(runs: int) -> Iterator[tuple[int, str, int]]:
    yield from product(range(runs), SETTINGS, range(2))


def of(outcomes: np.ndarray, run: int, setting: str, head: int) -> list[int]:
    return outcomes[run, SETTINGS.index(setting), head].tolist()


# correct


@pytest.mark.parametrize(("optimizer", "activation"), KINDS)
def test_correct_is_plus_1_where_the_head_is_right_on_a_held_out_point(
    optimizer: str, activation: str
) -> None:
    e = Experiment(
        optimizer=optimizer,
        activation=activation,
        learning_rate=RATE[optimizer],
        runs=2,
        steps=60,
        n_test=30,
        trunk="separate" if activation == "relu" else "shared",
    )
    r = e.run()
    assert r.outcomes.shape == (2, 4, 2, 30) and r.outcomes.dtype == np.int8
    assert set(np.unique(r.outcomes)) == {-1, 1}
    unclear = 0
    for run, setting, head in heads(2):
        net, table = r.net(run, setting), draw(e, run).test.tolist()
        for row, outcome in zip(table, of(r.outcomes, run, setting, head), strict=True):
            logit = slow_logit(net, FUNCTIONS[activation], head, row[:4])
            if abs(logit) < 1e-5:
                unclear += 1
            else:
                right = (logit > 0) == (label(row, setting, head) == 1)
                assert outcome == (1 if right else -1)
    assert unclear <= 2, "of 480"


# success


@pytest.mark.parametrize("points", [1, 3, 20, 98, 512])
def test_success_is_plus_1_from_exactly_the_threshold_on(points: int) -> None:
    right = np.arange(points + 1).reshape(-1, 1, 1)
    for least in range(points + 1):
        plus = success(right, points, least / points)
        assert plus.shape == (points + 1, 1, 1, 1)
        assert plus.ravel().tolist() == [k >= least for k in range(points + 1)]


@pytest.mark.parametrize(("threshold", "least"), [(0.95, 19), (0.9, 18), (0.55, 11), (0.15, 3)])
def test_success_takes_a_threshold_as_it_is_written(threshold: float, least: int) -> None:
    plus = success(np.arange(21).reshape(-1, 1, 1), 20, threshold)
    assert plus.ravel().tolist() == [k >= least for k in range(21)]


@pytest.mark.parametrize("n_test", [20, 49])
def test_success_is_one_outcome_a_run_from_the_share_of_right_answers(n_test: int) -> None:
    e = Experiment(runs=6, steps=250, n_test=n_test)
    answers = e.run().outcomes
    shares = {head: Fraction(of(answers, *head).count(1), n_test) for head in heads(e.runs)}
    edges = sorted(set(shares.values()))
    assert len(edges) > 4, "meant to have heads on both sides of every threshold"
    for edge in edges:
        r = Experiment(**{**vars(e), "outcome": "success", "threshold": float(edge)}).run()
        assert r.outcomes.shape == (6, 4, 2, 1) and r.outcomes.dtype == np.int8
        for head, share in shares.items():
            assert of(r.outcomes, *head) == [1 if share >= edge else -1]


def test_threshold_0_is_always_reached_and_threshold_1_by_all_right_only() -> None:
    e = Experiment(runs=8, steps=400, n_test=10)
    all_right = (e.run().outcomes == 1).all(axis=-1)
    assert 0 < all_right.mean() < 1
    none, whole = (
        Experiment(**{**vars(e), "outcome": "success", "threshold": t}).run() for t in (0, 1)
    )
    assert (none.outcomes == 1).all()
    assert (none.runs.S == 2).all()
    assert ((whole.outcomes[..., 0] == 1) == all_right).all()


# oscillation


@pytest.mark.parametrize("steps", [*range(1, 14), 100, 2000])
def test_oscillation_looks_at_the_last_quarter_of_the_steps(steps: int) -> None:
    expected = list(range(1, steps + 1))[-max(1, steps // 4) :]
    assert list(oscillation_steps(steps)) == expected


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 5, 7, 8, 41])
def test_oscillation_has_an_outcome_for_each_of_these_steps(steps: int) -> None:
    r = Experiment(outcome="oscillation", runs=2, steps=steps, n_test=4).run()
    assert r.outcomes.shape == (2, 4, 2, max(1, steps // 4))
    assert r.outcomes.dtype == np.int8 and np.isin(r.outcomes, (-1, 1)).all()


def test_no_change_and_no_number_count_as_minus_1() -> None:
    before = np.array([1.0, 1.0, 1.0, 1.0, np.nan, 0.0])
    after = np.array([1.0 - 1e-15, 1.0, 1.0 + 1e-15, np.nan, 1.0, 0.0])
    assert oscillation(before, after).tolist() == [True, False, False, False, False, False]


@pytest.mark.parametrize("optimizer", CHOICES["optimizer"])
def test_steps_that_move_no_weight_are_all_minus_1(optimizer: str) -> None:
    r = Experiment(
        outcome="oscillation", optimizer=optimizer, learning_rate=1e-30, runs=3, steps=40, n_test=4
    ).run()
    start, end = (r.at(k).net(0, "11").hidden_weight for k in (0, r.index))
    assert torch.equal(start, end)
    assert (r.outcomes == -1).all()
    assert (r.runs.S == 2).all()


def losses_by_step(e: Experiment) -> np.ndarray:
    """Each head's mean loss over all training points after every step, in double precision.

    Shape (steps + 1, runs, settings, 2); from the definition, net by net.
    """
    function = {"tanh": np.tanh, "relu": lambda z: np.maximum(z, 0)}.get(
        e.activation, lambda z: 1 / (1 + np.exp(-z))
    )
    tables = [draw(e, run).train.astype(float) for run in range(e.runs)]
    answer = np.empty((e.steps + 1, e.runs, 4, 2))
    for state in train(e, range(e.steps + 1)):
        nets = state.blocks[0].trained()
        for run, k in product(range(e.runs), range(4)):
            w, b, v, c = (p.detach().numpy().astype(float) for p in nets.net(run, k).parameters())
            units = function(np.einsum("tji,pi->ptj", w, tables[run][:, :4]) + b)
            logits = (v * units).sum(axis=-1) + c
            for head in range(2):
                y = tables[run][:, 4 + 2 * head + int(SETTINGS[k][head]) - 1]
                logistic = np.logaddexp(0, -(2 * y - 1) * logits[:, head])
                answer[state.step, run, k, head] = logistic.mean()
    return answer


@pytest.mark.parametrize(("optimizer", "activation"), KINDS)
def test_oscillation_is_plus_1_where_the_loss_over_the_training_set_falls(
    optimizer: str, activation: str
) -> None:
    e = Experiment(
        optimizer=optimizer,
        activation=activation,
        learning_rate=RATE[optimizer],
        outcome="oscillation",
        runs=3,
        steps=60,
        n_train=37,
        n_test=4,
        trunk="separate" if optimizer == "momentum" else "shared",
    )
    losses = losses_by_step(e)
    change = np.diff(losses, axis=0)[-15:]  # by the steps 46 to 60
    close = np.abs(change) < 1e-5 * losses[-16:-1]
    expected = np.moveaxis(np.where(change < 0, 1, -1), 0, -1)
    clear = ~np.moveaxis(close, 0, -1)
    assert close.mean() <= 0.01
    assert 0.05 < (expected == 1).mean() < 0.95, "one sign only would pass by accident"
    assert np.array_equal(e.run().outcomes[clear], expected[clear])


def test_before_the_last_quarter_there_is_no_s_and_then_it_grows_step_by_step() -> None:
    e = Experiment(outcome="oscillation", runs=4, steps=40, n_test=4)
    r = e.run()
    assert r.recording.steps.tolist() == list(range(41))
    for step in range(41):
        numbers = r.at(step).per_run
        assert numbers.outcomes == max(0, step - 30)
        if step <= 30:
            assert np.isnan(numbers.S).all() and np.isnan(numbers.correlators).all()
            assert np.isnan(numbers.marginals).all() and np.isnan(numbers.influence).all()
            assert math.isnan(r.at(step).s.value)
        else:
            a, b = (r.outcomes[:, :, head, : step - 30] for head in range(2))
            so_far = Behavior.from_outcomes(a, b)
            assert numbers.S == pytest.approx(so_far.S, abs=1e-12)
            assert numbers.marginals == pytest.approx(so_far.marginals, abs=1e-12)
    curve = r.recording.s_intervals(41)
    assert np.isnan(curve[:31]).all() and np.isfinite(curve[31:]).all()


@pytest.mark.parametrize("every", [1, 7, 1000])
def test_outcomes_do_not_depend_on_how_often_somebody_looks(every: int) -> None:
    e = Experiment(outcome="oscillation", runs=3, steps=50, n_test=4)
    *_, last = e.stream(every)
    assert np.array_equal(last.result.outcomes, e.run().outcomes)
    assert last.s == e.run().s


# Every rule


@pytest.fixture(scope="module")
def by_rule() -> dict[str, Result]:
    return {
        rule: Experiment(outcome=rule, threshold=0.8, runs=12, steps=300, n_test=98).run()
        for rule in RULES
    }


@pytest.mark.parametrize("rule", RULES)
def test_the_frame_of_runs_is_that_of_the_outcomes(rule: str, by_rule: dict[str, Result]) -> None:
    r = by_rule[rule]
    n = {"correct": 98, "success": 1, "oscillation": 75}[rule]
    assert r.outcomes.shape == (12, 4, 2, n)
    a, b = (r.outcomes[:, :, head].astype(int) for head in range(2))
    products = (a * b).sum(axis=-1)
    for k, setting in enumerate(SETTINGS):
        assert (r.runs[f"C{setting}"] == products[:, k] / n).all()
        assert (r.runs[f"A{setting}"] == a[:, k].sum(axis=-1) / n).all()
        assert (r.runs[f"B{setting}"] == b[:, k].sum(axis=-1) / n).all()
    assert (r.runs.S == products @ [1, 1, 1, -1] / n).all()
    assert r.runs.S.nunique() > 1
    behavior = Behavior.from_outcomes(a, b)
    for column, expected in (("S", behavior.S), ("delta", behavior.delta), ("D", behavior.D)):
        assert r.runs[column].to_numpy() == pytest.approx(expected, abs=1e-12)
    assert r.s.value == pytest.approx(r.runs.S.mean(), abs=1e-12)
    pooled = Behavior.from_outcomes(*(np.concatenate(list(side), axis=-1) for side in (a, b)))
    assert np.array_equal(r.behavior.p, pooled.p)


@pytest.mark.parametrize("rule", RULES)
def test_influence_is_the_share_of_outcomes_that_change_with_the_partners_task(
    rule: str, by_rule: dict[str, Result]
) -> None:
    o = by_rule[rule].outcomes
    for task, (head, one, other) in {
        "A1": (0, 0, 1), "A2": (0, 2, 3), "B1": (1, 0, 2), "B2": (1, 1, 3)
    }.items():  # fmt: skip
        changed = (o[:, one, head] != o[:, other, head]).mean(axis=-1)
        assert by_rule[rule].influence[task].to_numpy() == pytest.approx(changed, abs=1e-15)


def test_the_rule_changes_what_is_counted_and_nothing_else(by_rule: dict[str, Result]) -> None:
    correct = by_rule["correct"]
    for r in by_rule.values():
        pd.testing.assert_frame_equal(r.losses, correct.losses, check_exact=True)
        for run, setting in product(range(12), SETTINGS):
            nets = (x.net(run, setting).parameters() for x in (r, correct))
            assert all(torch.equal(p, q) for p, q in zip(*nets, strict=True))
    s = [r.s.value for r in by_rule.values()]
    assert len(set(s)) == 3


@pytest.mark.parametrize("rule", RULES)
def test_errors_are_shares_of_wrong_answers_whatever_the_rule(
    rule: str, by_rule: dict[str, Result]
) -> None:
    wrong = (by_rule["correct"].outcomes == -1).sum(axis=(1, 2, 3))
    runs, plain = by_rule[rule].runs, by_rule["correct"].runs
    assert (runs.test_error == wrong / (8 * 98)).all()
    assert 0 < runs.test_error.mean() < 1
    assert (runs.train_error == plain.train_error).all()
    assert (runs.gap == runs.test_error - runs.train_error).all()
    for record in (0, 40, 100):
        errors = [by_rule[name].recording.errors(record).tolist() for name in (rule, "correct")]
        assert errors[0] == errors[1]


@pytest.mark.parametrize("rule", ["correct", "success"])
def test_an_earlier_record_has_the_numbers_of_a_shorter_training(
    rule: str, by_rule: dict[str, Result]
) -> None:
    r = by_rule[rule]
    for record in (1, 30, 77):
        step = int(r.recording.steps[record])
        short = Experiment(**{**vars(r.experiment), "steps": step}).run()
        then = r.at(record).per_run
        assert np.array_equal(then.S, short.runs.S)
        assert np.array_equal(then.marginals, short.per_run.marginals)
        assert then.outcomes == short.outcomes.shape[-1]


@pytest.mark.parametrize("rule", RULES)
def test_a_diverged_run_has_no_outcomes_by_any_rule(rule: str) -> None:
    r = Experiment(outcome=rule, runs=4, steps=1, n_test=98, learning_rate=1e37).run()
    gone = r.runs.diverged.to_numpy()
    assert 0 < gone.sum() < 4
    assert (r.outcomes[gone] == 0).all() and (r.outcomes[~gone] != 0).all()
    assert r.runs.S[gone].isna().all() and r.runs.S[~gone].notna().all()
    assert r.s.n == (~gone).sum()


@given(st.sampled_from(RULES), st.integers(1, 60), st.integers(1, 20))
def test_there_are_as_many_outcomes_as_the_rule_says(rule: str, steps: int, n_test: int) -> None:
    r = Experiment(outcome=rule, runs=1, steps=steps, n_test=n_test).run()
    n = {"correct": n_test, "success": 1, "oscillation": max(1, steps // 4)}[rule]
    assert r.outcomes.shape == (1, 4, 2, n)
    assert r.per_run.outcomes == n
