"""Values that nobody should give: each public function works, or says what is wrong."""

import itertools
import os
import pickle
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ncviz
from doors import RECORDS, VALUES, Door, doors, entered, experiment, public, sweep
from ncviz import Experiment, Explorer, figures, tasks
from ncviz.basics import checks
from ncviz.bert.experiment import LoraExperiment
from ncviz.cli.main import main
from ncviz.cli.sweep import values_of
from ncviz.sweeps.grid import grid

DOORS = {door.name: door for door in doors()}
CASES = [(name, field, value) for name in DOORS for field in DOORS[name].good for value in VALUES]
CALLED = {"function", "run", "compare", "explain", "right", "why", "picture"}
"""Parameters that take a function: what it raises is its own."""

SECONDS = 20
"""Of the processor's time; the slowest case that works trains for three."""


@pytest.fixture(scope="module", autouse=True)
def a_folder_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Stores that a case makes are left there."""
    here = os.getcwd()
    os.chdir(tmp_path_factory.mktemp("hostile"))
    yield
    os.chdir(here)


def attack(door: Door, field: str, value: str) -> None:
    """Enter a door with one bad value: it works or refuses, soon and in a short sentence."""
    arguments = door.arguments() | {field: VALUES[value]()}
    began = time.process_time()
    case = f"{door.name}({field}={value})"
    try:
        entered(door.call, arguments)
    except (ValueError, FileNotFoundError) as error:
        said = str(error)
        assert not isinstance(error, UnicodeError), case
        assert 10 < len(said) <= 500 and " " in said, f"{case}: {said[:600]}"
        named = [*door.good, "task", "setting", "sweep can have", "runs that did"]
        named += ["not a field of", "No such file"]
        assert any(word in said for word in named), f"{case}: {said}"
    except TypeError:
        if field not in CALLED or not callable(arguments[field]):
            raise
    assert time.process_time() - began < SECONDS, case


@pytest.mark.parametrize("name", DOORS)
def test_good_arguments_are_let_in(name: str) -> None:
    entered(DOORS[name].call, DOORS[name].arguments())


def test_every_public_name_is_a_door_or_a_record() -> None:
    names = {name.rpartition(".")[2] for name, _ in public()}
    attacked = {name.rpartition(".")[2] for name in DOORS}
    assert names <= attacked | RECORDS
    assert len(CASES) > 10_000


@settings(max_examples=500, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(CASES))
def test_a_hostile_value_is_refused_with_a_sentence(case: tuple[str, str, str]) -> None:
    name, field, value = case
    attack(DOORS[name], field, value)


@pytest.mark.long("ncviz/basics/checks.py", "tests/doors.py", "tests/hostile.py")
@pytest.mark.parametrize("name", DOORS)
def test_every_hostile_value_is_refused_with_a_sentence(name: str) -> None:
    for field in DOORS[name].good:
        for value in VALUES:
            attack(DOORS[name], field, value)


# Costs are bounded before they are paid


def test_a_value_twice_in_a_long_grid_is_found_at_once() -> None:
    began = time.process_time()
    with pytest.raises(ValueError, match=r"a cell is there twice: Experiment\(seed=7\)"):
        grid(Experiment(), {"seed": [*range(8_000), 7]})
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "values", [range(10**9), range(10**30), itertools.count(), itertools.repeat(1)]
)
def test_no_more_values_are_read_than_a_sweep_may_have(values: Any) -> None:
    with pytest.raises(ValueError, match="seed must be 1 to 1000000 values"):
        ncviz.sweep(experiment(), seed=values)


def test_nor_are_they_on_the_command_line() -> None:
    with pytest.raises(ValueError, match="seed: '0:1000000000' are more than 1,000,000 values"):
        values_of("seed", "0:1000000000")


# A typo gets a suggestion


@pytest.mark.parametrize(
    ("ask", "error", "meant"),
    [
        (lambda: Experiment(hiden=3), TypeError, "hidden"),
        (lambda: Experiment.from_state({"hiden": 3}), ValueError, "hidden"),
        (lambda: ncviz.sweep(Experiment(), hiden=[1, 2]), ValueError, "hidden"),
        (lambda: ncviz.sweep(Experiment(), progres=False, hidden=1), ValueError, "progress"),
        (lambda: Explorer(hiden=3), TypeError, "hidden"),
        (lambda: Explorer(leson="?"), TypeError, "lesson"),
        (lambda: LoraExperiment(rnak=3), TypeError, "rank"),
        (lambda: figures.capacity(swep=sweep()), TypeError, "sweep"),
        (lambda: ncviz.regress(sweep().runs, "S ~ gap", witin="hidden"), TypeError, "within"),
        (lambda: tasks.find("s1 ADN s2"), ValueError, "s1 AND s2"),
    ],
)
def test_a_typo_gets_a_suggestion(
    ask: Callable[[], object], error: type[Exception], meant: str
) -> None:
    with pytest.raises(error, match=f"did you mean '{meant}'"):
        ask()


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("run --hiden 3", "--hidden"),
        ("sweep --lerning-rate=3", "--learning-rate"),
        ("bert --rnak 3", "--rank"),
        ("class x.csv --jsno", "--json"),
    ],
)
def test_a_typo_on_the_command_line_gets_a_suggestion(
    line: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(line.split())
    assert f"did you mean '{meant}'?" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "sweep"])
def test_the_help_names_the_choices(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    said = " ".join(capsys.readouterr().out.split())
    for words in ("sgd, momentum, adam", "minibatch, full, noise", "crossed-xors", "default: 0.5"):
        assert words in said


# What is said, and what is kept


@pytest.mark.parametrize("field", Experiment().__dict__)
def test_messages_are_short_whatever_was_given(field: str) -> None:
    for value in ("a" * 100_000, ["a" * 100_000] * 9, np.zeros(10**6), 10**6000):
        with pytest.raises(ValueError, match=field) as caught:
            Experiment(**{field: value})
        assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "words", ["", "run", "run --csv", "run --hidden", "sweep --store", "dashboard --pages", "class"]
)
def test_so_are_those_of_the_command_line(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        status = main([*words.split(), "a" * 100_000])
    except SystemExit as end:
        status = end.code
    assert status == 2
    said = capsys.readouterr().err.rpartition("ncviz")[2]  # behind the usage
    assert 10 < len(said) < 1200


def test_texts_and_numbers_of_numpy_become_those_of_python() -> None:
    word = np.str_
    e = Experiment(
        pairing=(word("s1"), word("s2"), word("s3"), word("s4")),
        optimizer=word("adam"),
        device=word("cpu"),
        hidden=np.int8(4),
        learning_rate=np.float64(0.25),
    )
    assert e.code() == (
        "Experiment(hidden=4, pairing=('s1', 's2', 's3', 's4'), learning_rate=0.25, "
        "optimizer='adam')"
    )
    assert Experiment(pairing=word("chain")).code() == "Experiment(pairing='chain')"
    with pytest.raises(ValueError, match=r"noise must be a number from 0 to 1e30, not np\.True_"):
        Experiment(noise=np.True_)


def test_an_experiment_is_still_copied_and_pickled() -> None:
    e = Experiment(hidden=5)
    assert deepcopy(e) == pickle.loads(pickle.dumps(e)) == e


def test_a_door_tells_a_mistake_of_ours_as_it_is() -> None:
    @checks.takes(runs=checks.between(1, 9))
    def wrong(runs: int) -> float:
        return runs / 0

    with pytest.raises(ZeroDivisionError):
        wrong(3)


# Pictures of what is strange


@pytest.fixture(scope="module")
def dollars() -> Any:
    names = ("$x^$", r"$\frac{$", "100% $a$ <b>&amp;", "a_b^c {}")
    for place, name in enumerate(names):
        tasks.register(name, lambda bits, place=place: bits[:, place])
    return Experiment(pairing=names, runs=3, steps=40, n_train=16, n_test=16).run()


@pytest.mark.parametrize(
    "name",
    [
        door.name
        for door in DOORS.values()
        if door.name.startswith("figures.") and "moment" in door.good
    ],
)
def test_a_dollar_in_the_name_of_a_task_is_a_dollar(name: str, dollars: Any) -> None:
    drawn = DOORS[name].call(dollars)
    figure = getattr(drawn, "figure", drawn)
    assert figures.png(figure, dpi=30).startswith(b"\x89PNG")
    assert figures.svg(figure).endswith(b"</svg>\n")


@pytest.mark.parametrize("lost", [1, 3])
def test_oscillations_of_infinite_losses_are_left_out(lost: int) -> None:
    result = Experiment(runs=3, steps=60, n_train=16, n_test=16).run()
    result.recording.losses[-5:, :lost] = np.inf
    texts = [text.get_text() for text in figures.oscillations(result).texts]
    assert ("No run has finite losses" in " ".join(texts)) == (lost == 3)
