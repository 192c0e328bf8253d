"""The whole Explorer as one picture, for a notebook that is opened without a kernel."""

from textwrap import wrap
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ncviz.basics.checks import takes
from ncviz.basics.protocol import TASK_NAMES
from ncviz.experiment import Experiment
from ncviz.figures import matrix, runs, training
from ncviz.figures.loss_grid import losses
from ncviz.figures.parts.frame import Heading, a_moment, a_style, empty
from ncviz.figures.parts.output import DOTS, ShownFigure, as_matplotlib_comes
from ncviz.figures.parts.style import FAMILY, LIGHT, Style
from ncviz.meaning.verdict import verdict
from ncviz.results.result import Moment

SIZE = (12.0, 8.0)
LEFT, LETTERS = 0.24, 185
"""Where text begins, in inches, and how much of it fits a line."""

AGAIN = "A picture of the Explorer as it was last. Choose Run ▸ Run All Cells to use it again."

TRAINING = (0.52, 4.5, 5.3, 1.75)
LOSSES = (0.52, 1.05, 6.3, 2.35)
MATRIX = (8.3, 4.45, 3.4, 1.44)
RUNS = (7.75, 1.05, 3.1, 2.68)
"""Left and lower end, width and height of each picture, in inches."""


@takes(moment=a_moment, style=a_style)
@as_matplotlib_comes
def explorer(moment: Moment, style: Style = LIGHT) -> Figure:
    """Draw the Explorer as a still: the verdict, S, losses, correlators, every run.

    Parameters
    ----------
    moment : Result or Snapshot
    style : Style
        `LIGHT` or `DARK`.

    Returns
    -------
    Figure
        12 × 8 inches at 100 dots an inch. It says how to get the living Explorer back.

    Raises
    ------
    ValueError
        If it is neither a snapshot nor a result, or not one of an `Experiment`.

    Examples
    --------
    >>> from ncviz import Experiment, figures
    >>> figure = figures.explorer(Experiment(runs=4, steps=50).run())
    >>> len(figure.axes)
    4
    """
    if not isinstance(moment.experiment, Experiment):
        raise ValueError("the Explorer shows an Experiment; draw s_of_runs, correlators or losses")
    figure = ShownFigure(SIZE, dpi=DOTS, facecolor=style.background)
    _words(figure, moment, style)
    for picture, room in ((training, TRAINING), (matrix, MATRIX), (runs, RUNS)):
        ax = empty(figure.add_axes(_shares(room)), style)
        rise = matrix.rise(moment) if picture is matrix else 0
        Heading(picture.TITLE, [], picture.INDENT, rise).write(ax, style)
        picture.draw(ax, moment, style)
    losses(moment, figure.add_axes(_shares(LOSSES)), style)
    return figure


def _words(figure: Figure, moment: Moment, style: Style) -> None:
    """The verdict and the experiment at the top, and at the bottom how to go on."""
    line, e = verdict(moment.summary), moment.experiment
    tasks = ", ".join(f"{k} {task}" for k, task in zip(TASK_NAMES, e.tasks, strict=True))
    trained = (
        f"Step {moment.step} of {e.steps}; hidden neurons {e.hidden}; tasks {tasks}; "
        f"learning rate {e.learning_rate:g}; runs {e.runs}; seed {e.seed}; {e.code()}"
    )
    rows = [(f"{line.value} {line.interval}", 14.0, style.ink, "bold")]
    rows += [(text, 8.0, style.muted, "normal") for text in wrap(line.note, LETTERS)]
    rows += [(text, 8.5, style.ink, "normal") for text in wrap(line.sentences, LETTERS - 10)]
    rows += [(text, 8.0, style.muted, "normal") for text in wrap(trained, LETTERS)]
    y = SIZE[1] - 0.33
    for text, size, color, weight in rows:
        _text(figure, y, text, fontsize=size, color=color, fontweight=weight)
        y -= 0.185 if size < 14 else 0.24
    _text(figure, 0.26, AGAIN, fontsize=9.5, color=style.ink, fontweight="bold")
    rule = _shares((LEFT, 0.55, SIZE[0] - 2 * LEFT, 0))
    figure.add_artist(
        Line2D([rule[0], rule[0] + rule[2]], [rule[1]] * 2, color=style.grid, linewidth=1)
    )


def _text(figure: Figure, y: float, text: str, **look: Any) -> None:
    figure.text(LEFT / SIZE[0], y / SIZE[1], text, family=FAMILY, parse_math=False, **look)


def _shares(room: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    left, low, width, height = room
    return left / SIZE[0], low / SIZE[1], width / SIZE[0], height / SIZE[1]
