"""Figures as bytes of a picture file, without pyplot and without global settings."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import wraps
from hashlib import sha256
from io import BytesIO, StringIO
from threading import RLock
from typing import Any, ParamSpec, TypeVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure, SubFigure

from ncviz.basics.checks import a, real, takes
from ncviz.basics.computing import unwarned

Given = ParamSpec("Given")
Back = TypeVar("Back")

THEIRS = ("backend", "interactive", "toolbar", "webagg.", "savefig.", "figure.max_open_warning")
"""So begin settings that no picture of ours depends on."""

_one_at_a_time = RLock()


def as_matplotlib_comes(work: Callable[Given, Back]) -> Callable[Given, Back]:
    """Let a function draw the same picture whatever the settings are, and leave them as found.

    Matplotlib has one set of them for all threads: so pictures of ours are drawn one at a time,
    and what is as it comes is not touched. What somebody sets in the meantime stays.
    """

    @wraps(work)
    @unwarned
    def drawn(*args: Given.args, **kwargs: Given.kwargs) -> Back:
        from matplotlib import rcParams, rcParamsDefault

        # As a plain dict: `RcParams` itself checks values and warns of old names.
        comes, now = dict.items(rcParamsDefault), rcParams
        with _one_at_a_time:
            ours = {k: v for k, v in comes if k in now and not k.startswith(THEIRS)}
            found = {k: v for k, v in dict.items(now) if k in ours and v != ours[k]}
            try:
                dict.update(now, {name: ours[name] for name in found})
                return work(*args, **kwargs)
            finally:
                still = {k: v for k, v in found.items() if dict.__getitem__(now, k) is ours[k]}
                dict.update(now, still)

    return drawn


DOTS = 100
"""An inch of a figure as a page shows it; its picture has twice as many, for sharp screens."""


class ShownFigure(Figure):
    """A figure of ours. None of pyplot's, which a notebook would show once more or not at all."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        width, height = np.rint(DOTS * self.get_size_inches()).astype(int).tolist()
        return png(self, 2 * DOTS), {"width": width, "height": height}


class ShownAxes(Axes):
    """Axes of a figure of ours."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]] | None:
        figure = self.get_figure(root=True)
        return figure._repr_png_() if isinstance(figure, ShownFigure) else None


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
    """Draw a figure as an SVG file in which text is text; gives and raises what `png` does.

    Examples
    --------
    >>> from ncviz import Experiment, figures
    >>> ax = figures.s_of_runs(Experiment(runs=4, steps=50).run())
    >>> b">S of every run</text>" in figures.svg(ax.figure)
    True
    """
    return svg_by(SvgText, figure).encode()


def svg_by(renderer_of: Callable[..., Any], figure: Figure | SubFigure | None) -> str:
    """A figure in SVG, a unit a point, with nothing in it that says when it was made."""
    file, nothing = StringIO(), dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with _canvas(figure, FigureCanvasBase, 72) as canvas:
        width, height = canvas.figure.get_size_inches() * 72
        renderer = renderer_of(width, height, file, metadata=nothing)
        canvas.figure.draw(renderer)
        renderer.finalize()
    return file.getvalue()


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


class SvgText(RendererSVG):
    """What `svg.fonttype` = "none" and `svg.hashsalt` do, but for one drawing only.

    Matplotlib has these as global settings, which another thread may be reading.
    """

    def draw_text(self, *args: Any, **options: Any) -> None:
        """Write text as text."""
        write: Any = self._draw_text_as_text
        write(*args, **options)

    def _make_id(self, type: str, content: object) -> str:
        return type + sha256(str(content).encode()).hexdigest()[:10]
