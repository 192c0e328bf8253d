"""Intervals over runs: exact cases, and how often they hold the truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from ncviz.inference import Estimate, estimates, format_number, many_ties, mean_intervals
from ncviz.results.summary import LIMITS, signalling_estimates, signalling_rows

REPEATS = 1000


def coverage(intervals: NDArray[np.float64], truth: float) -> float:
    return float(((intervals[:, 1] <= truth) & (truth <= intervals[:, 2])).mean())


@pytest.mark.parametrize("runs", [2, 4, 10, 50, 400])
def test_all_runs_equal_to_2_give_the_exact_interval(runs: int) -> None:
    u = 1 - 0.025 ** (1 / runs)
    interval = mean_intervals(np.full((1, runs), 2.0), -4, 4)[0]
    assert interval == pytest.approx([2, max(-4, 2 - 6 * u), min(4, 2 + 2 * u)], abs=1e-9)


def johnsons_t(values: NDArray[np.float64], mu: float, side: int) -> float:
    """Johnson's (1978) t, with 1.5 standard errors of doubt about the skewness, on one side."""
    n, s = len(values), values.std(ddof=1)
    x = side * (values.mean() - mu) / s
    worst = max(0.0, 1.5 * np.sqrt(6 / n) - side * stats.skew(values))
    # The end lies where Student's t equals the root of t/√n + worst/3 (t²/n + 1/(2n)) = x.
    a, b, c = worst / 3, 1.0, worst / (6 * n) - x
    return float(np.sqrt(n) * max(np.roots([a, b, c]).real) if a else -c * np.sqrt(n))


@pytest.mark.parametrize("runs", [5, 8, 30, 200])
def test_untied_runs_give_johnsons_t_interval(runs: int) -> None:
    values = 2 + np.random.default_rng(0).gumbel(0, 0.3, (5, runs))
    for row, (mean, low, high) in zip(values, mean_intervals(values, -9, 9), strict=True):
        assert mean == pytest.approx(row.mean())
        for end, side in ((low, 1), (high, -1)):
            assert johnsons_t(row, end, side) == pytest.approx(stats.t.ppf(0.975, runs - 1))


@given(st.lists(st.floats(-4, 4), min_size=2, max_size=30))
def test_the_correction_never_narrows_students_interval(runs: list[float]) -> None:
    row = np.array([runs])
    _, low, high = mean_intervals(row, -99, 99, bounded=False)[0]
    reach = stats.t.ppf(0.975, len(runs) - 1) * row.std(ddof=1) / np.sqrt(len(runs))
    assert low <= row.mean() - reach + 1e-9 and high >= row.mean() + reach - 1e-9


@pytest.mark.parametrize("runs", [2, 3, 4])
def test_where_a_few_runs_are_asked_for_a_t_interval_it_is_students(runs: int) -> None:
    values = np.random.default_rng(runs).normal(size=(1, runs))
    reference = stats.ttest_1samp(values[0], 0).confidence_interval()
    found = mean_intervals(values, -999, 999, bounded=False)[0, 1:]
    assert found == pytest.approx([*reference], abs=1e-9)


@pytest.mark.parametrize("runs", [5, 50])
@pytest.mark.parametrize(
    "law",
    {
        "nearly always 2, rarely -4": ([2.0, -4.0], [0.99, 0.01]),
        "nearly always 2, rarely 4": ([2.0, 4.0], [0.99, 0.01]),
        "the hardest: -4 or 4": ([-4.0, 4.0], [0.25, 0.75]),
        "skewed": ([2.0, 1.9, 2.1, -1.0], [0.5, 0.3, 0.17, 0.03]),
    }.items(),
    ids=lambda item: item[0],
)
def test_tied_runs_are_covered_at_least_95_percent(
    law: tuple[str, tuple[list[float], list[float]]], runs: int
) -> None:
    values, chances = law[1]
    rng = np.random.default_rng(1)
    intervals = mean_intervals(rng.choice(values, (REPEATS, runs), p=chances), -4, 4)
    assert coverage(intervals, np.dot(values, chances)) >= 0.95


def test_a_t_interval_would_fail_there() -> None:
    # The reason for the other interval: else a simpler library would do.
    rng = np.random.default_rng(1)
    runs = rng.choice([2.0, -4.0], (REPEATS, 50), p=[0.99, 0.01])
    error = runs.std(axis=1, ddof=1) / np.sqrt(50)
    reach = stats.t.ppf(0.975, 49) * error
    assert (np.abs(runs.mean(axis=1) - 1.94) <= reach).mean() < 0.6


def test_normal_runs_are_covered_95_percent() -> None:
    runs = np.random.default_rng(2).normal(2.2, 0.4, (4000, 50))
    assert coverage(mean_intervals(runs, -4, 4), 2.2) == pytest.approx(0.955, abs=0.013)


@given(st.lists(st.sampled_from([2.0, 2.0, 1.5, 3.0, -4.0]), min_size=2, max_size=30), st.randoms())
def test_the_order_of_runs_does_not_matter(runs: list[float], random) -> None:
    shuffled = random.sample(runs, len(runs))
    one, other = mean_intervals(np.array([runs, shuffled]), -4, 4)
    assert one == pytest.approx(other, abs=1e-5)


def slow_ties(runs: list[float]) -> bool:
    """Whether more than a quarter of the runs that count, and more than one, are equal."""
    finite = [run for run in runs if np.isfinite(run)]
    return any(finite.count(run) > max(1, len(finite) / 4) for run in finite)


