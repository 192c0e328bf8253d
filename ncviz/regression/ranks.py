"""Spearman's rank correlation, over all runs and with the groups taken out."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ncviz.inference import Array, Estimate
from ncviz.regression.resampling import percentile_interval

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
        """Ranks of each row within its group, less their mean, where rows count several times.

        Parameters
        ----------
        times : array, shape (resamples, rows)
        """
        sizes = np.zeros((len(times), len(self.group_of_block)))
        for row, counts in zip(sizes, times, strict=True):
            row += np.bincount(self.block_of_row, counts, minlength=len(row))
        total = np.add.reduceat(sizes, self.first_of_group, axis=1)
        before = np.cumsum(sizes, axis=1) - sizes
        start = before[:, self.first_of_group][:, self.group_of_block]
        ranks = before - start + sizes / 2 - total[:, self.group_of_block] / 2
        return np.asarray(ranks[:, self.block_of_row])


def spearman(x: Array, y: Array, clusters: Integers, groups: Integers, seed: int = 0) -> Estimate:
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
