"""Training: every net of an experiment at once, on one thread; or several experiments together."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ncviz.basics.computing import without_autograd
from ncviz.basics.protocol import N_SETTINGS
from ncviz.engine.chance import Draw, draw
from ncviz.engine.evaluation import Evaluation
from ncviz.engine.network import NCnet, Nets, activation
from ncviz.engine.stepping import Stepper, padded
from ncviz.setup import Setup

RUNS_PER_BLOCK = 512  # that step together; more would only take more memory


class Block:
    """Up to `RUNS_PER_BLOCK` runs of one experiment, among those that step together."""

    @without_autograd
    def __init__(
        self, experiment: Setup, runs: range, draws: Sequence[Draw], stepper: Stepper, place: int
    ) -> None:
        e, self.runs = experiment, runs
        self._stepper, self._place, self._activation = stepper, place, e.activation
        self._trunks, self._hidden = 1 if e.trunk == "shared" else 2, e.hidden
        units = activation(e.activation, stepper.parameters)
        net = len(runs), self._trunks, e.hidden, units, stepper.device
        self._evaluations = {
            "train": Evaluation((d.train for d in draws), e.n_train, *net),
            "test": Evaluation((d.test for d in draws), e.n_test, *net),
        }

    def _rows(self, width: int) -> Tensor:
        """Parameters of so many of the runs' places, shape (rows, settings, width)."""
        all_places = self._stepper.parameters.view(-1, N_SETTINGS, self._stepper.width)
        return all_places[..., self._place : self._place + width]

    def margins(self, which: Literal["train", "test"]) -> Iterator[tuple[slice, Tensor]]:
        """A slice of the runs, their logits × ±labels (runs, 4, 2, points); `without_autograd`."""
        first = self.runs.start
        rows = self._rows(padded(len(self.runs))).flatten(start_dim=1)
        nets = Nets.views(rows, self._trunks, self._hidden)
        for some, margins in self._evaluations[which].margins(nets):
            yield slice(first + some.start, first + some.stop), margins

    def trained(self, runs: int | None = None) -> "Trained":
        """A copy of the nets as they are now: of all runs, or of the first ones."""
        kept = self.runs if runs is None else self.runs[:runs]
        rows = self._rows(len(kept)).clone()
        return Trained(kept, rows, self._trunks, self._hidden, self._activation)

    @without_autograd
    def finite(self) -> NDArray[np.bool_]:
        """Which runs have parameters of a finite sum in all four settings, shape (runs,)."""
        # What is not finite makes a sum that is not finite.
        sums = self._rows(len(self.runs)).sum(dim=0)
        return np.asarray(np.isfinite(sums.cpu().numpy()).all(axis=0))


@dataclass(frozen=True)
class Trained:
    """The nets of some runs, kept: parameters (rows, settings, runs) as `Nets.views` has them."""

    runs: range
    rows: Tensor
    trunks: int
    hidden: int
    activation: str

    def parameters(self, run: int, setting: int) -> Tensor:
        """All numbers of the net of a run in setting number 0 to 3, one after another."""
        return self.rows[:, setting, run - self.runs.start]

    def net(self, run: int, setting: int) -> NCnet:
        """A copy of that net."""
        alone = self.parameters(run, setting).unsqueeze(-1)
        return Nets.views(alone, self.trunks, self.hidden).one(0, self.activation)


@dataclass(frozen=True)
class State:
    """Where a training stands. The blocks are live: the next state overwrites them."""

    step: int
    blocks: tuple[Block, ...]


def train(experiment: Setup, stops: Iterable[int], first: int = 0) -> Iterator[State]:
    """Train all nets, giving the state at each of some steps."""
    starts = range(0, experiment.runs, RUNS_PER_BLOCK)
    parts = [range(at, min(at + RUNS_PER_BLOCK, experiment.runs)) for at in starts]
    made = [_together([(experiment, runs)], first) for runs in parts]
    blocks = tuple(block for _, (block,) in made)
    for stop in _advance([stepper for stepper, _ in made], stops):
        yield State(stop, blocks)


def train_together(
    experiments: Sequence[Setup], stops: Iterable[int]
) -> Iterator[tuple[State, ...]]:
    """Train several small experiments side by side, each to the bit as it trains alone."""
    stepper, blocks = _together([(e, range(e.runs)) for e in experiments])
    for stop in _advance([stepper], stops):
        yield tuple(State(stop, (block,)) for block in blocks)


def _together(parts: Sequence[tuple[Setup, range]], first: int = 0) -> tuple[Stepper, list[Block]]:
    """Runs that step together and what trains them; their draws are not needed any longer."""
    drawn = [[draw(e, first + run) for run in runs] for e, runs in parts]
    places: list[Draw | None] = []
    rates: list[float] = []
    starts = []
    for (e, runs), draws in zip(parts, drawn, strict=True):
        starts.append(len(places))
        places += [*draws, *[None] * (padded(len(runs)) - len(runs))]
        rates += [e.learning_rate] * padded(len(runs))
    rate = rates[0] if len({*rates}) == 1 else torch.tensor(rates, dtype=torch.float64)
    stepper = Stepper(parts[0][0], places, rate)
    each = zip(parts, drawn, starts, strict=True)
    return stepper, [Block(e, runs, draws, stepper, start) for (e, runs), draws, start in each]


def _advance(steppers: Sequence[Stepper], stops: Iterable[int]) -> Iterator[int]:
    """Train from stop to stop, giving each when all are there."""
    start = 0
    for stop in stops:
        for stepper in steppers:
            stepper.advance(start, stop)
        yield stop
        start = stop
