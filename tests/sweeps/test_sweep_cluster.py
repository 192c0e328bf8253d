"""A sweep on a Dask cluster that fails it: a sentence, the finished cells, and no hang."""

import pickle
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from copy import deepcopy
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from threading import Thread
from typing import Any

import pandas as pd
import pytest
from distributed import Client, LocalCluster
from pandas.testing import assert_frame_equal

import coroutines
from ncviz import Experiment, Sweep, regress, sweep, tasks
from ncviz.sweeps import cluster as cluster_module
from ncviz.sweeps.cell import run_cells
from ncviz.sweeps.store import Store
from stores import sweep_in

BASE = Experiment(runs=2, steps=20, n_test=16)
AT_MOST = 30
"""Seconds; nothing here comes near, but for what hangs."""


def local(**more: Any) -> LocalCluster:
    settings = {"n_workers": 1, "threads_per_worker": 1, "processes": False, "protocol": "tcp://"}
    return LocalCluster(**settings | more, dashboard_address=None, host="127.0.0.1")


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Of one worker, a process of its own."""
    with local(processes=True) as made, Client(made) as client:
        yield client


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_module, "PATIENCE", 2.0)
    monkeypatch.setattr(cluster_module, "LOOK", 0.2)


def slow_from_2(over: Path, batch: list[Experiment]) -> list[pd.DataFrame]:
    """Trains, but larger nets than 1 not before the test is over."""
    end = time.monotonic() + 2 * AT_MOST
    while batch[0].hidden > 1 and not over.exists() and time.monotonic() < end:
        time.sleep(0.05)
    return run_cells(batch)


def swept_until(
    break_it: Callable[[], object],
    client: Client,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: str,
) -> None:
    """Sweep over four sizes; when the first is finished, something happens to the cluster."""
    save = Store.save

    def save_and_break(self: Store, cell: Experiment, frame: pd.DataFrame) -> None:
        save(self, cell, frame)
        break_it()

    monkeypatch.setattr(Store, "save", save_and_break)
    monkeypatch.setattr(cluster_module, "run_cells", partial(slow_from_2, folder / "over"))
    done: list[Sweep] = []

    def run() -> None:
        sizes, kept = [1, 2, 3, 4], folder / "kept"
        done.append(sweep(BASE, hidden=sizes, store=kept, client=client, progress=False))

    with pytest.warns(UserWarning, match=f"{words}.*: 3 of 4 cells were not trained"):
        thread = Thread(target=run, daemon=True)
        thread.start()
        thread.join(AT_MOST)
    (folder / "over").touch()
    (found,) = done  # else it hangs
    assert [cell.hidden for cell in found.finished] == [1]
    assert [cell.hidden for cell in found.missing] == [2, 3, 4]
    assert [cell.hidden for cell in sweep_in(folder / "kept").cells] == [1]


# A cluster that fails


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("scheduler lost", "the Dask scheduler (does not answer|was lost)"),
        ("client closed", "the Dask client was closed"),
        ("no workers", "the Dask cluster has had no workers for 2 seconds"),
    ],
)
def test_finished_cells_are_kept_and_the_reason_is_told(
    what: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = local()
    with Client(made.scheduler_address, timeout=5) as client:
        break_it = {
            "scheduler lost": lambda: made.loop.add_callback(made.scheduler.close),
            "client closed": lambda: client.close(timeout=5),
            "no workers": lambda: made.scale(0),
        }[what]
        swept_until(break_it, client, tmp_path, monkeypatch, words)
    with suppress(TimeoutError):
        made.close(timeout=2)  # it would wait half a minute for a scheduler that is gone


@pytest.mark.parametrize("how", [pytest.param("restarted", marks=pytest.mark.slow), "cancelled"])
def test_cells_that_the_cluster_forgets_are_told(
    how: str, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_it() -> None:
        if how == "restarted":
            client.restart(timeout=20)
        else:
            client.cancel(list(mine), force=True)

    mine: list[Any] = []
    map_ = client.map

    def noted(*words: Any, **more: Any) -> Any:
        mine[:] = map_(*words, **more)
        return mine

    monkeypatch.setattr(client, "map", noted)
    words = "the Dask cluster was restarted, or cells were cancelled there"
    swept_until(break_it, client, tmp_path, monkeypatch, words)


def fails(_batch: list[Experiment]) -> list[pd.DataFrame]:
    raise FileNotFoundError("no such text")


def test_what_the_training_raises_is_told_as_it_is(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_module, "run_cells", fails)
    monkeypatch.setattr(cluster_module, "RETRIES", 0)
    with pytest.raises(FileNotFoundError, match="no such text"):
        sweep(BASE, hidden=[1, 2], client=client, progress=False)


# What is no client


def test_what_is_no_client_is_refused_with_the_remedy() -> None:
    with ThreadPoolExecutor(1) as executor:
        for wrong in ("tcp://127.0.0.1:8786", executor, 2, "x" * 10_000):
            with pytest.raises(ValueError, match=r"must be a dask.distributed.Client") as caught:
                sweep(BASE, hidden=[1], client=wrong, progress=False)
            assert len(str(caught.value)) < 300


def test_an_asynchronous_or_closed_client_is_refused(client: Client) -> None:
    address = client.scheduler.address

    async def asynchronous() -> None:
        async with Client(address, asynchronous=True) as running:
            with pytest.raises(ValueError, match="must not be asynchronous"):
                sweep(BASE, hidden=[1], client=running, progress=False)

    coroutines.run(asynchronous())
    closed = Client(address)
    closed.close()
    with pytest.raises(ValueError, match="must be connected, and this one is closed"):
        sweep(BASE, hidden=[1], client=closed, progress=False)


# What workers know, and what comes back


def test_a_task_registered_here_is_known_on_the_workers(client: Client) -> None:
    mine = tasks.register("not the last, and the first", lambda s: s[:, 0] & (1 - s[:, 3]))
    own = (mine.name, "s1 XOR s2", "s3 AND s4", "s3 XOR s4")
    there = sweep(BASE, pairing=[own, "xornet"], client=client, progress=False)
    here = sweep(BASE, pairing=[own, "xornet"], progress=False)
    assert_frame_equal(there.runs, here.runs, check_exact=True)
    assert [cell.pairing for cell in there.finished] == [own, "xornet"]


def everything(experiment: Experiment) -> tuple[Any, ...]:
    """A result, a snapshot of its middle, a sweep and a regression."""
    *_, middle, last = experiment.stream(every=10)
    found = sweep(experiment, hidden=[1, 2], progress=False)
    return last.result, middle, found, regress(found.runs, "S ~ test_error", within="hidden")


def same(one: tuple[Any, ...], other: tuple[Any, ...]) -> None:
    (r, m, s, f), (r2, m2, s2, f2) = one, other
    assert_frame_equal(r.runs, r2.runs, check_exact=True)
    assert_frame_equal(r.losses, r2.losses, check_exact=True)
    assert (r.outcomes == r2.outcomes).all() and r.summary == r2.summary
    x = [[1.0, -1.0, 1.0, 1.0]]
    assert (r.net(1, "22")(x) == r2.net(1, "22")(x)).all()
    assert (m.step, m.s, m.experiment) == (m2.step, m2.s, m2.experiment)
    assert (m.parameters(0, "11") == m2.parameters(0, "11")).all()
    assert_frame_equal(s.runs, s2.runs, check_exact=True)
    assert f.sentences == f2.sentences and f.fit.params.equals(f2.fit.params)


def test_what_ncviz_gives_back_can_be_copied_and_sent(client: Client) -> None:
    experiment = Experiment(runs=8, steps=60, n_test=16, seed=2**64 - 1)
    ours = everything(experiment)
    same(ours, deepcopy(ours))
    same(ours, pickle.loads(pickle.dumps(ours)))
    same(ours, client.submit(everything, experiment).result(timeout=120))


@pytest.mark.slow
def test_what_ncviz_gives_back_comes_home_from_a_pool_of_processes() -> None:
    experiment = Experiment(runs=8, steps=60, n_test=16)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        same(everything(experiment), pool.submit(everything, experiment).result(timeout=120))
