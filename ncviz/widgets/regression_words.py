"""The tables of a regression as text."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ncviz.inference import Estimate, format_number
from ncviz.regression import Regression
from ncviz.regression.words import in_points, p_value
from ncviz.sweeps.groups import neurons

if TYPE_CHECKING:
    import pandas as pd

Rows = list[list[str]]

NARROW = "\u202f"
"""A space at which no line breaks."""

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
    """Columns and rows: slopes over all runs, within, and of each size; split and not.

    Parameters
    ----------
    found : Regression
        On the same points.

    Returns
    -------
    tuple
        Slopes are those of S for one percentage point more error.
    """
    scale = 1 / in_points(found.terms.predictor)
    tables = [found.slopes] if found.split is None else [found.split.slopes, found.slopes]
    names = ["different points", "same points"][-len(tables) :]
    rows = [
        [_row_name(found, name), *(_slope(table.loc[name], scale) for table in tables)]
        for name in found.slopes.index
    ]
    return ["S per point of error", *names], rows


def part_table(parts: "pd.DataFrame") -> tuple[list[str], Rows]:
    """What of the slope is arithmetic: over all runs, and within sizes."""
    rows = [
        [text, *(_slope(parts.loc[name], 0.01, prefix) for prefix in _prefixes(parts))]
        for name, text in PART_NAMES.items()
    ]
    return ["slope, per point of error", "all runs", "within sizes"][: len(rows[0])], rows


def rival_table(rivals: "pd.DataFrame") -> tuple[list[str], Rows]:
    """How much of the error on other points is known without S, and with it."""
    rows = [
        [
            text,
            f"{100 * rivals.loc[name].share_without:.1f}{NARROW}%",
            f"{100 * rivals.loc[name].share_with:.1f}{NARROW}%",
            p_value(rivals.loc[name].p),
        ]
        for name, text in GIVEN_NAMES.items()
    ]
    return ["known already", "explained without S", "with S", "does S add?"], rows


def _prefixes(parts: "pd.DataFrame") -> list[str]:
    return ["", "within_"] if "within_slope" in parts.columns else [""]


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
