"""How losses swing late in training: about their trend, and against each other."""

from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from numpy.typing import NDArray

from ncviz.basics.checks import a, optional
from ncviz.basics.protocol import SETTINGS
from ncviz.figures.losses import DASHES, HEADS, heads_key
from ncviz.figures.parts.frame import Heading, a_moment, below, finished, picture, start
from ncviz.figures.parts.style import LIGHT, Look, Style, named, numbered, steps_axis, write
from ncviz.inference import Array, mean_intervals, needs_bounds
from ncviz.mechanism.oscillation import OscillationIndex, oscillation_sentence
from ncviz.results.looking import LEAST_RECORDS, late_waves
from ncviz.results.result import Moment

if TYPE_CHECKING:
    import pandas as pd

ROWS = tuple(f"A{name[0]} · B{name[1]}" for name in SETTINGS)

# The waves

INDENT = 42

FAINT_RUNS = 8
"""Runs drawn faintly, beside the one in the middle."""

NICE = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)

LEAST = 0.02
"""Least height of half a row, in nats: rounding must not look like waves."""


@picture(moment=a_moment)
def oscillations(moment: Moment, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw the held-out losses of the last quarter of the training (so far), less their trend.

    Four rows, the settings 11, 12, 21, 22, on one scale in nats; the trend is linear. The strong
    lines are the run in the middle when the runs are ordered by how much they swing, the faint ones
    up to eight others. The numbers are standard deviations over the records of the quarter, as the
    mean over runs with its 95 % interval.

    Notes
    -----
    Losses are known at the recorded steps only, about a hundred in a training: what happens
    between two of them is not in the picture.
    """
    steps, waves = late_waves(moment.recording, moment.index)
    waves = waves[:, np.isfinite(waves).all(axis=(0, 2, 3))]
    problem = ""
    if moment.per_run.diverged.all():
        problem = "Every run has diverged: there are no losses to draw."
    elif len(steps) < LEAST_RECORDS:
        problem = "Fewer than three records in the last quarter: too few to show oscillations."
    elif not waves.shape[1]:
        problem = "No run has finite losses throughout the last quarter."
    heading, margins = Heading("Loss oscillations (nats)", (), INDENT), (0.69, 1.42, 0.42)
    if problem:
        return start(ax, style, heading, 2.2, margins, problem)
    notes = [
        f"held-out losses at the {len(steps)} records of the last quarter, less their",
        "linear trend" + "; strong lines: median run, faint: other runs" * bool(waves.shape[1] > 1),
    ]
    heading = Heading(heading.title, notes, INDENT, handles=heads_key(style))
    ax = start(ax, style, heading, 2.2, margins)
    sizes = waves.std(axis=0)  # runs, settings, heads
    shown = waves[:, _chosen(sizes.mean(axis=(1, 2)))]
    reach = _round_up(float(np.quantile(np.abs(shown), 0.998)))
    middles = [-2 * reach * row for row in range(4)]
    for row, middle in enumerate(middles):
        _row(ax, steps, shown[:, :, row], middle, reach, style)
    ax.set_ylim(-7 * reach, reach)
    steps_axis(ax, steps[0], steps[-1], 3)
    named(ax, "training step", style)
    _sizes(ax, sizes, middles, style)
    ends = [f"{sign}{reach:g}" for sign in "+−"]
    ax.set_yticks([*middles, 0.85 * reach, -0.85 * reach], [*ROWS, *ends])
    return ax


def _chosen(sizes: Array) -> list[int]:
    """Runs from the calmest to the wildest, evenly; the one in the middle comes last."""
    order = [int(run) for run in np.argsort(sizes, kind="stable")]
    middle = order[len(order) // 2]
    places = np.unique(np.linspace(0, len(order) - 1, FAINT_RUNS).round().astype(int))
    return [*(order[place] for place in places if order[place] != middle), middle]


def _round_up(size: float) -> float:
    """A round number of nats that is at least `size`, so that rows end at one."""
    size = max(size, LEAST)
    power = 10.0 ** np.floor(np.log10(size))
    return next(float(f"{n * power:.3g}") for n in NICE if n * power >= size * (1 - 1e-9))


def _row(
    ax: Axes, steps: NDArray[np.int64], waves: Array, middle: float, reach: float, style: Style
) -> None:
    """The lines of one setting: waves (records, runs, heads), the last run strong."""
    ax.axhline(middle, color=style.grid, linewidth=0.8, zorder=0)
    # A rare spike is cut off, so that it does not run into another setting.
    start, width = float(steps[0]), float(steps[-1] - steps[0])
    room = Rectangle((start, middle - reach), width, 2 * reach, transform=ax.transData)
    for run in range(waves.shape[1]):
        strong = run == waves.shape[1] - 1
        look: Look = {"linewidth": 1.4 if strong else 0.8, "alpha": 1 if strong else 0.4}
        for wave, color, dashes in zip(waves[:, run].T, style.heads, DASHES, strict=True):
            (line,) = ax.plot(steps, wave + middle, color=color, linestyle=dashes, **look)
            line.set_clip_path(room)


def _sizes(ax: Axes, sizes: Array, middles: list[float], style: Style) -> None:
    """How much both heads swing in each setting, at the right of its row."""
    rows = sizes.reshape(len(sizes), -1).T
    # Nothing bounds a standard deviation, so there is no interval where no t interval is trusted.
    means = mean_intervals(rows, 0, np.inf, bounded=False)
    sides = np.maximum(means[:, 2] - means[:, 0], means[:, 0] - means[:, 1])
    spreads = np.where(needs_bounds(rows), np.nan, sides)
    for i, (mean, spread) in enumerate(zip(means[:, 0], spreads, strict=True)):
        row, head = divmod(i, 2)
        spec = ".3f" if mean < 1e3 else ".0e"
        text = format(mean, spec)
        if np.nanmax([mean, spread]) < 0.0005:
            text = "under 0.001"
        elif np.isfinite(spread):
            text += f" ± {format(spread, spec)}"
        color, at = (style.alice_ink, style.bob_ink)[head], (1, middles[row])
        data: Look = {"xycoords": ("axes fraction", "data")}
        write(ax, f"{HEADS[head]} {text}", at, (6, 2 - 10 * head), color, **data)
    said = "standard dev." + " ± 95 %" * bool(np.isfinite(spreads).any())
    write(ax, said, (1, 1), (6, 6.5), style.muted)


# Their index

MARGINS = (0.66, 0.2, 0.42)
UPPER, LOWER, GAP = 1.35, 1.5, 0.55
"""Heights of the two axes, and the room between them, in inches."""

ALONE = 0.17
"""How far below a head's mark that of its control stands, in rows."""

an_index = a(OscillationIndex, "an OscillationIndex")


@picture(index=an_index, control=optional(an_index))
def oscillation_index(
    index: OscillationIndex,
    control: OscillationIndex | None = None,
    ax: Axes | None = None,
    style: Style = LIGHT,
) -> Axes:
    """Draw how the two heads' losses change together, for each setting, beside chance.

    On a new figure, the amplitudes stand below the correlations.

    The axes are those with the correlations: means over runs with 95 % intervals, and in grey where
    95 % of the means would lie if the changes of both losses were unrelated.

    Parameters
    ----------
    index : OscillationIndex
    control : OscillationIndex, optional
        Of `single_task_control`: the same heads alone, in open marks.

    Examples
    --------
    >>> from ncviz import Experiment, figures, mechanism
    >>> traces = mechanism.loss_traces(Experiment(runs=8, steps=400))
    >>> ax = figures.oscillation_index(mechanism.oscillation_index(traces, surrogates=19))
    """
    table = index.frame(control)
    said = wrap(oscillation_sentence(table), 64)
    key = _key(style, control is not None)
    heading = Heading("Loss oscillation late in training", said, 44, handles=key)
    left, right, bottom = MARGINS
    known = bool(table["correlation"].notna().any())
    both = ax is None and known
    margins = (left, right, bottom + both * (LOWER + GAP))
    if not known:
        text = "Every run has diverged: there are no losses."
        return start(ax, style, heading, UPPER, margins, text)
    ax = start(ax, style, heading, UPPER, margins)
    _correlations(ax, table, style)
    if both:
        _amplitudes(below(ax, LOWER, MARGINS, style), table, style)
    return ax


def _correlations(ax: Axes, table: "pd.DataFrame", style: Style) -> None:
    four = table[table["head"] == "alice"].reset_index(drop=True)
    ax.axvline(0, color=style.edge, linewidth=0.8)
    for row, of in four.iterrows():
        y = float(row)
        span = of["null_high"] - of["null_low"]
        ax.barh(y, span, 0.62, left=of["null_low"], color=style.edge, alpha=0.45, linewidth=0)
        _mark(ax, of, "correlation", y, style.ink, "o")
        if "correlation_alone" in of:
            _open(ax, of["correlation_alone"], y + ALONE, style.ink, "o", style)
    _rows(ax)
    ax.set_xlim(-1, 1)
    numbered(ax, "x", [-1, -0.5, 0, 0.5, 1])
    named(ax, "correlation of the step-to-step changes of both losses", style)


def _amplitudes(ax: Axes, table: "pd.DataFrame", style: Style) -> None:
    for k, of in table.iterrows():
        row, head = divmod(int(k), 2)
        y, marker = row - 0.24 + 0.36 * head, "os"[head]
        if of["amplitude"] > 0:
            _mark(ax, of, "amplitude", y, style.heads[head], marker)
        if of.get("amplitude_alone", 0) > 0:
            _open(ax, of["amplitude_alone"], y + ALONE / 2, style.heads[head], marker, style)
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(10, numticks=6))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:g}"))
    _rows(ax)
    named(ax, "amplitude: standard deviation about the trend (nats)", style)
    finished(ax)


