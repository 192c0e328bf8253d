"""Tasks against their names, pairings, a user's own tasks, and the chance in the points."""

import re
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncviz import Experiment, tasks

POINTS = list(product((0, 1), repeat=4))
PAIRS = list(combinations(range(4), 2))


def meaning(name: str, point: tuple[int, ...]) -> int:
    """What a task's name says about one point, in plain Python."""
    s = {f"s{i}": bit for i, bit in enumerate(point, start=1)}
    if constant := re.fullmatch("always ([01])", name):
        return int(constant[1])
    if vote := re.fullmatch(r"MAJORITY\((.*)\)", name):
        bits = [s[bit] for bit in vote[1].split(", ")]
        return int(2 * sum(bits) > len(bits))
    (first, *bits), words = re.findall(r"s\d", name), set(re.findall(r"[A-Z]+", name))
    value = s[first]
    for bit in bits:
        (word,) = words
        value = {"AND": min(value, s[bit]), "OR": max(value, s[bit]), "XOR": int(value != s[bit])}[
            word
        ]
    return value


# Built in


def test_the_points_are_all_sixteen_with_the_last_bit_fastest() -> None:
    assert tasks.POINTS.tolist() == [list(point) for point in POINTS]


@pytest.mark.parametrize("name", sorted(tasks.TASKS))
def test_a_task_does_what_its_name_says(name: str) -> None:
    wanted = [meaning(name, point) for point in POINTS]
    task = tasks.TASKS[name]
    assert task.name == name
    assert list(task.labels) == wanted
    assert task(POINTS).tolist() == wanted
    assert [int(task(point)) for point in POINTS] == wanted
    assert task(np.reshape(POINTS, (2, 8, 4))).shape == (2, 8)


def test_copies_and_the_three_gates_of_every_pair_are_there() -> None:
    gates = {f"s{i + 1} {word} s{j + 1}" for i, j in PAIRS for word in ("AND", "OR", "XOR")}
    assert {"s1", "s2", "s3", "s4"} | gates <= set(tasks.TASKS)


@pytest.mark.parametrize("bits", [[0, 1, 0], [0, 1, 0, 2], [-1, 1, -1, 1], 1, [0.5, 0, 0, 0]])
def test_a_task_takes_four_bits_only(bits: Any) -> None:
    with pytest.raises(ValueError, match="bits must be 0 or 1"):
        tasks.TASKS["s1"](bits)


def test_the_named_pairings_are_there() -> None:
    wanted = "xornet copy-xor same-bits crossed-xors easy parity reversed majority ring all-xor"
    assert {*wanted.split(), "chain"} <= set(tasks.PAIRINGS)


@pytest.mark.parametrize("name", sorted(tasks.PAIRINGS))
def test_a_pairing_is_four_known_tasks_with_a_reason(name: str) -> None:
    pairing = tasks.PAIRINGS[name]
    assert pairing.name == name
    assert tasks.resolve(name) == tasks.resolve(pairing.tasks) == pairing.tasks
    assert len(pairing.tasks) == 4 and set(pairing.tasks) <= set(tasks.TASKS)
    assert len(pairing.reason.split()) > 5


def test_pairings_are_ordered_by_critical_size() -> None:
    sizes = [pairing.critical_size for pairing in tasks.PAIRINGS.values()]
    assert sizes == sorted(sizes) and sizes[0] >= 1


# A user's own


def test_a_registered_task_is_usable_by_name() -> None:
    name = "s1 AND NOT s2"
    task = tasks.register(name, lambda s: s[:, 0] & (1 - s[:, 1]))
    assert list(task.labels) == [int(s1 and not s2) for s1, s2, _, _ in POINTS]
    assert tasks.TASKS[name] is task
    assert Experiment(pairing=(name, "s1", "s2", "s3")).tasks[0] == name


def test_registering_the_same_task_again_is_harmless() -> None:
    first = tasks.register("mine", lambda s: s[:, 0])
    assert tasks.register("mine", lambda s: s[:, 0] == 1) == first
    assert tasks.TASKS["mine"] is first


@pytest.mark.parametrize("name", ["s1", "mine"])
def test_a_name_keeps_its_meaning(name: str) -> None:
    kept = tasks.TASKS.get(name) or tasks.register(name, lambda s: s[:, 0])
    with pytest.raises(ValueError, match=f"^name '{name}' already stands for another task"):
        tasks.register(name, lambda s: s[:, 1])
    assert tasks.TASKS[name] is kept


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(lambda s: s, id="all four bits"),
        pytest.param(lambda s: s[:15, 0], id="15 labels"),
        pytest.param(lambda s: 1, id="one label"),
        pytest.param(lambda s: 2 * s[:, 0], id="labels 0 and 2"),
        pytest.param(lambda s: s[:, 0] / 2, id="halves"),
        pytest.param(lambda s: s[:, 0] * float("nan"), id="NaN"),
        pytest.param(lambda s: None, id="nothing"),
    ],
)
def test_a_task_needs_sixteen_labels_of_0_or_1(function: Any) -> None:
    with pytest.raises(ValueError, match=r"^function of task 'mine' must return 16 labels"):
        tasks.register("mine", function)
    assert "mine" not in tasks.TASKS


@pytest.mark.parametrize("name", ["", "  ", None, 3])
def test_a_task_needs_a_name(name: Any) -> None:
    with pytest.raises(ValueError, match=r"^name must be a non-empty text"):
        tasks.register(name, lambda s: s[:, 0])


# Truth tables

