"""S against the training step."""

import numpy as np
from matplotlib.axes import Axes

from ncviz.figures.parts.frame import Heading, a_moment, finished, picture, sentence, start
from ncviz.figures.parts.style import LIGHT, RIGHT, Style, lowest, named, s_axis, steps_axis
from ncviz.figures.parts.words import said
from ncviz.figures.runs import across
from ncviz.meaning.verdict import s_sentence
from ncviz.results.result import Moment

TITLE = "S while it trains"
INDENT = 20

STRIP = 0.13
"""Room for the runs after the last step, as a share of the steps, where many agree."""


@picture(moment=a_moment)
def s_training(moment: Moment, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Draw the mean of S with its 95 % interval while it trains, up to the moment.

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
        S against the training step, with the lines 2, 2√2 and 4. Where more than a quarter of the
        runs have the same S at the moment, the interval is two thin lines, and the runs of the
        moment stand behind the last step, those that agree side by side.

    Raises
    ------
    ValueError
        If it is neither a snapshot nor a result.

    Examples
    --------
    >>> from ncviz import Experiment, figures
    >>> ax = figures.s_training(Experiment(runs=4, steps=50).run())
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('training step', 'S')
    """
    heading = Heading(TITLE, said(moment), INDENT)
    ax = start(ax, style, heading, 1.9, (0.38, RIGHT, 0.42))
    return draw(ax, moment, style)


def draw(ax: Axes, moment: Moment, style: Style) -> Axes:
    """The picture without its heading."""
    if not moment.s.n:
        return sentence(ax, s_sentence(moment.summary, moment.step), style, INDENT)
    stop, steps = moment.index + 1, moment.experiment.steps
    at = moment.recording.steps[:stop]
    mean, low, high = moment.recording.s_intervals(stop).T
    # Once training is on its way the early climb is cut off: it wastes the room below 1.
    half = stop // 2 if moment.step > 0.15 * steps else 0
    s_axis(ax, lowest([*mean[half:], *low[half:]]), style)
    if moment.summary.tied:  # where most runs agree a band would be a slab over all else
        ax.plot(at, np.transpose([low, high]), color=style.ink, linewidth=0.7, alpha=0.5)
    else:
        ax.fill_between(at, low, high, color=style.ink, alpha=0.17, linewidth=0)
    ax.plot(at, mean, color=style.ink, linewidth=1.7, solid_joinstyle="round")
    ax.plot(
        at[-1],
        mean[-1],
        "o",
        color=style.ink,
        markerfacecolor=style.background,
        markersize=5,
        markeredgewidth=1.5,
        clip_on=False,
    )
    steps_axis(ax, 0, steps)
    if moment.summary.tied:
        ax.set_xlim(0, steps * (1 + STRIP))
        place = steps * (1 + STRIP * (0.1 + 0.9 * across(moment.per_run.S, tied=True)))
        ax.scatter(place, moment.per_run.S, s=5, color=style.ink, alpha=0.45, linewidths=0)
    named(ax, "training step", style)
    return finished(ax)
