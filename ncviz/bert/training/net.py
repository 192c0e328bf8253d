"""One net: adapter, perhaps a bottleneck, two heads; trained in one setting."""

from dataclasses import dataclass
from threading import Event

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import Parameter
from torch.nn.functional import linear, softplus

from ncviz.basics.computing import without_autograd
from ncviz.basics.protocol import TASK_OF_SETTING
from ncviz.bert.experiment import LoraExperiment
from ncviz.bert.networks.adapter import DOWN, UP, Reader, Scale
from ncviz.bert.training.chance import Draw


@dataclass(frozen=True)
class Half:
    """What a head reads through. A net has one for both heads, or one for each.

    Parameters
    ----------
    adapter : dict
        Weights by peft's names.
    bottleneck : tuple of Parameter, or None
        Weight (units, width) and bias (units,) of a tanh layer.
    """

    adapter: dict[str, Parameter]
    bottleneck: tuple[Parameter, Parameter] | None

    @classmethod
    def start(cls, reader: Reader, draw: Draw, device: str) -> "Half":
        """As a run begins: the adapter's first half as drawn, its second 0."""
        adapter = {}
        for name, down in draw.down.items():
            adapter[name + DOWN] = _parameter(down, device)
            up = np.zeros((reader.trunk.outputs[name], len(down)), dtype=np.float32)
            adapter[name + UP] = _parameter(up, device)
        if not len(draw.bottleneck):
            return cls(adapter, None)
        bias = np.zeros(len(draw.bottleneck), dtype=np.float32)
        return cls(adapter, (_parameter(draw.bottleneck, device), _parameter(bias, device)))

    def parameters(self) -> list[Parameter]:
        """All that is trained of it."""
        return [*self.adapter.values(), *(self.bottleneck or ())]

    def units(self, features: Tensor, scale: Scale) -> Tensor:
        """What a head reads of the trunk's features, shape (texts, units)."""
        read = scale(features)
        return read if self.bottleneck is None else torch.tanh(linear(read, *self.bottleneck))


class Net:
    """The net of one run in one setting.

    Parameters
    ----------
    experiment : LoraExperiment
    reader : Reader
    labels : Tensor of float32, shape (4, texts)
        0 or 1 by A1, A2, B1, B2.
    common : bool
        Whether Alice and Bob read the same text.
    draw : Draw
        The run's chance.
    setting : int
        0 to 3: settings 11, 12, 21, 22.
    """

    def __init__(
        self,
        experiment: LoraExperiment,
        reader: Reader,
        labels: Tensor,
        common: bool,
        draw: Draw,
        setting: int,
    ) -> None:
        e, device = experiment, experiment.device
        self._reader, self._one_pass = reader, common and e.trunk == "shared"
        self.tasks = TASK_OF_SETTING[setting]
        self._labels = labels
        self._train = _rows(draw.train[list(self.tasks)], device)
        self._test = _rows(draw.test[list(self.tasks)], device)
        self._order = _rows(draw.order, device)
        known = _rows(np.unique(draw.train), device)  # not of this setting's tasks: of λ
        self._scale = Scale.of(reader.frozen[known])
        self.halves = [
            Half.start(reader, draw, device) for _ in range(2 if e.trunk == "separate" else 1)
        ]
        self.heads = [
            (_parameter(w[None], device), _parameter(np.zeros(1), device)) for w in draw.heads
        ]
        trained = [p for half in self.halves for p in half.parameters()]
        if e.heads == "trained":
            trained += [p for head in self.heads for p in head]
        else:
            for head in self.heads:
                for p in head:
                    p.requires_grad_(False)
        self._known: dict[str, Tensor] = {}
        self._moved = False
        self._optimizer = torch.optim.Adam(trained, lr=e.learning_rate) if trained else None

    def advance(self, start: int, stop: int, halt: Event | None = None) -> bool:
        """Train from one step to another; False if `halt` was set on the way."""
        if self._optimizer is None:
            return True
        if start < stop:
            self._known.clear()
        for step in range(start, stop):
            if halt is not None and halt.is_set():
                return False
            self._moved = True
            rows = self._train[:, self._order[step]]
            self._optimizer.zero_grad(set_to_none=True)
            margins = self._signed(self.logits(rows), rows)
            softplus(-margins).mean(dim=1).sum().backward()  # type: ignore[no-untyped-call]
            self._optimizer.step()
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
        """Alice's logits on the texts rows[0] and Bob's on rows[1], shape (2, texts).

        Without `adapted` the adapter is left out.
        """
        units: list[Tensor] = []
        for half, texts in zip(self.halves * (2 // len(self.halves)), rows, strict=True):
            if units and self._one_pass:
                units.append(units[0])
            else:
                features = self._reader.features(half.adapter if adapted else {}, texts)
                units.append(half.units(features, self._scale))
        return torch.cat([linear(u, *head).T for u, head in zip(units, self.heads, strict=True)])

    def finite(self) -> bool:
        """Whether every weight is a finite number."""
        weights = [p for half in self.halves for p in half.parameters()]
        weights += [p for head in self.heads for p in head]
        return all(bool(torch.isfinite(p).all()) for p in weights)

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """A copy of all its weights by name."""
        found: dict[str, Tensor] = {}
        for k, half in enumerate(self.halves):
            place = "" if len(self.halves) == 1 else ("alice.", "bob.")[k]
            found |= {f"{place}{name}": p for name, p in half.adapter.items()}
            if half.bottleneck is not None:
                found[f"{place}bottleneck.weight"], found[f"{place}bottleneck.bias"] = (
                    half.bottleneck
                )
        for name, head in zip(("alice", "bob"), self.heads, strict=True):
            found[f"{name}.head.weight"], found[f"{name}.head.bias"] = head
        return {name: p.detach().cpu().numpy().copy() for name, p in found.items()}

    def _signed(self, logits: Tensor, rows: Tensor) -> Tensor:
        labels = torch.stack(
            [self._labels[task, r] for task, r in zip(self.tasks, rows, strict=True)]
        )
        return logits * (2 * labels - 1)


def _parameter(values: NDArray[np.floating], device: str) -> Parameter:
    return Parameter(torch.tensor(values, dtype=torch.float32, device=device))


def _rows(values: NDArray[np.int64], device: str) -> Tensor:
    return torch.tensor(values, dtype=torch.long, device=device)
