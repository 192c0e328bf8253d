"""The hidden neurons of one net: who uses them, who pulls at them, their lines in input space."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from ncviz.basics.checks import Brief, short
from ncviz.basics.computing import unwarned, without_autograd
from ncviz.engine.network import ACTIVATIONS, NCnet, Nets
from ncviz.inference import Array, format_number
from ncviz.tasks import N_BITS, POINTS, find

REACH = 1.75  # the plane is drawn from −1.75 to 1.75: bits are −1 and +1, and seen with noise.
PAIRS = tuple(combinations(range(N_BITS), 2))  # the pairs of bits that can vary, as places 0 to 3
PLACES = np.array([0.25, 0.75])  # of arrows along a line: two of them show it shift and turn
FLAT = 1e-12  # a slope below which a line counts as parallel to an edge of the square
LONGEST = 0.6  # the longest arrow, in units of the plane


def ownership(
    parameters: NDArray[np.float32], hidden: int, activation: str, points: ArrayLike
) -> Array:
    """`Wishes.ownership` (2, hidden) of one net with a shared layer, on points as it sees them."""
    net = Nets.views(torch.from_numpy(parameters)[:, None], 1, hidden)
    seen = torch.from_numpy(np.asarray(points, dtype=np.float32))
    inputs = seen @ net.hidden_weight[0, ..., 0].T + net.hidden_bias[0, :, 0]
    spread = ACTIVATIONS[activation](inputs).std(dim=0, correction=0)
    return np.asarray((net.head_weight[..., 0].abs() * spread).numpy(), dtype=np.float64)


@dataclass(frozen=True, repr=False)
class Pulls(Brief):
    """Where each head's loss would move the incoming weights and the bias of each hidden neuron."""

    step: Array  # −rate × gradient, (2, trunks, hidden, 5), of Alice's and of Bob's training loss
    cosine: Array  # (trunks, hidden), of the two; NaN where one of them is 0

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


def manner(cosine: float) -> str:
    """How two pulls with this cosine go: a third of all angles each; empty if one is missing."""
    if not np.isfinite(cosine):
        return ""
    return "against" if cosine <= -0.5 else "together" if cosine >= 0.5 else "across"


def pulls_sentence(pulls: Pulls) -> str:
    """Where the heads pull hardest against each other."""
    if pulls.step.shape[1] == 2:
        return "Each head has neurons of its own, at which only it can pull."
    inner = pulls.step.prod(axis=0).sum(axis=-1)[0]
    worst = int(np.argmin(inner))
    if not inner[worst] < 0:
        return "Nowhere do Alice and Bob pull against each other."
    cosine = pulls.cosine[0, worst]
    partly = "" if manner(cosine) == "against" else "partly "
    how = f"pull {partly}against each other (cosine {format_number(cosine)})"
    if len(inner) == 1:
        return f"Alice and Bob {how} at the only neuron."
    return f"The fight is hardest at neuron {worst + 1}: there Alice and Bob {how}."


def pair_of(tasks: tuple[str, str]) -> tuple[int, int]:
    """The bits that matter: the first two that Alice's task depends on, then Bob's, then any."""
    wanted: dict[int, None] = {}
    for task in tasks:
        labels = find(task)(POINTS).reshape((2,) * N_BITS).astype(int)
        wanted |= dict.fromkeys(k for k in range(N_BITS) if np.diff(labels, axis=k).any())
    first, second = sorted([*(wanted | dict.fromkeys(range(N_BITS)))][:2])
    return first, second


@dataclass(frozen=True)
class Plane:
    """A plane through the inputs: two bits vary, the other two have values of 0 or 1.

    So each neuron is exactly one line, and a map is exactly what the net answers there.
    """

    pair: tuple[int, int] = (0, 1)
    others: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        if self.pair not in PAIRS:
            raise ValueError(f"pair must be one of {PAIRS}, not {short(self.pair)}")
        if len(self.others) != N_BITS - 2 or not set(self.others) <= {0, 1}:
            raise ValueError(f"others must be two bits, each 0 or 1, not {short(self.others)}")

    @property
    def fixed(self) -> list[int]:
        """Places of the bits that stay."""
        return [bit for bit in range(N_BITS) if bit not in self.pair]

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Which of the 16 `POINTS` lie in the plane; the others only seem to."""
        return np.asarray((POINTS[:, self.fixed] == self.others).all(axis=1))

    @without_autograd
    def logits(self, net: NCnet, cells: int) -> Array:
        """Both logits amid each cell, (2, cells, cells); rows run upwards, along y."""
        middles = REACH * ((2 * np.arange(cells) + 1) / cells - 1)
        points = np.empty((cells, cells, N_BITS), dtype=np.float32)
        points[..., self.pair[0]] = middles
        points[..., self.pair[1]] = middles[:, None]
        points[..., self.fixed] = 2 * np.array(self.others) - 1
        return np.asarray(net(points).movedim(-1, 0).double().numpy())

    def seen(self, weights: Array) -> Array:
        """Incoming weights and bias (…, 5), or steps of them, as (a, b, c) of this plane."""
        offset = weights[..., -1] + weights[..., self.fixed] @ (2 * np.array(self.others) - 1)
        return np.concatenate([weights[..., list(self.pair)], offset[..., None]], axis=-1)


@dataclass(frozen=True, repr=False)
class NeuronLine(Brief):
    """A neuron's line in the square that is drawn."""

    trunk: int
    index: int
    ends: Array  # (2, 2): both ends (x, y) of what is seen of the line
    feet: Array  # (2, 2): points of it at which arrows stand
    pushes: Array  # (2, 2, 2): by Alice and by Bob, how one step would move these points


def neuron_lines(plane: Plane, net: NCnet, pulls: Pulls) -> list[NeuronLine]:
    """The neurons whose lines, where their input is 0, cross the square that is drawn."""
    layer = torch.cat((net.hidden_weight, net.hidden_bias.unsqueeze(-1)), dim=-1)
    lines, steps = plane.seen(layer.detach().double().numpy()), plane.seen(pulls.step)
    found = []
    for trunk, index in np.ndindex(*lines.shape[:2]):
        line = lines[trunk, index]
        ends = chord(line)
        if ends is not None:
            feet = ends[0] + PLACES[:, None] * (ends[1] - ends[0])
            pushes = [[push(line, step, foot) for foot in feet] for step in steps[:, trunk, index]]
            found.append(NeuronLine(trunk, index, ends, feet, np.array(pushes)))
    return found


def magnification(lines: Sequence[NeuronLine]) -> float:
    """How much longer than the pushes their arrows are drawn: 1, 2 or 5 times a power of ten."""
    pushes = [float(np.hypot(*np.moveaxis(line.pushes, -1, 0)).max()) for line in lines]
    most = max(pushes, default=0)
    if not most > 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(LONGEST / most))
    return float(power * max(digit for digit in (1, 2, 5) if digit * power * most <= LONGEST))


def chord(line: Array) -> Array | None:
    """Both ends (2, 2) of what the square shows of ax + by + c = 0; None where it is nothing."""
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
    """Where a point of a line goes to first order, straight away from it, when (a, b, c) step."""
    normal = line[:2]
    return np.asarray(-(step[:2] @ at + step[2]) * normal / (normal @ normal))
