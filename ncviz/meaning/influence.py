"""Who can influence whom, a placebo of that, and what accounts for the excess of S over 2."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ncviz.basics.checks import a_frame, takes, with_columns
from ncviz.basics.protocol import TASK_NAMES
from ncviz.bell import CLASSICAL_BOUND
from ncviz.inference import Estimate, estimates, format_number
from ncviz.meaning.verdict import PARTNERS, SENSITIVE, missing, runs_of
from ncviz.mechanism.interventions import NUMBERS
from ncviz.results.result import Moment
from ncviz.results.summary import Summary

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Influence:
    """Measured influence, task by task, for A1, A2, B1, B2.

    Parameters
    ----------
    shares : tuple of Estimate
        f_k: the share of outcomes on that task that change when only the partner's task changes.
    changed, compared : tuple of int, int
        The same as counts, over all runs that did not diverge, of so many outcomes on each task.
    apart : bool
        Whether the trunks are separate, so that nothing can cross.
    capacity : str
        Of what is shared, or of each trunk: "3 neurons", or "rank 4" of an adapter.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.meaning import Influence
    >>> found = Influence.of(Experiment(runs=5, steps=50, trunk="separate").run())
    >>> found.changed, found.compared
    ((0, 0, 0, 0), 2560)
    """

    shares: tuple[Estimate, ...]
    changed: tuple[int, ...]
    compared: int
    apart: bool
    capacity: str

    @classmethod
    def of(cls, moment: Moment) -> Self:
        """Count in every run of a snapshot or result."""
        numbers = moment.per_run
        experiment: Any = moment.experiment  # a pretrained network's has a rank
        good = numbers.influence[~numbers.diverged]
        # The shares of a run are whole numbers over its number of outcomes.
        changed = np.rint(np.nan_to_num(good).sum(axis=0) * numbers.outcomes).astype(int)
        hidden = getattr(experiment, "hidden", None)
        neurons = "1 neuron" if hidden == 1 else f"{hidden} neurons"
        return cls(
            shares=tuple(estimates(numbers.influence.T, 0, 1)),
            changed=tuple(changed.tolist()),
            compared=numbers.outcomes * len(good),
            apart=experiment.trunk == "separate",
            capacity=neurons if hidden else f"rank {experiment.rank}",
        )

    @property
    def texts(self) -> list[str]:
        """Each share for reading: with its interval, or as a count where nothing can cross."""
        if self.apart and self.compared:
            return [f"{changed:,} of {self.compared:,}" for changed in self.changed]
        return [percent(share) for share in self.shares]


def influence_sentence(summary: Summary, found: Influence) -> str:
    """What the picture of the influences shows now."""
    if problem := missing(summary):
        return f"No outcomes to compare: {problem}."
    count = f"{4 * found.compared:,}"
    if any(found.changed):
        said = []
        for head, (owner, partner) in enumerate(PARTNERS):  # the larger part first
            own = sorted((2 * head, 2 * head + 1), key=lambda k: found.changed[k], reverse=True)
            first, second = (percent(found.shares[k]) for k in own)
            said.append(
                f"{partner}’s task changes {first} of {owner}’s outcomes on {TASK_NAMES[own[0]]} "
                f"and {second} on {TASK_NAMES[own[1]]}"
            )
        return f"{'; '.join(said)}."
    if found.apart:
        return (
            "Each head has a hidden layer of its own, so that nothing can cross: exactly 0 of "
            f"{count} outcomes change with the partner’s task."
        )
    return (
        f"In {runs_of(summary.s.n)} none of {count} outcomes changes with the partner’s "
        "task, although the shared layer could carry it."
    )


def a_placebo(name: str, value: object) -> "pd.DataFrame":
    """A check for what `ncviz.mechanism.placebo` gives."""
    ends = [f"{number}{end}" for number in NUMBERS for end in ("", "_low", "_high")]
    table = with_columns(name, a_frame(name, value), ["task", "runs", *ends], texts=("task",))
    if table["task"].tolist() != list(TASK_NAMES):
        raise ValueError(f"{name} must have a row for each of {', '.join(TASK_NAMES)}")
    return table


def share_of(row: "pd.Series[Any]", name: str) -> Estimate:
    """A number of such a table with its interval."""
    value, low, high = (float(row[f"{name}{end}"]) for end in ("", "_low", "_high"))
    return Estimate(value, low, high, int(row["runs"]))


@takes(table=a_placebo)
def placebo_sentence(table: "pd.DataFrame") -> str:
    """What a table of `ncviz.mechanism.placebo`, else `ValueError`, says of the largest influence.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.meaning import placebo_sentence
    >>> from ncviz.mechanism import placebo
    >>> placebo_sentence(placebo(Experiment(runs=5, steps=50, trunk="separate")))[:39]
    'Nothing crosses: neither with the other'
    """
    if not table["runs"].iloc[0]:
        return "No outcomes to compare: every run has diverged."
    if not table[["influence", "placebo_1", "placebo_2"]].any(axis=None):
        return (
            "Nothing crosses: neither with the other task of the partner nor with another start of "
            f"its head does any outcome change in {runs_of(int(table['runs'].iloc[0]))}."
        )
    k = int(table["influence"].to_numpy().argmax())
    owner, partner = PARTNERS[k // 2]
    task, letter, of = TASK_NAMES[k], partner[0], table.iloc[k]
    changed, first, second = (percent(share_of(of, name)) for name in NUMBERS[:3])
    beyond = share_of(of, NUMBERS[3])
    more = f"with {runs_of(beyond.n)} the task does not clearly do more than such a start"
    if beyond.low > 0 or beyond.high < 0:
        verb = "more" if beyond.low > 0 else "less"
        more = f"the task does {verb} than such a start, by {points(beyond)} points"
    return (
        f"{partner}’s other task changes {changed} of {owner}’s outcomes on {task}; where the task "
        f"stays and only {partner}’s head starts from other weights, {first} change beside "
        f"{letter}1 and {second} beside {letter}2: {more}."
    )


def points(difference: Estimate) -> str:
    """A difference of shares in percentage points, with its interval: "6.4 [4.9, 7.9]"."""
    return format(difference.times(100), ".1f")


def percent(share: Estimate) -> str:
    """A share for reading, with its interval: "21 % [18, 24]".

    Examples
    --------
    >>> from ncviz.inference import Estimate
    >>> from ncviz.meaning import percent
    >>> percent(Estimate(0.2134, 0.178, 0.243, 50)).split()
    ['21', '%', '[18,', '24]']
    """
    if not np.isfinite(share.value):
        return "–"
    # Two figures: small shares would all be "1 %".
    spec = ".0f" if share.value >= 0.0995 else ".1f"
    text, low, high = (format_number(100 * x, spec) for x in (share.value, share.low, share.high))
    if text == "0.0":
        text = "0" if share.value == 0 else "< 0.1"
    return f"{text}\u00a0% [{low}, {high}]" if np.isfinite(share.low) else f"{text}\u00a0%"


# What accounts for S


@dataclass(frozen=True)
class Account:
    """The excess over 2 of the largest CHSH form, and what it is made of.

    Parameters
    ----------
    explained, rest : float
        What the visible change of mean outcomes can account for, the smaller of δ and s_odd − 2, 0
        where no form passes 2; and what is left of the excess, D where that is above 0.
    slack : float
        How much more δ could account for.
    passes : bool
        Whether a CHSH form passes 2 at all.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.meaning import Account
    >>> summary = Experiment(runs=20, seed=11).run().summary
    >>> account = Account.of(summary)
    >>> abs(account.explained + account.rest - summary.excess.value) < 1e-12
    True
    """

    explained: float
    rest: float
    slack: float
    passes: bool

    @classmethod
    def of(cls, summary: Summary) -> Self:
        """Take a summary apart; there must be outcomes in it."""
        excess, delta = summary.excess.value, summary.delta.value
        explained = min(delta, max(0.0, excess))
        return cls(explained, max(0.0, excess) - explained, delta - explained, excess > 0)


@dataclass(frozen=True)
class Line:
    """One number of the account, and what it says in plain words."""

    key: str
    name: str
    formula: str
    number: Estimate
    words: str


def account_lines(summary: Summary) -> list[Line]:
    """The excess, δ, D and the measured influence, each with what it says now."""
    visible = (
        "sum of the shifts of the four mean outcomes: a classical model that does no more than "
        "these need passes 2 by up to this much"
    )
    return [
        Line("excess", "excess over 2", "s_odd − 2", summary.excess, _excess_words(summary)),
        Line("delta", "visible change", "δ", summary.delta, visible),
        Line("rest", "beyond the visible", "D = s_odd − 2 − δ", summary.D, _rest_words(summary)),
        Line("influence", "measured influence", "2Σf", summary.influence, _counted_words(summary)),
    ]


def account_sentence(summary: Summary) -> str:
    """What the picture of the account shows now."""
    if problem := missing(summary):
        return f"Nothing to account for: {problem}."
    if summary.excess.value <= 0:
        return "No CHSH form passes 2: there is nothing to account for."
    excess, delta, D = summary.excess, summary.delta, summary.D
    passes = f"The largest CHSH form passes 2 by {excess}"
    change = "the visible change of mean outcomes"
    if D.n < 2:
        return f"{passes}, {change} is {delta}: one run only."
    if excess.low <= 0:
        return f"The largest CHSH form is not distinguishable from 2: it passes it by {excess}."
    if D.high < 0:
        return f"{passes}, and {change} can account for all of it."
    if D.low > 0:
        return (
            f"{passes}; {change} can account for {delta}, and the rest is influence that the means "
            "do not show."
        )
    return (
        f"{passes}; whether {change}, {delta}, can account for all of it is undecided with "
        f"{D.n} runs."
    )


def _excess_words(summary: Summary) -> str:
    largest, s = CLASSICAL_BOUND + summary.excess.value, summary.s.value
    more = f"; S is another one of them, {format_number(s)}"
    if summary.excess.value <= 0:
        more = ", not above 2"
    elif abs(s - CLASSICAL_BOUND - summary.excess.value) < 1e-9:
        more = "; it is S itself"
    return f"the largest of the eight CHSH forms is {format_number(largest)}{more}"


def _rest_words(summary: Summary) -> str:
    D = summary.D
    if summary.excess.value <= 0:
        return "no form passes 2, so nothing is left over"
    if D.n < 2:
        return "one run does not say how sure that is"
    if D.high < 0:
        return "below 0: the visible change is more than enough"
    if D.low > 0:
        return "above 0: hidden, balanced influence, which the means do not show"
    return f"its interval reaches across 0: undecided with {D.n} runs"


def _counted_words(summary: Summary) -> str:
    if summary.influence.value == 0:
        if summary.experiment.trunk == "separate":
            return "exactly 0 with any number of runs: each head has a hidden layer of its own"
        return "no outcome changes with the partner’s task: in no run can S be above 2"
    return (
        "counts the outcomes that change with the partner’s task at a fixed λ: no run’s S can pass "
        f"2 by more than its own 2Σf; {SENSITIVE}"
    )