tables = st.lists(st.integers(0, 1), min_size=16, max_size=16)


def written(labels: list[int]) -> str:
    return "table " + "".join(map(str, labels))


@given(tables)
def test_a_truth_table_is_its_own_definition(labels: list[int]) -> None:
    task = tasks.find(written(labels))
    assert task.name == written(labels)
    assert list(task.labels) == labels
    for point, label in zip(POINTS, labels, strict=True):
        assert task(point) == label
    assert written(labels) not in tasks.TASKS, "finding a table registers nothing"


@pytest.mark.parametrize("name", sorted(tasks.TASKS))
def test_a_known_task_is_found_by_its_name_and_by_its_labels(name: str) -> None:
    task = tasks.TASKS[name]
    assert tasks.find(name) is task
    assert tasks.named(task.labels) is task
    assert tasks.named(np.array(task.labels)) is task
    assert tasks.find(written(list(task.labels))).labels == task.labels


@given(tables)
def test_every_table_has_a_name_that_leads_back_to_it(labels: list[int]) -> None:
    task = tasks.named(labels)
    assert list(task.labels) == labels
    assert tasks.find(task.name) == task
    known = [known.name for known in tasks.TASKS.values() if list(known.labels) == labels]
    assert task.name in (known or [written(labels)])


def test_a_registered_task_is_known_by_its_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "TASKS", dict(tasks.BUILT_IN))
    labels = [int(s1 and not s4) for s1, _, _, s4 in POINTS]
    assert tasks.named(labels).name == written(labels)
    task = tasks.register("s1 AND NOT s4", lambda s: s[:, 0] & (1 - s[:, 3]))
    assert tasks.named(labels) is task


@pytest.mark.parametrize(
    "name",
    [
        "table",
        "tables",
        "table ",
        "table 0101",
        *(f"table {15 * '0'}{end}" for end in ("", "00", "2", "٠", "0\n", "0 ")),
        "table  0000000000000000",
        "table 0b00000000000000",
    ],
)
def test_a_bad_table_is_refused_with_what_a_table_is(name: str) -> None:
    with pytest.raises(ValueError, match=r"^task 'table.* must be 'table ' and 16 digits, each 0"):
        tasks.find(name)
    with pytest.raises(ValueError, match=r"^pairing: task 'table"):
        Experiment(pairing=("s1", "s2", name, "s4"))


@pytest.mark.parametrize("name", ["0" * 16, "Table " + "0" * 16, "", None, 3, ["s1"], ("s1",)])
def test_what_is_no_task_is_refused(name: Any) -> None:
    with pytest.raises(ValueError, match=r"^task .* is unknown"):
        tasks.find(name)


def test_a_net_learns_from_a_table_what_it_learns_from_the_task_of_that_name() -> None:
    by_name = Experiment(runs=2, steps=40, n_test=20)
    pairing = tuple(written(list(tasks.TASKS[name].labels)) for name in by_name.tasks)
    by_table = Experiment(runs=2, steps=40, n_test=20, pairing=pairing)
    assert by_table.tasks == pairing
    assert by_table.run().runs.equals(by_name.run().runs)


# Points

N = 20_000


@pytest.mark.parametrize("seed", range(3))
def test_bits_are_fair_and_independent(seed: int) -> None:
    bits, _ = tasks.sample_points(np.random.default_rng(seed), N, noise=0.2)
    assert bits.shape == (N, 4) and set(np.unique(bits)) == {0, 1}
    five_sigma = 5 * np.sqrt(N) / 2
    for i in range(4):
        assert abs(bits[:, i].sum() - N / 2) < five_sigma
    for i, j in PAIRS:
        assert abs((bits[:, i] ^ bits[:, j]).sum() - N / 2) < five_sigma


@pytest.mark.parametrize("noise", [0.2, 1.0])
def test_noise_is_gaussian_of_the_given_spread(noise: float) -> None:
    bits, seen = tasks.sample_points(np.random.default_rng(0), N, noise)
    z = (seen - (2.0 * bits - 1)) / noise
    n = z.size
    assert abs(z.mean()) < 5 / np.sqrt(n)
    assert abs(z.std() - 1) < 5 / np.sqrt(2 * n)
    assert abs((z**4).mean() - 3) < 5 * np.sqrt(96 / n)  # a uniform or two-valued noise fails here
    assert np.abs(np.corrcoef(z.T) - np.eye(4)).max() < 5 / np.sqrt(N)
    assert np.abs([np.corrcoef(z[:, i], bits[:, i])[0, 1] for i in range(4)]).max() < 5 / np.sqrt(N)


def test_without_noise_the_net_sees_exactly_plus_or_minus_1() -> None:
    bits, seen = tasks.sample_points(np.random.default_rng(0), 100, noise=0)
    assert seen.dtype == np.float32
    assert np.array_equal(seen, np.where(bits == 1, 1, -1))


@pytest.mark.parametrize(
    "labels", [[], [10] * 8, [0.5] * 16, [0] * 15, [0] * 17, ["0"] * 16, [2] * 16]
)
def test_labels_that_are_no_truth_table_have_no_name(labels: list[object]) -> None:
    with pytest.raises(ValueError, match=r"^labels must be 16 times 0 or 1"):
        tasks.named(labels)


def test_a_truth_table_stays_its_own_definition() -> None:
    name = "table 0000000000000001"
    with pytest.raises(ValueError, match=r"^name 'table 0.* must not begin with 'table '"):
        tasks.register(name, lambda bits: bits[:, 0])
    assert tasks.find(name).labels == (*[0] * 15, 1)
