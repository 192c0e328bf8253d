"""What is kept of a training: whole-number counts and losses of every run, step by step."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.checks import Brief
from ncviz.basics.computing import without_autograd
from ncviz.basics.handing import hands_out
from ncviz.basics.protocol import RULES, SETTINGS
from ncviz.engine.evaluation import logistic_losses, precise_losses
from ncviz.engine.network import n_parameters
from ncviz.engine.training import RUNS_PER_BLOCK, Trained
from ncviz.inference import intervals_of_s
from ncviz.results.outcomes import Plus, correct, count, oscillation, success, watched

if TYPE_CHECKING:
    from ncviz.experiment import Experiment

Array = NDArray[np.float64]

KEPT_NUMBERS = 4_000_000  # weights kept of all records together, 16 MB: those of the first runs


@hands_out("S", "correlators", "marginals", "influence", "diverged")
@dataclass(frozen=True, repr=False)
class PerRun(Brief):
    """The numbers of every run at one step; NaN if it diverged, and before there are outcomes."""

    S: Array  # (runs,)
    correlators: Array  # (runs, 2, 2), indexed [run, x, y]
    marginals: Array  # (runs, 2, 2, 2), mean outcomes, indexed [run, party, x, y]
    influence: Array  # (runs, 4): share of outcomes that change when only the partner's task does
    outcomes: int  # of a run so far, of each head in each setting
    diverged: NDArray[np.bool_]  # (runs,)


class Recording:
    """Counts and held-out losses of every run on a grid of steps, filled on the way."""

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
        self._products, self._changed = np.zeros((2, records, runs, 4), dtype=np.int64)
        self._outcomes = np.zeros((records, runs, 4, 2), dtype=np.int64)
        self._wrong = np.zeros((records, runs), dtype=np.int64)
        self.kept = 0  # runs whose weights are kept at all records
        if keep_nets:
            trunks = 1 if experiment.trunk == "shared" else 2
            of_a_run = records * len(SETTINGS) * n_parameters(trunks, experiment.hidden)
            self.kept = min(runs, RUNS_PER_BLOCK, KEPT_NUMBERS // of_a_run)
        self._nets: list[Trained] = []
        # A picture may be drawn on one thread and replayed on another.
        self._lock = threading.Lock()
        shapes = {"s": (3,), "mean s": (), "bands": (4, 2, 3)}
        self._known = {name: np.empty((0, *shape)) for name, shape in shapes.items()}

    def __getstate__(self) -> dict[str, Any]:
        # A lock belongs to its process.
        with self._lock:
            return {name: value for name, value in vars(self).items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._lock = threading.Lock()

    @without_autograd
    def see(self, state: Any) -> bool:
        """Take what is wanted of a `State` of `train`; True where that made a new record."""
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

    def _watch(self, block: Any, step: int) -> None:
        """Whether the last step lowered the losses over the whole training set."""
        for runs, margins in block.margins("train"):
            losses = precise_losses(margins).cpu().numpy()
            if step in self._watched:
                outcome = step - self._watched.start
                self.plus[runs, :, :, outcome] = oscillation(self._train_losses[runs], losses)
            self._train_losses[runs] = losses

    def _add_block(self, block: Any) -> None:
        record, finite = self.filled, block.finite()
        for runs, margins in block.margins("test"):
            plus = correct(margins)
            self.losses[record, runs] = logistic_losses(margins).cpu().numpy()
            self._add_outcomes(runs, plus)
        of_block = slice(block.runs.start, block.runs.stop)
        finite &= np.isfinite(self.losses[record, of_block]).all(axis=(1, 2))
        self.diverged[record, of_block] = ~finite

    def _add_outcomes(self, runs: slice, right: Plus) -> None:
        """Count outcomes of some runs, of which it is known where they are right."""
        record, e, plus = self.filled, self.experiment, right
        if (of := RULES[e.outcome].of) == "run":
            plus = success(right.sum(axis=-1), e.n_test, e.threshold)
        elif of == "step":
            done = int(self.steps[record]) + 1 - self._watched.start
            plus = self.plus[runs, ..., : max(0, done)]
        counts = count(plus)
        heads = counts.outcomes if plus is right else 2 * right.sum(axis=-1) - e.n_test
        self._wrong[record, runs] = (8 * e.n_test - heads.sum(axis=(1, 2))) // 2
        self._counted[record] = plus.shape[-1]
        self._products[record, runs] = counts.products
        self._outcomes[record, runs] = counts.outcomes
        self._changed[record, runs] = counts.changed

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

    def _first(self, name: str, stop: int, of: Callable[[int, int], Array]) -> Array:
        """Something of the first `stop` records, computed once for each of them."""
        with self._lock:
            start = len(self._known[name])
            if stop > start:
                self._known[name] = np.concatenate([self._known[name], of(start, stop)])
            return self._known[name][:stop]

    def s_intervals(self, stop: int) -> Array:
        """Mean S with its interval at the first `stop` records, shape (stop, 3)."""
        trunk = self.experiment.trunk
        return self._first("s", stop, lambda *some: intervals_of_s(self._s(*some), trunk))

    def s_means(self, stop: int) -> Array:
        """Mean S at the first `stop` records, shape (stop,): `s_intervals` without the cost."""

        def means(start: int, stop: int) -> Array:
            new = self._s(start, stop)
            good = np.isfinite(new)
            n = np.where(good.any(axis=1), good.sum(axis=1), np.nan)
            return np.asarray(np.where(good, new, 0.0).sum(axis=1) / n)

        return self._first("mean s", stop, means)

    def loss_bands(self, stop: int) -> Array:
        """10th, 50th, 90th percentile over runs of held-out losses (nats): (stop, 4, heads, 3)."""
        return self._first("bands", stop, self._bands)

    def _bands(self, start: int, stop: int) -> Array:
        losses, diverged = self.losses[start:stop], self.diverged[start:stop]
        bands, shares = np.full((len(losses), 4, 2, 3), np.nan), [0.1, 0.5, 0.9]
        if not diverged.any():  # all records in one call
            return np.moveaxis(np.quantile(losses, shares, axis=1), 0, -1)
        for band, loss, bad in zip(bands, losses, diverged, strict=True):
            if not bad.all():
                band[:] = np.moveaxis(np.quantile(loss[~bad], shares, axis=0), 0, -1)
        return bands

    def per_run(self, index: int) -> PerRun:
        """The numbers of every run at one record."""
        per = float(self._per(index, index + 1)[0, 0])

        def share(counts: NDArray[np.int64], *shape: int) -> Array:
            numbers = (counts / per).reshape(-1, *shape)
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
