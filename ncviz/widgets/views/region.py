"""Where the network stands among all that is possible, and beside published experiments."""

from typing import TYPE_CHECKING

import numpy as np

from ncviz.bell import ALGEBRAIC_BOUND, CLASSICAL_BOUND, TSIRELSON_BOUND
from ncviz.meaning.evidence import Place, place_sentence, place_words, reference_words, references
from ncviz.results.result import Moment
from ncviz.widgets.parts.view import Frame, View, css, esm, figure_of, packed, triple

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class RegionView(View):
    """Show the network in the plane of two CHSH forms, and its S against its signalling.

    Parameters
    ----------
    moment : Snapshot or Result, optional
        What to show at first.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.widgets.views.region import RegionView
    >>> view = RegionView(Experiment(runs=20, steps=50).run())
    >>> "the network stands inside the local square" in view.describe()
    True
    >>> view.close()
    """

    _esm = esm("base", "region_marks", "region_view")
    _css = css("base", "s_view", "region_view")

    def _frame(self, moment: Moment, numbers: Moment) -> Frame:
        place = Place.of(numbers)
        known = bool(np.isfinite(place.y.value))
        return {
            "bounds": [CLASSICAL_BOUND, TSIRELSON_BOUND, ALGEBRAIC_BOUND],
            "net": {
                "x": triple(place.x),
                "y": triple(place.y),
                "delta": triple(place.delta),
                "s_odd": triple(place.s_odd),
                "D": triple(place.D),
                "words": place_words(place) if known else "",
            },
            "cloud": packed(place.runs),
            "marks": [
                {
                    "name": one.name,
                    "published": one.published,
                    "x": one.x,
                    "y": one.y,
                    "delta": one.delta,
                    "s_odd": one.s_odd,
                    "error": one.error,
                    "D": one.D,
                    "words": reference_words(one),
                }
                for one in references()
            ],
            "caption": place_sentence(numbers.summary, place),
        }

    def _drawn(self, moment: Moment) -> "Figure":
        from ncviz.figures.region import regions

        return figure_of(regions(moment))
