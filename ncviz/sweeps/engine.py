"""A sweep while it is trained, and `sweep`, which trains the cells that are not finished yet."""

import os
import warnings
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from functools import cached_property
from time import monotonic
from typing import TYPE_CHECKING, Any

from ncviz.basics.checks import a, a_bool, a_path, optional, takes
from ncviz.basics.computing import seen
from ncviz.experiment import Experiment
from ncviz.results.memory import check_memory
from ncviz.sweeps.cell import TrainsItself, batches, train_cells
from ncviz.sweeps.cluster import ClusterLost, check_client, train_on
from ncviz.sweeps.cost import in_words, peak, seconds, work
from ncviz.sweeps.frames import Sweep
from ncviz.sweeps.grid import grid
from ncviz.sweeps.store import Store

if TYPE_CHECKING:
    import pandas as pd

    Frames = Sequence[pd.DataFrame]

MEASURED = 0.05  # share of the work from which the time left is told from the time that it took


class Sweeping:
    """A sweep that is being trained; cells come from the store, if any, and go to it."""

    def __init__(
        self,
        experiment: Experiment,
        varied: tuple[str, ...],
        cells: Sequence[Experiment],
        store: "str | os.PathLike[str] | None" = None,
        finished: "Mapping[Experiment, pd.DataFrame] | None" = None,
    ) -> None:
        self._experiment, self._varied, self._cells = experiment, varied, tuple(cells)
        self._store = None if store is None else Store(store, experiment, varied)
        load = (finished or {}).get if self._store is None else self._store.load
        self.finished = {cell: frame for cell in cells if (frame := load(cell)) is not None}
        self.todo = [cell for cell in cells if cell not in self.finished]
        self.work = sum(map(work, self.todo))
        self.done = 0.0  # of the work
        self._start = monotonic()

    @property
    def sweep(self) -> Sweep:
        """All that is finished now."""
        return Sweep(self._experiment, self._varied, self._cells, self.finished)

    def steps(self, client: Any = None) -> Generator[Sequence[Experiment], None, None]:
        """Train here or on a client's cluster; after each step the cells just finished, if any."""
        self._start = monotonic()
        if client is not None:
            with closing(train_on(self.todo, client)) as trained:
                for batch, frames in trained:
                    yield self._keep(batch, frames)
            return
        for together in batches(self.todo):
            before, whole = self.done, sum(map(work, together))
            found: Frames | None = None
            with closing(train_cells(together)) as training:
                while found is None:
                    try:
                        self.done = before + next(training) * whole
                    except StopIteration as end:
                        self.done, found = before, end.value
                    else:
                        yield ()
            yield self._keep(together, found)

    def run(self, progress: bool, client: Any = None) -> str:
        """Train to the end, with a bar if it can be seen; why it ended before, if it did."""
        from tqdm.auto import tqdm

        words = n_cells(len(self.todo))
        if progress and client is None and self.todo and isinstance(self.todo[0], Experiment):
            words += f", about {in_words(self._estimate)}"
        bar = tqdm(
            total=self.work,
            desc=words,
            disable=not self.todo or not seen(progress),
            bar_format="{desc}: {percentage:3.0f}% {bar} {elapsed} < {remaining}",
        )
        with closing(self.steps(client)) as steps, bar:
            try:
                for _ in steps:
                    bar.update(self.done - bar.n)
            except KeyboardInterrupt:
                return "interrupted"
            except ClusterLost as lost:
                return str(lost)
        return ""

    @property
    def share(self) -> float:
        """How much of the work is done, 0 to 1."""
        return min(1.0, self.done / self.work) if self.work else 1.0

    @property
    def words(self) -> str:
        """The cells that are finished, and the time that is left."""
        n, share = len(self._cells), self.share
        measured = (monotonic() - self._start) / share if share > MEASURED else self._estimate
        left = measured * (1 - share)
        done = f"{len(self.finished)} of {n_cells(n)} finished"
        return f"{done}; about {in_words(left)} left" if len(self.finished) < n else done

    @cached_property
    def _estimate(self) -> float:
        return seconds(self.todo)

    def _keep(self, batch: Sequence[Experiment], frames: "Frames") -> Sequence[Experiment]:
        for cell, frame in zip(batch, frames, strict=True):
            if self._store is not None:
                self._store.save(cell, frame)
            self.finished[cell] = frame
            self.done += work(cell)
        return batch


def n_cells(n: int) -> str:
    """A number of cells in words."""
    return "1 cell" if n == 1 else f"{n} cells"


@takes(
    experiment=a(Experiment | TrainsItself, "an Experiment"),
    store=optional(a_path),
    progress=a_bool,
)
def sweep(
    experiment: Experiment,
    *,
    store: "str | os.PathLike[str] | None" = None,
    client: Any = None,
    progress: bool = True,
    sample: int | None = None,
    **varied: Any,
) -> Sweep:
    """Train a grid of experiments into one tidy frame.

    Interrupted (Ctrl-C, or the kernel's stop button), or where the cluster is lost, the `Sweep`
    holds the cells finished until then, and a warning says how many are missing, and why.

    Parameters
    ----------
    experiment : Experiment
        What is the same everywhere.
    store : path, optional
        A folder of this machine that keeps every finished cell. A sweep that was interrupted, or
        that asks for more values of the same fields, trains only what is not there yet.
    client : dask.distributed.Client, optional
        Trains the cells on its cluster; without it they are trained here, one after the other.
    progress : bool
        Show a bar and, at first, about how long it takes.
    sample : int, optional
        Only so many cells of the grid, drawn at random.
    **varied
        For any field of `Experiment`, a value or several: ``pairing=["xornet", "chain"]``.

    Raises
    ------
    ValueError
        If a field or value is bad, the store is damaged, or belongs to another sweep or to another
        task of the same name, a cell needs more memory than there is, or the client is no good.

    Examples
    --------
    >>> from ncviz import Experiment, sweep
    >>> s = sweep(Experiment(runs=8, steps=200), hidden=[1, 3], progress=False)
    >>> s.summary[["hidden", "n"]].values.tolist()
    [[1, 8], [3, 8]]
    """
    if client is not None:
        check_client(client)
    cells = grid(experiment, varied, sample)
    sweeping = Sweeping(experiment, tuple(varied), cells, store)
    if client is None:
        check_memory(peak(sweeping.todo))
    if ended := sweeping.run(progress, client):
        missing = len(cells) - len(sweeping.finished)
        warnings.warn(f"{ended}: {missing} of {len(cells)} cells were not trained", stacklevel=2)
    return sweeping.sweep
