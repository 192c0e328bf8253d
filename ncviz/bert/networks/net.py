"""One net: adapter, perhaps a bottleneck, two heads; trained in one setting."""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import Parameter
from torch.nn.functional import linear, softplus

from ncviz.basics.computing import without_autograd
from ncviz.basics.protocol import TASK_OF_SETTING
from ncviz.bert.networks.reading import DOWN, UP, Reader

if TYPE_CHECKING:
    from ncviz.bert.experiment import LoraExperiment

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Draw:
    """One hidden variable λ, the same in all four settings: all chance of a run."""

    # Name of a linear part → (rank, inputs), how the adapter begins; its other half begins at 0, so
    # that at first the network is what it was. A smaller rank is a prefix.
    down: Mapping[str, Floats]
    bottleneck: Floats  # (units, width)
    heads: Floats  # (2, units or width); their biases start at 0
    train: Rows  # numbers of the texts (4, texts) for A1, A2, B1, B2
    test: Rows  # likewise
    order: Rows  # training texts (steps, batch_size)


@dataclass(frozen=True)
class Half:
    """What a head reads through: a net has one for both heads, or one for each."""

    adapter: dict[str, Parameter]  # by peft's names
    bottleneck: tuple[Parameter, Parameter] | None  # weight (units, width), bias of a tanh layer

    @classmethod
    def start(cls, reader: Reader, draw: Draw, device: str) -> "Half":
        """As a run begins: the adapter's first half as drawn, its second 0."""
        adapter, units = {}, len(draw.bottleneck)
        for name, down in draw.down.items():
            adapter[name + DOWN] = _parameter(down, device)
            adapter[name + UP] = _parameter(
                np.zeros((reader.trunk.outputs[name], len(down))), device
            )
        layer = (
            (_parameter(draw.bottleneck, device), _parameter(np.zeros(units), device))
            if units
            else None
        )
        return cls(adapter, layer)

    def named(self) -> dict[str, Parameter]:
        """All that is trained of it."""
        names = ("bottleneck.weight", "bottleneck.bias")
        return self.adapter | dict(zip(names, self.bottleneck or (), strict=False))

    def units(self, features: Tensor) -> Tensor:
        """What a head reads of standardised features, shape (texts, units)."""
        return torch.tanh(linear(features, *self.bottleneck)) if self.bottleneck else features


class Net:
    """The net of one run in one setting (0 to 3: settings 11, 12, 21, 22)."""

    def __init__(
        self,
        experiment: "LoraExperiment",
        reader: Reader,
        labels: Tensor,  # (4, texts), 0 or 1 as float32
        common: bool,  # Alice and Bob read the same text
        draw: Draw,
        setting: int,
    ) -> None:
        e, device = experiment, experiment.device
        self._reader, self._one_pass = reader, common and e.trunk == "shared"
        self.tasks, self.labels = list(TASK_OF_SETTING[setting]), labels
        self._train = _rows(draw.train[self.tasks], device)
        self._test = _rows(draw.test[self.tasks], device)
        self._order = _rows(draw.order, device)
        # The vectors of a pretrained network lie in a narrow cone (Ethayarajh 2019,
        # arXiv:1909.00512): heads drawn at random would answer the same on every text. So they
        # read them standardised, over all training texts of λ, not of this setting's tasks.
        known = reader.frozen[_rows(np.unique(draw.train), device)]
        self._mean, self._spread = known.mean(dim=0), known.std(dim=0).clamp(min=1e-6)
        places = ("alice.", "bob.") if e.trunk == "separate" else ("",)
        self.halves = [Half.start(reader, draw, device) for _ in places]
        self.heads = [
            (_parameter(w[None], device), _parameter(np.zeros(1), device)) for w in draw.heads
        ]
        self._all = {
            f"{place}{name}": weight
            for place, half in zip(places, self.halves, strict=True)
            for name, weight in half.named().items()
        }
        for who, (weight, bias) in zip(("alice", "bob"), self.heads, strict=True):
            self._all |= {f"{who}.head.weight": weight, f"{who}.head.bias": bias}
            for p in (weight, bias):
                p.requires_grad_(e.heads == "trained")
        trained = [p for p in self._all.values() if p.requires_grad]
        self.optimizer = torch.optim.Adam(trained, lr=e.learning_rate) if trained else None
        self._known: dict[str, Tensor] = {}
        self._moved = False

    def advance(self, start: int, stop: int, halt: Event | None = None) -> bool:
        """Train from one step to another; False if `halt` was set on the way."""
        if self.optimizer is None:
            return True
        if start < stop:
            self._known.clear()
        for step in range(start, stop):
            if halt is not None and halt.is_set():
                return False
            self._moved = True
            rows = self._train[:, self._order[step]]
            self.optimizer.zero_grad(set_to_none=True)
            margins = self._signed(self.logits(rows), rows)
            softplus(-margins).mean(dim=1).sum().backward()  # type: ignore[no-untyped-call]
            self.optimizer.step()
        return True

    @without_autograd
    def margins(self, which: str) -> Tensor:
        """Logit × ±label, shape (2, texts): positive where the head is right."""
        if which not in self._known:  # the last record is asked for more than once
            rows = self._train if which == "train" else self._test
            # An adapter that has not moved changes nothing: that answer is known already.
            logits = self.logits(rows, adapted=self._moved)
            self._known[which] = self._signed(logits, rows).cpu()
        return self._known[which]

    def logits(self, rows: Tensor, adapted: bool = True) -> Tensor:
        """Alice's logits on the texts rows[0], Bob's on rows[1], shape (2, texts)."""
        units: list[Tensor] = []
        for half, texts in zip(self.halves * (2 // len(self.halves)), rows, strict=True):
            if units and self._one_pass:
                units.append(units[0])
            else:
                features = self._reader.features(half.adapter if adapted else {}, texts)
                units.append(half.units((features - self._mean) / self._spread))
        return torch.cat([linear(u, *head).T for u, head in zip(units, self.heads, strict=True)])

    def finite(self) -> bool:
        """Whether every weight is a finite number."""
        return all(bool(torch.isfinite(p).all()) for p in self._all.values())

    def weights(self) -> dict[str, Floats]:
        """A copy of all its weights by name."""
        return {name: p.detach().cpu().numpy().copy() for name, p in self._all.items()}

    def _signed(self, logits: Tensor, rows: Tensor) -> Tensor:
        labels = [self.labels[task, r] for task, r in zip(self.tasks, rows, strict=True)]
        return logits * (2 * torch.stack(labels) - 1)


def _parameter(values: NDArray[np.floating], device: str) -> Parameter:
    return Parameter(torch.tensor(values, dtype=torch.float32, device=device))


def _rows(values: Rows, device: str) -> Tensor:
    return torch.tensor(values, dtype=torch.long, device=device)
