"""The lines of a regression, each with its 95 % band."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from ncviz.inference import ERROR
from ncviz.regression import Regression
from ncviz.regression.fits import ols
from ncviz.regression.hinge import basis

Array = NDArray[np.float64]

PLACES = 101
"""Where along the predictor a line is drawn."""


@dataclass(frozen=True)
class Line:
    """A mean with its 95 % band, each of shape (places,).

    Parameters
    ----------
    x : array
        The predictor, from its least value to its largest.
    value, low, high : array
        The outcome.
    """

    x: Array
    value: Array
    low: Array
    high: Array


def pooled_line(found: Regression) -> Line:
    """The fit over all runs; other columns of the formula are held at their means.

    For a hinge the band is that of the bend where it was found; how well its place is known,
    `Regression.bend` tells.
    """
    return _line(found, found.fit, found.x)


def group_lines(found: Regression) -> dict[Any, Line]:
    """The least-squares fit in each group of `within` that has a slope."""
    lines: dict[Any, Line] = {}
    for value, slope in found.groups.items():
        if slope is not None:
            rows = (found.data.frame[found.within] == value).to_numpy()
            fit = ols(found.terms, found.data.part(rows), found.cov)
            lines[value] = _line(found, fit, found.x[rows])
    return lines


def _line(found: Regression, fit: Any, x: Array) -> Line:
    grid = np.linspace(x.min(), x.max(), PLACES)
    names = fit.model.exog_names
    table = np.tile(fit.model.exog.mean(axis=0), (PLACES, 1))
    table[:, names.index(found.terms.predictor)] = grid
    if fit is found.fit and found.bend is not None:
        # The bend is the last column that the hinge has added.
        table[:, -1] = basis(grid, found.bend.threshold.value)[:, 2]
    if found.kind == "mixed" and fit is found.fit:
        k = table.shape[1]  # behind the coefficients stand the variances
        value = table @ fit.params.to_numpy()[:k]
        spread = np.einsum("pi,ij,pj->p", table, fit.cov_params().to_numpy()[:k, :k], table)
        reach = ndtri(1 - ERROR / 2) * np.sqrt(spread)
        return Line(grid, value, value - reach, value + reach)
    told = fit.get_prediction(table, transform=False)
    low, high = told.conf_int(alpha=ERROR).T
    return Line(grid, told.predicted_mean, low, high)
