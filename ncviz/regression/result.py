"""`regress`, and what it gives back."""

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ncviz.basics.checks import a_frame, a_text, cut, one_of, optional, short, takes
from ncviz.basics.handing import handed_out
from ncviz.inference import Array, Estimate
from ncviz.regression import doubts, fits
from ncviz.regression.fits import Data, Slope
from ncviz.regression.formulas import OTHER_HALF, Terms
from ncviz.regression.words import Report, sentences

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MOST_GROUPS = 500  # values of `within`, each of which has a fit of its own


@dataclass(frozen=True, eq=False)
class Regression:
    """A line through runs, and what must be known before it is believed.

    Parameters
    ----------
    fit : results of statsmodels
        Of the formula over all rows: `RegressionResults`, or `MixedLMResults`; for a hinge the
        least-squares fit at the threshold that was found.
    pooled, common, groups : Slope, Slope or None, dict
        Of the predictor over all rows (for a hinge, of the plain line); within the groups of
        `within`, one for all, each group with a level of its own; and that of each. None where a
        group is too small or its predictor constant.
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
    bend: doubts.Hinge | None
    split: "Regression | None"

    @property
    def formula(self) -> str:
        """As it was given."""
        return self.terms.formula

    @handed_out
    def slopes(self) -> "pd.DataFrame":
        """Slopes side by side: "all runs", "within" and each group; slope, low, high, p, n."""
        import pandas as pd

        found: dict[str, Slope | None] = {"all runs": self.pooled}
        if self.within is not None:
            found["within"] = self.common
            found |= {f"{self.within} {value}": each for value, each in self.groups.items()}
        nothing = Slope(Estimate(np.nan, np.nan, np.nan, 0), np.nan)
        told = [each or nothing for each in found.values()]
        return pd.DataFrame([s.row | {"n": s.estimate.n} for s in told], index=[*found])

    @handed_out
    def spearman(self) -> "dict[str, Estimate]":
        """Spearman's ρ "all runs", and "within" the groups; bootstrap over seeds and runs."""
        groups = {"all runs": np.zeros(len(self.x), dtype=np.intp)}
        if self.within is not None:
            by_value = self.data.frame.groupby(self.within, sort=False)
            groups["within"] = by_value.ngroup().to_numpy()
        x, y, clusters = self.x, self.y, self.data.clusters
        return {name: doubts.spearman(x, y, clusters, of) for name, of in groups.items()}

    @cached_property
    def error(self) -> str | None:
        """The kind of error that S can be compared with on different points; None without."""
        if not {*doubts.HALVES, "test_error", "S"} <= {*self.data.frame.columns}:
            return None
        gap = {"gap", "gap_second"} & {*self.terms.columns}
        return "gap_second" if gap else "error_second"

    @handed_out
    def parts(self) -> "pd.DataFrame | None":
        """What of the slope of S on the error is arithmetic, and what S adds beyond it."""
        if self.error is None:
            return None
        return doubts.parts(self._whole, self.error, self.within, self.cov)

    @handed_out
    def rivals(self) -> "pd.DataFrame | None":
        """What S predicts that its rivals do not; None where too few runs, or all alike."""
        if self.error is not None:
            with suppress(ValueError):
                return doubts.rivals(self._whole, self.error, self.within, self.cov)
        return None

    @property
    def _whole(self) -> Data:
        """The rows in which all halves are there too."""
        frame = self.data.frame
        return self.data.part(frame[[*doubts.HALVES, "gap"]].notna().all(axis=1).to_numpy())

    @handed_out
    def influence(self) -> "pd.DataFrame":
        """What single runs weigh in the least-squares line, the heaviest first, by their labels.

        Columns: seed, run and `within`, as far as there; leverage, residual (studentized),
        cooks_distance, and slope without that run.
        """
        line, predictor, data = self.line, self.terms.predictor, self.data
        leverage, residual, cook, change = fits.leverages(line)
        known = [c for c in ("seed", "run", self.within) if c and c in data.frame]
        table = data.frame[known].assign(leverage=leverage, residual=residual, cooks_distance=cook)
        pull = change[:, line.model.exog_names.index(predictor)]
        table = table.assign(slope=line.params[predictor] + pull).set_axis(data.labels)
        return table.sort_values("cooks_distance", ascending=False)

    @cached_property
    def line(self) -> Any:
        """The least-squares fit over all runs; `fit` itself, unless that is mixed or bends."""
        return self.fit if self.kind == "ols" else fits.ols(self.terms, self.data, self.cov)

    @property
    def x(self) -> Array:
        """The predictor of each row."""
        return fits.column(self.line, self.terms.predictor)

    @property
    def y(self) -> Array:
        """The outcome of each row."""
        return np.asarray(self.line.model.endog)

    @property
    def sentences(self) -> list[str]:
        """What it shows, and why to doubt it, in plain words."""
        return sentences(self)

    def summary(self) -> str:
        """The summary of statsmodels, the slopes side by side, and plain sentences."""
        tables = {
            "Slopes": self.slopes,
            "What of the slope is arithmetic": self.parts,
            "What S adds to what is known": self.rivals,
        }
        told = [
            f"{title}\n{table.to_string(float_format='{:.4g}'.format)}"
            for title, table in tables.items()
            if table is not None
        ]
        return Report("\n\n".join([str(self.fit.summary()), *told, "\n".join(self.sentences)]))

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
        line = fits.ols(self.terms, self.data, self.cov) if self.kind != "mixed" else None
        vars(self)["fit"] = _fit(self.terms, self.data, self.within, self.cov, line, self.bend)


