"""What comes from outside: packages of the extra, files of the hub, and the cache folder."""

from collections.abc import Sequence
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

EXTRA = "pip install 'ncviz[bert]'"

PATIENCE = 15.0
"""Seconds without an answer after which the hub counts as not reachable."""

OF_MODEL = ("config.json", "*.safetensors", "*.safetensors.index.json", "tokenizer*", "vocab.txt",
            "*.model", "special_tokens_map.json")  # fmt: skip


def need(module: str) -> Any:
    """A module of the extra, or an ImportError with the line that installs it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        package = module.split(".")[0]
        if error.name is None or error.name.split(".")[0] != package:
            raise
        raise ImportError(f"real models need the package {package}: {EXTRA}") from None


# The cache


def folder(*parts: str) -> Path:
    """A folder of the user's cache, made if it is not there."""
    root: Path = need("platformdirs").user_cache_path("ncviz", appauthor=False)
    path = root.joinpath("bert", *parts)
    path.mkdir(parents=True, exist_ok=True)
    return path


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def text_sha256(text: str) -> str:
    """The same of a text."""
    return sha256(text.encode()).hexdigest()


def keep_under(path: Path, most: int) -> None:
    """Delete the files of a folder that were used longest ago until it holds `most` bytes."""
    files = sorted((f for f in path.iterdir() if f.is_file()), key=lambda f: f.stat().st_mtime)
    total = sum(f.stat().st_size for f in files)
    for file in files[:-1]:  # the newest stays, however large it is
        if total <= most:
            return
        total -= file.stat().st_size
        file.unlink(missing_ok=True)


# The hub of models and data sets


def snapshot(
    name: str,
    wanted: Sequence[str] = OF_MODEL,
    kind: Literal["model", "dataset"] = "model",
    revision: str | None = None,
) -> tuple[Path, str]:
    """Files (by patterns) of a model or data set, and its commit; from the hub's cache, if need be.

    ConnectionError where the hub is silent and its cache has nothing; ValueError where the hub has
    nothing of that name.
    """
    hub = need("huggingface_hub")
    get: dict[str, Any] = {"repo_type": kind, "allow_patterns": list(wanted)}
    try:
        commit = _commit(hub, name, kind, revision)
    except ConnectionError as unreachable:
        try:
            path = hub.snapshot_download(name, revision=revision, local_files_only=True, **get)
        except hub.errors.LocalEntryNotFoundError:
            raise unreachable from None
        return Path(path), Path(path).name
    try:
        path = hub.snapshot_download(name, revision=commit, etag_timeout=PATIENCE, **get)
    except Exception as error:  # the line broke on the way
        raise _unreachable(name, error) from None
    return Path(path), commit


def _commit(hub: Any, name: str, kind: str, revision: str | None) -> str:
    """The newest commit; also finds out whether the hub is there."""
    try:
        found = hub.HfApi().repo_info(name, repo_type=kind, revision=revision, timeout=PATIENCE)
        return str(found.sha)
    except hub.errors.RepositoryNotFoundError:
        raise ValueError(f"the hub has no {kind} {name!r} that is open to all") from None
    except hub.errors.HFValidationError as error:
        raise ValueError(f"{name!r} cannot be the name of a {kind}: {error}") from None
    except Exception as error:  # whatever a client says of a broken line
        raise _unreachable(name, error) from None


def _unreachable(name: str, error: Exception) -> ConnectionError:
    return ConnectionError(f"the hub did not answer for {name!r} ({type(error).__name__})")
