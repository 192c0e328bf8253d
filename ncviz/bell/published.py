"""Published CHSH experiments, as counts."""

from dataclasses import dataclass

from ncviz.bell.behavior import Behavior

Counts = tuple[int, int, int, int]


@dataclass(frozen=True)
class Published:
    """An experiment and what was published of it.

    Parameters
    ----------
    title : str
    year : int
        Of the publication.
    counts : tuple
        (++, +−, −+, −−) in each of the settings 11, 12, 21, 22.
    S : float
        The CHSH statistic as printed: the largest of the eight forms.
    error : float or None
        Its standard error as printed; None where none was published.
    p : float or None
        The chance of at least as many wins of the CHSH game with a local model, as printed;
        None where none was published.
    source : str
    lesson : str
        What it teaches, in one sentence.

    Examples
    --------
    >>> from ncviz import bell
    >>> delft = bell.PUBLISHED["delft 2015"]
    >>> delft.S, delft.error, delft.p
    (2.42, 0.2, 0.039)
    >>> delft.behavior
    <Behavior: S = 2.422, δ = 0.358, D = 0.065>
    """

    title: str
    year: int
    counts: tuple[Counts, Counts, Counts, Counts]
    S: float
    error: float | None
    p: float | None
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
        error=None,
        p=None,
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
        error=None,
        p=None,
        source="Giustina et al. 2015; counts as in Gill, arXiv:2209.00702",
        lesson="Counting wins of the CHSH game says nothing here (p = 0.38), the whole table does: "
        "its marginals cannot have moved, and S is more than 8 standard errors above 2.",
    ),
    "munich 2017": Published(
        title="Two atoms 398 metres apart, the first 150 pairs",
        year=2017,
        counts=((16, 4, 3, 13), (11, 4, 2, 17), (19, 4, 3, 16), (4, 22, 10, 2)),
        S=2.609,
        error=None,
        p=None,
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
        p=None,
        source="Weihs et al. 1998; counts as in Gill, arXiv:2209.00702",
        lesson="The marginals shift with the partner’s setting, and still D is above 0: the "
        "shifts are too small to explain S.",
    ),
    "the animal acts 2011": Published(
        title="How people combine the concepts animal and acts, 81 of them in each setting",
        year=2011,
        counts=((4, 51, 21, 5), (48, 2, 24, 7), (63, 7, 7, 4), (12, 7, 8, 54)),
        S=2.42,
        error=None,
        p=None,
        source="Aerts & Sozzo 2011",
        lesson="The largest form is above 2, and yet D is below 0: the shifts of the marginals "
        "are large enough to explain it.",
    ),
}
"""Every published experiment by name."""
