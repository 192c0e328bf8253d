"""Optimizers for many nets at once: how a gradient changes the parameters.

Every operation works number by number, so that a net's numbers do not depend on its neighbours. A
step is multiplied by the rate and then subtracted, in two operations, so that it is rounded alike
whether all nets have one rate or each its own.
The numbers are those of torch.optim.SGD and torch.optim.Adam, which would step through a list of
tensors and cost several times the arithmetic here.
"""

from typing import Protocol

import torch
from torch import Tensor

MOMENTUM = 0.9
ADAM = (0.9, 0.999)
ADAM_EPSILON = 1e-8

Rate = float | Tensor


class Optimizer(Protocol):
    """Changes parameters, step by step."""

    def step(self, gradient: Tensor) -> None:
        """Make one step; the gradient is the sum over the batch, and may be overwritten."""


class Sgd:
    """Plain gradient descent.

    Shapes: rate (nets,).
    """

    def __init__(self, parameters: Tensor, rate: Rate, batch: int) -> None:
        self._parameters = parameters
        self._rate = _single(rate, batch)

    def step(self, gradient: Tensor) -> None:
        """Let w ← w − rate · g; the gradient is overwritten."""
        self._parameters.sub_(gradient.mul_(self._rate))


class Momentum:
    """Gradient descent with momentum 0.9; parameters as for `Sgd`."""

    def __init__(self, parameters: Tensor, rate: Rate, batch: int) -> None:
        self._parameters = parameters
        self._velocity = torch.zeros_like(parameters)
        self._change = torch.empty_like(parameters)
        self._rate = _single(rate, batch)

    def step(self, gradient: Tensor) -> None:
        """Let v ← 0.9 v + g and w ← w − rate · v."""
        self._velocity.mul_(MOMENTUM).add_(gradient)
        torch.mul(self._velocity, self._rate, out=self._change)
        self._parameters.sub_(self._change)


class Adam:
    """Adam with (0.9, 0.999) and 1e-8 (Kingma & Ba 2015); parameters as for `Sgd`."""

    def __init__(self, parameters: Tensor, rate: Rate, batch: int) -> None:
        self._parameters = parameters
        self._mean = torch.zeros_like(parameters)
        self._square = torch.zeros_like(parameters)
        self._size = torch.empty_like(parameters)
        self._rate, self._batch = _single(rate, 1), batch
        self._steps = 0

    def step(self, gradient: Tensor) -> None:
        """Let w ← w − rate · m̂ / (√v̂ + ε), with the running means m of g and v of g²."""
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
    kinds: dict[str, type[Sgd] | type[Momentum] | type[Adam]] = {
        "sgd": Sgd,
        "momentum": Momentum,
        "adam": Adam,
    }
    return kinds[name](parameters, rate, batch)


def _single(rate: Rate, batch: int) -> Rate:
    """The rate for a sum over the batch; in single precision, where the parameters are."""
    return rate / batch if isinstance(rate, float) else (rate / batch).float()
