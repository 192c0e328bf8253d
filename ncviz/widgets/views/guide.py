"""Where S is a useful guide: the size at which it first reaches 2 beside the best size."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from ncviz.regression import Guide, guide
from ncviz.sweeps.frames import Sweep
from ncviz.sweeps.grid import in_words as joined
from ncviz.sweeps.grid import others_of
from ncviz.widgets.parts.settled import PictureView, Target, boxes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ncviz.figures.parts.style import Style


class GuideView(PictureView):
    """Show, for each pairing or rate of a sweep, where S first reaches 2 and the best size.

    Parameters
    ----------
    sweep : Sweep, optional
        Over `hidden`, with at least two finished sizes; an empty picture without it.

    Examples
    --------
    >>> from ncviz import Experiment, sweep
    >>> from ncviz.widgets.views.guide import GuideView
    >>> view = GuideView(sweep(Experiment(runs=8, steps=300), hidden=[1, 2], progress=False))
    >>> view.frame["table"]["head"][1]
    'S reaches 2 at'
    >>> view.close()
    """

    SUBJECT = "sweep"
    ABOUT: ClassVar = {
        "title": "Where is S a useful guide?",
        "waiting": "needs a sweep over at least two sizes",
        "kind": "cells",
        "parts": "Rows; the up and down arrow keys go from one to the next",
        "hint": "Point at a row, or go through the rows with the arrow keys.",
    }

    def __init__(self, sweep: Sweep | None = None, **traits: Any) -> None:
        self._guides: list[Guide] = []
        super().__init__(**traits)
        self.add_class("ncviz-guide-view")
        if sweep is not None:
            self.show(sweep)

    def show(self, sweep: Sweep) -> None:
        """Draw a sweep as far as it is finished.

        Raises
        ------
        ValueError
            As `ncviz.regression.guide` does.
        """
        from ncviz.figures.guide import in_words

        guides = self._guides = guide(sweep)
        if not guides:
            self._tell({})
            return
        head = [
            *(joined(others_of(sweep, ("hidden",))) or "sweep", "S reaches 2 at", "least error at"),
            *("good from", "least error", "error at S = 2, more by (points)"),
        ]
        table = {"head": head, "rows": [_row(one) for one in guides]}
        self._tell({"table": table, "caption": in_words(guides)})

    def clear(self) -> None:
        """Take the picture away."""
        self._guides = []
        self._tell({})

    def _axes(self, style: "Style") -> "Axes":
        from ncviz.figures.guide import guide as draw

        return draw(self._guides, style=style)

    def _targets(self, axes: "Axes") -> Iterable[Target]:
        left, right = axes.get_xlim()
        for row, one in enumerate(self._guides):
            at = boxes(axes, [(left, row - 0.5, right, row + 0.5)])
            yield Target(one.sentence, at)


def _row(one: Guide) -> list[str]:
    least = one.error[one.sizes.index(one.best)]
    return [
        one.label or "all runs",
        "never" if one.reaches is None else str(one.reaches),
        str(one.best),
        str(one.good),
        f"{100 * least.value:.1f} %",
        "–" if one.cost is None else f"{100 * one.cost.value:.1f}",
    ]
