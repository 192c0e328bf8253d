"""The same λ in four settings: what each held-out point would have given in all of them.

Exact whole numbers: a run's S is the sum over its points of s = a11·b11 + a12·b12 + a21·b21 −
a22·b22, divided by their number once.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ncviz.basics.checks import short
from ncviz.basics.protocol import RULES, TASK_NAMES
from ncviz.inference import format_number
from ncviz.meaning.verdict import PARTNERS, missing, upper_first
from ncviz.results.result import Moment, Result, Snapshot

Four = tuple[int, int, int, int]

NOT_YET = "The outcomes of single points are kept only when the training is done."


@dataclass(frozen=True)
class Pattern:
    """Points with the same eight outcomes, ±1, in the settings 11, 12, 21, 22."""

    points: int  # how many
    alice: Four
    bob: Four

    @property
    def s(self) -> int:
        """a11·b11 + a12·b12 + a21·b21 − a22·b22: −4, −2, 0, 2 or 4."""
        first, second, third, last = (a * b for a, b in zip(self.alice, self.bob, strict=True))
        return first + second + third - last

    @property
    def flips(self) -> tuple[bool, bool, bool, bool]:
        """Whether the outcome on A1, A2, B1, B2 changes when only the partner's task changes."""
        a, b = self.alice, self.bob
        return a[0] != a[1], a[2] != a[3], b[0] != b[2], b[1] != b[3]

    @property
    def adds(self) -> int:
        """What they add to S − 2, times the number of all points: points × (s − 2)."""
        return self.points * (self.s - 2)


@dataclass(frozen=True)
class Patterns:
    """All points of a run, grouped: those that add or take away most first, then the frequent."""

    patterns: tuple[Pattern, ...]

    @property
    def points(self) -> int:
        """How many in all."""
        return sum(pattern.points for pattern in self.patterns)

    @property
    def adds(self) -> int:
        """Number of all points × (S − 2)."""
        return sum(pattern.adds for pattern in self.patterns)

    @property
    def S(self) -> float:
        """S of the run, to the bit: one division of whole numbers."""
        return sum(pattern.points * pattern.s for pattern in self.patterns) / self.points

    @property
    def odd(self) -> int:
        """Points of which an odd number of the four outcomes flips: S ≤ 2 + 2 × their share.

        The product of a point's four a·b is −1 there, and only then can s be 4, 0 or −4.
        """
        return sum(pattern.points for pattern in self.patterns if sum(pattern.flips) % 2)

    def first(self, most: int) -> tuple[tuple[Pattern, ...], tuple[Pattern, ...]]:
        """The first so many patterns, to be shown one by one, and the others: none or several."""
        if len(self.patterns) == most + 1:  # one other would take as much room as its sum
            return self.patterns, ()
        return self.patterns[:most], self.patterns[most:]


def patterns_of(outcomes: ArrayLike) -> Patterns:
    """Group points by their eight outcomes, ±1, shape (4, 2, points): one of `Result.outcomes`."""
    values = np.asarray(outcomes)
    if values.ndim != 3 or values.shape[:2] != (4, 2) or not values.shape[2]:
        raise ValueError(f"outcomes must have shape (4, 2, points), not {values.shape}")
    if not (np.abs(values) == 1).all():
        bad = values[np.abs(values) != 1][0]
        raise ValueError(f"outcomes must be −1 or +1, not {bad} (a run that diverged has 0)")
    kinds, counts = np.unique(values.reshape(8, -1), axis=1, return_counts=True)
    found = [
        Pattern(int(count), tuple(kind[0::2]), tuple(kind[1::2]))
        for kind, count in zip(kinds.T.astype(np.int64).tolist(), counts, strict=True)
    ]
    # The last of the keys makes the order one and the same whatever the points' order.
    found.sort(key=lambda one: (-abs(one.adds), -one.points, one.alice, one.bob))
    return Patterns(tuple(found))


def patterns_or_why_not(moment: Moment, run: int) -> Patterns | str:
    """The patterns of a run of a snapshot or result, or a sentence why there are none."""
    if problem := missing(moment.summary):
        return f"No outcomes: {problem}."
    if RULES[moment.experiment.outcome].of != "run" and moment.per_run.diverged[run]:
        return f"Run {run} has diverged: it has no outcomes."
    result = moment.result if isinstance(moment, Snapshot) else moment
    return patterns_of_run(result, run) if isinstance(result, Result) else NOT_YET


def patterns_of_run(result: Result, run: int) -> Patterns:
    """The patterns of a run of a finished experiment.

    With the rule "success" a run has one outcome in each setting: there it is the runs that did
    not diverge that are grouped, whichever run is asked for.
    """
    runs = len(result.outcomes)
    if run not in range(runs):
        raise ValueError(f"run must be 0 to {runs - 1}, not {short(run)}")
    if RULES[result.experiment.outcome].of != "run":
        if result.per_run.diverged[run]:
            raise ValueError(f"run {run} diverged: it has no outcomes")
        return patterns_of(result.outcomes[run])
    good = result.outcomes[~result.per_run.diverged]
    if not len(good):
        raise ValueError("every run diverged: there are no outcomes")
    return patterns_of(good[..., 0].transpose(1, 2, 0))


def patterns_sentence(patterns: Patterns, outcome: str, run: int) -> str:
    """Which flips lift S, in one run; with the rule "success" over all runs."""
    text = "no outcome flips with the partner’s task, so that S cannot pass 2"
    if any(any(pattern.flips) for pattern in patterns.patterns):
        lifted = [pattern for pattern in patterns.patterns if pattern.s == 4]
        high = sum(pattern.points for pattern in lifted)
        low = sum(pattern.points for pattern in patterns.patterns if pattern.s < 2)
        where = ""
        if high:
            by_flip = [sum(p.points for p in lifted if p.flips[k]) for k in range(4)]
            k = max(range(4), key=by_flip.__getitem__)
            share = f"in {by_flip[k]} of them" if by_flip[k] < high else "in all of them"
            head, partner = PARTNERS[k // 2]
            where = (
                f" ({'there' if high == 1 else share} {partner}’s task flips {head}’s outcome on "
                f"{TASK_NAMES[k]})"
            )
        have = [f"{n or 'none'} {'has' if n < 2 else 'have'} s" for n in (high, low)]
        text = f"of {_counted(patterns.points, outcome)} {have[0]} = 4{where}, {have[1]} below 2"
    one = RULES[outcome].of != "run"
    text = f"Run {run}: {text}" if one else upper_first(text)
    return f"{text}. Together: S = {format_number(patterns.S)}."


def _counted(n: int, outcome: str) -> str:
    return f"{n} {RULES[outcome].counted[n != 1]}"


def limit_sentence(patterns: Patterns, outcome: str) -> str:
    """What the flips allow S to be at most."""
    n, odd = patterns.points, patterns.odd
    if not odd:
        return f"An odd number of outcomes flips at no {RULES[outcome].counted[0]}: S ≤ 2."
    return (
        f"An odd number of outcomes flips at {odd} of {_counted(n, outcome)}: "
        f"S ≤ 2 + 2 · {odd}/{n} = {format_number(2 + 2 * odd / n, '.3f')}."
    )
