"""Input space as a plane: two bits vary, the other two stay; neurons are lines in it."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import torch
from numpy.typing import NDArray

from ncviz.basics.checks import short
from ncviz.basics.computing import without_autograd
from ncviz.engine.network import NCnet
from ncviz.inference import Array
from ncviz.tasks import N_BITS, POINTS, find

REACH = 1.75
"""The plane is drawn from −1.75 to 1.75: bits are −1 and +1, and seen with noise."""

PAIRS = tuple(combinations(range(N_BITS), 2))
"""The pairs of bits that can vary, as places 0 to 3."""


def bits_of(task: str) -> tuple[int, ...]:
    """Places 0 to 3 of the bits that a task depends on.

    Examples
    --------
    >>> from ncviz.mechanism.input_plane import bits_of
    >>> bits_of("s1 XOR s2"), bits_of("s3 AND s4")
    ((0, 1), (2, 3))
    """
    labels = find(task)(POINTS).reshape((2,) * N_BITS)
    return tuple(bit for bit in range(N_BITS) if np.diff(labels.astype(int), axis=bit).any())


def pair_of(tasks: tuple[str, str]) -> tuple[int, int]:
    """The pair of bits that matters: the first two of Alice's task, then Bob's, then any.

    Examples
    --------
    >>> from ncviz.mechanism.input_plane import pair_of
    >>> pair_of(("s1 XOR s2", "s3 AND s4")), pair_of(("s3", "s4"))
    ((0, 1), (2, 3))
    """
    wanted = dict.fromkeys([*bits_of(tasks[0]), *bits_of(tasks[1]), *range(N_BITS)])
    first, second = sorted(list(wanted)[:2])
    return first, second


@dataclass(frozen=True)
class Plane:
    """A plane through the inputs.

    Nothing is averaged over the bits that stay: so each neuron is exactly one line, and a map is
    exactly what the net answers there.

    Parameters
    ----------
    pair : tuple of int
        Places 0 to 3 of the bits along x and along y.
    others : tuple of int
        Values, 0 or 1, of the other two bits, in their order.

    Raises
    ------
    ValueError
        If there is no such pair, or a bit is neither 0 nor 1.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.mechanism.input_plane import Plane
    >>> from ncviz.mechanism.slow_motion import SlowMotion
    >>> motion = SlowMotion(Experiment())
    >>> plane = Plane((0, 1), others=(0, 0))
    >>> plane.logits(motion.net, cells=5).shape, plane.lines(motion.net).shape
    ((2, 5, 5), (1, 3, 3))
    """

    pair: tuple[int, int] = (0, 1)
    others: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        if self.pair not in PAIRS:
            raise ValueError(f"pair must be one of {PAIRS}, not {short(self.pair)}")
        if len(self.others) != N_BITS - 2 or not set(self.others) <= {0, 1}:
            raise ValueError(f"others must be two bits, each 0 or 1, not {short(self.others)}")

    @property
    def fixed(self) -> tuple[int, int]:
        """Places of the bits that stay."""
        first, second = (bit for bit in range(N_BITS) if bit not in self.pair)
        return first, second

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Which of the 16 `POINTS` lie in the plane; the others only seem to."""
        return np.asarray((POINTS[:, list(self.fixed)] == self.others).all(axis=1))

    @without_autograd
    def logits(self, net: NCnet, cells: int) -> Array:
        """Alice's and Bob's logit in the middle of each cell, shape (2, cells, cells).

        Rows run upwards along y, columns along x.
        """
        middles = REACH * ((2 * np.arange(cells) + 1) / cells - 1)
        points = np.empty((cells, cells, N_BITS), dtype=np.float32)
        points[..., self.pair[0]] = middles
        points[..., self.pair[1]] = middles[:, None]
        points[..., list(self.fixed)] = self._signs
        return np.asarray(net(points).movedim(-1, 0).double().numpy())

    def lines(self, net: NCnet) -> Array:
        """Where each neuron's input is 0: ax + by + c = 0, shape (trunks, hidden, 3)."""
        layer = (net.hidden_weight, net.hidden_bias.unsqueeze(-1))
        return self.seen(torch.cat(layer, dim=-1).detach().double().numpy())

    def seen(self, weights: Array) -> Array:
        """Incoming weights and bias (…, 5), or steps of them, as (a, b, c) of this plane."""
        offset = weights[..., -1] + weights[..., list(self.fixed)] @ self._signs
        return np.concatenate([weights[..., list(self.pair)], offset[..., None]], axis=-1)

    @property
    def _signs(self) -> NDArray[np.int64]:
        return 2 * np.array(self.others) - 1
