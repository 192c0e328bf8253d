"""What every live view of an experiment has in common."""

from typing import Any

import anywidget
import numpy as np
import traitlets
from ipywidgets import Widget

from ncviz.inference import Estimate
from ncviz.result import Moment

Frame = dict[str, Any]


class View(anywidget.AnyWidget):
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
        super().__init__(**traits)
        if moment is not None:
            self.show(moment)

    def show(self, moment: Moment, rough: bool = False) -> None:
        """Draw a snapshot or a result.

        Parameters
        ----------
        moment : Snapshot or Result
        rough : bool
            Mark the picture as a rough answer from fewer runs.

        Raises
        ------
        ValueError
            If it is neither a snapshot nor a result.
        """
        if not isinstance(moment, Moment):
            raise ValueError(f"moment must be a Snapshot or a Result, not {moment!r}")
        frame = self._frame(moment)
        self.frame = {**frame, "rough": rough, "runs": moment.s.n}

    def describe(self) -> str:
        """What the picture shows now, as one sentence; empty without a picture."""
        return str(self.frame.get("caption", ""))

    def close(self) -> None:
        """Free the view and its layout."""
        close_with_layout(self)

    def _frame(self, moment: Moment) -> Frame:
        raise NotImplementedError


def close_with_layout(widget: Widget) -> None:
    """Close a widget and its layout, which ipywidgets leaves open."""
    layout = widget.layout
    Widget.close(widget)
    if layout is not None:
        layout.close()


def packed(values: object) -> bytes:
    """Numbers as little-endian float32 bytes, a twentieth of the cost of JSON."""
    return np.ascontiguousarray(values, dtype="<f4").tobytes()


def triple(estimate: Estimate) -> list[float | None]:
    """Value and interval for JSON, which has no NaN."""
    three = (estimate.value, estimate.low, estimate.high)
    return [x if np.isfinite(x) else None for x in three]