@takes(
    frame=a_frame,
    within=optional(a_text),
    cov=one_of(*fits.COVARIANCES),
    kind=one_of("ols", "mixed", "hinge"),
)
def regress(
    frame: "pd.DataFrame",
    formula: str,
    within: str | None = None,
    cov: str = "HC3",
    kind: str = "ols",
) -> Regression:
    """Regress one column of a frame of runs on others, with what is needed to doubt the answer.

    With the rule "correct" a marginal is 1 − 2 × error of the same points: S and the error are
    linked by arithmetic. Where the frame has `Result.halves`, ``.split`` has the same with S of
    one half of the held-out points and the error of the other. `ValueError` if a column is
    missing, the predictor is constant or no number, or there are too few runs.

    Parameters
    ----------
    frame : DataFrame
        A row a run, as `Sweep.runs`. Rows with numbers missing (runs that diverged) are left out
        and counted.
    formula : str
        As patsy knows it: "S ~ test_error". The slope is that of the first term on the right,
        which must be a number.
    within : str, optional
        A column (the hidden size) that may drive both sides: slopes within each of its values,
        and one common slope within all, stand beside the pooled one.
    cov : {"HC3", "cluster", "HC0", "HC1", "HC2", "nonrobust"}
        Errors of the least-squares slopes. "cluster": by seed and run, whose rows share points
        and batch order at all sizes. With "mixed", of the slopes within.
    kind : {"ols", "mixed", "hinge"}
        Least squares; a mixed model with a random level for each value of `within` (or seed and
        run); or a line that bends at a threshold found from the data (Hansen 2017).

    Examples
    --------
    >>> from ncviz import Experiment, regress, sweep
    >>> s = sweep(Experiment(runs=16, steps=300), hidden=[1, 2, 3], progress=False)
    >>> f = regress(s.runs, "S ~ test_error", within="hidden", cov="cluster")
    >>> list(f.slopes.index), f.split.formula
    (['all runs', 'within', 'hidden 1', 'hidden 2', 'hidden 3'], 'S_first ~ error_second')
    """
    _check(frame, cov, within)
    terms = Terms.of(formula, frame.columns)
    data = Data.of(frame, [*terms.columns, *([within] if within else [])])
    line = fits.ols(terms, data, cov)
    bend = doubts.hinge(terms, data, line) if kind == "hinge" else None
    fit = _fit(terms, data, within, cov, None if kind == "mixed" else line, bend)
    pooled = fits.slope(fit if kind == "mixed" else line, terms.predictor)
    common, groups = None, {}
    if within is not None:
        common, values = fits.slope_of(terms, data, cov, within), data.frame[within]
        for value in sorted(values.unique()):
            part = data.part((values == value).to_numpy())
            groups[value] = fits.slope_of(terms, part, cov)
    split = None
    if terms.same_points and {OTHER_HALF.get(c, c) for c in terms.columns} <= {*frame.columns}:
        split = regress(frame, terms.split, within, cov, kind)
    return Regression(terms, data, fit, pooled, common, groups, within, cov, kind, bend, split)


def _fit(
    terms: Terms, data: Data, within: str | None, cov: str, line: Any, bend: doubts.Hinge | None
) -> Any:
    """Of what is asked: the line, the line with its bend, or without a line a mixed model."""
    if line is None:
        return fits.mixed(terms, data, within)
    if bend is None:
        return line
    beyond = doubts.basis(fits.column(line, terms.predictor), bend.threshold.value)[:, 2]
    frame = data.frame.assign(beyond_threshold=beyond)
    terms = Terms.of(f"{terms.formula} + beyond_threshold", frame.columns)
    return fits.ols(terms, replace(data, frame=frame), cov)


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
