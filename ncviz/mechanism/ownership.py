"""Who uses which neuron of one net: the numbers behind the rings of its drawing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor
from torch.nn.functional import softplus

from ncviz.basics.checks import Brief
from ncviz.basics.computing import one_thread, unwarned
from ncviz.engine.network import ACTIVATIONS, NCnet, Nets
from ncviz.inference import Array
from ncviz.mechanism.input_plane import REACH, Plane


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


PLACES = (0.25, 0.75)
"""Where arrows stand along the visible part of a line: two of them show it shift and turn."""

FLAT = 1e-12
"""A slope below which a line counts as parallel to an edge of the square."""

LONGEST = 0.6
"""The longest arrow, in units of the plane."""


@dataclass(frozen=True, repr=False)
class NeuronLine(Brief):
    """A neuron's line in the square that is drawn.

    Parameters
    ----------
    trunk, index : int
        Which neuron.
    ends : array, shape (2, 2)
        Both ends (x, y) of what is seen of the line.
    feet : array, shape (2, 2)
        Two points of it, at which arrows stand.
    pushes : array, shape (2, 2, 2)
        By Alice and by Bob: where one step would move these points, straight away from the line.
    """

    trunk: int
    index: int
    ends: Array
    feet: Array
    pushes: Array


def neuron_lines(plane: Plane, net: NCnet, pulls: Pulls) -> list[NeuronLine]:
    """The neurons whose lines, where their input is 0, cross the square that is drawn.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.mechanism.input_plane import Plane
    >>> from ncviz.mechanism.ownership import neuron_lines
    >>> from ncviz.mechanism.slow_motion import SlowMotion
    >>> motion = SlowMotion(Experiment())
    >>> [line.index for line in neuron_lines(Plane(), motion.net, motion.pulls())]
    [0, 1, 2]
    """
    lines, steps = plane.lines(net), plane.seen(pulls.step)
    found = []
    for trunk, index in np.ndindex(*lines.shape[:2]):
        line = lines[trunk, index]
        ends = chord(line)
        if ends is not None:
            feet = ends[0] + np.array(PLACES)[:, None] * (ends[1] - ends[0])
            pushes = np.array(
                [[push(line, step, foot) for foot in feet] for step in steps[:, trunk, index]]
            )
            found.append(NeuronLine(trunk, index, ends, feet, pushes))
    return found


def magnification(lines: Sequence[NeuronLine]) -> float:
    """How much longer than the pushes their arrows are drawn: 1, 2 or 5 times a power of ten."""
    most = max(
        (float(np.hypot(*np.moveaxis(line.pushes, -1, 0)).max()) for line in lines), default=0
    )
    if not most > 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(LONGEST / most))
    return float(power * max(digit for digit in (1, 2, 5) if digit * power * most <= LONGEST))


def chord(line: Array) -> Array | None:
    """The part of a line ax + by + c = 0 in the square that is drawn.

    Parameters
    ----------
    line : array, shape (3,)

    Returns
    -------
    array, shape (2, 2), or None
        Its two ends (x, y); None where it passes the square by, or is no line.

    Examples
    --------
    >>> from ncviz.mechanism.ownership import chord
    >>> chord([2.0, 0.0, 1.0]).tolist()
    [[-0.5, -1.75], [-0.5, 1.75]]
    >>> chord([0.0, 1.0, 9.0]) is None
    True
    """
    a, b, c = (float(number) for number in line)
    if abs(a) > abs(b):
        swapped = chord(np.array([b, a, c]))
        return None if swapped is None else np.asarray(swapped[:, ::-1])
    if b == 0 or not abs(c) <= 2 * REACH * abs(b):
        return None  # beyond all corners
    slope, offset = a / b, c / b
    # From the left edge to the right one, no steeper than 1; then what is above or below is cut.
    xs = np.array([-REACH, REACH])
    if abs(slope) > FLAT:
        xs = xs.clip(*np.sort(-(xs + offset) / slope))
    ends = np.column_stack([xs, -(slope * xs + offset)])
    inside = (np.abs(ends) <= REACH * (1 + 1e-9)).all()
    return ends if inside and xs[0] < xs[1] else None


def push(line: Array, step: Array, at: Array) -> Array:
    """Where a point of a line goes, straight away from the line, when its numbers make a step.

    To first order: from p on ax + by + c = 0, with n = (a, b), by −(δa·x + δb·y + δc)·n / |n|².

    Parameters
    ----------
    line, step : array, shape (3,)
        (a, b, c), and their change.
    at : array, shape (2,)
        The point of the line.

    Returns
    -------
    array, shape (2,)
    """
    normal = line[:2]
    return np.asarray(-(step[:2] @ at + step[2]) * normal / (normal @ normal))
