"""How the held-out losses swing about their trend late in a training."""

import numpy as np
from numpy.typing import NDArray

from ncviz.inference import Array
from ncviz.results.recording import Recording

LEAST_RECORDS = 3
"""With fewer records there is nothing left beside a straight line."""


def late_waves(recording: Recording, index: int) -> tuple[NDArray[np.int64], Array]:
    """Held-out losses (nats) of the last quarter up to a record, less their linear trend.

    Shapes: → steps (records,), waves (records, runs, 4, 2).
    """
    first = int(np.searchsorted(recording.steps, 0.75 * recording.steps[index]))
    steps = recording.steps[first : index + 1]
    good = ~recording.diverged[index]
    if len(steps) < LEAST_RECORDS:
        good = np.zeros_like(good)
    return steps, detrended(steps, recording.losses[first : index + 1, good])


def detrended(steps: NDArray[np.int64], losses: NDArray[np.float32]) -> Array:
    """Losses (records, ...) less their straight line of least squares over the steps."""
    values = losses.astype(np.float64)
    time = (steps - steps.mean()).reshape(-1, *(1,) * (values.ndim - 1))
    with np.errstate(invalid="ignore"):  # of an infinite loss there is no trend: NaN
        values -= values.mean(axis=0)
        slope = (time * values).sum(axis=0) / max(float((time**2).sum()), 1.0)
        return np.asarray(values - slope * time)
