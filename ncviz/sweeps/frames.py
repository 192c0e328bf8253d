"""What a sweep gives back."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ncviz.basics.handing import Frames, handed_out
from ncviz.experiment import Experiment
from ncviz.sweeps.summary import cell_summaries

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
    finished : mapping
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
        finished: "Mapping[Experiment, pd.DataFrame]",
    ) -> None:
        self.experiment = experiment
        self.varied = varied
        self.cells = cells
        self.finished = Frames({cell: finished[cell] for cell in cells if cell in finished})

    @property
    def missing(self) -> tuple[Experiment, ...]:
        """Cells that were not trained: the sweep was cancelled."""
        return tuple(cell for cell in self.cells if cell not in self.finished)

    @handed_out
    def runs(self) -> "pd.DataFrame":
        """A row a run: the varied fields, seed, `Result.runs`, `Result.halves` and swing.

        An own pairing is written as its four task names with " | " between them. `swing` is how
        far the late held-out losses swing about their trend (standard deviation, nats).
        """
        import pandas as pd

        frames = [*self.finished.values()]
        if not frames:
            return self._labels()
        labels = self._labels().loc[np.repeat(np.arange(len(frames)), [*map(len, frames)])]
        return labels.reset_index(drop=True).join(pd.concat(frames, ignore_index=True))

    @handed_out
    def summary(self) -> "pd.DataFrame":
        """A row a cell: the varied fields, seed, and what `cell_summary` says of it."""
        import pandas as pd

        rows = cell_summaries([*self.finished], [*self.finished.values()])
        return self._labels().join(pd.DataFrame(rows)) if rows else self._labels()

    def _labels(self) -> "pd.DataFrame":
        """A row a finished cell: the varied fields, and seed."""
        import pandas as pd

        names = [*self.varied, *({"seed"} - {*self.varied})]
        labels = pd.DataFrame(
            {name: [in_frame(getattr(cell, name)) for cell in self.finished] for name in names}
        )
        # All seeds of one kind: beside small ones, pandas would make floats of large ones.
        labels["seed"] = np.array([cell.seed for cell in self.finished], dtype=np.uint64)
        return labels

    def __repr__(self) -> str:
        over = ", ".join(self.varied) or "nothing"
        return f"<Sweep over {over}: {len(self.finished)} of {len(self.cells)} cells>"


def in_frame(value: object) -> object:
    """A field's value as a column holds it."""
    return " | ".join(value) if isinstance(value, tuple) else value
