"""Hidden neurons as lines in a plane of inputs, and where the two heads push them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ncviz.checks import Brief
from ncviz.inference import Array
from ncviz.mechanism.input_plane import REACH, Plane
from ncviz.mechanism.pulls import Pulls
from ncviz.network import NCnet

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
    >>> from ncviz.mechanism.neuron_lines import neuron_lines
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
    >>> from ncviz.mechanism.neuron_lines import chord
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
