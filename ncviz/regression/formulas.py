"""Formulas: patsy runs what stands in one, so all is bounded before patsy sees it."""

import ast
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import Any

import numpy as np

from ncviz.basics.checks import cut, short

# Names that a formula may use beside columns, which are patsy's, and functions of Python itself.
FUNCTIONS = frozenset({"C", "I", "Q", "np", "center", "standardize", "bs", "cr", "Treatment"})
BUILTINS = frozenset({"abs", "bool", "float", "int", "max", "min", "pow", "round"})

# What an expression may be made of, beside calls of these and of NumPy's; what makes huge numbers,
# or no number for each row, may not stand there.
ARITHMETIC = (
    *(ast.Expression, ast.Constant, ast.Name, ast.Load, ast.Tuple, ast.List, ast.keyword),
    *(ast.BinOp, ast.operator, ast.UnaryOp, ast.unaryop, ast.Compare, ast.cmpop),
)
NEVER = (ast.LShift, ast.RShift, ast.MatMult)
SPLINES = ("bs", "cr")

LONGEST, DEEPEST = 1000, 130  # letters of a formula; its tree, in which a sum of many terms is deep
MOST_TERMS = 100
LARGEST, LARGEST_POWER, MOST_KNOTS = 10**15, 100, 30  # numbers, exponents, freedom of a spline

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
        """Read a formula for a frame with known columns."""
        found, known = _read(formula), [*known]
        right = [term for term in found.rhs_termlist if term.factors]
        if len(found.lhs_termlist) != 1 or not right:
            raise ValueError(
                "formula must have one outcome and a predictor, like 'S ~ test_error', "
                f"not {short(formula)}"
            )
        every = (*found.lhs_termlist, *right)
        terms = tuple(tuple(factor.code for factor in term.factors) for term in every)
        columns: dict[str, None] = {}  # in their order
        for name in chain.from_iterable(_names(_parsed(c, known)) for c in chain(*terms)):
            if name in known:
                columns[name] = None
            elif name not in FUNCTIONS | BUILTINS:
                there = cut(", ".join(map(str, known)), 300)
                raise ValueError(f"formula asks for {short(name)}; the frame has {there}")
        # Patsy sorts the terms; the first one as written is meant. One written anew comes last.
        text = formula.partition("~")[2]
        places = {term.name(): text.find(term.name()) for term in right}
        predictor = min(places, key=lambda name: (places[name] < 0, places[name]))
        outcome = found.lhs_termlist[0].name()
        return cls(str(formula), outcome, predictor, tuple(columns), terms)

    @property
    def same_points(self) -> bool:
        """Whether S stands beside an error of the same held-out points."""
        return "S" in self.columns and bool({"test_error", "gap"} & {*self.columns})

    @property
    def split(self) -> str:
        """The same formula for S and errors of different held-out points."""
        return re.sub(r"\b(S|test_error|gap)\b", lambda n: OTHER_HALF[n.group()], self.formula)


def _read(formula: Any) -> Any:
    """A formula as patsy reads it, neither evaluated nor multiplied out before it is counted."""
    import patsy
    from patsy.parse_formula import parse_formula

    if not isinstance(formula, str):
        raise ValueError(f"formula must be a text like 'S ~ test_error', not {short(formula)}")
    if len(formula) > LONGEST or not all(c.isprintable() or c in "\n\t" for c in formula):
        raise ValueError(f"formula must be at most {LONGEST} letters, not {short(formula)}")
    if re.search(r"(?<![\w.)\]])\.(?![\w.])", formula):
        raise ValueError(
            f"formula must name its predictors, like 'S ~ test_error': the dot of R, for all other "
            f"columns, is not known here ({short(formula)})"
        )
    brackets = [(letter in "([{") - (letter in ")]}") for letter in formula]
    _check_depth(max(accumulate(brackets), default=0), formula)
    try:
        tree = parse_formula(formula)
        _check_depth(_depth(tree, "args"), formula)
        terms = _terms(tree)
        if terms > MOST_TERMS:
            raise ValueError(f"it has {terms:,} terms, and {MOST_TERMS} are allowed")
        return patsy.ModelDesc.from_formula(tree)
    # patsy asserts what the tokens of Python cannot be.
    except (patsy.PatsyError, SyntaxError, ValueError, AssertionError) as error:
        said = cut(str(error).partition("\n")[0], 160) or "it is no formula"
        raise ValueError(f"formula {short(formula)} cannot be read: {said}") from None


def _names(tree: ast.AST) -> list[str]:
    """Names in an expression, those that are quoted by Q("…") included."""
    quoted = [
        str(argument.value)
        for call in ast.walk(tree)
        if _called(call) == "Q"
        for argument in ast.iter_child_nodes(call)
        if isinstance(argument, ast.Constant)
    ]
    return [*quoted, *(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))]


