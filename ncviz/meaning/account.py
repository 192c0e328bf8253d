"""What accounts for S: the excess over 2, beside all that could bring it about."""

from dataclasses import dataclass
from typing import Self

from ncviz.bell import CLASSICAL_BOUND, PUBLISHED
from ncviz.inference import Estimate, format_number
from ncviz.meaning.verdict import SENSITIVE, missing
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


_SEEN = PUBLISHED["delft 2015"]
DELFT = Sourced(
    "In Delft the two sides were 1.3 km apart, too far for any signal to arrive in time, and "
    f"S was {_SEEN.S:.2f} ± {_SEEN.error:.2f}, p = {_SEEN.p:g}: evidence against every classical "
    "model without influence.",
    "Hensen et al. 2015",
)
"""What a Bell test without influence looks like, with its published numbers."""


@dataclass(frozen=True)
class Account:
    """The excess over 2 of the largest CHSH form, and what it is made of.

    Parameters
    ----------
    explained, rest : float
        What the visible change of mean outcomes can account for, the smaller of δ and s_odd − 2, 0
        where no form passes 2; and what is left of the excess, D where that is above 0.
    slack : float
        How much more δ could account for: −D where a form passes 2 and D is below 0, all of δ
        where none does.
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
    form = format_number(CLASSICAL_BOUND + summary.excess.value)
    if summary.excess.value <= 0:
        return f"the largest of the eight CHSH forms is {form}, not above 2"
    if abs(summary.s.value - CLASSICAL_BOUND - summary.excess.value) < 1e-9:
        return f"the largest of the eight CHSH forms is {form}; it is S itself"
    return (
        f"the largest of the eight CHSH forms is {form}; S is another one of them, "
        f"{format_number(summary.s.value)}"
    )


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
