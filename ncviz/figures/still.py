"""The whole Explorer as one picture, for a notebook that is opened without a kernel."""

from textwrap import wrap

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ncviz.basics.checks import takes
from ncviz.basics.protocol import TASK_NAMES
from ncviz.experiment import Experiment
from ncviz.figures import s
from ncviz.figures.behavior import draw_table, table_heading
from ncviz.figures.losses import losses
from ncviz.figures.parts.frame import Heading, a_moment, a_style, empty, finished
from ncviz.figures.parts.output import DOTS, ShownFigure, as_matplotlib_comes
from ncviz.figures.parts.style import FAMILY, LIGHT, Look, Style
from ncviz.meaning.verdict import verdict
from ncviz.results.result import Moment

SIZE = (12.0, 8.0)
LEFT, LETTERS = 0.24, 185
"""Where text begins, in inches, and how much of it fits a line."""

AGAIN = "A picture of the Explorer as it was last. Choose Run ▸ Run All Cells to use it again."

TRAINING, RUNS = (0.52, 4.5, 5.3, 1.75), (7.75, 1.05, 3.1, 2.68)
TABLE, LOSSES = (8.3, 4.45, 3.4, 1.44), (0.52, 1.05, 6.3, 2.35)
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
    """
    if not isinstance(moment.experiment, Experiment):
        raise ValueError("the Explorer shows an Experiment; draw s_of_runs, correlators or losses")
    figure = ShownFigure(SIZE, dpi=DOTS, facecolor=style.background)
    _words(figure, moment, style)
    for draw, heading, room in (
        (s.draw_training, Heading(s.TRAINING, indent=s.INDENT), TRAINING),
        (draw_table, table_heading(moment, []), TABLE),
        (s.draw_runs, Heading(s.RUNS, indent=s.INDENT), RUNS),
    ):
        ax = empty(figure.add_axes(_shares(room)), style)
        heading.write(ax, style)
        finished(draw(ax, moment, style))
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
    lines = []
    for row in rows:
        lines.append((y, *row))
        y -= 0.185 if row[1] < 14 else 0.24
    for y, text, size, color, weight in [*lines, (0.26, AGAIN, 9.5, style.ink, "bold")]:
        look: Look = {"fontsize": size, "color": color, "fontweight": weight, "family": FAMILY}
        figure.text(LEFT / SIZE[0], y / SIZE[1], text, parse_math=False, **look)
    left, low, width, _ = _shares((LEFT, 0.55, SIZE[0] - 2 * LEFT, 0))
    rule = Line2D([left, left + width], [low, low], color=style.grid, linewidth=1)
    figure.add_artist(rule)


def _shares(room: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    left, low, width, height = room
    return left / SIZE[0], low / SIZE[1], width / SIZE[0], height / SIZE[1]
