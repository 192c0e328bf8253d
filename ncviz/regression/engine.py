"""`regress`: checks what it is asked, and fits."""

from typing import TYPE_CHECKING, Any

from ncviz.basics.checks import a_frame, a_text, cut, one_of, optional, short, takes
from ncviz.regression.data import Data, Terms
from ncviz.regression.fits import COVARIANCES, Slope, mixed, ols, slope, slope_of
from ncviz.regression.hinge import bent, hinge
from ncviz.regression.result import Regression

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("ols", "mixed", "hinge")

MOST_GROUPS = 500  # values of `within`, each of which has a fit of its own


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
    half of the held-out points and the error of the other stands in ``.split``.

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

    Raises
    ------
    ValueError
        If a column is missing, the predictor is constant or no number, there are too few runs, or
        `cov` or `kind` is unknown.

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
