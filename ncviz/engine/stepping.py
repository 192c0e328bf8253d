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

from ncviz.basics.computing import without_autograd
from ncviz.basics.protocol import N_SETTINGS
from ncviz.engine.activations import activation
from ncviz.engine.batching import POINTS_PER_PIECE, Minibatches, Source, WholeSets
from ncviz.engine.chance import Draw, Minibatch
from ncviz.engine.gradient import Combining, Gradient
from ncviz.engine.network import Nets, n_parameters
from ncviz.engine.optimizers import optimizer
from ncviz.setup import Setup


def padded(runs: int) -> int:
    """How many places so many runs take."""
    return 16 * -(-runs // 16)


def runs_last(arrays: Sequence[NDArray[Any] | None], device: torch.device) -> Tensor:
    """One array a run → one tensor (…, width), padded by zeros; floats as float32."""
    some = next(array for array in arrays if array is not None)
    table = np.zeros((*some.shape, padded(len(arrays))), dtype=some.dtype)
    for place, array in enumerate(arrays):
        if array is not None:
            table[..., place] = array
    tensor = torch.as_tensor(table, device=device)
    return tensor.float() if tensor.is_floating_point() else tensor


class Stepper:
    """Nets of some runs that step together, in all four settings.

    Shapes: rate (len(draws),).
    """

    @without_autograd
    def __init__(
        self,
        experiment: Setup,
        draws: Sequence[Draw | None],
        rate: float | NDArray[np.float64],
    ) -> None:
        self.width = padded(len(draws))
        self.device = torch.device(experiment.device)
        trunks, hidden = 1 if experiment.trunk == "shared" else 2, experiment.hidden
        # All parameters in one tensor, so that one addition updates them all.
        shape = (n_parameters(trunks, hidden), N_SETTINGS * self.width)
        self.parameters = torch.zeros(shape, dtype=torch.float32, device=self.device)
        nets = Nets.views(self.parameters, trunks, hidden)
        for name in ("hidden_weight", "head_weight"):
            start = self.runs_last([None if d is None else getattr(d, name) for d in draws])
            getattr(nets, name).copy_(start.repeat(1, 1, N_SETTINGS))
        self._source = self._source_of(experiment, draws)
        rule = experiment.shared_gradient
        self._combine = None if rule == "sum" else Combining(self.parameters, hidden, rule)
        # A minibatch's gradient is a sum; over a whole set, weights make it a mean.
        batch = experiment.batch_size if experiment.sampling == "minibatch" else 1
        self._optimizer = optimizer(experiment.optimizer, self.parameters, self._rates(rate), batch)

    def _source_of(self, experiment: Setup, draws: Sequence[Draw | None]) -> Source:
        e = experiment
        # Laid out as minibatches look them up.
        train = self.runs_last([None if d is None else d.train.T for d in draws]).movedim(1, 0)
        if e.sampling == "minibatch":
            orders = [None if d is None else Minibatch(d) for d in draws]
            gradient = self._gradient_of(e, e.batch_size)
            return Minibatches(gradient, train, orders, e.steps, e.batch_size)
        gradient = self._gradient_of(e, POINTS_PER_PIECE)
        if e.sampling == "full":
            return WholeSets(gradient, train)
        noise = [None if d is None else np.random.default_rng(d.noise) for d in draws]
        return WholeSets(gradient, train, noise, e.batch_size)

    def _gradient_of(self, experiment: Setup, points: int) -> Gradient:
        """The gradient on so many points; the heads' wishes apart where they do not just add up."""
        e = experiment
        units = activation(e.activation, self.parameters)
        trunks = 1 if e.trunk == "shared" else 2
        wishes = trunks if e.shared_gradient == "sum" else 2
        return Gradient(self.parameters, trunks, e.hidden, points, units, wishes)

    def _rates(self, rate: float | NDArray[np.float64]) -> float | Tensor:
        """One number, or one for each net."""
        if isinstance(rate, float):
            return rate
        of_runs = np.zeros(self.width)
        of_runs[: len(rate)] = rate
        return torch.as_tensor(of_runs, device=self.device).repeat(N_SETTINGS)

    def runs_last(self, arrays: Sequence[NDArray[Any] | None]) -> Tensor:
        """One array a run → one tensor (…, width) on the device; see `runs_last`."""
        return runs_last(arrays, self.device)

    @without_autograd
    def advance(self, start: int, stop: int) -> None:
        """Train from step `start` to step `stop`."""
        for gradient in self._source.gradients(start, stop):
            self._optimizer.step(gradient if self._combine is None else self._combine(gradient))
