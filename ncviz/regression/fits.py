"""The rows of a regression, and lines through them whose errors hold for runs that share chance."""

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.checks import cut, short
from ncviz.basics.handing import hands_out
from ncviz.inference import ERROR, Array, Estimate
from ncviz.regression.formulas import Terms, width

if TYPE_CHECKING:
    import pandas as pd

LEAST_ROWS = 4  # of three a line leaves one degree of freedom: no interval is worth showing
MOST_WORK = 500_000_000  # rows × columns², some seconds of a singular value decomposition
LARGEST = 1e100  # squares of larger numbers overflow

COVARIANCES = ("HC3", "cluster", "HC0", "HC1", "HC2", "nonrobust")


@hands_out("frame", "labels", "clusters")
@dataclass(frozen=True)
class Data:
    """Rows without gaps, numbered anew."""

    frame: "pd.DataFrame"
    labels: "NDArray[np.object_]"  # of each row, in the frame that was given
    clusters: NDArray[np.intp]  # rows with the same seed and run: the same points and order
    left_out: int  # rows with a number missing
    diverged: int  # those of them whose training diverged

    @property
    def n_clusters(self) -> int:
        """How many pairs of seed and run there are."""
        return len(np.unique(self.clusters))

    @classmethod
    def of(cls, frame: "pd.DataFrame", columns: Sequence[str]) -> "Data":
        """Take the rows in which all of some columns are there and finite."""
        frame = frame.assign(**{name: _plain(frame[name]) for name in frame.columns})
        asked = frame[list(columns)]
        good = (asked.notna() & ~asked.isin([np.inf, -np.inf])).all(axis=1).to_numpy()
        used, left_out, diverged = frame[good], int((~good).sum()), 0
        if "diverged" in frame and frame["diverged"].dtype.kind in "biu":
            diverged = int((frame["diverged"].to_numpy(dtype=bool) & ~good).sum())
        if len(used) < LEAST_ROWS:
            raise ValueError(
                f"frame has {len(used)} usable rows ({diverged} diverged, "
                f"{left_out - diverged} others have gaps); "
                f"a regression needs at least {LEAST_ROWS} runs"
            )
        clusters = np.arange(len(used))
        if "run" in used:
            known = [name for name in ("seed", "run") if name in used]
            clusters = used.groupby(known, sort=False, dropna=False).ngroup().to_numpy()
        return cls(used.reset_index(drop=True), used.index.to_numpy(), clusters, left_out, diverged)

    def part(self, rows: NDArray[np.bool_]) -> "Data":
        """Some of the rows."""
        frame = self.frame[rows].reset_index(drop=True)
        return Data(frame, self.labels[rows], self.clusters[rows], 0, 0)


