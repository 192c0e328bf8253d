"""Training steps of many nets at once, whatever experiments they belong to.

Nets lie in the last dimension, setting by setting, runs padded to a multiple of 16: at multiples of
64 a net's numbers do not depend on its place or its neighbours, to the bit.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ncviz.basics.computing import without_autograd
from ncviz.basics.protocol import N_SETTINGS
from ncviz.engine.batching import POINTS_PER_PIECE, Minibatches, WholeSets
from ncviz.engine.chance import Draw
from ncviz.engine.gradient import Combining, Gradient
from ncviz.engine.network import Nets, activation, n_parameters
from ncviz.setup import Setup

MOMENTUM = 0.9
ADAM = (0.9, 0.999)
ADAM_EPSILON = 1e-8

Rate = float | Tensor


class Optimizer:
    """Changes parameters, step by step; the rate is one number, or one for each net.

    As torch.optim.SGD and torch.optim.Adam, which would cost several times the arithmetic here. A
    step is multiplied by the rate and then subtracted, to be rounded alike in both cases.
    """

    def __init__(self, parameters: Tensor, rate: Rate, batch: int) -> None:
        self._parameters = parameters
        # For a sum over the batch; in single precision, where the parameters are.
        self._rate = rate / batch if isinstance(rate, float) else (rate / batch).float()

    def step(self, gradient: Tensor) -> None:
        """Let w ← w − rate · g; the gradient, summed over the batch, may be overwritten."""
        self._parameters.sub_(gradient.mul_(self._rate))


class _Momentum(Optimizer):
    """With v ← 0.9 v + g and w ← w − rate · v."""

    def __init__(self, parameters: Tensor, rate: Rate, batch: int) -> None:
        super().__init__(parameters, rate, batch)
        self._velocity = torch.zeros_like(parameters)
        self._change = torch.empty_like(parameters)

    def step(self, gradient: Tensor) -> None:
        self._velocity.mul_(MOMENTUM).add_(gradient)
        torch.mul(self._velocity, self._rate, out=self._change)
        self._parameters.sub_(self._change)


class _Adam(Optimizer):
    """With w ← w − rate · m̂ / (√v̂ + ε), m and v running means of g and g² (Kingma & Ba 2015)."""

    def __init__(self, parameters: Tensor, rate: Rate, batch: int) -> None:
        super().__init__(parameters, rate, 1)
        self._mean = torch.zeros_like(parameters)
        self._square = torch.zeros_like(parameters)
        self._size = torch.empty_like(parameters)
        self._batch, self._steps = batch, 0

    def step(self, gradient: Tensor) -> None:
        first, second = ADAM
        self._steps += 1
        self._mean.mul_(first).add_(gradient, alpha=(1 - first) / self._batch)
        self._square.mul_(second)
        self._square.addcmul_(gradient, gradient, value=(1 - second) / self._batch**2)
        torch.sqrt(self._square, out=self._size)
        self._size.div_((1 - second**self._steps) ** 0.5).add_(ADAM_EPSILON)
        torch.div(self._mean, self._size, out=self._size)
        self._size.mul_(1 / (1 - first**self._steps)).mul_(self._rate)
        self._parameters.sub_(self._size)


def optimizer(name: str, parameters: Tensor, rate: Rate, batch: int) -> Optimizer:
    """The optimizer of a name, for these parameters."""
    kinds = {"sgd": Optimizer, "momentum": _Momentum, "adam": _Adam}
    return kinds[name](parameters, rate, batch)


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
    """Nets of some runs that step together, in all four settings; rates are one for each place."""

    @without_autograd
    def __init__(self, experiment: Setup, draws: Sequence[Draw | None], rate: Rate) -> None:
        e, rule = experiment, experiment.shared_gradient
        self.width, self.device = padded(len(draws)), torch.device(e.device)
        trunks = 1 if e.trunk == "shared" else 2
        # All parameters in one tensor, so that one addition updates them all.
        shape = (n_parameters(trunks, e.hidden), N_SETTINGS * self.width)
        self.parameters = torch.zeros(shape, dtype=torch.float32, device=self.device)
        nets = Nets.views(self.parameters, trunks, e.hidden)
        for name in ("hidden_weight", "head_weight"):
            starts = [None if d is None else getattr(d, name) for d in draws]
            start = runs_last(starts, self.device).repeat(1, 1, N_SETTINGS)
            getattr(nets, name).copy_(start)
        # Laid out as minibatches look them up.
        tables = [None if d is None else d.train.T for d in draws]
        train = runs_last(tables, self.device).movedim(1, 0)
        in_batches = e.sampling == "minibatch"
        points = e.batch_size if in_batches else POINTS_PER_PIECE
        # The heads' wishes are told apart where they do not just add up.
        wishes = trunks if rule == "sum" else 2
        units = activation(e.activation, self.parameters)
        gradient = Gradient(self.parameters, trunks, e.hidden, points, units, wishes)
        self._source: Minibatches | WholeSets
        seeds = [None if d is None else d.steps if in_batches else d.noise for d in draws]
        chance = [None if seed is None else np.random.default_rng(seed) for seed in seeds]
        if in_batches:
            self._source = Minibatches(gradient, train, chance, e.steps, e.batch_size)
        else:
            chance = chance if e.sampling == "noise" else []
            self._source = WholeSets(gradient, train, chance, e.batch_size)
        self._combine = None if rule == "sum" else Combining(self.parameters, e.hidden, rule)
        if not isinstance(rate, float):
            rate = rate.to(self.device).repeat(N_SETTINGS)
        # A minibatch's gradient is a sum; over a whole set, weights make it a mean.
        batch = e.batch_size if in_batches else 1
        self._optimizer = optimizer(e.optimizer, self.parameters, rate, batch)

    @without_autograd
    def advance(self, start: int, stop: int) -> None:
        """Train from step `start` to step `stop`."""
        for gradient in self._source.gradients(start, stop):
            self._optimizer.step(gradient if self._combine is None else self._combine(gradient))
