"""The verdict, what an S means in words; and what each picture shows now, in one sentence."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.protocol import RULES, SETTINGS, TASK_NAMES
from ncviz.bell import CLASSICAL_BOUND
from ncviz.experiment import Experiment
from ncviz.fields import FIELDS
from ncviz.inference import Array, format_number, many_ties
from ncviz.results.outcomes import oscillation_steps
from ncviz.results.summary import Summary

PARTNERS = (("Alice", "Bob"), ("Bob", "Alice"))
"""For a task of Alice and of Bob: whose outcomes change, and whose task changes them."""

_INTERVENTIONS = ("shared_gradient", "sampling", "shuffled", "redrawn")
"""Fields that change the training itself."""

SOLVED = 0.02  # held-out loss (nats), and distance of C from 1, of a setting that is learned

SENSITIVE = "some of them may change with another start of its head, too"
"""Of the outcomes that change with the partner's task; `ncviz.mechanism.placebo` measures it."""


@dataclass(frozen=True)
class Verdict:
    """The verdict line, in its parts."""

    value: str  # S as a number
    interval: str  # 95 %, or why there is none
    note: str  # what it is over, the outcome rule, and assumptions that are not the default
    sentences: str  # what it means

    def __str__(self) -> str:
        return f"{self.value} {self.interval} ({self.note}). {self.sentences}"


def verdict(summary: Summary) -> Verdict:
    """Say what an S means: how sure it is, and how much of it the signalling explains."""
    s, note = summary.s, assumptions(summary.experiment)
    if summary.diverged < summary.experiment.runs and summary.outcomes == 0:
        sentence = f"{upper_first(missing(summary))}.{left_out(summary)}"
        return Verdict("S = –", "(no outcome yet)", note, sentence)
    if s.n == 0:
        sentence = (
            "Every run diverged: its loss is no longer a finite number, so there is no S. "
            "A smaller learning rate helps."
        )
        return Verdict("S = –", "(no interval)", note, sentence)
    sentences = (
        f"Above 2 in {summary.above} of {runs_of(s.n)}. {_bound_sentence(summary)} "
        f"{shift_sentence(summary)}.{_ties_sentence(summary)}{left_out(summary)}"
    )
    interval = "(no interval from one run)"
    if s.n > 1:
        interval = f"[{format_number(s.low)}, {format_number(s.high)}]"
        note = f"95 % interval over {runs_of(s.n)}; {note}"
    return Verdict(f"S = {format_number(s.value)}", interval, note, sentences)


def assumptions(experiment: Experiment) -> str:
    """The outcome rule, and what else about the training is not as by default."""
    e = experiment
    rule = f"outcome: +1 where {RULES[e.outcome].plus_one}"
    if not isinstance(e, Experiment):  # a pretrained network's, which says itself what it is
        return f"{rule}; {e.assumptions}"
    rule = rule.format(share=f"{100 * e.threshold:g} %")
    changed = [] if isinstance(e.pairing, str) else ["own tasks"]
    changed += _apart(e, [name for name in FIELDS if name not in _INTERVENTIONS])
    changed += interventions_in(e)
    return f"{rule}; not the default: {', '.join(changed)}" if changed else rule


def interventions_in(experiment: Experiment) -> list[str]:
    """What is done to the training itself, in words; by default nothing."""
    return _apart(experiment, _INTERVENTIONS)


def _apart(experiment: Experiment, names: Iterable[str]) -> list[str]:
    """Words for those of the fields that are not as by default."""
    default = type(experiment)()
    values = {name: getattr(experiment, name) for name in names}
    words = [FIELDS[n].assumed(v) for n, v in values.items() if v != getattr(default, n)]
    return [word for word in words if word]


def missing(summary: Summary) -> str:
    """Why there are no outcomes to show, without the full stop; empty if there are some."""
    if summary.diverged == summary.experiment.runs:
        return "every run has diverged"
    if summary.outcomes:
        return ""
    first = oscillation_steps(summary.experiment.steps).start
    return (
        "the outcomes are training steps of the last quarter: "
        f"until step {first} there are none, and no S"
    )


def _bound_sentence(summary: Summary) -> str:
    """How S stands to 2, and what explains it."""
    s, excess, delta, D = summary.s, summary.excess, summary.delta, summary.D
    if s.n == 1:
        return "One run says nothing about the spread between runs."
    if s.low <= CLASSICAL_BOUND:
        below = s.high < CLASSICAL_BOUND
        said = (
            f"S {'stays below' if below else 'is not distinguishable from'} the classical bound 2."
        )
        if s.value <= CLASSICAL_BOUND and excess.low > 0:
            said += f" But another CHSH form passes 2: its value is {excess.plus(CLASSICAL_BOUND)}."
        return said
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
        f"measured outcome by outcome, 2Σf\u00a0=\u00a0{summary.influence}, is at least as large "
        "as S − 2, as it must be. It counts the outcomes that change with the partner’s task at a "
        f"fixed λ; {SENSITIVE}."
    )