def _plain(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """A column as NumPy has it: numbers and truth values as they are, all else as texts."""
    # Patsy and statsmodels do not know pandas' own types: nullable, of PyArrow, categories.
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf":
        return column
    known = column.dropna()
    if all(isinstance(value, Real) for value in known):
        with suppress(OverflowError, ValueError):
            if len(known) == len(column):
                return pd.Series(np.array(known.tolist()), column.index).infer_objects()
        with suppress(OverflowError, ValueError):
            return column.astype(object).where(column.notna(), np.nan).astype(np.float64)
    return column.astype(object).where(column.notna(), None).map(str, na_action="ignore")


@dataclass(frozen=True)
class Slope:
    """How much the outcome changes with one unit of the predictor, and p of 0, two-sided."""

    estimate: Estimate
    p: float

    @property
    def row(self) -> dict[str, float]:
        """Slope, low, high and p, for a table."""
        e = self.estimate
        return {"slope": e.value, "low": e.low, "high": e.high, "p": self.p}


def ols(terms: Terms, data: Data, cov: str, within: str | None = None) -> Any:
    """Fit a formula by least squares, with intervals by t; `within`: a level for each value."""
    from statsmodels.tools.sm_exceptions import SingularMatrixWarning

    # By seed and run; where each has one row only that is HC3.
    clustered = cov == "cluster" and data.n_clusters < len(data.frame)
    kind = "HC3" if cov == "cluster" and not clustered else cov
    with warnings.catch_warnings():
        # Other columns may say the same twice, as `hidden` and its levels; the predictor does not.
        warnings.simplefilter("ignore", SingularMatrixWarning)
        groups = {"groups": data.clusters} if clustered else None
        return design(terms, data, within).fit(cov_type=kind, cov_kwds=groups, use_t=True)


def design(terms: Terms, data: Data, within: str | None = None) -> Any:
    """The model of a formula, not fitted yet; `within` as for `ols`."""
    import statsmodels.formula.api as smf

    formula = terms.formula if within is None else f"{terms.formula} + C(Q({within!r}))"
    check_width(terms, data.frame, within)
    with computing(formula):
        model = smf.ols(formula, data.frame)
    if not max(np.abs(model.exog).max(), np.abs(model.endog).max()) < LARGEST:
        raise ValueError(f"formula {short(formula)} gives numbers beyond {LARGEST:g}: rescale it")
    names, table = model.exog_names, model.exog
    predictor = cut(terms.predictor, 80)
    if terms.predictor not in names:
        raise ValueError(f"the predictor {predictor} must be a number, one column of it")
    at = names.index(terms.predictor)
    x = table[:, at]
    if np.ptp(x) == 0:
        raise ValueError(
            f"the predictor {predictor} is {x[0]:g} in all {len(x)} runs: a constant has no slope"
        )
    rank, said = np.linalg.matrix_rank(table), short(formula)
    if len(x) <= rank:
        raise ValueError(f"{len(x)} runs are too few for the {len(names)} numbers of {said}")
    if np.linalg.matrix_rank(np.delete(table, at, axis=1)) == rank:
        raise ValueError(f"the predictor {predictor} follows from the other columns of {said}")
    return model


def mixed(terms: Terms, data: Data, within: str | None) -> Any:
    """Fit a formula with a random level for each value of `within`, or each seed and run."""
    import statsmodels.formula.api as smf
    from statsmodels.tools.sm_exceptions import ConvergenceWarning

    groups = data.clusters if within is None else data.frame[within].to_numpy()
    with warnings.catch_warnings():
        # A variance of 0 is an answer here (groups do not differ), not a fault of the fit.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", UserWarning)
        with computing(terms.formula):
            return smf.mixedlm(terms.formula, data.frame, groups=groups).fit()


@contextmanager
def computing(formula: str) -> Iterator[None]:
    """What patsy, statsmodels and NumPy say of a formula that these rows cannot be put into."""
    import patsy
    from statsmodels.tools.sm_exceptions import MissingDataError

    try:
        with np.errstate(all="ignore"):
            yield
    except (patsy.PatsyError, MissingDataError, TypeError, ValueError) as error:
        said = cut(str(error).partition("\n")[0], 200)
        told = f"formula {short(formula)} cannot be fitted to this frame: {said}"
        raise ValueError(told) from error


def check_width(terms: Terms, frame: "pd.DataFrame", within: str | None) -> None:
    """Refuse a table that would take minutes, before it is made: it is known how wide it can be."""
    levels = {name: frame[name].nunique() for name in terms.columns}
    texts = {name for name in terms.columns if frame[name].dtype.kind not in "iuf"}
    if math.prod(width(factor, levels, texts) for factor in terms.factors[0]) > 1:
        raise ValueError(f"the outcome of formula {short(terms.formula)} must be a number")
    total = 1 if within is None else frame[within].nunique()
    total += sum(math.prod(width(f, levels, texts) for f in each) for each in terms.factors[1:])
    if len(frame) * total**2 > MOST_WORK:
        raise ValueError(
            f"formula {short(terms.formula)} has up to {total:,} columns for {len(frame):,} runs: "
            "too many to fit; a column with so many values is not for C(…), nor for within"
        )


def column(fit: Any, name: str) -> Array:
    """A column of the table that a fit was made from."""
    return np.asarray(fit.model.exog[:, fit.model.exog_names.index(name)])


def slope(fit: Any, predictor: str) -> Slope:
    """The slope of a predictor in a fit of statsmodels."""
    low, high = fit.conf_int(ERROR).loc[predictor]
    ends = float(fit.params[predictor]), float(low), float(high)
    return Slope(Estimate(*ends, len(fit.model.endog)), float(fit.pvalues[predictor]))


def slope_of(terms: Terms, data: Data, cov: str, within: str | None = None) -> Slope | None:
    """The slope of a least-squares fit; None where the rows do not tell it."""
    if len(data.frame) >= LEAST_ROWS:
        with suppress(ValueError):
            return slope(ols(terms, data, cov, within), terms.predictor)
    return None


def leverages(fit: Any) -> Any:
    """Leverage, studentized residual, Cook's distance (rows,); change of slopes without the row."""
    found = fit.get_influence()
    # In closed form: statsmodels' own `dfbeta` fits again without each row in turn.
    pull = fit.model.exog @ fit.normalized_cov_params.to_numpy()
    without = -pull * (fit.resid.to_numpy() / (1 - found.hat_matrix_diag))[:, None]
    residual, (cook, _) = found.resid_studentized_internal, found.cooks_distance
    return found.hat_matrix_diag, residual, cook, np.asarray(without)


RESAMPLES = 499
AT_ONCE = 64  # resamples that are worked on together; more would not fit into a cache


def percentile_interval(
    statistic: Callable[[Array], Array], clusters: int, seed: int
) -> tuple[Array, Array]:
    """The 95 % percentile interval (Efron 1979) of numbers (…, resamples) by clusters' weights."""
    # ``scipy.stats.bootstrap`` gives no interval where all resamples agree, as those of a threshold
    # do, and draws clusters where a weight for each is all that is needed.
    rng = np.random.default_rng(seed)
    found = []
    for first in range(0, RESAMPLES, AT_ONCE):
        drawn = rng.integers(clusters, size=(min(AT_ONCE, RESAMPLES - first), clusters))
        weights = np.stack([np.bincount(row, minlength=clusters) for row in drawn])
        found.append(statistic(weights.astype(np.float64)))
    low, high = np.nanquantile(np.concatenate(found, axis=-1), [0.025, 0.975], axis=-1)
    return low, high
