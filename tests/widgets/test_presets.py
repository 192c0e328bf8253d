"""What each preset's sentence claims, measured with 200 runs of a seed that chose none of them."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from ncviz import Experiment
from ncviz.bell import TSIRELSON_BOUND
from ncviz.results.result import Result
from ncviz.widgets.explorer.situations import PRESETS, Presets
from ncviz.widgets.explorer.state import State

SEED = 2603


@cache
def result(name: str) -> Result:
    return replace(PRESETS[name].of(Experiment()), runs=200, seed=SEED).run()


def correlators(name: str) -> np.ndarray:
    """In the settings 11, 12, 21, 22."""
    return result(name).correlators.to_numpy().ravel()


def test_one_neuron_is_too_small() -> None:
    r = result("too small")
    assert r.s.high < 1
    last = r.losses[r.losses.step == r.step].groupby(["setting", "head"]).loss.median()
    assert (last.groupby("setting").max() > 0.3).all()


def test_at_the_critical_size_c22_is_far_lower_than_the_others_and_s_passes_2() -> None:
    assert result("critical").s.low > 2
    *others, c22 = correlators("critical")
    assert c22 < 0.5 < 0.7 < min(others)


def test_with_ample_room_everything_is_learned() -> None:
    assert correlators("ample").min() > 0.97
    assert 1.9 < result("ample").s.value <= 2


def test_without_shared_neurons_there_is_no_influence_and_no_s_above_2() -> None:
    r = result("no shared neurons")
    assert (r.influence[["A1", "A2", "B1", "B2"]] == 0).all(axis=None)
    assert r.runs.S.max() <= 2


def test_reversed_are_the_very_networks_of_critical_with_the_bump_in_another_form() -> None:
    r, critical = result("reversed tasks"), result("critical")
    a1, a2, b1, b2 = r.experiment.tasks
    assert (a2, a1, b2, b1) == critical.experiment.tasks
    np.testing.assert_array_equal(r.outcomes[:, ::-1], critical.outcomes)
    assert 0.5 < r.s.value < 1.5
    assert r.behavior.s_odd == pytest.approx(critical.behavior.s_odd, abs=1e-12)
    assert r.behavior.s_odd > 2


def test_above_tsirelson() -> None:
    r = result("above 2√2")
    assert r.s.low > TSIRELSON_BOUND
    assert r.summary.D.high < 0
    one_wins = r.outcomes[:, 3].sum(axis=1).ravel() == 0
    assert one_wins.mean() > 0.5, "where both learn XOR, one wins and the other loses"


def test_late_losses_swing_against_each_other_in_a2_with_b2_only() -> None:
    r = result("swinging losses")
    assert r.summary.correlators[3].high < 0
    assert min(c.low for c in r.summary.correlators[:3]) > 0.3


def test_steps_that_are_too_long_teach_nothing_hard() -> None:
    r = result("too fast")
    assert r.s.high < 2
    assert correlators("too fast")[1:].max() < 0.5
    assert r.summary.diverged == 0


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_the_same_whatever_came_before(name: str) -> None:
    elsewhere = Experiment(hidden=9, noise=1.0, seed=5, runs=7, outcome="success")
    assert PRESETS[name].of(elsewhere) == PRESETS[name].of(Experiment())
    view = Presets(state := State(elsewhere))
    assert view.chosen == -1
    state.move(PRESETS[name].of(elsewhere))
    assert view.presets[view.chosen]["name"] == name


def test_s_passes_2_at_the_very_seed_and_runs_that_critical_sets() -> None:
    assert PRESETS["critical"].of(Experiment(runs=1, seed=3)).run().s.low > 2
