"""The headline numbers of an experiment at one step, each with its interval over runs."""

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy.special import stdtrit

from ncviz.bell.forms import SIGNS, chsh_forms
from ncviz.bell.signalling import ceiling_of_excess, shifts
from ncviz.inference import (
    ERROR,
    Array,
    Estimate,
    all_agree,
    estimates,
    largest_s,
    many_ties,
    needs_bounds,
)
from ncviz.results.recording import PerRun

if TYPE_CHECKING:
    from ncviz.experiment import Experiment


@dataclass(frozen=True)
class Summary:
    """All that a verdict needs: means over runs, or of the behavior averaged over runs."""

    experiment: "Experiment"
    s: Estimate
    correlators: tuple[Estimate, ...]  # in the settings 11, 12, 21, 22
    # For A1, A2, B1, B2: the mean outcome beside the partner's first task, and its second.
    marginals: tuple[tuple[Estimate, Estimate], ...]
    shifts: tuple[Estimate, ...]  # second minus first; the four hold together (Bonferroni)
    excess: Estimate  # s_odd − 2
    delta: Estimate
    D: Estimate  # s_odd − 2 − δ
    influence: Estimate  # 2 Σ f_k: no run's S can exceed 2 by more than its own
    least_influence: Estimate  # max(δ, s_odd − 2): what these means ask of 2 Σ f_k
    hidden: Estimate  # 2 Σ f_k − max(δ, s_odd − 2): influence that the means do not ask for
    ceiling: Estimate  # what S − 2 − δ can be at most, see `bell.signalling`
    outcomes: int  # of a run so far, of each head in each setting: the rule may not have begun yet
    above: int  # runs with S > 2
    diverged: int  # runs left out
    agreeing: int  # runs with the S that most of them have
    tied: bool  # they are more than a quarter of the runs: pictures show the runs, no interval

    @classmethod
    def of(cls, experiment: "Experiment", runs: PerRun) -> Self:
        """Summarise the numbers of every run."""
        bob_by_his = runs.marginals[:, 1].swapaxes(1, 2)
        pairs = np.stack([runs.marginals[:, 0], bob_by_his], axis=1).reshape(-1, 8)
        most = largest_s(experiment.trunk)
        influence = 2 * runs.influence.sum(axis=1)
        visible = signalling_rows(runs.correlators, runs.marginals)
        ceiling = ceiling_of_excess(runs.correlators, runs.marginals)
        parts: dict[str, tuple[Array, Any, Any, float]] = {
            "s": (runs.S[None], -most, most, ERROR),
            "correlators": (runs.correlators.reshape(-1, 4).T, -1, 1, ERROR),
            "pairs": (pairs.T, -1, 1, ERROR),
            "shifts": (shifts(runs.marginals).T, -2, 2, ERROR / 4),
            "influence": (influence[None], 0, 8, ERROR),
            "hidden": (influence - visible[[0, 1, 3]], 0, 16, ERROR),
            "ceiling": (ceiling[None], -6, 4, ERROR),
            "visible": (visible, *np.transpose(LIMITS), ERROR),
        }
        # One call for all rows: its cost is nearly the same for one row and for thirty.
        low, high, error = (
            np.concatenate([np.broadcast_to(part[i], len(part[0])) for part in parts.values()])
            for i in (1, 2, 3)
        )
        rows: Array = np.concatenate([rows for rows, *_ in parts.values()])
        bounded = needs_bounds(rows)
        bounded[0] = all_agree(rows[:1])[0]  # as `intervals_of_s`
        means = iter(estimates(rows, low, high, error, bounded))
        found = {name: tuple(islice(means, len(part[0]))) for name, part in parts.items()}
        excess, delta, D = signalling_estimates(list(found["visible"]))
        alike = np.unique(runs.S[np.isfinite(runs.S)], return_counts=True)[1]
        return cls(
            experiment=experiment,
            s=found["s"][0],
            correlators=found["correlators"],
            marginals=tuple(zip(found["pairs"][::2], found["pairs"][1::2], strict=True)),
            shifts=found["shifts"],
            excess=excess,
            delta=delta,
            D=D,
            influence=found["influence"][0],
            least_influence=_of_ends(np.maximum, excess, delta, excess, delta),
            # Of δ that noise makes too large only the clear shifts are sure.
            hidden=_of_ends(np.minimum, *found["hidden"][:2], *found["hidden"][::2]),
            ceiling=found["ceiling"][0],
            outcomes=runs.outcomes,
            above=int(np.count_nonzero(runs.S > 2)),
            diverged=int(np.count_nonzero(runs.diverged)),
            agreeing=int(alike.max(initial=0)),
            tied=bool(many_ties(runs.S[None])[0]),
        )


