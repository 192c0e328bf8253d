"""Why a regression should be doubted: sentences, and details that are folded away."""

from collections.abc import Callable, Generator, Sequence
from typing import Any

from ncviz.regression import Regression
from ncviz.widgets.fold import Fold
from ncviz.widgets.pictures import Pictures
from ncviz.widgets.statement import Statement
from ncviz.widgets.view import figure_of

SHARPNESS, DOTS = 2, 96
"""Pixels of a picture for each CSS pixel; CSS pixels an inch."""

NO_PARTS = "This needs S and errors from halves of the held-out points, for enough runs."

ADDS = (
    "How much of the variance of the error on other points, beyond hidden size, is known from "
    "what stands on the left, without S and with it."
)
PARTS = (
    "S is the sum of two parts: what the accuracy of each head alone would give (the product of "
    "the marginals), and what is beyond it. Slopes add up too."
)


class RegressionDoubts:
    """The sentences of a regression, and three folds with its details.

    Parameters
    ----------
    on_wish : callable
        Called when the user has opened the pictures, so that they must be drawn.

    Attributes
    ----------
    sentences : Statement
    folds : list of Fold
    """

    def __init__(self, on_wish: Callable[[], None]) -> None:
        self.sentences = Statement("What it shows, and why to doubt it")
        self.parts = Statement("What of the slope is arithmetic")
        self.rivals = Statement("What S adds")
        self.pictures = Pictures()
        self.fold = Fold("Residuals, and runs that pull at the line", [self.pictures])
        self.fold.button.observe(lambda _change: on_wish(), "opened")
        self._drawn: tuple[Regression, bool] | None = None
        self.folds = [
            Fold("What of the slope is arithmetic?", [self.parts]),
            Fold("What does S add to what is known anyway?", [self.rivals]),
            self.fold,
        ]
        for fold in self.folds:
            fold.add_class("ncviz-regression-fold")

    def clear(self, text: str) -> None:
        """Say why there is nothing."""
        for statement in (self.sentences, self.parts, self.rivals):
            statement.fill([text])
        self.pictures.pictures, self._drawn = [], None

    def fill(self, found: Regression, dark: bool) -> Generator[None, None, None]:
        """Say everything about a regression, the quick things first, on the worker."""
        from ncviz.widgets.regression_words import part_table, rival_table

        self.sentences.fill(["Being worked out…"])
        rows = found.parts
        self.parts.fill(*([[NO_PARTS]] if rows is None else [[PARTS], *part_table(rows)]))
        yield
        rows = found.rivals
        self.rivals.fill(*([[NO_PARTS]] if rows is None else [[ADDS], *rival_table(rows)]))
        yield
        yield from self._draw(found, dark)
        self.sentences.fill(found.sentences[1:])  # the first one stands below the picture

    def _draw(self, found: Regression, dark: bool) -> Generator[None, None, None]:
        if not self.fold.opened or self._drawn == (found, dark):
            return
        from ncviz import figures
        from ncviz.figures.diagnostics import influences, residuals

        self.pictures.note = "drawing…"
        drawn: list[dict[str, Any]] = []
        for name, draw in (("residuals", residuals), ("influences", influences)):
            ax = draw(found, style=figures.DARK if dark else figures.LIGHT)
            figure = figure_of(ax)
            width, height = figure.get_size_inches()
            title = ax.get_title(loc="left")
            drawn.append(
                {
                    "id": name,
                    "title": title,
                    "caption": "",
                    "alt": f"{title}. {_words_of(ax.texts)}",
                    "png": figures.png(figure, dpi=SHARPNESS * DOTS),
                    "width": round(width * DOTS),
                    "height": round(height * DOTS),
                }
            )
            yield
        self.pictures.pictures, self.pictures.note = drawn, ""
        self._drawn = (found, dark)


def _words_of(texts: Sequence[Any]) -> str:
    """The notes of a picture: the first of its texts."""
    return str(texts[0].get_text()).replace("\n", " ") if texts else ""
