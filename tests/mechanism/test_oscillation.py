"""Loss traces against plain autograd, and the oscillation index on signals of known truth."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.stats import binom
from torch.nn.functional import binary_cross_entropy_with_logits

from ncviz import Experiment
from ncviz.engine.chance import draw
from ncviz.mechanism.oscillation import OscillationIndex, oscillation_index, single_task_control
from ncviz.mechanism.traces import (
    LossTraces,
    Trace,
    change_correlation,
    correlation_surrogates,
    dominant_period,
    loss_traces,
    phase_shuffled,
    trace_losses,
)

Array = NDArray[np.float64]
Make = Callable[[np.random.Generator, int, int], Array]

STEPS = 400
"""Changes of a synthetic series; a multiple of the periods below."""


def white(rng: np.random.Generator, steps: int, series: int) -> Array:
    return rng.normal(size=(steps, series))


def heavy_tailed(rng: np.random.Generator, steps: int, series: int) -> Array:
    return rng.standard_t(3, size=(steps, series))


def red(memory: float) -> Make:
    return lambda rng, steps, series: lfilter([1], [1, -memory], white(rng, steps, series), axis=0)


def traces_of(losses: Array, experiment: Experiment | None = None) -> LossTraces:
    """As if an experiment's late losses had been these, (steps, runs, 4, 2)."""
    steps, runs = losses.shape[:2]
    e = experiment or Experiment(steps=4 * (steps - 1), runs=runs)
    late = Trace(np.arange(e.steps - steps + 1, e.steps + 1), losses.astype(np.float32))
    diverged = ~np.isfinite(late.losses).all(axis=(0, 2, 3))
    return LossTraces(e, whole=late, late=late, diverged=diverged)


def of(index: OscillationIndex, setting: str, head: str, column: str) -> float:
    frame = index.frame()
    row = frame[(frame["setting"] == setting) & (frame["head"] == head)]
    return float(row[column].iloc[0])


# Traces


def test_a_trace_is_the_loss_of_one_net_trained_by_autograd() -> None:
    e = Experiment(steps=120, runs=3)
    traces, λ, run = loss_traces(e), draw(e, 1), 1
    points, labels = torch.tensor(λ.train[:, :4]).double(), torch.tensor(λ.train[:, [5, 7]])
    shared = [torch.tensor(λ.hidden_weight), torch.zeros(e.hidden, dtype=torch.float64)]
    heads = [torch.tensor(λ.head_weight), torch.zeros(2, dtype=torch.float64)]
    parameters = [p.requires_grad_() for p in (*shared, *heads)]
    step_of = torch.optim.SGD(parameters, lr=e.learning_rate)

    def losses(rows: torch.Tensor | slice) -> torch.Tensor:
        units = torch.tanh(points[rows] @ shared[0].T + shared[1])
        logits = units @ heads[0].T + heads[1]
        return binary_cross_entropy_with_logits(
            logits, labels[rows].double(), reduction="none"
        ).mean(dim=0)

    expected = [losses(slice(None)).detach().numpy()]
    for batch in λ.order:
        step_of.zero_grad()
        losses(torch.tensor(batch, dtype=torch.long)).sum().backward()  # type: ignore[no-untyped-call]
        step_of.step()
        expected.append(losses(slice(None)).detach().numpy())
    for trace in (traces.whole, traces.late):
        setting_22 = trace.losses[:, run, 3]
        np.testing.assert_allclose(setting_22, np.array(expected)[trace.steps], rtol=1e-4)
    assert traces.late.steps.tolist() == list(range(90, 121))
    assert traces.whole.steps[[0, -1]].tolist() == [0, 120]


def test_runs_trace_alike_alone_and_among_others() -> None:
    many, few = (loss_traces(Experiment(steps=100, runs=n)) for n in (20, 3))
    np.testing.assert_array_equal(many.late.losses[:, :3], few.late.losses)
    np.testing.assert_array_equal(many.whole.losses[:, :3], few.whole.losses)


def test_tracing_says_how_far_it_is_and_can_be_left() -> None:
    training = trace_losses(Experiment(steps=100, runs=2))
    shares = [next(training) for _ in range(5)]
    assert shares == sorted(shares) and 0 <= shares[0] < shares[-1] < 1
    training.close()


def test_more_losses_than_memory_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match=r"runs must be at most \d+ to keep .* not 1000000"):
        loss_traces(Experiment(runs=1_000_000))


# Correlation of changes


def test_correlation_of_changes_is_numpys() -> None:
    losses = np.random.default_rng(0).normal(size=(60, 5, 2)).cumsum(axis=0)
    expected = [np.corrcoef(np.diff(losses[:, k], axis=0).T)[0, 1] for k in range(5)]
    np.testing.assert_allclose(change_correlation(losses), expected)


def test_a_trend_does_not_change_the_correlation() -> None:
    losses = np.random.default_rng(0).normal(size=(60, 5, 2))
    slopes = np.linspace(-3, 3, 10).reshape(5, 2) * np.arange(60)[:, None, None]
    np.testing.assert_allclose(change_correlation(losses + slopes), change_correlation(losses))


