"""Loss oscillation as an index: how large it is late in training, its period, and who with whom."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.checks import Brief, a, a_seed, between, takes
from ncviz.basics.computing import unwarned
from ncviz.basics.protocol import SETTINGS
from ncviz.experiment import Experiment
from ncviz.inference import ERROR, Array, Estimate, holm, mean_intervals
from ncviz.inference.estimates import with_ends
from ncviz.mechanism.fights import pair
from ncviz.mechanism.traces import (
    LEAST_STEPS,
    LossTraces,
    a_trace,
    change_correlation,
    correlation_surrogates,
    dominant_period,
)
from ncviz.results.looking import detrended

if TYPE_CHECKING:
    import pandas as pd

HEADS = ("alice", "bob")

RUNS_AT_ONCE = 64  # runs whose series are shuffled together: their copies stay small


@dataclass(frozen=True, repr=False)
class OscillationIndex(Brief):
    """How the training losses oscillate in the last quarter, run by run; NaN where one diverged.

    Parameters
    ----------
    amplitude, period, period_p : array, shape (runs, 4, 2)
        Standard deviation, in nats, of the loss about its linear trend (a sine of height a has
        a/√2); every shuffling of a series keeps it, so that its comparison is the control. Where
        learning is done, the curve of the loss's decay is most of it. Period of the highest peak
        above red noise, in steps, NaN where its p-value, against residuals in random order, is
        above 0.05.
    correlation, null : array, shapes (runs, 4) and (surrogates, 4)
        Of the step-to-step changes of Alice's and Bob's loss, −1 to 1: both heads learn from the
        same batches, which correlates them without any shared unit (see the control). Its mean
        over runs where the heads' changes are unrelated: phase-shuffled.
    diverged : array of bool, shape (runs,)
    """

    experiment: Experiment
    amplitude: Array
    period: Array
    period_p: Array
    correlation: Array
    null: Array
    diverged: NDArray[np.bool_]

    def frame(self, control: "OscillationIndex | None" = None) -> "pd.DataFrame":
        """A row a setting and head; with a control, of `single_task_control`, how both compare.

        `ValueError` if the control is not of the same runs.

        Returns
        -------
        DataFrame
            setting, head, runs (used); with the ends of 95 % intervals over runs (``_low``,
            ``_high``): amplitude and correlation, means over runs (the latter, of both heads,
            stands in two rows);
            peaks: share of runs with a significant period (0.05 is what chance gives), peaks_p:
            binomial test that it is more; period: the median of those runs, NaN unless
            peaks_p_holm ≤ 0.05; null_low, null_high: where 95 % of surrogate means of the
            correlation lie; p: two-sided; peaks_p_holm, p_holm: over the four settings.
            With a control: amplitude_alone, correlation_alone; with their ends ratio, the geometric
            mean over runs of amplitude / amplitude alone, and difference, the mean over runs of
            correlation − correlation alone.
        """
        import pandas as pd

        amplitude = mean_intervals(_rows(self.amplitude), 0, np.inf, bounded=False)
        correlation = mean_intervals(_for_both(self.correlation), -1, 1)
        columns = {
            "setting": np.repeat(SETTINGS, 2),
            "head": np.tile(HEADS, 4),
            "runs": np.full(8, np.count_nonzero(~self.diverged)),
            **with_ends("amplitude", amplitude),
            **self._periods(),
            **with_ends("correlation", correlation),
            **self._beside_null(correlation[::2, 0]),
        }
        if control is not None:
            a(OscillationIndex, "an OscillationIndex")("control", control)
            if control.experiment != single_task_control(self.experiment):
                raise ValueError(
                    "control must be of single_task_control(experiment), not of "
                    f"{control.experiment.code()}"
                )
            columns |= self._beside(control)
        return pd.DataFrame(columns)

    def _periods(self) -> dict[str, Array]:
        from scipy.stats import binomtest

        known = np.isfinite(_rows(self.period_p)).sum(axis=1)
        found = np.isfinite(_rows(self.period)).sum(axis=1)
        p = [
            binomtest(int(k), int(n), ERROR, "greater").pvalue if n else np.nan
            for k, n in zip(found, known, strict=True)
        ]
        p_holm = np.apply_along_axis(_holm, 0, np.reshape(p, (4, 2))).ravel()
        medians = [
            np.nanmedian(row) if some and sure <= ERROR else np.nan
            for row, some, sure in zip(_rows(self.period), found, p_holm, strict=True)
        ]
        share = found / np.where(known, known, np.nan)
        columns = {"peaks": share, "peaks_p": p, "peaks_p_holm": p_holm, "period": medians}
        return {name: np.asarray(values) for name, values in columns.items()}

    def _beside_null(self, mean: Array) -> dict[str, Array]:
        low, high = np.quantile(self.null, [ERROR / 2, 1 - ERROR / 2], axis=0)
        as_far = (np.abs(self.null) >= np.abs(mean)).sum(axis=0)
        p = np.where(np.isnan(mean), np.nan, (1 + as_far) / (1 + len(self.null)))
        four = {"null_low": low, "null_high": high, "p": p, "p_holm": _holm(p)}
        return {name: np.repeat(values, 2) for name, values in four.items()}

    def _beside(self, control: "OscillationIndex") -> dict[str, Array]:
        logarithm = unwarned(lambda: np.log(self.amplitude) - np.log(control.amplitude))()
        logarithm[~np.isfinite(logarithm)] = np.nan  # a loss that does not move has no ratio
        most = 1e3  # no two float32 losses differ by so much
        ratio = np.exp(mean_intervals(_rows(logarithm), -most, most, bounded=False))
        difference = _for_both(self.correlation - control.correlation)
        alone = mean_intervals(_rows(control.amplitude), 0, np.inf, bounded=False)
        return {
            "amplitude_alone": alone[:, 0],
            **with_ends("ratio", ratio),
            "correlation_alone": mean_intervals(_for_both(control.correlation), -1, 1)[:, 0],
            **with_ends("difference", mean_intervals(difference, -2, 2)),
        }


@takes(traces=a_trace, surrogates=between(19, 10_000), seed=a_seed)
def oscillation_index(traces: LossTraces, surrogates: int = 200, seed: int = 0) -> OscillationIndex:
    """The oscillation of the last quarter's training losses, with its nulls.

    `ValueError` unless the last quarter has 32 steps or more, and each null at least 19 surrogates,
    the fewest that can give p = 0.05.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.mechanism import loss_traces, oscillation_index
    >>> index = oscillation_index(loss_traces(Experiment(runs=8, steps=400)), surrogates=19)
    >>> index.frame()["head"].tolist()[:2]
    ['alice', 'bob']
    """
    late = traces.late
    if len(late.steps) < LEAST_STEPS:
        raise ValueError(
            f"steps must be at least {4 * (LEAST_STEPS - 1)} for an oscillation of the last "
            f"quarter, not {traces.experiment.steps}"
        )
    rng = np.random.default_rng(seed)
    runs = np.flatnonzero(~traces.diverged)
    amplitude, period, period_p = np.full((3, len(traces.diverged), 4, 2), np.nan)
    correlation = np.full((len(traces.diverged), 4), np.nan)
    null = np.full((surrogates, len(runs), 4), np.nan)
    for first in range(0, len(runs), RUNS_AT_ONCE):
        some = runs[first : first + RUNS_AT_ONCE]
        losses = late.losses[:, some]
        amplitude[some] = detrended(late.steps, losses).std(axis=0)
        period[some], period_p[some] = dominant_period(losses, surrogates, rng)
        correlation[some] = change_correlation(losses)
        null[:, first : first + len(some)] = correlation_surrogates(losses, surrogates, rng)
    period[~(period_p <= ERROR)] = np.nan
    good = np.isfinite(null).all(axis=0)
    means = unwarned(np.divide)(np.where(good, null, 0).sum(axis=1), good.sum(axis=0))
    return OscillationIndex(
        traces.experiment, amplitude, period, period_p, correlation, means, traces.diverged
    )


@takes(experiment=a(Experiment, "an Experiment"))
def single_task_control(experiment: Experiment) -> Experiment:
    """The same runs with each head alone, in a trunk of its own that starts like the shared one.

    Alice's numbers are those of ``shared_gradient="without bob"``, Bob's those of ``"without
    alice"``, up to rounding. All that their losses still have in common are the batches.
    """
    return replace(experiment, trunk="separate", shared_gradient="sum")


def _rows(values: Array) -> Array:
    """(runs, settings, heads) → (settings × heads, runs)."""
    return values.reshape(len(values), -1).T


def _for_both(values: Array) -> Array:
    """(runs, settings) → (settings × heads, runs), the same for both heads."""
    return np.repeat(values.T, 2, axis=0)


def _holm(p: Array) -> Array:
    """Holm's correction over the four settings, of those that have a p-value."""
    corrected, good = np.full_like(p, np.nan), np.isfinite(p)
    if good.any():
        corrected[good] = holm(p[good])
    return corrected


