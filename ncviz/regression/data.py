"""The rows that a regression uses, and those that it must leave out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

LEAST_ROWS = 4
"""A line through three points has one degree of freedom left; no interval is worth showing."""


@dataclass(frozen=True)
class Data:
    """Rows without gaps.

    Parameters
    ----------
    frame : DataFrame
        The rows that are used, numbered anew; their old labels are in `labels`.
    labels : array
        Index of each row in the frame that was given.
    clusters : array of int
        Which hidden variable λ a row belongs to: the same seed and run.
    left_out : int
        Rows with a number missing.
    diverged : int
        Those of them whose training diverged.
    """

    frame: "pd.DataFrame"
    labels: "NDArray[np.object_]"
    clusters: NDArray[np.intp]
    left_out: int
    diverged: int

    @property
    def n_clusters(self) -> int:
        """How many λ there are."""
        return len(np.unique(self.clusters))

    @classmethod
    def of(cls, frame: "pd.DataFrame", columns: Sequence[str]) -> "Data":
        """Take the rows in which all of some columns are there and finite.

        Raises
        ------
        ValueError
            If too few rows are left to fit a line.

        Examples
        --------
        >>> import pandas as pd
        >>> from ncviz.regression.data import Data
        >>> frame = pd.DataFrame({"S": [1, 2, 2, 3, None], "run": range(5)})
        >>> data = Data.of(frame, ["S"])
        >>> len(data.frame), data.left_out, data.n_clusters
        (4, 1, 4)
        """
        good = np.ones(len(frame), dtype=bool)
        for name in columns:
            column = frame[name]
            good &= column.notna().to_numpy()
            if np.issubdtype(column.dtype, np.number):
                good &= np.isfinite(column.to_numpy(dtype=np.float64))
        diverged = 0
        if "diverged" in frame:
            diverged = int((frame["diverged"].to_numpy(dtype=bool) & ~good).sum())
        used = frame[good]
        if len(used) < LEAST_ROWS:
            raise ValueError(
                f"frame has {len(used)} usable rows ({diverged} diverged, "
                f"{int((~good).sum()) - diverged} others have gaps); "
                f"a regression needs at least {LEAST_ROWS} runs"
            )
        known = [name for name in ("seed", "run") if name in used]
        clusters = (
            used.groupby(known, sort=False).ngroup().to_numpy()
            if "run" in known
            else np.arange(len(used))
        )
        return cls(
            used.reset_index(drop=True),
            used.index.to_numpy(),
            clusters,
            int((~good).sum()),
            diverged,
        )

    def part(self, rows: NDArray[np.bool_]) -> "Data":
        """Some of the rows."""
        return Data(
            self.frame[rows].reset_index(drop=True), self.labels[rows], self.clusters[rows], 0, 0
        )
