"""`Experiment`: defaults, checks of every field, and the ways to write one down."""

import json
import subprocess
import sys
from dataclasses import FrozenInstanceError, asdict, fields
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ncviz import Experiment, tasks

DEFAULTS = {
    "hidden": 3,
    "pairing": "xornet",
    "learning_rate": 0.5,
    "steps": 2000,
    "batch_size": 8,
    "runs": 50,
    "seed": 0,
    "noise": 0.2,
    "n_train": 64,
    "n_test": 512,
    "optimizer": "sgd",
    "activation": "tanh",
    "trunk": "shared",
    "outcome": "correct",
    "threshold": 0.95,
    "shared_gradient": "sum",
    "sampling": "minibatch",
    "shuffled": "none",
    "redrawn": "none",
    "device": "cpu",
}
"""What protocol.md calls the default experiment, in the order of design.md."""

WHOLE = ("hidden", "steps", "batch_size", "runs", "n_train", "n_test")
NUMBERS = ("learning_rate", "noise", "threshold")
CHOICES = (
    "optimizer",
    "activation",
    "trunk",
    "outcome",
    "shared_gradient",
    "sampling",
    "shuffled",
    "redrawn",
    "device",
)

numbers = st.integers(1, 10**6)
rates = st.floats(0, 1e30, exclude_min=True)
tables = st.text("01", min_size=16, max_size=16).map("table {}".format)


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    n_train = draw(numbers)
    trunk = draw(st.sampled_from(["shared", "separate"]))
    meet = ["sum", "without alice", "without bob", "pcgrad", "mgda"]
    return Experiment(
        hidden=draw(st.integers(1, 10**4)),
        pairing=draw(
            st.sampled_from(sorted(tasks.PAIRINGS))
            | st.tuples(*[st.sampled_from(sorted(tasks.TASKS)) | tables] * 4)
        ),
        learning_rate=draw(rates),
        steps=draw(numbers),
        batch_size=draw(st.integers(1, n_train)),
        runs=draw(numbers),
        seed=draw(st.integers(0, 2**64 - 1)),
        noise=draw(st.just(0.0) | rates),
        n_train=n_train,
        n_test=draw(numbers),
        optimizer=draw(st.sampled_from(["sgd", "momentum", "adam"])),
        activation=draw(st.sampled_from(["tanh", "relu", "sigmoid"])),
        trunk=trunk,
        outcome=draw(st.sampled_from(["correct", "success", "oscillation"])),
        threshold=draw(st.floats(0, 1)),
        shared_gradient=draw(st.sampled_from(meet)) if trunk == "shared" else "sum",
        sampling=draw(st.sampled_from(["minibatch", "full", "noise"])),
        shuffled=draw(st.sampled_from(["none", "A1", "A2", "B1", "B2"])),
        redrawn=draw(st.sampled_from(["none", "alice", "bob"])),
        device=draw(st.sampled_from(["cpu", "cuda", "cuda:1"])),
    )


def test_defaults_are_those_of_the_protocol() -> None:
    assert asdict(Experiment()) == DEFAULTS
    assert [field.name for field in fields(Experiment)] == list(DEFAULTS)
    assert Experiment().tasks == ("s1 AND s2", "s1 XOR s2", "s3 AND s4", "s3 XOR s4")


# Bad values


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize(
    "value", [0, -1, 1.5, 2.0, float("nan"), float("inf"), True, "3", None, [3]], ids=repr
)
def test_a_count_must_be_a_whole_number_of_at_least_1(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"^{name} must be a whole number from 1 to 10+, not "):
        Experiment(**{name: value})


@pytest.mark.parametrize(
    "value", [-1, 2**64, 0.0, float("nan"), float("inf"), False, "0", None], ids=repr
)
def test_a_seed_must_have_64_bits(value: Any) -> None:
    with pytest.raises(
        ValueError, match=r"^seed must be a whole number from 0 to 1844674407370955"
    ):
        Experiment(seed=value)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize(
    "value",
    [-1, float("nan"), float("inf"), -float("inf"), 10**400, True, "0.5", None, 1j, [1, 2]],
    ids=lambda value: repr(value)[:8],
)
def test_a_number_must_be_finite_and_in_its_range(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"^{name} must be a (finite )?number "):
        Experiment(**{name: value})


@pytest.mark.parametrize(("name", "value"), [("learning_rate", 0), ("threshold", 1.001)])
def test_a_number_just_outside_its_range_is_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=rf"^{name} must be .*, not {value}$"):
        Experiment(**{name: value})