def test_a_loss_that_does_not_change_has_no_correlation() -> None:
    moving = np.random.default_rng(0).normal(size=60)
    assert np.isnan(change_correlation(np.stack([moving, np.full(60, 0.25)], axis=-1)))


@pytest.mark.parametrize("steps", [64, 65])
def test_shuffled_phases_keep_mean_and_spectrum_and_nothing_else(steps: int) -> None:
    values = 3 + red(0.9)(np.random.default_rng(0), steps, 200)
    shuffled = phase_shuffled(values, np.random.default_rng(1))
    spectra = [np.abs(np.fft.rfft(x, axis=0)) for x in (values, shuffled)]
    np.testing.assert_allclose(*spectra, rtol=1e-9)
    np.testing.assert_allclose(shuffled.mean(axis=0), values.mean(axis=0))
    overlap = [np.corrcoef(values[:, k], shuffled[:, k])[0, 1] for k in range(200)]
    assert abs(np.mean(overlap)) < 4 * np.std(overlap) / np.sqrt(200)


def test_the_null_of_the_correlation_has_its_closed_form() -> None:
    """Σ_k |X_k||Y_k| cos ψ_k with uniform ψ_k: mean 0, variance ½ Σ (|X_k||Y_k|)²."""
    losses = red(0.8)(np.random.default_rng(0), 102, 2)  # 101 changes: no lone fastest frequency
    size = np.abs(np.fft.rfft(np.diff(losses, axis=0), axis=0))[1:]
    product = size.prod(axis=1) / np.sqrt((size**2).sum(axis=0).prod())
    null = correlation_surrogates(losses, 4000, np.random.default_rng(1))
    spread = np.sqrt((product**2).sum() / 2)
    assert null.std() == pytest.approx(spread, rel=0.06)
    assert abs(null.mean()) < 4 * spread / np.sqrt(4000)


# Dominant period


@pytest.mark.parametrize("period", [2, 5, 40, 100])
def test_a_period_in_red_noise_is_found(period: int) -> None:
    noise = red(0.7)(np.random.default_rng(0), STEPS + 1, 20)
    phase = np.linspace(0, 1, 20)  # with period 2, a phase of ½ would be no wave at all
    wave = 6 * np.cos(2 * np.pi * np.arange(STEPS + 1)[:, None] / period + phase)
    found, p = dominant_period(noise + wave, 39, np.random.default_rng(1))
    assert (found == period).all()
    assert (p == 1 / 40).all()


@pytest.mark.parametrize(
    "noise", [white, heavy_tailed, red(0.8), red(0.98)], ids=["white", "tails", "red", "redder"]
)
def test_noise_without_a_period_seems_to_have_one_as_often_as_it_may(noise: Make) -> None:
    losses = noise(np.random.default_rng(0), STEPS + 1, 1000)
    _, p = dominant_period(losses, 39, np.random.default_rng(1))
    low, high = binom.interval(0.999, 1000, 0.05)
    assert low <= np.count_nonzero(p <= 0.05) <= high


def test_a_decay_is_no_period() -> None:
    decay = 1 / np.linspace(3, 4, STEPS + 1)[:, None]
    noise = red(0.7)(np.random.default_rng(0), STEPS + 1, 1000)
    _, p = dominant_period(decay + 1e-4 * noise, 39, np.random.default_rng(1))
    assert np.count_nonzero(p <= 0.05) <= binom.ppf(0.999, 1000, 0.05)


def test_without_any_power_there_is_no_period() -> None:
    period, p = dominant_period(np.full((50, 1), 0.1), 19, np.random.default_rng(0))
    assert np.isnan(period).all() and np.isnan(p).all()


# The index


def synthetic(runs: int = 40) -> Array:
    """Losses with known correlations, a period in (A2,B1) for Alice, and nothing else."""
    rng = np.random.default_rng(0)
    changes = rng.normal(size=(STEPS, runs, 4, 2))
    changes[:, :, 3, 1] = -0.5 * changes[:, :, 3, 0] + np.sqrt(0.75) * changes[:, :, 3, 1]
    losses = lfilter([1], [1, -0.7], np.concatenate([np.zeros((1, runs, 4, 2)), changes]), axis=0)
    losses[:, :, 2, 0] += 6 * np.sin(2 * np.pi * np.arange(STEPS + 1) / 8)[:, None]
    return np.asarray(10 + 0.01 * losses)


def test_the_amplitude_of_a_sine_is_its_height_over_root_two_whatever_its_trend() -> None:
    time = np.arange(STEPS + 1)
    height = np.array([0.1, 0.2, 0.3, 0.4])[:, None]
    # From a crest to a crest, a cosine has no slope of its own.
    wave = height * np.cos(2 * np.pi * time / 8)[:, None, None, None]
    trend = 5 - 0.004 * time[:, None, None, None]
    index = oscillation_index(traces_of(np.broadcast_to(wave + trend, (STEPS + 1, 3, 4, 2))), 19)
    expected = np.broadcast_to(height / np.sqrt(2), (3, 4, 2))
    np.testing.assert_allclose(index.amplitude, expected, rtol=5e-3)  # a half wave more than none


