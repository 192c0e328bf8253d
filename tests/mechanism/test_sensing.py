"""Sensing on features of known truth, against a plain fit, and where nothing is shared."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom, norm

from ncviz import Experiment
from ncviz.mechanism.sensing import (
    FOLDS,
    RIDGE,
    bits,
    in_steps,
    late_level,
    late_oscillation,
    sensing,
    sensing_by_size,
    told,
)
from ncviz.mechanism.traces import LossTraces, Trace, loss_traces

Array = NDArray[np.float64]


def in_order(runs: int) -> Array:
    return np.ones((runs, 1))


def apart(rng: np.random.Generator, runs: int, distance: float, features: int = 1) -> Array:
    """Two Gaussians of variance 1, so far from each other in the first feature."""
    values = rng.normal(size=(runs, 2, features))
    values[:, :, 0] += distance * np.array([0.5, -0.5])
    return values


# The classifier


def test_two_gaussians_are_told_as_well_as_anybody_could() -> None:
    right = told(apart(np.random.default_rng(0), 4000, distance=2), in_order(4000))
    assert right.mean() == pytest.approx(norm.cdf(1), abs=0.012)


def test_it_is_ridge_regression_on_standardised_features() -> None:
    features = apart(np.random.default_rng(0), 23, 1.0, features=30) * np.geomspace(0.1, 10, 30) + 5
    right = told(features, in_order(23))[0]
    for run in range(23):
        learns = np.arange(23) % FOLDS != run % FOLDS
        samples = features[learns].reshape(-1, 30)
        middle, spread = samples.mean(axis=0), samples.std(axis=0)
        rows = (samples - middle) / spread
        labels = np.tile([1.0, -1.0], learns.sum())
        # The penalty as further samples: an identity that should give 0.
        penalty = np.sqrt(RIDGE * len(rows)) * np.eye(30)
        weights, *_ = np.linalg.lstsq(
            np.concatenate([rows, penalty]), np.concatenate([labels, np.zeros(30)])
        )
        scores = (features[run] - middle) / spread @ weights
        assert right[run].tolist() == [scores[0] > 0, scores[1] < 0]


def test_no_run_helps_to_tell_itself_or_its_fold() -> None:
    """Turning all labels of a fold turns what is right in it, and nothing else there."""
    features, order = apart(np.random.default_rng(0), 40, 0.5, features=6), in_order(40)
    fold = np.arange(40) % FOLDS == 2
    turned = np.where(fold[:, None], -order, order)
    before, after = told(features, order)[0, fold], told(features, turned)[0, fold]
    np.testing.assert_array_equal(after[:, ::-1], 1 - before)


def test_a_swap_of_labels_is_a_swap_of_traces() -> None:
    rng = np.random.default_rng(0)
    features, order = apart(rng, 40, 1.0, features=3), rng.choice([-1.0, 1.0], size=(40, 1))
    swapped = np.where(order[:, :, None] < 0, features[:, ::-1], features)
    np.testing.assert_array_equal(told(features, order), told(swapped, in_order(40)))


def test_what_differs_between_runs_only_tells_nothing() -> None:
    """Every run has traces of its own kind, equal in both settings: exactly one half."""
    kinds = np.random.default_rng(0).normal(size=(30, 1, 50))
    right = told(np.repeat(kinds, 2, axis=1), in_order(30))
    assert (right == 0.5).all()


def test_without_a_difference_p_values_are_uniform() -> None:
    rng = np.random.default_rng(0)
    small = 0
    for _ in range(300):
        order = np.concatenate([in_order(20), rng.choice([-1.0, 1.0], size=(20, 19))], axis=1)
        accuracy = told(rng.normal(size=(20, 2, 30)), order).mean(axis=(1, 2))
        small += np.mean(accuracy >= accuracy[0] - 1e-12) <= 0.2
    assert binom.ppf(0.0005, 300, 0.12) <= small <= binom.ppf(0.9995, 300, 0.2)  # ties: fewer


# Bits


@pytest.mark.parametrize("share", [0.5, 0.75, 0.9, 1.0])
def test_bits_of_equally_many_mistakes_on_both_sides_are_one_less_their_entropy(
    share: float,
) -> None:
    right = (np.arange(10_000) < share * 10_000).astype(float)
    p = np.array([share, 1 - share])
    entropy = -(p[p > 0] * np.log2(p[p > 0])).sum()
    assert bits(np.stack([right, right], axis=-1)) == pytest.approx(1 - entropy, abs=1e-4)


def test_bits_are_hardly_biased_where_there_are_none() -> None:
    rng = np.random.default_rng(0)
    runs = 50
    right = rng.integers(2, size=(4000, runs, 2)).astype(float)
    uncorrected = 1 / (4 * runs * np.log(2))
    # Cut at 0, half of what the correction leaves remains.
    assert bits(right).mean() < 0.6 * uncorrected


def test_a_guess_that_is_always_the_same_tells_nothing() -> None:
    right = np.tile([1.0, 0.0], (20, 1))
    assert bits(right) == 0


# Evidence


def test_the_late_oscillation_knows_neither_level_nor_trend() -> None:
    rng = np.random.default_rng(0)
    steps = np.arange(301, 402)
    losses = rng.normal(size=(101, 3, 4, 2))
    other = losses + rng.normal(size=(3, 4, 2)) + 0.02 * steps[:, None, None, None]
    e = Experiment(steps=400, runs=3)
    features = [
        late_oscillation(LossTraces(e, whole=trace, late=trace, diverged=np.zeros(3, dtype=bool)))
        for trace in (Trace(steps, x.astype(np.float32)) for x in (losses, other))
    ]
    np.testing.assert_allclose(*features, rtol=1e-3, atol=1e-3)


def test_the_level_is_the_mean_loss_of_the_last_quarter() -> None:
    traces = loss_traces(Experiment(runs=3, steps=160))
    expected = np.log(traces.late.losses.astype(np.float64).mean(axis=0))
    np.testing.assert_allclose(late_level(traces)[..., 0], expected, rtol=1e-12)


def test_a_level_tells_what_a_threshold_tells_also_where_it_does_not_rise() -> None:
    """One class in the middle, the other on both sides: no line parts them, steps do."""
    rng = np.random.default_rng(0)
    middle, sides = rng.uniform(-1, 1, 400), rng.choice([-1, 1], 400) * rng.uniform(1, 2, 400)
    levels = np.stack([middle, sides], axis=1)[..., None]
    assert told(levels, in_order(400)).mean() < 0.6
    assert told(in_steps(levels), in_order(400)).mean() > 0.95


def test_an_oscillation_that_only_follows_the_level_tells_nothing_where_levels_are_alike() -> None:
    """Louder where the level is higher, and the partner's task decides the level of most runs."""
    rng = np.random.default_rng(0)
    runs, steps = 200, np.arange(300, 401)
    level = rng.uniform(0.2, 0.6, size=(1, runs, 1, 1)) * np.ones((1, runs, 4, 2))
    level[:, 50:, 1::2, 0] *= 2
    losses = level * (1 + 0.05 * rng.normal(size=(len(steps), runs, 4, 2)))
    trace = Trace(steps, losses.astype(np.float32))
    e = Experiment(steps=400, runs=runs)
    frame = sensing(LossTraces(e, trace, trace, np.zeros(runs, dtype=bool)), 19).frame
    a1 = frame.set_index(["task", "evidence"]).loc["A1"]
    assert a1.loc["late oscillation", "accuracy"] > 0.6
    assert a1.loc["late level", "accuracy"] > 0.6
    assert a1.loc["late oscillation", "alike_runs"] == 50
    assert a1.loc["late oscillation", "alike_low"] < 0.5 < a1.loc["late oscillation", "alike_high"]


