"""What a formula asks for: its columns, and which of them is the predictor."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ncviz.checks import cut, short
from ncviz.regression.formulas import BUILTINS, FUNCTIONS, names, parsed, read

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
        >>> from ncviz.regression.terms import Terms
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
