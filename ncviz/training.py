"""Training: every net of an experiment at once, on one thread, with a hand-written gradient.

A run is one hidden variable λ: starting weights, points and batch order, drawn once and used in
all four settings. The nets lie in the last dimension, setting by setting, runs padded to a
multiple of 16, so that every tensor is a multiple of 64 wide: at such widths a net's numbers do
not depend on its place or on its neighbours, to the bit.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ncviz.experiment import Experiment
from ncviz.network import NCnet, Nets, tanh_
from ncviz.tasks import N_BITS, TASKS, Bits, sample_points

N_SETTINGS = 4
TASK_OF_SETTING = ((0, 2), (0, 3), (1, 2), (1, 3))
"""Which of the tasks (A1, A2, B1, B2) Alice and Bob train in the settings 11, 12, 21, 22."""

RUNS_PER_BLOCK = 128
"""Runs that step together: up to 512 nets keep a step's tensors in the processor's cache."""

POINTS_PER_CHUNK = 256
"""Training points of a net that are gathered at once, ahead of the steps that use them."""

HIDDEN_SPREAD = 0.5
"""Standard deviation of the shared layer's starting weights."""


@dataclass(frozen=True)
class Draw:
    """All chance of one run: λ."""

    hidden_weight: NDArray[np.float64]
    head_weight: NDArray[np.float64]
    train_bits: Bits
    train_points: NDArray[np.float32]
    test_bits: Bits
    test_points: NDArray[np.float32]
    order: NDArray[np.int64]


def draw(experiment: Experiment, run: int) -> Draw:
    """Draw run number `run`; it has streams of its own, one each for weights, points and order."""
    streams = np.random.SeedSequence(experiment.seed, spawn_key=(run,)).spawn(3)
    weights, points, order = (np.random.default_rng(stream) for stream in streams)
    e = experiment
    return Draw(
        HIDDEN_SPREAD * weights.standard_normal((e.hidden, N_BITS)),
        weights.standard_normal((2, e.hidden)) / np.sqrt(e.hidden),
        *sample_points(points, e.n_train, e.noise),
        *sample_points(points, e.n_test, e.noise),
        order.integers(0, e.n_train, size=(e.steps, e.batch_size)),
    )


