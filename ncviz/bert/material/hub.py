"""The hub of models and data sets: asked with a time limit, and its cache where it is silent."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from ncviz.bert.networks.needs import need

PATIENCE = 15.0
"""Seconds without an answer after which the hub counts as not reachable."""

OF_MODEL = ("config.json", "*.safetensors", "*.safetensors.index.json", "tokenizer*", "vocab.txt",
            "*.model", "special_tokens_map.json")  # fmt: skip


def snapshot(
    name: str,
    wanted: Sequence[str] = OF_MODEL,
    kind: Literal["model", "dataset"] = "model",
    revision: str | None = None,
) -> tuple[Path, str]:
    """Files of a model or data set, and its commit: from the hub, or from the hub's cache here.

    Parameters
    ----------
    name : str
        Owner and name.
    wanted : sequence of str
        Patterns of the files.
    kind : {"model", "dataset"}
    revision : str, optional
        A branch; the main one by default.

    Raises
    ------
    ConnectionError
        If the hub does not answer in time and the files are not in its cache.
    ValueError
        If the hub has nothing of that name.
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
        api = hub.HfApi()
        found = api.repo_info(name, repo_type=kind, revision=revision, timeout=PATIENCE)
        return str(found.sha)
    except hub.errors.RepositoryNotFoundError:
        raise ValueError(f"the hub has no {kind} {name!r} that is open to all") from None
    except hub.errors.HFValidationError as error:
        raise ValueError(f"{name!r} cannot be the name of a {kind}: {error}") from None
    except Exception as error:  # whatever a client says of a broken line
        raise _unreachable(name, error) from None


def _unreachable(name: str, error: Exception) -> ConnectionError:
    return ConnectionError(f"the hub did not answer for {name!r} ({type(error).__name__})")
