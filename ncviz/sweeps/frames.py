"""What a sweep gives back."""

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ncviz.experiment import Experiment
from ncviz.sweeps.summary import cell_summary

if TYPE_CHECKING:
    import pandas as pd


class Sweep:
    """The finished cells of a sweep.

    Attributes
    ----------
    experiment : Experiment
        What it was made from.
    varied : tuple of str
        The fields that differ between cells.
    cells : tuple of Experiment
        All cells that were asked for, in order.
    finished : dict
        Experiment → frame, a row a run, for the cells that are finished.

    Examples
    --------
    >>> from ncviz import Experiment, sweep
    >>> s = sweep(Experiment(runs=4, steps=50), hidden=[1, 2], progress=False)
    >>> s.runs.groupby("hidden").size().tolist()
    [4, 4]
    """

    def __init__(
        self,
        experiment: Experiment,
        varied: tuple[str, ...],
        cells: "tuple[Experiment, ...]",
        finished: "dict[Experiment, pd.DataFrame]",
    ) -> None:
        self.experiment = experiment
        self.varied = varied
        self.cells = cells
        self.finished = {cell: finished[cell] for cell in cells if cell in finished}

    @property
    def missing(self) -> tuple[Experiment, ...]:
        """Cells that were not trained: the sweep was cancelled."""
        return tuple(cell for cell in self.cells if cell not in self.finished)

    @cached_property
    def runs(self) -> "pd.DataFrame":
        """A row a run: the varied fields, seed, `Result.runs`, `Result.halves` and swing.

        An own pairing is written as its four task names with " | " between them. `swing` is how
        far the late held-out losses swing about their trend (standard deviation, nats).
        """
        return self._joined({cell: frame for cell, frame in self.finished.items()})

    @cached_property
    def summary(self) -> "pd.DataFrame":
        """A row a cell: the varied fields, seed, and what `cell_summary` says of it."""
        import pandas as pd

        rows = {
            cell: pd.DataFrame([cell_summary(cell, frame)]) for cell, frame in self.finished.items()
        }
        return self._joined(rows)

    def _joined(self, frames: "dict[Experiment, pd.DataFrame]") -> "pd.DataFrame":
        import pandas as pd

        names = [*self.varied, *({"seed"} - {*self.varied})]
        parts = []
        for cell, frame in frames.items():
            labels = {name: in_frame(getattr(cell, name)) for name in names}
            # All seeds of one kind: beside small ones, pandas would make floats of large ones.
            labels["seed"] = np.uint64(cell.seed)
            parts.append(pd.DataFrame(labels, index=frame.index).join(frame))
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)

    def __repr__(self) -> str:
        over = ", ".join(self.varied) or "nothing"
        return f"<Sweep over {over}: {len(self.finished)} of {len(self.cells)} cells>"


def in_frame(value: object) -> object:
    """A field's value as a column holds it."""
    return " | ".join(value) if isinstance(value, tuple) else value