class Block:
    """Up to `RUNS_PER_BLOCK` runs that are trained side by side.

    Parameters
    ----------
    experiment : Experiment
    runs : range
        Which runs. Net number setting × width + run; runs beyond `len(runs)` are padding.
    """

    @torch.inference_mode()
    def __init__(self, experiment: Experiment, runs: range) -> None:
        self.runs = runs
        self._width = 16 * -(-len(runs) // 16)
        self._device = torch.device(experiment.device)
        self._tasks = torch.tensor(TASK_OF_SETTING, device=self._device)
        draws = [draw(experiment, run) for run in runs]
        self._train = self._table(experiment, [(d.train_bits, d.train_points) for d in draws])
        test = self._table(experiment, [(d.test_bits, d.test_points) for d in draws])
        self._seen = {"train": self._points_last(self._train), "test": self._points_last(test)}
        self._order = self._runs_last([d.order for d in draws])
        self._make_parameters(experiment, draws)
        self._make_workspace(experiment)

    def _runs_last(self, arrays: Sequence[NDArray[Any]]) -> Tensor:
        """One array a run → one tensor (…, width), padded by zeros; floats as float32."""
        padded = np.zeros((*arrays[0].shape, self._width), dtype=arrays[0].dtype)
        padded[..., : len(arrays)] = np.stack(arrays, axis=-1)
        tensor = torch.as_tensor(padded, device=self._device)
        return tensor.float() if tensor.is_floating_point() else tensor

    def _table(
        self, experiment: Experiment, points: Sequence[tuple[Bits, NDArray[np.float32]]]
    ) -> Tensor:
        """Bits as seen, then the labels of A1, A2, B1, B2: shape (points, 8, width)."""
        tasks = [TASKS[name] for name in experiment.tasks]
        rows = [np.column_stack([seen, *(task(bits) for task in tasks)]) for bits, seen in points]
        return self._runs_last(rows)

    def _make_parameters(self, experiment: Experiment, draws: Sequence[Draw]) -> None:
        trunks, hidden = 1 if experiment.trunk == "shared" else 2, experiment.hidden
        rows = trunks * hidden * (N_BITS + 1) + 2 * (hidden + 1)
        # All parameters in one tensor, so that one addition updates them all.
        self._parameters = torch.zeros(rows, N_SETTINGS * self._width, device=self._device)
        self.nets = Nets.views(self._parameters, trunks, hidden)
        for name in ("hidden_weight", "head_weight"):
            start = self._runs_last([getattr(d, name) for d in draws])
            getattr(self.nets, name).copy_(start.repeat(1, 1, N_SETTINGS))

    def _make_workspace(self, experiment: Experiment) -> None:
        """Tensors that every step fills anew: allocating them would cost more than the sums."""
        batch, (rows, nets) = experiment.batch_size, self._parameters.shape
        trunks, hidden = self.nets.hidden_bias.shape[:2]
        self._rate = experiment.learning_rate / batch
        self._gradient = torch.empty(rows, nets, device=self._device)
        self._by_point = torch.empty(batch, rows, nets, device=self._device)
        self._by_point_views = Nets.views(self._by_point, trunks, hidden)
        self._units = torch.empty(batch, trunks, hidden, nets, device=self._device)
        self._slope = torch.empty_like(self._units)
        self._logits = torch.empty(batch, 2, nets, device=self._device)
        self._one = torch.tensor(1.0)
        self._chunk = min(experiment.steps, max(1, POINTS_PER_CHUNK // batch))
        self._points = torch.empty(
            self._chunk, batch, N_BITS, N_SETTINGS, self._width, device=self._device
        )
        self._labels = torch.empty(
            self._chunk, batch, 2, N_SETTINGS, self._width, device=self._device
        )
        # The table with one column for each point of each run, to be picked by column number.
        self._columns = self._train.movedim(1, 0).flatten(start_dim=1).contiguous()
        self._column_of_run = torch.arange(self._width, device=self._device)

    @torch.inference_mode()
    def advance(self, start: int, stop: int) -> None:
        """Train from step `start` to step `stop`."""
        for first in range(start, stop, self._chunk):
            order = self._order[first : min(first + self._chunk, stop)]
            self._gather(order)
            points = self._points.flatten(start_dim=-2)[: len(order)].unbind()
            labels = self._labels.flatten(start_dim=-2)[: len(order)].unbind()
            for seen, target in zip(points, labels, strict=True):
                self._step(seen, target)

    def _gather(self, order: Tensor) -> None:
        """Lay out the batches of some steps (steps, batch, width) for every net."""
        columns = (order * self._width + self._column_of_run).flatten()
        rows = self._columns.index_select(1, columns).view(-1, *order.shape)
        picked = rows.permute(1, 2, 0, 3)  # (steps, batch, bits and labels, runs)
        self._points[: len(order)] = picked[:, :, :N_BITS, None]
        for head in range(2):
            tasks = N_BITS + self._tasks[:, head]
            self._labels[: len(order), :, head] = picked[:, :, tasks]

    def _step(self, points: Tensor, labels: Tensor) -> None:
        """One step of gradient descent on the summed logistic losses of both heads.

        Every operation works net by net, and the only sum runs over the batch.

        Parameters
        ----------
        points : Tensor, shape (batch, bits, nets)
        labels : Tensor, shape (batch, 2, nets)
        """
        nets, units, slope, logits = self.nets, self._units, self._slope, self._logits
        bits = points[:, None, None].unbind(3)
        weights = nets.hidden_weight.unbind(2)
        torch.addcmul(nets.hidden_bias, weights[0], bits[0], out=units)
        for weight, bit in zip(weights[1:], bits[1:], strict=True):
            units.addcmul_(weight, bit)
        tanh_(units)
        torch.addcmul(nets.head_bias, nets.head_weight[:, 0], units[:, :, 0], out=logits)
        for unit in range(1, units.shape[2]):
            logits.addcmul_(nets.head_weight[:, unit], units[:, :, unit])

        by_point = self._by_point_views
        error = by_point.head_bias  # derivative of the logistic loss by the logit
        torch.sub(logits.sigmoid_(), labels, out=error)
        torch.mul(error[:, :, None], units, out=by_point.head_weight)

        unit_error = by_point.hidden_bias
        self._pull_back(error, out=unit_error)
        torch.addcmul(self._one, units, units, value=-1, out=slope)  # 1 − tanh²
        unit_error.mul_(slope)
        torch.mul(unit_error[:, :, :, None], points[:, None, None], out=by_point.hidden_weight)

        torch.sum(self._by_point, dim=0, out=self._gradient)
        self._parameters.add_(self._gradient, alpha=-self._rate)

    def _pull_back(self, error: Tensor, out: Tensor) -> None:
        """What the heads ask of the units: of a shared unit, both heads' wishes added up."""
        weight, error = self.nets.head_weight, error[:, :, None]
        if len(self.nets.hidden_bias) == 2:
            torch.mul(weight, error, out=out)
        else:
            torch.mul(weight[:1], error[:, :1], out=out)
            out.addcmul_(weight[1:], error[:, 1:])

    @torch.inference_mode()
    def margins(self, which: Literal["train", "test"]) -> Tensor:
        """Logit × ±label, shape (runs, settings, 2, points): positive where the head is right."""
        points, signs = self._seen[which]
        margins = torch.empty_like(signs)
        self.nets.logits(points, out=margins)
        margins *= signs
        return margins[: len(self.runs)]

    def _points_last(self, table: Tensor) -> tuple[Tensor, Tensor]:
        """Points (runs, bits, points), and their labels as ±1 (runs, settings, 2, points)."""
        by_run = table.permute(2, 1, 0)
        points = by_run[:, :N_BITS].contiguous()
        return points, (2 * by_run[:, N_BITS + self._tasks] - 1).contiguous()

    def trained(self) -> "Trained":
        """A copy of the nets as they are now."""
        trunks, hidden = self.nets.hidden_bias.shape[:2]
        return Trained(self.runs, Nets.views(self._parameters.clone(), trunks, hidden))

    @torch.inference_mode()
    def finite(self) -> Tensor:
        """Which runs have only finite parameters in all four settings, shape (runs,)."""
        good = self._parameters.isfinite().all(dim=0)
        return good.view(N_SETTINGS, -1).all(dim=0)[: len(self.runs)]


@dataclass(frozen=True)
class Trained:
    """The nets of some runs, kept."""

    runs: range
    nets: Nets

    def net(self, run: int, setting: int) -> NCnet:
        """A copy of the net of a run in setting number 0 to 3."""
        width = self.nets.head_bias.shape[-1] // N_SETTINGS
        return self.nets.one(setting * width + run - self.runs.start)


@dataclass(frozen=True)
class State:
    """Where a training stands. The blocks are live: the next state overwrites them."""

    step: int
    blocks: tuple[Block, ...]


def train(experiment: Experiment, every: int) -> Iterator[State]:
    """Train all nets, giving the state at step 0, every `every` steps, and at the last step.

    Parameters
    ----------
    experiment : Experiment
    every : int
        Steps between states, at least 1.
    """
    blocks = tuple(
        Block(experiment, range(first, min(first + RUNS_PER_BLOCK, experiment.runs)))
        for first in range(0, experiment.runs, RUNS_PER_BLOCK)
    )
    yield State(0, blocks)
    for start in range(0, experiment.steps, every):
        stop = min(start + every, experiment.steps)
        with one_thread():
            for block in blocks:
                block.advance(start, stop)
        yield State(stop, blocks)


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep torch to one thread: on nets this small more threads are 3 to 30 times slower."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
