"""What every live view of an experiment has in common."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import traitlets
from ipywidgets import Widget

from ncviz.basics.checks import short
from ncviz.inference import Estimate
from ncviz.results.result import Moment
from ncviz.widgets.parts.door import PageWidget

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Frame = dict[str, Any]

_STATIC = Path(__file__).parents[1] / "static"


def esm(*names: str) -> str:
    """Join scripts into one module."""
    return _joined(f"{name}.js" for name in ("kernel", *names))


def css(*names: str) -> str:
    """Join style sheets."""
    return _joined(f"{name}.css" for name in names)


def _joined(files: Iterable[str]) -> str:
    return "\n".join((_STATIC / file).read_text(encoding="utf-8") for file in files)


class Shown(PageWidget):
    """A picture that says what it shows, and that `ncviz.figures` draws, too."""

    UNSHOWN = "moment must be shown before there is a figure of it"
    FIGURE = ""
    """The function of `ncviz.figures` that draws it settled."""

    # The whole picture as numbers, bytes and words, sent to the browser at once.
    frame = traitlets.Dict().tag(sync=True)

    def describe(self) -> str:
        """What the picture shows now, as one sentence; empty without a picture."""
        return str(self.frame.get("caption", ""))

    def figure(self) -> "Figure":
        """The same picture, settled, of `ncviz.figures`; `ValueError` if nothing was shown yet."""
        if (figure := self._settled()) is None:
            raise ValueError(self.UNSHOWN)
        return figure

    def close(self) -> None:
        """Free the view and its layout."""
        close_with_layout(self)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle = super()._repr_mimebundle_(**options)
        figure = self._settled() if self.frame else None
        return bundle if figure is None else with_picture(bundle, lambda: figure)

    def _tell(self, frame: Frame) -> None:
        """Another thing is shown."""
        self.frame = frame

    def _settled(self) -> "Figure | None":
        """The figure; None if nothing has been shown yet."""
        raise NotImplementedError

    def _by_figure(self, *what: Any, **how: Any) -> Any:
        """The axes that `FIGURE` draws; only now is matplotlib loaded."""
        from ncviz import figures

        return getattr(figures, self.FIGURE)(*what, **how)


class View(Shown):
    """A live picture of one moment of an experiment.

    Parameters
    ----------
    moment : Snapshot or Result, optional
        What to show at first; an empty picture without it.
    """

    CHOICES: ClassVar[Sequence[str]] = ()
    """Traits by which the user chooses what of the moment to look at."""

    def __init__(self, moment: Moment | None = None, **traits: Any) -> None:
        self._moment: Moment | None = None
        self._on_choice: Callable[[], None] = self._show_again
        super().__init__(**traits)
        if self.CHOICES:
            self.observe(lambda _change: self._on_choice(), self.CHOICES)
        if moment is not None:
            self.show(moment)

    def show(self, moment: Moment, rough: bool = False, numbers: Moment | None = None) -> None:
        """Draw a snapshot or a result; `ValueError` if it is neither.

        A `rough` picture is marked as an answer from fewer runs. `numbers` is a slightly earlier
        moment of the same training, whose numbers stand in the words: intervals cost more than all
        curves together, and nobody reads thirty a second.
        """
        if not isinstance(moment, Moment):
            raise ValueError(f"moment must be a Snapshot or a Result, not {short(moment)}")
        self._moment = moment
        frame = self._frame(moment, numbers or moment)
        self._tell({**frame, "rough": rough, "runs": runs_used(moment)})

    def on_choice(self, callback: Callable[[], None]) -> None:
        """Call this, and not `show`, when the user has chosen something else to look at."""
        self._on_choice = callback

    def _show_again(self) -> None:
        if self._moment is not None:
            self.show(self._moment, self.frame["rough"])

    def _settled(self) -> "Figure | None":
        return None if self._moment is None else figure_of(self._drawn(self._moment))

    def _drawn(self, moment: Moment) -> Any:
        return self._by_figure(moment)

    def _frame(self, moment: Moment, numbers: Moment) -> Frame:
        raise NotImplementedError


def runs_used(moment: Moment) -> int:
    """Of how many runs the numbers are: those that did not diverge."""
    return moment.experiment.runs - int(moment.per_run.diverged.sum())


def close_with_layout(widget: Widget) -> None:
    """Close a widget and its layout, which ipywidgets leaves open."""
    layout = widget.layout
    Widget.close(widget)
    if layout is not None:
        layout.close()


def with_picture(bundle: Any, draw: "Callable[[], Figure]") -> Any:
    """What a view puts into a notebook, and its picture, for where there is no kernel or widget."""
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
