"""What the numbers say, in words: the verdict, and one sentence for each picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ncviz.bell import CLASSICAL_BOUND
from ncviz.experiment import SETTINGS, Experiment
from ncviz.inference import Array, Estimate, format_number
from ncviz.outcomes import oscillation_steps
from ncviz.summary import TASK_NAMES, Summary

SOLVED = 0.02
"""Held-out loss (nats) below which, and distance of C from 1 within which, a setting is solved."""

TOGETHER = {
    "correct": "are right and wrong together",
    "success": "succeed and fail together",
    "oscillation": "have losses that fall and rise together",
}
"""What a correlator is about, by outcome rule."""

MEAN_OUTCOME = {
    "correct": "mean outcome (1 = always right)",
    "success": "mean outcome (1 = every run succeeds)",
    "oscillation": "mean outcome (1 = every step lowers the loss)",
}
"""What a mean outcome is about, by outcome rule."""

_SIDES = (("Alice", "Bob", "B"), ("Bob", "Alice", "A"))
"""For a task of Alice and of Bob: whose it is, the partner, the letter of the partner's tasks."""


@dataclass(frozen=True)
class Verdict:
    """The verdict line, in its parts.

    Parameters
    ----------
    value : str
        S as a number.
    interval : str
        Its 95 % interval, or why there is none.
    note : str
        What the interval is over, the outcome rule that S rests on, and other assumptions that
        are not the default ones.
    sentences : str
        What it means.
    """

    value: str
    interval: str
    note: str
    sentences: str

    def __str__(self) -> str:
        return f"{self.value} {self.interval} ({self.note}). {self.sentences}"


def verdict(summary: Summary) -> Verdict:
    """Say what an S means: how sure it is, and how much of it the signalling explains.

    Parameters
    ----------
    summary : Summary

    Returns
    -------
    Verdict

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.verdict import verdict
    >>> print(verdict(Experiment(runs=1, steps=10).run().summary).interval)
    (no interval from one run)
    """
    s, runs = summary.s, summary.experiment.runs
    note = assumptions(summary.experiment)
    if summary.diverged < runs and summary.outcomes == 0:
        sentence = f"{_wait_sentence(summary)}.{_diverged_sentence(summary)}"
        return Verdict("S = –", "(no outcome yet)", note, sentence)
    if s.n == 0:
        sentence = (
            "Every run diverged: its loss is no longer a finite number, so there is no S. "
            "A smaller learning rate helps."
        )
        return Verdict("S = –", "(no interval)", note, sentence)
    parts = [f"Above 2 in {summary.above} of {_runs(s.n)}.", _bound_sentence(summary)]
    parts.append(f"{shift_sentence(summary)}.")
    if summary.tied:
        parts.append(_ties_sentence(summary))
    interval = "(no interval from one run)"
    if s.n > 1:
        interval = f"[{format_number(s.low)}, {format_number(s.high)}]"
        note = f"95 % interval over {_runs(s.n)}; {note}"
    sentences = " ".join(parts) + _diverged_sentence(summary)
    return Verdict(f"S = {format_number(s.value)}", interval, note, sentences)


def assumptions(experiment: Experiment) -> str:
    """The outcome rule, and what else about the training is not as by default.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.verdict import assumptions
    >>> assumptions(Experiment(optimizer="adam", noise=0.5))
    'outcome: +1 where the head is right on a held-out point; not the default: adam, noise 0.5'
    """
    e, default = experiment, Experiment()
    rule = f"outcome: +1 where {_plus_one(e)}"
    named = {
        "trunk": f"{e.trunk} trunk",
        "optimizer": e.optimizer,
        "activation": f"{e.activation} units",
        "noise": f"noise {e.noise:g}",
        "n_train": f"{e.n_train} training points",
        "n_test": f"{e.n_test} held-out points",
        "steps": f"{e.steps} steps",
        "batch_size": f"batches of {e.batch_size}",
    }
    changed = [words for name, words in named.items() if getattr(e, name) != getattr(default, name)]
    if not isinstance(e.pairing, str):
        changed.insert(0, "own tasks")
    return f"{rule}; not the default: {', '.join(changed)}" if changed else rule


def _plus_one(experiment: Experiment) -> str:
    """What the outcome +1 stands for."""
    if experiment.outcome == "success":
        share = f"{100 * experiment.threshold:g} %"
        return f"the head is right on at least {share} of a run’s held-out points"
    if experiment.outcome == "oscillation":
        return "a training step of the last quarter lowers the head’s loss"
    return "the head is right on a held-out point"


def _wait_sentence(summary: Summary) -> str:
    """Why there is no S yet, without the full stop."""
    first = oscillation_steps(summary.experiment.steps).start
    return (
        "The outcomes are training steps of the last quarter: "
        f"until step {first} there are none, and no S"
    )


