"""Where the loss of each head would move the hidden neurons of a net."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import softplus

from ncviz.checks import Brief
from ncviz.computing import one_thread, unwarned
from ncviz.inference import Array
from ncviz.network import NCnet


@dataclass(frozen=True, repr=False)
class Pulls(Brief):
    """Where each head's loss would move the incoming weights of each hidden neuron.

    Parameters
    ----------
    step : array, shape (2, trunks, hidden, 5)
        By Alice's loss and by Bob's: −learning rate × gradient of the mean loss on the whole
        training set, with respect to the four weights and the bias.
    cosine : array, shape (trunks, hidden)
        Of the two steps, −1 to 1; NaN where one of them is 0, as with separate trunks.
    """

    step: Array
    cosine: Array

    @property
    def strength(self) -> Array:
        """Product of both lengths at each neuron, as a share of the largest; (trunks, hidden)."""
        product = np.linalg.norm(self.step, axis=-1).prod(axis=0)
        return np.asarray(product / (product.max() or 1.0))

    @classmethod
    def of(cls, step: Array) -> "Pulls":
        """With the cosines of these steps."""
        length = np.linalg.norm(step, axis=-1).prod(axis=0)
        cosine = unwarned(np.divide)(step.prod(axis=0).sum(axis=-1), length)
        return cls(step, np.where(length > 0, cosine, np.nan))


@one_thread
def pulls_at(net: NCnet, points: Tensor, signs: Tensor, rate: float) -> Pulls:
    """The pulls on a net.

    Parameters
    ----------
    net : NCnet
    points : Tensor, shape (points, 4)
        As the net sees them.
    signs : Tensor, shape (points, 2)
        −1 where label 0 is right for Alice, or for Bob, and +1 where it is 1.
    rate : float
        Learning rate of the step.
    """
    layer = (net.hidden_weight, net.hidden_bias)
    with torch.enable_grad():
        losses = softplus(-signs * net(points)).mean(dim=0)
        gradients = [torch.autograd.grad(loss, layer, retain_graph=True) for loss in losses]
    both = [torch.cat([weight, bias.unsqueeze(-1)], dim=-1) for weight, bias in gradients]
    return Pulls.of(-rate * torch.stack(both).double().numpy())
