"""Axes with round numbers on them: any, the training step, and S with its bounds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import seaborn
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, to_hex, to_rgb
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from ncviz.bell import ALGEBRAIC_BOUND, CLASSICAL_BOUND, TSIRELSON_BOUND
from ncviz.inference import Array, format_number

Look = dict[str, Any]
"""Arguments that say how something is drawn."""

Point = tuple[float, float] | Array

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
    width : float
        Of a new figure, in inches.
    titled : bool
        Whether title and notes stand above the picture; a page has its own.
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
    width: float = 4.0
    titled: bool = True

    @property
    def heads(self) -> tuple[str, str]:
        """Colours of Alice's and Bob's lines."""
        return self.alice, self.bob

    @property
    def correlators(self) -> Colormap:
        """Colours from −1 to +1."""
        return self.scale(self.minus, self.neutral, self.plus)

    def either(self, light: str, dark: str) -> str:
        """The first colour in a light picture, the second in a dark one."""
        return dark if self == DARK else light

    def scale(self, low: str, middle: str, high: str) -> Colormap:
        """Colours from one over another to a third."""
        return LinearSegmentedColormap.from_list("ncviz", [low, middle, high])

    def mixed(self, color: str, behind: str, share: float) -> str:
        """A colour over another one: so much of it, the rest of what is behind."""
        top, below = to_rgb(color), to_rgb(behind)
        red, green, blue = (share * a + (1 - share) * b for a, b in zip(top, below, strict=True))
        return to_hex((red, green, blue))


_COLORS = {
    "background": ("#ffffff", "#111111"),
    "ink": ("#1c1c1c", "#ececec"),
    "muted": ("#656565", "#a6a6a6"),
    "grid": ("#dddddd", "#323232"),
    "edge": ("#898989", "#838383"),
    "alice": ("#0072b2", "#56b4e9"),
    "bob": ("#d55e00", "#f0894b"),
    "alice_ink": ("#00649c", "#6bbdec"),
    "bob_ink": ("#ad4c00", "#f29a64"),
    "signal": ("#e69f00", "#e69f00"),
    "plus": ("#3fb594", "#067a5b"),
    "minus": ("#d68fb6", "#94537a"),
    "neutral": ("#ececea", "#303336"),
}
"""Each colour in the light theme and in the dark one."""

LIGHT, DARK = (Style(*theme) for theme in zip(*_COLORS.values(), strict=True))

BOUNDS = (
    (CLASSICAL_BOUND, "2 classical", "-"),
    (TSIRELSON_BOUND, "2√2 Tsirelson", (0, (5, 3))),
    (ALGEBRAIC_BOUND, "4 any signalling", (0, (1.2, 2.4))),
)
"""What S is compared with: value, name, and how the line is dashed."""

RIGHT = 1.08
"""Room for those names, in inches."""

ROOMY = 3.6
"""From such a width on, in inches, those names are whole."""


def right_of(style: Style) -> float:
    """Room for the names of the bounds, in inches."""
    return RIGHT if style.width > ROOMY else 0.36


def round_numbers(low: float, high: float, count: int) -> list[float]:
    """About `count` round numbers between two."""
    places = MaxNLocator(count, steps=[1, 2, 5, 10]).tick_values(low, high)
    return [float(place) for place in places if low <= place <= high]


def in_no_order(count: int) -> Array:
    """Places from 0 to 1 that fill it evenly, not by chance: multiples of the golden ratio."""
    return np.arange(count, dtype=np.float64) * 0.618033988749895 % 1


def write(ax: Axes, text: str, at: Point, shift: Point, color: str, **look: Any) -> None:
    """Words some points beside a place, given in shares of the axes but for other `xycoords`."""
    look = {"xycoords": "axes fraction", "fontsize": SMALL, **look}
    (x, y), (right, up) = at, shift
    ax.annotate(text, (x, y), (right, up), textcoords="offset points", color=color, **look)


def numbered(ax: Axes, axis: str, places: Sequence[float], spec: str = "g") -> None:
    """Numbers at some places of an axis, "x" or "y"."""
    names = [format_number(place, spec).replace("e+", "e") for place in places]
    (ax.set_xticks if axis == "x" else ax.set_yticks)(places, names)


def named(ax: Axes, name: str, style: Style, axis: str = "x") -> None:
    """What an axis, "x" or "y", stands for, with its unit."""
    label = ax.set_xlabel if axis == "x" else ax.set_ylabel
    label(name, fontsize=SMALL, color=style.muted, labelpad=3)


def table(
    ax: Axes,
    values: Array,
    words: NDArray[np.str_],
    limits: Point,
    colors: Colormap,
    style: Style,
    gap: float,
    **look: Any,
) -> None:
    """Cells with a word in each, in the colour of its value between two limits; no ticks."""
    given: Look = {"cmap": colors, "vmin": limits[0], "vmax": limits[1], "cbar": False}
    given |= {"annot": words, "fmt": "", "annot_kws": {"color": style.ink, **look}}
    given |= {"xticklabels": False, "yticklabels": False, "linecolor": style.background}
    seaborn.heatmap(values, ax=ax, linewidths=gap, **given)


def whole_axis(ax: Axes, low: float, high: float, places: Sequence[float]) -> None:
    """An x axis, with the whole ones of some numbers below it."""
    ax.set_xlim(low, high)
    ax.spines["bottom"].set_visible(True)
    numbered(ax, "x", [n for n in places if n == int(n)], ".0f")


def steps_axis(ax: Axes, first: int, last: int, count: int = 4) -> None:
    """The training steps below the axes."""
    whole_axis(ax, first, max(last, first + 1), round_numbers(first, last, count))
    for place, name in zip(ax.get_xticks(), ax.get_xticklabels(), strict=True):
        # Those at the ends stay inside, so that axes can stand close together.
        if place in (first, last):
            name.set_horizontalalignment("left" if place == first else "right")


def sizes_axis(ax: Axes, sizes: Iterable[int], room: float = 0.5, most: int = 0) -> None:
    """Hidden sizes below the axes; every second, third … of them if only so many have room."""
    each = sorted({*sizes})
    few = each if len(each) <= 12 else round_numbers(each[0], each[-1], 8)
    places = each[:: -(-len(each) // most)] if most else few
    whole_axis(ax, each[0] - room, each[-1] + room, places)


def s_lines(
    panes: Sequence[Axes],
    style: Style,
    whole: bool | None = None,
    bounds: Sequence[tuple[float, str, Any]] = BOUNDS,
) -> None:
    """The lines that S is compared with, as far as they are in range; named beside the last."""
    low, high = panes[0].get_ylim()
    whole = style.width > ROOMY if whole is None else whole
    for at, name, dashes in bounds:
        if low < at <= high:
            for ax in panes:
                ax.axhline(at, color=style.ink, linewidth=1.0, linestyle=dashes, zorder=1.5)
            look: Look = {"xycoords": ("axes fraction", "data"), "va": "center_baseline"}
            write(panes[-1], name if whole else name.split()[0], (1, at), (5, 0), style.ink, **look)


def above_two(ax: Axes, high: float, style: Style) -> None:
    """S upwards: what lies above the classical bound, and the name of the axis."""
    ax.axhspan(CLASSICAL_BOUND, high, color=style.signal, alpha=0.09, linewidth=0)
    ax.set_ylabel("S", fontsize=TEXT, color=style.muted, rotation=0, va="center", labelpad=4)


def s_axis(ax: Axes, bottom: float, style: Style) -> None:
    """S from `bottom` to above 4, with the lines that it is compared with."""
    ax.set_ylim(bottom, ALGEBRAIC_BOUND + max(0.25, 0.08 * (ALGEBRAIC_BOUND - bottom)))
    above_two(ax, ALGEBRAIC_BOUND, style)
    s_lines([ax], style, bounds=(*BOUNDS, (-CLASSICAL_BOUND, "−2 classical", "-")))
    numbered(ax, "y", [n for n in range(-4, 5) if n >= bottom and (n % 2 == 0 or bottom > -2)])


def lowest(values: ArrayLike) -> float:
    """Where an S axis begins: at a half below everything, at most at 1."""
    finite = np.asarray(values, dtype=float)
    return float(np.floor((min(1.5, *finite[np.isfinite(finite)]) - 0.1) * 2) / 2)
