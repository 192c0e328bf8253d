"""What a sweep shows over hidden sizes: the capacity curve of S, and the regime map."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from ncviz.basics.checks import takes
from ncviz.bell import CLASSICAL_BOUND, TSIRELSON_BOUND
from ncviz.experiment import Experiment
from ncviz.inference import Estimate, format_number, many_ties
from ncviz.sweeps.frames import Sweep
from ncviz.sweeps.grid import Summaries, a_place, a_sweep, groups, in_words, neurons, others_of
from ncviz.sweeps.grid import summaries as rows_of

NEAR = 0.05  # how far from 2 the mean of S may be where it is called settled
MOST_CURVES = 6  # more lines than these cannot be told apart

AXES = ("hidden", "learning_rate")
REGIMES = ("converges", "oscillates", "diverges")
FULL = TSIRELSON_BOUND - CLASSICAL_BOUND  # how far from 2 an S has the full colour


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
        names = ("S", "delta", "D")
        of = {name: tuple(_estimate(found[cell], name) for cell in there) for name in names}
        return cls(label, tuple(there), **of, others=others)

    @property
    def hidden(self) -> tuple[int, ...]:
        """The sizes."""
        return tuple(cell.hidden for cell in self.cells)

    @property
    def first_reaches(self) -> int | None:
        """The smallest size at which S may be 2: the upper end of its interval, or S, is."""
        tops = [s.high if np.isfinite(s.high) else s.value for s in self.S]
        each = zip(self.hidden, tops, strict=True)
        return next((n for n, top in each if top >= CLASSICAL_BOUND), None)

    @property
    def peak(self) -> int | None:
        """The size with the largest mean of S, the smallest if there are several."""
        means = [s.value for s in self.S]
        return self.hidden[int(np.nanargmax(means))] if np.isfinite(means).any() else None

    @property
    def settled(self) -> int | None:
        """The smallest size from which on every mean of S is within 0.05 of 2."""
        # A mean that is missing is not near 2 either.
        near = [abs(s.value - CLASSICAL_BOUND) <= NEAR for s in self.S]
        return next((n for k, n in enumerate(self.hidden) if all(near[k:])), None)

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
        near = f"within {NEAR} of 2 from {neurons(settled)} on" if settled else ""
        end = near or f"not settled at 2 by {last}"
        most = f"S is largest at {neurons(self.peak)}, {self.at(self.peak)}"
        return f"{most}; {whose} {reached}; {end}"


@takes(sweep=a_sweep, where=a_place)
def curves(
    sweep: Sweep, where: Mapping[str, Any] | None = None, found: Summaries | None = None
) -> list[Curve]:
    """The capacity curves of a sweep: one for each combination of its other fields."""
    found = rows_of(sweep) if found is None else found
    if "hidden" not in sweep.varied:
        raise ValueError("a capacity curve needs a sweep over hidden, and this one is over others")
    by_label = groups(sweep, ("hidden",), where)
    others = others_of(sweep, ("hidden",))
    if len(by_label) > MOST_CURVES:
        raise ValueError(
            f"a capacity curve can have at most {MOST_CURVES} lines, not {len(by_label)}: "
            f"choose a value of {', '.join(others)} with where={{field: value}}"
        )
    return [Curve.of(some, found, label, in_words(others)) for label, some in by_label.items()]


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


def _estimate(row: Mapping[str, Any], name: str) -> Estimate:
    """A number of a `cell_summary` with its interval."""
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return Estimate(float(row[name]), float(low), float(high), int(row["n"]))


@dataclass(frozen=True)
class Place:
    """A cell of the map."""

    cell: Experiment
    S: Estimate | None = None  # none while the cell is not finished
    regime: str = ""  # one of `REGIMES`, see `Sweep.summary`
    diverged: int = 0  # runs

    @property
    def sentence(self) -> str:
        """The cell in words."""
        name = f"{neurons(self.cell.hidden)}, learning rate {self.cell.learning_rate:g}"
        if self.S is None:
            return f"{name}: not finished"
        lost = f", {self.diverged} of {self.cell.runs} runs diverged" if self.diverged else ""
        return f"{name}: S = {self.S}, {self.regime}{lost}"


@dataclass(frozen=True)
class RegimeMap:
    """Hidden sizes across, learning rates down."""

    hidden: tuple[int, ...]
    rates: tuple[float, ...]
    rows: tuple[tuple[Place | None, ...], ...]

    @property
    def places(self) -> list[Place]:
        """All cells that there are."""
        return [place for row in self.rows for place in row if place is not None]

    def find(self, experiment: Experiment | None) -> tuple[int, int] | None:
        """Row and column of the cell that an experiment stands at, whatever its runs and seed."""
        for e in (place.cell for place in self.places):
            if experiment and replace(experiment, runs=e.runs, seed=e.seed) == e:
                return self.rates.index(e.learning_rate), self.hidden.index(e.hidden)
        return None

    @property
    def sentence(self) -> str:
        """What the map shows now."""
        done = [place for place in self.places if place.S is not None]
        if not done:
            return "No cell is finished yet."
        counts = Counter(place.regime for place in done)
        said = [f"{n} {word if n == 1 else word[:-1]}" for word in REGIMES if (n := counts[word])]
        cells = "cell" if len(done) == 1 else "cells"
        text = f"Of {len(done)} finished {cells} {', '.join(said)}"
        known = [(p.S.value, p) for p in done if p.S is not None and np.isfinite(p.S.value)]
        if not known:
            return f"{text}."
        _, best = max(known, key=lambda pair: pair[0])
        return (
            f"{text}; S is largest, {best.S}, at {neurons(best.cell.hidden)} "
            f"and a learning rate of {best.cell.learning_rate:g}."
        )


@takes(sweep=a_sweep, where=a_place)
def regime_map(
    sweep: Sweep, where: Mapping[str, Any] | None = None, found: Summaries | None = None
) -> RegimeMap:
    """The map of a sweep over hidden sizes, learning rates, or both."""
    found = rows_of(sweep) if found is None else found
    by_label = groups(sweep, AXES, where)
    if len(by_label) > 1:
        others = ", ".join(others_of(sweep, AXES))
        raise ValueError(
            "a regime map is over hidden and learning_rate only: "
            f"choose a value of {others} with where={{field: value}}"
        )
    (cells,) = by_label.values()
    at = {}
    for cell in cells:
        row = found.get(cell)
        told = (_estimate(row, "S"), str(row["regime"]), int(row["diverged"])) if row else ()
        at[cell.learning_rate, cell.hidden] = Place(cell, *told)
    hidden = tuple(sorted({cell.hidden for cell in cells}))
    rates = tuple(sorted({cell.learning_rate for cell in cells}))
    rows = tuple(tuple(at.get((rate, n)) for n in hidden) for rate in rates)
    return RegimeMap(hidden, rates, rows)
