"""Published experiments under the sharper statistics, and what makes these valid."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from ncviz import Experiment, bell
from ncviz.bell.sets import strategies
from ncviz.inference import (
    Counts,
    Estimate,
    RandomSettings,
    p_above,
    prediction_ratio_p,
    s_given_no_signalling,
    s_interval,
)
from ncviz.inference.loophole_free import closest_local, log_ratio, without_signalling

TABLES = st.lists(st.integers(1, 200), min_size=16, max_size=16).map(
    lambda counts: np.array(counts).reshape(4, 4)
)


def counts_of(name: str) -> Counts:
    return Counts(bell.PUBLISHED[name].counts)


def errors_above_2(s: Estimate) -> float:
    return 1.96 * (s.value - 2) / (s.high - s.value)


# S where no signal can pass


@pytest.mark.parametrize(
    ("name", "without", "with_it"),
    [
        ("nist 2015", "5.9", "7.6"),
        ("vienna 2015", "8.6", "17.5"),
        ("delft 2015", "2.07", "2.29"),
    ],
)
def test_standard_errors_above_2_are_gills(name: str, without: str, with_it: str) -> None:
    counts, digits = counts_of(name), len(without.split(".")[1])
    found = s_interval(counts, "standard-error"), s_given_no_signalling(counts)
    assert [f"{errors_above_2(s):.{digits}f}" for s in found] == [without, with_it]


@given(TABLES)
def test_the_nearest_frequencies_do_not_signal_and_are_the_least_squares_ones(
    table: np.ndarray,
) -> None:
    trials = table.sum(axis=1)
    x = table / trials[:, None]
    nearest, _ = without_signalling(x, trials)
    assert np.allclose(nearest.sum(axis=1), 1, atol=1e-12)
    # Independently: least squares by the normal equations of a reduced, free parametrisation.
    alice, bob = [1, 1, -1, -1], [1, -1, 1, -1]
    shape = np.zeros((16, 8))  # from A1, A2, B1, B2, C11 … C22 to the sixteen probabilities
    for k, (i, j) in enumerate([(0, 2), (0, 3), (1, 2), (1, 3)]):
        for o in range(4):
            shape[4 * k + o, [i, j, 4 + k]] = alice[o], bob[o], alice[o] * bob[o]
    shape /= 4
    spreads = [(np.diag(p) - np.outer(p, p)) / n for p, n in zip(x, trials, strict=True)]
    blocks = [np.linalg.pinv(spread, rcond=1e-10, hermitian=True) for spread in spreads]
    weight = np.zeros((16, 16))
    for k, block in enumerate(blocks):
        weight[4 * k : 4 * k + 4, 4 * k : 4 * k + 4] = block
    moments = np.linalg.solve(shape.T @ weight @ shape, shape.T @ weight @ (x.ravel() - 0.25))
    assert np.allclose(nearest.ravel(), 0.25 + shape @ moments, atol=1e-9)


def test_where_nothing_signals_nothing_is_taken_off() -> None:
    table = np.rint(bell.singlet().p.reshape(4, 4) * 1e6)
    s = s_given_no_signalling(Counts(table))
    assert s.value == pytest.approx(s_interval(Counts(table)).value, abs=1e-12)


# The prediction-based ratio


def test_a_perfect_quantum_experiment_gains_the_published_bits_a_trial() -> None:
    """0.0463 bits with equally likely settings (van Dam, Gill & Grünwald 2005)."""
    p = bell.singlet().p.reshape(4, 4)
    bits = (p / 4 * np.log2(p / closest_local(p / 4))).sum()
    assert f"{bits:.7f}" == "0.0462738"


@settings(max_examples=25)
@given(TABLES)
def test_the_closest_local_model_is_found(table: np.ndarray) -> None:
    f = table / table.sum()

    def far(logits: np.ndarray) -> float:
        weights = np.exp(logits - logits.max())
        return float(-(f.ravel() * np.log(strategies() @ (weights / weights.sum()))).sum())

    other = minimize(far, np.zeros(16), options={"gtol": 1e-10}).fun
    assert -(f * np.log(closest_local(f))).sum() <= other + 1e-9


@given(TABLES, TABLES)
def test_no_local_model_gains_on_average(past: np.ndarray, later: np.ndarray) -> None:
    settings = later.sum(axis=1) / later.sum()
    gains = strategies().T @ (settings[:, None] * np.exp(log_ratio(past, settings))).ravel()
    assert gains.max() <= 1 + 1e-12


def test_vienna_is_evidence_although_its_wins_are_none() -> None:
    vienna = counts_of("vienna 2015")
    assert prediction_ratio_p(vienna) < 1e-40
    assert vienna.wins / vienna.trials.sum() == pytest.approx(0.75, abs=1e-4)


@pytest.mark.parametrize("name", ["innsbruck 1998", "nist 2015"])
def test_many_trials_that_no_local_model_makes_have_a_small_p(name: str) -> None:
    assert prediction_ratio_p(counts_of(name)) < 1e-8


def random_trials(p: np.ndarray, n: int, rng: np.random.Generator) -> RandomSettings:
    setting = rng.integers(4, size=n)
    outcome = (rng.random(n)[:, None] > p.reshape(4, 4).cumsum(axis=1)[setting]).sum(axis=1)
    return RandomSettings(setting // 2, setting % 2, 1 - 2 * (outcome // 2), 1 - 2 * (outcome % 2))


def test_local_trials_seldom_have_a_small_p() -> None:
    rng, p = np.random.default_rng(1), bell.local_box().p
    found = [prediction_ratio_p(random_trials(p, 600, rng)) for _ in range(60)]
    assert np.mean(np.array(found) <= 0.05) <= 0.05
    counted = [prediction_ratio_p(Counts(random_trials(p, 600, rng).counts)) for _ in range(15)]
    assert np.mean(np.array(counted) <= 0.05) <= 0.05


def test_quantum_trials_have_a_small_p_in_either_design() -> None:
    trials = random_trials(bell.singlet().p, 2000, np.random.default_rng(2))
    assert prediction_ratio_p(trials) < 1e-4
    assert prediction_ratio_p(Counts(trials.counts)) < 1e-4
    assert p_above(trials) < 1e-4


@pytest.mark.parametrize("sharper", [s_given_no_signalling, prediction_ratio_p])
def test_runs_that_share_a_hidden_variable_are_refused(sharper: object) -> None:
    paired = Experiment(runs=2, steps=2).run().paired
    with pytest.raises(ValueError, match=r"^design must be "):
        sharper(paired)  # type: ignore[operator]
