"""What the tab "S and generalisation" can be asked, and how it asks `regress`."""

from dataclasses import dataclass

from ncviz.regression import Regression, regress
from ncviz.sweeps.groups import neurons
from ncviz.widgets.controls import Option
from ncviz.widgets.regression_source import Source

ERRORS = {
    "test_error": ("held-out error", "Share of wrong answers on points not trained on."),
    "gap": ("gap", "Held-out error less training error."),
}
POINTS = {
    "split": (
        "different points for each",
        "S of one half, the error of the other: no shared arithmetic.",
    ),
    "same": (
        "the same points for both",
        "A marginal is 1 − 2 × error there: part is arithmetic.",
    ),
}
FORMULAS = {
    "line": ("a straight line", "S ~ error"),
    "levels": ("a level for each size", "S ~ error + C(hidden)"),
    "hinge": ("a line that bends", "S ~ error + max(0, error − threshold)"),
    "mixed": ("mixed model", "S ~ error, with a random level for each size."),
}
COVARIANCES = {
    "cluster": ("clustered by run", "Runs of one seed and number share points at all sizes."),
    "HC3": ("robust (HC3)", "Spread may differ from place to place; runs count as independent."),
    "nonrobust": ("classical", "One spread everywhere, independent runs: seldom true here."),
}

ALL, UP_TO, FROM = "all", "up to", "from"


@dataclass(frozen=True)
class Wish:
    """A regression that is asked for.

    Parameters
    ----------
    source : Source
    error, points, formula, cov : str
        Keys of `ERRORS`, `POINTS`, `FORMULAS`, `COVARIANCES`.
    subset : str
        A key of `subsets`.
    kind : str or None
        One of `Source.kinds`; None for all of them together.
    """

    source: Source
    error: str
    points: str
    formula: str
    cov: str
    subset: str
    kind: str | None

    def regress(self) -> Regression:
        """The regression on the same points; with those of different points in ``.split``.

        Raises
        ------
        ValueError
            If no line can be fitted.
        """
        levels = " + C(hidden)" if self.formula == "levels" else ""
        return regress(
            self.source.part(sizes_of(self.source, self.subset), self.kind),
            f"S ~ {self.error}{levels}",
            within="hidden",
            cov=self.cov,
            kind=self.formula if self.formula in ("hinge", "mixed") else "ols",
        )

    def of(self, found: Regression) -> Regression:
        """The regression that is shown: on different points, where that is asked for."""
        return found.split if self.points == "split" and found.split is not None else found


def subsets(source: Source) -> dict[str, str]:
    """Which sizes can be asked for, in words; the critical size is the one of the largest S."""
    found = {ALL: "all sizes"}
    if len(source.sizes) == 1:
        return found
    n = source.critical
    if n is not None and n < source.sizes[-1]:
        found[UP_TO] = f"up to {neurons(n)}: too little capacity"
        found[FROM] = f"more than {neurons(n)}: enough capacity"
    return found | {str(n): f"{neurons(n)} only" for n in source.sizes}


def sizes_of(source: Source, subset: str) -> list[int]:
    """The hidden sizes of a subset."""
    n = source.critical
    if subset == ALL or (subset in (UP_TO, FROM) and n is None):
        return source.sizes
    if n is not None and subset in (UP_TO, FROM):
        return [size for size in source.sizes if (size <= n) == (subset == UP_TO)]
    return [size for size in source.sizes if str(size) == subset]


def options(table: dict[str, tuple[str, str]]) -> list[Option]:
    """The entries of a table, for a `Choice`."""
    return [{"id": key, "text": text, "hint": hint} for key, (text, hint) in table.items()]
