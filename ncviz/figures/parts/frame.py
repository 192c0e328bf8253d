"""The door of a picture, the empty axes behind it, and the heading above them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from inspect import cleandoc
from textwrap import wrap

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.transforms import ScaledTranslation

from ncviz.basics.checks import Check, Given, a, optional, takes
from ncviz.basics.protocol import TASK_NAMES
from ncviz.figures.parts.output import DOTS, ShownAxes, ShownFigure, as_matplotlib_comes
from ncviz.figures.parts.style import FAMILY, SMALL, TEXT, TITLE, Look, Point, Style, write
from ncviz.inference import Estimate, format_number
from ncviz.meaning.verdict import verdict
from ncviz.results.result import Moment

LINE = 1.3
"""Height of a line of text, in type sizes."""

a_moment = a(Moment, "a Snapshot or a Result")
a_style = a(Style, "a Style such as figures.LIGHT or figures.DARK")

GIVEN = {
    "moment": ("Result or Snapshot", "Experiment, figures", "Experiment(runs=4, steps=50).run()"),
    "found": (
        "Regression\n    Of `regress`.",
        "Experiment, figures, regress",
        'regress(Experiment(runs=8, steps=50).run().runs, "S ~ test_error")',
    ),
    "sweep": (
        "Sweep\n    Of `ncviz.sweep`.",
        "Experiment, figures, sweep",
        "sweep(Experiment(runs=4, steps=50), hidden=[1], progress=False)",
    ),
}
"""What many pictures are of: what it is, and for an example what makes one, with its imports."""

ALL = """ax : Axes, optional
    Where to draw; a new figure without it.
style : Style
    `LIGHT` or `DARK`.

Returns
-------
Axes
    Those of the picture.

Raises
------
ValueError
    If a value is not what is said here; the message says what is allowed.
"""


def picture(**of: Check) -> Callable[[Callable[Given, Axes]], Callable[Given, Axes]]:
    """The door of a picture: what it is of, the axes and the colours are checked there.

    What all pictures take, give and raise is added to its docstring, and of most an example.
    """
    checked = takes(**of, ax=optional(a(Axes, "Axes of Matplotlib, or None")), style=a_style)

    def door(draw: Callable[Given, Axes]) -> Callable[Given, Axes]:
        @wraps(draw)
        def drawn(*args: Given.args, **kwargs: Given.kwargs) -> Axes:
            return finished(draw(*args, **kwargs))

        drawn.__doc__ = _told(draw, next(iter(of)))
        return checked(as_matplotlib_comes(drawn))

    return door


def _told(draw: Callable[..., Axes], of: str) -> str:
    """A docstring with what the picture is of, what all take and raise, and an example."""
    told = cleandoc(draw.__doc__ or "")
    before, *more = re.split(r"\n(?=\n(?:Notes|Examples)\n)", told, maxsplit=1)
    does, _, own = before.partition("\n\nParameters\n----------\n")
    first = ""
    if of in GIVEN:
        what, names, made = GIVEN[of]
        first = f"{of} : {what}\n"
        more += ["\nExamples\n--------", f">>> from ncviz import {names}"]
        more += [f">>> ax = figures.{draw.__name__}({made})", ""]
    own = f"{own.strip()}\n" if own else ""
    return f"{does}\n\nParameters\n----------\n{first}{own}{ALL}" + "\n".join(more)


@dataclass(frozen=True)
class Heading:
    """Title, notes (one line each) and legend above some axes, one under the other.

    They begin `indent` points to the left of the axes, over the labels of the y axis, and `rise`
    points above them. The legend explains `handles` in `rows`; with `columns` it is closer, and
    reads row after row.
    """

    title: str
    notes: Sequence[str] = ()
    indent: float = 0
    rise: float = 0
    handles: Sequence[Artist] = ()
    rows: int = 1
    columns: int = 0

    @property
    def _levels(self) -> tuple[float, float]:
        """Where notes and title begin above the axes, in points."""
        notes = self.rise + 6
        if self.handles:
            rows = -(-len(self.handles) // self.columns) if self.columns else self.rows
            notes += rows * SMALL * 1.5 + 6 if self.columns else rows * (SMALL * LINE + 3)
        return notes, notes + len(self.notes) * TEXT * LINE * 1.03 + 3

    @property
    def height(self) -> float:
        """Room for it, in inches."""
        return (self._levels[1] + bool(self.title) * (TITLE * LINE + 4)) / 72

    def write(self, ax: Axes, style: Style) -> None:
        """Put it above axes."""
        notes, title = self._levels
        if self.handles and self.columns:
            # Matplotlib fills column after column; a reader expects row after row.
            key = [one for k in range(self.columns) for one in self.handles[k :: self.columns]]
            look: Look = {"handlelength": 1.6, "columnspacing": 1.2, "labelspacing": 0.35}
            look["shift"] = (-self.indent, self.rise + 5)
            legend(ax, key, style, ncols=self.columns, **look)
        elif self.handles:
            look = {"handlelength": 2, "columnspacing": 1.4, "shift": (-self.indent, self.rise + 4)}
            legend(ax, self.handles, style, ncols=-(-len(self.handles) // self.rows), **look)
        look = {"fontsize": TEXT, "linespacing": LINE}
        write(ax, "\n".join(self.notes), (0, 1), (-self.indent, notes), style.muted, **look)
        words = ax.set_title(
            self.title, loc="left", pad=title, color=style.ink, fontsize=TITLE, fontweight="bold"
        )
        words.set_transform(words.get_transform() + _shift(ax, -self.indent, 0))


def start(
    ax: Axes | None,
    style: Style,
    heading: Heading,
    height: float,
    margins: tuple[float, float, float],
    instead: str = "",
) -> Axes:
    """The given axes, or those of a new figure, with a heading; and a sentence if only that."""
    if not style.titled:
        heading = replace(heading, title="", notes=())
    if ax is None:
        left, right, bottom = margins
        size = style.width, bottom + height + heading.height
        figure = ShownFigure(size, dpi=DOTS, facecolor=style.background)
        room = np.divide((left, bottom, style.width - left - right, height), (*size, *size))
        ax = figure.add_axes((room[0], room[1], room[2], room[3]), axes_class=ShownAxes)
    heading.write(empty(ax, style), style)
    return sentence(ax, instead, style, heading.indent) if instead else ax


def below(ax: Axes, height: float, margins: tuple[float, float, float], style: Style) -> Axes:
    """Axes for a second picture, at the foot of the new figure in which the first ones stand."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    (width, tall), (left, right, bottom) = figure.get_size_inches(), margins
    room = (left / width, bottom / tall, 1 - (left + right) / width, height / tall)
    return empty(figure.add_axes(room), style)


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


