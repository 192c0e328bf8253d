"""Optimizers for many nets at once: how a gradient changes the parameters.

Every operation works number by number, so that a net's numbers do not depend on its neighbours.
The numbers are those of torch.optim.SGD and torch.optim.Adam, which would step through a list of
tensors and cost several times the arithmetic here.
"""

from typing import Protocol

import torch
from torch import Tensor

MOMENTUM = 0.9
ADAM = (0.9, 0.999)
ADAM_EPSILON = 1e-8


class Optimizer(Protocol):
    """Changes parameters, step by step."""

    def step(self, gradient: Tensor) -> None:
        """Make one step; the gradient is the sum over the batch."""


class Sgd:
    """Plain gradient descent.

    Parameters
    ----------
    parameters : Tensor
        Changed in place.
    rate : float
        Learning rate for the gradient of a mean over the batch.
    batch : int
        Points that a gradient is the sum of.
    """

    def __init__(self, parameters: Tensor, rate: float, batch: int) -> None:
        self._parameters = parameters
        self._rate = rate / batch

    def step(self, gradient: Tensor) -> None:
        """Let w ← w − rate · g."""
        self._parameters.add_(gradient, alpha=-self._rate)


class Momentum:
    """Gradient descent with momentum 0.9; parameters as for `Sgd`."""

    def __init__(self, parameters: Tensor, rate: float, batch: int) -> None:
        self._parameters = parameters
        self._velocity = torch.zeros_like(parameters)
        self._rate = rate / batch

    def step(self, gradient: Tensor) -> None:
        """Let v ← 0.9 v + g and w ← w − rate · v."""
        self._velocity.mul_(MOMENTUM).add_(gradient)
        self._parameters.add_(self._velocity, alpha=-self._rate)


class Adam:
    """Adam with (0.9, 0.999) and 1e-8 (Kingma & Ba 2015); parameters as for `Sgd`."""

    def __init__(self, parameters: Tensor, rate: float, batch: int) -> None:
        self._parameters = parameters
        self._mean = torch.zeros_like(parameters)
        self._square = torch.zeros_like(parameters)
        self._size = torch.empty_like(parameters)
        self._rate, self._batch = rate, batch
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
        rate = self._rate / (1 - first**self._steps)
        self._parameters.addcdiv_(self._mean, self._size, value=-rate)


def optimizer(name: str, parameters: Tensor, rate: float, batch: int) -> Optimizer:
    """The optimizer of a name, for these parameters."""
    kinds: dict[str, type[Sgd] | type[Momentum] | type[Adam]] = {
        "sgd": Sgd,
        "momentum": Momentum,
        "adam": Adam,
    }
    return kinds[name](parameters, rate, batch)
