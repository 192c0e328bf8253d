"""The gradient of both heads' logistic losses, by hand, for many nets at once."""

from collections.abc import Callable

import torch
from torch import Tensor

from ncviz.engine.network import Activation, Nets, n_parameters

Batch = tuple[Tensor, tuple[Tensor, ...], Tensor]


class Gradient:
    """Gradients of some nets, in tensors made only once: allocating costs more than arithmetic.

    Every operation works net by net: a net's numbers do not depend on the others.
    """

    def __init__(
        self,
        parameters: Tensor,
        trunks: int,
        hidden: int,
        batch: int,
        activation: Activation,
        wishes: int | None = None,  # trunks that their gradients are kept apart for
    ) -> None:
        count = parameters.shape[-1]
        wishes = trunks if wishes is None else wishes
        rows = n_parameters(wishes, hidden)
        self.value = parameters.new_empty(rows, count)
        self._by_point = parameters.new_empty(batch, rows, count)
        self._units = parameters.new_empty(batch, trunks, hidden, count)
        self._slope = torch.empty_like(self._units)
        self._logits = parameters.new_empty(batch, 2, count)
        self._activation = activation

        nets = Nets.views(parameters, trunks, hidden)
        by_point = Nets.views(self._by_point, wishes, hidden)
        self._hidden_bias, self._head_bias = nets.hidden_bias, nets.head_bias
        self._weight_of_bit = nets.hidden_weight.unbind(2)
        self._weight_of_unit = nets.head_weight.unbind(1)
        self._unit = self._units.unbind(2)
        self._d_logit, self._d_head_weight = by_point.head_bias, by_point.head_weight
        self._d_unit, self._d_hidden_weight = by_point.hidden_bias, by_point.hidden_weight
        self._d_logit_by_unit = self._d_logit[:, :, None]
        self._d_unit_by_bit = self._d_unit[:, :, :, None]
        # One head a gradient, or both heads in the one gradient, where their wishes add up.
        self._heads_of_trunk = tuple(
            zip(
                torch.split(nets.head_weight, wishes),
                (d[:, :, None] for d in torch.split(self._d_logit, wishes, dim=1)),
                strict=True,
            )
        )

    @staticmethod
    def batches(points: Tensor, labels: Tensor) -> list[Batch]:
        """Views of points (steps, batch, bits, nets), labels (…, 2, nets) that `compute` takes."""
        by_unit = points[:, :, None, None]
        bits = zip(*(bit.unbind() for bit in by_unit.unbind(4)), strict=True)
        return list(zip(by_unit.unbind(), bits, labels.unbind(), strict=True))

    def compute(self, batch: Batch, weights: Tensor | None = None) -> Tensor:
        """Gradient (rows, nets), summed over the batch with weights (batch, 1, nets); no copy."""
        points, bits, labels = batch
        units, logits = self._units, self._logits
        torch.addcmul(self._hidden_bias, self._weight_of_bit[0], bits[0], out=units)
        for weight, bit in zip(self._weight_of_bit[1:], bits[1:], strict=True):
            units.addcmul_(weight, bit)
        self._activation.apply_(units)
        torch.addcmul(self._head_bias, self._weight_of_unit[0], self._unit[0], out=logits)
        for weight, unit in zip(self._weight_of_unit[1:], self._unit[1:], strict=True):
            logits.addcmul_(weight, unit)

        torch.sub(logits.sigmoid_(), labels, out=self._d_logit)
        if weights is not None:
            self._d_logit.mul_(weights)
        torch.mul(self._d_logit_by_unit, units, out=self._d_head_weight)
        (weight, d_logit), *rest = self._heads_of_trunk
        torch.mul(weight, d_logit, out=self._d_unit)
        for weight, d_logit in rest:
            self._d_unit.addcmul_(weight, d_logit)
        self._activation.slope(units, out=self._slope)
        self._d_unit.mul_(self._slope)
        torch.mul(self._d_unit_by_bit, points, out=self._d_hidden_weight)
        return torch.sum(self._by_point, dim=0, out=self.value)


Rule = Callable[[Tensor, Tensor], Tensor]


def pcgrad(alice: Tensor, bob: Tensor) -> Tensor:
    """Gradient surgery (Yu et al. 2020): what conflicts is projected off, then the rest summed.

    Where ⟨a, b⟩ < 0, a loses its component along b, and b that along a. Shapes: (numbers, nets).
    """
    conflict = _dot(alice, bob).clamp_(max=0)
    of_alice, of_bob = (_share(conflict, _dot(g, g)) for g in (alice, bob))
    return alice * (1 - of_alice) + bob * (1 - of_bob)


def mgda(alice: Tensor, bob: Tensor) -> Tensor:
    """Multiple-gradient descent (Désidéri 2012): a step along which neither loss rises.

    The shortest vector γa + (1 − γ)b with 0 ≤ γ ≤ 1, for two tasks in closed form (Sener & Koltun
    2018): γ = ⟨b − a, b⟩ / ‖a − b‖², cut to [0, 1]. Taken twice, so that where both gradients are
    the same the step is that of their sum. Shapes: (numbers, nets).
    """
    apart = bob - alice
    of_alice = _share(_dot(apart, bob), _dot(apart, apart)).clamp_(0, 1)
    return 2 * (of_alice * alice + (1 - of_alice) * bob)


RULES: dict[str, Rule] = {
    "without alice": lambda alice, bob: bob,
    "without bob": lambda alice, bob: alice,
    "pcgrad": pcgrad,
    "mgda": mgda,
}
"""For each `shared_gradient` but "sum", what the shared layer gets of Alice's and Bob's wishes."""


class Combining:
    """Combines the heads' wishes for the layer that nets with one trunk share."""

    def __init__(self, parameters: Tensor, hidden: int, rule: str) -> None:
        self._rule, self._hidden = RULES[rule], hidden
        self._shared = n_parameters(1, hidden) - 2 * (hidden + 1)
        self._value = torch.empty_like(parameters)

    def __call__(self, apart: Tensor) -> Tensor:
        """Make one gradient (rows, nets) of a whole step's two."""
        wishes = Nets.views(apart, 2, self._hidden)
        weights = wishes.hidden_weight.flatten(start_dim=1, end_dim=2)
        alice, bob = torch.cat([weights, wishes.hidden_bias], dim=1)
        self._value[: self._shared] = self._rule(alice, bob)
        self._value[self._shared :] = apart[2 * self._shared :]  # each head has its own gradient
        return self._value


def _dot(one: Tensor, other: Tensor) -> Tensor:
    """Inner product of the two gradients of each net, shape (1, nets)."""
    return torch.sum(one * other, dim=0, keepdim=True)


def _share(part: Tensor, whole: Tensor) -> Tensor:
    """The quotient; 0 where there is nothing to divide by, since nothing then depends on it."""
    return torch.where(whole > 0, part / whole, 0.0)
