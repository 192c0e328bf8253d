"""Each statistic against a slow or independent version, and refused where it is not valid."""

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportions_ztest

from ncviz import Experiment, bell
from ncviz.inference import (
    Counts,
    PairedRuns,
    RandomSettings,
    any_time_p,
    any_time_p_of_trials,
    bootstrap_t,
    delta_null_band,
    holm,
    mean_intervals,
    no_signalling,
    p_above,
    power,
    runs_needed,
    s_interval,
    standard_error,
)
from ncviz.results.looking import random_trials
from ncviz.sweeps.confirmation import confirm

DELFT = Counts(bell.PUBLISHED["delft 2015"].counts)
INNSBRUCK = Counts(bell.PUBLISHED["innsbruck 1998"].counts)

tables = st.lists(
    st.lists(st.integers(0, 30), min_size=4, max_size=4).filter(any), min_size=4, max_size=4
)


def runs_with(
    S: list[float] | NDArray[np.float64], outcome: str = "correct", shift: float = 0.0
) -> PairedRuns:
    """Runs with a given S; Alice's mean outcome on A2 is `shift` higher beside B2."""
    values = np.asarray(S, dtype=float)
    marginals = np.zeros((len(values), 2, 2, 2))
    marginals[:, 0, 1, 1] = shift
    return PairedRuns(values[:, None, None] / 4 * np.array([[1, 1], [1, -1]]), marginals, outcome)


SPREAD = np.linspace(1.6, 3.0, 20)
TIED = np.array([2.0] * 15 + [2.2, 1.8, 2.1, 2.3, 1.9])


# Designs


def test_a_diverged_run_is_left_out_of_paired_runs() -> None:
    correlators = np.full((3, 2, 2), 0.5)
    correlators[1] = np.nan
    design = PairedRuns(correlators, np.zeros((3, 2, 2, 2)))
    assert design.S.tolist() == [1.0, 1.0]


