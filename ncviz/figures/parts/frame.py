"""The empty axes of a picture, with its heading above them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from textwrap import wrap

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.transforms import ScaledTranslation

from ncviz.basics.checks import Back, Check, Given, a, optional, takes
from ncviz.figures.parts.output import DOTS, ShownAxes, ShownFigure, as_matplotlib_comes
from ncviz.figures.parts.style import FAMILY, SMALL, TEXT, TITLE, Style
from ncviz.results.result import Moment

LINE = 1.3
"""Height of a line of text, in type sizes."""


@dataclass(frozen=True)
class Heading:
    """Title, notes and legend above some axes, one under the other.

    Parameters
    ----------
    title : str
    notes : sequence of str
        One line each.
    indent : float
        How far to the left of the axes they begin, in points: over the labels of the y axis.
    rise : float
        Height of what stands between them and the axes, in points.
    handles : sequence of Artist
        What the legend explains.
    rows : int
        In so many rows.
    """

    title: str
    notes: Sequence[str] = ()
    indent: float = 0
    rise: float = 0
    handles: Sequence[Artist] = ()
    rows: int = 1

    @property
    def _levels(self) -> tuple[float, float, float]:
        """Where legend, notes and title begin above the axes, in points."""
        legend = self.rise + 6
        notes = legend + self.rows * (SMALL * LINE + 3 if self.handles else 0)
        return legend, notes, notes + len(self.notes) * TEXT * LINE * 1.03 + 3

    @property
    def height(self) -> float:
        """Room for it, in inches."""
        return (self._levels[2] + bool(self.title) * (TITLE * LINE + 4)) / 72

    def write(self, ax: Axes, style: Style) -> None:
        """Put it above axes."""
        legend, notes, title = self._levels
        if self.handles:
            ax.legend(
                handles=self.handles,
                loc="lower left",
                bbox_to_anchor=(0, 1),
                bbox_transform=ax.transAxes + _shift(ax, -self.indent, legend - 2),
                ncols=-(-len(self.handles) // self.rows),
                frameon=False,
                fontsize=SMALL,
                labelcolor=style.ink,
                borderpad=0,
                borderaxespad=0,
                handlelength=2,
                handletextpad=0.5,
                columnspacing=1.4,
            )
        ax.annotate(
            "\n".join(self.notes),
            (0, 1),
            (-self.indent, notes),
            xycoords="axes fraction",
            textcoords="offset points",
            color=style.muted,
            fontsize=TEXT,
            linespacing=LINE,
        )
        words = ax.set_title(
            self.title, loc="left", pad=title, color=style.ink, fontsize=TITLE, fontweight="bold"
        )
        words.set_transform(words.get_transform() + _shift(ax, -self.indent, 0))


a_moment = a(Moment, "a Snapshot or a Result")
a_style = a(Style, "a Style such as figures.LIGHT or figures.DARK")


def picture(**of: Check) -> Callable[[Callable[Given, Back]], Callable[Given, Back]]:
    """The door of a picture: what it is of, the axes, and the colours are checked there."""
    checked = takes(**of, ax=optional(a(Axes, "Axes of Matplotlib, or None")), style=a_style)
    return lambda draw: checked(as_matplotlib_comes(draw))


def start(
    ax: Axes | None,
    style: Style,
    heading: Heading,
    height: float,
    margins: tuple[float, float, float],
) -> Axes:
    """The given axes, or those of a new figure, with a heading and nothing else."""
    if not style.titled:
        heading = replace(heading, title="", notes=())
    if ax is None:
        left, right, bottom = margins
        size = style.width, bottom + height + heading.height
        figure = ShownFigure(size, dpi=DOTS, facecolor=style.background)
        room = np.divide((left, bottom, style.width - left - right, height), (*size, *size))
        ax = figure.add_axes((room[0], room[1], room[2], room[3]), axes_class=ShownAxes)
    heading.write(empty(ax, style), style)
    return ax


def empty(ax: Axes, style: Style) -> Axes:
    """Axes in the picture's colours and without lines, whatever the global settings say."""
    ax.set_facecolor(style.background)
    ax.set_axisbelow(True)
    ax.grid(False)
    for spine in ax.spines.values():
        spine.set(visible=False, color=style.edge, linewidth=0.8)
    ax.set(xticks=[], yticks=[])
    ax.tick_params(length=0, pad=4, labelsize=SMALL, labelcolor=style.muted, labelrotation=0)
    ax.tick_params(labelbottom=True, labeltop=False, labelleft=True, labelright=False)
    ax.tick_params(bottom=False, top=False, left=False, right=False)
    return ax


def sentence(ax: Axes, text: str, style: Style, indent: float = 0) -> Axes:
    """One sentence in the place of a picture that cannot be drawn."""
    ax.annotate(
        "\n".join(wrap(text, 58)),
        (0, 1),
        (-indent, -6),
        xycoords="axes fraction",
        textcoords="offset points",
        va="top",
        color=style.ink,
        fontsize=TEXT,
        linespacing=LINE,
    )
    return finished(ax)


def finished(ax: Axes) -> Axes:
    """The axes with all text in one font, and nothing in it read as a formula."""
    for text in ax.findobj(Text):
        text.set(fontfamily=FAMILY, parse_math=False, usetex=False)
    return ax


def points(ax: Axes) -> tuple[float, float]:
    """Width and height of axes, in points."""
    scale = 72 / ax.figure.dpi
    return ax.bbox.width * scale, ax.bbox.height * scale


def _shift(ax: Axes, right: float, up: float) -> ScaledTranslation:
    return ScaledTranslation(right / 72, up / 72, ax.figure.dpi_scale_trans)
