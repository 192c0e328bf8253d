"""Reference boxes: one behavior each for what a CHSH experiment can show."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from math import pi

import numpy as np
from numpy.typing import ArrayLike

from ncviz.basics.checks import numbers, real, short
from ncviz.bell.behavior import Behavior
from ncviz.bell.forms import Array


def local_box(noise: float = 0.0) -> Behavior:
    """A local hidden-variable model with S = 2(1 − noise).

    The hidden variable is one of the eight deterministic strategies (a1, a2, b1, b2) with S = 2,
    each as often as another; a share `noise` of the trials gives two fair coins instead.

    Parameters
    ----------
    noise : float
        0 to 1.

    Raises
    ------
    ValueError
        If `noise` is no number from 0 to 1.

    Examples
    --------
    >>> from ncviz import bell
    >>> bell.local_box()
    <Behavior: S = 2.000, δ = 0.000, D = 0.000>
    >>> bell.local_box(noise=0.25).correlators
    array([[ 0.375,  0.375],
           [ 0.375, -0.375]])
    """
    share = real("noise", noise, lambda x: 0 <= x <= 1, "a number from 0 to 1")
    strategies = [
        (a1, a2, b1, b2)
        for a1, a2, b1, b2 in product((1, -1), repeat=4)
        if a1 * b1 + a1 * b2 + a2 * b1 - a2 * b2 == 2
    ]
    a1, a2, b1, b2 = np.transpose(strategies)
    mixture = Behavior.from_outcomes([a1, a1, a2, a2], [b1, b2, b1, b2])
    return Behavior((1 - share) * mixture.p + share / 4)


def singlet(alice: ArrayLike = (0, pi / 2), bob: ArrayLike = (-3 * pi / 4, 3 * pi / 4)) -> Behavior:
    """Spin measurements on two particles in the singlet state, C = −cos(a − b).

    Parameters
    ----------
    alice, bob : array_like, shape (..., 2)
        Angles of each side's two settings, in radians. The default ones give S = 2√2.

    Raises
    ------
    ValueError
        If the angles are not finite numbers, two a side.

    Examples
    --------
    >>> from ncviz import bell
    >>> bell.singlet()
    <Behavior: S = 2.828, δ = 0.000, D = 0.828>
    """
    a, b = _angles("alice", alice), _angles("bob", bob)
    return Behavior.from_correlators(-np.cos(a[..., :, None] - b[..., None, :]))


def pr_box() -> Behavior:
    """Popescu and Rohrlich's box (1994): ab = +1, but −1 in setting 22, and each outcome fair.

    S = 4 without any signalling. A behavior does not tell how it is made: a classical rule with
    a = λ and b = λ(−1)^xy (xy = 1 in setting 22 only, λ = ±1 a fair coin) sends Alice's setting
    to Bob, and yet has exactly these probabilities. λ hides what it sends.

    Examples
    --------
    >>> from ncviz import bell
    >>> bell.pr_box()
    <Behavior: S = 4.000, δ = 0.000, D = 2.000>
    """
    return Behavior.from_correlators([[1, 1], [1, -1]])


def signalling_box() -> Behavior:
    """Always + and +, but b = −1 in setting 22: S = 4, all of it visible signalling.

    Examples
    --------
    >>> from ncviz import bell
    >>> bell.signalling_box()
    <Behavior: S = 4.000, δ = 2.000, D = 0.000>
    """
    return Behavior.from_outcomes([[1]] * 4, [[1], [1], [1], [-1]])


@dataclass(frozen=True)
class Box:
    """A reference box.

    Parameters
    ----------
    name : str
    make : callable
        Gives the `Behavior`; needs no arguments.
    lesson : str
        What it teaches, in one sentence.
    """

    name: str
    make: Callable[..., Behavior]
    lesson: str


BOXES: dict[str, Box] = {
    box.name: box
    for box in [
        Box(
            "local box",
            local_box,
            "Strategies that are fixed beforehand, mixed at random, reach 2 and never more.",
        ),
        Box(
            "singlet",
            singlet,
            "Two entangled particles reach 2√2, more than any strategy fixed beforehand, and "
            "neither side sees what the other measures.",
        ),
        Box(
            "PR box",
            pr_box,
            "The absence of visible signalling does not limit S to 2√2: here it is 4.",
        ),
        Box(
            "signalling box",
            signalling_box,
            "Once an outcome may depend on the partner’s setting, S = 4 is easy and tells "
            "nothing: D is 0.",
        ),
    ]
}
"""Every reference box by name."""


def _angles(name: str, values: ArrayLike) -> Array:
    angles = numbers(name, values)
    if angles.shape[-1:] != (2,) or not np.isfinite(angles).all():
        raise ValueError(
            f"{name} must be finite angles in radians, shape (…, 2), not {short(values)}"
        )
    return angles
