"""What a formula asks for: its columns, and which of them is the predictor."""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

FUNCTIONS = frozenset({"C", "I", "Q", "np", "center", "standardize", "bs", "cr", "Treatment"})
"""Names that a formula may use beside columns; what they mean is patsy's."""

BUILTINS = frozenset({"abs", "bool", "float", "int", "max", "min", "pow", "round"})
"""Functions of Python itself that a formula may call."""

ARITHMETIC = (
    *(ast.Expression, ast.Constant, ast.Name, ast.Load, ast.Tuple, ast.List, ast.keyword),
    *(ast.BinOp, ast.operator, ast.UnaryOp, ast.unaryop, ast.Compare, ast.cmpop),
)
"""What an expression may be made of, beside calls of the functions above and of NumPy's."""

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
    """

    formula: str
    outcome: str
    predictor: str
    columns: tuple[str, ...]

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
            there, or holds Python beyond arithmetic, `FUNCTIONS`, `BUILTINS` and NumPy's functions
            of single numbers (``np.log(x)``): patsy would run it.

        Examples
        --------
        >>> from ncviz.regression.terms import Terms
        >>> Terms.of("S ~ test_error + C(hidden)", ["S", "test_error", "hidden"]).predictor
        'test_error'
        """
        import patsy

        if not isinstance(formula, str):
            raise ValueError(f"formula must be a text like 'S ~ test_error', not {formula!r}")
        try:
            read = patsy.ModelDesc.from_formula(formula)
        except (patsy.PatsyError, SyntaxError) as error:
            raise ValueError(f"formula {formula!r} cannot be read: {error}") from None
        right = [term for term in read.rhs_termlist if term.factors]
        if len(read.lhs_termlist) != 1 or not right:
            raise ValueError(
                f"formula must have one outcome and a predictor, like 'S ~ test_error', "
                f"not {formula!r}"
            )
        columns = _columns([*read.lhs_termlist, *right], [*known])
        # Patsy sorts the terms; the first one as written is the one that is meant.
        order = {term.name(): _place(term.name(), formula) for term in right}
        return cls(formula, read.lhs_termlist[0].name(), min(order, key=order.__getitem__), columns)

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


def _columns(terms: list[Any], known: list[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for factor in (factor for term in terms for factor in term.factors):
        tree = ast.parse(factor.code, mode="eval")
        for name in _names(tree):
            if name in known:
                found[name] = None
            elif name not in FUNCTIONS | BUILTINS:
                raise ValueError(f"formula asks for {name!r}; the frame has {', '.join(known)}")
        _check_harmless(tree)
    return tuple(found)


def _check_harmless(tree: ast.Expression) -> None:
    """Patsy runs what stands in a formula, so that nothing but arithmetic may stand there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            good = _is_of_numpy(node)
        elif isinstance(node, ast.Call):
            named = isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS | BUILTINS
            good = named or isinstance(node.func, ast.Attribute)
        else:
            good = isinstance(node, ARITHMETIC)
        if not good:
            raise ValueError(
                "formula may hold arithmetic, and calls like np.log(x), C(x) or I(x**2), "
                f"not {ast.unparse(node)!r}"
            )


def _is_of_numpy(node: ast.Attribute) -> bool:
    """Whether it is a function of NumPy that works number by number, such as np.log."""
    of_numpy = isinstance(node.value, ast.Name) and node.value.id == "np"
    return of_numpy and isinstance(getattr(np, node.attr, None), np.ufunc)


def _names(tree: ast.Expression) -> list[str]:
    """Names in an expression, those that are quoted by Q("…") included."""
    quoted = [
        str(argument.value)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Q"
        for argument in call.args
        if isinstance(argument, ast.Constant)
    ]
    return [*quoted, *(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))]


def _place(term: str, formula: str) -> int:
    """Where a term stands; one that patsy has written anew comes last."""
    place = formula.partition("~")[2].find(term)
    return place if place >= 0 else len(formula)
