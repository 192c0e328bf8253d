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
    """Rows without gaps.

    Parameters
    ----------
    frame : DataFrame
        The rows that are used, numbered anew; their old labels are in `labels`.
    labels : array
        Index of each row in the frame that was given.
    clusters : array of int
        Which rows have the same seed and run: the same points in the same order at all sizes,
        though not the same starting weights.
    left_out : int
        Rows with a number missing.
    diverged : int
        Those of them whose training diverged.
    """

    frame: "pd.DataFrame"
    labels: "NDArray[np.object_]"
    clusters: NDArray[np.intp]
    left_out: int
    diverged: int

    @property
    def n_clusters(self) -> int:
        """How many pairs of seed and run there are."""
        return len(np.unique(self.clusters))

    @classmethod
    def of(cls, frame: "pd.DataFrame", columns: Sequence[str]) -> "Data":
        """Take the rows in which all of some columns are there and finite.

        Raises
        ------
        ValueError
            If too few rows are left to fit a line.

        Examples
        --------
        >>> import pandas as pd
        >>> from ncviz.regression.data import Data
        >>> frame = pd.DataFrame({"S": [1, 2, 2, 3, None], "run": range(5)})
        >>> data = Data.of(frame, ["S"])
        >>> len(data.frame), data.left_out, data.n_clusters
        (4, 1, 4)
        """
        frame = frame.assign(**{name: plain(frame[name]) for name in frame.columns})
        good = np.ones(len(frame), dtype=bool)
        for name in columns:
            column = frame[name]
            good &= column.notna().to_numpy()
            if column.dtype.kind in "fc":
                good &= np.isfinite(column.to_numpy())
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
        return cls(
            used.reset_index(drop=True),
            used.index.to_numpy(),
            clusters,
            int((~good).sum()),
            diverged,
        )

    def part(self, rows: NDArray[np.bool_]) -> "Data":
        """Some of the rows."""
        return Data(
            self.frame[rows].reset_index(drop=True), self.labels[rows], self.clusters[rows], 0, 0
        )


def plain(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """A column as NumPy has it: numbers and truth values as they are, all else as texts.

    Columns of pandas with a type of their own (nullable, of PyArrow, categories) are what patsy
    and statsmodels do not know.

    Examples
    --------
    >>> import pandas as pd
    >>> from ncviz.regression.data import plain
    >>> plain(pd.Series([1, None], dtype="Int64")).tolist(), plain(pd.Series([2, 3], dtype=object))
    ([1.0, nan], 0    2
    1    3
    dtype: int64)
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
    """A formula, read but not evaluated.

    Parameters
    ----------
    formula : str
        As patsy knows it: "S ~ test_error".
    outcome : str
        What is predicted.
    predictor : str
        The first term on the right: the one whose slope is told.
    columns : tuple of str
        All columns that it uses.
    factors : tuple of tuple of str
        The expressions of each term.
    """

    formula: str
    outcome: str
    predictor: str
    columns: tuple[str, ...]
    factors: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, formula: str, known: Iterable[str]) -> "Terms":
        """Read a formula.

        Parameters
        ----------
        formula : str
        known : iterable of str
            Columns that there are.

        Raises
        ------
        ValueError
            If it is no formula, has no outcome or predictor, asks for a column that is not
            there, or holds what `ncviz.regression.formulas` does not allow.

        Examples
        --------
        >>> from ncviz.regression.data import Terms
        >>> Terms.of("S ~ test_error + C(hidden)", ["S", "test_error", "hidden"]).predictor
        'test_error'
        """
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
