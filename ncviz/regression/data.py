"""The rows that a regression uses, and those that it must leave out."""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.checks import cut, short
from ncviz.basics.handing import hands_out
from ncviz.regression.formulas import BUILTINS, FUNCTIONS, names, parsed, read

if TYPE_CHECKING:
    import pandas as pd

LEAST_ROWS = 4
"""A line through three points has one degree of freedom left; no interval is worth showing."""


@hands_out("frame", "labels", "clusters")
@dataclass(frozen=True)
class Data:
    """Rows without gaps, numbered anew."""

    frame: "pd.DataFrame"
    labels: "NDArray[np.object_]"  # of each row, in the frame that was given
    clusters: NDArray[np.intp]  # rows with the same seed and run: the same points and order
    left_out: int  # rows with a number missing
    diverged: int  # those of them whose training diverged

    @property
    def n_clusters(self) -> int:
        """How many pairs of seed and run there are."""
        return len(np.unique(self.clusters))

    @classmethod
    def of(cls, frame: "pd.DataFrame", columns: Sequence[str]) -> "Data":
        """Take the rows in which all of some columns are there and finite."""
        frame = frame.assign(**{name: plain(frame[name]) for name in frame.columns})
        asked = frame[list(columns)]
        good = (asked.notna() & ~asked.isin([np.inf, -np.inf])).all(axis=1).to_numpy()
        diverged = 0
        if "diverged" in frame and frame["diverged"].dtype.kind in "biu":
            diverged = int((frame["diverged"].to_numpy(dtype=bool) & ~good).sum())
        used = frame[good]
        if len(used) < LEAST_ROWS:
            raise ValueError(
                f"frame has {len(used)} usable rows ({diverged} diverged, "
                f"{int((~good).sum()) - diverged} others have gaps); "
                f"a regression needs at least {LEAST_ROWS} runs"
            )
        known = [name for name in ("seed", "run") if name in used]
        clusters = (
            used.groupby(known, sort=False, dropna=False).ngroup().to_numpy()
            if "run" in known
            else np.arange(len(used))
        )
        left_out = int((~good).sum())
        return cls(used.reset_index(drop=True), used.index.to_numpy(), clusters, left_out, diverged)

    def part(self, rows: NDArray[np.bool_]) -> "Data":
        """Some of the rows."""
        return Data(
            self.frame[rows].reset_index(drop=True), self.labels[rows], self.clusters[rows], 0, 0
        )


def plain(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """A column as NumPy has it: numbers and truth values as they are, all else as texts.

    Patsy and statsmodels do not know pandas' own types: nullable, of PyArrow, categories.
    """
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf":
        return column
    known = column.dropna()
    numbers = all(isinstance(value, Real) for value in known)
    if numbers and len(known) == len(column):
        with suppress(OverflowError, ValueError):
            return pd.Series(np.array(known.tolist()), column.index).infer_objects()
    if numbers:
        with suppress(OverflowError, ValueError):
            return column.astype(object).where(column.notna(), np.nan).astype(np.float64)
    return column.astype(object).where(column.notna(), None).map(str, na_action="ignore")


OTHER_HALF = {"S": "S_first", "test_error": "error_second", "gap": "gap_second"}
"""Columns of the same held-out points → columns of different ones."""


@dataclass(frozen=True)
class Terms:
    """A formula, read but not evaluated."""

    formula: str
    outcome: str
    predictor: str  # the first term on the right, whose slope is told
    columns: tuple[str, ...]  # all that it uses
    factors: tuple[tuple[str, ...], ...]  # the expressions of each term

    @classmethod
    def of(cls, formula: str, known: Iterable[str]) -> "Terms":
        """Read a formula."""
        found = read(formula)
        right = [term for term in found.rhs_termlist if term.factors]
        if len(found.lhs_termlist) != 1 or not right:
            raise ValueError(
                "formula must have one outcome and a predictor, like 'S ~ test_error', "
                f"not {short(formula)}"
            )
        terms = [
            tuple(factor.code for factor in term.factors) for term in (*found.lhs_termlist, *right)
        ]
        columns = _columns([code for term in terms for code in term], [*known])
        # Patsy sorts the terms; the first one as written is the one that is meant.
        order = {term.name(): _place(term.name(), formula) for term in right}
        predictor = min(order, key=order.__getitem__)
        return cls(str(formula), found.lhs_termlist[0].name(), predictor, columns, tuple(terms))

    @property
    def same_points(self) -> bool:
        """Whether S stands beside an error of the same held-out points."""
        return "S" in self.columns and bool({"test_error", "gap"} & {*self.columns})

    @property
    def split(self) -> str:
        """The same formula for S and errors of different held-out points."""
        return re.sub(
            r"\b(S|test_error|gap)\b", lambda name: OTHER_HALF[name.group()], self.formula
        )

    @property
    def split_columns(self) -> set[str]:
        """The columns that `split` uses."""
        return {OTHER_HALF.get(name, name) for name in self.columns}


def _columns(codes: list[str], known: list[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for code in codes:
        tree = parsed(code, known)
        for name in names(tree):
            if name in known:
                found[name] = None
            elif name not in FUNCTIONS | BUILTINS:
                there = cut(", ".join(map(str, known)), 300)
                raise ValueError(f"formula asks for {short(name)}; the frame has {there}")
    return tuple(found)


def _place(term: str, formula: str) -> int:
    """Where a term stands; one that patsy has written anew comes last."""
    place = formula.partition("~")[2].find(term)
    return place if place >= 0 else len(formula)
