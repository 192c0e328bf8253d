"""Sentences about Bell tests, each beside the work that it rests on."""

from dataclasses import dataclass

from ncviz.bell import PUBLISHED, Published
from ncviz.inference import format_number


@dataclass(frozen=True)
class Sourced:
    """A statement and what it rests on.

    Parameters
    ----------
    text : str
    source : str
        Authors and year; empty where the numbers of the experiment are the source.
    """

    text: str
    source: str = ""

    def __str__(self) -> str:
        return f"{self.text} ({self.source})" if self.source else self.text


BELL = Sourced(
    "Where all three hold, S is from −2 to 2.",
    "Clauser, Horne, Shimony & Holt 1969",
)

PAPER = Sourced(
    "That such a network’s S can pass 2 is the finding of the paper that ncviz makes playable.",
    "Zhao, Wu & Hou, arXiv:2603.04451",
)

NEEDED = Sourced(
    "An S above 2 although nothing passes between the sides. Where no mean outcome depends on the "
    "other side’s setting, a classical model without influence exists exactly if all eight CHSH "
    "forms are at most 2.",
    "Fine 1982",
)

BOUNDS = Sourced(
    "Quantum systems without influence reach 2√2 at most. That limits nothing here: a classical "
    "network whose sides influence each other can reach 4.",
    "Cirel’son 1980",
)

VISIBLE = Sourced(
    "δ adds up how far the four mean outcomes move with the other side’s setting.",
    "Dzhafarov, Kujala & Larsson 2015",
)

EXCESS = Sourced(
    "D = s_odd − 2 − δ is at most 0 exactly if a classical model exists in which outcomes change "
    "no more often than those means demand.",
    "Kujala & Dzhafarov 2016",
)


def delft(published: Published = PUBLISHED["delft 2015"]) -> Sourced:
    """What a Bell test without influence looks like, with its published numbers."""
    s = format_number(published.S)
    error = "" if published.error is None else f" ± {format_number(published.error)}"
    p = "" if published.p is None else f", p = {published.p:g}"
    return Sourced(
        "In Delft the two sides were 1.3 km apart, too far for any signal to arrive in time, and "
        f"S was {s}{error}{p}: evidence against every classical model without influence.",
        "Hensen et al. 2015",
    )
