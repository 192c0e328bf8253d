"""The last layers of a network, with adapters whose weights are given with every call."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import local

import torch
from torch import Tensor, nn
from torch.func import functional_call

from ncviz.basics.computing import as_torch_comes, without_autograd
from ncviz.bert.networks.encoding import Encoding
from ncviz.bert.networks.needs import need

PARTS = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
"""The linear parts of a layer; each gets an adapter."""

DOWN, UP = ".lora_A.default.weight", ".lora_B.default.weight"
"""What peft calls the two halves of an adapter."""

TOGETHER = 8
"""Texts of like length that go through the trunk at once: with more there is more padding."""

Weights = Mapping[str, Tensor]


class Trunk(nn.Module):
    """The last layers of a network, frozen, with or without adapters.

    The adapter's weights are not its own: they are given with every call, so that one trunk
    serves all nets.

    Parameters
    ----------
    top : nn.ModuleList
        The layers, as `Backbone.top` gives them.
    rank : int
        Of the adapters; 0 is none.

    Attributes
    ----------
    inputs, outputs : dict
        Name of each linear part with an adapter → its inputs, its outputs.

    Raises
    ------
    ValueError
        If the rank is larger than a layer's smaller side.
    """

    @as_torch_comes
    def __init__(self, top: nn.ModuleList, rank: int) -> None:
        super().__init__()
        self.layers = copy.deepcopy(top)
        linear = {
            name: module
            for name, module in self.layers.named_modules()
            if isinstance(module, nn.Linear) and name.partition(".")[2] in PARTS
        }
        self.inputs = {name: module.in_features for name, module in linear.items()} if rank else {}
        self.outputs = {name: linear[name].out_features for name in self.inputs}
        most = min((min(m.in_features, m.out_features) for m in linear.values()), default=0)
        if rank > most:
            raise ValueError(f"rank must be at most {most} in this network, not {rank}")
        if rank:
            peft = need("peft")
            wish = peft.LoraConfig(
                r=rank, lora_alpha=rank, lora_dropout=0.0, target_modules=list(linear)
            )
            peft.inject_adapter_in_model(wish, self.layers)
        self.requires_grad_(False).eval()

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Mean over each text's tokens, shape (texts, width)."""
        for layer in self.layers:
            hidden = layer(hidden, mask[:, None, None, :])
        kept = mask[..., None]
        return (hidden * kept).sum(dim=1) / kept.sum(dim=1)

    def features(self, adapter: Weights, hidden: Tensor, mask: Tensor) -> Tensor:
        """`forward` with these weights of the adapter."""
        weights = {f"layers.{name}": value for name, value in adapter.items()}
        features: Tensor = functional_call(self, weights, (hidden, mask))
        return features

    def twin(self) -> "Trunk":
        """Another one with the same weights in memory, for another thread.

        While a trunk is called it holds that call's adapter, so it serves one thread at a time.
        """
        return copy.deepcopy(self, {id(p): p for p in self.parameters()})


@dataclass(frozen=True)
class Scale:
    """Mean and spread of what the network gives before any training, over a run's training texts.

    The vectors of a pretrained network lie in a narrow cone (Ethayarajh 2019, arXiv:1909.00512):
    heads drawn at random would answer the same on every text. So they read them standardised.

    Parameters
    ----------
    mean, spread : Tensor, shape (width,)
    """

    mean: Tensor
    spread: Tensor

    @classmethod
    def of(cls, features: Tensor) -> "Scale":
        """That of some features (texts, width)."""
        return cls(features.mean(dim=0), features.std(dim=0).clamp(min=1e-6))

    def __call__(self, features: Tensor) -> Tensor:
        """Features less their mean, in units of their spread."""
        return (features - self.mean) / self.spread


class Reader:
    """What a network gives for texts by their number, with any weights of its adapter.

    Several threads may ask it at a time.

    Parameters
    ----------
    encoding : Encoding
        The texts below the trunk.
    trunk : Trunk

    Attributes
    ----------
    frozen : Tensor, shape (texts, width)
        What it gives for every text without an adapter.
    """

    def __init__(self, encoding: Encoding, trunk: Trunk) -> None:
        self._encoding, self.trunk, self._of_thread = encoding, trunk, local()
        self.frozen = self._frozen().clone()

    @without_autograd
    def _frozen(self) -> Tensor:
        encoding, trunk = self._encoding, self.trunk
        every = torch.arange(len(encoding.starts) - 1, device=encoding.starts.device)
        # An adapter of peft's own begins at 0 and changes nothing.
        return self._in_pieces(every, lambda rows: trunk(*encoding.batch(rows)))

    def features(self, adapter: Weights, rows: Tensor) -> Tensor:
        """Those of some texts with these weights of the adapter, shape (texts, width)."""
        if not adapter:
            return self.frozen[rows]
        batch, own = self._encoding.batch, self._own_trunk()
        return self._in_pieces(rows, lambda some: own.features(adapter, *batch(some)))

    def _own_trunk(self) -> Trunk:
        if not hasattr(self._of_thread, "trunk"):
            self._of_thread.trunk = self.trunk.twin()
        trunk: Trunk = self._of_thread.trunk
        return trunk

    def _in_pieces(self, rows: Tensor, give: Callable[[Tensor], Tensor]) -> Tensor:
        """Texts of like length together, as padding costs as much as text."""
        starts = self._encoding.starts
        order = torch.argsort(starts[rows + 1] - starts[rows], stable=True)
        parts = [give(rows[some]) for some in torch.split(order, TOGETHER)]
        return torch.cat(parts)[torch.argsort(order)]
