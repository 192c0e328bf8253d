"""10,000 malformed inputs: whatever is read either is good or is refused with a clear error."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ncviz import Experiment, NCnet, sweep
from ncviz.bert.experiment import LoraExperiment
from ncviz.classroom import pool
from ncviz.sweeps.identity import FORMAT
from ncviz.widgets.explorer import saved
from ncviz.widgets.explorer.saved import read_query
from stores import sweep_in

PIECES = (
    *("__import__('os').system('touch ncviz-was-run')", "{}", "[[[[", "null", "NaN", "-1"),
    *(
        "1e999",
        "'",
        '"',
        "<script>alert(1)</script>",
        "%00",
        "\x00",
        "\ufffd",
        "=1+1",
        ";",
        "&",
        "#",
    ),
    *(
        "9" * 400,
        "true",
        "hidden",
        "lambda: 0",
        "\u0661",
        "../../etc/passwd",
        ",",
        "\r\n",
        "%",
        "+",
    ),
)
Read = Callable[[bytes], object]


def spoiled(good: bytes, random: np.random.Generator) -> bytes:
    """A good input with one to four spots cut, doubled, moved or overwritten."""
    text = bytearray(good)
    for _ in range(random.integers(1, 5)):
        at, length = int(random.integers(len(text) + 1)), int(random.integers(1, 12))
        piece = PIECES[random.integers(len(PIECES))].encode()
        change = random.integers(5)
        if change == 0:
            del text[at : at + length]
        elif change == 1:
            text[at:at] = piece
        elif change == 2:
            text[at : at + length] = piece
        elif change == 3:
            text[at:at] = text[at : at + length]
        else:
            text[at : at + length] = random.bytes(length)
    return bytes(text)


def as_text(read: Callable[[str], object]) -> Read:
    return lambda data: read(data.decode("utf-8", "replace"))


EXPERIMENT = Experiment(
    hidden=4, pairing=("s1", "s1 XOR s2", "s3", "s3 XOR s4"), learning_rate=0.25, runs=7, noise=0.1
)
LORA = LoraExperiment(rank=2, tasks="mixed", learning_rate=0.01)
TEXTS: dict[str, tuple[str, Callable[[str], object], int]] = {
    "json": (EXPERIMENT.to_json(), Experiment.from_json, 2500),
    "query": (EXPERIMENT.to_query(), Experiment.from_query, 2000),
    "pasted": (f"?{EXPERIMENT.to_query()}", saved.read, 1500),
    "page": ("?hidden=4&hide=seed,runs&lock=pairing&lesson=Find+the+peak", read_query, 1500),
    "lora json": (LORA.to_json(), LoraExperiment.from_json, 800),
    "lora query": (LORA.to_query(), LoraExperiment.from_query, 700),
}


def refusals(good: bytes, read: Read, count: int) -> Iterator[Exception]:
    """The errors of so many malformed inputs; those that are still good give none."""
    random = np.random.default_rng(count)
    for _ in range(count):
        data = spoiled(good, random)
        try:
            read(data)
        except ValueError as error:
            yield error
        except Exception as error:
            raise AssertionError(f"{type(error).__name__} for {data!r}") from error


def check(errors: list[Exception], at_least: int) -> None:
    assert len(errors) >= at_least
    for error in errors:
        assert not isinstance(error, UnicodeError), error
        # A sentence, not a single word, and not the whole input back again.
        assert 10 < len(str(error)) < 2000 and " " in str(error), repr(error)


@pytest.mark.parametrize("name", TEXTS)
def test_a_malformed_text_is_refused_with_a_sentence(name: str) -> None:
    good, read, count = TEXTS[name]
    read(good)
    check(list(refusals(good.encode(), as_text(read), count)), count // 4)


def test_a_malformed_csv_is_left_out_with_a_sentence(tmp_path: Path) -> None:
    result = Experiment(hidden=3, runs=3, steps=50).run()
    frame = result.runs.drop(columns="seed").merge(result.halves, on="run")
    for name, value in reversed(Experiment(hidden=3, runs=3, steps=50).__dict__.items()):
        frame.insert(0, name, value)
    good = frame.to_csv(index=False).encode()
    path = tmp_path / "pupil.csv"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        pooled = pool([path])
        if pooled.problems:
            raise ValueError("; ".join(map(str, pooled.problems))[:1900])

    read(good)
    check(list(refusals(good, read, 500)), 200)


def test_a_malformed_plan_of_a_store_is_refused(tmp_path: Path) -> None:
    sweep(Experiment(runs=2, steps=10), hidden=[1], store=tmp_path / "store", progress=False)
    plan = tmp_path / "store" / "sweep.json"
    good = plan.read_bytes()
    assert json.loads(good)["format"] == FORMAT

    def read(data: bytes) -> None:
        plan.write_bytes(data)
        sweep_in(tmp_path / "store")

    read(good)
    check(list(refusals(good, read, 300)), 100)


def test_a_malformed_cell_of_a_store_is_refused(tmp_path: Path) -> None:
    sweep(Experiment(runs=2, steps=10), hidden=[1], store=tmp_path / "store", progress=False)
    (cell,) = (tmp_path / "store").glob("*.parquet")
    good = cell.read_bytes()

    def read(data: bytes) -> None:
        cell.write_bytes(data)
        sweep_in(tmp_path / "store")

    read(good)
    check(list(refusals(good, read, 100)), 50)


def test_a_malformed_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    Experiment(runs=1, steps=5).run().net(0, "22").save(path)
    good = path.read_bytes()

    def read(data: bytes) -> Any:
        path.write_bytes(data)
        return NCnet.load(path)

    read(good)
    check(list(refusals(good, read, 100)), 30)


def test_nothing_of_it_was_run_and_it_was_ten_thousand() -> None:
    assert not Path("ncviz-was-run").exists()
    assert sum(count for *_, count in TEXTS.values()) + 500 + 300 + 100 + 100 >= 10_000
