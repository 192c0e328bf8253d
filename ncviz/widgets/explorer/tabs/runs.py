"""Runs to regress, each with the experiment that it belongs to."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ncviz.experiment import Experiment
from ncviz.results.pins import Pins
from ncviz.sweeps.frames import Sweep, in_frame

if TYPE_CHECKING:
    import pandas as pd

FIELDS = tuple(field.name for field in fields(Experiment))

NOT_GROUPS = ("hidden", "seed", "runs")
"""Fields whose values do not make another kind of experiment."""

PEAK_SIZES = 2
"""Sizes that are needed before one of them can be called critical."""


@dataclass(frozen=True, eq=False)
class Source:
    """A frame of runs.

    Parameters
    ----------
    frame : DataFrame
        A row a run, numbered from 0.
    cells : tuple of Experiment
    cell : array of int, shape (rows,)
        Which of the cells each row belongs to.
    """

    frame: "pd.DataFrame"
    cells: tuple[Experiment, ...]
    cell: Any

    @classmethod
    def of_sweep(cls, sweep: Sweep | None) -> Self | None:
        """The finished cells of a sweep, or None where there is none."""
        if sweep is None or not sweep.finished:
            return None
        counts = [len(frame) for frame in sweep.finished.values()]
        return cls(sweep.runs, tuple(sweep.finished), np.repeat(np.arange(len(counts)), counts))

    @classmethod
    def of_pins(cls, pins: Pins) -> Self | None:
        """All pinned runs, or None where there are none."""
        pinned = [pins.experiment(row["id"]) for row in pins.rows]
        cells = tuple(experiment for experiment in pinned if experiment is not None)
        frame, counts = pins.frame, [cell.runs for cell in cells]
        if not cells or len(frame) != sum(counts):  # just now something was pinned or removed
            return None
        return cls(frame, cells, np.repeat(np.arange(len(cells)), counts))

    def experiment(self, row: int) -> Experiment:
        """The experiment of a row."""
        return self.cells[int(self.cell[row])]

    @property
    def critical(self) -> int | None:
        """The size at which the mean of S is largest; None where there are fewer than two."""
        means = self.frame.groupby(self._sizes)["S"].mean().dropna()
        return int(means.idxmax()) if len(means) >= PEAK_SIZES else None

    @property
    def sizes(self) -> list[int]:
        """All hidden sizes, rising."""
        return sorted({cell.hidden for cell in self.cells})

    @property
    def kinds(self) -> list[str]:
        """What else differs, in words: one entry for each combination, in order."""
        return list(dict.fromkeys(self._kind(cell) for cell in self.cells))

    def part(self, sizes: list[int], kind: str | None) -> "pd.DataFrame":
        """Rows of some hidden sizes and, unless it is None, of one kind; `hidden` is a column."""
        wanted = [cell.hidden in sizes and kind in (None, self._kind(cell)) for cell in self.cells]
        frame = self.frame.assign(hidden=self._sizes)
        return frame[np.array(wanted, dtype=bool)[self.cell]]

    @property
    def _sizes(self) -> Any:
        return np.array([cell.hidden for cell in self.cells])[self.cell]

    def _kind(self, cell: Experiment) -> str:
        parts = []
        for name in FIELDS:
            if name not in NOT_GROUPS and len({getattr(c, name) for c in self.cells}) > 1:
                value = in_frame(getattr(cell, name))
                text = f"{value:g}" if isinstance(value, float) else str(value)
                parts.append(text if name == "pairing" else f"{name.replace('_', ' ')} {text}")
        return ", ".join(parts)
