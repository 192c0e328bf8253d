"""S at each rank of the adapter that has been tried."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import traitlets

from ncviz.bert.ranks import Rank, draw
from ncviz.bert.result import LoraResult
from ncviz.inference import format_number
from ncviz.widgets.parts.door import PageWidget
from ncviz.widgets.parts.view import Frame, close_with_layout, css, esm, figure_of, triple

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class LoraRanksView(PageWidget):
    """Show S against the rank, beside the product baseline and S on the training texts.

    Attributes
    ----------
    frame : dict
        The whole picture as numbers, sent to the browser at once.

    Examples
    --------
    >>> from ncviz.bert.explorer.ranks_view import LoraRanksView
    >>> view = LoraRanksView()
    >>> view.describe()
    ''
    >>> view.close()
    """

    _esm = esm("base", "lora_ranks_view")
    _css = css("base", "s_view", "lora_ranks_view")

    frame = traitlets.Dict().tag(sync=True)

    def __init__(self) -> None:
        self._ranks: list[Rank] = []
        super().__init__()
        self.add_class("ncviz-lora-ranks")

    def show(self, results: Sequence[LoraResult], here: int) -> None:
        """Draw the answers of experiments that differ in their rank only.

        Parameters
        ----------
        results : sequence of LoraResult
            Nothing is drawn without any.
        here : int
            The rank that the controls show.
        """
        self._ranks = sorted(map(rank_of, results), key=lambda found: found.rank)
        if not self._ranks:
            self.frame = {}
            return
        frame: Frame = {
            "ranks": [r.rank for r in self._ranks],
            "here": here,
            "S": [triple(r.S) for r in self._ranks],
            "train": [triple(r.S_train) for r in self._ranks],
            "product": [triple(r.S_product) for r in self._ranks],
            "each": [list(r.runs) for r in self._ranks],
            "runs": results[0].experiment.runs,
            "caption": _sentence(self._ranks),
        }
        self.frame = frame

    def describe(self) -> str:
        """What the picture shows now, as one sentence; empty without a picture."""
        return str(self.frame.get("caption", ""))

    def figure(self, note: str = "") -> "Figure":
        """The same picture, settled: drawn by `ncviz.bert.ranks.draw`.

        Parameters
        ----------
        note : str
            A line above the picture.

        Raises
        ------
        ValueError
            If there is no rank yet.
        """
        return figure_of(draw(self._ranks, note))

    def close(self) -> None:
        """Free the view and its layout."""
        close_with_layout(self)


def rank_of(result: LoraResult) -> Rank:
    """The numbers of one rank, from its answer."""
    summary, shares = result.summary, result.accuracy
    return Rank(
        result.experiment.rank,
        result.s,
        result.s_train,
        result.s_product,
        summary.delta,
        summary.D,
        float(shares["accuracy"].mean()),
        float(shares["majority"].mean()),
        summary.diverged,
        tuple(result.runs.loc[~result.runs["diverged"], "S"].tolist()),
    )


def _sentence(ranks: Sequence[Rank]) -> str:
    known = [r for r in ranks if np.isfinite(r.S.value)]
    if not known:
        return "Every run has diverged: there is no S."
    if len(known) == 1:
        (only,) = known
        return f"At rank {only.rank} S is {only.S}. Move the rank to see others beside it."
    best = max(known, key=lambda r: r.S.value)
    above = [str(r.rank) for r in known if r.S.low > 2]
    passes = f"It passes 2 at rank {', '.join(above)}." if above else "It clearly passes 2 nowhere."
    return (
        f"Of the {len(known)} ranks tried with these settings S is largest at {best.rank}: "
        f"{best.S}, against {format_number(best.S_product.value)} without correlation. {passes}"
    )
