"""The capacity curve: S against the number of hidden neurons."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from ncviz.basics.checks import takes
from ncviz.bell import CLASSICAL_BOUND
from ncviz.experiment import Experiment
from ncviz.inference import Estimate, format_number, many_ties
from ncviz.sweeps.frames import Sweep
from ncviz.sweeps.grid import (
    Summaries,
    a_place,
    a_sweep,
    groups,
    in_words,
    neurons,
    others_of,
    summaries,
)

NEAR = 0.05  # how far from 2 the mean of S may be where it is called settled
MOST_CURVES = 6  # more lines than these cannot be told apart


@dataclass(frozen=True)
class Curve:
    """S, δ and D at each hidden size, with 95 % intervals over runs."""

    label: str  # what sets it apart from others
    cells: tuple[Experiment, ...]  # finished, by rising hidden size
    S: tuple[Estimate, ...]
    delta: tuple[Estimate, ...]
    D: tuple[Estimate, ...]
    others: str = ""  # what the label is a value of: "learning rate"

    @classmethod
    def of(
        cls, cells: Iterable[Experiment], found: Summaries, label: str = "", others: str = ""
    ) -> Self:
        """The curve through those of some cells that are finished."""
        there = sorted((cell for cell in cells if cell in found), key=lambda cell: cell.hidden)

        def along(name: str) -> tuple[Estimate, ...]:
            return tuple(estimate_in(found[cell], name) for cell in there)

        return cls(label, tuple(there), along("S"), along("delta"), along("D"), others)

    @property
    def hidden(self) -> tuple[int, ...]:
        """The sizes."""
        return tuple(cell.hidden for cell in self.cells)

    @property
    def first_reaches(self) -> int | None:
        """The smallest size at which S may be 2: the upper end of its interval is at least 2.

        A size with one run has no interval; there S itself must be at least 2.
        """
        for n, s in zip(self.hidden, self.S, strict=True):
            if (s.high if np.isfinite(s.high) else s.value) >= CLASSICAL_BOUND:
                return n
        return None

    @property
    def peak(self) -> int | None:
        """The size with the largest mean of S, the smallest if there are several."""
        means = [s.value for s in self.S]
        return self.hidden[int(np.nanargmax(means))] if np.isfinite(means).any() else None

    @property
    def settled(self) -> int | None:
        """The smallest size from which on every mean of S is within 0.05 of 2."""
        found = None
        for n, s in zip(reversed(self.hidden), reversed(self.S), strict=True):
            # Not "greater than": a mean that is missing is not near 2 either.
            if not abs(s.value - CLASSICAL_BOUND) <= NEAR:
                break
            found = n
        return found

    def at(self, hidden: int) -> Estimate:
        """S at a size."""
        return self.S[self.hidden.index(hidden)]

    @property
    def marks(self) -> tuple[tuple[int, str], ...]:
        """Sizes at which something is to be seen, each with a few words."""
        found: dict[int, list[str]] = {}
        peak = f"peak {format_number(self.at(self.peak).value)}" if self.peak else ""
        places = (self.first_reaches, self.peak, self.settled)
        for n, words in zip(places, ("reaches 2", peak, "settled"), strict=True):
            if n is not None:
                found.setdefault(n, []).append(words)
        return tuple((n, ", ".join(words)) for n, words in sorted(found.items()))

    @property
    def sentence(self) -> str:
        """What the curve shows now."""
        if not self.cells:
            return "no cell is finished yet"
        if self.peak is None:
            return "every run has diverged"
        if len(self.cells) == 1:
            return f"at {neurons(self.peak)} S is {self.S[0]}; one size makes no curve"
        first, settled, last = self.first_reaches, self.settled, neurons(self.hidden[-1])
        whose = "its interval" if any(np.isfinite(s.high) for s in self.S) else "it"
        reached = f"first reaches 2 at {neurons(first)}" if first else f"stays below 2 up to {last}"
        end = f"not settled at 2 by {last}"
        if settled:
            end = f"within {NEAR} of 2 from {neurons(settled)} on"
        most = f"S is largest at {neurons(self.peak)}, {self.at(self.peak)}"
        return f"{most}; {whose} {reached}; {end}"


@takes(sweep=a_sweep, where=a_place)
def curves(
    sweep: Sweep, where: Mapping[str, Any] | None = None, found: Summaries | None = None
) -> list[Curve]:
    """The capacity curves of a sweep: one for each combination of its other fields."""
    found = summaries(sweep) if found is None else found
    if "hidden" not in sweep.varied:
        raise ValueError("a capacity curve needs a sweep over hidden, and this one is over others")
    by_label = groups(sweep, ("hidden",), where)
    others = others_of(sweep, ("hidden",))
    if len(by_label) > MOST_CURVES:
        raise ValueError(
            f"a capacity curve can have at most {MOST_CURVES} lines, not {len(by_label)}: "
            f"choose a value of {', '.join(others)} with where={{field: value}}"
        )
    name = in_words(others)
    return [Curve.of(cells, found, label, name) for label, cells in by_label.items()]


def curves_sentence(drawn: Sequence[Curve]) -> str:
    """What some capacity curves show now, as one sentence."""
    known = [curve for curve in drawn if curve.peak is not None]
    if len(drawn) == 1 or not known:
        text = drawn[0].sentence
    else:
        reach = sum(curve.first_reaches is not None for curve in drawn)
        settle = sum(curve.settled is not None for curve in drawn)
        best = max(known, key=lambda c: max(s.value for s in c.S if np.isfinite(s.value)))
        assert best.peak is not None
        text = (
            f"of {len(drawn)} lines the intervals of {reach} reach 2, the means of {settle} settle "
            f"at it; S is largest, {best.at(best.peak)}, at {neurons(best.peak)} and "
            f"{best.others} {best.label}"
        )
    return f"{text[:1].upper()}{text[1:]}."


def agreeing(sweep: Sweep, curve: Curve) -> list[bool]:
    """At which sizes more than a quarter of the runs have the same S."""
    runs = (sweep.finished[cell]["S"].to_numpy(dtype=np.float64) for cell in curve.cells)
    return [bool(many_ties(s[None])[0]) for s in runs]


def agreeing_curves(sweep: Sweep, drawn: Sequence[Curve]) -> str:
    """How runs that agree are drawn, as one sentence; empty where they are few at every size."""
    sizes = {n for c in drawn for n, tied in zip(c.hidden, agreeing(sweep, c), strict=True) if tied}
    if not sizes:
        return ""
    return (
        f"At {' and '.join(', '.join(map(str, sorted(sizes))).rsplit(', ', 1))} more than a "
        "quarter of the runs have the same S: they are dots side by side, and a thin line is the "
        "interval."
    )


def estimate_in(row: Mapping[str, Any], name: str) -> Estimate:
    """A number of a `cell_summary` with its interval."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return Estimate(float(row[name]), float(low), float(high), int(row["n"]))
