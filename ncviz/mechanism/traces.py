"""Training losses of every run, and what they tell as series: how two change, and any period."""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ncviz.basics.checks import Brief, a, a_bool, takes
from ncviz.basics.computing import unwarned, with_bar, without_autograd
from ncviz.engine.evaluation import precise_losses
from ncviz.engine.training import State, train
from ncviz.experiment import Experiment
from ncviz.inference import Array
from ncviz.results.outcomes import oscillation_steps

RECORDS = 50  # intervals between the records of the whole training
MOST_NUMBERS = 250_000_000  # losses that are kept at most, 1 GB of them
LEAST_STEPS = 32  # shorter series say nothing of a period
LEAST_CYCLES = 3  # slower than this many cycles in the whole series is a trend, not a period
TREND = 3  # degree of the polynomial that stands for a loss's decay where a period is looked for


@dataclass(frozen=True, repr=False)
class Trace(Brief):
    """Mean logistic losses (nats) over the training set, of every net at some steps."""

    steps: NDArray[np.int64]
    losses: NDArray[np.float32]  # (steps, runs, 4, 2), settings 11, 12, 21, 22, Alice's first


@dataclass(frozen=True, repr=False)
class LossTraces(Brief):
    """The training losses of an experiment.

    ``whole`` and ``late`` have steps and losses, float32 in nats, shape (steps, runs, 4, 2): at 51
    steps over the whole training; at every step of the last quarter, and the one before it. Runs
    that diverged, shape (runs,), had a loss that is not finite: what is made of these leaves them
    out.
    """

    experiment: Experiment
    whole: Trace
    late: Trace
    diverged: NDArray[np.bool_]


a_trace = a(LossTraces, "LossTraces, as loss_traces gives them")


@takes(experiment=a(Experiment, "an Experiment"), progress=a_bool)
def loss_traces(experiment: Experiment, progress: bool = False) -> LossTraces:
    """Train an experiment and keep its training losses; `ValueError` beyond 250 million of them.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.mechanism import loss_traces
    >>> traces = loss_traces(Experiment(runs=2, steps=200))
    >>> traces.whole.losses.shape, traces.late.losses.shape
    ((51, 2, 4, 2), (51, 2, 4, 2))
    """
    return with_bar(trace_losses(experiment), progress)


def trace_losses(experiment: Experiment) -> Generator[float, None, LossTraces]:
    """What `loss_traces` does, giving the share that is done; closing the generator cancels it."""
    whole = np.unique(np.linspace(0, experiment.steps, RECORDS + 1).round().astype(np.int64))
    watched = oscillation_steps(experiment.steps)
    late = np.arange(watched.start - 1, watched.stop)
    most = MOST_NUMBERS // (8 * (len(whole) + len(late)))
    if experiment.runs > most:
        raise ValueError(
            f"runs must be at most {most} to keep the losses of {experiment.steps} steps, "
            f"not {experiment.runs}"
        )
    shape = experiment.runs, 4, 2
    traces = [Trace(n, np.empty((len(n), *shape), dtype=np.float32)) for n in (whole, late)]
    diverged = np.zeros(experiment.runs, dtype=bool)
    for state in train(experiment, np.union1d(whole, late).tolist()):
        losses = _losses(state, experiment.runs)
        diverged |= ~np.isfinite(losses).all(axis=(1, 2))
        for trace in traces:
            trace.losses[trace.steps == state.step] = losses
        yield state.step / experiment.steps
    return LossTraces(experiment, traces[0], traces[1], diverged)


@without_autograd
def _losses(state: State, runs: int) -> NDArray[np.float32]:
    # The losses keep 24 bits, no fewer than the logits that they are computed from.
    losses = np.empty((runs, 4, 2), dtype=np.float32)
    for block in state.blocks:
        for some, margins in block.margins("train"):
            losses[some] = precise_losses(margins).cpu().numpy()
    return losses


# Series in time