def test_the_index_finds_the_correlation_and_the_period_where_they_are() -> None:
    index = oscillation_index(traces_of(synthetic()), surrogates=199)
    frame = index.frame()
    assert of(index, "22", "bob", "correlation") == pytest.approx(-0.5, abs=0.03)
    assert set(frame["setting"][frame["p_holm"] <= 0.05]) == {"22"}
    inside = frame["correlation"].between(frame["null_low"], frame["null_high"])
    assert not inside[frame["setting"] == "22"].any()
    assert of(index, "21", "alice", "period") == 8
    assert of(index, "21", "alice", "peaks") == 1
    assert frame["period"].notna().sum() == 1


def test_the_correlation_of_a_run_does_not_hang_on_the_others() -> None:
    losses = synthetic(4)
    all_runs, two = (oscillation_index(traces_of(losses[:, :n]), 19) for n in (4, 2))
    np.testing.assert_array_equal(all_runs.correlation[:2], two.correlation)
    np.testing.assert_array_equal(all_runs.amplitude[:2], two.amplitude)


def test_diverged_runs_are_left_out_and_counted() -> None:
    losses = synthetic(5)
    losses[-1, 1, 0, 0] = np.nan
    with_it = oscillation_index(traces_of(losses), 19)
    without = oscillation_index(traces_of(np.delete(losses, 1, axis=1)), 19)
    assert with_it.frame().equals(without.frame())
    assert np.isnan(with_it.amplitude[1]).all() and (with_it.frame()["runs"] == 4).all()


def test_where_every_run_diverged_nothing_is_said() -> None:
    frame = oscillation_index(traces_of(np.full((STEPS + 1, 3, 4, 2), np.nan)), 19).frame()
    assert (frame["runs"] == 0).all()
    assert frame.drop(columns=["setting", "head", "runs"]).isna().all(axis=None)


def test_short_trainings_and_few_surrogates_are_refused() -> None:
    with pytest.raises(ValueError, match=r"steps must be at least 124 .* not 100"):
        oscillation_index(loss_traces(Experiment(runs=1, steps=100)))
    with pytest.raises(ValueError, match=r"surrogates must be a whole number from 19 .* not 5"):
        oscillation_index(traces_of(synthetic(2)), surrogates=5)


# The single-task control


def test_alone_a_head_does_not_feel_the_partners_task() -> None:
    losses = loss_traces(single_task_control(Experiment(runs=4, steps=200))).late.losses
    alice, bob = losses[..., 0], losses[..., 1]
    np.testing.assert_array_equal(alice[:, :, [0, 2]], alice[:, :, [1, 3]])
    np.testing.assert_array_equal(bob[:, :, [0, 1]], bob[:, :, [2, 3]])


@pytest.mark.parametrize("optimizer, rate", [("sgd", 0.5), ("adam", 0.02)])
def test_alone_a_head_is_as_where_the_partners_gradient_is_stopped(
    optimizer: str, rate: float
) -> None:
    e = Experiment(runs=4, steps=200, optimizer=optimizer, learning_rate=rate)
    alone = loss_traces(single_task_control(e)).whole.losses
    for head, stopped in enumerate(["without bob", "without alice"]):
        partner_stopped = replace(e, shared_gradient=stopped)
        losses = loss_traces(partner_stopped).whole.losses
        np.testing.assert_allclose(alone[..., head], losses[..., head], rtol=1e-3)
        assert single_task_control(partner_stopped) == single_task_control(e)


def test_the_control_compares_run_by_run() -> None:
    e = Experiment(steps=4 * STEPS, runs=6)
    losses = synthetic(6)
    index = oscillation_index(traces_of(10 + 3 * (losses - 10), e), 19)
    alone = oscillation_index(traces_of(losses, single_task_control(e)), 19)
    frame = index.frame(alone)
    for column in ("ratio", "ratio_low", "ratio_high"):
        np.testing.assert_allclose(frame[column], 3, rtol=1e-3)
    np.testing.assert_allclose(frame["amplitude"] / frame["amplitude_alone"], 3, rtol=1e-3)
    np.testing.assert_allclose(frame["difference"], 0, atol=1e-4)
    with pytest.raises(ValueError, match="control must be of single_task_control"):
        index.frame(oscillation_index(traces_of(losses, replace(e, seed=1)), 19))


def test_with_two_hard_tasks_competing_one_loss_rises_as_the_other_falls() -> None:
    """Default experiment, (A2,B2): alone, the shared batches make both move together."""
    e = Experiment(runs=32)
    alone = oscillation_index(loss_traces(single_task_control(e)), 39)
    frame = oscillation_index(loss_traces(e), 39).frame(alone).set_index("setting").loc["22"]
    assert (frame["correlation_high"] < frame["null_low"]).all()
    assert (frame["correlation_alone"] > frame["null_high"]).all()
    assert (frame["difference_high"] < 0).all()
    assert (frame["ratio_low"] > 30).all()
    assert frame["period"].isna().all()
