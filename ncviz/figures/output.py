"""Figures as bytes of a picture file, without pyplot and without global settings."""

from collections.abc import Generator
from contextlib import contextmanager
from hashlib import sha256
from io import BytesIO, StringIO
from typing import Any

from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure, SubFigure

from ncviz.checks import a, real, takes
from ncviz.styling import as_matplotlib_comes

a_figure = a(Figure, "a Figure")


def _dpi(name: str, value: object) -> float:
    return real(name, value, lambda x: 10 <= x <= 2400, "a number from 10 to 2400")


@takes(figure=a_figure, dpi=_dpi)
@as_matplotlib_comes
def png(figure: Figure | SubFigure | None, dpi: float = 200) -> bytes:
    """Draw a figure as a PNG file.

    Parameters
    ----------
    figure : Figure
    dpi : float
        Pixels an inch; our figures are 4 inches wide, so 200 makes 800 pixels.

    Returns
    -------
    bytes
        The same for the same figure: nothing in it says when it was made.

    Raises
    ------
    ValueError
        If it is no whole figure.

    Examples
    --------
    >>> from ncviz import Experiment, figures
    >>> ax = figures.s_of_runs(Experiment(runs=4, steps=50).run())
    >>> figures.png(ax.figure)[1:4]
    b'PNG'
    """
    file = BytesIO()
    with _canvas(figure, FigureCanvasAgg, dpi) as canvas:
        canvas.print_png(file, metadata={"Software": None})
    return file.getvalue()


@takes(figure=a_figure)
@as_matplotlib_comes
def svg(figure: Figure | SubFigure | None) -> bytes:
    """Draw a figure as an SVG file in which text is text.

    Parameters
    ----------
    figure : Figure

    Returns
    -------
    bytes
        The same for the same figure: nothing in it says when it was made.

    Raises
    ------
    ValueError
        If it is no whole figure.

    Examples
    --------
    >>> from ncviz import Experiment, figures
    >>> ax = figures.s_of_runs(Experiment(runs=4, steps=50).run())
    >>> b">S of every run</text>" in figures.svg(ax.figure)
    True
    """
    file = StringIO()
    with _canvas(figure, FigureCanvasBase, 72) as canvas:
        width, height = canvas.figure.get_size_inches() * 72
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        kind: Any = _Svg
        renderer = kind(width, height, file, metadata=nothing)
        canvas.figure.draw(renderer)
        renderer.finalize()
    return file.getvalue().encode()


@contextmanager
def _canvas(
    figure: Figure | SubFigure | None, kind: type[Any], dpi: float
) -> Generator[Any, None, None]:
    """Lend a figure another canvas and resolution."""
    assert isinstance(figure, Figure)  # both doors have seen to it
    own, own_dpi = figure.canvas, figure.dpi
    try:
        canvas = kind(figure)
        figure.dpi = dpi
        yield canvas
    finally:
        figure.set_canvas(own)
        figure.dpi = own_dpi


class _Svg(RendererSVG):
    """What `svg.fonttype` = "none" and `svg.hashsalt` do, but for one drawing only.

    Matplotlib has these as global settings, which another thread may be reading.
    """

    def draw_text(
        self,
        gc: Any,
        x: float,
        y: float,
        s: str,
        prop: Any,
        angle: float,
        ismath: bool | str = False,
        mtext: Any = None,
    ) -> None:
        """Write text as text."""
        write: Any = self._draw_text_as_text
        write(gc, x, y, s, prop, angle, ismath, mtext)

    def _make_id(self, type: str, content: object) -> str:
        return type + sha256(str(content).encode()).hexdigest()[:10]
