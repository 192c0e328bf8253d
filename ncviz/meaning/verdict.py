"""The verdict: what an S means, in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from ncviz.basics.protocol import RULES, TASK_NAMES
from ncviz.bell import CLASSICAL_BOUND
from ncviz.experiment import Experiment
from ncviz.fields import FIELDS
from ncviz.inference import format_number
from ncviz.results.outcomes import oscillation_steps
from ncviz.results.summary import Summary

PARTNERS = (("Alice", "Bob"), ("Bob", "Alice"))
"""For a task of Alice and of Bob: whose outcomes change, and whose task changes them."""

_INTERVENTIONS = ("shared_gradient", "sampling", "shuffled", "redrawn")
"""Fields that change the training itself."""

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
    s, runs = summary.s, summary.experiment.runs
    note = assumptions(summary.experiment)
    if summary.diverged < runs and summary.outcomes == 0:
        sentence = f"{upper_first(missing(summary))}.{left_out(summary)}"
        return Verdict("S = –", "(no outcome yet)", note, sentence)
    if s.n == 0:
        sentence = (
            "Every run diverged: its loss is no longer a finite number, so there is no S. "
            "A smaller learning rate helps."
        )
        return Verdict("S = –", "(no interval)", note, sentence)
    parts = [f"Above 2 in {summary.above} of {runs_of(s.n)}.", _bound_sentence(summary)]
    parts.append(f"{shift_sentence(summary)}.")
    if summary.tied:
        parts.append(_ties_sentence(summary))
    interval = "(no interval from one run)"
    if s.n > 1:
        interval = f"[{format_number(s.low)}, {format_number(s.high)}]"
        note = f"95 % interval over {runs_of(s.n)}; {note}"
    sentences = " ".join(parts) + left_out(summary)
    return Verdict(f"S = {format_number(s.value)}", interval, note, sentences)


def assumptions(experiment: Experiment) -> str:
    """The outcome rule, and what else about the training is not as by default."""
    e = experiment
    rule = f"outcome: +1 where {RULES[e.outcome].plus_one}"
    if not isinstance(e, Experiment):  # a pretrained network's, which says itself what it is
        return f"{rule}; {e.assumptions}"
    rule = rule.format(share=f"{100 * e.threshold:g} %")
    changed = _apart(e, [name for name in FIELDS if name not in _INTERVENTIONS])
    changed += interventions_in(e)
    if not isinstance(e.pairing, str):
        changed.insert(0, "own tasks")
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
    other = f" But another CHSH form passes 2: its value is {excess.plus(CLASSICAL_BOUND)}."
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
        f"measured outcome by outcome, 2Σf\u00a0=\u00a0{summary.influence}, is at least as large "
        "as S − 2, as it must be. It counts the outcomes that change with the partner’s task at a "
        f"fixed λ; {SENSITIVE}."
    )


def left_out(summary: Summary) -> str:
    """How many runs are left out, after a space; empty if none are."""
    if not summary.diverged:
        return ""
    return f" {summary.diverged} of {summary.experiment.runs} runs diverged and are left out."


def _ties_sentence(summary: Summary) -> str:
    """What the interval stands for where many runs agree."""
    n = summary.s.n
    if summary.agreeing < n:
        return (
            f"{summary.agreeing} of {runs_of(n)} have exactly the same S: the interval takes for "
            "granted that no rare run, not drawn yet, is much wilder than those in hand."
        )
    same = f"All {n} runs have exactly the same S"
    if all(mean.value == 1 for pair in summary.marginals for mean in pair):
        same = "Every outcome in every run is +1: S is exactly 2, with no spread (saturation)"
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
