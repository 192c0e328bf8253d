"""What the two pictures of sweeps share: keys in rows, and colours mixed with the background."""

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.transforms import ScaledTranslation

from ncviz.figures.style import SMALL, Style

ROW = SMALL * 1.5
"""Height of a row of a key, in points."""


def key_height(n: int, columns: int) -> float:
    """Height of a key of `n` entries, in points."""
    return -(-n // columns) * ROW + 2 if n else 0


def key_above(
    ax: Axes, handles: Sequence[Artist], columns: int, indent: float, up: float, style: Style
) -> None:
    """A key in rows above the axes, moved by some points to the left and up."""
    if not handles:
        return
    # Matplotlib fills column after column; a reader expects row after row.
    handles = [handle for first in range(columns) for handle in handles[first::columns]]
    aside = ScaledTranslation(-indent / 72, up / 72, ax.figure.dpi_scale_trans)
    ax.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        bbox_transform=ax.transAxes + aside,
        ncols=columns,
        frameon=False,
        fontsize=SMALL,
        labelcolor=style.ink,
        borderpad=0,
        borderaxespad=0,
        handlelength=1.6,
        handletextpad=0.5,
        columnspacing=1.2,
        labelspacing=0.35,
    )


def mixed(color: str, behind: str, share: float) -> str:
    """A colour over another one: so much of it, the rest of what is behind."""
    top, below = to_rgb(color), to_rgb(behind)
    red, green, blue = (share * a + (1 - share) * b for a, b in zip(top, below, strict=True))
    return to_hex((red, green, blue))
