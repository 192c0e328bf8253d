"""Where S is a useful guide: the size at which it first reaches 2 beside the best size."""

from typing import TYPE_CHECKING, Any

import traitlets

from ncviz.regression import Guide, guide
from ncviz.sweeps.frames import Sweep
from ncviz.sweeps.grid import in_words as joined
from ncviz.sweeps.grid import others_of
from ncviz.widgets.parts.door import PageWidget
from ncviz.widgets.parts.view import Frame, close_with_layout, css, esm, figure_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class GuideView(PageWidget):
    """Show, for each pairing or rate of a sweep, where S first reaches 2 and the best size.

    Parameters
    ----------
    sweep : Sweep, optional
        Over `hidden`, with at least two finished sizes; an empty picture without it.

    Attributes
    ----------
    frame : dict
        The whole picture as numbers, sent to the browser at once.

    Examples
    --------
    >>> from ncviz import Experiment, sweep
    >>> from ncviz.widgets.views.guide import GuideView
    >>> view = GuideView(sweep(Experiment(runs=8, steps=300), hidden=[1, 2], progress=False))
    >>> view.frame["sizes"]
    [1, 2]
    >>> view.close()
    """

    _esm = esm("base", "guide_view")
    _css = css("base", "statement", "guide_view")

    frame = traitlets.Dict().tag(sync=True)

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

        guides = guide(sweep)
        sizes = sorted({size for one in guides for size in one.sizes})
        frame: Frame = {
            "sizes": sizes,
            "name": joined(others_of(sweep, ("hidden",))),
            "rows": [_numbers(one) for one in guides],
            "caption": in_words(guides),
        }
        self._guides = guides
        self.frame = frame if guides else {}

    def clear(self) -> None:
        """Take the picture away."""
        self._guides, self.frame = [], {}

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
        from ncviz.figures.guide import guide as draw

        if not self._guides:
            raise ValueError("sweep must be shown before there is a figure of it")
        return figure_of(draw(self._guides))

    def close(self) -> None:
        """Free the view and its layout."""
        close_with_layout(self)


def _numbers(one: Guide) -> dict[str, Any]:
    least = one.error[one.sizes.index(one.best)]
    cost = one.cost
    return {
        "label": one.label,
        "reaches": one.reaches,
        "best": one.best,
        "good": one.good,
        "error": f"{100 * least.value:.1f} %",
        "cost": "–" if cost is None else f"{100 * cost.value:.1f}",
        "said": one.sentence,
    }
