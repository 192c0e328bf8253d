"""Where the network stands among all that is possible, and beside published experiments."""

from collections.abc import Sequence
from textwrap import wrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Polygon, Rectangle
from matplotlib.patheffects import withStroke

from ncviz.bell import ALGEBRAIC_BOUND, CLASSICAL_BOUND, TSIRELSON_BOUND
from ncviz.figures.parts import frame
from ncviz.figures.parts.style import BOUNDS, LIGHT, SMALL, Look, Style, named, write
from ncviz.inference import Array, Estimate, format_number
from ncviz.meaning.evidence import Place, Reference, place_sentence, references
from ncviz.results.result import Moment

Room = tuple[float, float, float, float]
"""Left, low, width and height, in shares of the axes."""

TITLE = "Where the network stands"
INDENT = 24
REACH = 4.3
RISE = 10
"""Room above a chart for the name of its axis, in points."""

PLANE, CHANGE, LIST = 0.41, 0.25, 0.215
"""Shares of the height that the two charts and the list take; between them stand names."""

DIRECTIONS = np.deg2rad([45, 0, -45, 90, 180, 135, -135, -90])
FAR = (8.0, 12.0, 17.0, 22.0)
"""Where a number may stand about its mark: directions, and distances in points."""


@frame.picture(moment=frame.a_moment)
def regions(moment: Moment, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw the network in the plane of two CHSH forms, and its S against its signalling.

    The axes are an empty frame with two ``child_axes``: S′ and S, which do not show signalling,
    with what is local, quantum and possible at all; and the largest form s_odd against the visible
    change δ, with the line s_odd = 2 + δ. Below them, what the numbers stand for.
    """
    place, others = Place.of(moment), references()
    told, margins = place_sentence(moment.summary, place), (0.42, 0.14, 0.1)
    if not style.titled:
        return _on_a_page(place, others, ax, style)
    if not moment.s.n:
        return frame.start(ax, style, frame.Heading(TITLE, (), INDENT), 1.0, margins, told)
    heading = frame.Heading(TITLE, wrap(told, 64), INDENT, RISE)
    ax = frame.start(ax, style, heading, 7.5, margins)
    width, height = frame.points(ax)
    side = min(width, PLANE * height)
    room = ((1 - side / width) / 2, 1 - side / height, side / width, side / height)
    _charts(ax, room, (0, LIST + 0.05, 1, CHANGE), place, others, style)
    _list(ax, place, others, style)
    return ax


def _on_a_page(place: Place, others: Sequence[Reference], ax: Axes | None, style: Style) -> Axes:
    """Both charts, beside each other where there is room; the page has the list."""
    inner = style.width - 0.56
    beside = inner > 5
    side = min(3.8, (inner - 0.55) / 2 if beside else inner)
    height = side if beside else side + 2.7
    heading = frame.Heading(TITLE, (), INDENT, RISE)
    ax = frame.start(ax, style, heading, height, (0.42, 0.14, 0.42))
    left = 0.0 if beside else (inner - side) / 2
    plane = (left / inner, 1 - side / height, side / inner, side / height)
    start_at = (side + 0.55) / inner if beside else 0.0
    change = (start_at, 0.0, 1 - start_at, 1.0 if beside else 2.1 / height)
    _charts(ax, plane, change, place, others, style)
    return ax


def _charts(
    ax: Axes, plane: Room, change: Room, place: Place, others: Sequence[Reference], style: Style
) -> None:
    """The plane of two forms, and the largest one against the visible change, in these rooms."""
    size = np.array(frame.points(ax))
    first, second = (frame.empty(ax.inset_axes(room), style) for room in (plane, change))
    _plane(first, place, style)
    _change(second, place, others, size[0] * change[2], style)
    where = np.array([(one.x, one.y) for one in others])
    _marks(first, where, (place.x, place.y), others, size * plane[2:], style)
    where = np.array([(one.delta, one.s_odd) for one in others])
    _marks(second, where, (place.delta, place.s_odd), others, size * change[2:], style)


def _plane(cell: Axes, place: Place, style: Style) -> None:
    cell.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH))
    (square, _, solid), (disk, _, dashed), (diamond, _, dotted) = BOUNDS
    corners = [(diamond, 0), (0, diamond), (-diamond, 0), (0, -diamond)]
    faint, strong = _tint(style, 0.11), _tint(style, 0.32)
    look: Look = {"edgecolor": style.ink, "linewidth": 1.0, "zorder": 1}
    cell.add_patch(Polygon(corners, facecolor=faint, linestyle=dotted, **look))
    cell.add_patch(Circle((0, 0), disk, facecolor=strong, linestyle=dashed, **look))
    look |= {"facecolor": style.background, "linestyle": solid}
    cell.add_patch(Rectangle((-square, -square), 2 * square, 2 * square, **look))
    for line in (cell.axhline, cell.axvline):
        line(0, color=style.grid, linewidth=0.8, zorder=1.2)
    across, up = place.runs.T
    cell.scatter(across, up, s=9, color=style.ink, alpha=0.22, linewidths=0, zorder=2)
    for y, text in ((-1.35, "local"), (-2.5, "quantum")):
        cell.text(0, y, text, color=style.ink, fontsize=SMALL, ha="center", va="center")
    look = {"color": style.ink, "fontsize": SMALL, "ha": "right", "va": "center"}
    look["arrowprops"] = {"arrowstyle": "-", "color": style.edge, "linewidth": 0.8}
    cell.annotate("possible\nat all", (1.35, -2.45), (REACH, -3.3), **look)
    look = {"color": style.muted, "fontsize": SMALL, "ha": "left", "va": "top"}
    cell.text(-REACH, REACH, "signalling is\nnot seen here", **look)
    numbers = range(-4, 5, 2)
    names = [format_number(n, ".0f") for n in numbers]
    cell.set_xticks(numbers, names)
    cell.set_yticks(numbers, names)
    named(cell, "S′ = −C11 + C12 + C21 + C22", style)
    write(cell, "S", (0, 1), (-12, 4), style.muted)


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
    write(cell, "s_odd, the largest form", (0, 1), (-INDENT, 4), style.muted)


def _marks(
    cell: Axes,
    where: Array,
    mean: tuple[Estimate, Estimate],
    others: Sequence[Reference],
    size: Array,
    style: Style,
) -> None:
    """References with their numbers, and the network, on axes of a size in points."""
    taken = np.array([[estimate.value for estimate in mean]])
    if np.isfinite(taken).all():
        ends = [[[e.value - e.low], [e.high - e.value]] for e in mean]
        (x, y), (across, up) = taken.T, np.maximum(np.nan_to_num(ends), 0)
        look: Look = {"markersize": 6, "elinewidth": 1.4, "capsize": 0, "zorder": 5}
        cell.errorbar(x, y, xerr=across, yerr=up, fmt="o", color=style.ink, **look)
    look = {"color": style.ink, "clip_on": False, "zorder": 4}
    published: Look = {"marker": "D", "markerfacecolor": style.edge, "markersize": 4.5}
    own: Look = {"marker": "o", "markerfacecolor": style.background, "markersize": 5.5}
    for (x, y), one in zip(where, others, strict=True):
        cell.plot([x], [y], linestyle="", **look, **(published if one.published else own))
    (left, right), (low, high) = cell.get_xlim(), cell.get_ylim()
    unit = size / (right - left, high - low)
    marks = np.concatenate([where, taken[np.isfinite(taken).all(axis=1)]]) * unit
    shifts = _beside(where * unit, marks, leftmost=left * unit[0] + 3, highest=high * unit[1] - 2)
    look = {"ha": "center", "va": "center", "fontweight": "bold", "zorder": 6, "xycoords": "data"}
    look["path_effects"] = [withStroke(linewidth=2, foreground=style.background)]
    for number, (point, shift) in enumerate(zip(where, shifts, strict=True), 1):
        write(cell, str(number), point, shift, style.ink, **look)


def _beside(at: Array, marks: Array, leftmost: float, highest: float) -> list[Array]:
    """Where to write each number, from its mark, in points: near it, and on nothing else.

    Above the highest place stands the name of the axis, left of the leftmost stand its numbers.
    """
    written: list[Array] = []
    shifts: list[Array] = []
    for point in at:
        around = [far * np.array([np.cos(a), np.sin(a)]) for far in FAR for a in DIRECTIONS]
        free = (
            shift
            for shift in around
            if point[0] + shift[0] >= leftmost
            and point[1] + shift[1] <= highest
            and np.hypot(*(marks - point - shift).T).min() > 7
            and all(np.hypot(*(other - point - shift)) > 8.5 for other in written)
        )
        shifts.append(next(free, around[0]))
        written.append(point + shifts[-1])
    return shifts


def _list(ax: Axes, place: Place, others: Sequence[Reference], style: Style) -> None:
    """What the numbers stand for, with s_odd, δ and D."""
    own = (place.s_odd, place.delta, place.D)
    lines: list[tuple[str, ...]] = [("", "s_odd", "δ", "D")]
    for number, one in enumerate(others, 1):
        s_odd, *values = (format_number(v, one.spec) for v in (one.s_odd, one.delta, one.D))
        s_odd += "" if one.error is None else f" ± {format_number(one.error, one.spec)}"
        lines.append((f"{number} {one.name}", s_odd, *values))
    known = (format_number(e.value) if np.isfinite(e.value) else "–" for e in own)
    lines.append(("● this network", *known))
    lines.append(("", *(frame.interval(e) for e in own)))
    step = (LIST - 0.03) / (len(lines) - 1)
    for row, line in enumerate(lines):
        color = style.ink if row else style.muted
        for text, x, ha in zip(line, (0, 0.57, 0.78, 1), ("left", *["right"] * 3), strict=True):
            y = LIST - 0.03 - row * step
            ax.text(x, y, text, transform=ax.transAxes, ha=ha, color=color, fontsize=SMALL)


def _tint(style: Style, share: float) -> str:
    """The colour of signalling, thinned with the background."""
    return style.mixed(style.signal, style.background, share)
