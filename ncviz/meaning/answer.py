"""Is this network quantum? The answer, and what it rests on."""

from dataclasses import dataclass

from ncviz.basics.protocol import TASK_NAMES
from ncviz.bell import CLASSICAL_BOUND, PUBLISHED
from ncviz.inference import ERROR, format_number, no_signalling
from ncviz.meaning.verdict import (
    SENSITIVE,
    assumptions,
    left_out,
    missing,
    runs_of,
    saturated,
    upper_first,
)
from ncviz.results.result import Moment, Result
from ncviz.results.summary import Summary


@dataclass(frozen=True)
class Sourced:
    """A statement and its authors and year; empty for the experiment's own numbers."""

    text: str
    source: str = ""

    def __str__(self) -> str:
        return f"{self.text} ({self.source})" if self.source else self.text


BELL = Sourced("Where all three hold, S is from −2 to 2.", "Clauser, Horne, Shimony & Holt 1969")
PAPER = Sourced(
    "That such a network’s S can pass 2 is the finding of the paper that ncviz makes playable.",
    "Zhao, Wu & Hou, arXiv:2603.04451",
)
NEEDED = Sourced(
    "An S above 2 although nothing passes between the sides. Where no mean outcome depends on the "
    "other side’s setting, a classical model without influence exists exactly if all eight CHSH "
    "forms are at most 2.",
    "Fine 1982",
)
BOUNDS = Sourced(
    "Quantum systems without influence reach 2√2 at most. That limits nothing here: a classical "
    "network whose sides influence each other can reach 4.",
    "Cirel’son 1980",
)
VISIBLE = Sourced(
    "δ adds up how far the four mean outcomes move with the other side’s setting.",
    "Dzhafarov, Kujala & Larsson 2015",
)
EXCESS = Sourced(
    "D = s_odd − 2 − δ is at most 0 exactly if a classical model exists in which outcomes change "
    "no more often than those means demand.",
    "Kujala & Dzhafarov 2016",
)
_SEEN = PUBLISHED["delft 2015"]  # a Bell test without influence
DELFT = Sourced(
    "In Delft the two sides were 1.3 km apart, too far for any signal to arrive in time, and "
    f"S was {_SEEN.S:.2f} ± {_SEEN.error:.2f}, p = {_SEEN.p:g}: evidence against every classical "
    "model without influence.",
    "Hensen et al. 2015",
)


@dataclass(frozen=True)
class Condition:
    """One of the conditions from which S ≤ 2 follows: "holds", "fails", or "not seen to fail"."""

    name: str
    state: str
    why: str


@dataclass(frozen=True)
class Answer:
    """The answer to "Is this network quantum?"."""

    answer: str  # always "No."
    reason: str  # why that is so whatever S is
    reading: str  # what S says then
    conditions: tuple[Condition, ...]  # those of Bell's theorem, as they are in this network
    theorem: Sourced  # what follows where they all hold
    needed: tuple[Sourced, ...]  # what it would take
    assumed: str  # what the numbers rest on


def answer(summary: Summary) -> Answer:
    """Say whether a network is quantum, and what its S means instead.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.meaning import answer
    >>> said = answer(Experiment(runs=5, steps=50, trunk="separate").run().summary)
    >>> said.answer, [condition.state for condition in said.conditions]
    ('No.', ['holds', 'holds', 'holds'])
    """
    e = summary.experiment
    tasks = ", ".join(f"{k} = {task}" for k, task in zip(TASK_NAMES, e.tasks, strict=True))
    return Answer(
        answer="No.",
        reason=(
            "It is an ordinary program on an ordinary computer: the starting weights, the points "
            "and their order fix every outcome."
        ),
        reading=_reading(summary),
        conditions=(
            Condition(
                "Every outcome is fixed by a hidden variable λ.",
                "holds",
                "It is known: the starting weights, the points and their order.",
            ),
            Condition(
                "The settings do not depend on λ.",
                "holds",
                "Each run is trained in all four settings with the same λ.",
            ),
            Condition(
                "No side’s outcome depends on the other side’s setting.", *_influence(summary)
            ),
        ),
        theorem=BELL,
        needed=(NEEDED, DELFT, _measured(summary), BOUNDS, VISIBLE, EXCESS, PAPER),
        assumed=(
            f"{upper_first(assumptions(e))}. Tasks: {tasks}. The paper’s abstract leaves tasks, "
            "loss, learning rate and outcome rule open: these are choices of ncviz, and S depends "
            "on them."
        ),
    )


