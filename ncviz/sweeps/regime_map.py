"""The regime map: what a net does at each hidden size and learning rate."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from ncviz.basics.checks import takes
from ncviz.bell import CLASSICAL_BOUND, TSIRELSON_BOUND
from ncviz.experiment import Experiment
from ncviz.inference import Estimate
from ncviz.sweeps.curve import estimate_in
from ncviz.sweeps.frames import Sweep
from ncviz.sweeps.grid import Summaries, a_place, a_sweep, groups, neurons, others_of, summaries

AXES = ("hidden", "learning_rate")
REGIMES = ("converges", "oscillates", "diverges")
FULL = TSIRELSON_BOUND - CLASSICAL_BOUND  # how far from 2 an S has the full colour


@dataclass(frozen=True)
class Place:
    """A cell of the map."""

    cell: Experiment
    S: Estimate | None = None  # none while the cell is not finished
    regime: str = ""  # one of `REGIMES`, see `Sweep.summary`
    diverged: int = 0  # runs

    @classmethod
    def of(cls, cell: Experiment, row: Mapping[str, Any] | None) -> Self:
        """The place of a cell with its `cell_summary`, if it is finished."""
        if row is None:
            return cls(cell)
        return cls(cell, estimate_in(row, "S"), str(row["regime"]), int(row["diverged"]))

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
        if experiment is None:
            return None
        for i, row in enumerate(self.rows):
            for k, place in enumerate(row):
                cell = place.cell if place else None
                if cell and replace(experiment, runs=cell.runs, seed=cell.seed) == cell:
                    return i, k
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
        best = max(known, key=lambda pair: pair[0])[1]
        return (
            f"{text}; S is largest, {best.S}, at {neurons(best.cell.hidden)} "
            f"and a learning rate of {best.cell.learning_rate:g}."
        )


@takes(sweep=a_sweep, where=a_place)
def regime_map(
    sweep: Sweep, where: Mapping[str, Any] | None = None, found: Summaries | None = None
) -> RegimeMap:
    """The map of a sweep over hidden sizes, learning rates, or both."""
    found = summaries(sweep) if found is None else found
    by_label = groups(sweep, AXES, where)
    if len(by_label) > 1:
        others = ", ".join(others_of(sweep, AXES))
        raise ValueError(
            "a regime map is over hidden and learning_rate only: "
            f"choose a value of {others} with where={{field: value}}"
        )
    (cells,) = by_label.values()
    at = {(cell.learning_rate, cell.hidden): Place.of(cell, found.get(cell)) for cell in cells}
    hidden = tuple(sorted({cell.hidden for cell in cells}))
    rates = tuple(sorted({cell.learning_rate for cell in cells}))
    rows = tuple(tuple(at.get((rate, n)) for n in hidden) for rate in rates)
    return RegimeMap(hidden, rates, rows)