def left_out(summary: Summary) -> str:
    """How many runs are left out, after a space; empty if none are."""
    if not summary.diverged:
        return ""
    return f" {summary.diverged} of {summary.experiment.runs} runs diverged and are left out."


def saturated(summary: Summary) -> bool:
    """Whether every outcome in every run is +1."""
    return all(mean.value == 1 for pair in summary.marginals for mean in pair)


def _ties_sentence(summary: Summary) -> str:
    """What the interval stands for where many runs agree, after a space; else empty."""
    n = summary.s.n
    if not summary.tied:
        return ""
    if summary.agreeing < n:
        return (
            f" {summary.agreeing} of {runs_of(n)} have exactly the same S: the interval takes for "
            "granted that no rare run, not drawn yet, is much wilder than those in hand."
        )
    same = f" All {n} runs have exactly the same S"
    if saturated(summary):
        same = " Every outcome in every run is +1: S is exactly 2, with no spread (saturation)"
    return f"{same}. The interval is what rare runs, not drawn yet, could do to the mean."


def shift_sentence(summary: Summary) -> str:
    """The largest clear one of the four shifts, with its direction, without the full stop."""
    if summary.influence.value == 0:
        return "No outcome depends on the partner’s task"
    clear = [k for k, shift in enumerate(summary.shifts) if shift.low > 0 or shift.high < 0]
    if not clear:
        return (
            "Outcomes do change with the partner’s task "
            f"(2Σf\u00a0=\u00a0{summary.influence}; {SENSITIVE}), "
            "but no mean outcome clearly shifts"
        )
    k = max(clear, key=lambda k: abs(summary.shifts[k].value))
    shift, (first, second) = summary.shifts[k], summary.marginals[k]
    task, (head, partner) = TASK_NAMES[k], PARTNERS[k // 2]
    spec = ".2f" if abs(shift.value) >= 0.01 else ".4f"
    return (
        f"{partner}’s task changes {head}’s outcomes: ⟨{task}⟩ "
        f"{'falls' if shift.value < 0 else 'rises'} from {format_number(first.value, spec)} "
        f"beside {partner[0]}1 to {format_number(second.value, spec)} beside {partner[0]}2"
    )


def upper_first(text: str) -> str:
    """A text with a capital letter."""
    return text[:1].upper() + text[1:]


def runs_of(n: int) -> str:
    """A number of runs, in words."""
    return "1 run" if n == 1 else f"{n} runs"


# Captions


def s_sentence(summary: Summary, step: int) -> str:
    """What the picture of S over training shows now."""
    s = summary.s
    if problem := missing(summary):
        return f"After {step} steps: {problem}."
    place = ""
    if s.n > 1:
        below = "below" if s.high < CLASSICAL_BOUND else "not distinguishable from"
        place = f", {'above' if s.low > CLASSICAL_BOUND else below} the classical bound 2"
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
    if medians.max() < SOLVED:
        return (
            f"Every setting is learned: the median held-out losses are below {SOLVED:.2f} nats "
            "for both heads."
        )
    worst = int(np.argmax(medians.sum(axis=1)))
    x, y = divmod(worst, 2)
    alice, bob = (format_number(m, ".2f" if m < 1e4 else ".0e") for m in medians[worst])
    return (
        f"The heads do worst together in A{x + 1} ({tasks[x]}) with B{y + 1} ({tasks[y + 2]}): "
        f"there the median held-out losses are {alice} (Alice) and {bob} (Bob) nats."
    )


def correlator_sentence(summary: Summary) -> str:
    """What the matrix of correlators shows now."""
    if problem := missing(summary):
        return f"No correlators: {problem}."
    values = [c.value for c in summary.correlators]
    if min(values + [mean.value for pair in summary.marginals for mean in pair]) > 1 - SOLVED:
        return (
            "In every setting nearly every outcome of both heads is +1: "
            "all four correlators are near 1, and S is near 1 + 1 + 1 − 1 = 2."
        )
    k = int(np.argmin(values))
    x, y = divmod(k, 2)
    effect = "it is subtracted, so that lifts S" if k == 3 else "it is added, so that lowers S"
    return (
        f"Alice and Bob {RULES[summary.experiment.outcome].together} least in A{x + 1} with "
        f"B{y + 1} (C{SETTINGS[k]} = {format_number(values[k])}): {effect}."
    )


def net_sentence(run: int, setting: str, step: int, wrong: NDArray[np.int64]) -> str:
    """What the drawing of one net shows now."""
    alice, bob = (
        "no held-out point" if n == 0 else f"{n} held-out point{'s' if n > 1 else ''}"
        for n in wrong.sum(axis=0)
    )
    return (
        f"Run {run}, setting A{setting[0]} with B{setting[1]}, after {step} steps: "
        f"Alice is wrong on {alice}, Bob on {bob}."
    )


def signalling_sentence(summary: Summary) -> str:
    """What the marginal pairs and the bars show now."""
    if problem := missing(summary):
        return f"No mean outcomes: {problem}."
    compare = "no CHSH form passes 2"
    if (excess := summary.excess).value > 0:
        compare = f"the excess over 2 is {excess}, the visible change of marginals {summary.delta}"
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
