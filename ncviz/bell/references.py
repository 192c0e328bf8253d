"""Reference behaviors: boxes that are made up, and published CHSH experiments as counts."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from math import pi

import numpy as np
from numpy.typing import ArrayLike

from ncviz.basics.checks import numbers, short, up_to
from ncviz.bell.behavior import Behavior
from ncviz.bell.forms import Array


def local_box(noise: float = 0.0) -> Behavior:
    """A local hidden-variable model with S = 2(1 − noise).

    The hidden variable is one of the eight deterministic strategies (a1, a2, b1, b2) with S = 2,
    each as often as another; a share `noise` (0 to 1, else `ValueError`) gives two fair coins.

    Examples
    --------
    >>> from ncviz import bell
    >>> bell.local_box(noise=0.25), bell.singlet()
    (<Behavior: S = 1.500, δ = 0.000, D = -0.500>, <Behavior: S = 2.828, δ = 0.000, D = 0.828>)
    >>> bell.pr_box(), bell.signalling_box()
    (<Behavior: S = 4.000, δ = 0.000, D = 2.000>, <Behavior: S = 4.000, δ = 2.000, D = 0.000>)
    """
    share = up_to(1, "1")("noise", noise)
    a1, a2, b1, b2 = np.transpose([*product((1, -1), repeat=4)])
    best = a1 * b1 + a1 * b2 + a2 * b1 - a2 * b2 == 2
    a1, a2, b1, b2 = a1[best], a2[best], b1[best], b2[best]
    mixture = Behavior.from_outcomes([a1, a1, a2, a2], [b1, b2, b1, b2])
    return Behavior((1 - share) * mixture.p + share / 4)


def singlet(alice: ArrayLike = (0, pi / 2), bob: ArrayLike = (-3 * pi / 4, 3 * pi / 4)) -> Behavior:
    """Spin measurements on two particles in the singlet state, C = −cos(a − b).

    `alice` and `bob`, shape (..., 2), are the angles of each side's settings, in radians, finite,
    else `ValueError`; the default ones give S = 2√2.
    """
    a, b = _angles("alice", alice), _angles("bob", bob)
    return Behavior.from_correlators(-np.cos(a[..., :, None] - b[..., None, :]))


def pr_box() -> Behavior:
    """Popescu and Rohrlich's box (1994): ab = +1, but −1 in setting 22, and each outcome fair.

    S = 4 without any signalling. A behavior does not tell how it is made: a classical rule with
    a = λ and b = λ(−1)^xy (xy = 1 in setting 22 only, λ = ±1 a fair coin) sends Alice's setting
    to Bob, and yet has exactly these probabilities. λ hides what it sends.
    """
    return Behavior.from_correlators([[1, 1], [1, -1]])


def signalling_box() -> Behavior:
    """Always + and +, but b = −1 in setting 22: S = 4, all of it visible signalling, δ = 2."""
    return Behavior.from_outcomes([[1]] * 4, [[1], [1], [1], [-1]])


@dataclass(frozen=True)
class Box:
    """A reference box: what makes its `Behavior`, without arguments, and what it teaches."""

    name: str
    make: Callable[..., Behavior]
    lesson: str


_BOXES = (
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
        "Once an outcome may depend on the partner’s setting, S = 4 is easy and "
        "tells nothing: D is 0.",
    ),
)

BOXES = {box.name: box for box in _BOXES}
"""Every reference box by name."""


def _angles(name: str, values: ArrayLike) -> Array:
    angles = numbers(name, values)
    if angles.shape[-1:] != (2,) or not np.isfinite(angles).all():
        wanted = "finite angles in radians, shape (…, 2)"
        raise ValueError(f"{name} must be {wanted}, not {short(values)}")
    return angles


@dataclass(frozen=True, kw_only=True)
class Published:
    """An experiment and what was published of it.

    `counts` are (++, +−, −+, −−) in each of the settings 11, 12, 21, 22. As printed: S, the largest
    of the eight forms; its standard `error`, and `p`, the chance of at least as many wins of the
    CHSH game with a local model, None where none was published.

    Examples
    --------
    >>> from ncviz import bell
    >>> delft = bell.PUBLISHED["delft 2015"]
    >>> delft.S, delft.error, delft.p, delft.behavior
    (2.42, 0.2, 0.039, <Behavior: S = 2.422, δ = 0.358, D = 0.065>)
    """

    title: str
    year: int
    counts: tuple[tuple[int, int, int, int], ...]
    S: float
    error: float | None = None
    p: float | None = None
    source: str
    lesson: str

    @property
    def behavior(self) -> Behavior:
        """The relative frequencies."""
        return Behavior.from_counts(self.counts)


PUBLISHED: dict[str, Published] = {
    "delft 2015": Published(
        title="Loophole-free Bell test with electron spins 1.3 kilometres apart",
        year=2015,
        counts=((23, 3, 4, 23), (33, 11, 5, 30), (22, 10, 6, 24), (4, 20, 21, 6)),
        S=2.42,
        error=0.20,
        p=0.039,
        source="Hensen et al. 2015; counts as in Gill, arXiv:2209.00702",
        lesson="S passes 2 in 245 trials, and no signalling can be told from chance.",
    ),
    "nist 2015": Published(
        title="Photons 185 metres apart, most trials without a click",
        year=2015,
        counts=(
            (6378, 3282, 3189, 43897356),
            (6794, 2821, 23243, 43276943),
            (6486, 21334, 2843, 43338281),
            (106, 27539, 30040, 42502788),
        ),
        S=2.000092,
        source="Shalm et al. 2015; counts as in Gill, arXiv:2209.00702",
        lesson="S passes 2 by a ten-thousandth, since hardly a photon is seen: how sure one is "
        "hangs on the number of trials, 173 million, not on the size of S.",
    ),
    "vienna 2015": Published(
        title="Photons 58 metres apart, most trials without a click",
        year=2015,
        counts=(
            (141439, 73391, 76224, 875392736),
            (146831, 67941, 326768, 874976534),
            (158338, 425067, 58742, 875239860),
            (8392, 576445, 463985, 874651457),
        ),
        S=2.000028,
        source="Giustina et al. 2015; counts as in Gill, arXiv:2209.00702",
        lesson="Counting wins of the CHSH game says nothing here (p = 0.38), the whole table does: "
        "its marginals cannot have moved, and S is more than 8 standard errors above 2.",
    ),
    "munich 2017": Published(
        title="Two atoms 398 metres apart, the first 150 pairs",
        year=2017,
        counts=((16, 4, 3, 13), (11, 4, 2, 17), (19, 4, 3, 16), (4, 22, 10, 2)),
        S=2.609,
        source="Rosenfeld et al. 2017; counts as in Gill, arXiv:2209.00702",
        lesson="S is large and so is its error: 150 trials.",
    ),
    "innsbruck 1998": Published(
        title="Photon pairs with random settings, chosen 400 metres apart",
        year=1998,
        counts=(
            (1683, 418, 361, 1578),
            (1100, 269, 156, 1386),
            (1728, 313, 351, 1978),
            (179, 1636, 1143, 294),
        ),
        S=2.73,
        error=0.02,
        source="Weihs et al. 1998; counts as in Gill, arXiv:2209.00702",
        lesson="The marginals shift with the partner’s setting, and still D is above 0: the "
        "shifts are too small to explain S.",
    ),
    "the animal acts 2011": Published(
        title="How people combine the concepts animal and acts, 81 of them in each setting",
        year=2011,
        counts=((4, 51, 21, 5), (48, 2, 24, 7), (63, 7, 7, 4), (12, 7, 8, 54)),
        S=2.42,
        source="Aerts & Sozzo 2011",
        lesson="The largest form is above 2, and yet D is below 0: the shifts of the marginals "
        "are large enough to explain it.",
    ),
}
"""Every published experiment by name."""
