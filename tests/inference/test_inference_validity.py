"""How often intervals hold the truth and tests raise false alarms, by simulation.

A rate is estimated from so many repeats that it lies within `slack` of the true one in 99.7 %.
"""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from ncviz import bell
from ncviz.inference import (
    Counts,
    PairedRuns,
    RandomSettings,
    any_time_p,
    any_time_p_of_trials,
    bootstrap_t,
    delta_null_band,
    intervals_of_s,
    mean_intervals,
    no_signalling,
    p_above,
    s_interval,
)
from pools import pool

pytestmark = pytest.mark.long("ncviz/inference")

RUNS = 50
LEVEL = 0.05


def slack(rate: float, repeats: int) -> float:
    """Three standard errors of a rate."""
    return float(3 * np.sqrt(rate * (1 - rate) / repeats))


def paired(S: NDArray[np.float64], outcome: str = "correct") -> PairedRuns:
    """Runs with a given S, spread evenly over the four correlators."""
    correlators = S[:, None, None] / 4 * np.array([[1, 1], [1, -1]])
    return PairedRuns(correlators, np.zeros((len(S), 2, 2, 2)), outcome)


def held(ends: NDArray[np.float64], truth: float) -> float:
    return float(((ends[:, -2] <= truth) & (truth <= ends[:, -1])).mean())


# Intervals of S over paired runs


@pytest.mark.parametrize("hidden", [2, 3, 4])
def test_the_interval_of_fifty_runs_holds_s_in_93_to_97_percent(hidden: int) -> None:
    drawn = np.random.default_rng(hidden).choice(pool(hidden), (2000, RUNS))
    assert 0.93 <= held(intervals_of_s(drawn), pool(hidden).mean()) <= 0.97


@pytest.mark.parametrize("hidden", [6, 8])
def test_near_saturation_it_holds_s_in_about_93_percent_and_bets_in_more(hidden: int) -> None:
    drawn = np.random.default_rng(hidden).choice(pool(hidden), (2000, RUNS))
    truth = pool(hidden).mean()
    assert held(intervals_of_s(drawn), truth) >= 0.93 - slack(0.93, 2000)
    assert held(mean_intervals(drawn[:600], -4, 4, bounded=True), truth) >= 0.95


@pytest.mark.parametrize("hidden", [2, 3, 4])
def test_bootstrap_t_holds_s_in_93_to_97_percent(hidden: int) -> None:
    drawn = np.random.default_rng(hidden).choice(pool(hidden), (2000, RUNS))
    ends = np.array([bootstrap_t(row, 999, seed) for seed, row in enumerate(drawn)])
    assert 0.93 <= held(ends, pool(hidden).mean()) <= 0.97


@pytest.mark.parametrize("hidden", [6, 8])
def test_bootstrap_t_would_fail_near_saturation(hidden: int) -> None:
    # The reason why it is refused there.
    drawn = np.random.default_rng(hidden).choice(pool(hidden), (400, RUNS))
    ends = np.array([bootstrap_t(row, 999, seed) for seed, row in enumerate(drawn)])
    assert held(ends, pool(hidden).mean()) < 0.92


# Intervals of S from trials