def _mark(ax: Axes, of: "pd.Series[float]", name: str, y: float, color: str, marker: str) -> None:
    low, high = of[f"{name}_low"], of[f"{name}_high"]
    if np.isfinite(low):
        low = max(low, of[name] / 10) if name == "amplitude" else low  # a logarithm has no 0
        ax.plot([low, high], [y, y], color=color, linewidth=1.5)
    ax.plot(of[name], y, marker=marker, markersize=5, color=color)


def _open(ax: Axes, x: float, y: float, color: str, marker: str, style: Style) -> None:
    look: Look = {"markerfacecolor": style.background, "markeredgewidth": 1.2, "markersize": 5}
    ax.plot(x, y, marker=marker, color=color, **look)


def _rows(ax: Axes) -> None:
    ax.set_ylim(3.6, -0.6)
    ax.set_yticks(range(4), ROWS)
    ax.spines["bottom"].set_visible(True)


def _key(style: Style, alone: bool) -> list[Artist]:
    marks = [("both", style.ink, "o"), *zip(HEADS, style.heads, "os", strict=True)]
    look: Look = {"linestyle": "", "markersize": 5}
    key: list[Artist] = [Patch(color=style.edge, alpha=0.45, label="chance")]
    key += [Line2D([], [], marker=m, color=color, label=name, **look) for name, color, m in marks]
    if alone:
        look |= {"markerfacecolor": style.background, "markeredgecolor": style.ink}
        key.append(Line2D([], [], marker="o", label="alone", **look))
    return key
