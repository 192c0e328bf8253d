"""Trains the nets of a LoRA experiment side by side, from one recorded step to the next."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ncviz.basics.computing import contained, cores, one_thread, to_the_end
from ncviz.basics.protocol import N_SETTINGS
from ncviz.bert.material.tasks import Material, material
from ncviz.bert.networks import Backbone, backbone
from ncviz.bert.networks.net import Draw, Floats, Net, Rows
from ncviz.bert.networks.reading import Reader, Trunk, encoding

if TYPE_CHECKING:
    from ncviz.bert.experiment import LoraExperiment


@dataclass(frozen=True)
class Ground:
    """All that the nets of an experiment have in common."""

    backbone: Backbone  # that was really used
    material: Material
    reader: Reader
    cut: int  # texts that are too long


def ground(experiment: "LoraExperiment") -> Ground:
    """Find network and texts, and run the frozen layers; everything is checked on the way."""
    e = experiment
    network = backbone(e.backbone, e.fallback)
    trained = trained_layers(e, network)
    trunk = Trunk(network.top(trained), e.rank).to(e.device)
    texts = material(e.tasks, e.n_pool)
    check_sizes(e, texts)
    seen = to_the_end(encoding(network, texts.texts, trained, e.max_length, e.device))
    return Ground(network, texts, Reader(seen.to(e.device), trunk), seen.cut)


def trained_layers(experiment: "LoraExperiment", network: Backbone) -> int:
    """How many layers from the top are trained, if the network and the machine allow all that."""
    e = experiment
    if e.device.startswith("cuda") and not torch.cuda.is_available():
        raise ValueError(f"device {e.device!r} is not there: torch finds no CUDA device")
    trained = network.layers if e.layers == "all" else int(e.layers)
    of_length = ("max_length", network.positions, e.max_length)
    for field, most, wanted in (("layers", network.layers, trained), of_length):
        if wanted > most:
            raise ValueError(f"{field} must be at most {most} in {network.name}, not {wanted}")
    return trained


def check_sizes(experiment: "LoraExperiment", material: Material) -> None:
    """Refuse an experiment that wants more texts than there are."""
    e = experiment
    to_train, to_measure = ("n_train", e.n_train, "training"), ("n_test", e.n_test, e.measured_on)
    for field, asked, part in (to_train, to_measure):
        for task, rows in zip(material.tasks, material.rows, strict=True):
            if asked > (there := len(rows[part])):
                pool = f"a pool of {sum(map(len, rows.values()))} (n_pool={e.n_pool})"
                raise ValueError(
                    f"{field} must be at most {there}, not {asked}: {task} has {there} {part} "
                    f"texts in {pool}"
                )


@contained
def draws(experiment: "LoraExperiment", found: Ground) -> list[Draw]:
    """The chance of every run, with a stream of its own for each kind."""
    e, inputs, width = experiment, found.reader.trunk.inputs, found.backbone.width
    drawn = []
    for run in range(e.runs):
        adapter, heads, texts, order = np.random.SeedSequence(e.seed, spawn_key=(run,)).spawn(4)
        of_parts = zip(inputs.items(), adapter.spawn(len(inputs)), strict=True)
        of_bottleneck, of_heads = heads.spawn(2)
        train, test = _texts(e, found.material, texts)
        of_run = Draw(
            down={name: _normal(stream, e.rank, n) for (name, n), stream in of_parts},
            bottleneck=_normal(of_bottleneck, e.bottleneck, width),
            heads=_normal(of_heads, 2, e.bottleneck or width),
            train=train,
            test=test,
            order=np.random.default_rng(order).integers(0, e.n_train, (e.steps, e.batch_size)),
        )
        drawn.append(of_run)
    return drawn


def _texts(
    e: "LoraExperiment", material: Material, stream: np.random.SeedSequence
) -> tuple[Rows, ...]:
    """Texts to train and to measure on: common ones, the same for each task, else by index."""
    streams = stream.spawn(4)
    if material.common:
        streams = streams[:1] * 4  # the same draw for every task
    wanted = (("training", e.n_train), (e.measured_on, e.n_test))
    drawn: list[list[Rows]] = []
    for seed, rows in zip(streams, material.rows, strict=True):
        random = np.random.default_rng(seed)
        drawn.append([random.permutation(rows[part])[:n] for part, n in wanted])
    return tuple(np.stack(found) for found in zip(*drawn, strict=True))


def _normal(stream: np.random.SeedSequence, rows: int, width: int) -> Floats:
    """Normal numbers whose rows have length one on average."""
    drawn = np.random.default_rng(stream).standard_normal((rows, width))
    return np.asarray(drawn / np.sqrt(width), dtype=np.float32)


class State:
    """Every run at a recorded step, its live nets in all settings; its own `Block`."""

    def __init__(self, step: int, nets: list[list[Net]], draws: list[Draw]) -> None:
        self.step, self.nets, self.draws = step, nets, draws
        self.runs = range(len(nets))

    @property
    def blocks(self) -> "tuple[State]":
        """A property: an object that holds itself is freed late, and with it all nets."""
        return (self,)

    def margins(self, which: Literal["train", "test"]) -> Iterator[tuple[slice, Tensor]]:
        """Logit × ±label, run by run: a slice of the runs, and (1, 4, 2, texts)."""
        for run, nets in enumerate(self.nets):
            yield slice(run, run + 1), torch.stack([net.margins(which) for net in nets])[None]

    def finite(self) -> NDArray[np.bool_]:
        """Which runs have finite weights in all four settings, shape (runs,)."""
        return np.array([all(net.finite() for net in nets) for nets in self.nets])

    def trained(self, runs: int | None = None) -> list[list[dict[str, Floats]]]:
        """Weights by name, copied, indexed [run][setting], of all runs or of the first ones."""
        return [[net.weights() for net in nets] for nets in self.nets[:runs]]


def train(
    experiment: "LoraExperiment", found: Ground, stops: Sequence[int]
) -> Iterator[tuple[float, State | None]]:
    """Train all nets, giving the share that is done after each, and the state at each stop."""
    e = experiment
    labels = torch.tensor(found.material.labels, dtype=torch.float32, device=e.device)
    common, chances = found.material.common, draws(e, found)
    settings = range(N_SETTINGS)
    nets_of = [[Net(e, found.reader, labels, common, of, k) for k in settings] for of in chances]
    nets = [net for of_run in nets_of for net in of_run]
    crew = crew_of(e.device, found.backbone.width)
    start, trained, total = 0, 0, e.steps * len(nets)
    for stop in stops:
        for _ in side_by_side(nets, start, stop, crew, last=stop == e.steps):
            trained += stop - start
            yield trained / total, None
        yield trained / total, State(stop, nets_of, chances)
        start = stop


def crew_of(device: str, width: int) -> int:
    """How many nets of some width train at a time on a device."""
    # More than 4 wait for memory; the matrices of narrower nets are too small to gain by threads.
    return min(4, cores()) if device == "cpu" and width >= 128 else 1


def side_by_side(
    nets: Sequence[Net], start: int, stop: int, crew: int, last: bool
) -> Iterator[None]:
    """Train nets, a `crew` at a time, and let them answer the record's texts; one by one, as done.

    Each has the very numbers that it has alone. `last`: the training ends there, so that the
    training texts are asked too. Closing the generator stops the others at their next step.
    """
    # torch itself gains nothing from a second core at this size, and loses much where the machine
    # is busy; two nets on a core each gain nearly all of it.
    halt = Event()

    @one_thread
    def work(net: Net) -> None:
        if net.advance(start, stop, halt):
            for which in ("test", "train") if last else ("test",):
                net.margins(which)

    with ThreadPoolExecutor(crew, thread_name_prefix="ncviz-bert") as pool:
        waiting = [pool.submit(work, net) for net in nets]
        try:
            for done in as_completed(waiting):
                done.result()
                yield
        finally:
            halt.set()
            pool.shutdown(cancel_futures=True)