@pytest.mark.parametrize("name", CHOICES)
@pytest.mark.parametrize("value", ["", "adamw", "Shared", "cpu ", "cuda:", 1, True, None, ["sgd"]])
def test_a_choice_must_be_one_of_its_words(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=rf"^{name} must be '.*, not "):
        Experiment(**{name: value})


@pytest.mark.parametrize("value", ["without alice", "without bob", "pcgrad", "mgda"])
def test_gradients_meet_only_where_something_is_shared(value: str) -> None:
    with pytest.raises(ValueError, match=rf"^shared_gradient '{value}' needs trunk='shared'"):
        Experiment(shared_gradient=value, trunk="separate")


def test_a_batch_is_at_most_the_training_set() -> None:
    assert Experiment(batch_size=64).batch_size == 64
    with pytest.raises(ValueError, match=r"^batch_size must be at most n_train = 64, not 65$"):
        Experiment(batch_size=65)


@pytest.mark.parametrize(
    ("value", "suggested"),
    [
        ("xornett", "xornet"),
        ("copyxor", "copy-xor"),
        (("s1 AND s2", "s1 XR s2", "s3", "s4"), "s1 XOR s2"),
    ],
)
def test_an_unknown_name_gets_the_closest_known_one(value: Any, suggested: str) -> None:
    with pytest.raises(ValueError, match=rf"^pairing.*unknown.*did you mean '{suggested}'\?$"):
        Experiment(pairing=value)


