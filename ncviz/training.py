"""Training: every net of an experiment at once, on one thread.

The nets lie in the last dimension, setting by setting, runs padded to a multiple of 16, so that
every tensor is a multiple of 64 wide: at such widths a net's numbers do not depend on its place
or on its neighbours, to the bit.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ncviz.activations import activation
from ncviz.drawing import draw
from ncviz.evaluation import Evaluation
from ncviz.experiment import Experiment
from ncviz.gradient import Gradient
from ncviz.network import NCnet, Nets, n_parameters
from ncviz.optimizers import optimizer
from ncviz.tasks import N_BITS

N_SETTINGS = 4

RUNS_PER_BLOCK = 512
"""Runs that step together; more would only take more memory."""

POINTS_PER_CHUNK = 160
"""Training points of a net that are laid out at once, ahead of the steps that use them."""


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
        draws = [draw(experiment, run) for run in runs]
        self._order = self._runs_last([d.order for d in draws])
        train = self._runs_last([d.train for d in draws])
        test = self._runs_last([d.test for d in draws])
        # One column for each training point of each run, so that one look-up fetches a chunk.
        self._columns = train.movedim(1, 0).flatten(start_dim=1).contiguous()
        self._column_of_run = torch.arange(self._width, dtype=torch.int32, device=self._device)

        trunks, hidden = 1 if experiment.trunk == "shared" else 2, experiment.hidden
        # All parameters in one tensor, so that one addition updates them all.
        shape = (n_parameters(trunks, hidden), N_SETTINGS * self._width)
        self._parameters = torch.zeros(shape, device=self._device)
        self.nets = Nets.views(self._parameters, trunks, hidden)
        for name in ("hidden_weight", "head_weight"):
            start = self._runs_last([getattr(d, name) for d in draws])
            getattr(self.nets, name).copy_(start.repeat(1, 1, N_SETTINGS))

        self._activation = experiment.activation
        units = activation(experiment.activation, self._parameters)
        self._evaluations = {
            "train": Evaluation(train, len(runs), trunks, hidden, units),
            "test": Evaluation(test, len(runs), trunks, hidden, units),
        }
        batch, rate = experiment.batch_size, experiment.learning_rate
        self._gradient = Gradient(self._parameters, trunks, hidden, batch, units)
        self._optimizer = optimizer(experiment.optimizer, self._parameters, rate, batch)
        self._chunk = min(experiment.steps, max(1, POINTS_PER_CHUNK // batch))
        shape = (self._chunk, batch)
        self._points = self._parameters.new_empty(*shape, N_BITS, N_SETTINGS, self._width)
        self._labels = self._parameters.new_empty(*shape, 2, 2, 2, self._width)
        self._batches = self._gradient.batches(
            self._points.flatten(start_dim=3), self._labels.flatten(start_dim=3)
        )

    def _runs_last(self, arrays: Sequence[NDArray[Any]]) -> Tensor:
        """One array a run → one tensor (…, width), padded by zeros; floats as float32."""
        padded = np.zeros((*arrays[0].shape, self._width), dtype=arrays[0].dtype)
        for run, array in enumerate(arrays):
            padded[..., run] = array
        tensor = torch.as_tensor(padded, device=self._device)
        return tensor.float() if tensor.is_floating_point() else tensor

    @torch.inference_mode()
    def advance(self, start: int, stop: int) -> None:
        """Train from step `start` to step `stop`."""
        for first in range(start, stop, self._chunk):
            order = self._order[first : min(first + self._chunk, stop)]
            self._lay_out(order)
            for batch in self._batches[: len(order)]:
                self._optimizer.step(self._gradient.compute(batch))

    def _lay_out(self, order: Tensor) -> None:
        """Lay out the batches of some steps (steps, batch, width) for every setting."""
        columns = (order * self._width + self._column_of_run).flatten()
        rows = self._columns.index_select(1, columns).view(-1, *order.shape).permute(1, 2, 0, 3)
        steps = len(order)
        self._points[:steps] = rows[:, :, :N_BITS, None]
        labels = rows[:, :, N_BITS:]
        self._labels[:steps, :, 0] = labels[:, :, :2, None]  # Alice's task by her setting
        self._labels[:steps, :, 1] = labels[:, :, None, 2:]  # Bob's by his

    @torch.inference_mode()
    def margins(self, which: Literal["train", "test"]) -> Iterator[tuple[slice, Tensor]]:
        """Logit × ±label of every point, some runs at a time: positive where the head is right.

        Gives a slice of the experiment's runs, and a Tensor of shape (runs, settings, 2, points).
        """
        first = self.runs.start
        for some, margins in self._evaluations[which].margins(self.nets):
            yield slice(first + some.start, first + some.stop), margins

    def trained(self, runs: int | None = None) -> "Trained":
        """A copy of the nets as they are now: of all runs, or of the first ones."""
        trunks, hidden = self.nets.hidden_bias.shape[:2]
        kept = self.runs if runs is None else self.runs[:runs]
        rows = self._parameters.view(-1, N_SETTINGS, self._width)[..., : len(kept)]
        return Trained(kept, rows.clone(), trunks, hidden, self._activation)

    @torch.inference_mode()
    def finite(self) -> NDArray[np.bool_]:
        """Which runs have parameters of a finite sum in all four settings, shape (runs,)."""
        # What is not finite makes a sum that is not finite.
        sums = self._parameters.sum(dim=0).view(N_SETTINGS, -1)[:, : len(self.runs)]
        return np.asarray(np.isfinite(sums.cpu().numpy()).all(axis=0))


@dataclass(frozen=True)
class Trained:
    """The nets of some runs, kept: parameters (rows, settings, runs) as `Nets.views` has them."""

    runs: range
    rows: Tensor
    trunks: int
    hidden: int
    activation: str

    def parameters(self, run: int, setting: int) -> Tensor:
        """All numbers of the net of a run in setting number 0 to 3, one after another."""
        return self.rows[:, setting, run - self.runs.start]

    def net(self, run: int, setting: int) -> NCnet:
        """A copy of that net."""
        alone = self.parameters(run, setting).unsqueeze(-1)
        return Nets.views(alone, self.trunks, self.hidden).one(0, self.activation)


@dataclass(frozen=True)
class State:
    """Where a training stands. The blocks are live: the next state overwrites them."""

    step: int
    blocks: tuple[Block, ...]


def train(experiment: Experiment, stops: Iterable[int]) -> Iterator[State]:
    """Train all nets, giving the state at each of some steps.

    Parameters
    ----------
    experiment : Experiment
    stops : iterable of int
        The steps, in rising order; 0 is the state before the first.
    """
    with one_thread():
        blocks = tuple(
            Block(experiment, range(first, min(first + RUNS_PER_BLOCK, experiment.runs)))
            for first in range(0, experiment.runs, RUNS_PER_BLOCK)
        )
    start = 0
    for stop in stops:
        with one_thread():
            for block in blocks:
                block.advance(start, stop)
        yield State(stop, blocks)
        start = stop


class _OneThread:
    """Keeps torch to one thread while anybody trains; the last one out restores the number.

    On nets this small more threads are 3 to 30 times slower. The number belongs to the process,
    and an Explorer's worker may train at the same time as a cell.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._threads = 1

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._lock:
            if self._inside == 0:
                self._threads = torch.get_num_threads()
            self._inside += 1
            torch.set_num_threads(1)  # counted for each calling thread, so even if it is 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if self._inside == 0:
                    torch.set_num_threads(self._threads)


one_thread = _OneThread()
