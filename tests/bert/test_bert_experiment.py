"""`LoraExperiment`: one shareable state, and every slip told at once."""

from dataclasses import fields
from typing import Any

import pytest

pytest.importorskip("peft", reason="needs ncviz[bert]")

from ncviz.bert import LoraExperiment
from ncviz.bert.experiment import FIELDS
from ncviz.bert.material.tasks import SETS

CHANGED = LoraExperiment(
    "random:tiny", tasks="mixed", rank=0, layers="all", learning_rate=0.01, heads="trained"
)


@pytest.mark.parametrize("e", [LoraExperiment(), CHANGED, LoraExperiment(layers=2, seed=2**64 - 1)])
def test_every_saved_form_gives_the_experiment_back(e: LoraExperiment) -> None:
    assert LoraExperiment.from_json(e.to_json()) == e
    assert LoraExperiment.from_query(f"?{e.to_query()}") == e
    assert eval(e.code()) == e


def test_a_named_set_is_its_four_tasks() -> None:
    assert CHANGED.tasks == SETS["mixed"]
    assert "tasks='mixed'" in CHANGED.code()
    own = LoraExperiment(tasks=("sst2", "mrpc", "paws-x:en", "my.csv:good"))
    assert LoraExperiment.from_query(own.to_query()) == own


def test_every_field_is_said_once_and_its_default_is_allowed() -> None:
    defaults = {field.name: field.default for field in fields(LoraExperiment)}
    assert FIELDS.keys() == defaults.keys()
    for name, field in FIELDS.items():
        assert field.name == name and field.check(name, defaults[name]) == defaults[name]
        for value in field.values:
            assert field.check(name, value) == value and field.option(value)["hint"]


def test_a_value_in_words_has_its_unit_unless_it_has_a_word_of_its_own() -> None:
    bottleneck = FIELDS["bottleneck"]
    assert [bottleneck.said(n) for n in (0, 1, 2)] == ["none", "1 unit", "2 units"]
    assert "unit" not in bottleneck.option(0) and bottleneck.option(2)["unit"] == "units"
    assert FIELDS["learning_rate"].said(0.003) == "0.003"
    assert FIELDS["tasks"].said(("sst2", "mrpc", "a.csv:b", "math_qa")) == "own"
    assert FIELDS["tasks"].offered(SETS["paper-mixed"])[-1] == SETS["paper-mixed"]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("backbone", "", "backbone must be a name"),
        ("tasks", "mulitlingual", "tasks must be one of multilingual, mixed"),
        ("tasks", ("sst2", "mrpc", "sst2"), "tasks must be four names"),
        ("tasks", ("sst2", "mrpc", "sst2", "imdb"), "'imdb' is no task; there are chatterbot:"),
        ("tasks", ("sst2", "sst2", "mrpc", "math_qa"), "Alice's two tasks must differ"),
        ("rank", 1.5, "rank must be a whole number from 0"),
        ("runs", 0, "runs must be a whole number from 1"),
        ("learning_rate", 0, "learning_rate must be a number above 0"),
        ("learning_rate", "fast", "learning_rate must be a number above 0"),
        ("batch_size", 513, "batch_size must be at most n_train = 512, not 513"),
        ("layers", "some", "layers must be 'all' or a whole number of at least 1, not 'some'"),
        ("heads", "bald", "heads must be 'frozen' or 'trained', not 'bald'"),
        ("trunk", "one", "trunk must be 'shared' or 'separate', not 'one'"),
        ("measured_on", "training", "measured_on must be 'held-out' or 'validation'"),
        ("fallback", None, "fallback must be a name or empty"),
        ("device", "gpu", "device must be 'cpu', 'cuda'"),
    ],
)
def test_a_bad_value_is_refused_at_once(field: str, value: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        LoraExperiment(**{field: value})


@pytest.mark.parametrize("text", ["[]", "{", '{"rnak": 2}', '{"rank": -1}'])
def test_bad_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        LoraExperiment.from_json(text)


def test_a_misspelt_field_is_named_with_what_was_meant() -> None:
    with pytest.raises(ValueError, match=r"'rnak' is not a field .* did you mean 'rank'"):
        LoraExperiment.from_query("rnak=2")
    with pytest.raises(ValueError, match="rank is given twice"):
        LoraExperiment.from_query("rank=2&rank=3")
