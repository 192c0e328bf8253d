"""Is this network quantum? The answer, and what it rests on."""

from dataclasses import dataclass

from ncviz.basics.protocol import TASK_NAMES
from ncviz.bell import CLASSICAL_BOUND
from ncviz.inference import ERROR, format_number, no_signalling
from ncviz.meaning.account import BELL, BOUNDS, DELFT, EXCESS, NEEDED, PAPER, VISIBLE, Sourced
from ncviz.meaning.verdict import SENSITIVE, assumptions, left_out, missing, runs_of, upper_first
from ncviz.results.result import Moment, Result
from ncviz.results.summary import Summary


@dataclass(frozen=True)
class Condition:
    """One of the conditions from which S ≤ 2 follows: "holds", "fails", or "not seen to fail"."""

    name: str
    state: str
    why: str


@dataclass(frozen=True)
class Answer:
    """The answer to "Is this network quantum?".

    Parameters
    ----------
    answer, reason : str
        Always "No.", and why that is so whatever S is.
    reading : str
        What S says then.
    conditions : tuple of Condition
        Those of Bell's theorem, as they are in this network.
    theorem, needed : Sourced, tuple of Sourced
        What follows where they all hold, and what it would take.
    assumed : str
        What the numbers rest on.
    """

    answer: str
    reason: str
    reading: str
    conditions: tuple[Condition, ...]
    theorem: Sourced
    needed: tuple[Sourced, ...]
    assumed: str


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
    said = _of_s(summary) if summary.s.n > 1 else _of_one_run(summary)
    return said + left_out(summary)


def _of_one_run(summary: Summary) -> str:
    s = format_number(summary.s.value)
    exact = "It cannot pass 2 by more than the influence measured in it, 2Σf."
    if summary.influence.value == 0:
        exact = "No outcome changed with the partner’s task, and then no S can be above 2."
    return f"S\u00a0=\u00a0{s} in one run says nothing about other runs. {exact}"


def _of_s(summary: Summary) -> str:
    s = summary.s
    if summary.influence.value == 0 and summary.experiment.trunk == "separate":
        return (
            f"S\u00a0=\u00a0{s}. All three conditions hold, so that S is at most 2 in every single "
            f"run, exactly and not only on average: it is above 2 in {summary.above} of "
            f"{runs_of(s.n)}."
        )
    if all(mean.value == 1 for pair in summary.marginals for mean in pair):
        return (
            "Every outcome in every run is +1 (saturation): S is exactly 2, and there is nothing "
            "to explain."
        )
    if s.low > CLASSICAL_BOUND:
        return f"S\u00a0=\u00a0{s} is above 2{_explained(summary)}"
    other = ""
    if summary.excess.low > 0:
        other = (
            " But another of the eight CHSH forms is above 2, by "
            f"{summary.excess}{_explained(summary)}"
        )
    if s.high < CLASSICAL_BOUND:
        return f"S\u00a0=\u00a0{s} is below 2: it asks for no explanation.{other}"
    return f"S\u00a0=\u00a0{s} is not distinguishable from 2: it asks for no explanation.{other}"


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
    """Whether the mean outcomes shift with the partner's task: a test, in one sentence.

    Returns
    -------
    str
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
