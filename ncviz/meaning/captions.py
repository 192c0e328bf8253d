"""What each picture shows now, in one sentence."""

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.protocol import RULES, SETTINGS
from ncviz.bell import CLASSICAL_BOUND
from ncviz.inference import Array, format_number, many_ties
from ncviz.meaning.verdict import missing, runs_of, shift_sentence
from ncviz.results.summary import Summary

SOLVED = 0.02
"""Held-out loss (nats) below which, and distance of C from 1 within which, a setting is solved."""


def s_sentence(summary: Summary, step: int) -> str:
    """What the picture of S over training shows now."""
    s = summary.s
    if problem := missing(summary):
        return f"After {step} steps: {problem}."
    place = ""
    if s.n > 1 and s.low <= CLASSICAL_BOUND <= s.high:
        place = ", not distinguishable from the classical bound 2"
    elif s.n > 1:
        place = f", {'above' if s.low > CLASSICAL_BOUND else 'below'} the classical bound 2"
    return (
        f"After {step} steps the mean of S is {s}{place}; "
        f"S is above 2 in {summary.above} of {runs_of(s.n)}."
    )


def agreeing_sentence(S: Array) -> str:
    """How runs are drawn of which more than a quarter have the same S; empty where they do not."""
    if not many_ties(S[None])[0]:
        return ""
    values, counts = np.unique(S[np.isfinite(S)], return_counts=True)
    most = int(np.argmax(counts))
    return (
        f"{counts[most]} of {runs_of(int(counts.sum()))} have the same S, {values[most]:.6g}: dots "
        "side by side are runs that agree, and thin lines are the interval."
    )


def loss_sentence(bands: Array, tasks: tuple[str, str, str, str]) -> str:
    """What the grid of held-out losses shows now."""
    medians = bands[:, :, 1]
    if not np.isfinite(medians).all():
        return "Every run has diverged: there are no losses to draw."
    worst = int(np.argmax(medians.sum(axis=1)))
    x, y = divmod(worst, 2)
    alice, bob = (format_number(m, ".2f" if m < 1e4 else ".0e") for m in medians[worst])
    if medians.max() < SOLVED:
        return (
            f"Every setting is learned: the median held-out losses are below {SOLVED:.2f} nats "
            "for both heads."
        )
    return (
        f"The heads do worst together in A{x + 1} ({tasks[x]}) with B{y + 1} ({tasks[y + 2]}): "
        f"there the median held-out losses are {alice} (Alice) and {bob} (Bob) nats."
    )


def correlator_sentence(summary: Summary) -> str:
    """What the matrix of correlators shows now."""
    if problem := missing(summary):
        return f"No correlators: {problem}."
    values = [c.value for c in summary.correlators]
    means = [mean.value for pair in summary.marginals for mean in pair]
    together = RULES[summary.experiment.outcome].together
    if min(values + means) > 1 - SOLVED:
        return (
            "In every setting nearly every outcome of both heads is +1: "
            "all four correlators are near 1, and S is near 1 + 1 + 1 − 1 = 2."
        )
    k = int(np.argmin(values))
    x, y = divmod(k, 2)
    effect = "it is subtracted, so that lifts S" if k == 3 else "it is added, so that lowers S"
    return (
        f"Alice and Bob {together} least in A{x + 1} with B{y + 1} "
        f"(C{SETTINGS[k]} = {format_number(summary.correlators[k].value)}): {effect}."
    )


def net_sentence(run: int, setting: str, step: int, wrong: NDArray[np.int64]) -> str:
    """What the drawing of one net shows now."""
    alice, bob = wrong.sum(axis=0)
    return (
        f"Run {run}, setting A{setting[0]} with B{setting[1]}, after {step} steps: "
        f"Alice is wrong on {_points(alice)}, Bob on {_points(bob)}."
    )


def signalling_sentence(summary: Summary) -> str:
    """What the marginal pairs and the bars show now."""
    if problem := missing(summary):
        return f"No mean outcomes: {problem}."
    excess, delta = summary.excess, summary.delta
    if excess.value <= 0:
        compare = "no CHSH form passes 2"
    else:
        compare = f"the excess over 2 is {excess}, the visible change of marginals {delta}"
    return f"{shift_sentence(summary)}; {compare}."


def oscillation_sentence(sizes: Array) -> str:
    """What the picture of the late losses shows now."""
    if not sizes.size:
        return "There are no losses of a last quarter to draw."
    means = sizes.mean(axis=0)
    x, y = divmod(int(np.argmax(means.sum(axis=1))), 2)
    alice, bob = (format_number(m, ".3f") for m in means[2 * x + y])
    return (
        f"Late in the training the losses swing most in A{x + 1} with B{y + 1}: about their trend, "
        f"Alice’s by {alice} and Bob’s by {bob} nats (standard deviation, mean of "
        f"{runs_of(len(sizes))})."
    )


def _points(n: int) -> str:
    return "no held-out point" if n == 0 else f"{n} held-out point{'s' if n > 1 else ''}"
