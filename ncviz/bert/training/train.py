"""Trains the nets of a LoRA experiment side by side, from one recorded step to the next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ncviz.bert.experiment import LoraExperiment
from ncviz.bert.material.tasks import Material, material
from ncviz.bert.networks.adapter import Reader, Trunk
from ncviz.bert.networks.backbone import Backbone
from ncviz.bert.networks.backbones import backbone
from ncviz.bert.networks.encoding import encoded
from ncviz.bert.training.chance import Draw, check_sizes, draw
from ncviz.bert.training.crew import crew_of, side_by_side
from ncviz.bert.training.net import Net

N_SETTINGS = 4


@dataclass(frozen=True)
class Ground:
    """All that the nets of an experiment have in common.

    Parameters
    ----------
    backbone : Backbone
        The one that was really used.
    material : Material
    reader : Reader
    cut : int
        Texts that were cut because they are too long.
    """

    backbone: Backbone
    material: Material
    reader: Reader
    cut: int


def ground(experiment: LoraExperiment) -> Ground:
    """Find network and texts, and run the frozen layers; everything is checked on the way.

    Raises
    ------
    ValueError
        If the experiment does not fit the network or the texts.
    OSError
        If one of them cannot be had.
    """
    e = experiment
    network = backbone(e.backbone, e.fallback)
    trained = trained_layers(e, network)
    trunk = Trunk(network.top(trained), e.rank).to(e.device)
    texts = material(e.tasks, e.n_pool)
    check_sizes(e, texts)
    encoding = encoded(network, texts.texts, trained, e.max_length, e.device)
    reader = Reader(encoding.to(e.device), trunk)
    return Ground(network, texts, reader, encoding.cut)


def trained_layers(experiment: LoraExperiment, network: Backbone) -> int:
    """How many layers of the network are trained, counted from the top.

    Raises
    ------
    ValueError
        If the network has not so many, cannot read texts as long as the experiment asks, or the
        device for it is not there.
    """
    e = experiment
    if e.device.startswith("cuda") and not torch.cuda.is_available():
        raise ValueError(f"device {e.device!r} is not there: torch finds no CUDA device")
    trained = network.layers if e.layers == "all" else int(e.layers)
    if trained > network.layers:
        raise ValueError(
            f"layers must be at most {network.layers} in {network.name}, not {trained}"
        )
    if e.max_length > network.positions:
        raise ValueError(
            f"max_length must be at most {network.positions} in {network.name}, not {e.max_length}"
        )
    return trained


class Block:
    """Every run of an experiment: what a `Recording` asks of it.

    Parameters
    ----------
    nets : list of list of Net
        For each run, its nets in the settings 11, 12, 21, 22.
    draws : list of Draw
        The chance of each run.
    """

    def __init__(self, nets: list[list[Net]], draws: list[Draw]) -> None:
        self.nets, self.draws = nets, draws
        self.runs = range(len(nets))

    def margins(self, which: Literal["train", "test"]) -> Iterator[tuple[slice, Tensor]]:
        """Logit × ±label, run by run: a slice of the runs, and (1, 4, 2, texts)."""
        for run, nets in enumerate(self.nets):
            yield slice(run, run + 1), torch.stack([net.margins(which) for net in nets])[None]

    def finite(self) -> NDArray[np.bool_]:
        """Which runs have finite weights in all four settings, shape (runs,)."""
        return np.array([all(net.finite() for net in nets) for nets in self.nets])

    def trained(self, runs: int | None = None) -> "Trained":
        """A copy of the weights of all runs, or of the first ones."""
        return Trained([[net.weights() for net in nets] for nets in self.nets[:runs]])


@dataclass(frozen=True)
class Trained:
    """Weights by name, indexed [run][setting number]."""

    weights: list[list[dict[str, NDArray[np.float32]]]]


@dataclass(frozen=True)
class State:
    """Where a training stands; the block is live.

    Parameters
    ----------
    step : int
    blocks : tuple of Block
        One.
    done : float
        Share of all training that is done, 0 to 1.
    whole : bool
        Whether every net stands at `step`: only then is it a state to record.
    """

    step: int
    blocks: tuple[Block, ...]
    done: float
    whole: bool


def draws(experiment: LoraExperiment, found: Ground) -> list[Draw]:
    """The chance of every run."""
    inputs, width = found.reader.trunk.inputs, found.backbone.width
    return [draw(experiment, found.material, inputs, width, run) for run in range(experiment.runs)]


def train(experiment: LoraExperiment, found: Ground, stops: Sequence[int]) -> Iterator[State]:
    """Train all nets, giving the state at each stop, and others on the way that tell progress.

    Closing the generator between any two of them ends the training.
    """
    e = experiment
    labels = torch.tensor(found.material.labels, dtype=torch.float32, device=e.device)
    common = found.material.common
    chances = draws(e, found)
    nets_of = [
        [Net(e, found.reader, labels, common, chance, k) for k in range(N_SETTINGS)]
        for chance in chances
    ]
    block = Block(nets_of, chances)
    nets = [net for of_run in nets_of for net in of_run]
    crew = crew_of(e.device, found.backbone.width)
    start, trained, total = 0, 0, e.steps * len(nets)
    for stop in stops:
        for _ in side_by_side(nets, start, stop, crew, last=stop == e.steps):
            trained += stop - start
            yield State(start, (block,), trained / total, whole=False)
        yield State(stop, (block,), trained / total, whole=True)
        start = stop