def change_correlation(losses: ArrayLike) -> Array:
    """Pearson correlation (…) of the changes of two heads' losses (steps, …, 2); NaN if none."""
    return _correlation(np.diff(np.asarray(losses, dtype=np.float64), axis=0))


def phase_shuffled(values: ArrayLike, rng: np.random.Generator) -> Array:
    """Surrogates (steps, …) of the same power spectrum, phases at random (Theiler et al. 1992)."""
    series = np.asarray(values, dtype=np.float64)
    spectrum = np.fft.rfft(series, axis=0)
    turns = np.exp(2j * np.pi * rng.random(spectrum.shape))
    turns[0] = 1  # the mean stays
    if len(series) % 2 == 0:  # the fastest frequency has a sign, no phase
        turns[-1] = np.sign(turns[-1].real)
    return np.fft.irfft(spectrum * turns, n=len(series), axis=0)


def correlation_surrogates(losses: ArrayLike, surrogates: int, rng: np.random.Generator) -> Array:
    """`change_correlation` (surrogates, …) as if unrelated: both keep their power spectra."""
    alice, bob = np.moveaxis(np.diff(np.asarray(losses, dtype=np.float64), axis=0), -1, 0)
    # Phases of one head suffice: only differences enter.
    shuffled = (phase_shuffled(alice, rng) for _ in range(surrogates))
    return np.stack([_correlation(np.stack([each, bob], axis=-1)) for each in shuffled])


def dominant_period(
    losses: ArrayLike, surrogates: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """The period of the highest peak of a loss's spectrum above its red noise, and its p-value.

    Of losses (steps, …), in steps; both NaN without any power. A noisy loss remembers where it was
    a step ago, so slow swings have the most power without any period. Its decay (a cubic) and that
    memory are taken out first: residuals x_t − φ·x_{t−1} of an AR(1) process (Torrence & Compo
    1998), φ not below 0, so that a zigzag is a period. The statistic is Fisher's g (1929), the
    highest peak of their periodogram as a share of all its power; the null, the same residuals in
    random order (phase-shuffled surrogates would keep every peak).
    """
    residuals = _without_memory(np.asarray(losses, dtype=np.float64))
    cycles, height = _highest_peak(residuals)
    as_high = np.zeros(height.shape, dtype=np.int64)
    for _ in range(surrogates):
        # One order for all series: each of them is judged by itself.
        as_high += _highest_peak(residuals[rng.permutation(len(residuals))])[1] >= height
    nothing = np.isnan(height)
    period = np.where(nothing, np.nan, len(residuals) / cycles)
    return period, np.where(nothing, np.nan, (1 + as_high) / (1 + surrogates))


def _without_memory(losses: Array) -> Array:
    """Residuals of an AR(1) process about a polynomial trend, shape (steps − 1, ...)."""
    flat = (losses - losses[0]).reshape(len(losses), -1)  # exactly 0 where nothing changes
    time = np.linspace(-1, 1, len(flat))
    trend, _ = np.linalg.qr(np.polynomial.legendre.legvander(time, TREND))
    waves = flat - trend @ (trend.T @ flat)
    before, after = waves[:-1], waves[1:]
    power = (before**2).sum(axis=0)
    memory = (before * after).sum(axis=0).clip(min=0) / np.where(power > 0, power, 1)
    return np.asarray((after - memory * before).reshape(-1, *losses.shape[1:]))


def _highest_peak(residuals: Array) -> tuple[NDArray[np.int64], Array]:
    """Its number of cycles, and its share of all power."""
    power = np.abs(np.fft.rfft(residuals, axis=0)[LEAST_CYCLES:]) ** 2
    share = unwarned(np.divide)(power.max(axis=0), power.sum(axis=0))
    return power.argmax(axis=0) + LEAST_CYCLES, np.asarray(share)


def _correlation(changes: Array) -> Array:
    """Pearson correlation over the first axis of the two series of the last one."""
    a, b = np.moveaxis(changes - changes.mean(axis=0), -1, 0)
    size = np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))
    return np.asarray(unwarned(np.divide)((a * b).sum(axis=0), size))
