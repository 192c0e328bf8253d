"""A regression of runs: a settled picture whose points can be looked at and chosen."""

from collections.abc import Callable
from typing import Any

import numpy as np
import traitlets

from ncviz.experiment import Experiment
from ncviz.regression import Regression
from ncviz.regression.words import in_points, named, slope_in_words
from ncviz.widgets.parts.door import on_message
from ncviz.widgets.parts.still import DOTS, SHARPNESS
from ncviz.widgets.parts.view import Frame, Shown, css, esm, figure_of, packed

NARROWEST, WIDEST = 260, 860  # widths that the picture is drawn for, in CSS pixels

FILES = {"png": "image/png", "svg": "image/svg+xml"}


class RegressionView(Shown):
    """Show a regression; each run is a point that can be pointed at, walked to and chosen.

    Without one at first it is empty. `chosen` is the number of the point that has been chosen, −1
    if none; `note` such as "working…".

    Examples
    --------
    >>> from ncviz import Experiment, RegressionView, regress
    >>> runs = Experiment(runs=8, steps=50).run().runs
    >>> RegressionView(regress(runs, "S ~ test_error")).describe()[:40]
    'One percentage point more held-out error'
    """

    UNSHOWN = "found must be shown before there is a figure of it"
    _esm = esm("base", "controls", "save_file", "regression_view")
    _css = css("base", "controls", "picture", "regression_view")

    # Whether the page is dark, and how wide the picture may be, in CSS pixels.
    dark = traitlets.Bool(False).tag(sync=True, from_page=True)
    room = traitlets.Int(640, min=NARROWEST, max=WIDEST).tag(sync=True, from_page=True)
    chosen = traitlets.Int(-1, min=-1).tag(sync=True)
    note = traitlets.Unicode().tag(sync=True)

    def __init__(self, found: Regression | None = None, **traits: Any) -> None:
        self._found: Regression | None = None
        self._label: object = None
        self._on_wish: Callable[[], None] = self._draw_again
        super().__init__(**traits)
        self.observe(lambda _change: self._on_wish(), ["dark", "room"])
        on_message(self, self._download, {"download": str})
        if found is not None:
            self.show(found)

    def on_wish(self, callback: Callable[[], None]) -> None:
        """Call this, and not `show`, when the picture must be drawn for another page."""
        self._on_wish = callback

    def on_select(self, callback: Callable[[Any], None]) -> None:
        """Call ``callback(label)`` when a run is chosen; the label of its row in the frame."""

        def receive(select: int, drawing: int) -> None:
            # By the number of the drawing: the picture may have changed since it was pressed.
            if self._found is None or drawing != self.frame.get("drawing"):
                return
            if 0 <= select < len(self._found.x):
                self._label = self._found.data.labels[select]
                self.chosen = select
                callback(self._label)

        on_message(self, receive, {"select": int, "drawing": int})

    def show(self, found: Regression) -> None:
        """Draw a regression; `ValueError` if it is none."""
        from ncviz.figures.regression import a_regression

        frame = self._frame(a_regression("found", found))
        again = np.flatnonzero(found.data.labels == self._label)
        chosen = int(again[0]) if self._label is not None and len(again) else -1
        self.change(chosen=chosen, frame=frame)
        self._found = found

    def clear(self) -> None:
        """Take the picture away: there is nothing to draw a line through."""
        self._found = None
        self.change(frame={}, chosen=-1)

    def _settled(self) -> Any:
        from ncviz.figures.regression import regression

        return None if self._found is None else figure_of(regression(self._found))

    def _draw_again(self) -> None:
        if self._found is not None:
            self.show(self._found)

    def _download(self, download: str) -> None:
        from ncviz import figures

        if self._found is not None and download in FILES:
            data = getattr(figures, download)(self.figure())
            self.save(f"ncviz-regression.{download}", FILES[download], data)

    def _frame(self, found: Regression) -> Frame:
        from ncviz import figures
        from ncviz.figures.parts.regression_parts import title_of
        from ncviz.figures.regression import draw, panes_of

        style = figures.DARK if self.dark else figures.LIGHT
        panes = panes_of(self.room / DOTS, found, style)
        draw(panes, found, style)
        figure = figure_of(panes.main)
        width, height = (round(side * DOTS) for side in figure.get_size_inches())
        scale = in_points(found.terms.predictor)
        at = panes.main.transData.transform(np.column_stack([scale * found.x, found.y]))
        at = at * DOTS / figure.dpi
        names, cell = _cells(found)
        frame = found.data.frame
        run = frame["run"] if "run" in frame else np.arange(len(frame))
        caption = slope_in_words(found)
        return {
            "drawing": int(self.frame.get("drawing", 0)) + 1,
            "png": figures.png(figure, dpi=SHARPNESS * DOTS),
            "width": width,
            "height": height,
            # From the left and from the top, in CSS pixels.
            "left": packed(at[:, 0]),
            "top": packed(height - at[:, 1]),
            "x": packed(scale * found.x),
            "y": packed(found.y),
            "run": packed(run),
            "cell": packed(cell),
            "cells": names,
            "names": [named(found.terms.predictor), named(found.terms.outcome)],
            "unit": " %" if scale == 100 else "",
            "title": title_of(found),
            "alt": f"{len(found.x)} runs. {caption}",
            "caption": caption,
        }


def _cells(found: Regression) -> tuple[list[str], Any]:
    """The experiments of the runs in words, and which of them each run belongs to."""
    frame = found.data.frame
    names = [name for name in Experiment.__dataclass_fields__ if name in frame]
    names = [name for name in names if name == found.within or frame[name].nunique() > 1]
    if not names:
        return [""], np.zeros(len(frame))
    kinds = frame[names].drop_duplicates().sort_values(names).itertuples(index=False, name=None)
    told = []
    for kind in kinds:
        texts = (value if isinstance(value, str) else f"{value:g}" for value in kind)
        told.append(", ".join(f"{named(k)} {text}" for k, text in zip(names, texts, strict=True)))
    return told, frame.groupby(names, sort=True).ngroup().to_numpy()
