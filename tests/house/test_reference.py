"""The statistics against those of an independent implementation, and the pairings' claims."""

from functools import cache

import numpy as np
import pytest

from ncviz import Experiment, tasks
from ncviz.results.result import Result

# Hidden size: mean S and its standard error, from 2000 to 4000 runs of another implementation.
TABLE = {2: (1.517, 0.006), 3: (2.276, 0.0065), 4: (2.150, 0.005), 6: (1.994, 0.0009)}


@cache
def result(hidden: int, pairing: str = "xornet", runs: int = 200) -> Result:
    return Experiment(hidden=hidden, pairing=pairing, runs=runs, seed=1).run()


def error(r: Result) -> float:
    return float(r.runs.S.std() / np.sqrt(len(r.runs)))


@pytest.mark.parametrize("hidden", list(TABLE))
def test_mean_s_agrees_with_the_reference_table(hidden: int) -> None:
    mean, its_error = TABLE[hidden]
    r = result(hidden)
    assert abs(r.s.value - mean) <= 3.5 * np.hypot(error(r), its_error)


def test_s_peaks_at_three_hidden_neurons() -> None:
    top = result(3)
    for other in (result(2), result(5)):
        assert top.s.value - other.s.value > 3.5 * np.hypot(error(top), error(other))


def test_reversed_pairing_is_far_below_at_two_neurons() -> None:
    r = result(2, "reversed")
    assert abs(r.s.value - (-0.2)) <= 3.5 * error(r) + 0.05  # −0.2 is known to one digit


@pytest.mark.parametrize("hidden", [1, 2, 3, 5])
def test_easy_pairing_never_passes_2(hidden: int) -> None:
    r = result(hidden, "easy", runs=60)
    assert r.s.value <= 2 + 3.5 * error(r)
    assert r.s.high < 2 + 8 * (1 - 0.025 ** (1 / 60)), "no wider than a saturated interval"


def test_signalling_accounts_for_the_excess_at_three_neurons() -> None:
    r = result(3)
    assert r.s.low > 2
    assert r.summary.D.high < 0
    assert r.behavior.S <= 2 + r.behavior.delta


def test_crossed_xors_reach_2_only_near_five_neurons() -> None:
    assert result(3, "crossed-xors", 60).s.high < 1.5
    assert result(5, "crossed-xors", 60).s.value == pytest.approx(2, abs=0.15)


def test_pairings_are_ordered_by_critical_size() -> None:
    sizes = [pairing.critical_size for pairing in tasks.PAIRINGS.values()]
    assert sizes == sorted(sizes)


@pytest.mark.parametrize("name", list(tasks.PAIRINGS))
def test_critical_size_is_the_last_with_more_than_three_percent_wrong(name: str) -> None:
    size = tasks.PAIRINGS[name].critical_size
    short, enough = (result(hidden, name, 60).runs.test_error for hidden in (size, size + 1))
    assert short.mean() > 0.03 - 2 * short.sem()
    assert enough.mean() < 0.03 + 2 * enough.sem()
    assert short.mean() - enough.mean() > 2 * np.hypot(short.sem(), enough.sem())
