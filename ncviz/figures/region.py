"""Where the network stands among all that is possible, and beside published experiments."""

from collections.abc import Sequence
from textwrap import wrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Polygon, Rectangle
from matplotlib.patheffects import withStroke

from ncviz.bell import ALGEBRAIC_BOUND, CLASSICAL_BOUND, TSIRELSON_BOUND
from ncviz.figures.parts.frame import (
    Heading,
    a_moment,
    empty,
    finished,
    picture,
    points,
    sentence,
    start,
)
from ncviz.figures.parts.style import BOUNDS, LIGHT, SMALL, Look, Style, named
from ncviz.figures.parts.words import interval, places_beside
from ncviz.inference import Estimate, format_number
from ncviz.meaning.evidence import Place, Reference, place_sentence, references
from ncviz.results.result import Moment

Point = tuple[float, float]
Room = tuple[float, float, float, float]
"""Left, low, width and height, in shares of the axes."""

TITLE = "Where the network stands"
INDENT = 24
LETTERS = 64
REACH = 4.3
RISE = 10
"""Room above a chart for the name of its axis, in points."""

PLANE, CHANGE, LIST = 0.41, 0.25, 0.215
"""Shares of the height that the two charts and the list take; between them stand names."""


@picture(moment=a_moment)
def regions(moment: Moment, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw the network in the plane of two CHSH forms, and its S against its signalling.

    Parameters
    ----------
    moment : Result or Snapshot
    ax : Axes, optional
        Where to draw; a new figure without it.
    style : Style
        `LIGHT` or `DARK`.

    Returns
    -------
    Axes
        An empty frame with two ``child_axes``: S′ and S, which do not show signalling, with what
        is local, quantum and possible at all; and the largest form s_odd against the visible
        change δ, with the line s_odd = 2 + δ. Below them, what the numbers stand for.

    Raises
    ------
    ValueError
        If it is neither a snapshot nor a result.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.figures.region import regions
    >>> len(regions(Experiment(runs=4, steps=50).run()).child_axes)
    2
    """
    place, others = Place.of(moment), references()
    told = place_sentence(moment.summary, place)
    if not style.titled:
        return _on_a_page(place, others, ax, style)
    if not moment.s.n:
        ax = start(ax, style, Heading(TITLE, (), INDENT), 1.0, (0.42, 0.14, 0.1))
        return sentence(ax, told, style, INDENT)
    heading = Heading(TITLE, wrap(told, LETTERS), INDENT, RISE)
    ax = start(ax, style, heading, 7.5, (0.42, 0.14, 0.1))
    width, height = points(ax)
    side = min(width, PLANE * height)
    room = ((1 - side / width) / 2, 1 - side / height, side / width, side / height)
    _charts(ax, room, (0, LIST + 0.05, 1, CHANGE), place, others, style)
    _list(ax, place, others, style)
    return finished(ax)


def _on_a_page(place: Place, others: Sequence[Reference], ax: Axes | None, style: Style) -> Axes:
    """Both charts, beside each other where there is room; the page has the list."""
    inner = style.width - 0.56
    beside = inner > 5
    side = min(3.8, (inner - 0.55) / 2 if beside else inner)
    height = side if beside else side + 2.7
    ax = start(ax, style, Heading(TITLE, (), INDENT, RISE), height, (0.42, 0.14, 0.42))
    left = 0.0 if beside else (inner - side) / 2
    plane = (left / inner, 1 - side / height, side / inner, side / height)
    start_at = (side + 0.55) / inner if beside else 0.0
    change = (start_at, 0.0, 1 - start_at, 1.0 if beside else 2.1 / height)
    _charts(ax, plane, change, place, others, style)
    return finished(ax)


def _charts(
    ax: Axes, plane: Room, change: Room, place: Place, others: Sequence[Reference], style: Style
) -> None:
    """The plane of two forms, and the largest one against the visible change, in these rooms."""
    width, height = points(ax)
    first, second = (empty(ax.inset_axes(room), style) for room in (plane, change))
    _plane(first, place, style)
    _change(second, place, others, width * change[2], style)
    for cell, room, where, mean in (
        (first, plane, [(one.x, one.y) for one in others], (place.x, place.y)),
        (second, change, [(one.delta, one.s_odd) for one in others], (place.delta, place.s_odd)),
    ):
        _marks(cell, where, mean, others, width * room[2], height * room[3], style)


def _plane(cell: Axes, place: Place, style: Style) -> None:
    cell.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH))
    (square, _, solid), (disk, _, dashed), (diamond, _, dotted) = BOUNDS
    corners = [(diamond, 0), (0, diamond), (-diamond, 0), (0, -diamond)]
    faint, strong = _tint(style, 0.11), _tint(style, 0.32)
    look: Look = {"edgecolor": style.ink, "linewidth": 1.0, "zorder": 1}
    cell.add_patch(Polygon(corners, facecolor=faint, linestyle=dotted, **look))
    cell.add_patch(Circle((0, 0), disk, facecolor=strong, linestyle=dashed, **look))
    corner = (-square, -square)
    cell.add_patch(
        Rectangle(
            corner, 2 * square, 2 * square, facecolor=style.background, linestyle=solid, **look
        )
    )
    for line in (cell.axhline, cell.axvline):
        line(0, color=style.grid, linewidth=0.8, zorder=1.2)
    across, up = place.runs.T
    cell.scatter(across, up, s=9, color=style.ink, alpha=0.22, linewidths=0, zorder=2)
    for y, text in ((-1.35, "local"), (-2.5, "quantum")):
        cell.text(0, y, text, color=style.ink, fontsize=SMALL, ha="center", va="center")
    cell.annotate(
        "possible\nat all",
        (1.35, -2.45),
        (REACH, -3.3),
        color=style.ink,
        fontsize=SMALL,
        ha="right",
        va="center",
        arrowprops={"arrowstyle": "-", "color": style.edge, "linewidth": 0.8},
    )
    cell.text(
        -REACH,
        REACH,
        "signalling is\nnot seen here",
        color=style.muted,
        fontsize=SMALL,
        ha="left",
        va="top",
    )
    numbers = range(-4, 5, 2)
    names = [format_number(n, ".0f") for n in numbers]
    cell.set_xticks(numbers, names)
    cell.set_yticks(numbers, names)
    named(cell, "S′ = −C11 + C12 + C21 + C22", style)
    _height_name(cell, "S", 12, style)


def _change(
    cell: Axes, place: Place, others: Sequence[Reference], width: float, style: Style
) -> None:
    known = [one.delta for one in others] + [v for v in [place.delta.value] if np.isfinite(v)]
    most = max(2.0, np.ceil(max(known)))
    least = 0.0 if place.s_odd.value < 1.2 else 1.0
    cell.set(xlim=(-0.03 * most, most), ylim=(least, ALGEBRAIC_BOUND + 0.16))
    top = [(0, CLASSICAL_BOUND), (2, ALGEBRAIC_BOUND), (0, ALGEBRAIC_BOUND)]
    cell.add_patch(Polygon(top, facecolor=style.ink, alpha=0.08, linewidth=0, zorder=1))
    bars = ((least, CLASSICAL_BOUND, 0), (CLASSICAL_BOUND, TSIRELSON_BOUND, 0.32))
    for low, high, share in (*bars, (TSIRELSON_BOUND, ALGEBRAIC_BOUND, 0.11)):
        corner, size = (-0.03 * most, low), (0.03 * most, high - low)
        cell.add_patch(Rectangle(corner, *size, facecolor=_tint(style, share), lw=0, zorder=1))
    for at, _, dashes in BOUNDS:
        cell.axhline(at, color=style.ink, linewidth=1.0, linestyle=dashes, zorder=1.3)
    cell.plot([0, 0], [least, ALGEBRAIC_BOUND], color=style.edge, linewidth=0.8)
    diagonal = [CLASSICAL_BOUND, ALGEBRAIC_BOUND]
    cell.plot([0, 2], diagonal, color=style.signal, linewidth=2, zorder=1.4)
    look: Look = {"color": style.muted, "fontsize": SMALL, "fontweight": "bold", "va": "center"}
    cell.text(0.42, 3.42, "D > 0", **look)
    cell.text(0.99 * most, 3.78, "D ≤ 0", ha="right", **look)
    cell.set_yticks([least, *(at for at, *_ in BOUNDS)], [f"{least:g}", "2", "2√2", "4"])
    cell.set_xticks(range(int(most) + 1), [str(n) for n in range(int(most) + 1)])
    cell.spines["bottom"].set_visible(True)
    name = "δ, visible change of the mean outcomes" if width > 170 else "δ, visible change"
    named(cell, f"{name}; line: s_odd = 2 + δ" if width > 250 else name, style)
    _height_name(cell, "s_odd, the largest form", INDENT, style)


def _marks(
    cell: Axes,
    where: Sequence[Point],
    mean: tuple[Estimate, Estimate],
    others: Sequence[Reference],
    width: float,
    height: float,
    style: Style,
) -> None:
    """References with their numbers, and the network, on axes of a size in points."""
    x, y = mean
    ends = np.array([[x.value - x.low, x.high - x.value], [y.value - y.low, y.high - y.value]])
    if np.isfinite([x.value, y.value]).all():
        reach = np.maximum(np.nan_to_num(ends), 0)
        look: Look = {
            "color": style.ink,
            "markersize": 6,
            "elinewidth": 1.4,
            "capsize": 0,
            "zorder": 5,
        }
        cell.errorbar(
            x.value, y.value, xerr=reach[0][:, None], yerr=reach[1][:, None], fmt="o", **look
        )
    for (across, up), one in zip(where, others, strict=True):
        fill = style.edge if one.published else style.background
        cell.plot(
            [across],
            [up],
            "D" if one.published else "o",
            color=style.ink,
            markerfacecolor=fill,
            markersize=4.5 if one.published else 5.5,
            clip_on=False,
            zorder=4,
        )
    (left, right), (low, high) = cell.get_xlim(), cell.get_ylim()
    unit = np.array([width / (right - left), height / (high - low)])
    at = np.array(where) * unit
    taken = np.array([[x.value, y.value]]) * unit
    marks = np.concatenate([at, taken[np.isfinite(taken).all(axis=1)]])
    shifts = places_beside(at, marks, leftmost=left * unit[0] + 3, highest=high * unit[1] - 2)
    for number, (point, shift) in enumerate(zip(where, shifts, strict=True), 1):
        cell.annotate(
            str(number),
            point,
            (float(shift[0]), float(shift[1])),
            textcoords="offset points",
            ha="center",
            va="center",
            color=style.ink,
            fontsize=SMALL,
            fontweight="bold",
            path_effects=[withStroke(linewidth=2, foreground=style.background)],
            zorder=6,
        )


def _list(ax: Axes, place: Place, others: Sequence[Reference], style: Style) -> None:
    """What the numbers stand for, with s_odd, δ and D."""
    own = (place.s_odd, place.delta, place.D)
    lines: list[tuple[str, ...]] = [("", "s_odd", "δ", "D")]
    for number, one in enumerate(others, 1):
        s_odd, *values = (format_number(v, one.spec) for v in (one.s_odd, one.delta, one.D))
        s_odd += "" if one.error is None else f" ± {format_number(one.error, one.spec)}"
        lines.append((f"{number} {one.name}", s_odd, *values))
    lines.append(("● this network", *(_number(e.value) for e in own)))
    lines.append(("", *(interval(e) for e in own)))
    step = (LIST - 0.03) / (len(lines) - 1)
    for row, line in enumerate(lines):
        color = style.ink if row else style.muted
        for text, x, ha in zip(line, (0, 0.57, 0.78, 1), ("left", *["right"] * 3), strict=True):
            y = LIST - 0.03 - row * step
            ax.text(x, y, text, transform=ax.transAxes, ha=ha, color=color, fontsize=SMALL)


def _number(value: float) -> str:
    return format_number(value) if np.isfinite(value) else "–"


def _tint(style: Style, share: float) -> str:
    """The colour of signalling, thinned with the background."""
    return style.mixed(style.signal, style.background, share)


def _height_name(cell: Axes, name: str, indent: float, style: Style) -> None:
    """What the y axis stands for, above it."""
    cell.annotate(
        name,
        (0, 1),
        (-indent, 4),
        xycoords="axes fraction",
        textcoords="offset points",
        color=style.muted,
        fontsize=SMALL,
    )
