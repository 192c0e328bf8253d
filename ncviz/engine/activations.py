"""Activations of the hidden units: their values, their slopes, and how to evaluate them fast.

Every operation works number by number, so that a net's numbers do not depend on its neighbours.
"""

import torch
from torch import Tensor

from ncviz.engine.network import Nets


class Activation:
    """What training and evaluation need of an activation."""

    def __init__(self, like: Tensor) -> None:
        self._one, self._minus_one = like.new_tensor(1.0), like.new_tensor(-1.0)

    def apply_(self, units: Tensor) -> None:
        """Replace what the units receive by what they answer."""
        raise NotImplementedError

    def slope(self, units: Tensor, out: Tensor) -> None:
        """Write the derivative, given the answers."""
        raise NotImplementedError

    def folded(self, nets: Nets) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Weights for `evaluate_`; they may hold some of the activation's arithmetic."""
        return nets.hidden_weight, nets.hidden_bias, nets.head_weight, nets.head_bias

    def evaluate_(self, layer: Tensor) -> None:
        """Apply the activation where the weights are folded."""
        self.apply_(layer)


class _Tanh(Activation):
    """Hyperbolic tangent, as 2σ(2z) − 1: torch computes σ several times faster than its tanh."""

    def apply_(self, units: Tensor) -> None:
        torch.add(self._minus_one, units.mul_(2).sigmoid_(), alpha=2, out=units)

    def slope(self, units: Tensor, out: Tensor) -> None:
        torch.addcmul(self._one, units, units, value=-1, out=out)

    def folded(self, nets: Nets) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        # The factors of 2 and the −1 go into the weights, which are fewer than the points.
        weight, bias, heads, head_bias = super().folded(nets)
        return 2 * weight, 2 * bias, 2 * heads, head_bias - heads.sum(dim=1)

    def evaluate_(self, layer: Tensor) -> None:
        layer.sigmoid_()


class _Relu(Activation):
    """max(0, z), with slope 0 at 0."""

    def apply_(self, units: Tensor) -> None:
        units.relu_()

    def slope(self, units: Tensor, out: Tensor) -> None:
        torch.sign(units, out=out)


class _Sigmoid(Activation):
    """The logistic function σ(z), with slope σ(1 − σ)."""

    def apply_(self, units: Tensor) -> None:
        units.sigmoid_()

    def slope(self, units: Tensor, out: Tensor) -> None:
        torch.sub(self._one, units, out=out).mul_(units)


def activation(name: str, like: Tensor) -> Activation:
    """The activation of a name, for tensors like this one."""
    return {"tanh": _Tanh, "relu": _Relu, "sigmoid": _Sigmoid}[name](like)