def _influence(summary: Summary) -> tuple[str, str]:
    """How the third condition stands, and why."""
    problem = missing(summary)
    if summary.influence.value > 0:
        return "fails", (
            "Both heads train the same hidden layer, and outcomes change with the partner’s task: "
            f"2Σf\u00a0=\u00a0{summary.influence}; {SENSITIVE}."
        )
    if summary.experiment.trunk == "separate":
        seen = "" if problem else " No outcome changes with the partner’s task, not one."
        return "holds", f"Each head has a hidden layer of its own.{seen}"
    seen = problem or f"in {runs_of(summary.s.n)} no outcome changes with the partner’s task"
    return "not seen to fail", f"Both heads train the same hidden layer, but {seen}."


def _reading(summary: Summary) -> str:
    """What S says, in the order in which it matters."""
    if problem := missing(summary):
        return f"There is no S to read: {problem}."
    if summary.s.n > 1:
        return _of_s(summary) + left_out(summary)
    exact = "It cannot pass 2 by more than the influence measured in it, 2Σf."
    if summary.influence.value == 0:
        exact = "No outcome changed with the partner’s task, and then no S can be above 2."
    s = format_number(summary.s.value)
    said = f"S\u00a0=\u00a0{s} in one run says nothing about other runs. {exact}"
    return said + left_out(summary)


def _of_s(summary: Summary) -> str:
    s = summary.s
    if summary.influence.value == 0 and summary.experiment.trunk == "separate":
        return (
            f"S\u00a0=\u00a0{s}. All three conditions hold, so that S is at most 2 in every single "
            f"run, exactly and not only on average: it is above 2 in {summary.above} of "
            f"{runs_of(s.n)}."
        )
    if saturated(summary):
        return (
            "Every outcome in every run is +1 (saturation): S is exactly 2, and there is nothing "
            "to explain."
        )
    if s.low > CLASSICAL_BOUND:
        return f"S\u00a0=\u00a0{s} is above 2{_explained(summary)}"
    place = "below" if s.high < CLASSICAL_BOUND else "not distinguishable from"
    said = f"S\u00a0=\u00a0{s} is {place} 2: it asks for no explanation."
    if summary.excess.low > 0:
        said += (
            " But another of the eight CHSH forms is above 2, by "
            f"{summary.excess}{_explained(summary)}"
        )
    return said


def _explained(summary: Summary) -> str:
    """What accounts for an excess over 2; goes on in the middle of a sentence."""
    delta, D = summary.delta, summary.D
    if D.high < 0:
        return (
            ", and the visible change of the mean outcomes is large enough to account for it: "
            f"δ\u00a0=\u00a0{delta}, D\u00a0=\u00a0{D}."
        )
    if D.low > 0:
        return (
            " by more than the visible change of the mean outcomes can account for: "
            f"D\u00a0=\u00a0{D}. The rest is influence that the means do not show, because some "
            "outcomes rise where others fall. It is counted all the same, and nothing quantum."
        )
    return (
        "; whether the visible change of the mean outcomes can account for it is undecided with "
        f"{runs_of(D.n)}: δ\u00a0=\u00a0{delta}, D\u00a0=\u00a0{D}. The influence counted outcome "
        "by outcome is at least as large as S − 2, as it must be."
    )


def _measured(summary: Summary) -> Sourced:
    """What stands here in the place of a distance that no signal crosses."""
    if missing(summary):
        return Sourced("Here influence is not excluded but counted, as soon as there are outcomes.")
    if summary.influence.value == 0:
        return Sourced(
            "Here influence is counted: no outcome depends on the partner’s task, and S stays "
            "within 2, as it must."
        )
    return Sourced(
        "Here influence is not excluded but counted, outcome by outcome: 2Σf\u00a0=\u00a0"
        f"{summary.influence}, and no run’s S can pass 2 by more than its own 2Σf."
    )


def shift_test(moment: Moment) -> str:
    """Whether mean outcomes shift with the partner's task: a test, in a sentence.

    Empty before the end of a training, and without outcomes to test.
    """
    if not isinstance(moment, Result) or missing(moment.summary) or moment.summary.s.n < 2:
        return ""
    test = no_signalling(moment.paired)
    least = min(test.p_holm)
    p = f"p\u00a0=\u00a0{least:.2g}" if least >= 0.001 else "p\u00a0<\u00a00.001"
    how = f"{test.method} over {runs_of(moment.summary.s.n)}, corrected for four tasks after Holm"
    shifted = [task for task, q in zip(TASK_NAMES, test.p_holm, strict=True) if q < ERROR]
    if not shifted:
        return f"No mean outcome shifts clearly with the partner’s task: {p} ({how})."
    *first, last = shifted
    on = f"{', '.join(first)} and {last}" if first else last
    return f"Mean outcomes shift with the partner’s task, on {on}: {p} ({how})."
