"""Where S is a useful guide: the size at which it first reaches 2 beside the best size."""

from collections.abc import Sequence
from textwrap import wrap

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ncviz.basics.checks import several, short
from ncviz.figures.parts.frame import Heading, picture, start
from ncviz.figures.parts.style import LIGHT, TEXT, Look, Style, named, sizes_axis
from ncviz.regression import Guide

ROW = 0.3
"""Height of a row, in inches."""

MOST = 30
"""Rows that fit a picture."""

SHIFT = 0.13
"""How far the two marks of a row stand from its middle: they may be at the same size."""


def _some_guides(name: str, guides: object) -> list[Guide]:
    found = several(name, guides, MOST)
    if not all(isinstance(one, Guide) for one in found):
        raise ValueError(f"{name} must be those of ncviz.regression.guide, not {short(guides)}")
    return found


@picture(guides=_some_guides)
def guide(guides: Sequence[Guide], ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw, for each pairing or rate, where S first reaches 2 and where the error is least.

    A row each, the first on top: a full dot where S first reaches 2, an open diamond where the
    held-out error is least, and a bar from the smallest size that is about as good.

    Parameters
    ----------
    guides : sequence of Guide
        Of `ncviz.regression.guide`, 1 to 30.

    Examples
    --------
    >>> from ncviz import Experiment, figures, regression, sweep
    >>> s = sweep(Experiment(runs=8, steps=300), hidden=[1, 2, 3], progress=False)
    >>> ax = figures.guide(regression.guide(s))
    """
    labels = [one.label or "all runs" for one in guides]
    indent = 5.0 * min(24, max(map(len, labels))) + 8
    best: Look = {"linestyle": "", "marker": "D", "markersize": 5.5, "markeredgewidth": 1.4}
    best |= {"markerfacecolor": style.background, "markeredgecolor": style.ink}
    good: Look = {"alpha": 0.5, "linewidth": 0}
    key: list[Artist] = [
        Line2D([], [], linestyle="", marker="o", color=style.ink, label="S first reaches 2"),
        Line2D([], [], label="least held-out error", **best),
        Patch(facecolor=style.plus, alpha=0.5, label="about as good"),
    ]
    said = wrap(in_words(guides), 64)
    heading = Heading("Where S is a useful guide", said, indent, handles=key, columns=2)
    ax = start(ax, style, heading, ROW * len(guides), (indent / 72 + 0.06, 0.16, 0.42))
    for row, one in enumerate(guides):
        ax.axhline(row, color=style.grid, linewidth=0.8, zorder=1)
        ends = [one.good - 0.3, one.best + 0.3]
        ax.fill_between(ends, row - 0.3, row + 0.3, color=style.plus, zorder=1.5, **good)
        if one.reaches is not None:
            rows = [row - SHIFT, row + SHIFT]
            ax.plot([one.reaches, one.best], rows, color=style.edge, linewidth=1.4)
            ax.plot(one.reaches, row - SHIFT, "o", color=style.ink, markersize=6, zorder=3)
        ax.plot(one.best, row + SHIFT, **best, zorder=3)
    sizes_axis(ax, {size for one in guides for size in one.sizes}, room=0.6)
    ax.set_ylim(len(guides) - 0.5, -0.5)
    ax.set_yticks(range(len(guides)), labels)
    ax.tick_params(axis="y", labelsize=TEXT, labelcolor=style.ink)
    named(ax, "hidden neurons", style)
    return ax


def in_words(guides: Sequence[Guide]) -> str:
    """What the picture shows, as one sentence."""
    if len(guides) == 1:
        return f"{guides[0].sentence[:1].upper()}{guides[0].sentence[1:]}."
    reach = [one for one in guides if one.reaches is not None]
    good = sum(one.reaches is not None and one.reaches >= one.good for one in guides)
    return (
        f"Of {len(guides)} rows S reaches 2 in {len(reach)}; in {good or 'none'} of them it first "
        "does at a size as good as the best (within one standard error of the least error)."
    )
