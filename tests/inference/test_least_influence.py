"""The least influence a behavior needs, and the ceiling of D, against linear programmes."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linprog

from ncviz import Experiment, bell
from ncviz.bell.forms import chsh_forms
from ncviz.bell.signalling import ceiling_of_excess, signalling
from ncviz.results.recording import PerRun
from ncviz.results.summary import Summary

Array = NDArray[np.float64]

A, B = np.array([1, 1, -1, -1]), np.array([1, -1, 1, -1])
"""Alice's and Bob's outcome in the pairs ++, +−, −+, −−."""


def behavior(weights: list[float]) -> tuple[Array, Array]:
    """Correlators and marginals of a table of weights, 4 a setting."""
    p = np.array(weights).reshape(2, 2, 4)
    p /= p.sum(axis=-1, keepdims=True)
    return p @ (A * B), np.stack([p @ A, p @ B])


tables = st.lists(st.floats(0.001, 1) | st.just(1e-9), min_size=16, max_size=16).map(behavior)

RULES = np.array(list(product((1, -1), repeat=8))).reshape(-1, 2, 2, 2)
"""All 256 rules that give each of the four settings an outcome of Alice and of Bob."""


def least_influence(correlators: Array, marginals: Array) -> Array:
    """What 2Σf of any model of a behavior is at least: max(δ, s_odd − 2, 0).

    f_k is the chance that a task's outcome changes with the partner's task. The visible changes of
    the means need δ, and a form above 2 what it has above 2.
    """
    excess = chsh_forms(correlators).max(axis=-1) - 2
    return np.asarray(np.maximum(0, np.maximum(excess, signalling(marginals))))


def least_by_programme(correlators: Array, marginals: Array) -> float:
    """The least 2Σf of any mixture of rules with these means."""
    a, b = RULES[:, 0], RULES[:, 1]
    flips = (a[:, :, 0] != a[:, :, 1]).sum(axis=1) + (b[:, 0] != b[:, 1]).sum(axis=1)
    moments = np.concatenate([a, b, a * b, np.ones((256, 1, 4)).reshape(256, 2, 2)], axis=1)
    wanted = np.concatenate([marginals[0], marginals[1], correlators, np.ones((2, 2))])
    found = linprog(
        2.0 * flips, A_eq=moments.reshape(256, -1).T, b_eq=wanted.reshape(-1), method="highs"
    )
    return float(found.fun)


@settings(max_examples=60, deadline=None)
@given(tables)
def test_no_model_needs_less_and_one_needs_no_more(table: tuple[Array, Array]) -> None:
    assert float(least_influence(*table)) == pytest.approx(least_by_programme(*table), abs=1e-6)


def highest_by_programme(k12: float, k21: float, k22: float, c11: float) -> float | None:
    """The largest S − 2 − δ of any table with these P(−−) and this C11."""
    cost = np.zeros(20)  # 16 probabilities, then the sizes of the four shifts
    cost[:16] = np.concatenate([-sign * A * B for sign in (1, 1, 1, -1)])
    cost[16:] = 1
    fixed, wanted = [], []
    for setting in range(4):
        fixed.append(_row({4 * setting + k: 1.0 for k in range(4)}))
        wanted.append(1.0)
    for setting, share in ((1, k12), (2, k21), (3, k22)):
        fixed.append(_row({4 * setting + 3: 1.0}))
        wanted.append(share)
    fixed.append(_row({k: float(A[k] * B[k]) for k in range(4)}))
    wanted.append(c11)
    shifts = []
    for task, (whose, first, second) in enumerate(((A, 0, 1), (A, 2, 3), (B, 0, 2), (B, 1, 3))):
        for sign in (1.0, -1.0):
            ends = {4 * second + k: sign * float(whose[k]) for k in range(4)}
            ends |= {4 * first + k: -sign * float(whose[k]) for k in range(4)}
            shifts.append(_row({**ends, 16 + task: -1.0}))
    found = linprog(cost, np.array(shifts), np.zeros(8), np.array(fixed), wanted, method="highs")
    return None if not found.success else float(-found.fun) - 2


def _row(entries: dict[int, float]) -> Array:
    row = np.zeros(20)
    for place, number in entries.items():
        row[place] = number
    return row


shares = st.floats(0, 1)


@settings(max_examples=60, deadline=None)
@given(shares, shares, shares, st.floats(-1, 1))
def test_no_table_passes_the_ceiling(k12: float, k21: float, k22: float, c11: float) -> None:
    ceiling = 2 * (k12 + k21) - 4 * k22 - (1 - c11)
    # The programme may miss each of its equations by 1e-7.
    assert highest_by_programme(k12, k21, k22, c11) <= ceiling + 2e-6


@pytest.mark.parametrize("four", [(0.39, 0.3, 0.24, 0.67), (0.1, 0.84, 0.05, -0.55), (0, 0, 0, 1)])
def test_and_some_touch_it(four: tuple[float, float, float, float]) -> None:
    k12, k21, k22, c11 = four
    ceiling = 2 * (k12 + k21) - 4 * k22 - (1 - c11)
    assert highest_by_programme(*four) == pytest.approx(ceiling, abs=1e-7)


@given(tables)
def test_the_ceiling_holds_for_every_table(table: tuple[Array, Array]) -> None:
    excess = chsh_forms(table[0])[0] - 2 - signalling(table[1])
    assert excess <= ceiling_of_excess(*table) + 1e-9


def test_where_the_first_tasks_are_learned_d_of_s_cannot_be_positive() -> None:
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.full(4, 0.3), (500, 2, 2))
    p[:, 0, 0] = [1, 0, 0, 0]
    p[:, 0, 1] *= A > 0  # Alice's A1 is always right, and Bob's B1
    p[:, 1, 0] *= B > 0
    p /= p.sum(axis=-1, keepdims=True)
    marginals = np.stack([p @ A, p @ B], axis=1)
    ceiling = ceiling_of_excess(p @ (A * B), marginals)
    assert np.allclose(ceiling, -4 * p[:, 1, 1, 3]) and ceiling.max() <= 1e-12


def test_boxes_with_known_answers() -> None:
    for name, least in (("PR box", 2.0), ("singlet", bell.TSIRELSON_BOUND - 2), ("local box", 0)):
        b = bell.BOXES[name].make()
        assert float(least_influence(b.correlators, b.marginals)) == pytest.approx(least)


# In a summary


@pytest.mark.parametrize("hidden", [2, 3, 4])
def test_a_summary_has_them_of_the_mean_behavior(hidden: int) -> None:
    r = Experiment(hidden=hidden, runs=20, steps=600).run()
    s, b = r.summary, r.behavior
    assert s.least_influence.value == pytest.approx(least_by_programme(b.correlators, b.marginals))
    assert s.ceiling.value == pytest.approx(float(ceiling_of_excess(b.correlators, b.marginals)))
    rest = s.influence.value - s.least_influence.value
    assert s.hidden.value == pytest.approx(rest) and rest >= 0
    for number in (s.least_influence, s.hidden, s.ceiling):
        assert number.low <= number.value <= number.high and number.n == 20
    # What S of the form has above δ never passes the ceiling, run by run.
    each = r.per_run
    own = each.S - 2 - signalling(each.marginals)
    assert (own <= ceiling_of_excess(each.correlators, each.marginals) + 1e-9).all()


def test_hidden_balanced_influence_needs_little_and_hides_the_rest() -> None:
    # Both heads turn over together with the partner's task: influence without any visible trace.
    runs = 40
    c = np.broadcast_to(np.array([[1.0, 1.0], [1.0, 1.0]]), (runs, 2, 2)).copy()
    c[:, 1, 1] -= np.linspace(0, 0.1, runs)
    numbers = PerRun(
        S=c[:, 0, 0] + c[:, 0, 1] + c[:, 1, 0] - c[:, 1, 1],
        correlators=c,
        marginals=np.zeros((runs, 2, 2, 2)),
        influence=np.full((runs, 4), 0.5),
        outcomes=512,
        diverged=np.zeros(runs, dtype=bool),
    )
    s = Summary.of(Experiment(runs=runs), numbers)
    assert s.least_influence.value == pytest.approx(0.05)
    assert s.hidden.value == pytest.approx(3.95)


@pytest.mark.long("ncviz/inference", "ncviz/bell")
@pytest.mark.parametrize("hidden", [2, 3, 4])
def test_their_intervals_hold_the_truth(hidden: int) -> None:
    from pools import pool_of

    pooled = pool_of(hidden, 4000)
    c, m = pooled.correlators.mean(axis=0), pooled.marginals.mean(axis=0)
    least = float(least_influence(c, m))
    truth = {
        "least_influence": least,
        "hidden": float(2 * pooled.influence.sum(axis=1).mean()) - least,
        "ceiling": float(ceiling_of_excess(c, m)),
    }
    for runs in (10, 50, 200):
        rng, repeats = np.random.default_rng(runs), 400
        held = dict.fromkeys(truth, 0)
        for _ in range(repeats):
            k = rng.integers(len(pooled.S), size=runs)
            some = PerRun(
                pooled.S[k],
                pooled.correlators[k],
                pooled.marginals[k],
                pooled.influence[k],
                pooled.outcomes,
                pooled.diverged[k],
            )
            s = Summary.of(Experiment(runs=runs), some)
            for name, true in truth.items():
                held[name] += getattr(s, name).low <= true <= getattr(s, name).high
        print(
            f"\n{hidden} neurons, {runs} runs: coverage", {k: n / repeats for k, n in held.items()}
        )
        for name, count in held.items():
            assert count / repeats >= 0.93 - 3 * np.sqrt(0.07 * 0.93 / repeats), name
