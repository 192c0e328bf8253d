"""Hinge regression: a line that bends at a threshold which is found from the data."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.checks import short
from ncviz.inference import Array, Estimate
from ncviz.regression.data import Data, Terms
from ncviz.regression.fits import RESAMPLES, column, ols, percentile_interval

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

    Intervals are percentiles of a bootstrap over clusters, all rows of a run together. The
    p-value compares the gain over a straight line with that of outcomes made anew from the line
    and its residuals, whose sign is drawn for each cluster (Hansen 2017, Journal of Business &
    Economic Statistics 35, 228: the threshold is not there without a bend, so that no F table
    holds).
    """
    if len(line.model.exog_names) != 2:
        raise ValueError(
            f"a hinge takes one predictor, like 'S ~ test_error', not {short(terms.formula)}"
        )
    x, y = column(line, terms.predictor), line.model.endog
    # In units of its own spread, so that sums of squares stay well-conditioned.
    middle, spread = x.mean(), x.std() or 1.0
    x = (x - middle) / spread
    places = _places(x)
    sums = _sums(data.clusters, x, y, places)
    clusters = len(sums)

    def statistic(weights: Array) -> Array:
        threshold, below, above = _best(np.tensordot(weights, sums, axes=1), places)
        return np.stack([middle + spread * threshold, below / spread, above / spread])

    found = statistic(np.ones((1, clusters)))[:, 0]
    low, high = np.full(3, np.nan), np.full(3, np.nan)
    if clusters > 1:
        low, high = percentile_interval(statistic, clusters, seed)
    threshold, below, above = (
        Estimate(float(value), float(least), float(most), len(x))
        for value, least, most in zip(found, low, high, strict=True)
    )
    return Hinge(threshold, below, above, _p_of_no_bend(data.clusters, x, y, places, seed))


def bent(terms: Terms, data: Data, line: Any, bend: Hinge, cov: str) -> Any:
    """The least-squares fit with the bend as one column more."""
    beyond = basis(column(line, terms.predictor), bend.threshold.value)[:, 2]
    with_bend = Data(data.frame.assign(beyond_threshold=beyond), data.labels, data.clusters, 0, 0)
    formula = f"{terms.formula} + beyond_threshold"
    return ols(Terms.of(formula, with_bend.frame.columns), with_bend, cov)


def basis(x: Array, threshold: float) -> Array:
    """The columns 1, x, max(0, x − threshold), shape (rows, 3)."""
    return np.stack([np.ones_like(x), x, np.maximum(0, x - threshold)], axis=-1)


def _places(x: Array) -> Array:
    found = np.unique(np.quantile(x, np.linspace(EDGE, 1 - EDGE, PLACES)))
    inside: Array = found[(found > x.min()) & (found < x.max())]
    if len(np.unique(x)) < 4 or not len(inside):
        raise ValueError(
            f"the predictor has {len(np.unique(x))} different values; a hinge needs at least 4, "
            f"with {EDGE:.0%} of the runs on either side of the bend"
        )
    return inside


def _sums(clusters: NDArray[np.intp], x: Array, y: Array, places: Array) -> Array:
    """What a fit needs: XᵀX and Xᵀy of each cluster at each place, (clusters, places, 3, 4)."""
    order = np.unique(clusters, return_inverse=True)[1]
    total = np.zeros((order.max() + 1, len(places), 3, 4))
    for place, threshold in enumerate(places):
        columns = basis(x, threshold)
        both = np.concatenate([columns, y[:, None]], axis=1)
        np.add.at(total[:, place], order, columns[:, :, None] * both[:, None, :])
    return total


def _best(moments: Array, places: Array) -> Array:
    """Threshold and the two slopes of the best fit, (3, …), from sums (…, places, 3, 4)."""
    # A resample may have no rows beyond a threshold: the little more makes its bend 0 there.
    squares, products = moments[..., :3] + LITTLE * np.eye(3), moments[..., 3:]
    params = np.linalg.solve(squares, products)[..., 0]
    explained = (params * products[..., 0]).sum(axis=-1)
    best = explained.argmax(axis=-1)
    chosen = np.take_along_axis(params, best[..., None, None], axis=-2)[..., 0, :]
    return np.asarray(np.stack([places[best], chosen[..., 1], chosen[..., 1] + chosen[..., 2]]))


def _p_of_no_bend(
    clusters: NDArray[np.intp], x: Array, y: Array, places: Array, seed: int
) -> float:
    line = np.stack([np.ones_like(x), x], axis=-1)
    flat = np.linalg.qr(line)[0]
    bends = []
    for threshold in places:  # what a bend adds to a line, as a direction of length 1
        bend = basis(x, threshold)[:, 2]
        bend = bend - flat @ (flat.T @ bend)
        length = np.linalg.norm(bend)
        if length > 1e-12 * np.sqrt(len(x)):
            bends.append(bend / length)
    directions = np.stack(bends)

    residuals = y - flat @ (flat.T @ y)
    gained = _gain(directions, flat, residuals[:, None])[0]
    order = np.unique(clusters, return_inverse=True)[1]
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(order.max() + 1, RESAMPLES))
    null = _gain(directions, flat, residuals[:, None] * signs[order])
    return float((1 + (null >= gained).sum()) / (1 + RESAMPLES))


def _gain(directions: Array, flat: Array, outcomes: Array) -> Array:
    """Largest share of what a line leaves over that a bend explains, for each column."""
    left = ((outcomes - flat @ (flat.T @ outcomes)) ** 2).sum(axis=0)
    return np.asarray(((directions @ outcomes) ** 2).max(axis=0) / np.where(left > 0, left, 1))
