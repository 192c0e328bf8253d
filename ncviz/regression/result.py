"""`regress`, and what it gives back."""

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.checks import a_frame, a_text, cut, one_of, optional, short, takes
from ncviz.basics.handing import handed_out
from ncviz.inference import Estimate
from ncviz.regression.data import Data, Terms
from ncviz.regression.fits import COVARIANCES, Slope, column, leverages, mixed, ols, slope, slope_of
from ncviz.regression.hinge import Hinge, bent, hinge
from ncviz.regression.parts import HALVES, parts, rivals, spearman
from ncviz.regression.words import Report, sentences

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

KINDS = ("ols", "mixed", "hinge")

MOST_GROUPS = 500  # values of `within`, each of which has a fit of its own


@dataclass(frozen=True, eq=False)
class Regression:
    """A line through runs, and what must be known before it is believed.

    Parameters
    ----------
    terms : Terms
        The formula.
    data : Data
        The rows that are used.
    fit : results of statsmodels
        Of the formula over all rows: `RegressionResults`, or `MixedLMResults`; for a hinge the
        least-squares fit at the threshold that was found.
    pooled : Slope
        Of the predictor, over all rows. For a hinge, of the plain line.
    common, groups : Slope or None, dict
        The slope within the groups of `within`, one for all, each group with a level of its own;
        and that of each; None where a group is too small or its predictor constant.
    within, cov, kind : str
    bend : Hinge or None
    split : Regression or None
        The same with S and the error of different held-out points, where the formula joins those
        of the same points and the frame has both.
    """

    terms: Terms
    data: Data
    fit: Any
    pooled: Slope
    common: Slope | None
    groups: "dict[Any, Slope | None]"
    within: str | None
    cov: str
    kind: str
    bend: Hinge | None
    split: "Regression | None"

    @property
    def formula(self) -> str:
        """As it was given."""
        return self.terms.formula

    @handed_out
    def slopes(self) -> "pd.DataFrame":
        """Slopes side by side: "all runs", "within" and each group; slope, low, high, p, n."""
        import pandas as pd

        found: dict[Any, Slope | None] = {"all runs": self.pooled}
        if self.within is not None:
            found["within"] = self.common
            found |= {f"{self.within} {value}": each for value, each in self.groups.items()}
        nothing = Slope(Estimate(np.nan, np.nan, np.nan, 0), np.nan)
        rows = {name: each or nothing for name, each in found.items()}
        return pd.DataFrame.from_dict(
            {name: each.row | {"n": each.estimate.n} for name, each in rows.items()}, orient="index"
        )

    @handed_out
    def spearman(self) -> "dict[str, Estimate]":
        """Spearman's ρ "all runs", and "within" the groups; bootstrap over seeds and runs."""
        x, y = self.x, self.y
        one = np.zeros(len(x), dtype=np.intp)
        found = {"all runs": spearman(x, y, self.data.clusters, one)}
        if self.within is not None:
            groups = self.data.frame.groupby(self.within, sort=False).ngroup().to_numpy()
            found["within"] = spearman(x, y, self.data.clusters, groups)
        return found

    @cached_property
    def error(self) -> str | None:
        """The kind of error that S can be compared with on different points; None without."""
        if not {*HALVES, "test_error", "S"} <= {*self.data.frame.columns}:
            return None
        gap = bool({"gap", "gap_second"} & {*self.terms.columns})
        return "gap_second" if gap else "error_second"

    @handed_out
    def parts(self) -> "pd.DataFrame | None":
        """What of the slope of S on the error is arithmetic, and what S adds beyond it."""
        if self.error is None:
            return None
        return parts(self._whole, self.error, self.within, self.cov)

    @handed_out
    def rivals(self) -> "pd.DataFrame | None":
        """What S predicts that its rivals do not; None where too few runs, or all alike."""
        if self.error is not None:
            with suppress(ValueError):
                return rivals(self._whole, self.error, self.within, self.cov)
        return None

    @handed_out
    def influence(self) -> "pd.DataFrame":
        """What single runs weigh in the least-squares line over all runs.

        A row a run, the heaviest first, under their labels in the frame: what tells the run
        (seed, run and `within`), leverage, residual (studentized), cooks_distance, and slope
        without that run.
        """
        import pandas as pd

        fit = self.line
        leverage, residual, cook, change = leverages(fit)
        place = fit.model.exog_names.index(self.terms.predictor)
        known = [c for c in ("seed", "run", self.within) if c and c in self.data.frame]
        table = self.data.frame[known].assign(
            leverage=leverage,
            residual=residual,
            cooks_distance=cook,
            slope=fit.params[self.terms.predictor] + change[:, place],
        )
        table.index = pd.Index(self.data.labels)
        return table.sort_values("cooks_distance", ascending=False)

    @cached_property
    def line(self) -> Any:
        """The least-squares fit over all runs; `fit` itself, unless that is mixed or bends."""
        return self.fit if self.kind == "ols" else ols(self.terms, self.data, self.cov)

    @property
    def x(self) -> NDArray[np.float64]:
        """The predictor of each row."""
        return column(self.line, self.terms.predictor)

    @property
    def y(self) -> NDArray[np.float64]:
        """The outcome of each row."""
        return np.asarray(self.line.model.endog)

    @property
    def sentences(self) -> list[str]:
        """What it shows, and why to doubt it, in plain words."""
        return sentences(self)

    def summary(self) -> str:
        """The summary of statsmodels, the slopes side by side, and plain sentences."""
        blocks = [str(self.fit.summary())]
        for title, table in (
            ("Slopes", self.slopes),
            ("What of the slope is arithmetic", self.parts),
            ("What S adds to what is known", self.rivals),
        ):
            if table is not None:
                blocks.append(f"{title}\n{table.to_string(float_format='{:.4g}'.format)}")
        return Report("\n\n".join([*blocks, "\n".join(self.sentences)]))

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw it: `figures.regression`."""
        from ncviz.figures.regression import regression  # reaches right at call time

        return regression(self, ax)

    def __repr__(self) -> str:
        return f"<Regression {self.formula}: {self.pooled.estimate} over {len(self.x)} runs>"

    def __getstate__(self) -> dict[str, Any]:
        # What statsmodels keeps cannot be read back wherever a script may stand: it fits again.
        return {name: value for name, value in vars(self).items() if name not in ("fit", "line")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        if self.kind == "mixed":
            fit = mixed(self.terms, self.data, self.within)
        else:
            fit = ols(self.terms, self.data, self.cov)
        if self.bend is not None:
            fit = bent(self.terms, self.data, fit, self.bend, self.cov)
        vars(self)["fit"] = fit

    @property
    def _whole(self) -> Data:
        """The rows in which all halves are there too."""
        frame = self.data.frame
        return self.data.part(frame[[*HALVES, "gap"]].notna().all(axis=1).to_numpy())


@takes(frame=a_frame, within=optional(a_text), cov=one_of(*COVARIANCES), kind=one_of(*KINDS))
def regress(
    frame: "pd.DataFrame",
    formula: str,
    within: str | None = None,
    cov: str = "HC3",
    kind: str = "ols",
) -> Regression:
    """Regress one column of a frame of runs on others, with what is needed to doubt the answer.

    With the rule "correct" a marginal is 1 − 2 × error of the same points: S and the error are
    linked by arithmetic. Where the frame has `Result.halves`, the same regression with S of one
    half of the held-out points and the error of the other stands in ``.split``. `ValueError` if a
    column is missing, the predictor is constant or no number, or there are too few runs.

    Parameters
    ----------
    frame : DataFrame
        A row a run: `Sweep.runs`, `Explorer.pinned`, `Result.runs`, or any of this shape. Rows
        with numbers missing (runs that diverged) are left out and counted.
    formula : str
        As patsy knows it: "S ~ test_error". The slope that is told is that of the first term on
        the right, which must be a number.
    within : str, optional
        A column (the hidden size) that may drive both sides: slopes within each of its values, and
        one common slope within all, stand beside the pooled one.
    cov : {"HC3", "cluster", "HC0", "HC1", "HC2", "nonrobust"}
        Errors of the least-squares slopes. "cluster": by seed and run, whose rows share
        points and batch order at all sizes. Mixed models have errors of their own; there it
        is for the slopes within.
    kind : {"ols", "mixed", "hinge"}
        Least squares; a mixed model with a random level for each value of `within` (for each
        seed and run without it); or a line that bends at a threshold found from the data
        (Hansen 2017).

    Examples
    --------
    >>> from ncviz import Experiment, regress, sweep
    >>> s = sweep(Experiment(runs=16, steps=300), hidden=[1, 2, 3], progress=False)
    >>> f = regress(s.runs, "S ~ test_error", within="hidden", cov="cluster")
    >>> list(f.slopes.index)
    ['all runs', 'within', 'hidden 1', 'hidden 2', 'hidden 3']
    >>> f.split.formula
    'S_first ~ error_second'
    """
    _check(frame, cov, within)
    terms = Terms.of(formula, frame.columns)
    data = Data.of(frame, [*terms.columns, *([within] if within else [])])
    line = ols(terms, data, cov)
    fit, bend = line, None
    if kind == "mixed":
        fit = mixed(terms, data, within)
    elif kind == "hinge":
        bend = hinge(terms, data, line)
        fit = bent(terms, data, line, bend, cov)
    pooled = slope(fit if kind == "mixed" else line, terms.predictor, len(data.frame))
    common, groups = _within(terms, data, cov, within)
    split = None
    if terms.same_points and terms.split_columns <= {*frame.columns}:
        split = regress(frame, terms.split, within, cov, kind)
    return Regression(terms, data, fit, pooled, common, groups, within, cov, kind, bend, split)


def _within(
    terms: Terms, data: Data, cov: str, within: str | None
) -> "tuple[Slope | None, dict[Any, Slope | None]]":
    if within is None:
        return None, {}
    column = data.frame[within]
    groups: dict[Any, Slope | None] = {
        value: slope_of(terms, data.part((column == value).to_numpy()), cov)
        for value in sorted(column.unique())
    }
    return slope_of(terms, data, cov, within), groups


def _check(frame: "pd.DataFrame", cov: str, within: str | None) -> None:
    if frame.columns.nlevels > 1 or frame.columns.has_duplicates:
        twice = frame.columns[frame.columns.duplicated()]
        which = f": {short(twice[0])} is there twice" if len(twice) else ""
        raise ValueError(f"frame must have columns of one name each{which}")
    if within is not None and within not in frame.columns:
        known = cut(", ".join(map(str, frame.columns)), 300)
        raise ValueError(
            f"within must be a column of the frame, not {short(within)}; it has {known}"
        )
    if within is not None and frame[within].astype(str).nunique() > MOST_GROUPS:
        raise ValueError(f"within {short(within)} has more than {MOST_GROUPS} values")
    if cov == "cluster" and "run" not in frame.columns:
        raise ValueError("cov='cluster' needs the column run (and seed, where there are several)")