def _parsed(code: str, columns: Iterable[str]) -> ast.Expression:
    """An expression of a formula; patsy runs it, so that nothing but arithmetic may stand there."""
    known = {*columns}
    try:
        tree = ast.parse(code, mode="eval")
    except (SyntaxError, RecursionError, MemoryError) as error:  # all three are Python's parser's
        raise ValueError(f"formula {short(code)} cannot be read: {cut(str(error), 160)}") from None
    _check_depth(_depth(tree), code)
    called = {id(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    called |= {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):  # a function of NumPy that works number by number
            of_numpy = isinstance(node.value, ast.Name) and node.value.id == "np"
            good = of_numpy and isinstance(getattr(np, node.attr, None), np.ufunc)
            good = good and id(node) in called
        elif isinstance(node, ast.Name):
            good = node.id in known or id(node) in called or node.id not in FUNCTIONS | BUILTINS
        elif isinstance(node, ast.Call):
            good = _called(node) in FUNCTIONS | BUILTINS or isinstance(node.func, ast.Attribute)
        else:
            good = isinstance(node, ARITHMETIC) and not isinstance(node, NEVER)
        if not good:
            raise ValueError(
                "formula may hold arithmetic, and calls like np.log(x), C(x) or I(x**2), "
                f"not {cut(ast.unparse(node) or type(node).__name__, 80)!r}"
            )
        for part, why in _excesses(node, known):
            raise ValueError(f"formula may not hold {cut(ast.unparse(part), 80)!r}: {why}")
    return tree


def width(code: str, levels: dict[str, int], texts: set[str]) -> int:
    """How many columns an expression becomes at most; levels: how many values a column has."""
    top = ast.parse(code, mode="eval").body
    if _called(top) in SPLINES:
        return MOST_KNOTS
    if isinstance(top, ast.Compare):
        return 2
    counted = [name for name in {*_names(top)} & {*levels} if _called(top) == "C" or name in texts]
    return math.prod(levels[name] for name in counted)


def _excesses(node: ast.AST, known: set[str]) -> Iterator[tuple[ast.AST, str]]:
    """What in a node would make numbers, texts or tables without end."""
    if isinstance(node, ast.Constant) and not _is_small(node.value):
        yield node, f"a number must be at most {LARGEST:.0e}, a text at most 100 letters"
    elif isinstance(node, ast.BinOp | ast.UnaryOp):
        operands = [node.operand] if isinstance(node, ast.UnaryOp) else [node.left, node.right]
        if any(map(_holds_text, operands)):
            yield node, "arithmetic takes numbers"
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            yield from _powers(node, operands, known)
    elif isinstance(node, ast.Call) and _called(node) in SPLINES:
        given = [k.value for k in node.keywords if k.arg in ("df", "degree")]
        for size in [*given, *(arg for arg in node.args[1:] if not isinstance(arg, ast.List))]:
            none = isinstance(size, ast.Constant) and size.value is None
            if not (none or 0 <= _number(size) <= MOST_KNOTS):
                yield node, f"df and degree must be whole numbers, at most {MOST_KNOTS}"
    elif isinstance(node, ast.Call) and (_called(node) in BUILTINS or not _called(node)):
        if any(map(_holds_text, node.args)):
            yield node, "arithmetic takes numbers"
        yield from _powers(node, node.args, known)


def _powers(node: ast.AST, operands: list[ast.expr], known: set[str]) -> Iterator[Any]:
    """Operands without a column are numbers written out, so that none of them can be huge."""
    power = isinstance(node, ast.BinOp) or "pow" in ast.unparse(node).partition("(")[0]
    for place, operand in enumerate(operands):
        if known.isdisjoint(_names(operand)):
            most = LARGEST_POWER if power and place else LARGEST
            if not abs(_number(operand)) <= most:
                yield node, f"{ast.unparse(operand)} must be a number, at most {most:,}"


def _number(node: ast.AST) -> float:
    """A number that is written out, with its sign; NaN if it is none."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        return -_number(node.operand) if isinstance(node.op, ast.USub) else _number(node.operand)
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    return math.nan


def _is_small(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= 100
    return value is None or (isinstance(value, int | float) and abs(value) <= LARGEST)


def _holds_text(node: ast.AST) -> bool:
    """Whether a text, a list or a tuple may come out of it; a comparison gives neither."""
    if isinstance(node, ast.Compare) or _called(node) == "Q":
        return False
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    return isinstance(node, ast.Tuple | ast.List) or any(
        map(_holds_text, ast.iter_child_nodes(node))
    )


def _called(node: ast.AST) -> str:
    """The name of a function that is called by its name."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id
    return ""


def _terms(node: Any) -> int:
    """How many terms a formula has at most when it is multiplied out."""
    several = [_terms(part) for part in node.args]
    if node.type == "**":
        power = str(getattr(node.args[1].token, "extra", ""))
        most = min(int(power) if power.isdecimal() and len(power) < 9 else several[0], several[0])
        return sum(math.comb(several[0], k) for k in range(1, most + 1))
    if node.type in ("*", ":") and len(several) == 2:
        product = math.prod(several)
        return product if node.type == ":" else sum(several) + product
    return sum(several) or 1


def _depth(node: Any, parts: str = "") -> int:
    """How deep a tree is, without recursion."""
    most, layer = 0, [node]
    while layer:
        most += 1
        kids = (getattr(n, parts) if parts else ast.iter_child_nodes(n) for n in layer)
        layer = [*chain.from_iterable(kids)]
    return most


def _check_depth(depth: int, formula: str) -> None:
    if depth > DEEPEST:
        raise ValueError(
            f"formula {short(formula)} is too deep: at most {DEEPEST} brackets, signs or terms in "
            "one another"
        )
