"""What speaks against a line: a bend, arithmetic, what is known already, ranks."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.checks import a_frame, short, takes, with_columns
from ncviz.basics.protocol import SETTINGS
from ncviz.inference import Array, Estimate
from ncviz.regression.fits import RESAMPLES, Data, column, ols, percentile_interval, slope
from ncviz.regression.formulas import Terms

if TYPE_CHECKING:
    import pandas as pd

Integers = NDArray[np.intp]

# A bend

EDGE = 0.1  # share of the rows that must lie on either side of a threshold
LITTLE = 1e-9  # added to sums of squares that are of the size of the number of rows
PLACES = 60  # thresholds that are tried


@dataclass(frozen=True)
class Hinge:
    """y = a + b·x + c·max(0, x − threshold): slopes b and b + c; p of no bend at all."""

    threshold: Estimate
    below: Estimate
    above: Estimate
    p: float


def hinge(terms: Terms, data: Data, line: Any, seed: int = 0) -> Hinge:
    """Fit a hinge by least squares over thresholds, in place of a line; the bend is continuous.

    Intervals are percentiles of a bootstrap over clusters. The p-value compares the gain over a
    straight line with that of outcomes made anew from the line and its residuals, whose sign is
    drawn for each cluster: without a bend there is no threshold, so that no F table holds (Hansen
    2017, Journal of Business & Economic Statistics 35, 228).
    """
    if len(line.model.exog_names) != 2:
        raise ValueError(
            f"a hinge takes one predictor, like 'S ~ test_error', not {short(terms.formula)}"
        )
    x, y = column(line, terms.predictor), line.model.endog
    # In units of its own spread, so that sums of squares stay well-conditioned.
    middle, spread = x.mean(), x.std() or 1.0
    x = (x - middle) / spread
    places = np.unique(np.quantile(x, np.linspace(EDGE, 1 - EDGE, PLACES)))
    places = places[(places > x.min()) & (places < x.max())]
    if len(np.unique(x)) < 4 or not len(places):
        raise ValueError(
            f"the predictor has {len(np.unique(x))} different values; a hinge needs at least 4, "
            f"with {EDGE:.0%} of the runs on either side of the bend"
        )
    order = np.unique(data.clusters, return_inverse=True)[1]
    clusters = order.max() + 1
    # What a fit needs: XᵀX and Xᵀy of each cluster at each place.
    sums = np.zeros((clusters, len(places), 3, 4))
    for place, threshold in enumerate(places):
        columns = basis(x, threshold)
        both = np.concatenate([columns, y[:, None]], axis=1)
        np.add.at(sums[:, place], order, columns[:, :, None] * both[:, None, :])

    def statistic(weights: Array) -> Array:
        threshold, below, above = _best(np.tensordot(weights, sums, axes=1), places)
        return np.stack([middle + spread * threshold, below / spread, above / spread])

    threshold, below, above = _with_ends(statistic, clusters, seed, len(x))
    return Hinge(threshold, below, above, _p_of_no_bend(order, x, y, places, seed))


def basis(x: Array, threshold: float) -> Array:
    """The columns 1, x, max(0, x − threshold), shape (rows, 3)."""
    return np.stack([np.ones_like(x), x, np.maximum(0, x - threshold)], axis=-1)


def _with_ends(
    statistic: Callable[[Array], Array], clusters: int, seed: int, rows: int
) -> list[Estimate]:
    """Numbers (…, resamples) of all rows with their intervals over clusters."""
    value = statistic(np.ones((1, clusters)))[..., 0]
    low = high = np.full(value.shape, np.nan)
    if clusters > 1 and np.isfinite(value).all():
        low, high = percentile_interval(statistic, clusters, seed)
    each = np.stack([value, low, high], axis=-1).reshape(-1, 3).tolist()
    return [Estimate(value, low, high, rows) for value, low, high in each]


def _best(moments: Array, places: Array) -> Array:
    """Threshold and the two slopes of the best fit, (3, …), from sums (…, places, 3, 4)."""
    # A resample may have no rows beyond a threshold: the little more makes its bend 0 there.
    squares, products = moments[..., :3] + LITTLE * np.eye(3), moments[..., 3:]
    params = np.linalg.solve(squares, products)[..., 0]
    explained = (params * products[..., 0]).sum(axis=-1)
    best = explained.argmax(axis=-1)
    chosen = np.take_along_axis(params, best[..., None, None], axis=-2)[..., 0, :]
    return np.asarray(np.stack([places[best], chosen[..., 1], chosen[..., 1] + chosen[..., 2]]))


def _p_of_no_bend(order: Integers, x: Array, y: Array, places: Array, seed: int) -> float:
    flat = np.linalg.qr(np.stack([np.ones_like(x), x], axis=-1))[0]
    bends = []
    for threshold in places:  # what a bend adds to a line, as a direction of length 1
        bend = basis(x, threshold)[:, 2]
        bend = bend - flat @ (flat.T @ bend)
        length = np.linalg.norm(bend)
        if length > 1e-12 * np.sqrt(len(x)):
            bends.append(bend / length)
    directions = np.stack(bends)

    def gain(outcomes: Array) -> Array:
        """Largest share of what a line leaves over that a bend explains, for each column."""
        left = ((outcomes - flat @ (flat.T @ outcomes)) ** 2).sum(axis=0)
        explained = ((directions @ outcomes) ** 2).max(axis=0)
        return np.asarray(explained / np.where(left > 0, left, 1))

    residuals = (y - flat @ (flat.T @ y))[:, None]
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(order.max() + 1, RESAMPLES))
    null = gain(residuals * signs[order])
    return float((1 + (null >= gain(residuals)[0]).sum()) / (1 + RESAMPLES))


# Arithmetic, and rivals

HALVES = ("S_first", "product_first", "joint_first", "error_first", "error_second")
"""What `Result.halves` has and a frame must have for all that is asked here."""


def parts(data: Data, error: str, within: str | None, cov: str) -> "pd.DataFrame":
    """The slope of S on the error: on the same points, on different ones, and its two parts.

    S = product + the rest, where the product Σ ± ⟨a⟩⟨b⟩ is what S would be from the accuracies of
    the heads alone; slopes of least squares add. With `within`, slopes within its groups, too.
    """
    import pandas as pd

    frame = data.frame.assign(rest_first=data.frame["S_first"] - data.frame["product_first"])
    data = replace(data, frame=frame)
    same = {"error_second": "test_error", "gap_second": "gap"}[error]
    table: dict[str, dict[str, float]] = {}
    for name, outcome, predictor in (
        ("S, same points", "S", same),
        ("S, different points", "S_first", error),
        ("product of the marginals", "product_first", error),
        ("S beyond the product", "rest_first", error),
    ):
        terms = Terms.of(f"{outcome} ~ {predictor}", frame.columns)
        table[name] = slope(ols(terms, data, cov), predictor).row
        if within is not None:
            inside = slope(ols(terms, data, cov, within), predictor).row
            table[name] |= {f"within_{k}": number for k, number in inside.items()}
    return pd.DataFrame.from_dict(table, orient="index")


def rivals(data: Data, error: str, within: str | None, cov: str) -> "pd.DataFrame":
    """What S of the first half adds to its rivals in predicting the error on the second half."""
    # Shares are of the variance beyond the levels of `within`; p is that of S in the larger model,
    # with the same kind of errors (an F test would want independent rows).
    import pandas as pd

    product, joint, first = "product_first", "joint_first", "error_first"
    given = {
        "nothing": [],
        "product of the marginals": [product],
        "joint success rate": [joint],
        "both of them": [product, joint],
        "error of the first half": [first],
        "all three": [product, joint, first],
    }
    spread = _left_over(f"{error} ~ 1", data, within)
    table = {}
    for name, columns in given.items():
        left = _left_over(" + ".join([f"{error} ~ 1", *columns]), data, within)
        terms = Terms.of(" + ".join([f"{error} ~ S_first", *columns]), data.frame.columns)
        fit = ols(terms, data, cov, within)
        without, with_s = (1 - o / spread if spread else np.nan for o in (left, float(fit.ssr)))
        shares = {"share_without": without, "share_with": with_s, "gain": with_s - without}
        table[name] = shares | slope(fit, "S_first").row
    return pd.DataFrame.from_dict(table, orient="index")


def _left_over(formula: str, data: Data, within: str | None) -> float:
    """Sum of the squares that a model leaves over."""
    import statsmodels.formula.api as smf

    levels = "" if within is None else f" + C(Q({within!r}))"
    model = smf.ols(formula + levels, data.frame)
    # Not by `fit`, which warns where two columns say the same; what is left over is defined anyway.
    answer = np.linalg.lstsq(model.exog, model.endog)[0]
    return float(((model.endog - model.exog @ answer) ** 2).sum())


def _runs(name: str, value: object) -> Any:
    return with_columns(name, a_frame(name, value), [f"{x}{k}" for x in "ABC" for k in SETTINGS])


@takes(frame=_runs)
def with_rivals(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Runs with ``product`` and ``joint``: the product baseline and the joint success rate.

    Both are of all points, from the columns of `Result.runs`.

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


# Ranks


def spearman(x: Array, y: Array, clusters: Integers, groups: Integers, seed: int = 0) -> Estimate:
    """Spearman's ρ of the ranks within groups, with a 95 % percentile interval over clusters."""
    of_x, of_y = _ranking(x, groups), _ranking(y, groups)
    names, cluster_of_row = np.unique(clusters, return_inverse=True)

    def rho(weights: Array) -> Array:
        times = weights[:, cluster_of_row]
        across, up = of_x(times), of_y(times)
        both, squares = (times * across * up).sum(axis=1), (times * across**2).sum(axis=1)
        size = np.sqrt(squares * (times * up**2).sum(axis=1))
        return np.asarray(np.divide(both, size, out=np.full(len(times), np.nan), where=size > 0))

    (found,) = _with_ends(rho, len(names), seed, len(x))
    return found


def _ranking(values: Array, groups: Integers) -> Callable[[Array], Array]:
    """Ranks of rows in their groups, less their mean, by how often each counts in a resample."""
    # Rows are sorted once, so that a resample is ranked by counting. A block is all rows of one
    # group with one value: they share a rank.
    pairs = np.stack([groups, np.unique(values, return_inverse=True)[1]])
    blocks, inverse = np.unique(pairs, axis=1, return_inverse=True)
    block_of_row, group_of_block = inverse.reshape(-1), blocks[0]
    first_of_group = np.unique(group_of_block, return_index=True)[1]

    def ranks(times: Array) -> Array:
        sizes = np.zeros((len(times), len(group_of_block)))
        for row, counts in zip(sizes, times, strict=True):
            row += np.bincount(block_of_row, counts, minlength=len(row))
        total = np.add.reduceat(sizes, first_of_group, axis=1)
        before = np.cumsum(sizes, axis=1) - sizes
        start = before[:, first_of_group][:, group_of_block]
        middle = before - start + sizes / 2 - total[:, group_of_block] / 2
        return np.asarray(middle[:, block_of_row])

    return ranks
