"""What is kept of a training: whole-number counts and losses of every run, step by step."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ncviz.evaluation import logistic_losses
from ncviz.experiment import Experiment
from ncviz.inference import ERROR, mean_intervals, needs_bounds
from ncviz.outcomes import correct, count
from ncviz.training import Block, State, one_thread

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PerRun:
    """The numbers of every run at one step, from whole-number counts; NaN where it diverged.

    Parameters
    ----------
    S : array, shape (runs,)
    correlators : array, shape (runs, 2, 2)
        Indexed [run, x, y].
    marginals : array, shape (runs, 2, 2, 2)
        Mean outcomes, indexed [run, party, x, y].
    influence : array, shape (runs, 4)
        f_k: the share of points whose outcome on A1, A2, B1, B2 changes when only the partner's
        task changes.
    """

    S: Array
    correlators: Array
    marginals: Array
    influence: Array


class Recording:
    """Counts and held-out losses of every run on a grid of steps; filled as the training goes on.

    Parameters
    ----------
    experiment : Experiment
    every : int
        Steps between records.
    """

    def __init__(self, experiment: Experiment, every: int) -> None:
        grid = sorted({*range(0, experiment.steps, every), experiment.steps})
        records, runs = len(grid), experiment.runs
        self.experiment = experiment
        self.steps = np.array(grid)
        self.filled = 0
        self.losses = np.full((records, runs, 4, 2), np.nan, dtype=np.float32)
        self.diverged = np.zeros((records, runs), dtype=bool)
        self._products = np.zeros((records, runs, 4), dtype=np.int64)
        self._outcomes = np.zeros((records, runs, 4, 2), dtype=np.int64)
        self._changed = np.zeros((records, runs, 4), dtype=np.int64)
        self._s_intervals = {False: np.empty((0, 3)), True: np.empty((0, 3))}
        self._loss_bands = np.empty((0, 4, 2, 3))

    def add(self, state: State) -> None:
        """Evaluate all nets on their held-out points, as the next record."""
        with one_thread(), torch.inference_mode():
            for block in state.blocks:
                self._add_block(block)
        self.filled += 1

    def _add_block(self, block: Block) -> None:
        record, finite = self.filled, block.finite()
        for runs, margins in block.margins("test"):
            counts = count(correct(margins))
            self.losses[record, runs] = _cpu(logistic_losses(margins))
            self._products[record, runs] = counts.products
            self._outcomes[record, runs] = counts.outcomes
            self._changed[record, runs] = counts.changed
        of_block = slice(block.runs.start, block.runs.stop)
        finite &= np.isfinite(self.losses[record, of_block]).all(axis=(1, 2))
        self.diverged[record, of_block] = ~finite

    def _s(self, start: int, stop: int) -> Array:
        """S of every run at some records, shape (records, runs); NaN where diverged."""
        # One division of whole numbers: S = 2 is exactly 2.
        total = self._products[start:stop] @ np.array([1, 1, 1, -1])
        return np.where(self.diverged[start:stop], np.nan, total / self.experiment.n_test)

    def s_intervals(self, stop: int) -> Array:
        """Mean S with its interval at the first `stop` records, shape (stop, 3).

        All by the kind of interval that the last of them asks for, so that a curve has one kind.
        """
        bounded = bool(needs_bounds(self._s(stop - 1, stop))[0])
        known = self._s_intervals[bounded]
        if stop > len(known):
            new = mean_intervals(self._s(len(known), stop), -4, 4, ERROR, bounded)
            self._s_intervals[bounded] = np.concatenate([known, new])
        return self._s_intervals[bounded][:stop]

    def loss_bands(self, stop: int) -> Array:
        """Held-out losses at the first `stop` records: 10th, 50th and 90th percentile over runs.

        Shape (stop, settings, heads, 3), in nats; NaN where every run diverged.
        """
        for index in range(len(self._loss_bands), stop):
            good = self.losses[index, ~self.diverged[index]]
            new = np.full((3, 4, 2), np.nan)
            if len(good):
                new = np.quantile(good, [0.1, 0.5, 0.9], axis=0)
            self._loss_bands = np.concatenate([self._loss_bands, np.moveaxis(new, 0, -1)[None]])
        return self._loss_bands[:stop]

    def per_run(self, index: int) -> PerRun:
        """The numbers of every run at one record."""
        points = self.experiment.n_test
        runs = self.experiment.runs

        def share(counts: NDArray[np.int64], *shape: int) -> Array:
            numbers = (counts / points).reshape(runs, *shape)
            numbers[self.diverged[index]] = np.nan
            return numbers

        return PerRun(
            S=self._s(index, index + 1)[0],
            correlators=share(self._products[index], 2, 2),
            marginals=share(self._outcomes[index].swapaxes(1, 2), 2, 2, 2),
            influence=share(self._changed[index], 4),
        )

    def pair_counts(self, index: int) -> NDArray[np.int64]:
        """Points with outcomes (++, +−, −+, −−) in each setting, shape (runs, 4, 4)."""
        a, b = self._outcomes[index, :, :, 0], self._outcomes[index, :, :, 1]
        ab, points = self._products[index], self.experiment.n_test
        four = [points + a + b + ab, points + a - b - ab, points - a + b - ab, points - a - b + ab]
        return np.stack(four, axis=-1) // 4

    def errors(self, index: int) -> NDArray[np.int64]:
        """Wrong answers of every run, over heads, settings and points, shape (runs,)."""
        return np.asarray(8 * self.experiment.n_test - self._outcomes[index].sum(axis=(1, 2))) // 2


def _cpu(tensor: torch.Tensor) -> NDArray[np.float32]:
    return np.asarray(tensor.cpu().numpy())