def _bound_sentence(summary: Summary) -> str:
    """How S stands to 2, and what explains it."""
    s, excess, delta, D = summary.s, summary.excess, summary.delta, summary.D
    other = f" But another CHSH form passes 2: its value is {_plus(excess, CLASSICAL_BOUND)}."
    other = other if s.value <= CLASSICAL_BOUND and excess.low > 0 else ""
    if s.n == 1:
        return "One run says nothing about the spread between runs."
    if s.low <= CLASSICAL_BOUND <= s.high:
        return f"S is not distinguishable from the classical bound 2.{other}"
    if s.high < CLASSICAL_BOUND:
        return f"S stays below the classical bound 2.{other}"
    if D.high < 0:
        return (
            "S is above the classical bound 2, and the visible change of marginals is large enough "
            f"to explain it: δ\u00a0=\u00a0{delta}, D\u00a0=\u00a0{D}."
        )
    if D.low > 0:
        return (
            "S is above the classical bound 2 by more than the visible change of marginals "
            f"explains: D\u00a0=\u00a0{D}. In a network that is hidden influence through shared "
            "neurons, nothing quantum."
        )
    return (
        "S is above the classical bound 2; whether the visible change of marginals explains it is "
        f"undecided with {s.n} runs: δ\u00a0=\u00a0{delta}, D\u00a0=\u00a0{D}. The influence "
        f"measured outcome by outcome, 2Σf\u00a0=\u00a0{summary.influence}, "
        "accounts for all of it."
    )


def _diverged_sentence(summary: Summary) -> str:
    """How many runs are left out, after a space; empty if none are."""
    if not summary.diverged:
        return ""
    return f" {summary.diverged} of {summary.experiment.runs} runs diverged and are left out."


def _ties_sentence(summary: Summary) -> str:
    """Why the interval is wide although so many runs agree."""
    if all(mean.value == 1 for pair in summary.marginals for mean in pair):
        return "Every outcome in every run is +1: S is exactly 2, with no spread (saturation)."
    return (
        "More than a quarter of the runs have exactly the same S: the interval also allows for "
        "rare runs that have not been drawn yet."
    )


def shift_sentence(summary: Summary) -> str:
    """The largest clear one of the four shifts, with its direction, without the full stop."""
    if summary.influence.value == 0:
        return "No outcome depends on the partner’s task"
    clear = [k for k, shift in enumerate(summary.shifts) if shift.low > 0 or shift.high < 0]
    if not clear:
        return (
            "Outcomes do change with the partner’s task "
            f"(2Σf\u00a0=\u00a0{summary.influence}), but no mean outcome "
            "clearly shifts"
        )
    k = max(clear, key=lambda k: abs(summary.shifts[k].value))
    shift, (first, second) = summary.shifts[k], summary.marginals[k]
    task, (head, partner, letter) = TASK_NAMES[k], _SIDES[k // 2]
    spec = ".2f" if abs(shift.value) >= 0.01 else ".4f"
    return (
        f"{partner}’s task changes {head}’s outcomes: ⟨{task}⟩ "
        f"{'falls' if shift.value < 0 else 'rises'} from {format_number(first.value, spec)} "
        f"beside {letter}1 to {format_number(second.value, spec)} beside {letter}2"
    )


def s_sentence(summary: Summary, step: int) -> str:
    """What the picture of S over training shows now."""
    s = summary.s
    if missing := _missing(summary):
        return f"After {step} steps: {missing}."
    place = ""
    if s.n > 1 and s.low <= CLASSICAL_BOUND <= s.high:
        place = ", not distinguishable from the classical bound 2"
    elif s.n > 1:
        place = f", {'above' if s.low > CLASSICAL_BOUND else 'below'} the classical bound 2"
    return (
        f"After {step} steps the mean of S is {s}{place}; "
        f"S is above 2 in {summary.above} of {_runs(s.n)}."
    )


def loss_sentence(bands: Array, tasks: tuple[str, str, str, str]) -> str:
    """What the grid of held-out losses shows now.

    Parameters
    ----------
    bands : array, shape (settings, heads, 3)
        Percentiles 10, 50 and 90 of the losses at this step.
    tasks : tuple of str
        A1, A2, B1, B2.
    """
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
    if missing := _missing(summary):
        return f"No correlators: {missing}."
    values = [c.value for c in summary.correlators]
    means = [mean.value for pair in summary.marginals for mean in pair]
    together = TOGETHER[summary.experiment.outcome]
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
    """What the drawing of one net shows now.

    Parameters
    ----------
    run, setting, step
        Which net, and when.
    wrong : array, shape (16, 2)
        Held-out points that Alice and Bob get wrong.
    """
    alice, bob = wrong.sum(axis=0)
    return (
        f"Run {run}, setting A{setting[0]} with B{setting[1]}, after {step} steps: "
        f"Alice is wrong on {_points(alice)}, Bob on {_points(bob)}."
    )


def signalling_sentence(summary: Summary) -> str:
    """What the marginal pairs and the bars show now."""
    if missing := _missing(summary):
        return f"No mean outcomes: {missing}."
    excess, delta = summary.excess, summary.delta
    if excess.value <= 0:
        compare = "no CHSH form passes 2"
    else:
        compare = f"the excess over 2 is {excess}, the visible change of marginals {delta}"
    return f"{shift_sentence(summary)}; {compare}."


def _missing(summary: Summary) -> str:
    """Why there are no outcomes to show, without the full stop; empty if there are some."""
    if summary.diverged == summary.experiment.runs:
        return "every run has diverged"
    return "" if summary.outcomes else _wait_sentence(summary)


def _runs(n: int) -> str:
    return "1 run" if n == 1 else f"{n} runs"


def _points(n: int) -> str:
    return "no held-out point" if n == 0 else f"{n} held-out point{'s' if n > 1 else ''}"


def _plus(estimate: Estimate, number: float) -> str:
    low, high = estimate.low + number, estimate.high + number
    return str(Estimate(estimate.value + number, low, high, estimate.n))
