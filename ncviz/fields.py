"""The fields of an experiment, each said once: what it may be, its name, unit, hint and words."""

from typing import Any

from ncviz import tasks
from ncviz.basics.checks import a_seed, between, one_of, rate, up_to
from ncviz.basics.fields import Field, a_device
from ncviz.basics.protocol import RULES, TASK_NAMES

_SHUFFLED = "training labels are shuffled: nothing to learn but by heart"
_LEARNS_FROM = "the shared layer learns from {}’s loss alone, {}’s head still learns"
_DIGITS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
_RATES = tuple(float(f"{digits}e{power}") for power in (-3, -2, -1, 0) for digits in _DIGITS)

LARGEST_HIDDEN = 10_000
_MANY = between(1, 1_000_000)  # more no machine of today trains in a day: a slip of the finger


def _a_pairing(name: str, value: Any) -> str | tuple[str, str, str, str]:
    names = tasks.resolve(value)
    return str(value) if isinstance(value, str) else names


def _choice(name: str, label: str, hints: dict[str, str], **words: Any) -> Field:
    """A field that is one of some words."""
    return Field(name, one_of(*hints), label, (*hints,), hints=hints, listed=True, **words)


_FIELDS = (
    Field(
        "hidden",
        between(1, LARGEST_HIDDEN),
        "Hidden neurons",
        tuple(range(1, 13)),
        unit=("neuron", "neurons"),
        hint="what the heads have to share",
    ),
    Field(
        "pairing",
        _a_pairing,
        "Task pairing",
        tuple(tasks.PAIRINGS),
        hints={name: pairing.reason for name, pairing in tasks.PAIRINGS.items()},
        own="own tasks",
    ),
    Field(
        "learning_rate",
        rate,
        "Learning rate",
        (*_RATES, 10.0),
        hint="length of a training step; log scale",
    ),
    Field(
        "runs",
        _MANY,
        "Runs",
        (1, 2, 5, 10, 20, 50, 100, 200, 400),
        unit=("run", "runs"),
        hint="independent repetitions; more make the interval narrower",
    ),
    _choice(
        "trunk",
        "Trunk",
        {
            "shared": "one hidden layer for both heads: the channel between them",
            "separate": "a hidden layer for each head: nothing is shared, S cannot pass 2",
        },
        apart="{} trunk",
    ),
    _choice("outcome", "Outcome rule", {name: rule.hint for name, rule in RULES.items()}),
    Field(
        "threshold",
        up_to(1, "1"),
        "Success threshold",
        (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.92, 0.95, 0.97, 0.98, 0.99, 1.0),
        hint="share of held-out points that makes a success; for the rule “success” only",
    ),
    _choice(
        "optimizer",
        "Optimizer",
        {
            "sgd": "plain stochastic gradient descent",
            "momentum": "gradient descent with momentum 0.9",
            "adam": "Adam (0.9, 0.999); wants learning rates near 0.01",
        },
        apart="{}",
    ),
    _choice(
        "activation",
        "Activation",
        {
            "tanh": "units from −1 to 1",
            "relu": "units that are 0 or grow without bound",
            "sigmoid": "units from 0 to 1",
        },
        apart="{} units",
    ),
    _choice(
        "shared_gradient",
        "How the heads’ gradients meet",
        {
            "sum": "both heads’ wishes for the shared layer add up",
            "without alice": _LEARNS_FROM.format("Bob", "Alice"),
            "without bob": _LEARNS_FROM.format("Alice", "Bob"),
            "pcgrad": "what conflicts in the two wishes is projected off before they add up",
            "mgda": "the shortest mixture of the two wishes: neither loss rises",
        },
        aparts={
            "without alice": "the shared layer learns from Bob alone",
            "without bob": "the shared layer learns from Alice alone",
            "pcgrad": "PCGrad in the shared layer",
            "mgda": "MGDA in the shared layer",
        },
    ),
    _choice(
        "sampling",
        "Points of a step",
        {
            "minibatch": "some training points, drawn with replacement; see batch size",
            "full": "all training points in every step: nothing is left to chance",
            "noise": "all training points, with Gaussian noise as large as that of minibatches",
        },
        aparts={"full": "full batches", "noise": "Gaussian noise for minibatches"},
    ),
    _choice(
        "shuffled",
        "Task with shuffled labels",
        {"none": "every label is true", **{name: f"{name}’s {_SHUFFLED}" for name in TASK_NAMES}},
        apart="training labels of {} shuffled",
    ),
    _choice(
        "redrawn",
        "Head that starts anew",
        {
            "none": "both heads start as λ says",
            "alice": "Alice’s head starts from other weights; all else of λ stays",
            "bob": "Bob’s head starts from other weights; all else of λ stays",
        },
        aparts={who.lower(): f"start of {who}’s head drawn anew" for who in ("Alice", "Bob")},
    ),
    Field(
        "steps",
        between(1, 10_000_000),
        "Training steps",
        (100, 200, 500, 1000, 1500, 2000, 3000, 4000, 6000, 10000),
        unit=("step", "steps"),
        hint="how long each net is trained",
        apart="{} steps",
    ),
    Field(
        "batch_size",
        _MANY,
        "Batch size",
        (1, 2, 4, 8, 16, 32, 64, 128),
        unit=("point", "points"),
        hint="training points of a step; at most as many as there are training points",
        apart="batches of {}",
    ),
    Field(
        "n_train",
        _MANY,
        "Training points",
        (8, 16, 32, 64, 128, 256, 512),
        unit=("point", "points"),
        hint="points that each net learns from",
        apart="{} training points",
    ),
    Field(
        "n_test",
        _MANY,
        "Held-out points",
        (64, 128, 256, 512, 1024, 2048),
        unit=("point", "points"),
        hint="points on which a trained net is judged",
        apart="{} held-out points",
    ),
    Field(
        "noise",
        up_to(1e30, "1e30"),  # which keeps single-precision arithmetic possible
        "Noise",
        (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 1.5, 2.0),
        hint="spread of the Gaussian noise on the ±1 inputs",
        apart="noise {}",
    ),
    Field("seed", a_seed, "Seed"),
    Field("device", a_device),
)

CHOICES = {field.name: field.values for field in _FIELDS if field.listed}
"""The words that a field may be, of those that are one of some words."""

FIELDS = {field.name: field for field in _FIELDS}
"""By name, in the order in which controls stand."""
