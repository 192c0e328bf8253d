"""What is kept of a training: whole-number counts and losses of every run, step by step."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from ncviz.basics.checks import Brief
from ncviz.basics.computing import without_autograd
from ncviz.basics.handing import hands_out
from ncviz.basics.outcome_rules import RULES
from ncviz.basics.protocol import SETTINGS
from ncviz.engine.evaluation import logistic_losses, precise_losses
from ncviz.engine.network import n_parameters
from ncviz.engine.training import RUNS_PER_BLOCK, Trained
from ncviz.inference import intervals_of_s
from ncviz.results.outcomes import Plus, correct, count, oscillation, success, watched
from ncviz.setup import Setup

if TYPE_CHECKING:
    from ncviz.experiment import Experiment

Array = NDArray[np.float64]

KEPT_NUMBERS = 4_000_000
"""Weights kept of all records together, 16 MB: of the first runs, as many as that allows."""


@hands_out("S", "correlators", "marginals", "influence", "diverged")
@dataclass(frozen=True, repr=False)
class PerRun(Brief):
    """The numbers of every run at one step, from whole-number counts; NaN where it diverged.

    Parameters
    ----------
    S : array, shape (runs,)
    correlators : array, shape (runs, 2, 2)
        Indexed [run, x, y].
    marginals : array, shape (runs, 2, 2, 2)
        Mean outcomes, indexed [run, party, x, y].
    influence : array, shape (runs, 4)
        f_k: the share of outcomes on A1, A2, B1, B2 that change when only the partner's task
        changes.
    outcomes : int
        How many outcomes a run has so far, of each head in each setting; without any, all of the
        above are NaN.
    diverged : array of bool, shape (runs,)
    """

    S: Array
    correlators: Array
    marginals: Array
    influence: Array
    outcomes: int
    diverged: NDArray[np.bool_]


class Answering(Protocol):
    """Nets of some runs in training, of whatever kind: what is asked of them for a record."""

    runs: range

    def margins(self, which: Literal["train", "test"]) -> Iterator[tuple[slice, torch.Tensor]]:
        """A slice of the runs, and their logits × ±labels (runs, 4, 2, points), piece by piece."""

    def finite(self) -> NDArray[np.bool_]:
        """Which runs have finite weights in all four settings, shape (runs,)."""

    def trained(self, runs: int | None = None) -> Any:
        """A copy of the nets as they are now: of all runs, or of the first ones."""


class Standing(Protocol):
    """Where a training stands, of whatever kind."""

    @property
    def step(self) -> int:
        """Training steps done."""

    @property
    def blocks(self) -> Sequence[Answering]:
        """All nets."""


class Recording:
    """Counts and held-out losses of every run on a grid of steps; filled as the training goes on.

    Shapes: steps (records,), plus (runs, 4, 2, outcomes).
    """

    def __init__(self, experiment: "Experiment", every: int, keep_nets: bool = True) -> None:
        grid = sorted({*range(0, experiment.steps, every), experiment.steps})
        records, runs = len(grid), experiment.runs
        self.experiment = experiment
        self.steps = np.array(grid)
        self.filled = 0
        self.losses = np.full((records, runs, 4, 2), np.nan, dtype=np.float32)
        self.diverged = np.zeros((records, runs), dtype=bool)
        self._watched = watched(experiment)
        before = range(self._watched.start - 1, self._watched.stop)
        self.stops = sorted({*grid, *before}) if self._watched else grid
        self.plus = np.zeros((runs, 4, 2, len(self._watched)), dtype=bool)
        self._train_losses = np.full((runs, 4, 2), np.nan)
        self._counted = np.zeros(records, dtype=np.int64)
        self._products = np.zeros((records, runs, 4), dtype=np.int64)
        self._outcomes = np.zeros((records, runs, 4, 2), dtype=np.int64)
        self._changed = np.zeros((records, runs, 4), dtype=np.int64)
        self._wrong = np.zeros((records, runs), dtype=np.int64)
        self.kept = _kept(experiment, records) if keep_nets else 0
        self._nets: list[Trained] = []
        # A picture may be drawn on one thread and replayed on another.
        self._lock = threading.Lock()
        self._s_intervals = np.empty((0, 3))
        self._s_means = np.empty(0)
        self._loss_bands = np.empty((0, 4, 2, 3))

    def __getstate__(self) -> dict[str, Any]:
        # A lock belongs to its process.
        with self._lock:
            return {name: value for name, value in vars(self).items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._lock = threading.Lock()

    @without_autograd
    def see(self, state: Standing) -> bool:
        """Take what is wanted of a state; True where that made a new record."""
        if self._watched and state.step >= self._watched.start - 1:
            for block in state.blocks:
                self._watch(block, state.step)
        if state.step != self.steps[self.filled]:
            return False
        for block in state.blocks:
            self._add_block(block)
        if self.kept:
            self._nets.append(state.blocks[0].trained(self.kept))
        self.filled += 1
        return True

    def _watch(self, block: Answering, step: int) -> None:
        """Whether the last step lowered the losses over the whole training set."""
        for runs, margins in block.margins("train"):
            losses = precise_losses(margins).cpu().numpy()
            if step in self._watched:
                outcome = step - self._watched.start
                self.plus[runs, :, :, outcome] = oscillation(self._train_losses[runs], losses)
            self._train_losses[runs] = losses

    def _add_block(self, block: Answering) -> None:
        record, finite = self.filled, block.finite()
        for runs, margins in block.margins("test"):
            plus = correct(margins)
            self.losses[record, runs] = _cpu(logistic_losses(margins))
            self._add_outcomes(runs, plus)
        of_block = slice(block.runs.start, block.runs.stop)
        finite &= np.isfinite(self.losses[record, of_block]).all(axis=(1, 2))
        self.diverged[record, of_block] = ~finite

    def _add_outcomes(self, runs: slice, right: Plus) -> None:
        """Count outcomes of some runs, of which it is known where they are right."""
        record, points = self.filled, self.experiment.n_test
        plus = right
        if RULES[self.experiment.outcome].of != "point":
            plus = self._by_rule(runs, right.sum(axis=-1), int(self.steps[record]))
        counts = count(plus)
        heads = counts.outcomes if plus is right else 2 * right.sum(axis=-1) - points
        self._wrong[record, runs] = (8 * points - heads.sum(axis=(1, 2))) // 2
        self._counted[record] = plus.shape[-1]
        self._products[record, runs] = counts.products
        self._outcomes[record, runs] = counts.outcomes
        self._changed[record, runs] = counts.changed

    def _by_rule(self, runs: slice, right: NDArray[np.int64], step: int) -> Plus:
        e = self.experiment
        if RULES[e.outcome].of == "run":
            return success(right, e.n_test, e.threshold)
        return self.plus[runs, ..., : max(0, step + 1 - self._watched.start)]

    def nets(self, record: int) -> list[Trained]:
        """The nets of the first `kept` runs as they were at a record."""
        return self._nets[record : record + 1]

    def _s(self, start: int, stop: int) -> Array:
        """S of every run at some records, shape (records, runs); NaN where there is none."""
        # One division of whole numbers: S = 2 is exactly 2.
        total = self._products[start:stop] @ np.array([1, 1, 1, -1])
        return np.where(self.diverged[start:stop], np.nan, total / self._per(start, stop))

    def _per(self, start: int, stop: int) -> Array:
        """What to divide by to get means of outcomes, shape (records, 1): NaN without any."""
        counted = self._counted[start:stop, None]
        return np.where(counted == 0, np.nan, counted)

    def s_intervals(self, stop: int) -> Array:
        """Mean S with its interval at the first `stop` records, shape (stop, 3)."""
        with self._lock:
            known = len(self._s_intervals)
            if stop > known:
                new = intervals_of_s(self._s(known, stop), self.experiment.trunk)
                self._s_intervals = np.concatenate([self._s_intervals, new])
            return self._s_intervals[:stop]

    def s_means(self, stop: int) -> Array:
        """Mean S at the first `stop` records, shape (stop,): `s_intervals` without the cost."""
        with self._lock:
            known = len(self._s_means)
            if stop > known:
                new = self._s(known, stop)
                good = np.isfinite(new)
                n = np.where(good.any(axis=1), good.sum(axis=1), np.nan)
                means = np.where(good, new, 0.0).sum(axis=1) / n
                self._s_means = np.concatenate([self._s_means, means])
            return self._s_means[:stop]

    def loss_bands(self, stop: int) -> Array:
        """Held-out losses at the first `stop` records: 10th, 50th and 90th percentile over runs.

        Shape (stop, settings, heads, 3), in nats; NaN where every run diverged.
        """
        with self._lock:
            start = len(self._loss_bands)
            if start < stop:
                new = _bands(self.losses[start:stop], self.diverged[start:stop])
                self._loss_bands = np.concatenate([self._loss_bands, new])
            return self._loss_bands[:stop]

    def per_run(self, index: int) -> PerRun:
        """The numbers of every run at one record."""
        per = float(self._per(index, index + 1)[0, 0])
        runs = self.experiment.runs

        def share(counts: NDArray[np.int64], *shape: int) -> Array:
            numbers = (counts / per).reshape(runs, *shape)
            numbers[self.diverged[index]] = np.nan
            return numbers

        return PerRun(
            S=self._s(index, index + 1)[0],
            correlators=share(self._products[index], 2, 2),
            marginals=share(self._outcomes[index].swapaxes(1, 2), 2, 2, 2),
            influence=share(self._changed[index], 4),
            outcomes=int(self._counted[index]),
            diverged=self.diverged[index],
        )

    def pair_counts(self, index: int) -> NDArray[np.int64]:
        """Outcome pairs (++, +−, −+, −−) in each setting, shape (runs, 4, 4)."""
        a, b = self._outcomes[index, :, :, 0], self._outcomes[index, :, :, 1]
        ab, n = self._products[index], self._counted[index]
        four = [n + a + b + ab, n + a - b - ab, n - a + b - ab, n - a - b + ab]
        return np.stack(four, axis=-1) // 4

    def errors(self, index: int) -> NDArray[np.int64]:
        """Wrong held-out answers of every run, over heads, settings and points, shape (runs,)."""
        return np.asarray(self._wrong[index])


def _kept(experiment: Setup, records: int) -> int:
    """Of how many runs all records' weights may be kept."""
    trunks = 1 if experiment.trunk == "shared" else 2
    of_a_run = records * len(SETTINGS) * n_parameters(trunks, experiment.hidden)
    return min(experiment.runs, RUNS_PER_BLOCK, KEPT_NUMBERS // of_a_run)


def _bands(losses: NDArray[np.float32], diverged: NDArray[np.bool_]) -> Array:
    """Percentiles over the runs that did not diverge, shape (records, settings, heads, 3)."""
    bands = np.full((*losses.shape[:1], *losses.shape[2:], 3), np.nan)
    shares = [0.1, 0.5, 0.9]
    if not diverged.any():  # all records in one call
        return np.moveaxis(np.quantile(losses, shares, axis=1), 0, -1)
    for band, loss, bad in zip(bands, losses, diverged, strict=True):
        if not bad.all():
            band[:] = np.moveaxis(np.quantile(loss[~bad], shares, axis=0), 0, -1)
    return bands


def _cpu(tensor: torch.Tensor) -> NDArray[np.float32]:
    return np.asarray(tensor.cpu().numpy())
