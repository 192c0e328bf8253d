"""`sweep`: trains the cells that are not finished yet, and keeps what is."""

import os
import warnings
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ncviz.basics.checks import a, a_bool, a_path, optional, takes
from ncviz.basics.steps import seen
from ncviz.experiment import Experiment
from ncviz.results.memory import check_memory
from ncviz.sweeps.cell import TrainsItself, run_cells
from ncviz.sweeps.cluster import ClusterLost, check_client, train_on
from ncviz.sweeps.cost import in_words, peak, seconds, work
from ncviz.sweeps.frames import Sweep
from ncviz.sweeps.grid import grid
from ncviz.sweeps.store import Store, batches

if TYPE_CHECKING:
    import pandas as pd


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
        For any field of `Experiment`, a value or several: ``hidden=range(1, 9)``,
        ``pairing=["xornet", "chain"]``.

    Returns
    -------
    Sweep
        Interrupted (Ctrl-C, or the kernel's stop button), or where the cluster is lost, restarted
        or without workers for a minute, it holds the cells finished until then and a warning says
        how many are missing, and why.

    Raises
    ------
    ValueError
        If a field or value is bad, the store is damaged, or belongs to another sweep or to
        another task of the same name, a cell would need more memory than there is, or the client
        is none, is asynchronous or not connected.

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
    names = tuple(varied)
    kept = None
    if store is not None:
        fixed = {k: v for k, v in asdict(experiment).items() if k not in names}
        kept = Store(store, fixed, list(names), type(experiment))
    finished = {}
    for cell in cells:
        if kept is not None and (frame := kept.load(cell)) is not None:
            finished[cell] = frame
    todo = [cell for cell in cells if cell not in finished]
    if client is None:
        check_memory(peak(todo))
    trained = _here(todo) if client is None else train_on(todo, client)
    ended = ""
    with closing(trained), _bar(todo, progress, client is None) as bar:
        try:
            for cell, frame in trained:
                if kept is not None:
                    kept.save(cell, frame)
                finished[cell] = frame
                bar.update(work(cell))
        except KeyboardInterrupt:
            ended = "interrupted"
        except ClusterLost as lost:
            ended = str(lost)
    if ended:
        missing = len(cells) - len(finished)
        warnings.warn(f"{ended}: {missing} of {len(cells)} cells were not trained", stacklevel=2)
    return Sweep(experiment, names, tuple(cells), finished)


def _here(cells: Sequence[Experiment]) -> "Generator[tuple[Experiment, pd.DataFrame], None, None]":
    for batch in batches(cells):
        yield from zip(batch, run_cells(batch), strict=True)


def _bar(todo: Sequence[Experiment], progress: bool, here: bool) -> Any:
    """A progress bar over the work to be done; none where a store holds every cell."""
    from tqdm.auto import tqdm

    words = f"{len(todo)} cell{'s' if len(todo) > 1 else ''}"
    if progress and here and todo and isinstance(todo[0], Experiment):
        words += f", about {in_words(seconds(todo))}"
    return tqdm(
        total=sum(work(cell) for cell in todo),
        desc=words,
        disable=not todo or not seen(progress),
        bar_format="{desc}: {percentage:3.0f}% {bar} {elapsed} < {remaining}",
    )
