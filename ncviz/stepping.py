"""Training steps of many nets at once, whatever experiments they belong to.

The nets lie in the last dimension, setting by setting, runs padded to a multiple of 16, so that
every tensor is a multiple of 64 wide: at such widths a net's numbers do not depend on its place
or on its neighbours, to the bit.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ncviz.activations import activation
from ncviz.drawing import Draw
from ncviz.experiment import Experiment
from ncviz.gradient import Gradient
from ncviz.network import Nets, n_parameters
from ncviz.optimizers import optimizer
from ncviz.tasks import N_BITS

N_SETTINGS = 4

POINTS_PER_CHUNK = 160
"""Training points of a net that are laid out at once, ahead of the steps that use them."""


def padded(runs: int) -> int:
    """How many places so many runs take."""
    return 16 * -(-runs // 16)


class Stepper:
    """Nets of some runs that step together, in all four settings.

    Parameters
    ----------
    experiment : Experiment
        What is the same for all of them: sizes, steps, batch size, optimizer, activation, trunk
        and device.
    draws : sequence of Draw or None
        The chance of each run; None is padding. Net number setting × width + place.
    rate : float or array, shape (len(draws),)
        Learning rate, one for all or one a run.
    """

    @torch.inference_mode()
    def __init__(
        self,
        experiment: Experiment,
        draws: Sequence[Draw | None],
        rate: float | NDArray[np.float64],
    ) -> None:
        self.width = padded(len(draws))
        self.device = torch.device(experiment.device)
        self._order = self.runs_last([None if d is None else d.order for d in draws])
        train = self.runs_last([None if d is None else d.train for d in draws])
        # One column for each training point of each run, so that one look-up fetches a chunk.
        self._columns = train.movedim(1, 0).flatten(start_dim=1).contiguous()
        self._column_of_run = torch.arange(self.width, dtype=torch.int32, device=self.device)

        trunks, hidden = 1 if experiment.trunk == "shared" else 2, experiment.hidden
        # All parameters in one tensor, so that one addition updates them all.
        shape = (n_parameters(trunks, hidden), N_SETTINGS * self.width)
        self.parameters = torch.zeros(shape, device=self.device)
        nets = Nets.views(self.parameters, trunks, hidden)
        for name in ("hidden_weight", "head_weight"):
            start = self.runs_last([None if d is None else getattr(d, name) for d in draws])
            getattr(nets, name).copy_(start.repeat(1, 1, N_SETTINGS))

        batch = experiment.batch_size
        units = activation(experiment.activation, self.parameters)
        self._gradient = Gradient(self.parameters, trunks, hidden, batch, units)
        self._optimizer = optimizer(experiment.optimizer, self.parameters, self._rates(rate), batch)
        self._chunk = min(experiment.steps, max(1, POINTS_PER_CHUNK // batch))
        size = (self._chunk, batch)
        self._points = self.parameters.new_empty(*size, N_BITS, N_SETTINGS, self.width)
        self._labels = self.parameters.new_empty(*size, 2, 2, 2, self.width)
        # Filled anew each time: fresh memory of this size would cost as much as its use.
        self._drawn = self._column_of_run.new_empty(self._chunk * batch * self.width)
        self._rows = self.parameters.new_empty(len(self._columns), len(self._drawn))
        self._batches = self._gradient.batches(
            self._points.flatten(start_dim=3), self._labels.flatten(start_dim=3)
        )

    def _rates(self, rate: float | NDArray[np.float64]) -> float | Tensor:
        """One number, or one for each net."""
        if isinstance(rate, float):
            return rate
        of_runs = np.zeros(self.width)
        of_runs[: len(rate)] = rate
        return torch.as_tensor(of_runs, device=self.device).repeat(N_SETTINGS)

    def runs_last(self, arrays: Sequence[NDArray[Any] | None]) -> Tensor:
        """One array a run → one tensor (…, width), padded by zeros; floats as float32."""
        some = next(array for array in arrays if array is not None)
        table = np.zeros((*some.shape, padded(len(arrays))), dtype=some.dtype)
        for place, array in enumerate(arrays):
            if array is not None:
                table[..., place] = array
        tensor = torch.as_tensor(table, device=self.device)
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
        n = order.numel()
        drawn = self._drawn[:n].view(order.shape)
        torch.add(self._column_of_run, order, alpha=self.width, out=drawn)
        rows = torch.index_select(self._columns, 1, drawn.flatten(), out=self._rows[:, :n])
        rows = rows.view(-1, *order.shape).permute(1, 2, 0, 3)
        steps = len(order)
        self._points[:steps] = rows[:, :, :N_BITS, None]
        labels = rows[:, :, N_BITS:]
        self._labels[:steps, :, 0] = labels[:, :, :2, None]  # Alice's task by her setting
        self._labels[:steps, :, 1] = labels[:, :, None, 2:]  # Bob's by his
