"""Kinds of pretrained networks: a folder of files, the packaged e5, a tiny untrained one."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from ncviz.basics.computing import as_torch_comes
from ncviz.bert.material.cache import file_sha256
from ncviz.bert.networks import e5
from ncviz.bert.networks.needs import need

TINY = "random:tiny"

PAIR = "\u241e"
"""Stands between two texts that are asked about together; becomes the tokenizer's separator."""


@dataclass(frozen=True)
class Backbone:
    """A pretrained network that is frozen, and where it came from.

    Parameters
    ----------
    name : str
        What `backbone` finds it by.
    revision : str
        The hub's commit, the package with its version, or empty.
    sha256 : str
        Of the weights.
    licence : str
        Empty where it is not known.
    note : str
        What one should know of the weights, such as "4-bit rounded".
    width, layers, positions : int
        Numbers of a token, layers, longest text in tokens.
    prefix : str
        What the network was trained to see before each text.
    """

    name: str
    revision: str
    sha256: str
    licence: str
    note: str
    width: int
    layers: int
    positions: int
    prefix: str = ""

    def model(self) -> Any:
        """The whole network, in evaluation mode."""
        raise NotImplementedError

    def tokenizer(self) -> Any:
        """Its tokenizer, to be called with lists of texts that went through `prepare`."""
        raise NotImplementedError

    def prepare(self, text: str) -> str:
        """A text as the tokenizer wants it."""
        return self.prefix + text

    def top(self, layers: int) -> Any:
        """A ModuleList of its last layers."""
        model = self.model()
        return need("torch").nn.ModuleList(model.encoder.layer[self.layers - layers :])

    def __str__(self) -> str:
        about = [self.revision, self.note, f"sha256 {self.sha256[:12]}…"]
        return f"{self.name} ({', '.join(part for part in about if part)})"


@dataclass(frozen=True)
class FolderBackbone(Backbone):
    """Files as the hub lays them out."""

    folder: Path = Path()

    @classmethod
    def of(cls, path: Path, name: str, **about: str) -> "FolderBackbone":
        """The network in a folder.

        Raises
        ------
        ValueError
            If the folder holds no network, or its weights are not safetensors.
        """
        config = path / "config.json"
        if not config.is_file():
            raise ValueError(f"{path} holds no config.json: it is not a network's folder")
        weights = sorted(path.glob("*.safetensors"))
        if not weights:
            raise ValueError(f"{path} holds no weights as safetensors; other formats are not read")
        says = need("transformers").AutoConfig.from_pretrained(
            path, local_files_only=True, trust_remote_code=False
        )
        digests = [file_sha256(file) for file in weights]
        return cls(
            name=name,
            revision=about.get("revision", ""),
            sha256=digests[0] if len(digests) == 1 else _digest("".join(digests)),
            licence=about.get("licence", ""),
            note=about.get("note", ""),
            width=int(says.hidden_size),
            layers=int(says.num_hidden_layers),
            positions=_positions(says),
            folder=path,
        )

    @as_torch_comes
    def model(self) -> Any:
        """See `Backbone.model`."""
        with _no_bar():
            model = need("transformers").AutoModel.from_pretrained(
                self.folder,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                dtype=need("torch").float32,
                attn_implementation="sdpa",
            )
        if not hasattr(getattr(model, "encoder", None), "layer"):
            raise ValueError(
                f"{self.name} is a {type(model).__name__}: only networks of the BERT family, "
                "whose layers are at .encoder.layer, can carry the test"
            )
        return model.eval()

    def tokenizer(self) -> Any:
        """See `Backbone.tokenizer`."""
        return need("transformers").AutoTokenizer.from_pretrained(
            self.folder, local_files_only=True, trust_remote_code=False, use_fast=True
        )


@dataclass(frozen=True)
class E5Backbone(Backbone):
    """The packaged e5-small."""

    file: e5.E5 | None = field(default=None, compare=False, repr=False)

    def _e5(self) -> e5.E5:
        assert self.file is not None  # `backbone` always gives it
        return self.file

    @as_torch_comes
    def model(self) -> Any:
        """See `Backbone.model`."""
        return self._e5().model()

    @as_torch_comes
    def top(self, layers: int) -> Any:
        """See `Backbone.top`; made without the rest."""
        return self._e5().top(layers)

    def tokenizer(self) -> Any:
        """See `Backbone.tokenizer`."""
        return self._e5().tokenizer()

    def prepare(self, text: str) -> str:
        """See `Backbone.prepare`."""
        return self._e5().prepare(self.prefix + text)


class TinyBackbone(Backbone):
    """Two untrained layers over bytes."""

    @classmethod
    def make(cls) -> "TinyBackbone":
        """The one there is."""
        config = _tiny_config()
        return cls(
            name=TINY,
            revision="1",
            sha256=_digest(json.dumps(config, sort_keys=True)),
            licence="",
            note="untrained",
            width=config["hidden_size"],
            layers=config["num_hidden_layers"],
            positions=config["max_position_embeddings"],
        )

    @as_torch_comes
    def model(self) -> Any:
        """See `Backbone.model`."""
        torch, transformers = need("torch"), need("transformers")
        torch.default_generator.manual_seed(0)  # the CPU's; there may be others
        config = transformers.BertConfig(**_tiny_config(), attn_implementation="sdpa")
        return transformers.BertModel(config, add_pooling_layer=False).eval()

    def tokenizer(self) -> Any:
        """See `Backbone.tokenizer`."""
        t, transformers = need("tokenizers"), need("transformers")
        letters = sorted(t.pre_tokenizers.ByteLevel.alphabet())
        special = ["[PAD]", "[CLS]", "[SEP]"]
        vocabulary = {piece: k for k, piece in enumerate([*special, *letters])}
        tokenizer = t.Tokenizer(t.models.BPE(vocabulary, []))
        tokenizer.pre_tokenizer = t.pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.post_processor = t.processors.TemplateProcessing(
            single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
        )
        return transformers.PreTrainedTokenizerFast(
            tokenizer_object=tokenizer, pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]"
        )


def _tiny_config() -> dict[str, Any]:
    return {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "vocab_size": 259,
        "max_position_embeddings": 64,
    }


@contextmanager
def _no_bar() -> Iterator[None]:
    """Loading is a matter of a second here, and not worth a progress bar."""
    says = need("transformers").utils.logging
    shown = says.is_progress_bar_enabled()
    says.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            says.enable_progress_bar()


def _positions(config: Any) -> int:
    """Tokens of the longest text. RoBERTa counts from behind its padding number."""
    most = int(config.max_position_embeddings)
    behind = {"roberta", "xlm-roberta", "camembert"}
    return most - config.pad_token_id - 1 if config.model_type in behind else most


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
