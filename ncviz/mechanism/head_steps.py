"""Training steps of a single net in which either head may stand still."""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from ncviz.basics.computing import without_autograd
from ncviz.engine.activations import activation
from ncviz.engine.chance import Draw
from ncviz.engine.gradient import Batch, Gradient
from ncviz.engine.network import NCnet, Nets, n_parameters
from ncviz.engine.optimizers import Optimizer, optimizer
from ncviz.experiment import Experiment
from ncviz.tasks import N_BITS

Who = Literal["both", "alice", "bob"]
WHO: tuple[Who, ...] = ("both", "alice", "bob")
HEADS: tuple[Who, ...] = ("alice", "bob")

COPIES = 64
"""Of the net, side by side: at this width its numbers are those of the training, to the bit."""


class HeadSteps:
    """One net at its starting weights, and steps of it by one head's loss or by both.

    Each hidden layer and each head has an optimizer of its own, so that what stands still keeps
    its memory of earlier gradients, too. Tasks: columns of both heads' labels in the points.
    """

    @without_autograd
    def __init__(self, experiment: Experiment, drawn: Draw, tasks: Sequence[int]) -> None:
        e = experiment
        self._trunks, self._hidden = 1 if e.trunk == "shared" else 2, e.hidden
        self._activation = e.activation
        table = torch.as_tensor(drawn.train, device="cpu")
        self._points, self._labels = table[:, :N_BITS], table[:, list(tasks)]
        self._order, self._next = torch.as_tensor(drawn.order, device="cpu"), 0
        shape = (n_parameters(self._trunks, e.hidden), COPIES)
        self._parameters = torch.zeros(shape, dtype=torch.float32, device="cpu")
        nets = Nets.views(self._parameters, self._trunks, e.hidden)
        for name in ("hidden_weight", "head_weight"):
            start = torch.as_tensor(getattr(drawn, name), device="cpu")
            getattr(nets, name).copy_(start.unsqueeze(-1))
        units = activation(e.activation, self._parameters)
        like = (self._parameters, self._trunks, e.hidden, e.batch_size, units)
        self._summed, self._apart = Gradient(*like), Gradient(*like, wishes=2)

        def optimizers(numbers: list[Tensor]) -> list[Optimizer]:
            return [optimizer(e.optimizer, n, e.learning_rate, e.batch_size) for n in numbers]

        self._layers = [optimizers(_layer(nets, trunk)) for trunk in range(self._trunks)]
        self._heads = [optimizers(_head(nets, head)) for head in range(len(HEADS))]

    def net(self) -> NCnet:
        """A copy of the net."""
        return Nets.views(self._parameters, self._trunks, self._hidden).one(0, self._activation)

    @without_autograd
    def step(self, who: Who) -> None:
        """Take the next batch of the run's order, and let the loss of this head act, or both."""
        gradient, views = (self._summed, self._trunks) if who == "both" else (self._apart, 2)
        wishes = Nets.views(gradient.compute(self._batch()), views, self._hidden)
        heads = range(len(HEADS)) if who == "both" else [HEADS.index(who)]
        for layer in range(self._trunks) if who == "both" else heads:
            _move(self._layers[layer % self._trunks], _layer(wishes, layer))
        for head in heads:
            _move(self._heads[head], _head(wishes, head))

    def _batch(self) -> Batch:
        chosen = self._order[self._next]
        self._next += 1
        # Copied and not only expanded, so that arithmetic runs as it does in the training.
        points, labels = (
            of_all[chosen][None, :, :, None].repeat(1, 1, 1, COPIES)
            for of_all in (self._points, self._labels)
        )
        (batch,) = Gradient.batches(points, labels)
        return batch


def _layer(nets: Nets, trunk: int) -> list[Tensor]:
    """The numbers of a hidden layer, or what is wished for them."""
    return [nets.hidden_weight[trunk], nets.hidden_bias[trunk]]


def _head(nets: Nets, head: int) -> list[Tensor]:
    """The numbers of a head, or what is wished for them."""
    return [nets.head_weight[head], nets.head_bias[head]]


def _move(optimizers: list[Optimizer], gradients: list[Tensor]) -> None:
    for each, gradient in zip(optimizers, gradients, strict=True):
        each.step(gradient)
