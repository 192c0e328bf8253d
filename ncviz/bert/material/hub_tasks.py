"""The paper's data sets, from the hub: each a pool of its own with one label, "label"."""

from collections.abc import Callable, Iterable
from typing import Any

from ncviz.basics.checks import short
from ncviz.bert.material.hub import snapshot
from ncviz.bert.material.pools import Pool, pool
from ncviz.bert.networks.backbone import PAIR
from ncviz.bert.networks.needs import need

LANGUAGES = ("de", "en", "es", "fr", "ja", "ko", "zh")
"""Of PAWS-X."""

Rows = Iterable[dict[str, Any]]
Labelled = list[tuple[str, int]]


def paws_x(language: str) -> Pool:
    """Sentence pairs, whether the second says the same as the first (Yang et al. 2019).

    Raises
    ------
    ValueError
        If there is no such language.
    """
    if language not in LANGUAGES:
        raise ValueError(f"paws-x has the languages {', '.join(LANGUAGES)}, not {short(language)}")
    return _pool("google-research-datasets/paws-x", language, _pairs, "same meaning | not the same")


def sst2() -> Pool:
    """Phrases of film reviews (Socher et al. 2013)."""
    return _pool("stanfordnlp/sst2", "data", _sentences, "positive | negative")


def mrpc() -> Pool:
    """Sentence pairs from the news (Dolan & Brockett 2005)."""
    return _pool("nyu-mll/glue", "mrpc", _pairs, "same meaning | not the same")


def commonsense_qa() -> Pool:
    """A question and one of its five answers (Talmor et al. 2019); made binary by us."""
    return _pool("tau/commonsense_qa", "data", _commonsense, "right answer | wrong answer")


def math_qa() -> Pool:
    """A problem and one of its five answers (Amini et al. 2019); made binary by us."""
    # Its main branch is a programme; the hub keeps its rows as Parquet on a branch of its own.
    branch = "refs/convert/parquet"
    return _pool("allenai/math_qa", "default", _math, "right answer | wrong answer", branch)


HUB_TASKS: dict[str, Callable[[], Pool]] = {
    "sst2": sst2,
    "mrpc": mrpc,
    "commonsense_qa": commonsense_qa,
    "math_qa": math_qa,
}


def _pool(
    name: str,
    part: str,
    read: Callable[[Rows], Labelled],
    meaning: str,
    revision: str | None = None,
) -> Pool:
    """A pool from the training split, whose Parquet files lie in the folder `part`."""
    patterns = (f"{part}/train-*.parquet", f"{part}/train/*.parquet")
    folder, commit = snapshot(name, patterns, "dataset", revision)
    files = sorted(str(file) for pattern in patterns for file in folder.glob(pattern))
    if not files:
        raise OSError(f"the data set {name} no longer has its training split at {patterns[0]}")
    labelled = read(need("datasets").Dataset.from_parquet(files))
    texts, labels = [text for text, _ in labelled], [label for _, label in labelled]
    return pool(f"{name} {part} ({commit[:12]})", "", texts, {"label": labels}, {"label": meaning})


def _sentences(rows: Rows) -> Labelled:
    return [(row["sentence"], int(row["label"])) for row in rows]


def _pairs(rows: Rows) -> Labelled:
    return [(row["sentence1"] + PAIR + row["sentence2"], int(row["label"])) for row in rows]


def _commonsense(rows: Rows) -> Labelled:
    return [
        _one_answer(k, row["question"], row["choices"]["text"], "ABCDE".index(row["answerKey"]))
        for k, row in enumerate(rows)
        if row["answerKey"]
    ]


def _math(rows: Rows) -> Labelled:
    return [
        _one_answer(k, row["Problem"], _options(row["options"]), "abcde".index(row["correct"]))
        for k, row in enumerate(rows)
    ]


def _options(text: str) -> list[str]:
    """The answers of "a ) 38 , b ) 27.675 , c ) 30 , d ) 18 , e ) none"."""
    return [part.split(" )", 1)[-1].strip() for part in text.split(" , ")]


def _one_answer(number: int, question: str, answers: list[str], right: int) -> tuple[str, int]:
    """Every second question with its right answer, the others with the wrong one behind it."""
    label = number % 2
    chosen = right if label else (right + 1) % len(answers)
    return question + PAIR + answers[chosen], label
