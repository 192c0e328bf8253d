"""Axes and figures that are their own picture as the last line of a cell."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ncviz.figures.output import png

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
