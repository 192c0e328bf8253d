"""What the frozen lower layers make of texts: computed once, kept on disk."""

import os
import warnings
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ncviz.basics.computing import as_torch_comes, without_autograd
from ncviz.basics.steps import to_the_end
from ncviz.basics.writing import written_whole
from ncviz.bert.material.cache import folder, keep_under
from ncviz.bert.networks.backbone import PAIR, Backbone

FORMAT = "1"
MOST = 2 * 2**30
"""Bytes that encodings may take on disk; those used longest ago go first."""

AT_ONCE = 64
"""Texts that go through the network together."""


@dataclass(frozen=True)
class Encoding:
    """Texts as the first trained layer sees them.

    Parameters
    ----------
    hidden : Tensor of bfloat16, shape (tokens of all texts, width)
        One text's tokens after another's.
    starts : Tensor of int64, shape (texts + 1,)
        Where each text's tokens begin.
    cut : int
        Texts of which only the beginning was taken, because they are too long.
    """

    hidden: Tensor
    starts: Tensor
    cut: int

    def batch(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Some texts, padded to the longest of them.

        Returns
        -------
        hidden : Tensor of float32, shape (texts, tokens, width)
        mask : Tensor of bool, shape (texts, tokens)
        """
        begin = self.starts[rows]
        lengths = self.starts[rows + 1] - begin
        place = torch.arange(int(lengths.max()), device=rows.device)
        mask = place < lengths[:, None]
        at = torch.where(mask, begin[:, None] + place, begin[:, None])
        return self.hidden[at].float(), mask

    def to(self, device: str) -> "Encoding":
        """The same on a device."""
        return Encoding(self.hidden.to(device), self.starts.to(device), self.cut)


def encoded(
    backbone: Backbone, texts: Sequence[str], trained: int, max_length: int, device: str = "cpu"
) -> Encoding:
    """The encoding of texts below the last `trained` layers, from the cache where it is there.

    A file that is damaged is made anew, with a warning.
    """
    return to_the_end(encoding(backbone, texts, trained, max_length, device))


def encoding(
    backbone: Backbone, texts: Sequence[str], trained: int, max_length: int, device: str = "cpu"
) -> Generator[float, None, Encoding]:
    """The same step by step: gives the share that is done, 0 to 1, and returns the encoding.

    Closing the generator ends the work; nothing is kept then.
    """
    path = folder("encodings") / f"{_key(backbone, texts, trained, max_length)}.safetensors"
    found = _load(path)
    if found is None:
        found = yield from _through(backbone, texts, trained, max_length, device)
        _save(found, path)
    return found


def encode(
    backbone: Backbone,
    texts: Sequence[str],
    trained: int,
    max_length: int,
    device: str = "cpu",
    dtype: torch.dtype = torch.bfloat16,
) -> Encoding:
    """Run texts through all layers but the last `trained`; kept as `dtype`."""
    return to_the_end(_through(backbone, texts, trained, max_length, device, dtype))


def _through(
    backbone: Backbone,
    texts: Sequence[str],
    trained: int,
    max_length: int,
    device: str,
    dtype: torch.dtype = torch.bfloat16,
) -> Generator[float, None, Encoding]:
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

    for first in range(0, len(order), AT_ONCE):
        done += see(order[first : first + AT_ONCE])
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
    """All that an encoding depends on."""
    digest = sha256(f"{FORMAT} {backbone.sha256} {backbone.prefix} {trained} {max_length}".encode())
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
            found = Encoding(
                file.get_tensor("hidden"), file.get_tensor("starts"), int(about["cut"])
            )
        if about["sha256"] != _fingerprint(found):
            raise ValueError("its numbers have changed")
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        warnings.warn(f"{path.name} in the cache is damaged ({error}); made anew", stacklevel=3)
        path.unlink(missing_ok=True)
        return None
    os.utime(path)  # used just now, so not the next to go
    return found


def _save(encoding: Encoding, path: Path) -> None:
    about = {"cut": str(encoding.cut), "sha256": _fingerprint(encoding)}
    tensors = {"hidden": encoding.hidden, "starts": encoding.starts}
    with written_whole(path) as part:
        save_file(tensors, part, metadata=about)
    keep_under(path.parent, MOST)


def _fingerprint(encoding: Encoding) -> str:
    digest = sha256(encoding.hidden.contiguous().view(torch.uint8).numpy().data)
    digest.update(encoding.starts.numpy().data)
    return digest.hexdigest()