# Whole experiments


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_where_nothing_is_shared_nothing_is_sensed(optimizer: str) -> None:
    e = Experiment(runs=10, steps=200, trunk="separate", optimizer=optimizer, learning_rate=0.1)
    frame = sensing(loss_traces(e)).frame
    assert (frame["accuracy"] == 0.5).all()
    assert (frame["bits"] == 0).all()
    assert (frame["p"] == 1).all()


def test_a_shared_layer_of_three_units_tells_the_partners_task() -> None:
    found = sensing(loss_traces(Experiment(runs=60)), permutations=199)
    frame = found.frame.set_index(["evidence", "task"])
    assert (frame["p_holm"] <= 0.05).all()
    assert (frame["accuracy"] > frame["null_high"]).all()
    assert (frame["bits"] > frame["bits_null_high"]).all()
    assert frame.loc[("whole training", "A1"), "accuracy"] > 0.75
    assert found.runs == 60


def test_where_no_task_is_swapped_there_is_nothing_to_sense() -> None:
    """Alice trains beside the same task of Bob's in both settings, so her traces are equal."""
    same = Experiment(runs=10, steps=200, pairing=("s1", "s1 XOR s2", "s3", "s3"))
    frame = sensing(loss_traces(same), permutations=19).frame.set_index("head")
    assert (frame.loc["alice", "accuracy"] == 0.5).all()


def test_diverged_runs_are_left_out_and_counted() -> None:
    traces = loss_traces(Experiment(runs=12, steps=200))
    traces.whole.losses[7, 3, 2, 1] = np.nan
    bad = np.arange(12) == 3
    kept = LossTraces(
        traces.experiment,
        Trace(traces.whole.steps, traces.whole.losses[:, ~bad]),
        Trace(traces.late.steps, traces.late.losses[:, ~bad]),
        np.zeros(11, dtype=bool),
    )
    found = sensing(replace(traces, diverged=bad), permutations=19)
    assert found.runs == 11
    assert found.frame.equals(sensing(kept, permutations=19).frame)


def test_sizes_stand_one_under_the_other() -> None:
    e = Experiment(runs=10, steps=150)
    frame = sensing_by_size(e, hidden=[1, 2], progress=False)
    assert frame["hidden"].tolist() == [1] * 12 + [2] * 12
    one = sensing(loss_traces(replace(e, hidden=2))).frame
    assert frame.iloc[12:].drop(columns=["hidden", "runs"]).reset_index(drop=True).equals(one)


def test_too_few_runs_steps_or_permutations_are_refused() -> None:
    with pytest.raises(ValueError, match="runs that did not diverge must be at least 10, not 9"):
        sensing(loss_traces(Experiment(runs=9, steps=200)))
    with pytest.raises(ValueError, match=r"steps must be at least 128 .* not 100"):
        sensing(loss_traces(Experiment(runs=10, steps=100)))
    with pytest.raises(ValueError, match=r"permutations must be a whole number from 19 .* not 0"):
        sensing(loss_traces(Experiment(runs=10, steps=200)), permutations=0)
