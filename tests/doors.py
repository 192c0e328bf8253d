"""Every public function and class with good arguments, and values that nobody should give them."""

import importlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from itertools import count, islice
from math import inf, nan
from pathlib import Path
from tempfile import mkdtemp
from types import GeneratorType
from typing import Any

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure

import ncviz
from ncviz import Experiment, bell, figures, inference, mechanism, regression, tasks
from ncviz.bell import Behavior

ROOMS = ("bell", "figures", "inference", "mechanism", "regression", "tasks", "ncviz")
TASKS = ("Task", "find", "named", "register", "resolve")
"""Of `ncviz.tasks`, which has no `__all__`."""

RECORDS = {
    *("Box", "Published", "Estimate", "NoSignalling", "NullBand", "Style", "Guide", "Regression"),
    *("Competition", "Wishes", "LossTraces", "OscillationIndex", "Sensing", "Sweep", "Task"),
    "Intervention",
}
"""Classes that hold what our functions give: nobody else makes them, and they only keep it."""


class Mute:
    """An object that cannot even be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("this object cannot be shown")


ENORMOUS = "a" * 1_000_000
RECURSIVE: list[Any] = []
RECURSIVE.append(RECURSIVE)
VALUES: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "NaN": lambda: nan,
    "infinity": lambda: inf,
    "minus infinity": lambda: -inf,
    "-1": lambda: -1,
    "0": lambda: 0,
    "1": lambda: 1,
    "0.5": lambda: 0.5,
    "True": lambda: True,
    "a huge number": lambda: 10**30,
    "a number of 6,000 digits": lambda: 10**6000,
    "1e308": lambda: 1e308,
    "5e-324": lambda: 5e-324,
    "a complex number": lambda: 1 + 2j,
    "a decimal": lambda: Decimal("0.5"),
    "an empty text": lambda: "",
    "a text": lambda: "abc",
    "a number as text": lambda: "3",
    "a formula of TeX": lambda: "$x^$",
    "broken TeX": lambda: r"$\frac{$",
    "a text with zero bytes": lambda: "a\x00b\x1b[2J",
    "half of a letter": lambda: "\ud800",
    "an enormous text": lambda: ENORMOUS,
    "a text of NumPy": lambda: np.str_("abc"),
    "bytes": lambda: b"abc",
    "an empty list": lambda: [],
    "a list": lambda: [1, 2],
    "a list of lists": lambda: [[1, 2], [3, 4]],
    "a ragged list": lambda: [[1, 2], [3]],
    "a list of texts": lambda: ["a", "b"],
    "a list of NaN": lambda: [nan, nan],
    "a list that holds itself": lambda: RECURSIVE,
    "a list of enormous texts": lambda: [ENORMOUS] * 3,
    "a list of huge numbers": lambda: [10**400, 1],
    "a tuple": lambda: (1, 2, 3, 4),
    "a dictionary": lambda: {"a": 1},
    "an unknown field": lambda: {"hiden": 3},
    "a set": lambda: {1, 2},
    "an endless iterator": lambda: count(),
    "a range of 10⁹": lambda: range(10**9),
    "a range of 10³⁰": lambda: range(10**30),
    "a float32": lambda: np.float32(0.5),
    "an int8": lambda: np.int8(3),
    "a bool of NumPy": lambda: np.True_,
    "NaN of NumPy": lambda: np.float64(nan),
    "a date": lambda: np.datetime64("2026-01-01"),
    "an array of no dimension": lambda: np.array(3),
    "an empty array": lambda: np.array([]),
    "an array": lambda: np.ones((4, 4)),
    "an array of infinities": lambda: np.full((4, 4), inf),
    "an array of 5 dimensions": lambda: np.zeros((1, 2, 2, 2, 2)),
    "an array of objects": lambda: np.array([object(), None], dtype=object),
    "an array of mixed objects": lambda: np.array([1, "a", None], dtype=object),
    "an array of texts": lambda: np.array(["a", "b"]),
    "an array that stands for 10¹² numbers": lambda: np.broadcast_to(0.0, (10**6, 10**6)),
    "a masked array": lambda: np.ma.masked_array([1.0, 2.0], [True, False]),
    "NA": lambda: pd.NA,
    "NaT": lambda: pd.NaT,
    "a series": lambda: pd.Series([1.0, nan]),
    "an empty frame": lambda: pd.DataFrame(),
    "a frame": lambda: pd.DataFrame({"S": [1.0, 2.0], "run": [0, 1]}),
    "a frame with a column twice": lambda: pd.DataFrame([[1.0, 2.0]], columns=["S", "S"]),
    "a nullable array": lambda: pd.array([1, None]),
    "a tensor": lambda: torch.ones(2, requires_grad=True),
    "a class": lambda: int,
    "a function": lambda: len,
    "an object": object,
    "an object that cannot be shown": Mute,
    "an experiment": lambda: experiment(),
    "a result": lambda: result(),
    "a sweep": lambda: sweep(),
    "axes": lambda: Figure().add_axes((0, 0, 1, 1)),
}


@cache
def experiment() -> Experiment:
    return Experiment(hidden=2, runs=4, steps=40, n_test=16, n_train=16)


@cache
def result() -> Any:
    return experiment().run()


@cache
def traces() -> Any:
    return mechanism.loss_traces(Experiment(runs=10, steps=160, n_train=8, n_test=8))


@cache
def sweep() -> Any:
    return ncviz.sweep(
        Experiment(runs=6, steps=60, n_train=16, n_test=32),
        hidden=[1, 2, 3],
        learning_rate=[0.1, 0.5],
        progress=False,
    )


@cache
def found() -> Any:
    return ncviz.regress(sweep().runs, "S ~ test_error", within="hidden")


@cache
def changed() -> Any:
    return mechanism.interventions(experiment(), [1, 2], ["PCGrad"], progress=False)


@cache
def told() -> Any:
    tiny = Experiment(runs=10, steps=136, n_train=8, n_test=8)
    return mechanism.sensing_by_size(tiny, [1, 2], progress=False)


@cache
def redrawn() -> Any:
    return mechanism.placebo(experiment())


@cache
def delft() -> Any:
    return inference.Counts(bell.PUBLISHED["delft 2015"].counts)


def settings() -> Any:
    rng = np.random.default_rng(0)
    x, y = rng.integers(2, size=(2, 40))
    a, b = rng.choice([-1, 1], size=(2, 40))
    return {"x": x, "y": y, "a": a, "b": b}


@dataclass(frozen=True)
class Door:
    """A public function, and the arguments with which it works."""

    name: str
    call: Callable[..., Any]
    good: dict[str, Callable[[], Any]] = field(default_factory=dict)

    def arguments(self) -> dict[str, Any]:
        return {name: make() for name, make in self.good.items()}


GOOD: dict[str, Callable[[], Any]] = {
    "ax": lambda: None,
    "style": lambda: figures.LIGHT,
    "moment": result,
    "sweep": sweep,
    "where": lambda: {"learning_rate": 0.5},
    "found": found,
    "experiment": experiment,
    "traces": traces,
    "figure": Figure,
    "seed": lambda: 0,
    "progress": lambda: False,
    "design": delft,
    "values": lambda: result().per_run.S[None],
    "net": lambda: result().net(0, "22"),
    "question": lambda: "?",
    "hidden": lambda: [1, 2],
    "error": lambda: 0.05,
    "frame": lambda: sweep().runs,
}
"""What a parameter of this name takes, unless its function is named below."""

OWN: dict[str, dict[str, Callable[[], Any]]] = {
    "figures.capacity": {"where": lambda: {"learning_rate": 0.5}},
    "figures.competition": {"run": lambda: 0},
    "figures.counterfactual": {"run": lambda: 0},
    "figures.guide": {"guides": lambda: regression.guide(sweep())},
    "figures.interventions": {"runs": changed},
    "figures.oscillation_index": {
        "index": lambda: mechanism.oscillation_index(traces(), 19),
        "control": lambda: None,
    },
    "figures.placebo": {"table": redrawn},
    "figures.png": {"dpi": lambda: 50},
    "figures.regimes": {"by": lambda: "S", "here": experiment},
    "figures.sensing": {"table": told},
    "bell.Behavior": {"p": lambda: bell.pr_box().p},
    "bell.local_box": {"noise": lambda: 0.1},
    "bell.singlet": {"alice": lambda: (0, 1), "bob": lambda: (2, 3)},
    "inference.Counts": {"counts": lambda: delft().table, "settings": lambda: "random"},
    "inference.PairedRuns": {
        "correlators": lambda: result().per_run.correlators,
        "marginals": lambda: result().per_run.marginals,
        "outcome": lambda: "correct",
        "trunk": lambda: "shared",
    },
    "inference.RandomSettings": {name: lambda name=name: settings()[name] for name in "xyab"},
    "inference.any_time_p": {"S": lambda: [2.5, 3]},
    "inference.any_time_p_of_trials": {"design": lambda: inference.RandomSettings(**settings())},
    "inference.bootstrap_t": {"values": lambda: [1.0, 2, 3], "resamples": lambda: 99},
    "inference.estimates": {"low": lambda: -4, "high": lambda: 4, "bounded": lambda: None},
    "inference.estimates_of_s": {"S": lambda: [[2.5, 3]], "trunk": lambda: "shared"},
    "inference.intervals_of_s": {"S": lambda: [[2.5, 3]], "trunk": lambda: "shared"},
    "inference.largest_s": {"trunk": lambda: "shared"},
    "inference.p_of_means": {
        **{"at": lambda: 2, "low": lambda: -4, "high": lambda: 4, "bounded": lambda: None}
    },
    "inference.p_of_s": {"S": lambda: [2.5, 3]},
    "inference.prediction_ratio_p": {"design": delft},
    "inference.s_given_no_signalling": {"design": delft},
    "inference.format_number": {"value": lambda: 2.5, "spec": lambda: ".2f"},
    "inference.holm": {"p": lambda: [0.1, 0.2]},
    "inference.mean_intervals": {"low": lambda: -4, "high": lambda: 4, "bounded": lambda: None},
    "inference.p_above": {"method": lambda: None},
    "inference.power": {
        "S": lambda: 2.1,
        "spread": lambda: 0.3,
        "runs": lambda: 50,
        "level": lambda: 0.05,
    },
    "inference.runs_needed": {
        "S": lambda: 2.1,
        "spread": lambda: 0.3,
        "chance": lambda: 0.9,
        "level": lambda: 0.05,
    },
    "inference.s_interval": {"method": lambda: None},
    "inference.standard_error": {"counts": delft},
    "mechanism.SlowMotion": {"run": lambda: 0, "setting": lambda: "22"},
    "mechanism.Watch": {"recording": lambda: result().recording, "runs": lambda: 2},
    "mechanism.at_each_size": {"runs": changed},
    "mechanism.competition": {"runs": lambda: 2},
    "mechanism.interventions": {"names": lambda: ["PCGrad"]},
    "mechanism.train_interventions": {"names": lambda: ["PCGrad"]},
    "mechanism.oscillation_index": {"surrogates": lambda: 19},
    "mechanism.sensing": {"permutations": lambda: 19},
    "mechanism.sensing_by_size": {
        "experiment": lambda: Experiment(runs=10, steps=136, n_train=8, n_test=8)
    },
    "mechanism.what_removes_the_bump": {"runs": changed},
    "regression.regress": {
        "formula": lambda: "S ~ test_error",
        "within": lambda: "hidden",
        "cov": lambda: "HC3",
        "kind": lambda: "ols",
    },
    "ncviz.NCnet": {
        "hidden_weight": lambda: torch.zeros(1, 2, 4),
        "hidden_bias": lambda: torch.zeros(1, 2),
        "head_weight": lambda: torch.zeros(2, 2),
        "head_bias": lambda: torch.zeros(2),
        "activation": lambda: "tanh",
    },
    "ncviz.Predict": {
        "run": lambda: experiment(),
        "compare": lambda: "{} {}".format,
        "between": lambda: (-4, 4),
        "choices": lambda: None,
        "explain": lambda: "",
        "views": lambda: (),
        "picture": lambda: None,
    },
    "ncviz.SelfCheck": {
        "of": lambda: predict(),
        "right": lambda: len,
        "why": lambda: "{} {}".format,
        "choices": lambda: ["yes", "no"],
        "within": lambda: None,
    },
    "ncviz.Explorer": {
        "hide": tuple,
        "lock": tuple,
        "lesson": str,
        "student": str,
        "hidden": lambda: 2,
        "steps": lambda: 20,
        "runs": lambda: 2,
    },
    "ncviz.Experiment": {name: lambda v=v: v for name, v in experiment().__dict__.items()},
    "ncviz.sweep": {
        "store": lambda: None,
        "client": lambda: None,
        "sample": lambda: 1,
        "learning_rate": lambda: [0.1, 0.5],
        "pairing": lambda: "xornet",
        "experiment": lambda: Experiment(runs=1, steps=5, n_train=8, n_test=8),
    },
    "tasks.find": {"name": lambda: "s1"},
    "tasks.named": {"labels": lambda: (0, 1) * 8},
    "tasks.register": {
        "name": lambda: "the door's own",
        "function": lambda: lambda bits: bits[:, 0],
    },
    "tasks.resolve": {"pairing": lambda: "chain"},
}


@cache
def saved() -> str:
    path = Path(mkdtemp(), "net.safetensors")
    result().net(0, "22").save(path)
    return str(path)


def motion() -> Any:
    return mechanism.SlowMotion(experiment())


def predict() -> Any:
    return ncviz.Predict("?", run=lambda: 3, between=(0, 9), compare="{} {}".format)


METHODS = (
    Door("Behavior.from_counts", Behavior.from_counts, {"counts": lambda: delft().table}),
    Door(
        "Behavior.from_correlators",
        Behavior.from_correlators,
        {"C": lambda: [[0.5, 0.5], [0.5, -0.5]], "A": lambda: 0, "B": lambda: 0},
    ),
    Door(
        "Behavior.from_outcomes",
        Behavior.from_outcomes,
        {"a": lambda: [[1, -1]] * 4, "b": lambda: [[1, 1]] * 4},
    ),
    Door(
        "Behavior.sample",
        lambda **given: bell.singlet().sample(**given),
        {"trials": lambda: 10, "seed": lambda: 0},
    ),
    Door("Experiment.stream", lambda **g: experiment().stream(**g), {"every": lambda: 20}),
    Door("Experiment.from_state", Experiment.from_state, {"state": lambda: {"hidden": 2}}),
    Door("Result.at", lambda **g: result().at(**g), {"record": lambda: 1}),
    Door("Result.net", lambda **g: result().net(**g), {"run": lambda: 1, "setting": lambda: "12"}),
    Door("Regression.plot", lambda **g: found().plot(**g), {"ax": lambda: None}),
    Door("SView.show", lambda **g: ncviz.SView().show(**g), {"moment": result}),
    Door("NCnet", lambda **g: result().net(0, "22")(**g), {"x": lambda: [[1.0, -1, 1, -1]]}),
    Door("NCnet.load", ncviz.NCnet.load, {"path": saved}),
    Door("Task", lambda **g: tasks.TASKS["s1"](**g), {"bits": lambda: [[0, 1, 0, 1]]}),
    Door(
        "SlowMotion.step",
        lambda **g: motion().step(**g),
        {"who": lambda: "both", "times": lambda: 1},
    ),
    Door(
        "SlowMotion.alternate",
        lambda **g: motion().alternate(**g),
        {"alice": lambda: 1, "bob": lambda: 1, "times": lambda: 1},
    ),
    Door("Watch.at", lambda **g: mechanism.Watch(result().recording).at(**g), {"record": int}),
    Door(
        "OscillationIndex.frame",
        lambda **g: mechanism.oscillation_index(traces(), 19).frame(**g),
        {"control": lambda: None},
    ),
    Door(
        "Intervention.of",
        lambda **g: mechanism.INTERVENTIONS["PCGrad"].of(**g),
        {"experiment": experiment},
    ),
)


def public() -> Iterator[tuple[str, Any]]:
    """Every public name that can be called, with its room."""
    for room in ROOMS:
        module = ncviz if room == "ncviz" else importlib.import_module(f"ncviz.{room}")
        names = TASKS if room == "tasks" else module.__all__
        for name in names:
            value = getattr(module, name)
            if callable(value) and name != "Array":
                yield f"{room}.{name}", value


def door(name: str, call: Callable[..., Any]) -> Door:
    """A public function with arguments: those named for it, for its parameters, or none."""
    own = OWN.get(name, {})
    if name == "ncviz.Experiment":
        return Door(name, call, own)
    parameters = inspect.signature(call).parameters.values()
    plain = [p.name for p in parameters if p.kind is not p.VAR_KEYWORD]
    good = {p: GOOD[p] for p in plain if p in GOOD} | own
    missing = [p for p in plain if p not in good]
    assert not missing, f"{name}: tests/doors.py knows no value for {missing}"
    return Door(name, call, good)


def doors() -> list[Door]:
    """All of them; what is public under two names is there once."""
    made: dict[int, Door] = {}
    for name, value in public():
        if name.rpartition(".")[2] not in RECORDS and id(value) not in made:
            made[id(value)] = door(name, value)
    return [*made.values(), *METHODS]


def entered(call: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """What a door gives; of a generator its first three values, of a widget nothing is left."""
    given = call(**arguments)
    if isinstance(given, GeneratorType):
        with_end = list(islice(given, 3))
        given.close()
        return with_end
    if hasattr(given, "close") and hasattr(given, "comm"):
        given.close()
    return given
