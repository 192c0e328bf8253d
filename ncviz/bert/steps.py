"""What S does with the training steps at each rank: how much of "more rank" is "more training"."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ncviz.figures.parts.output import as_matplotlib_comes
from ncviz.inference import Estimate, estimates_of_s
from ncviz.sweeps import Sweep

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLE = "S against training steps, for each rank"
MARKS = "osD^vP"
ASIDE = 0.012
"""How far the lines of two ranks stand apart, in widths of the picture: intervals stay visible."""


def at_the_end(sweep: Sweep) -> Sweep:
    """Only the cells with the most steps: those of a finished training.

    Examples
    --------
    >>> from ncviz.bert.steps import at_the_end
    >>> from ncviz.bert.real_models import shipped
    >>> at_the_end(shipped("multilingual")).runs.steps.nunique()
    1
    """
    most = max(cell.steps for cell in sweep.finished)
    cells = tuple(cell for cell in sweep.finished if cell.steps == most)
    return Sweep(sweep.experiment, sweep.varied, cells, sweep.finished)


def curves(sweep: Sweep) -> dict[int, dict[int, Estimate]]:
    """Rank → steps → S with its 95 % interval over runs, both rising."""
    found: dict[int, dict[int, Estimate]] = {}
    for cell in sorted(sweep.finished, key=lambda of: (getattr(of, "rank", 0), of.steps)):
        (s,) = estimates_of_s(sweep.finished[cell]["S"].to_numpy()[None])
        found.setdefault(getattr(cell, "rank", 0), {})[cell.steps] = s
    return found


@as_matplotlib_comes
def draw(sweep: Sweep, about: str, ax: "Axes | None" = None) -> "Axes":
    """Draw a line for each rank that learns, with 95 % intervals over runs.

    Parameters
    ----------
    sweep : Sweep
        Of LoRA experiments over rank and steps, as `ncviz.bert.real_models.shipped` gives them.
    about : str
        What to say above the picture.
    ax : Axes, optional
        Where to draw; a new figure without it.

    Raises
    ------
    ValueError
        If no rank but 0 is there.
    """
    from matplotlib import colormaps
    from matplotlib.lines import Line2D

    from ncviz.figures.parts.frame import Heading, finished, start
    from ncviz.figures.parts.style import LIGHT, RIGHT, lowest, named, s_axis, steps_axis

    lines = {rank: line for rank, line in curves(sweep).items() if rank > 0}
    if not lines:
        raise ValueError("a picture of S against steps needs a rank above 0")
    shades = colormaps["cividis"](np.linspace(0.85, 0.0, len(lines)))
    handles, drawn = [], []
    for (rank, line), color, mark in zip(lines.items(), shades, MARKS, strict=False):
        look: Any = {"color": color, "marker": mark, "markersize": 4}
        handles.append(Line2D([], [], label=f"rank {rank}", **look))
        drawn.append((line, look))
    ax = start(ax, LIGHT, Heading(TITLE, (about,), 26, handles=handles), 2.3, (0.44, RIGHT, 0.42))
    s_axis(ax, lowest([s.low for line, _ in drawn for s in line.values()]), LIGHT)
    last = max(step for line, _ in drawn for step in line)
    for k, (line, look) in enumerate(drawn):
        aside = ASIDE * last * (k - (len(drawn) - 1) / 2)
        steps = [step + aside for step in line]
        ax.plot(steps, [s.value for s in line.values()], zorder=3, **look)
        low, high = np.array([(s.low, s.high) for s in line.values()]).T
        ax.vlines(steps, low, high, color=look["color"], linewidth=1, alpha=0.7)
    steps_axis(ax, 0, last)
    ax.set_xlim(0, last * 1.05)
    named(ax, "training steps", LIGHT)
    return finished(ax)
