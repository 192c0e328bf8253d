"""Why a regression should be doubted: sentences, and details that are folded away."""

from collections.abc import Callable, Generator, Iterable
from typing import Any

import numpy as np

from ncviz.inference import Estimate, format_number
from ncviz.regression import Regression
from ncviz.regression.words import in_points, p_value
from ncviz.sweeps.grid import neurons
from ncviz.widgets.parts.layout import Fold, Statement
from ncviz.widgets.parts.settled import Drawing, PictureFold

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
    """The sentences of a regression, and three folds with its details."""

    def __init__(self, on_wish: Callable[..., None]) -> None:
        self.sentences = Statement("What it shows, and why to doubt it")
        self.parts = Statement("What of the slope is arithmetic")
        self.rivals = Statement("What S adds")
        self.fold = PictureFold("Residuals, and runs that pull at the line", on_wish)
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
        self.fold.clear()

    def fill(self, found: Regression) -> Generator[None, None, None]:
        """Say everything about a regression, the quick things first, on the worker."""
        self.sentences.fill(["Being worked out…"])
        rows = found.parts
        self.parts.fill(*([[NO_PARTS]] if rows is None else [[PARTS], *part_table(rows)]))
        yield
        rows = found.rivals
        self.rivals.fill(*([[NO_PARTS]] if rows is None else [[ADDS], *rival_table(rows)]))
        yield
        yield from self.fold.draw(found, _drawings)
        self.sentences.fill(found.sentences[1:])  # the first one stands below the picture


def _drawings() -> Iterable[Drawing]:
    from ncviz.figures.regression import influences, residuals

    yield "residuals", residuals, _told
    yield "influences", influences, _told


def _told(axes: Any) -> dict[str, Any]:
    """The words of a picture: its title, and its notes, which are the first of its texts."""
    notes = axes.texts[0].get_text().replace("\n", " ") if axes.texts else ""
    return {"caption": "", "alt": f"{axes.get_title(loc='left')}. {notes}"}


Rows = list[list[str]]

NARROW = "\u202f"  # a space at which no line breaks

PART_NAMES = {
    "S, same points": "S, same points for both",
    "S, different points": "S, different points",
    "product of the marginals": "of which: accuracy of the two heads alone",
    "S beyond the product": "of which: S beyond that",
}

GIVEN_NAMES = {
    "nothing": "nothing",
    "product of the marginals": "the product of the marginals",
    "joint success rate": "how often both heads are right",
    "both of them": "both of these",
    "error of the first half": "the error of S’s own half",
    "all three": "all three",
}


def slope_table(found: Regression) -> tuple[list[str], Rows]:
    """Columns and rows: slopes over all runs, within, and of each size; split and not."""
    scale = 1 / in_points(found.terms.predictor)
    tables = [found.slopes] if found.split is None else [found.split.slopes, found.slopes]
    names = ["different points", "same points"][-len(tables) :]
    rows = [
        [_row_name(found, name), *(_slope(table.loc[name], scale) for table in tables)]
        for name in found.slopes.index
    ]
    return ["S per point of error", *names], rows


def part_table(parts: Any) -> tuple[list[str], Rows]:
    """What of the slope is arithmetic: over all runs, and within sizes."""
    prefixes = ["", "within_"] if "within_slope" in parts.columns else [""]
    rows = [
        [text, *(_slope(parts.loc[name], 0.01, prefix) for prefix in prefixes)]
        for name, text in PART_NAMES.items()
    ]
    return ["slope, per point of error", "all runs", "within sizes"][: len(rows[0])], rows


def rival_table(rivals: Any) -> tuple[list[str], Rows]:
    """How much of the error on other points is known without S, and with it."""
    rows = []
    for name, text in GIVEN_NAMES.items():
        rival = rivals.loc[name]
        shares = (f"{100 * x:.1f}{NARROW}%" for x in (rival.share_without, rival.share_with))
        rows.append([text, *shares, p_value(rival.p)])
    return ["known already", "explained without S", "with S", "does S add?"], rows


def _slope(row: Any, scale: float, prefix: str = "") -> str:
    value, low, high = (float(row[prefix + name]) * scale for name in ("slope", "low", "high"))
    if not np.isfinite(value):
        return "–"
    if not np.isfinite(low):
        return format_number(value, ".3f")
    # An interval stays on one line, so that a narrow table breaks before it.
    return format(Estimate(value, low, high, 0), ".3f").replace(", ", f",{NARROW}")


def _row_name(found: Regression, name: str) -> str:
    if name == "within":
        return "within sizes"
    size = name.removeprefix(f"{found.within} ")
    return neurons(int(size)).replace("hidden ", "") if size != name else name
