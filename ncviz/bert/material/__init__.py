"""Texts with labels, and their three parts: to train on, to choose by, and held out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ncviz.bert.outside import file_sha256, need, snapshot

# Half of all texts, a quarter and a quarter: by the last two bits of a text's SHA-256.
SHARES = ("training", "training", "validation", "held-out")
PAIR = "\u241e"  # between two texts that are asked about together: the tokenizer's separator
ENDINGS = (".csv", ".parquet")
Labelled = tuple[str, int]


@dataclass(frozen=True)
class Pool:
    """Texts, each once, with labels by name."""

    source: str  # with version or revision
    licence: str  # empty where it is not known
    texts: tuple[str, ...]
    labels: dict[str, NDArray[np.int8]]  # 0 or 1; −1 where a text has no such label
    meaning: dict[str, str]  # what 1 stands for, and what 0

    def __post_init__(self) -> None:
        for name, labels in self.labels.items():
            if labels.shape != (len(self.texts),) or not np.isin(labels, (-1, 0, 1)).all():
                raise ValueError(f"{self.source}: {name} must be 0, 1 or −1 for each text")

    def chosen(self, names: Sequence[str], most: int) -> "Pool":
        """The texts that have all of some labels, at most so many."""
        # Which these are is settled by their SHA-256, not by chance: a larger pool holds every
        # smaller one, and a text's part does not depend on the seed.
        for name in names:
            if name not in self.labels:
                known = ", ".join(self.labels)
                raise ValueError(f"{self.source} has no label {name!r}; it has {known}")
        named = np.all([self.labels[name] >= 0 for name in names], axis=0)
        order = sorted(np.flatnonzero(named), key=lambda k: _digest(self.texts[k]))[:most]
        return replace(
            self,
            texts=tuple(self.texts[k] for k in order),
            labels={name: self.labels[name][order] for name in names},
            meaning={name: self.meaning[name] for name in names},
        )

    def parts(self) -> dict[str, NDArray[np.int64]]:
        """Numbers of the texts of each part; equal texts can never be in two of them."""
        part = np.array([SHARES[_digest(text)[-1] & 3] for text in self.texts])
        return {name: np.flatnonzero(part == name) for name in dict.fromkeys(SHARES)}


def pool(
    source: str, licence: str, texts: Sequence[str], labels: dict[str, Any], meaning: dict[str, str]
) -> Pool:
    """A pool in which every text is there once; spaces and large letters make no other text."""
    first: dict[str, int] = {}
    for k, text in enumerate(texts):
        folded = " ".join(text.casefold().split())
        if folded:
            first.setdefault(folded, k)
    keep = np.array(list(first.values()), dtype=np.int64)
    kept = {name: np.asarray(values, dtype=np.int8)[keep] for name, values in labels.items()}
    return Pool(source, licence, tuple(texts[k].strip() for k in keep), kept, meaning)


def table(path: str) -> Pool:
    """Texts from the column "text" of a .csv (UTF-8) or .parquet file.

    Every other column of two different values is a label: the smaller becomes 0, the larger 1; a
    missing value means that a text has no such label.
    """
    pandas, file = need("pandas"), Path(path)
    if not file.is_file():
        raise ValueError(f"there is no file {path}")
    try:
        frame = (pandas.read_csv if file.suffix == ".csv" else pandas.read_parquet)(file)
    except Exception as error:
        raise ValueError(f"{path} cannot be read as a table: {error}") from None
    if "text" not in frame.columns:
        raise ValueError(f"{path} has no column 'text'; it has {', '.join(map(str, frame))}")
    frame = frame.dropna(subset=["text"])
    labels, meaning = {}, {}
    for name, column in frame.drop(columns="text").items():
        values = sorted(column.dropna().unique().tolist(), key=lambda v: (str(type(v)), v))
        if len(values) == 2:
            labels[str(name)] = np.where(column.isna(), -1, column == values[1])
            meaning[str(name)] = f"{values[1]} | {values[0]}"
    if not labels:
        raise ValueError(
            f"{path} has no label: no column beside 'text' has exactly two different values"
        )
    source = f"{path} (sha256 {file_sha256(file)[:12]}…)"
    return pool(source, "", frame["text"].astype(str).tolist(), labels, meaning)


def from_hub(
    name: str,
    part: str,
    read: Callable[[int, dict[str, Any]], Labelled | None],
    meaning: str,
    revision: str | None = None,
) -> Pool:
    """A pool from the training split, whose Parquet files lie in the folder `part`."""
    patterns = (f"{part}/train-*.parquet", f"{part}/train/*.parquet")
    folder, commit = snapshot(name, patterns, "dataset", revision)
    files = sorted(str(file) for pattern in patterns for file in folder.glob(pattern))
    if not files:
        raise OSError(f"the data set {name} no longer has its training split at {patterns[0]}")
    rows = enumerate(need("datasets").Dataset.from_parquet(files))
    found = [labelled for k, row in rows if (labelled := read(k, row)) is not None]
    texts, labels = [text for text, _ in found], [label for _, label in found]
    return pool(f"{name} {part} ({commit[:12]})", "", texts, {"label": labels}, {"label": meaning})


def _digest(text: str) -> bytes:
    return sha256(text.encode()).digest()
