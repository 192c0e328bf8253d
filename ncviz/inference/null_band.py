"""How large δ comes out by chance alone: it is a sum of sizes, so never 0."""

from dataclasses import dataclass

import numpy as np

from ncviz.basics.checks import a_seed, takes
from ncviz.bell import Behavior
from ncviz.inference.designs import Counts, Design, PairedRuns, a_design, table_of
from ncviz.inference.estimates import ERROR, Array

RESAMPLES = 1999
NUMBERS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class NullBand:
    """δ beside what it would be without any signalling.

    Parameters
    ----------
    delta : float
        As it was measured.
    low, high : float
        Without signalling, 95 % of all such experiments would give a δ from `low` to `high`.
    p : float
        Share of them with a δ at least as large as the measured one.
    """

    delta: float
    low: float
    high: float
    p: float


@takes(design=a_design, seed=a_seed)
def delta_null_band(design: Design, seed: int = 0) -> NullBand:
    """Where δ would lie without signalling.

    Paired runs: the partner's two settings are swapped at random within runs, for Alice's
    outcomes and for Bob's; so it is the band of a δ where the partner's task changes nothing about
    how outcomes are distributed, which is more than that it leaves their means alone. Random
    settings and counts: tables are drawn (multinomial) from the probabilities that share each
    setting's correlator, and the mean outcomes pooled over the partner's settings.

    Parameters
    ----------
    design : PairedRuns, RandomSettings or Counts
    seed : int
        Of the resampling.

    Returns
    -------
    NullBand

    Raises
    ------
    ValueError
        If it is none of the designs.

    Examples
    --------
    >>> from ncviz import bell
    >>> from ncviz.inference import Counts, delta_null_band
    >>> band = delta_null_band(Counts(bell.PUBLISHED["delft 2015"].counts))
    >>> band.low < band.delta < band.high  # no signalling to be seen
    True
    """
    rng = np.random.default_rng(seed)
    if isinstance(design, PairedRuns):
        delta = float(np.abs(design.shifts.mean(axis=0)).sum())
        null = np.abs(_swapped_means(design.shifts, rng)).sum(axis=1)
    else:
        table = table_of(design, "design")
        delta = float(Behavior.from_counts(table.table).delta)
        null = _drawn(table, rng)
    low, high = np.quantile(null, [ERROR / 2, 1 - ERROR / 2])
    # A hair's breadth of rounding must not decide between equal numbers.
    above = np.count_nonzero(null >= delta - 1e-12)
    return NullBand(delta, float(low), float(high), (above + 1) / (RESAMPLES + 1))


def _swapped_means(shifts: Array, rng: np.random.Generator) -> Array:
    """Mean shifts (resamples, 4), the partner's two settings swapped at random within runs."""
    runs = len(shifts)
    found: list[Array] = []
    for some in np.array_split(np.arange(RESAMPLES), -(-RESAMPLES * 2 * runs // NUMBERS_AT_ONCE)):
        # One swap for Alice's two tasks and one for Bob's: what goes together stays together.
        signs = 1.0 - 2.0 * rng.integers(2, size=(2, len(some), runs), dtype=np.int8)
        found.append(np.concatenate([signs[0] @ shifts[:, :2], signs[1] @ shifts[:, 2:]], axis=1))
    return np.concatenate(found) / runs


def _drawn(counts: Counts, rng: np.random.Generator) -> Array:
    """δ of tables drawn from probabilities without signalling."""
    p = np.asarray(nearest_without_signalling(counts).p).reshape(4, 4).clip(min=0)  # rounding
    p /= p.sum(axis=1, keepdims=True)
    drawn = np.stack(
        [rng.multinomial(n, q, RESAMPLES) for n, q in zip(counts.trials, p, strict=True)], axis=1
    )
    return np.asarray(Behavior.from_counts(drawn).delta)


def nearest_without_signalling(counts: Counts) -> Behavior:
    """Probabilities with the table's correlators and its mean outcomes, pooled.

    Where such probabilities do not exist, correlators give way: they are moved to the nearest
    that do.
    """
    b = Behavior.from_counts(counts.table)
    n = counts.trials.reshape(2, 2)
    alice = (b.marginals[0] * n).sum(axis=1) / n.sum(axis=1)
    bob = (b.marginals[1] * n).sum(axis=0) / n.sum(axis=0)
    total = alice[:, None] + bob[None, :]
    apart = alice[:, None] - bob[None, :]
    correlators = np.clip(b.correlators, np.abs(total) - 1, 1 - np.abs(apart))
    return Behavior.from_correlators(correlators, alice, bob)