def legend(
    ax: Axes,
    handles: Sequence[Artist],
    style: Style,
    at: tuple[float, float] = (0, 1),
    shift: tuple[float, float] = (0, 0),
    **look: object,
) -> None:
    """What marks and lines stand for, so many points from a place of the axes."""
    given: Look = {"loc": "lower left", "borderaxespad": 0, **look}
    ax.legend(
        handles=handles,
        bbox_to_anchor=at,
        bbox_transform=ax.transAxes + _shift(ax, *shift),
        frameon=False,
        fontsize=SMALL,
        labelcolor=style.ink,
        borderpad=0,
        handletextpad=0.5,
        **given,
    )


def sentence(ax: Axes, text: str, style: Style, indent: float = 0) -> Axes:
    """One sentence in axes that have nothing to show."""
    paragraph(ax, wrap(text, 58), 1, (-indent, -6), style)
    return ax


def paragraph(ax: Axes, lines: list[str], y: float, shift: Point, style: Style) -> None:
    """Lines of words, from some points beside a height at the left of the axes downwards."""
    look: Look = {"va": "top", "fontsize": TEXT, "linespacing": LINE}
    write(ax, "\n".join(lines), (0, y), shift, style.ink, **look)


def finished(ax: Axes) -> Axes:
    """The axes with all text in one font, and nothing in it read as a formula."""
    for text in ax.findobj(Text):
        text.set(fontfamily=FAMILY, parse_math=False, usetex=False)
    return ax


def points(ax: Axes) -> tuple[float, float]:
    """Width and height of axes, in points."""
    scale = 72 / ax.figure.dpi
    return ax.bbox.width * scale, ax.bbox.height * scale


def said(moment: Moment) -> list[str]:
    """S with its interval, what it is over, and what it rests on, as lines of a heading."""
    line = verdict(moment.summary)
    return [f"{line.value} {line.interval}", *wrap(line.note, 62)]


def tasks(moment: Moment) -> list[str]:
    """A1, A2, B1, B2, each with the name of the task on one or two lines below."""
    return [
        "\n".join([letter, *wrap(name, 13, max_lines=2, placeholder="…")])
        for letter, name in zip(TASK_NAMES, moment.experiment.tasks, strict=True)
    ]


def interval(estimate: Estimate) -> str:
    """Such as "[0.78, 0.92]", or nothing without an interval."""
    if not np.isfinite(estimate.low):
        return ""
    return f"[{format_number(estimate.low)}, {format_number(estimate.high)}]"


def _shift(ax: Axes, right: float, up: float) -> ScaledTranslation:
    return ScaledTranslation(right / 72, up / 72, ax.figure.dpi_scale_trans)