def oscillation_sentence(table: "pd.DataFrame") -> str:
    """Where the losses swing against each other; with a control, how much more than alone."""
    rows = table[table["head"] == "alice"]
    if not rows["correlation"].notna().any():
        return "Every run has diverged: there are no losses to compare."
    alone = "difference" in table
    against = rows[(rows["correlation"] < 0) & (rows["p_holm"] <= ERROR)]
    if alone:  # the batches that both heads share correlate their losses, too
        against = against[against["difference_high"] < 0]
    than = ", more than the same heads alone" if alone else ""
    first = f"Late in training the losses swing against each other in no setting{than}."
    if len(against):
        columns = ["setting", "correlation", "correlation_low", "correlation_high"]
        told = ", ".join(
            f"{pair(setting)} (correlation {Estimate(value, low, high, 0)})"
            for setting, value, low, high in against[columns].itertuples(index=False)
        )
        first = f"Late in training the losses swing against each other{than}: in {told}."
    if not alone:
        return first
    most = table.loc[table["ratio"].fillna(0).idxmax()]
    ratio = most["ratio"]
    times = f"{ratio:.1f}" if ratio < 10 else f"{float(f'{ratio:.2g}'):.0f}"
    return (
        f"{first} {most['head'].title()}’s loss swings most beyond its control in "
        f"{pair(most['setting'])}: {times} times as much as alone."
    )
