"""The gradient of both heads' logistic losses, by hand, for many nets at once."""

import torch
from torch import Tensor

from ncviz.activations import Activation
from ncviz.network import Nets, n_parameters

Batch = tuple[Tensor, tuple[Tensor, ...], Tensor]


class Gradient:
    """Computes gradients of some nets, over and over, in tensors that it makes only once.

    Allocating and slicing would cost more than the arithmetic. Every operation works net by net,
    and the only sum runs over the batch, so that a net's numbers do not depend on the others.

    Parameters
    ----------
    parameters : Tensor, shape (rows, nets)
        All parameters, laid out as `Nets.views` has them.
    trunks, hidden, batch : int
    activation : Activation
    wishes : int, optional
        How many gradients of the hidden layer are kept: one for each trunk by default; 2, and one
        trunk, to tell the heads' wishes for it apart.
    """

    def __init__(
        self,
        parameters: Tensor,
        trunks: int,
        hidden: int,
        batch: int,
        activation: Activation,
        wishes: int | None = None,
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
        self._d_logit = by_point.head_bias
        self._d_head_weight = by_point.head_weight
        self._d_unit = by_point.hidden_bias
        self._d_hidden_weight = by_point.hidden_weight
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
        """Cut the batches of some steps into the views that `compute` takes.

        Parameters
        ----------
        points : Tensor, shape (steps, batch, bits, nets)
        labels : Tensor, shape (steps, batch, 2, nets)
        """
        by_unit = points[:, :, None, None]
        bits = zip(*(bit.unbind() for bit in by_unit.unbind(4)), strict=True)
        return list(zip(by_unit.unbind(), bits, labels.unbind(), strict=True))

    def compute(self, batch: Batch, weights: Tensor | None = None) -> Tensor:
        """Gradient, summed over the batch; overwritten by the next call.

        Parameters
        ----------
        batch : Batch
            One of `batches`.
        weights : Tensor, shape (batch, 1, nets), optional
            How often each point counts; once by default.

        Returns
        -------
        Tensor, shape (rows, nets)
            Laid out as `Nets.views` of so many trunks as there are wishes.
        """
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