def test_paired_runs_of_a_result_have_its_s_and_shifts() -> None:
    result = Experiment(runs=5, steps=60).run()
    assert np.allclose(result.paired.S, result.runs.S, atol=1e-12)
    moved = result.runs.A22 - result.runs.A21
    assert np.allclose(result.paired.shifts[:, 1], moved, atol=1e-12)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: PairedRuns(np.zeros((3, 2)), np.zeros((3, 2, 2, 2))), "shapes"),
        (lambda: PairedRuns(np.full((2, 2, 2), 1.5), np.zeros((2, 2, 2, 2))), "correlators must"),
        (lambda: PairedRuns(np.full((2, 2, 2), np.nan), np.zeros((2, 2, 2, 2))), "no run"),
        (lambda: PairedRuns(np.zeros((2, 2, 2)), np.zeros((2, 2, 2, 2)), "right"), "outcome must"),
        (lambda: PairedRuns(np.zeros((2, 2, 2)), np.zeros((2, 2, 2, 2)), trunk="x"), "trunk must"),
        (lambda: RandomSettings([0, 2], [0, 1], [1, 1], [1, 1]), "x must be 0 or 1, not"),
        (lambda: RandomSettings([0], [0], [0], [1]), "a must be -1 or 1, not"),
        (lambda: RandomSettings([0, 1], [0], [1], [1]), "one length"),
        (lambda: RandomSettings([], [], [], []), "not empty"),
        (lambda: Counts([[1, 0, 0, 0]] * 3), "shape"),
        (lambda: Counts([[1, 0, 0, 0]] * 3 + [[0] * 4]), "setting 22 has no counts"),
        (lambda: Counts([[1, 0, 0, 0], [-1, 2, 0, 0], *[[1, 0, 0, 0]] * 2]), "setting 12"),
        (lambda: Counts(DELFT.counts, "drawn"), "settings must be"),
    ],
)
def test_bad_data_is_refused_by_name(make, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()


@given(st.lists(st.tuples(*[st.integers(0, 1)] * 4), min_size=1, max_size=40))
def test_trials_are_counted_and_won_as_one_by_one(rows: list[tuple[int, int, int, int]]) -> None:
    x, y, a, b = (np.array(column) for column in zip(*rows, strict=True))
    design = RandomSettings(x, y, 1 - 2 * a, 1 - 2 * b)
    slow = np.zeros((4, 4), dtype=int)
    won = []
    for i, j, minus_a, minus_b in rows:
        slow[2 * i + j, 2 * minus_a + minus_b] += 1
        won.append((minus_a ^ minus_b) == (i & j))
    assert np.array_equal(design.counts, slow)
    assert design.wins.tolist() == won
    if (slow.sum(axis=1) > 0).all():
        assert Counts(slow).wins == sum(won)


# Methods that are not valid are refused, and the right ones named


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: p_above(runs_with(SPREAD[:4], "success"), "t"), "'success' must be 'betting'"),
        (lambda: p_above(runs_with(SPREAD[:4]), "t"), "paired runs must be 'betting', not 't'"),
        (lambda: p_above(runs_with(SPREAD), "exact"), "must be 't' or 'betting', not 'exact'"),
        (lambda: p_above(DELFT, "any-time"), "a table of counts must be 'exact' or"),
        (
            lambda: p_above(Counts(DELFT.counts, "fixed"), "exact"),
            "must be 'bound', not 'exact': th",
        ),
        (
            lambda: p_above(INNSBRUCK, "exact"),
            "must be 'bound', not 'exact': the settings have 4040",
        ),
        (
            lambda: s_interval(INNSBRUCK, "exact"),
            "or 'by-setting', not 'exact': the settings have 4040",
        ),
        (lambda: p_above(SPREAD), "design must be"),
        (lambda: s_interval(runs_with(SPREAD[:4]), "t"), "must be 'bounded-mean', not 't'"),
        (lambda: s_interval(runs_with([2.0] * 9), "t"), "must be 'bounded-mean', not 't'"),
        (lambda: s_interval(runs_with(TIED), "bootstrap-t"), "must be 't' or 'bounded-mean'"),
        (lambda: s_interval(DELFT, "t"), "'standard-error' or 'exact' or 'by-setting', not 't'"),
        (lambda: s_interval(Counts(DELFT.counts, "fixed"), "exact"), "must be 'standard-error'"),
        (lambda: s_interval(DELFT, "bootstrap"), "must be 'standard-error' or 'exact'"),
        (lambda: no_signalling(SPREAD), "design must be"),
        (lambda: delta_null_band(SPREAD), "design must be"),
        (lambda: any_time_p_of_trials(DELFT), "design must be RandomSettings"),
        (lambda: any_time_p([2, 5]), "S must be from −4 to 4 in every run, not 5"),
        (lambda: holm([0.1, 1.2]), "p must be a list of numbers from 0 to 1"),
        (lambda: power(2.1, 0.0, 50), "spread must be a number above 0"),
        (lambda: power(2.1, 0.3, 1), "runs must be a whole number from 2"),
        (lambda: power(5, 0.3, 10), "S must be from −4 to 4"),
        (lambda: runs_needed(1.9, 0.3), "S must be above 2"),
        (lambda: runs_needed(2.1, 0.3, chance=0.01), "chance must be above the level"),
        (lambda: power(2.1, 0.3, 50, level=0), "level must be between 0 and 1"),
    ],
)
def test_what_is_not_valid_is_refused(ask, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ask()


# Published figures


def test_published_standard_errors_and_p_values() -> None:
    assert round(standard_error(DELFT), 2) == 0.20
    assert round(standard_error(INNSBRUCK), 2) == 0.02
    assert round(p_above(DELFT), 3) == 0.039
    # Its settings were not equally likely among the pairs kept: only the bound is valid.
    assert 1e-40 < p_above(INNSBRUCK) == p_above(INNSBRUCK, "bound") < 1e-30


def test_signalling_is_undetectable_at_delft_and_plain_at_innsbruck() -> None:
    delft, innsbruck = no_signalling(DELFT), no_signalling(INNSBRUCK)
    assert min(delft.p_holm) > 0.05 and delft.joint_p > 0.05
    assert min(innsbruck.p_holm) < 0.05 and innsbruck.joint_p < 0.05
    assert delta_null_band(DELFT).p > 0.05
    band = delta_null_band(INNSBRUCK)
    assert band.p < 0.05 and band.delta > band.high


# Intervals


def test_each_method_gives_the_interval_of_its_formula() -> None:
    exact = stats.binomtest(196, 245).proportion_ci()
    found = s_interval(DELFT, "exact")
    ends = (8 * exact.low - 4, 8 * exact.high - 4)
    assert (found.low, found.high) == pytest.approx(ends, abs=1e-12)


def test_saturated_runs_and_thin_settings_get_the_wider_interval_by_default() -> None:
    u = 1 - 0.025 ** (1 / 50)
    found = s_interval(runs_with(np.full(50, 2.0)))
    assert (found.low, found.high) == pytest.approx((2 - 6 * u, 2 + 2 * u), abs=1e-9)
    always = Counts([[20, 0, 0, 0]] * 3 + [[10, 5, 3, 2]])
    assert s_interval(always).high == s_interval(always, "exact").high
    assert s_interval(always, "standard-error").high < s_interval(always).high


def test_one_run_has_no_interval() -> None:
    for method in (None, "bounded-mean"):
        found = s_interval(runs_with([2.5]), method)
        assert found.value == 2.5 and np.isnan([found.low, found.high]).all()
    assert np.isnan(bootstrap_t(np.array([2.5]))).all()


def test_bootstrap_t_follows_the_skewness_that_scipy_bootstraps() -> None:
    # An independent check: scipy's own percentile machinery on the studentised mean.
    values = np.random.default_rng(1).beta(6, 1.5, 40) * 3
    mean, error = values.mean(), values.std(ddof=1) / np.sqrt(len(values))

    def studentised(x: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
        spread = x.std(axis=axis, ddof=1) / np.sqrt(x.shape[axis])
        return (x.mean(axis=axis) - mean) / spread

    t = stats.bootstrap(
        (values,), studentised, n_resamples=20_000, method="percentile", rng=2
    ).confidence_interval
    wanted = (mean - t.high * error, mean - t.low * error)
    plain = stats.ttest_1samp(values, 0).confidence_interval()
    assert bootstrap_t(values, 20_000) == pytest.approx(wanted, abs=0.1 * error)
    assert abs(plain.low - wanted[0]) > 0.2 * error, "the skewness is there to be followed"


# p-values


def slow_betting(S: list[float]) -> list[float]:
    """The game, bet by bet."""
    shares = [*(0.5**k for k in range(1, 8)), 0.5**7]
    stakes, best, answer = shares[:], 1.0, []
    for s in S:
        for k in range(8):
            stakes[k] *= 1 + 4 / 3 * 0.5**k * ((4 + s) / 8 - 0.75)
        best = max(best, sum(stakes))
        answer.append(1 / best)
    return answer


@given(st.lists(st.floats(-4, 4), min_size=1, max_size=40))
def test_betting_is_the_game_played_bet_by_bet(S: list[float]) -> None:
    assert sum([*(0.5**k for k in range(1, 8)), 0.5**7]) == 1
    assert any_time_p(S) == pytest.approx(slow_betting(S), rel=1e-9)


@pytest.mark.parametrize("S", [-4.0, 0.0, 2.0, 4.0])
def test_no_fair_game_is_expected_to_grow(S: float) -> None:
    # With mean S = 2 (or less), a mixture of this S and ±4, the expected wealth is at most 1.
    other = 4.0 if S <= 2 else -4.0
    share = 1.0 if S == other or S == 2 else (2 - other) / (S - other)
    share = min(1.0, share)
    wealth = [1 + 4 / 3 * ((4 + s) / 8 - 0.75) for s in (S, other)]
    assert share * wealth[0] + (1 - share) * wealth[1] <= 1 + 1e-12


def test_a_diverged_run_places_no_bet() -> None:
    p = any_time_p([3.0, np.nan, 3.0])
    assert p[0] == p[1] > p[2]
    assert p[2] == any_time_p([3.0, 3.0])[1]


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_any_time_p_of_trials_is_the_product_trial_by_trial(wins: list[bool]) -> None:
    n = len(wins)
    x, y = np.arange(n) // 2 % 2, np.arange(n) % 2
    b = np.where(np.array(wins) != ((x == 1) & (y == 1)), 1, -1)
    design = RandomSettings(x, y, [1] * n, b)
    product_, best, answer, before = 1.0, 1.0, [], 0
    for t, won in enumerate(wins):
        q = max(0.75, (before + 7.5) / (t + 10))
        product_ *= q / 0.75 if won else (1 - q) / 0.25
        best = max(best, product_)
        before += won
        answer.append(min(1, 1 / best))
    assert any_time_p_of_trials(design) == pytest.approx(answer, rel=1e-9)


# No-signalling


def test_a_task_is_rejected_where_the_interval_of_its_shift_leaves_out_0() -> None:
    rng = np.random.default_rng(3)
    for runs in (5, 12, 60):
        marginals = rng.normal(0.3, 0.1, (runs, 2, 2, 2))
        marginals[:, 0, 1, 1] += 0.06
        marginals[:, 1, 0] = np.round(marginals[:, 1, 0])  # ties
        design = PairedRuns(np.zeros((runs, 2, 2)), marginals)
        found = no_signalling(design)
        assert found.method == "t corrected for skewness"
        for row, p in zip(design.shifts.T, found.p, strict=True):
            for error in (p * 0.98, min(p * 1.02, 1 - 1e-9)):
                _, low, high = mean_intervals(row[None], -2, 2, error)[0]
                assert (low > 0 or high < 0) == (error > p) or p == 1
        assert found.p_holm == pytest.approx(holm(found.p))
    assert found.p_holm[1] < 0.05


def test_one_run_says_nothing_of_signalling() -> None:
    assert no_signalling(runs_with([2.5], shift=0.4)).p == (1, 1, 1, 1)


def test_success_gets_the_mcnemar_test_of_statsmodels() -> None:
    rng = np.random.default_rng(0)
    marginals = rng.choice([-1.0, 1.0], (40, 2, 2, 2), p=[0.3, 0.7])
    marginals[:, 0, 0, 1] = np.where(rng.random(40) < 0.6, -1, marginals[:, 0, 0, 1])
    found = no_signalling(PairedRuns(np.zeros((40, 2, 2)), marginals, "success"))
    assert found.method == "exact McNemar"
    pairs = [(0, (0, 0), (0, 1)), (0, (1, 0), (1, 1)), (1, (0, 0), (1, 0)), (1, (0, 1), (1, 1))]
    for p, (party, first, second) in zip(found.p, pairs, strict=True):
        one, two = marginals[:, party, *first] > 0, marginals[:, party, *second] > 0
        table = [[np.sum(one & two), np.sum(one & ~two)], [np.sum(~one & two), np.sum(~one & ~two)]]
        assert p == pytest.approx(mcnemar(table, exact=True).pvalue)


@given(tables)
def test_counts_get_the_two_proportion_z_test_of_statsmodels(table: list[list[int]]) -> None:
    found = no_signalling(Counts(table))
    n = np.sum(table, axis=1)
    plus_a = np.array([row[0] + row[1] for row in table])
    plus_b = np.array([row[0] + row[2] for row in table])
    for p, plus, (i, j) in zip(
        found.p, (plus_a, plus_a, plus_b, plus_b), ((0, 1), (2, 3), (0, 2), (1, 3)), strict=True
    ):
        pooled = plus[i] + plus[j]
        if 0 < pooled < n[i] + n[j]:
            wanted = proportions_ztest([plus[i], plus[j]], [n[i], n[j]])[1]
            assert p == pytest.approx(wanted, abs=1e-9)
        else:
            assert p == 1


def test_the_joint_spread_of_the_shifts_is_that_of_drawn_tables() -> None:
    box = bell.Behavior.from_correlators([[0.7, 0.4], [0.2, -0.5]], [0.2, -0.1], [0.1, 0.3])
    drawn = [Counts(box.sample(80, seed=seed)) for seed in range(4000)]
    from ncviz.inference.no_signalling import shifts_and_spread

    moved = np.array([shifts_and_spread(table)[0] for table in drawn])
    wanted = np.cov(moved.T)
    found = np.mean([shifts_and_spread(table)[1] for table in drawn[:200]], axis=0)
    assert found == pytest.approx(wanted, abs=0.0025)
    assert np.abs(wanted[:2, 2:]).max() > 0.005, "the covariances are not all nothing"


# δ beside its null band


def test_swapping_the_partners_settings_leaves_a_delta_that_noise_alone_gives() -> None:
    result = Experiment(hidden=3, runs=60).run()
    band = delta_null_band(result.paired)
    assert band.delta == pytest.approx(result.summary.delta.value, abs=1e-12)
    assert 0 < band.low < band.high < band.delta
    assert band.p == 1 / 2000


def test_separate_trunks_have_no_delta_to_judge() -> None:
    band = delta_null_band(Experiment(trunk="separate", runs=10, steps=100).run().paired)
    assert (band.delta, band.high, band.p) == (0, 0, 1)


@given(tables)
def test_every_table_has_a_null_band_around_what_chance_gives(table: list[list[int]]) -> None:
    band = delta_null_band(Counts(table))
    assert 0 <= band.low <= band.high <= 8
    assert 0 < band.p <= 1
    if band.delta > band.high:
        assert band.p <= 0.026
    if band.delta < band.low:
        assert band.p >= 0.974


# Planning


def test_power_is_the_share_of_drawn_experiments_that_find_it() -> None:
    drawn = np.random.default_rng(0).normal(2.1, 0.3, (20_000, 30))
    found = (stats.ttest_1samp(drawn, 2, axis=1, alternative="greater").pvalue <= 0.05).mean()
    assert power(2.1, 0.3, 30) == pytest.approx(found, abs=0.01)


@pytest.mark.parametrize(
    ("S", "spread", "wanted"), [(2.276, 0.408, 0.999), (2.150, 0.308, 0.95), (2.017, 0.134, 0.22)]
)
def test_power_of_fifty_runs_is_that_of_the_protocol(
    S: float, spread: float, wanted: float
) -> None:
    assert power(S, spread, 50) == pytest.approx(wanted, abs=0.011)


@given(st.floats(2.02, 3.0), st.floats(0.05, 0.6))
def test_runs_needed_is_the_first_number_that_is_enough(S: float, spread: float) -> None:
    runs = runs_needed(S, spread)
    assert power(S, spread, runs) >= 0.9
    assert runs == 2 or power(S, spread, runs - 1) < 0.9


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_corrects_as_statsmodels_does(p: list[float]) -> None:
    with patch("gc.collect"):  # statsmodels calls it each time, a third of a second in a long test
        theirs = multipletests(p, method="holm")[1]
    assert holm(p) == pytest.approx(theirs, abs=1e-12)


# From experiments


def test_random_trials_are_outcomes_of_the_result() -> None:
    result = Experiment(runs=30, steps=80).run()
    design = random_trials(result, seed=3)
    for run in range(30):
        setting = 2 * design.x[run] + design.y[run]
        pairs = result.outcomes[run, setting].T.tolist()
        assert [design.a[run], design.b[run]] in pairs
    again = random_trials(result, seed=3)
    assert np.array_equal(again.counts, design.counts)
    assert np.bincount(2 * design.x + design.y, minlength=4).min() >= 2


def test_random_trials_keep_s_on_average() -> None:
    result = Experiment(runs=60, steps=500).run()
    drawn = np.mean([8 * random_trials(result, seed).wins.mean() - 4 for seed in range(400)])
    assert drawn == pytest.approx(result.s.value, abs=0.1)


def test_confirming_quotes_fresh_runs_and_corrects_for_looking() -> None:
    e = Experiment(runs=24, steps=600)
    found = confirm(e, [1, 2, 3], seed=9)
    assert found.explored.hidden.tolist() == [1, 2, 3]
    assert found.chosen == found.explored.hidden[found.explored.S.idxmax()]
    assert found.explored.p_holm.tolist() == holm(found.explored.p).tolist()
    assert found.confirmed.experiment == Experiment(runs=24, steps=600, hidden=found.chosen, seed=9)
    assert found.p == p_above(found.confirmed.paired)


def test_confirming_needs_sizes_and_fresh_runs() -> None:
    with pytest.raises(ValueError, match="seed must not be that of the experiment"):
        confirm(Experiment(seed=4), [2], seed=4)
    with pytest.raises(ValueError, match="hidden must name at least one size"):
        confirm(Experiment(), [], seed=1)
    with pytest.raises(ValueError, match="result must be a Result"):
        random_trials(Experiment())
