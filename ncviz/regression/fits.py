"""Straight lines by statsmodels, with errors that hold for runs that share their chance."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ncviz.inference import ERROR, Estimate
from ncviz.regression.data import Data
from ncviz.regression.terms import Terms

COVARIANCES = ("HC3", "cluster", "HC0", "HC1", "HC2", "nonrobust")


@dataclass(frozen=True)
class Slope:
    """How much the outcome changes with one unit of the predictor.

    Parameters
    ----------
    estimate : Estimate
        With its 95 % interval; `n` counts rows.
    p : float
        Of a slope of 0, two-sided.
    """

    estimate: Estimate
    p: float


def ols(terms: Terms, data: Data, cov: str, within: str | None = None) -> Any:
    """Fit a formula by least squares.

    Parameters
    ----------
    terms : Terms
    data : Data
    cov : str
        "cluster": errors clustered by λ. Where each λ has one row only that is HC3.
    within : str, optional
        A column each of whose values gets a level of its own.

    Returns
    -------
    RegressionResults
        Of statsmodels; intervals by t, which is the more careful one with few runs or clusters.
    """
    import statsmodels.formula.api as smf

    formula = terms.formula if within is None else f'{terms.formula} + C(Q("{within}"))'
    model = smf.ols(formula, data.frame)
    if cov == "cluster" and data.n_clusters < len(data.frame):
        return model.fit(cov_type="cluster", cov_kwds={"groups": data.clusters}, use_t=True)
    return model.fit(cov_type="HC3" if cov == "cluster" else cov, use_t=True)


def mixed(terms: Terms, data: Data, within: str | None) -> Any:
    """Fit a formula with a level of its own, drawn from a normal law, for each group.

    Groups are the values of `within`; without it, the hidden variables λ.
    """
    import warnings

    import statsmodels.formula.api as smf
    from statsmodels.tools.sm_exceptions import ConvergenceWarning

    groups = data.clusters if within is None else data.frame[within].to_numpy()
    with warnings.catch_warnings():
        # A variance of 0 is an answer here (groups do not differ), not a fault of the fit.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", UserWarning)
        return smf.mixedlm(terms.formula, data.frame, groups=groups).fit()


def slope(fit: Any, predictor: str, n: int) -> Slope:
    """The slope of a predictor in a fit of statsmodels."""
    low, high = fit.conf_int(ERROR).loc[predictor]
    value = float(fit.params[predictor])
    return Slope(Estimate(value, float(low), float(high), n), float(fit.pvalues[predictor]))


def leverages(fit: Any) -> Any:
    """What single rows weigh: leverage, studentized residual, Cook's distance, change of slopes.

    Returns
    -------
    tuple of arrays
        Leverage (rows,), studentized residual (rows,), Cook's distance (rows,), and by how much
        each parameter changes when the row is left out (rows, parameters).
    """
    found = fit.get_influence()
    # In closed form: statsmodels' own `dfbeta` fits again without each row in turn.
    pull = fit.model.exog @ fit.normalized_cov_params.to_numpy()
    without = -pull * (fit.resid.to_numpy() / (1 - found.hat_matrix_diag))[:, None]
    return (
        found.hat_matrix_diag,
        found.resid_studentized_internal,
        found.cooks_distance[0],
        np.asarray(without),
    )
