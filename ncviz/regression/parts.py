"""What of a slope is arithmetic: S against the error, taken apart."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.checks import a_frame, takes, with_columns
from ncviz.basics.protocol import SETTINGS
from ncviz.inference import Array, Estimate
from ncviz.regression.data import Data, Terms
from ncviz.regression.fits import ols, percentile_interval, slope

if TYPE_CHECKING:
    import pandas as pd

HALVES = ("S_first", "product_first", "joint_first", "error_first", "error_second")
"""What `Result.halves` has and a frame must have for all that is asked here."""


def parts(data: Data, error: str, within: str | None, cov: str) -> "pd.DataFrame":
    """The slope of S on the error: on the same points, on different ones, and its two parts.

    A row each: slope, low, high, p over all runs, and with `within` the same within its groups.
    S = product + the rest, where the product Σ ± ⟨a⟩⟨b⟩ is what S would be from the accuracies of
    the two heads alone. Slopes of least squares add, so that the slope of S on different points is
    exactly the sum of those of its two parts.
    """
    import pandas as pd

    same = {"error_second": "test_error", "gap_second": "gap"}[error]
    frame = data.frame.assign(rest_first=data.frame["S_first"] - data.frame["product_first"])
    data = Data(frame, data.labels, data.clusters, data.left_out, data.diverged)
    rows = {
        "S, same points": ("S", same),
        "S, different points": ("S_first", error),
        "product of the marginals": ("product_first", error),
        "S beyond the product": ("rest_first", error),
    }
    table = {}
    for name, (outcome, predictor) in rows.items():
        terms = Terms.of(f"{outcome} ~ {predictor}", frame.columns)
        table[name] = _both(terms, data, within, cov)
    return pd.DataFrame.from_dict(table, orient="index")


def rivals(data: Data, error: str, within: str | None, cov: str) -> "pd.DataFrame":
    """What S predicts of the error on other points that its rivals do not.

    Nested models: the error on the second half of the points, from what is given alone and with S
    of the first half added. Shares are of the variance beyond the levels of `within`; p is that of
    S in the larger model, with the same kind of errors (an F test would want independent rows).
    """
    import pandas as pd

    given = {
        "nothing": [],
        "product of the marginals": ["product_first"],
        "joint success rate": ["joint_first"],
        "both of them": ["product_first", "joint_first"],
        "error of the first half": ["error_first"],
        "all three": ["product_first", "joint_first", "error_first"],
    }
    spread = _left_over(f"{error} ~ 1", data, within)
    table = {}
    for name, columns in given.items():
        without = _left_over(" + ".join([f"{error} ~ 1", *columns]), data, within)
        terms = Terms.of(" + ".join([f"{error} ~ S_first", *columns]), data.frame.columns)
        fit = ols(terms, data, cov, within)
        shares = [1 - left / spread if spread else np.nan for left in (without, float(fit.ssr))]
        table[name] = {
            "share_without": shares[0],
            "share_with": shares[1],
            "gain": shares[1] - shares[0],
            **slope(fit, "S_first", len(data.frame)).row,
        }
    return pd.DataFrame.from_dict(table, orient="index")


def _runs(name: str, value: object) -> "pd.DataFrame":
    needed = [f"{letter}{k}" for letter in "ABC" for k in SETTINGS]
    table: pd.DataFrame = with_columns(name, a_frame(name, value), needed)
    return table


@takes(frame=_runs)
def with_rivals(frame: "pd.DataFrame") -> "pd.DataFrame":
    """A frame of runs with the product baseline and the joint success rate of all points.

    Adds the columns ``product`` and ``joint``, both from the columns of `Result.runs`.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.regression import with_rivals
    >>> runs = with_rivals(Experiment(runs=2, steps=50).run().runs)
    >>> bool((abs(runs["product"]) <= 4).all() and (runs.joint <= 1).all())
    True
    """
    a, b, c = ([frame[f"{letter}{k}"] for k in SETTINGS] for letter in "ABC")
    product = sum(sign * x * y for sign, x, y in zip((1, 1, 1, -1), a, b, strict=True))
    joint = sum((1 + x + y + z) / 4 for x, y, z in zip(a, b, c, strict=True)) / 4
    return frame.assign(product=product, joint=joint)


def _both(terms: Terms, data: Data, within: str | None, cov: str) -> dict[str, float]:
    row = slope(ols(terms, data, cov), terms.predictor, len(data.frame)).row
    if within is not None:
        inside = slope(ols(terms, data, cov, within), terms.predictor, len(data.frame)).row
        row |= {f"within_{name}": number for name, number in inside.items()}
    return row


def _left_over(formula: str, data: Data, within: str | None) -> float:
    """Sum of the squares that a model leaves over."""
    import statsmodels.formula.api as smf

    levels = "" if within is None else f" + C(Q({within!r}))"
    model = smf.ols(formula + levels, data.frame)
    # Not by `fit`, which warns where two columns say the same; what is left over is defined anyway.
    answer = np.linalg.lstsq(model.exog, model.endog)[0]
    return float(((model.endog - model.exog @ answer) ** 2).sum())


Integers = NDArray[np.intp]


@dataclass(frozen=True)
class _Order:
    """Rows sorted by group and value once, so that a resample is ranked by counting."""

    block_of_row: Integers
    group_of_block: Integers
    first_of_group: Integers

    @classmethod
    def of(cls, values: Array, groups: Integers) -> Self:
        """A block is all rows of one group with one value: they share a rank."""
        pairs = np.stack([groups, np.unique(values, return_inverse=True)[1]])
        blocks, block_of_row = np.unique(pairs, axis=1, return_inverse=True)
        first = np.unique(blocks[0], return_index=True)[1]
        return cls(block_of_row.reshape(-1), blocks[0], first)

    def ranks(self, times: Array) -> Array:
        """Ranks of each row within its group, less their mean, where rows count several times."""
        sizes = np.zeros((len(times), len(self.group_of_block)))
        for row, counts in zip(sizes, times, strict=True):
            row += np.bincount(self.block_of_row, counts, minlength=len(row))
        total = np.add.reduceat(sizes, self.first_of_group, axis=1)
        before = np.cumsum(sizes, axis=1) - sizes
        start = before[:, self.first_of_group][:, self.group_of_block]
        ranks = before - start + sizes / 2 - total[:, self.group_of_block] / 2
        return np.asarray(ranks[:, self.block_of_row])


def spearman(x: Array, y: Array, clusters: Integers, groups: Integers, seed: int = 0) -> Estimate:
    """Spearman's ρ of the ranks within groups, with a 95 % percentile interval over clusters."""
    of_x, of_y = (_Order.of(values, groups) for values in (x, y))
    names, cluster_of_row = np.unique(clusters, return_inverse=True)

    def rho(weights: Array) -> Array:
        times = weights[:, cluster_of_row]
        across, up = of_x.ranks(times), of_y.ranks(times)
        both, squares = (times * across * up).sum(axis=1), (times * across**2).sum(axis=1)
        size = np.sqrt(squares * (times * up**2).sum(axis=1))
        return np.asarray(np.divide(both, size, out=np.full(len(times), np.nan), where=size > 0))

    value = float(rho(np.ones((1, len(names))))[0])
    if not np.isfinite(value) or len(names) < 2:
        return Estimate(value, np.nan, np.nan, len(x))
    low, high = percentile_interval(rho, len(names), seed)
    return Estimate(value, float(low), float(high), len(x))
