"""What every live view of an experiment has in common."""

import sys
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import traitlets
from ipywidgets import Widget

from ncviz.basics.checks import short
from ncviz.inference import Estimate
from ncviz.results.result import Moment
from ncviz.widgets.parts.door import PageWidget

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_STATIC = Path(__file__).parents[1] / "static"


def _joined(names: tuple[str, ...], suffix: str) -> str:
    return "\n".join((_STATIC / f"{name}{suffix}").read_text(encoding="utf-8") for name in names)


def esm(*names: str) -> str:
    """Join scripts into one module."""
    return _joined(("kernel", *names), ".js")


def css(*names: str) -> str:
    """Join style sheets."""
    return _joined(names, ".css")


class Run(NamedTuple):
    """One run of a cell."""

    cell: str
    request: str


_MADE: WeakKeyDictionary[Widget, Run] = WeakKeyDictionary()
"""In which run each was made; of those that are still there."""


def close_former(widget: Widget, run: Run | None) -> None:
    """Close what the cell that made this widget made when it was run before.

    What the same run made beside it stays open, as does what other cells made. Where nothing tells
    which cell it was, as outside of notebooks, all stay open.

    Parameters
    ----------
    widget : Widget
        One that stands by itself, and is no part of another.
    run : Run, optional
        In which it was made.
    """
    if run is None:
        return
    for other, made in list(_MADE.items()):
        if made.cell == run.cell and made.request != run.request:
            _MADE.pop(other, None)
            other.close()
    _MADE[widget] = run


def this_run() -> Run | None:
    """The run of a cell that is under way; None where that is not known.

    JupyterLab, Notebook 7 and VS Code send the cell's id with what is to be run.
    """
    # Whoever runs in a kernel has loaded it.
    ipython = sys.modules.get("IPython")
    shell: Any = ipython.get_ipython() if ipython else None
    request: Any = shell.get_parent() if hasattr(shell, "get_parent") else {}
    cell = (request.get("metadata") or {}).get("cellId")
    number = (request.get("header") or {}).get("msg_id")
    return Run(cell, number) if isinstance(cell, str) and isinstance(number, str) else None


Frame = dict[str, Any]


class View(PageWidget):
    """A live picture of one moment of an experiment.

    Parameters
    ----------
    moment : Snapshot or Result, optional
        What to show at first; an empty picture without it.

    Attributes
    ----------
    frame : dict
        The whole picture as numbers and bytes, sent to the browser at once.
    """

    frame = traitlets.Dict().tag(sync=True)

    def __init__(self, moment: Moment | None = None, **traits: Any) -> None:
        self._moment: Moment | None = None
        super().__init__(**traits)
        if moment is not None:
            self.show(moment)

    def show(self, moment: Moment, rough: bool = False, numbers: Moment | None = None) -> None:
        """Draw a snapshot or a result.

        Parameters
        ----------
        moment : Snapshot or Result
        rough : bool
            Mark the picture as a rough answer from fewer runs.
        numbers : Snapshot or Result, optional
            A slightly earlier moment of the same training, whose numbers stand in the words. Its
            intervals cost more than all curves together, and nobody reads thirty a second.

        Raises
        ------
        ValueError
            If it is neither a snapshot nor a result.
        """
        if not isinstance(moment, Moment):
            raise ValueError(f"moment must be a Snapshot or a Result, not {short(moment)}")
        self._moment = moment
        frame = self._frame(moment, numbers or moment)
        runs = moment.experiment.runs - int(moment.per_run.diverged.sum())
        self.frame = {**frame, "rough": rough, "runs": runs}

    def describe(self) -> str:
        """What the picture shows now, as one sentence; empty without a picture."""
        return str(self.frame.get("caption", ""))

    def figure(self) -> "Figure":
        """The same picture, settled: drawn by `ncviz.figures`.

        Raises
        ------
        ValueError
            If nothing has been shown yet.
        """
        if self._moment is None:
            raise ValueError("moment must be shown before there is a figure of it")
        return self._drawn(self._moment)

    def close(self) -> None:
        """Free the view and its layout."""
        close_with_layout(self)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle = super()._repr_mimebundle_(**options)
        return with_picture(bundle, self.figure) if self._moment is not None else bundle

    def _drawn(self, moment: Moment) -> "Figure":
        raise NotImplementedError

    def _frame(self, moment: Moment, numbers: Moment) -> Frame:
        raise NotImplementedError


def close_with_layout(widget: Widget) -> None:
    """Close a widget and its layout, which ipywidgets leaves open."""
    layout = widget.layout
    Widget.close(widget)
    if layout is not None:
        layout.close()


def with_picture(bundle: Any, draw: "Callable[[], Figure]") -> Any:
    """What a view puts into a notebook, and its settled picture beside it.

    For a notebook that is opened without a kernel, and where no widget can load.
    """
    if bundle is None:
        return None
    from ncviz import figures

    data, about = bundle
    return {**data, "image/png": as_text(figures.png(draw()))}, about


def packed(values: object) -> bytes:
    """Numbers as little-endian float32 bytes, a twentieth of the cost of JSON."""
    return np.ascontiguousarray(values, dtype="<f4").tobytes()


def triple(estimate: Estimate) -> list[float | None]:
    """Value and interval for JSON, which has no NaN."""
    three = (estimate.value, estimate.low, estimate.high)
    return [x if np.isfinite(x) else None for x in three]


def as_text(picture: bytes) -> str:
    """A picture as outputs of a notebook hold it."""
    return b64encode(picture).decode()


def figure_of(axes: "Axes") -> "Figure":
    """The figure that some axes are in."""
    figure = axes.get_figure(root=True)
    assert figure is not None  # ours are made with one
    return figure