def trials(box: bell.Behavior, n: int, rng: np.random.Generator) -> RandomSettings:
    """n trials of a box, the setting of each drawn at random."""
    x, y = rng.integers(2, size=(2, n))
    cell = np.array([rng.choice(4, p=box.p[i, j].ravel()) for i, j in zip(x, y, strict=True)])
    return RandomSettings(x, y, 1 - 2 * (cell // 2), 1 - 2 * (cell % 2))


@pytest.mark.parametrize(
    ("method", "least"), [("standard-error", 0.93), ("bootstrap", 0.93), ("exact", 0.95)]
)
def test_intervals_from_random_settings_hold_the_singlets_s(method: str, least: float) -> None:
    rng, repeats = np.random.default_rng(1), 300
    box = bell.singlet()
    ends = [s_interval(trials(box, 240, rng), method) for _ in range(repeats)]
    rate = held(np.array([[e.low, e.high] for e in ends]), bell.TSIRELSON_BOUND)
    assert rate >= least - slack(least, repeats)


# False alarms about S


@pytest.mark.parametrize("hidden", [3, 4])
@pytest.mark.parametrize("runs", [10, RUNS])
def test_the_t_test_raises_at_most_5_percent_false_alarms(hidden: int, runs: int) -> None:
    repeats = 2000
    at_2 = pool(hidden) - pool(hidden).mean() + 2
    drawn = np.clip(np.random.default_rng(runs).choice(at_2, (repeats, runs)), -4, 4)
    alarms = np.mean([p_above(paired(row)) <= LEVEL for row in drawn])
    assert alarms <= LEVEL + slack(LEVEL, repeats)


def test_the_plain_t_test_would_raise_more() -> None:
    # The reason for taking the skewness out.
    from scipy.stats import ttest_1samp

    at_2 = pool(3) - pool(3).mean() + 2
    drawn = np.random.default_rng(0).choice(at_2, (20_000, 10))
    alarms = (ttest_1samp(drawn, 2, axis=1, alternative="greater").pvalue <= LEVEL).mean()
    assert alarms > LEVEL + slack(LEVEL, 20_000)


@pytest.mark.parametrize("hidden", [2, 6, 8])
def test_no_false_alarm_where_s_is_below_2_or_saturated(hidden: int) -> None:
    drawn = np.random.default_rng(hidden).choice(pool(hidden), (1000, RUNS))
    alarms = np.mean([p_above(paired(row)) <= LEVEL for row in drawn])
    assert alarms <= LEVEL + slack(LEVEL, 1000)


@pytest.mark.parametrize(
    "law",
    {
        "the hardest: -4 or 4": ([-4.0, 4.0], [0.25, 0.75]),
        "mostly 2.1": ([2.1, -4.0], [60 / 61, 1 / 61]),
        "always 2": ([2.0, 2.0], [0.5, 0.5]),
    }.items(),
    ids=lambda item: item[0],
)
def test_betting_may_be_looked_at_after_each_of_400_runs(
    law: tuple[str, tuple[list[float], list[float]]],
) -> None:
    values, chances = law[1]
    assert np.dot(values, chances) == pytest.approx(2)
    drawn = np.random.default_rng(3).choice(values, (2000, 400), p=chances)
    ever = any_time_p(drawn).min(axis=1) <= LEVEL
    assert ever.mean() <= LEVEL + slack(LEVEL, 2000)
    assert p_above(paired(drawn[0], "success"), "betting") == any_time_p(drawn[0])[-1]


def chance_of_winning(memory: bool) -> Callable[[NDArray[np.bool_]], NDArray[np.float64]]:
    """Local boxes win with at most ¾; those with memory slacken after a win to fool a test."""

    def chance(past: NDArray[np.bool_]) -> NDArray[np.float64]:
        if not memory or not past.shape[1]:
            return np.full(len(past), 0.75)
        return np.where(past.mean(axis=1) > 0.76, 0.5, 0.75)

    return chance


@pytest.mark.parametrize("memory", [False, True], ids=["without memory", "with memory"])
def test_tests_of_random_settings_hold_even_for_boxes_that_remember(memory: bool) -> None:
    repeats, n = 2000, 120
    rng, chance = np.random.default_rng(4), chance_of_winning(memory)
    wins = np.zeros((repeats, n), dtype=bool)
    for trial in range(n):
        wins[:, trial] = rng.random(repeats) < chance(wins[:, :trial])
    x, y = rng.integers(2, size=(2, repeats, n))
    a = np.ones_like(x)
    b = np.where(wins != ((x == 1) & (y == 1)), 1, -1)
    designs = [RandomSettings(*rows) for rows in zip(x, y, a, b, strict=True)]
    assert np.array_equal(designs[0].wins, wins[0])
    fell = [not design.unequal for design in designs]
    assert 1 - np.mean(fell) <= 0.001 + slack(0.001, repeats), "seldom refused without need"
    designs = [design for design, equal in zip(designs, fell, strict=True) if equal]
    exact = np.mean([p_above(design, "exact") <= LEVEL for design in designs])
    ever = np.mean([any_time_p_of_trials(design).min() <= LEVEL for design in designs])
    assert exact <= LEVEL + slack(LEVEL, repeats)
    assert ever <= LEVEL + slack(LEVEL, repeats)


def test_the_exact_p_of_counts_with_equal_fixed_trials_holds() -> None:
    repeats, n = 4000, 40
    rng = np.random.default_rng(6)
    # Any local model wins ¾ on average over the settings; unequal chances are the harder case.
    wins = rng.binomial(n, [1, 1, 1, 0], (repeats, 4)), rng.binomial(n, 0.75, (repeats, 4))
    for won in wins:
        lost = n - won
        tables = np.zeros((repeats, 4, 4), dtype=int)
        tables[:, :3, 0], tables[:, :3, 1] = won[:, :3], lost[:, :3]
        tables[:, 3, 1], tables[:, 3, 0] = won[:, 3], lost[:, 3]
        alarms = np.mean([p_above(Counts(t, "fixed")) <= LEVEL for t in tables])
        assert alarms <= LEVEL + slack(LEVEL, repeats)


# False alarms about signalling


def without_signalling(runs: int, kind: str, rng: np.random.Generator) -> PairedRuns:
    """Runs whose outcomes do not care, on average, for the partner's task."""
    if kind == "success":
        marginals = rng.choice([-1.0, 1.0], (runs, 2, 2, 2), p=[0.2, 0.8])
    else:
        skill = rng.beta(8, 1, (runs, 2, 2, 2)) * 2 - 1  # skewed, as shares of right answers are
        marginals = np.round(skill * 32) / 32
    return PairedRuns(np.zeros((runs, 2, 2)), marginals, kind)


@pytest.mark.parametrize("kind", ["correct", "success"])
@pytest.mark.parametrize("runs", [8, RUNS])
def test_tests_of_paired_runs_raise_at_most_5_percent_false_alarms(kind: str, runs: int) -> None:
    repeats, rng = 500, np.random.default_rng(runs)
    found = [without_signalling(runs, kind, rng) for _ in range(repeats)]
    alarms = np.mean([min(no_signalling(design).p_holm) <= LEVEL for design in found])
    band = np.mean([delta_null_band(design).p <= LEVEL for design in found])
    assert alarms <= LEVEL + slack(LEVEL, repeats)
    assert band <= LEVEL + slack(LEVEL, repeats)


BOXES = {
    "singlet": bell.singlet(),
    "half-hearted": bell.Behavior.from_correlators([[0.5, 0.2], [0.1, -0.3]], [0.4, -0.2], 0.3),
    "nearly always right": bell.Behavior.from_correlators(np.full((2, 2), 0.9), 0.94, 0.94),
    "always equal": bell.Behavior.from_correlators(np.ones((2, 2))),
}


@pytest.mark.parametrize("name", list(BOXES))
@pytest.mark.parametrize("trials_a_setting", [60, 1000])
def test_tests_of_counts_raise_at_most_5_percent_false_alarms(
    name: str, trials_a_setting: int
) -> None:
    repeats = 500
    tables = [
        Counts(BOXES[name].sample(trials_a_setting, seed=seed), "fixed") for seed in range(repeats)
    ]
    found = [no_signalling(table) for table in tables]
    holm_alarms = np.mean([min(f.p_holm) <= LEVEL for f in found])
    joint_alarms = np.mean([f.joint_p <= LEVEL for f in found])
    band = np.mean([delta_null_band(table).p <= LEVEL for table in tables[:200]])
    assert holm_alarms <= LEVEL + slack(LEVEL, repeats)
    assert joint_alarms <= LEVEL + slack(LEVEL, repeats)
    assert band <= LEVEL + slack(LEVEL, 200)
