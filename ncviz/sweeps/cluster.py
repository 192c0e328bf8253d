"""A sweep's cells on a Dask cluster; whatever becomes of it, the sweep ends and says so."""

from collections.abc import Generator, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import replace
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Any

from ncviz.basics.checks import short
from ncviz.experiment import Experiment
from ncviz.sweeps.cell import TrainsItself, batches, run_cells
from ncviz.tasks import portable

if TYPE_CHECKING:
    import pandas as pd

RETRIES = 3  # how often a cell is trained again elsewhere when a worker dies under it
PATIENCE = 60.0  # seconds without any worker, or an answer, after which a cluster is given up
LOOK = 1.0  # seconds without news after which one looks whether the cluster still stands


class ClusterLost(Exception):
    """The cluster will not train the rest; the message says why."""


def check_client(client: Any) -> None:
    """Refuse what is no client that trains."""
    try:
        from distributed import Client
    except ImportError:
        raise ValueError("client needs Dask: pip install 'ncviz[dask]' first") from None
    if not isinstance(client, Client):
        raise ValueError(
            "client must be a dask.distributed.Client, such as Client(address) or "
            f"Client(n_workers=2), not {short(client)}"
        )
    if client.asynchronous:
        wait = "a sweep waits for its cells: make it without asynchronous=True"
        raise ValueError(f"client must not be asynchronous, for {wait}")
    if client.status != "running":
        raise ValueError(f"client must be connected, and this one is {client.status}; make another")


def train_on(
    cells: Sequence[Experiment], client: Any
) -> "Generator[tuple[list[Experiment], list[pd.DataFrame]], None, None]":
    """Train cells on a client's cluster, giving each batch; then `ClusterLost`, if any is left."""
    together = batches(cells)
    sent = [list(map(_sent, batch)) for batch in together]
    # Not pure: Dask would otherwise take two sweeps' equal cells for one task, and forget both.
    futures = client.map(run_cells, sent, pure=False, retries=RETRIES)
    waiting = dict(zip((future.key for future in futures), together, strict=True))
    news: SimpleQueue[Any] = SimpleQueue()
    watch, given_up = _Watch(client), ""
    try:
        for future in futures:
            future.add_done_callback(news.put)
        while waiting:
            try:
                future = news.get(timeout=LOOK)
            except Empty:
                watch.look()
                continue
            try:
                found = watch.result(future)
            except TimeoutError:  # its worker is gone, and it is trained again
                future.add_done_callback(news.put)
                continue
            batch = waiting.pop(future.key)
            if isinstance(found, str):
                given_up = found
            else:
                yield batch, found
                future.release()
    finally:
        # The cluster stops what nobody waits for; unlike `Client.cancel` this waits for no answer.
        for future in futures:
            with suppress(RuntimeError):  # the client's loop has ended
                future.release()
    if given_up:
        raise ClusterLost(given_up)


class _Watch:
    """Looks whether a cluster still stands."""

    def __init__(self, client: Any) -> None:
        self._client, self._well = client, monotonic()

    def look(self) -> None:
        """Raise `ClusterLost` if it is closed, or has had no workers for too long."""
        if self._client.status in ("closing", "closed"):
            raise ClusterLost("the Dask client was closed")
        workers = None
        if self._client.status == "running":
            with suppress(OSError):  # it does not answer just now
                workers = self._client.nthreads(callback_timeout=5 * LOOK)
        if workers:
            self._well = monotonic()
        elif monotonic() - self._well > PATIENCE:
            raise ClusterLost(
                "the Dask scheduler does not answer"
                if workers is None
                else f"the Dask cluster has had no workers for {PATIENCE:g} seconds (where they "
                "come late, call client.wait_for_workers(1) first)"
            )

    def result(self, future: Any) -> "list[pd.DataFrame] | str":
        """The frames of a batch that has come to an end, or why the cluster will not train it."""
        from distributed import KilledWorker

        try:
            return list(future.result(timeout=PATIENCE))
        except KilledWorker:
            return "Dask workers died again and again (is their memory enough?)"
        except (CancelledError, OSError, RuntimeError) as error:
            if future.status == "error":  # that of the training
                raise
            self.look()
            if isinstance(error, TimeoutError):
                raise
            if self._client.status != "running" or not isinstance(error, CancelledError):
                return "the Dask scheduler was lost"
            return "the Dask cluster was restarted, or cells were cancelled there"


def _sent(cell: Experiment) -> Experiment:
    """The cell as workers know it, which have no tasks of one's own registered."""
    own = isinstance(cell, TrainsItself)
    return cell if own else replace(cell, pairing=portable(cell.pairing))
