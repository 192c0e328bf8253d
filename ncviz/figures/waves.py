"""How the losses of the last quarter of a training swing about their trend."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from ncviz.basics.protocol import SETTINGS
from ncviz.figures.loss_grid import DASHES, HEADS, key
from ncviz.figures.parts.frame import Heading, a_moment, finished, picture, sentence, start
from ncviz.figures.parts.style import LIGHT, SMALL, Look, Style, named, steps_axis
from ncviz.inference import mean_intervals, needs_bounds
from ncviz.results.looking import LEAST_RECORDS, late_waves
from ncviz.results.result import Moment

Array = NDArray[np.float64]

TITLE = "Loss oscillations (nats)"
INDENT = 42
ROWS = tuple(f"A{name[0]} · B{name[1]}" for name in SETTINGS)

FAINT_RUNS = 8
"""Runs drawn faintly, beside the one in the middle."""

NICE = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)

LEAST = 0.02
"""Least height of half a row, in nats: rounding must not look like waves."""


@picture(moment=a_moment)
def oscillations(moment: Moment, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw the held-out losses of the last quarter of the training, without their linear trend.

    Parameters
    ----------
    moment : Result or Snapshot
        Of a snapshot, the last quarter of the training so far.
    ax : Axes, optional
        Where to draw; a new figure without it.
    style : Style
        `LIGHT` or `DARK`.

    Returns
    -------
    Axes
        Four rows, the settings 11, 12, 21, 22, on one scale in nats. The strong lines are the
        run in the middle when the runs are ordered by how much they swing, the faint ones up to
        eight others. The numbers are standard deviations over the records of the quarter, as
        the mean over runs with its 95 % interval.

    Raises
    ------
    ValueError
        If it is neither a snapshot nor a result.

    Notes
    -----
    Losses are known at the recorded steps only, about a hundred in a training: what happens
    between two of them is not in the picture.

    Examples
    --------
    >>> from ncviz import Experiment, figures
    >>> ax = figures.oscillations(Experiment(runs=4, steps=200).run())
    >>> [label.get_text() for label in ax.get_yticklabels()][:4]
    ['A1 · B1', 'A1 · B2', 'A2 · B1', 'A2 · B2']
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
    notes = [
        f"held-out losses at the {len(steps)} records of the last quarter, less their",
        "linear trend" + "; strong lines: median run, faint: other runs" * bool(waves.shape[1] > 1),
    ]
    heading = Heading(TITLE, notes, INDENT, handles=key(style))
    heading = Heading(TITLE, (), INDENT) if problem else heading
    ax = start(ax, style, heading, 2.2, (0.69, 1.42, 0.42))
    if problem:
        return sentence(ax, problem, style, INDENT)
    sizes = waves.std(axis=0)  # runs, settings, heads
    shown = waves[:, _chosen(sizes.mean(axis=(1, 2)))]
    reach = _round_up(float(np.quantile(np.abs(shown), 0.998)))
    for row in range(4):
        _row(ax, steps, shown[:, :, row], reach, row, style)
    ax.set_ylim(-7 * reach, reach)
    steps_axis(ax, steps[0], steps[-1], 3)
    named(ax, "training step", style)
    _sizes(ax, sizes, reach, style)
    middle = [-2 * reach * row for row in range(4)]
    ends = [f"{sign}{reach:g}" for sign in "+−"]
    ax.set_yticks([*middle, 0.85 * reach, -0.85 * reach], [*ROWS, *ends])
    return finished(ax)


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
    ax: Axes, steps: NDArray[np.int64], waves: Array, reach: float, row: int, style: Style
) -> None:
    """The lines of one setting: waves (records, runs, heads), the last run strong."""
    middle = -2 * reach * row
    ax.axhline(middle, color=style.grid, linewidth=0.8, zorder=0)
    # A rare spike is cut off, so that it does not run into another setting.
    start, width = float(steps[0]), float(steps[-1] - steps[0])
    room = Rectangle((start, middle - reach), width, 2 * reach, transform=ax.transData)
    for run in range(waves.shape[1]):
        strong = run == waves.shape[1] - 1
        for head in (0, 1):
            (line,) = ax.plot(
                steps,
                waves[:, run, head] + middle,
                color=style.heads[head],
                linestyle=DASHES[head],
                linewidth=1.4 if strong else 0.8,
                alpha=1 if strong else 0.4,
            )
            line.set_clip_path(room)


def _sizes(ax: Axes, sizes: Array, reach: float, style: Style) -> None:
    """How much both heads swing in each setting, at the right of its row."""
    rows = sizes.reshape(len(sizes), -1).T
    # Nothing bounds a standard deviation, so there is no interval where no t interval is trusted.
    means = mean_intervals(rows, 0, np.inf, bounded=False)
    sides = np.maximum(means[:, 2] - means[:, 0], means[:, 0] - means[:, 1])
    spreads = np.where(needs_bounds(rows), np.nan, sides)
    look: Look = {"textcoords": "offset points", "fontsize": SMALL}
    for i, (mean, spread) in enumerate(zip(means[:, 0], spreads, strict=True)):
        row, head = divmod(i, 2)
        spec = ".3f" if mean < 1e3 else ".0e"
        text = format(mean, spec)
        if np.nanmax([mean, spread]) < 0.0005:
            text = "under 0.001"
        elif np.isfinite(spread):
            text += f" ± {format(spread, spec)}"
        ax.annotate(
            f"{HEADS[head]} {text}",
            (1, -2 * reach * row),
            (6, 2 - 10 * head),
            xycoords=("axes fraction", "data"),
            color=(style.alice_ink, style.bob_ink)[head],
            **look,
        )
    said = "standard dev." + " ± 95 %" * bool(np.isfinite(spreads).any())
    ax.annotate(said, (1, 1), (6, 6.5), xycoords="axes fraction", color=style.muted, **look)
