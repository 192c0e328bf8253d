"""Pools, tasks, encodings and the hub's data sets, on made-up texts."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

pytest.importorskip("peft", reason="needs ncviz[bert]")

from bert_material import table, tasks
from ncviz.basics.computing import to_the_end
from ncviz.bert import backbone
from ncviz.bert.material import PAIR, Pool, pool
from ncviz.bert.material import table as read_table
from ncviz.bert.material.tasks import material
from ncviz.bert.networks import reading
from ncviz.bert.networks.reading import Encoding, encoding
from ncviz.bert.outside import folder

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TRAIN = "train-00000-of-00001.parquet"
TEXTS = ("one", "a longer text of some words", "three")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    yield tmp_path


def encoded(*what: object) -> Encoding:
    return to_the_end(encoding(*what))


# Parts


def test_every_text_is_in_one_part_whatever_the_size_of_the_pool(own_cache: Path) -> None:
    whole = read_table(table(own_cache)).chosen(["a", "b"], 1000)
    parts = whole.parts()
    numbers = np.concatenate(list(parts.values()))
    assert sorted(numbers) == list(range(len(whole.texts)))
    assert len(parts["training"]) == pytest.approx(len(numbers) / 2, rel=0.2)
    small = whole.chosen(["a"], 50)
    assert small.texts == whole.texts[:50]
    for name, part in small.parts().items():
        assert {small.texts[k] for k in part} <= {whole.texts[k] for k in parts[name]}


def test_equal_texts_are_there_once() -> None:
    twice = pool("", "", ["A b", "a  B ", "c"], {"x": [1, 0, 0]}, {"x": ""})
    assert twice.texts == ("A b", "c") and twice.labels["x"].tolist() == [1, 0]


def test_a_label_must_be_one_of_two() -> None:
    with pytest.raises(ValueError, match="x must be 0, 1 or −1"):
        Pool("", "", ("a",), {"x": np.array([2], dtype=np.int8)}, {"x": ""})


# Files of one's own


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_table_of_ones_own_gives_its_labels(own_cache: Path, ending: str) -> None:
    frame = pd.DataFrame({"text": ["a", "b", "c"], "good": ["no", "yes", None], "n": [1, 2, 3]})
    path = str(own_cache / f"own.{ending}")
    frame.to_csv(path, index=False) if ending == "csv" else frame.to_parquet(path)
    found = read_table(path)
    assert found.labels["good"].tolist() == [0, 1, -1]
    assert found.meaning == {"good": "yes | no"} and "sha256" in found.source


def test_a_table_without_what_is_needed_is_refused(own_cache: Path) -> None:
    path = own_cache / "bad.csv"
    for content, words in (
        ("words,good\na,1\nb,0\n", "has no column 'text'; it has words, good"),
        ("text,good\na,1\nb,1\n", "has no label"),
        ("", "cannot be read"),
    ):
        path.write_text(content)
        with pytest.raises(ValueError, match=words):
            read_table(str(path))
    with pytest.raises(ValueError, match="there is no file"):
        read_table("nowhere.csv")


def test_a_task_needs_a_label_that_is_there_and_both_classes(own_cache: Path) -> None:
    path = table(own_cache)
    with pytest.raises(ValueError, match="has no label 'e'; it has a, b, c, d"):
        material((f"{path}:a", f"{path}:b", f"{path}:c", f"{path}:e"), 100)
    frame = pd.read_csv(path)
    only = own_cache / "only.csv"
    frame["c"] = np.where(frame.index < 1, "runs", "sleeps")
    frame.to_csv(only, index=False)
    with pytest.raises(ValueError, match="texts are all of one class"):
        material(tasks(str(only)), 1000)


# The cache


def test_a_damaged_encoding_is_made_anew_with_a_warning() -> None:
    tiny = backbone("random:tiny")
    first = encoded(tiny, TEXTS, 1, 16)
    (path,) = folder("encodings").iterdir()
    good = path.read_bytes()
    flipped = bytearray(good)
    flipped[-3] ^= 1
    for bad in (good[:100], bytes(flipped), b"", b"not safetensors"):
        path.write_bytes(bad)
        with pytest.warns(UserWarning, match="damaged .*; made anew"):
            again = encoded(tiny, TEXTS, 1, 16)
        assert torch.equal(first.hidden, again.hidden)
        with warnings.catch_warnings(action="error"):
            encoded(tiny, TEXTS, 1, 16)  # it is whole again


def test_an_encoding_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = backbone("random:tiny")
    first = encoded(tiny, TEXTS, 1, 16)
    monkeypatch.setattr(reading, "through", None)
    with warnings.catch_warnings(action="error"):
        again = encoded(tiny, TEXTS, 1, 16)
    assert torch.equal(first.hidden, again.hidden) and torch.equal(first.starts, again.starts)


def test_an_encoding_tells_how_far_it_is_and_is_kept_only_when_it_is_whole() -> None:
    tiny, texts = backbone("random:tiny"), [f"{k} " * (k % 7 + 1) for k in range(200)]
    steps = encoding(tiny, texts, 1, 16)
    next(steps)
    steps.close()
    assert not [*folder("encodings").iterdir()]
    shares = [*encoding(tiny, texts, 1, 16)]
    assert len(shares) == 4 and shares == sorted({*shares}) and shares[-1] == 1
    assert [*encoding(tiny, texts, 1, 16)] == []  # it is there


@pytest.mark.parametrize("other", [(TEXTS[::-1], 1, 16), (TEXTS, 2, 16), (TEXTS, 1, 8)])
def test_other_texts_layers_or_lengths_have_an_encoding_of_their_own(other: tuple) -> None:
    encoded(backbone("random:tiny"), TEXTS, 1, 16)
    encoded(backbone("random:tiny"), *other)
    assert len(list(folder("encodings").iterdir())) == 2


def test_the_cache_keeps_to_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST", 1)
    for text in TEXTS:
        encoded(backbone("random:tiny"), [text], 1, 16)
    assert len(list(folder("encodings").iterdir())) == 1


def test_a_text_alone_is_encoded_as_among_others() -> None:
    tiny = backbone("random:tiny")
    together = encoded(tiny, TEXTS, 0, 16)
    for k, text in enumerate(TEXTS):
        alone = encoded(tiny, [text], 0, 16)
        begin, end = together.starts[k], together.starts[k + 1]
        difference = (together.hidden[begin:end].float() - alone.hidden.float()).abs().max()
        assert difference < 0.02  # the last digit of bfloat16
    assert together.cut == 1


# The hub, laid out as a folder: no test reaches further


def laid_out(cache: Path, name: str, file: str, frame: pd.DataFrame, branch: str = "main") -> None:
    """Put a data set into the hub's cache, as a download leaves it there."""
    place = cache / f"datasets--{name.replace('/', '--')}"
    (place / "refs" / branch).parent.mkdir(parents=True, exist_ok=True)
    (place / "refs" / branch).write_text(COMMIT)
    path = place / "snapshots" / COMMIT / file
    path.parent.mkdir(parents=True)
    frame.to_parquet(path)