@pytest.mark.parametrize(
    "value", [None, 3, True, "", (), ("s1",) * 3, ("s1",) * 5, ("s1", "s2", "s3", 4), {"s1"}]
)
def test_a_pairing_must_be_a_name_or_four_tasks(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^pairing(:| must be| '')"):
        Experiment(pairing=value)


# Good values


def test_numbers_of_numpy_become_plain_ones() -> None:
    e = Experiment(hidden=np.int64(4), seed=np.uint64(2**64 - 1), noise=np.float32(0.5), n_test=7)
    assert [type(x) for x in (e.hidden, e.seed, e.noise)] == [int, int, float]
    assert e == Experiment(hidden=4, seed=2**64 - 1, noise=0.5, n_test=7)


def test_tasks_may_come_as_a_list() -> None:
    four = ["s1", "s2", "s3", "s4"]
    assert Experiment(pairing=four).tasks == Experiment(pairing=four).pairing == tuple(four)


def test_frozen_and_hashable() -> None:
    e = Experiment(hidden=4, pairing=["s1", "s2", "s3", "s4"])
    with pytest.raises(FrozenInstanceError):
        e.hidden = 5
    assert {e, Experiment(hidden=4, pairing=("s1", "s2", "s3", "s4"))} == {e}
    assert e != Experiment(hidden=5, pairing=e.pairing)


# Written down and read back


@given(experiments())
def test_json_gives_the_experiment_back(e: Experiment) -> None:
    assert list(json.loads(e.to_json())) == list(DEFAULTS)
    assert Experiment.from_json(e.to_json()) == e


@given(experiments())
def test_a_query_gives_the_experiment_back(e: Experiment) -> None:
    assert Experiment.from_query(e.to_query()) == e
    assert Experiment.from_query("?" + e.to_query()) == e


@given(experiments())
def test_code_is_an_expression_for_the_experiment(e: Experiment) -> None:
    assert eval(e.code(), {"Experiment": Experiment}) == e


def test_an_experiment_with_tables_is_understood_where_nothing_was_registered() -> None:
    e = Experiment(
        pairing=("table 0110100110010110", "s1 XOR s2", "table 0000000000000001", "s3"),
        optimizer="adam",
        activation="relu",
        outcome="success",
        threshold=0.9,
    )
    script = (
        "import sys; from ncviz import Experiment; code, text, query = sys.argv[1:];"
        "e = eval(code); assert e == Experiment.from_json(text) == Experiment.from_query(query);"
        "print(e.to_json())"
    )
    words = [sys.executable, "-c", script, e.code(), e.to_json(), e.to_query()]
    read = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert Experiment.from_json(read) == e
    assert Experiment.from_json(read).tasks == e.tasks


def test_every_choice_of_the_protocol_is_taken() -> None:
    for name, values in {
        "optimizer": ("sgd", "momentum", "adam"),
        "activation": ("tanh", "relu", "sigmoid"),
        "trunk": ("shared", "separate"),
        "outcome": ("correct", "success", "oscillation"),
        "shared_gradient": ("sum", "without alice", "without bob", "pcgrad", "mgda"),
        "sampling": ("minibatch", "full", "noise"),
        "shuffled": ("none", "A1", "A2", "B1", "B2"),
        "redrawn": ("none", "alice", "bob"),
    }.items():
        for value in values:
            assert getattr(Experiment(**{name: value}), name) == value


def test_defaults_are_left_out() -> None:
    assert Experiment().to_query() == ""
    assert Experiment().code() == "Experiment()"
    assert Experiment.from_json("{}") == Experiment.from_query("") == Experiment()
    assert Experiment(hidden=4).to_query() == "hidden=4"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"hiden": 4}', "'hiden' is not a field of an experiment; did you mean 'hidden'"),
        ('{"zzz": 4}', "'zzz' is not a field of an experiment; known: hidden, "),
        ('{"hidden": 0}', "^hidden must"),
        ('{"hidden": "4"}', "^hidden must"),
        ('{"learning_rate": NaN}', "^learning_rate must"),
        ('{"pairing": ["s1"]}', "^pairing must"),
        ("[3]", "must be an object"),
        ("null", "must be an object"),
        ("", "not an experiment in JSON"),
        ("hidden=4", "not an experiment in JSON"),
        ("{" * 5, "not an experiment in JSON"),
        ("[" * 100_000, "not an experiment in JSON"),
        ('{"hidden": 3, "hidden": 4}', "'hidden' is given twice"),
        ('{"pairing": {"a": 1, "a": 2}}', "'a' is given twice"),
        ('{"learning_rate": NaN}', "^learning_rate must"),
        ('{"learning_rate": Infinity}', "^learning_rate must"),
    ],
    ids=lambda text: text[:20],
)
def test_bad_json_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Experiment.from_json(text)


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("hiden=4", "'hiden' is not a field"),
        ("hidden=0", "^hidden must"),
        ("hidden=", "^hidden must"),
        ("hidden=4.5", "^hidden must"),
        ("hidden=4&hidden=5", "^hidden is given twice"),
        ("hidden=1_0", "^hidden must .*, not '1_0'"),
        ("hidden=%D9%A3", "^hidden must"),
        ("hidden=+3", "^hidden must"),
        ("learning_rate=0_1.5", "^learning_rate must"),
        ("learning_rate=nan", "^learning_rate must"),
        ("learning_rate=fast", "^learning_rate must"),
        ("seed=18446744073709551616", "^seed must"),
        ("pairing=s1&pairing=s2", "^pairing must"),
        ("trunk=none", "^trunk must"),
        ("optimizer=adamw", "^optimizer must"),
        ("pairing=table+0&pairing=s1&pairing=s2&pairing=s3", "^pairing: task 'table 0' must be"),
    ],
)
def test_a_bad_query_is_refused(query: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Experiment.from_query(query)


anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
states = st.dictionaries(
    st.sampled_from(sorted(DEFAULTS)), anything | st.lists(anything), min_size=1, max_size=2
)


@given(states)
def test_garbage_in_a_known_field_is_refused_with_its_name(state: dict[str, Any]) -> None:
    for read, text in (
        (Experiment.from_json, json.dumps(state)),
        (Experiment.from_query, urlencode(state)),
    ):
        try:
            e = read(text)
        except ValueError as error:
            assert any(name in str(error) for name in state)
        else:
            assert e == Experiment.from_json(e.to_json())


@given(st.text())
def test_garbage_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an experiment in JSON"):
        Experiment.from_json(text + "?")  # no JSON ends in this


@pytest.mark.parametrize("field", ["hidden", "steps", "runs", "n_test", "seed"])
@pytest.mark.parametrize("value", [10**30, 10**5000], ids=["30", "5000 digits"])
def test_a_slip_of_the_finger_is_refused_at_once(field: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"^{field} must be a whole number from"):
        Experiment(**{field: value})


def test_other_types_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"^trunk must be"):
        Experiment(trunk=np.array(["shared", "separate"]))
    with pytest.raises(ValueError, match=r"^learning_rate must be"):
        Experiment(learning_rate=b"0.5")
    with pytest.raises(ValueError, match=r"^a query must be a text"):
        Experiment.from_query(5)
    with pytest.raises(ValueError, match=r"^not an experiment in JSON"):
        Experiment.from_json(b"\xff")
