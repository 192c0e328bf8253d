"""Spearman's rank correlation, over all runs and with the groups taken out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap, rankdata

from ncviz.inference import Estimate

Array = NDArray[np.float64]

RESAMPLES = 499


@dataclass(frozen=True)
class _Ranked:
    """Rows that are ranked anew in each resample."""

    x: Array
    y: Array
    groups: NDArray[np.intp]

    def rho(self, rows: NDArray[np.intp]) -> float:
        x, y, group = self.x[rows], self.y[rows], self.groups[rows]
        up, across = np.zeros(len(rows)), np.zeros(len(rows))
        for one in np.unique(group):
            here = group == one
            for ranks, values in ((across, x), (up, y)):
                ranked = rankdata(values[here])
                ranks[here] = ranked - ranked.mean()
        size = np.sqrt((across**2).sum() * (up**2).sum())
        return float((across * up).sum() / size) if size > 0 else np.nan


def spearman(
    x: Array, y: Array, clusters: NDArray[np.intp], groups: NDArray[np.intp], seed: int = 0
) -> Estimate:
    """Spearman's ρ of the ranks within groups, with a 95 % interval.

    Parameters
    ----------
    x, y : array, shape (rows,)
    clusters : array, shape (rows,)
        Rows of one cluster are drawn together by the bootstrap (percentile interval).
    groups : array, shape (rows,)
        Ranks are formed within each group and centred; one group gives the usual ρ.
    seed : int

    Returns
    -------
    Estimate
        NaN where x or y is constant in each group.

    Examples
    --------
    >>> import numpy as np
    >>> from ncviz.regression.ranks import spearman
    >>> x = np.arange(20.0)
    >>> one = np.zeros(20, dtype=int)
    >>> spearman(x, x**3, np.arange(20), one).value
    1.0
    """
    ranked = _Ranked(x, y, groups)
    order = np.argsort(clusters, kind="stable")
    starts = np.flatnonzero(np.diff(clusters[order], prepend=-1))
    members = np.split(order, starts[1:])
    value = ranked.rho(np.arange(len(x)))
    if not np.isfinite(value) or len(members) < 2:
        return Estimate(value, np.nan, np.nan, len(x))
    ends = bootstrap(
        (np.arange(len(members)),),
        lambda drawn: ranked.rho(np.concatenate([members[k] for k in drawn])),
        n_resamples=RESAMPLES,
        vectorized=False,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    low, high = ends
    return Estimate(value, float(low), float(high), len(x))
