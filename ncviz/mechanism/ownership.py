"""Who uses which neuron of one net: the numbers behind the rings of its drawing."""

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from ncviz.inference import Array
from ncviz.network import ACTIVATIONS, Nets


def ownership(
    parameters: NDArray[np.float32], hidden: int, activation: str, points: ArrayLike
) -> Array:
    """How much each head uses each neuron of a shared layer, as in `Wishes.ownership`.

    Parameters
    ----------
    parameters : array
        All numbers of a net with one trunk, as `Moment.parameters` gives them.
    hidden : int
        Hidden neurons.
    activation : {"tanh", "relu", "sigmoid"}
    points : array_like, shape (points, 4)
        As the net sees them.

    Returns
    -------
    array, shape (2, hidden)
        |Weight to Alice's head, Bob's head| × standard deviation of the neuron's answer.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.mechanism.ownership import ownership
    >>> r = Experiment(runs=1, steps=50).run()
    >>> ownership(r.parameters(0, "22"), 3, "tanh", [[1, 1, 1, 1], [1, -1, 1, 1]]).shape
    (2, 3)
    """
    net = Nets.views(torch.from_numpy(parameters)[:, None], 1, hidden)
    seen = torch.from_numpy(np.asarray(points, dtype=np.float32))
    units = ACTIVATIONS[activation](
        seen @ net.hidden_weight[0, ..., 0].T + net.hidden_bias[0, :, 0]
    )
    spread = units.std(dim=0, correction=0)
    return np.asarray((net.head_weight[..., 0].abs() * spread).numpy(), dtype=np.float64)
