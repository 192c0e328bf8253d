"""How the settings fell: what counts wins asks for equally likely ones, and is refused else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from ncviz import bell
from ncviz.bell import Behavior
from ncviz.inference import (
    Counts,
    RandomSettings,
    any_time_p_of_trials,
    delta_null_band,
    no_signalling,
    p_above,
    s_interval,
)

ALL_PLUS = [[1000, 0, 0, 0]] * 3 + [[500, 0, 0, 0]]
"""S = 2 by a local plan, and 3000 of 3500 games won: a win chance of ¾ would have p = 1e-54."""


def all_plus_trials(*trials: int) -> RandomSettings:
    """So many trials in the settings 11, 12, 21, 22, all of them ++."""
    setting = np.repeat(np.arange(4), trials)
    ones = np.ones(len(setting), dtype=int)
    return RandomSettings(setting // 2, setting % 2, ones, ones)


def test_unequal_settings_give_a_local_plan_no_small_p() -> None:
    assert stats.binomtest(3000, 3500, 0.75, alternative="greater").pvalue < 1e-50
    for settings in ("random", "fixed"):
        table = Counts(ALL_PLUS, settings)
        assert p_above(table) > 0.4
        found = s_interval(table)
        assert found.value == 2 and found.low <= 2 <= found.high < 2.1
        with pytest.raises(
            ValueError, match="must be 'bound', not 'exact': the settings have 1000"
        ):
            p_above(table, "exact")
        with pytest.raises(ValueError, match="'by-setting' or 'standard-error', not 'exact'"):
            s_interval(table, "exact")


def test_nor_to_random_trials_that_are_all_plus() -> None:
    design = all_plus_trials(300, 300, 300, 150)
    assert p_above(design) > 0.4
    assert s_interval(design).value == 2 and s_interval(design).high < 2.2
    with pytest.raises(ValueError, match="not 'any-time': the settings have 300, 300, 300, 150 tr"):
        p_above(design, "any-time")
    with pytest.raises(ValueError, match=r"χ² p = 7e-14.*; use p_above\(…, 'bound'\)"):
        any_time_p_of_trials(design)


def test_equal_settings_keep_the_exact_p() -> None:
    for design in (all_plus_trials(50, 50, 50, 50), Counts([[50, 0, 0, 0]] * 4, "fixed")):
        assert not design.unequal
        assert p_above(design) == p_above(design, "exact") == p_above(design, "bound")
        assert p_above(design) == pytest.approx(stats.binom.sf(149, 200, 0.75))
    # By chance unequal, as at Delft: the published p stands.
    delft = Counts(bell.PUBLISHED["delft 2015"].counts)
    assert delft.trials.tolist() == [53, 79, 62, 51] and not delft.unequal
    assert round(p_above(delft), 3) == 0.039


@given(st.lists(st.integers(1, 60), min_size=4, max_size=4))
def test_settings_are_compared_as_they_came(trials: list[int]) -> None:
    table = [[n, 0, 0, 0] for n in trials]
    chi2 = sum((n - sum(trials) / 4) ** 2 for n in trials) / (sum(trials) / 4)
    assert bool(Counts(table).unequal) == (stats.chi2.sf(chi2, 3) < 0.001)
    assert bool(Counts(table, "fixed").unequal) == (len(set(trials)) > 1)
    assert bool(all_plus_trials(*trials).unequal) == bool(Counts(table).unequal)


def test_a_setting_without_a_trial_proves_nothing() -> None:
    design = all_plus_trials(60, 60, 60, 0)
    assert p_above(design) == 1


def test_of_published_experiments_all_but_the_count_of_wins_stays_valid() -> None:
    # Given how many trials each setting has, standard errors and no-signalling tests hold.
    innsbruck = Counts(bell.PUBLISHED["innsbruck 1998"].counts)
    assert innsbruck.unequal.startswith("the settings have 4040, 2911, 4370, 3252 trials")
    S = float(Behavior.from_counts(innsbruck.table).S)
    found = s_interval(innsbruck)
    assert found.value == pytest.approx(S) and found.low < S < found.high
    assert 8 * innsbruck.wins / innsbruck.trials.sum() - 4 != pytest.approx(S, abs=0.01)
    assert no_signalling(innsbruck).joint_p < 0.05 and delta_null_band(innsbruck).p < 0.05
    assert p_above(innsbruck) < 1e-30


def wins_of_local_boxes(
    chances: NDArray[np.float64], trials: list[int], repeats: int, rng: np.random.Generator
) -> list[Counts]:
    """Tables of boxes that win with these chances in the four settings."""
    won = rng.binomial(trials, chances, (repeats, 4))
    tables = np.zeros((repeats, 4, 4), dtype=int)
    tables[:, :3, 0], tables[:, :3, 1] = won[:, :3], (trials - won)[:, :3]
    tables[:, 3, 1], tables[:, 3, 0] = won[:, 3], (trials - won)[:, 3]
    return [Counts(table, "fixed") for table in tables]


@pytest.mark.long("ncviz/inference")
@pytest.mark.parametrize("chances", [[0.97, 0.99, 0.98, 0.06], [0.75] * 4, [0.9, 0.9, 0.9, 0.3]])
@pytest.mark.parametrize("trials", [[80, 40, 60, 20], [30, 30, 30, 10], [400, 300, 300, 200]])
def test_the_bound_holds_whatever_the_trials_in_each_setting(
    chances: list[float], trials: list[int]
) -> None:
    repeats = 1000
    tables = wins_of_local_boxes(np.array(chances), trials, repeats, np.random.default_rng(1))
    for level in (0.05, 0.01):
        alarms = np.mean([p_above(table, "bound") <= level for table in tables])
        assert alarms <= level + 3 * np.sqrt(level * (1 - level) / repeats)


@pytest.mark.long("ncviz/inference")
@pytest.mark.parametrize(
    "trials", [[6, 9, 5, 4], [3, 2, 4, 3], [40, 20, 30, 10], [200, 50, 90, 80]]
)
@pytest.mark.parametrize("chance", [0.6, 0.85, 0.95, 1.0])
def test_the_interval_by_setting_covers_in_thin_settings(trials: list[int], chance: float) -> None:
    repeats = 800
    tables = wins_of_local_boxes(np.full(4, chance), trials, repeats, np.random.default_rng(2))
    S = 8 * chance - 4
    found = [s_interval(table, "by-setting") for table in tables]
    covered = np.mean([e.low - 1e-9 <= S <= e.high + 1e-9 for e in found])
    print(f"\n{trials}, win chance {chance}: coverage {covered:.3f}")
    assert covered >= 0.93 - 3 * np.sqrt(0.93 * 0.07 / repeats)
