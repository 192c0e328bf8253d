"""Training losses of every run: coarsely over the whole training, at every step late in it."""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.checks import Brief, a, a_bool, takes
from ncviz.basics.computing import without_autograd
from ncviz.basics.steps import seen, to_the_end
from ncviz.engine.evaluation import precise_losses
from ncviz.engine.training import State, train
from ncviz.experiment import Experiment
from ncviz.results.outcomes import oscillation_steps

Losses = NDArray[np.float32]

RECORDS = 50
"""Intervals between the records of the whole training."""

MOST_NUMBERS = 250_000_000
"""Losses that are kept at most, 1 GB of them."""


@dataclass(frozen=True, repr=False)
class Trace(Brief):
    """Losses of every net at some steps.

    Parameters
    ----------
    steps : array of int, shape (steps,)
    losses : array of float32, shape (steps, runs, 4, 2)
        Mean logistic loss in nats over the run's training set, indexed [step, run, setting, head],
        settings in the order 11, 12, 21, 22, Alice's head first.
    """

    steps: NDArray[np.int64]
    losses: Losses


@dataclass(frozen=True, repr=False)
class LossTraces(Brief):
    """The training losses of an experiment.

    Parameters
    ----------
    experiment : Experiment
    whole : Trace
        The whole training, in `RECORDS` nearly equal intervals: from step 0 to the last.
    late : Trace
        Every step of the last quarter, and the one before it.
    diverged : array of bool, shape (runs,)
        Runs with a loss that is not finite; what is made from traces leaves them out.
    """

    experiment: Experiment
    whole: Trace
    late: Trace
    diverged: NDArray[np.bool_]


a_trace = a(LossTraces, "LossTraces, as loss_traces gives them")


@takes(experiment=a(Experiment, "an Experiment"), progress=a_bool)
def loss_traces(experiment: Experiment, progress: bool = False) -> LossTraces:
    """Train an experiment and keep its training losses.

    Parameters
    ----------
    experiment : Experiment
    progress : bool
        Show a bar.

    Returns
    -------
    LossTraces

    Raises
    ------
    ValueError
        If there were more than `MOST_NUMBERS` losses to keep.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.mechanism.traces import loss_traces
    >>> traces = loss_traces(Experiment(runs=2, steps=200))
    >>> traces.whole.losses.shape, traces.late.losses.shape
    ((51, 2, 4, 2), (51, 2, 4, 2))
    >>> traces.late.steps[[0, -1]].tolist()
    [150, 200]
    """
    from tqdm.auto import tqdm

    training = trace_losses(experiment)
    with tqdm(total=1.0, disable=not seen(progress), bar_format="{percentage:3.0f}% {bar}") as bar:
        return to_the_end(training, lambda share: bar.update(share - bar.n))


def trace_losses(experiment: Experiment) -> Generator[float, None, LossTraces]:
    """What `loss_traces` does, giving the share that is done; closing the generator cancels it.

    Yields
    ------
    float
        0 to 1.

    Returns
    -------
    LossTraces
    """
    whole = np.unique(np.linspace(0, experiment.steps, RECORDS + 1).round().astype(np.int64))
    watched = oscillation_steps(experiment.steps)
    late = np.arange(watched.start - 1, watched.stop)
    numbers = (len(whole) + len(late)) * experiment.runs * 8
    if numbers > MOST_NUMBERS:
        most = MOST_NUMBERS // (8 * (len(whole) + len(late)))
        raise ValueError(
            f"runs must be at most {most} to keep the losses of {experiment.steps} steps, "
            f"not {experiment.runs}"
        )
    of_whole, of_late = (
        Trace(steps, np.empty((len(steps), experiment.runs, 4, 2), dtype=np.float32))
        for steps in (whole, late)
    )
    diverged = np.zeros(experiment.runs, dtype=bool)
    for state in train(experiment, np.union1d(whole, late).tolist()):
        losses = _losses(state, experiment.runs)
        diverged |= ~np.isfinite(losses).all(axis=(1, 2))
        for trace in (of_whole, of_late):
            trace.losses[trace.steps == state.step] = losses
        yield state.step / experiment.steps
    return LossTraces(experiment, of_whole, of_late, diverged)


@without_autograd
def _losses(state: State, runs: int) -> Losses:
    # The losses keep 24 bits, no fewer than the logits that they are computed from.
    losses = np.empty((runs, 4, 2), dtype=np.float32)
    for block in state.blocks:
        for some, margins in block.margins("train"):
            losses[some] = precise_losses(margins).cpu().numpy()
    return losses
