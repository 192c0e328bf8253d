"""Texts with labels, and their three parts: to train on, to choose by, and held out."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

PARTS = ("training", "validation", "held-out")
SHARES = {0: "training", 1: "training", 2: "validation", 3: "held-out"}
"""Half of all texts, a quarter and a quarter: by the last two bits of a text's SHA-256."""


@dataclass(frozen=True)
class Pool:
    """Texts, each with one label or several.

    Parameters
    ----------
    source : str
        Where they come from, with version or revision.
    licence : str
        Empty where it is not known.
    texts : tuple of str
        Each once.
    labels : dict
        Name of a label → array of int8, 0 or 1 for each text; −1 where a text has no such label.
    meaning : dict
        Name of a label → what 1 stands for, and what 0.

    Raises
    ------
    ValueError
        If a label is neither of these, or there is not one for each text.
    """

    source: str
    licence: str
    texts: tuple[str, ...]
    labels: dict[str, NDArray[np.int8]]
    meaning: dict[str, str]

    def __post_init__(self) -> None:
        for name, labels in self.labels.items():
            if labels.shape != (len(self.texts),) or not np.isin(labels, (-1, 0, 1)).all():
                raise ValueError(f"{self.source}: {name} must be 0, 1 or −1 for each text")

    def chosen(self, names: Sequence[str], most: int) -> "Pool":
        """The texts that have all of some labels, at most so many.

        Which texts these are is settled by their SHA-256, not by chance: a larger pool holds
        every smaller one, and a text's part does not depend on the seed.

        Raises
        ------
        ValueError
            If there is no such label, naming those there are.
        """
        for name in names:
            if name not in self.labels:
                known = ", ".join(self.labels)
                raise ValueError(f"{self.source} has no label {name!r}; it has {known}")
        named = np.all([self.labels[name] >= 0 for name in names], axis=0)
        order = sorted(np.flatnonzero(named), key=lambda k: _digest(self.texts[k]))[:most]
        return Pool(
            self.source,
            self.licence,
            tuple(self.texts[k] for k in order),
            {name: self.labels[name][order] for name in names},
            {name: self.meaning[name] for name in names},
        )

    def parts(self) -> dict[str, NDArray[np.int64]]:
        """Numbers of the texts of each part; equal texts can never be in two of them."""
        part = np.array([SHARES[_digest(text)[-1] & 3] for text in self.texts])
        return {name: np.flatnonzero(part == name) for name in PARTS}


def pool(
    source: str, licence: str, texts: Sequence[str], labels: dict[str, Any], meaning: dict[str, str]
) -> Pool:
    """A pool in which every text is there once, the first time it occurs.

    Texts count as equal where they differ in spaces or in large and small letters only.

    Examples
    --------
    >>> from ncviz.bert.material.pools import pool
    >>> pool("", "", ["Yes.", "yes. ", "No."], {"first": [1, 0, 0]}, {"first": ""}).texts
    ('Yes.', 'No.')
    """
    first: dict[str, int] = {}
    for k, text in enumerate(texts):
        folded = " ".join(text.casefold().split())
        if folded:
            first.setdefault(folded, k)
    keep = np.array(list(first.values()), dtype=np.int64)
    return Pool(
        source,
        licence,
        tuple(texts[k].strip() for k in keep),
        {name: np.asarray(values, dtype=np.int8)[keep] for name, values in labels.items()},
        meaning,
    )


def halves(values: NDArray[np.int64]) -> NDArray[np.int8]:
    """1 for values above their median, else 0."""
    return (values > np.median(values)).astype(np.int8)


def _digest(text: str) -> bytes:
    return sha256(text.encode()).digest()
