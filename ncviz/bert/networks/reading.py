"""What a network gives for texts: its frozen layers once, kept on disk, the last ones each time."""

import copy
import os
import warnings
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import local
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.func import functional_call

from ncviz.basics.computing import as_torch_comes, without_autograd
from ncviz.basics.writing import written_whole
from ncviz.bert.material import PAIR
from ncviz.bert.networks import Backbone
from ncviz.bert.networks.e5 import IN_LAYER
from ncviz.bert.outside import folder, keep_under, need

# The linear parts of a layer, each of which gets an adapter; peft's names for its two halves.
PARTS = {name for name in IN_LAYER.values() if not name.endswith("LayerNorm")}
DOWN, UP = ".lora_A.default.weight", ".lora_B.default.weight"
MOST = 2 * 2**30  # bytes that encodings may take on disk; those used longest ago go first


@dataclass(frozen=True)
class Encoding:
    """Texts as the first trained layer sees them: one's tokens after another's, as bfloat16."""

    hidden: Tensor  # (tokens of all texts, width)
    starts: Tensor  # (texts + 1,): where each text's tokens begin
    cut: int  # texts of which only the beginning was taken, because they are too long

    def batch(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Some texts, padded to the longest: (texts, tokens, width), and a mask (texts, tokens)."""
        begin = self.starts[rows]
        lengths = self.starts[rows + 1] - begin
        place = torch.arange(int(lengths.max()), device=rows.device)
        mask = place < lengths[:, None]
        at = torch.where(mask, begin[:, None] + place, begin[:, None])
        return self.hidden[at].float(), mask

    def to(self, device: str) -> "Encoding":
        """The same on a device."""
        return Encoding(self.hidden.to(device), self.starts.to(device), self.cut)


def encoding(
    backbone: Backbone, texts: Sequence[str], trained: int, max_length: int, device: str = "cpu"
) -> Generator[float, None, Encoding]:
    """The encoding of texts below the last `trained` layers, giving the share that is done."""
    path = folder("encodings") / f"{_key(backbone, texts, trained, max_length)}.safetensors"
    found = _load(path)
    if found is None:
        found = yield from through(backbone, texts, trained, max_length, device)
        about = {"cut": str(found.cut), "sha256": _fingerprint(found)}
        with written_whole(path) as part:
            save_file({"hidden": found.hidden, "starts": found.starts}, part, metadata=about)
        keep_under(path.parent, MOST)
    return found


def through(
    backbone: Backbone,
    texts: Sequence[str],
    trained: int,
    max_length: int,
    device: str = "cpu",
    dtype: torch.dtype = torch.bfloat16,
) -> Generator[float, None, Encoding]:
    """Run texts through all layers but the last `trained`, giving the share that is done."""
    tokens, cut = _tokens(backbone, texts, max_length)
    model = backbone.model().to(device)
    model.encoder.layer = model.encoder.layer[: backbone.layers - trained]
    parts: list[Tensor] = [torch.empty(0)] * len(tokens)
    order = sorted(range(len(tokens)), key=lambda k: len(tokens[k]))  # little padding
    done, total = 0, sum(len(some) for some in tokens)

    @without_autograd
    @as_torch_comes
    def see(some: list[int]) -> int:
        lengths = torch.tensor([len(tokens[k]) for k in some])
        mask = torch.arange(int(lengths.max())) < lengths[:, None]
        numbers = torch.zeros(mask.shape, dtype=torch.long)
        numbers[mask] = torch.tensor([number for k in some for number in tokens[k]])
        seen = model(input_ids=numbers.to(device), attention_mask=mask.to(device).long())
        for k, hidden, length in zip(some, seen.last_hidden_state, lengths, strict=True):
            parts[k] = hidden[:length].to("cpu", dtype)
        return int(lengths.sum())

    for first in range(0, len(order), 64):
        done += see(order[first : first + 64])
        yield done / total
    starts = torch.tensor([0, *[len(some) for some in tokens]], device="cpu").cumsum(0)
    return Encoding(torch.cat(parts).clone(), starts, cut)


def _tokens(
    backbone: Backbone, texts: Sequence[str], max_length: int
) -> tuple[list[list[int]], int]:
    """Numbers of each text's tokens, and how many texts had to be cut."""
    tokenizer: Any = backbone.tokenizer()
    between = f" {tokenizer.sep_token} "
    ready = [backbone.prepare(text.replace(PAIR, between)) for text in texts]
    whole = tokenizer(ready, truncation=False, verbose=False)["input_ids"]
    short = tokenizer(ready, truncation=True, max_length=max_length)["input_ids"]
    return short, sum(len(a) > len(b) for a, b in zip(whole, short, strict=True))


def _key(backbone: Backbone, texts: Sequence[str], trained: int, max_length: int) -> str:
    """All that an encoding depends on, and the number of its format."""
    digest = sha256(f"1 {backbone.sha256} {backbone.prefix} {trained} {max_length}".encode())
    for text in texts:
        digest.update(f"{len(text)} {text}".encode())
    return digest.hexdigest()[:32]


def _load(path: Path) -> Encoding | None:
    """What is kept, or None if it is not there or not whole."""
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            about = file.metadata() or {}
            hidden, starts = file.get_tensor("hidden"), file.get_tensor("starts")
        found = Encoding(hidden, starts, int(about["cut"]))
        if about["sha256"] != _fingerprint(found):
            raise ValueError("its numbers have changed")
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        warnings.warn(f"{path.name} in the cache is damaged ({error}); made anew", stacklevel=3)
        path.unlink(missing_ok=True)
        return None
    os.utime(path)  # used just now, so not the next to go
    return found


def _fingerprint(encoding: Encoding) -> str:
    digest = sha256(encoding.hidden.contiguous().view(torch.uint8).numpy().data)
    digest.update(encoding.starts.numpy().data)
    return digest.hexdigest()


class Trunk(nn.Module):
    """The last layers of a network, frozen, with or without (rank 0) adapters."""

    # The adapter's weights are not its own: they are given with every call, so that one trunk
    # serves all nets. `inputs`, `outputs`: of each linear part with an adapter, by name.
    @as_torch_comes
    def __init__(self, top: nn.ModuleList, rank: int) -> None:
        super().__init__()
        self.layers = copy.deepcopy(top)
        linear = {
            name: module
            for name, module in self.layers.named_modules()
            if rank and isinstance(module, nn.Linear) and name.partition(".")[2] in PARTS
        }
        self.inputs = {name: module.in_features for name, module in linear.items()}
        self.outputs = {name: module.out_features for name, module in linear.items()}
        most = min([*self.inputs.values(), *self.outputs.values()], default=0)
        if rank > most:
            raise ValueError(f"rank must be at most {most} in this network, not {rank}")
        if rank:
            peft, parts = need("peft"), list(linear)
            wish = peft.LoraConfig(r=rank, lora_alpha=rank, lora_dropout=0, target_modules=parts)
            peft.inject_adapter_in_model(wish, self.layers)
        self.requires_grad_(False).eval()

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Mean over each text's tokens, shape (texts, width)."""
        for layer in self.layers:
            hidden = layer(hidden, mask[:, None, None, :])
        kept = mask[..., None]
        return (hidden * kept).sum(dim=1) / kept.sum(dim=1)


class Reader:
    """What a network gives for texts by their number, with any weights of its adapter.

    Several threads may ask it at a time. `frozen` (texts, width) is what it gives without any.
    """

    def __init__(self, encoding: Encoding, trunk: Trunk) -> None:
        self._encoding, self.trunk, self._of_thread = encoding, trunk, local()
        every = torch.arange(len(encoding.starts) - 1, device=encoding.starts.device)
        # An adapter of peft's own begins at 0 and changes nothing.
        freeze = without_autograd(self._in_pieces)
        self.frozen = freeze(every, lambda rows: trunk(*encoding.batch(rows))).clone()

    def features(self, adapter: Mapping[str, Tensor], rows: Tensor) -> Tensor:
        """Those of some texts with these weights of the adapter, shape (texts, width)."""
        if not adapter:
            return self.frozen[rows]
        if not hasattr(self._of_thread, "trunk"):
            # One with the same weights in memory: while a trunk is called it holds that call's
            # adapter, so it serves one thread at a time.
            kept = {id(p): p for p in self.trunk.parameters()}
            self._of_thread.trunk = copy.deepcopy(self.trunk, kept)
        own, batch = self._of_thread.trunk, self._encoding.batch
        weights = {f"layers.{name}": value for name, value in adapter.items()}
        return self._in_pieces(rows, lambda some: functional_call(own, weights, batch(some)))

    def _in_pieces(self, rows: Tensor, give: Callable[[Tensor], Tensor]) -> Tensor:
        """Eight texts of like length together, as padding costs as much as text."""
        starts = self._encoding.starts
        order = torch.argsort(starts[rows + 1] - starts[rows], stable=True)
        parts = [give(rows[some]) for some in torch.split(order, 8)]
        return torch.cat(parts)[torch.argsort(order)]