def _of_ends(which: np.ufunc, one: Estimate, other: Estimate, *upper: Estimate) -> Estimate:
    """The larger, or the smaller, of two; its upper end is that of two others."""
    value, low = which(one.value, other.value), which(one.low, other.low)
    high = which(*(each.high for each in upper))
    return Estimate(float(value), float(low), float(high), other.n)


CLEAR = 0.00135  # chance that noise alone passes for a shift to one side: 3 standard errors
DIGITS = 12  # of the rows, after the point; sums in another order differ beyond them

LIMITS = ((-6.0, 2.0), (-8.0, 8.0), (-14.0, 10.0), (-8.0, 8.0), (-14.0, 10.0))
"""What each of the rows of `signalling_rows` can be at least and at most."""


def signalling_rows(correlators: Array, marginals: Array) -> Array:
    """Rows whose means over runs are s_odd − 2, δ, D, and cautious forms of δ and of D.

    Given the signs of the four shifts δ is a mean over runs, and so is s_odd given its form. But
    the size of mere noise is positive, not 0: the cautious rows leave out shifts whose sign is not
    clear. Intervals are approximate, as form and signs come from the same runs.

    Shapes: correlators (…, runs, 2, 2), marginals (…, runs, 2, 2, 2) → (…, 5, runs).
    """
    good = np.asarray(np.isfinite(correlators).all(axis=(-2, -1)))
    n = good.sum(axis=-1)[..., None]  # a place for the four settings, or the four shifts
    used = np.where(good[..., None, None], correlators, 0.0)
    forms = chsh_forms(used.sum(axis=-3) / np.maximum(n, 1)[..., None])
    excess = _along(used.reshape(*good.shape, 4), SIGNS[np.argmax(forms, axis=-1)]) - 2
    moved = np.where(good[..., None], shifts(marginals), 0.0)
    mean = moved.sum(axis=-2) / np.maximum(n, 1)
    apart = np.where(good[..., None], moved - mean[..., None, :], 0.0)
    error = np.sqrt((apart**2).sum(axis=-2) / np.maximum(n - 1, 1) / np.maximum(n, 1))
    clear = (n > 1) & (np.abs(mean) > stdtrit(np.maximum(n - 1.0, 1.0), 1 - CLEAR) * error)
    delta = _along(moved, np.sign(mean))
    clear_delta = _along(moved, np.where(clear, np.sign(mean), 0.0))
    rows = np.stack([excess, delta, excess - delta, clear_delta, excess - clear_delta], axis=-2)
    # Runs that are equal must be so to the last digit: intervals ask how many tie.
    return np.where(good[..., None, :], rows.round(DIGITS), np.nan)


def safe_ends(five: Array) -> Array:
    """Excess, δ and D (…, 3, 3) of the five rows (…, 5, 3), each end from the row that is safe."""
    three = five[..., :3, :].copy()
    three[..., 1, 1] = np.maximum(0.0, five[..., 3, 1])  # NaN stays NaN
    three[..., 2, 2] = five[..., 4, 2]
    return three


def signalling_estimates(five: list[Estimate]) -> tuple[Estimate, Estimate, Estimate]:
    """Excess, δ and D from the estimates of the five rows; see `safe_ends`."""
    three = safe_ends(np.array([(e.value, e.low, e.high) for e in five]))
    excess, delta, D = (Estimate(s, low, high, five[0].n) for s, low, high in three.tolist())
    return excess, delta, D


def _along(values: Array, signs: Array) -> Array:
    """Sums over four settings or shifts, each with its sign: (…, runs, 4), (…, 4) → (…, runs)."""
    # Not a matrix product: the same numbers whatever the leading shape.
    terms = values * signs[..., None, :]
    return np.asarray(terms[..., 0] + terms[..., 1] + terms[..., 2] + terms[..., 3])
