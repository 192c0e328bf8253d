"""The two halves of the held-out points: each number again, point by point."""

import numpy as np
import pytest

from ncviz import Experiment
from ncviz.results.result import Result

SIGNS = np.array([1, 1, 1, -1])
E = Experiment(runs=3, steps=60, n_test=98, seed=5)


@pytest.fixture(scope="module")
def result() -> Result:
    return E.run()


def by_hand(outcomes: np.ndarray) -> tuple[float, float]:
    """S, and what it would be without correlation, from ±1 of shape (4, 2, points)."""
    a, b = outcomes[:, 0].astype(float), outcomes[:, 1].astype(float)
    return float(SIGNS @ (a * b).mean(1)), float(SIGNS @ (a.mean(1) * b.mean(1)))


def test_s_and_its_rivals_are_those_of_the_first_half(result: Result) -> None:
    for run, row in result.halves.iterrows():
        first = result.outcomes[run, :, :, :49]
        assert (row.S_first, row.product_first) == pytest.approx(by_hand(first), abs=1e-12)
        assert row.joint_first == pytest.approx((first == 1).all(axis=1).mean())
        assert row.error_first == pytest.approx((first == -1).mean())


def test_the_error_is_that_of_the_second_half(result: Result) -> None:
    wrong = result.outcomes[..., 49:] == -1
    np.testing.assert_allclose(result.halves.error_second, wrong.mean(axis=(1, 2, 3)))
    np.testing.assert_allclose(
        result.halves.gap_second, result.halves.error_second - result.runs.train_error
    )


def test_changing_the_second_half_changes_no_s() -> None:
    """The points of the second half are not looked at: other nets, other counts, same S."""
    from ncviz.results.outcomes import halves

    right = np.random.default_rng(0).random((5, 4, 2, 20)) < 0.7
    other = right.copy()
    other[..., 10:] = ~other[..., 10:]
    one, two = (halves(x, x[..., :10]) for x in (right, other))
    for name in ("S_first", "product_first", "joint_first", "error_first"):
        np.testing.assert_array_equal(one[name], two[name])
    np.testing.assert_allclose(one["error_second"], 1 - two["error_second"])


def test_by_the_rule_success_s_is_plus_or_minus_of_the_first_half() -> None:
    r = Experiment(runs=3, steps=300, outcome="success", threshold=0.8).run()
    right = Experiment(runs=3, steps=300).run().outcomes == 1
    plus = np.where(right[..., :256].mean(axis=-1, keepdims=True) >= 0.8, 1, -1)
    for run, s in enumerate(r.halves.S_first):
        assert s == by_hand(plus[run])[0]


def test_by_the_rule_oscillation_s_is_that_of_all_training_steps() -> None:
    r = Experiment(runs=3, steps=40, outcome="oscillation").run()
    np.testing.assert_array_equal(r.halves.S_first, r.runs.S)
    plain = Experiment(runs=3, steps=40).run()
    np.testing.assert_array_equal(r.halves.error_second, plain.halves.error_second)


def test_a_run_that_diverged_and_a_single_point_have_no_halves() -> None:
    diverged = Experiment(runs=2, steps=40, learning_rate=1e38).run()
    assert diverged.halves.drop(columns="run").isna().all(axis=None)
    single = Experiment(runs=2, steps=2, n_test=1).run()
    assert single.halves.S_first.isna().all()
    assert single.halves.error_second.isin(
        [0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1]
    ).all()


def test_both_halves_together_have_the_error_of_all_points() -> None:
    r = Experiment(runs=2, steps=50).run()
    both = r.halves.error_first + r.halves.error_second
    np.testing.assert_allclose(both / 2, r.runs.test_error, atol=1e-12)
