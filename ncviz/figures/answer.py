"""Is this network quantum? The answer in words, as a picture."""

from textwrap import wrap

from matplotlib.axes import Axes

from ncviz.figures.parts.frame import LINE, Heading, a_moment, finished, picture, start
from ncviz.figures.parts.style import LIGHT, TEXT, Style
from ncviz.meaning import answer as said
from ncviz.results.result import Moment

TITLE = "Is this network quantum?"
LETTERS = 66


@picture(moment=a_moment)
def answer(moment: Moment, ax: Axes | None = None, style: Style = LIGHT) -> Axes:
    """Write whether the network is quantum, and which condition of Bell's theorem fails.

    Parameters
    ----------
    moment : Result or Snapshot
    ax : Axes, optional
        Where to write; a new figure without it.
    style : Style
        `LIGHT` or `DARK`.

    Returns
    -------
    Axes
        Without any data.

    Raises
    ------
    ValueError
        If it is neither a snapshot nor a result.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.figures.answer import answer
    >>> ax = answer(Experiment(runs=4, steps=50).run())
    >>> ax.texts[-1].get_text()[:3]
    'No.'
    """
    words = said(moment.summary)
    paragraphs = [f"{words.answer} {words.reason}", words.reading]
    paragraphs += [f"{c.name.rstrip('.')}: {c.state}. {c.why}" for c in words.conditions]
    paragraphs.append(str(words.theorem))
    lines = [line for text in paragraphs for line in [*wrap(text, LETTERS), ""]]
    ax = start(ax, style, Heading(TITLE), len(lines) * TEXT * LINE / 72 + 0.1, (0.14, 0.14, 0.1))
    ax.annotate(
        "\n".join(lines),
        (0, 1),
        xycoords="axes fraction",
        va="top",
        color=style.ink,
        fontsize=TEXT,
        linespacing=LINE,
    )
    return finished(ax)