@given(
    st.integers(1, 14).flatmap(
        lambda runs: st.lists(
            st.lists(
                st.sampled_from([2.0, 2.0, 1.0, 1.5, 3.0, -1.0, np.nan]),
                min_size=runs,
                max_size=runs,
            ),
            min_size=1,
            max_size=4,
        )
    )
)
def test_ties_are_counted_among_the_runs_that_did_not_diverge(rows: list[list[float]]) -> None:
    assert many_ties(np.array(rows)).tolist() == [slow_ties(row) for row in rows]


@pytest.mark.parametrize(("equal", "tied"), [(1, False), (2, False), (3, True), (8, True)])
def test_more_than_a_quarter_of_the_runs_are_many(equal: int, tied: bool) -> None:
    runs = np.array([*np.linspace(0, 1, 8 - equal), *[2.0] * equal, np.nan])
    assert many_ties(runs[None]).tolist() == [tied]


@given(st.lists(st.floats(-4, 4), min_size=2, max_size=30))
def test_the_mean_is_inside_and_the_ends_are_possible(runs: list[float]) -> None:
    mean, low, high = mean_intervals(np.array([runs]), -4, 4)[0]
    assert -4 <= low <= mean + 1e-9 and mean - 1e-9 <= high <= 4


def test_diverged_runs_are_left_out() -> None:
    values = np.array([[1.0, np.nan, 2.5, 1.7, np.nan], [2.0, np.nan, 2.0, 2.0, np.nan]])
    assert np.array_equal(
        mean_intervals(values, -4, 4), mean_intervals(values[:, [0, 2, 3]], -4, 4)
    )
    assert [e.n for e in estimates(values, -4, 4)] == [3, 3]


def test_one_run_has_no_interval_and_no_run_has_no_mean() -> None:
    (one,) = estimates(np.array([[2.5]]), -4, 4)
    assert (one.value, one.n) == (2.5, 1)
    assert np.isnan([one.low, one.high]).all()
    (none,) = estimates(np.full((1, 3), np.nan), -4, 4)
    assert none.n == 0 and np.isnan([none.value, none.low, none.high]).all()


def population(shift: NDArray[np.float64], runs: int) -> tuple[NDArray, NDArray, float, float]:
    """Runs of a made-up experiment with known means: correlators, marginals, true δ and D."""
    rng = np.random.default_rng(int(1000 * np.abs(shift).sum()) + runs)
    noise = rng.uniform(-0.2, 0.2, (REPEATS, runs, 12))
    correlators = np.array([0.75, 0.7, 0.7, 0.1]).reshape(2, 2) + noise[..., :4].reshape(
        REPEATS, runs, 2, 2
    )
    marginals = np.full((2, 2, 2), 0.2)
    marginals[0, :, 1] += shift[:2]
    marginals[1, 1, :] += shift[2:]
    delta = float(np.abs(shift).sum())
    spread = marginals + noise[..., 4:].reshape(REPEATS, runs, 2, 2, 2)
    return correlators, spread, delta, 2.05 - 2 - delta


@pytest.mark.parametrize("runs", [3, 40])
@pytest.mark.parametrize(
    "shift", [(0, 0, 0, 0), (0, 0, 0, 0.3), (0.05, 0.05, 0.05, 0.05), (-0.2, 0.1, 0.3, -0.3)]
)
def test_intervals_of_signalling_and_excess_hold_the_truth(
    shift: tuple[float, ...], runs: int
) -> None:
    correlators, marginals, delta, excess = population(np.array(shift), runs)
    hits = []
    for c, m in zip(correlators, marginals, strict=True):
        rows = signalling_rows(c, m)
        _, d, D = signalling_estimates(estimates(rows, *np.transpose(LIMITS)))
        hits.append((d.low <= delta <= d.high, D.low <= excess <= D.high))
    of_delta, of_excess = np.mean(hits, axis=0)
    assert of_delta >= 0.93
    assert of_excess >= 0.93


@pytest.mark.parametrize("runs", [2, 5, 40])
def test_noise_alone_is_no_signalling(runs: int) -> None:
    # δ's estimate is never 0, so its interval must reach down to 0 where nothing is shown.
    correlators, marginals, *_ = population(np.zeros(4), runs)
    rows = (signalling_rows(c, m) for c, m in zip(correlators, marginals, strict=True))
    found = [signalling_estimates(estimates(r, *np.transpose(LIMITS)))[1] for r in rows]
    assert min(d.value for d in found) > 0
    assert np.mean([d.low > 0 for d in found]) <= 0.025


def test_very_few_runs_get_bounds_that_hold_for_lumpy_runs() -> None:
    rng = np.random.default_rng(5)
    for runs in (2, 3, 4):
        lumpy = rng.choice([2.0, 1.0, -1.0], (REPEATS, runs), p=[0.7, 0.2, 0.1])
        assert coverage(mean_intervals(lumpy, -4, 4), 1.5) >= 0.95


def test_estimates_are_written_with_their_interval() -> None:
    assert str(Estimate(2.276, 2.1, -0.001, 50)) == "2.28 [2.10, 0.00]"
    assert str(Estimate(2.276, np.nan, np.nan, 1)) == "2.28 (no interval)"
    assert str(Estimate(np.nan, np.nan, np.nan, 0)) == "–"
    assert format_number(-0.18) == "−0.18"
