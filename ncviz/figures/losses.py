"""Held-out losses of both heads in the four settings."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ncviz.basics.protocol import TASK_NAMES
from ncviz.figures.parts import frame
from ncviz.figures.parts import style as styles
from ncviz.figures.parts.style import LIGHT, Look, Style
from ncviz.inference import Array, format_number
from ncviz.meaning.verdict import loss_sentence
from ncviz.results.result import Moment

Dash = tuple[float, tuple[float, ...]]

HEADS = ("Alice", "Bob")
DASHES: tuple[Dash, Dash] = ((0, ()), (0, (3.4, 1.8)))

NAME, GAP = 42, 10
"""Room above a cell for its name, and between the rows, in points."""

LETTERS = 28
"""How much of a task's name fits above a cell."""


@frame.picture(moment=frame.a_moment)
def losses(moment: Moment, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw held-out losses against the training step: four settings, two heads.

    The axes are an empty frame whose ``child_axes`` are the four settings 11, 12, 21, 22: medians
    over runs in nats, with bands for the middle 80 % of runs.
    """
    stop = moment.index + 1
    bands = moment.recording.loss_bands(stop)
    runs = int((~moment.recording.diverged[moment.index]).sum())
    title, margins = "Held-out losses (nats)", (0.38, 0.14, 0.42)
    if not runs:
        text = loss_sentence(bands[-1], moment.experiment.tasks)
        return frame.start(ax, style, frame.Heading(title, (), 20), 3.1, margins, text)
    notes = [f"median of {runs} runs; band: 10 % to 90 % of runs"] if runs > 1 else ["one run"]
    heading = frame.Heading(title, notes, 20, handles=heads_key(style))
    ax = frame.start(ax, style, heading, 3.1, margins)
    at, top = moment.recording.steps[:stop], _limit(bands)
    name, gap = np.divide((NAME, GAP), frame.points(ax)[1])
    height = max(0.5 - name - gap / 2, 0.1)
    for i in range(4):
        corner = (0.53 * (i % 2), (1 - i // 2) * (height + name + gap))
        cell = frame.empty(ax.inset_axes((*corner, 0.47, height)), style)
        for head, (low, median, high) in enumerate(np.moveaxis(bands[:, i], 1, 0).swapaxes(1, 2)):
            color = style.heads[head]
            cell.fill_between(at, low, high, color=color, alpha=0.18, linewidth=0)
            cell.plot(at, median, color=color, linestyle=DASHES[head], linewidth=1.6)
        cell.set_ylim(0, top)
        styles.numbered(cell, "y", styles.round_numbers(0, top, 3))
        cell.grid(True, axis="y", color=style.grid, linewidth=0.8)
        styles.steps_axis(cell, 0, moment.experiment.steps, 2)
        cell.tick_params(labelleft=i % 2 == 0, labelbottom=i > 1)
        if i > 1:
            styles.named(cell, "training step", style)
        _name(cell, i, moment, style)
    return ax


def _name(cell: Axes, i: int, moment: Moment, style: Style) -> None:
    """The tasks of a setting and their correlator, above its cell."""
    x, y = divmod(i, 2)
    for task, up, color in ((x, 32, style.alice_ink), (2 + y, 22, style.bob_ink)):
        text = f"{TASK_NAMES[task]} {moment.experiment.tasks[task]}"
        text = text if len(text) <= LETTERS else f"{text[: LETTERS - 1]}…"
        styles.write(cell, text, (0, 1), (0, up), color)
    c = moment.summary.correlators[i]
    text, patch = "C = –", Look(boxstyle="round,pad=0.3", linewidth=0, facecolor="none")
    if np.isfinite(c.value):
        text = f"C = {format_number(c.value)} {frame.interval(c)}".strip()
        patch["facecolor"] = style.correlators((c.value + 1) / 2)
    styles.write(cell, text, (0, 1), (2.5, 8), style.ink, bbox=patch)


def heads_key(style: Style) -> list[Line2D]:
    """What Alice's and Bob's lines look like."""
    looks = zip(HEADS, style.heads, DASHES, strict=True)
    return [Line2D([], [], color=c, linestyle=d, linewidth=1.6, label=n) for n, c, d in looks]


def _limit(bands: Array) -> float:
    """One scale for all cells; a rare spike is cut off instead of flattening all curves."""
    high = bands[..., 2][np.isfinite(bands[..., 2])]
    need = max(float(np.quantile(high, 0.98)) * 1.05, 0.8)
    unit = 2 if need > 4 else 0.5 if need > 1.6 else 0.2
    return float(np.ceil(need / unit - 1e-6) * unit)