def test_the_papers_data_sets_are_read_as_the_hub_lays_them_out(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(own_cache))
    n = 64
    pairs = pd.DataFrame(
        {
            "id": range(n),
            "sentence1": [f"first {k}" for k in range(n)],
            "sentence2": [f"second {k}" for k in range(n)],
            "label": [k % 2 for k in range(n)],
        }
    )
    laid_out(own_cache, "google-research-datasets/paws-x", f"de/{TRAIN}", pairs)
    laid_out(own_cache, "nyu-mll/glue", f"mrpc/{TRAIN}", pairs)
    sentences = pairs[["sentence1", "label"]].rename(columns={"sentence1": "sentence"})
    laid_out(own_cache, "stanfordnlp/sst2", f"data/{TRAIN}", sentences)
    problems = pd.DataFrame(
        {
            "Problem": [f"how many {k} ?" for k in range(n)],
            "options": ["a ) 38 , b ) 27.675 , c ) 30 , d ) 18 , e ) none"] * n,
            "correct": ["c"] * n,
        }
    )
    branch = "refs/convert/parquet"
    laid_out(own_cache, "allenai/math_qa", "default/train/0000.parquet", problems, branch)
    four = ("paws-x:de", "mrpc", "sst2", "math_qa")
    found = material(four, n)
    assert not found.common and len(found.texts) == 4 * n
    assert found.sources[0] == "google-research-datasets/paws-x de (0123456789ab)"
    k = found.texts.index(f"first 3{PAIR}second 3")
    assert found.labels[0, k] == 1 and found.labels[2, k] == -1
    answers = {text.split(PAIR)[1] for text in found.texts[3 * n :]}
    assert answers == {"30", "18"}  # the right one, and the one behind it
    for text, label in zip(found.texts[3 * n :], found.labels[3, 3 * n :], strict=True):
        assert text.endswith("30") == bool(label)


def test_a_data_set_that_cannot_be_reached_is_said() -> None:
    with pytest.raises(OSError, match="the hub did not answer for 'stanfordnlp/sst2'"):
        material(("sst2", "mrpc", "math_qa", "commonsense_qa"), 100)
