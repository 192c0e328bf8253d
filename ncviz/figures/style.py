"""Colours and type sizes of the settled pictures, the same as those of the live views."""

from dataclasses import dataclass
from typing import Any

from matplotlib.colors import LinearSegmentedColormap

Look = dict[str, Any]
"""Arguments that say how something is drawn."""

FAMILY = ("DejaVu Sans", "sans-serif")
"""The font that Matplotlib brings along, so that a picture does not depend on the machine."""

TITLE, TEXT, SMALL = 9.5, 8.0, 7.5
"""Type sizes in points; 100 px an inch make them 13, 11 and 10.4 px."""


@dataclass(frozen=True)
class Style:
    """The colours of a picture; those of ``widgets/static/base.css`` in one theme.

    Parameters
    ----------
    background, ink, muted, grid, edge : str
        Behind everything; text and lines; less important text; rules; axes and bars.
    alice, bob : str
        Lines and marks of the two heads.
    alice_ink, bob_ink : str
        Words in their colours, with a contrast of at least 4.5 to the background.
    signal : str
        What lies above the classical bound.
    plus, minus, neutral : str
        Correlators +1, −1 and 0, as a background of words.
    """

    background: str
    ink: str
    muted: str
    grid: str
    edge: str
    alice: str
    bob: str
    alice_ink: str
    bob_ink: str
    signal: str
    plus: str
    minus: str
    neutral: str

    @property
    def heads(self) -> tuple[str, str]:
        """Colours of Alice's and Bob's lines."""
        return self.alice, self.bob

    @property
    def correlators(self) -> LinearSegmentedColormap:
        """Colours from −1 to +1."""
        return LinearSegmentedColormap.from_list("ncviz", [self.minus, self.neutral, self.plus])


LIGHT = Style(
    background="#ffffff",
    ink="#1c1c1c",
    muted="#656565",
    grid="#dddddd",
    edge="#898989",
    alice="#0072b2",
    bob="#d55e00",
    alice_ink="#00649c",
    bob_ink="#ad4c00",
    signal="#e69f00",
    plus="#3fb594",
    minus="#d68fb6",
    neutral="#ececea",
)

DARK = Style(
    background="#111111",
    ink="#ececec",
    muted="#a6a6a6",
    grid="#323232",
    edge="#838383",
    alice="#56b4e9",
    bob="#f0894b",
    alice_ink="#6bbdec",
    bob_ink="#f29a64",
    signal="#e69f00",
    plus="#067a5b",
    minus="#94537a",
    neutral="#303336",
)
