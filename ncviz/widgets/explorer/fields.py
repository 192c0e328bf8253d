"""What the controls offer: values, and words for them."""

from collections.abc import Sequence
from typing import Any

from ncviz.results.summary import TASK_NAMES
from ncviz.setup import CHOICES
from ncviz.tasks import PAIRINGS
from ncviz.widgets.parts.controls import Option

_DIGITS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)

VALUES: dict[str, tuple[Any, ...]] = {
    "hidden": tuple(range(1, 13)),
    "pairing": tuple(PAIRINGS),
    "learning_rate": (
        *(float(f"{digits}e{power}") for power in (-3, -2, -1, 0) for digits in _DIGITS),
        10.0,
    ),
    "runs": (1, 2, 5, 10, 20, 50, 100, 200, 400),
    "trunk": ("shared", "separate"),
    "outcome": ("correct", "success", "oscillation"),
    "threshold": (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.92, 0.95, 0.97, 0.98, 0.99, 1.0),
    "optimizer": ("sgd", "momentum", "adam"),
    "activation": ("tanh", "relu", "sigmoid"),
    "shared_gradient": CHOICES["shared_gradient"],
    "sampling": CHOICES["sampling"],
    "shuffled": CHOICES["shuffled"],
    "redrawn": CHOICES["redrawn"],
    "steps": (100, 200, 500, 1000, 1500, 2000, 3000, 4000, 6000, 10000),
    "batch_size": (1, 2, 4, 8, 16, 32, 64, 128),
    "n_train": (8, 16, 32, 64, 128, 256, 512),
    "n_test": (64, 128, 256, 512, 1024, 2048),
    "noise": (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 1.5, 2.0),
}
"""The values that a control offers for each field, in their order."""

MAIN = ("hidden", "pairing", "learning_rate")
"""What one moves most."""

RUNS = ("runs", "trunk")
SETTINGS = tuple(field for field in VALUES if field not in (*MAIN, *RUNS))
"""What is folded away under “More settings”."""

LISTS = (
    "trunk",
    "outcome",
    "optimizer",
    "activation",
    "shared_gradient",
    "sampling",
    "shuffled",
    "redrawn",
)
"""Fields that are chosen from a list of words, not from a scale."""

NAMES = {
    "hidden": "Hidden neurons",
    "pairing": "Task pairing",
    "learning_rate": "Learning rate",
    "runs": "Runs",
    "trunk": "Trunk",
    "outcome": "Outcome rule",
    "threshold": "Success threshold",
    "optimizer": "Optimizer",
    "activation": "Activation",
    "shared_gradient": "How the heads’ gradients meet",
    "sampling": "Points of a step",
    "shuffled": "Task with shuffled labels",
    "redrawn": "Head that starts anew",
    "steps": "Training steps",
    "batch_size": "Batch size",
    "n_train": "Training points",
    "n_test": "Held-out points",
    "noise": "Noise",
}

_HINTS = {
    "hidden": "what the heads have to share",
    "learning_rate": "length of a training step; log scale",
    "runs": "independent repetitions; more make the interval narrower",
    "threshold": "share of held-out points that makes a success; for the rule “success” only",
    "steps": "how long each net is trained",
    "batch_size": "training points of a step; at most as many as there are training points",
    "n_train": "points that each net learns from",
    "n_test": "points on which a trained net is judged",
    "noise": "spread of the Gaussian noise on the ±1 inputs",
}

_UNITS = {
    "hidden": ("neuron", "neurons"),
    "runs": ("run", "runs"),
    "steps": ("step", "steps"),
    "batch_size": ("point", "points"),
    "n_train": ("point", "points"),
    "n_test": ("point", "points"),
}

_CHOICES: dict[str, dict[str, str]] = {
    "trunk": {
        "shared": "one hidden layer for both heads: the channel between them",
        "separate": "a hidden layer for each head: nothing is shared, S cannot pass 2",
    },
    "outcome": {
        "correct": "one ±1 a held-out point: +1 where the head is right",
        "success": "one ±1 a run: +1 where the head is right on enough held-out points",
        "oscillation": "one ±1 a step of the last quarter: +1 where the head’s loss falls",
    },
    "optimizer": {
        "sgd": "plain stochastic gradient descent",
        "momentum": "gradient descent with momentum 0.9",
        "adam": "Adam (0.9, 0.999); wants learning rates near 0.01",
    },
    "activation": {
        "tanh": "units from −1 to 1",
        "relu": "units that are 0 or grow without bound",
        "sigmoid": "units from 0 to 1",
    },
    "shared_gradient": {
        "sum": "both heads’ wishes for the shared layer add up",
        "without alice": "the shared layer learns from Bob’s loss alone, Alice’s head still learns",
        "without bob": "the shared layer learns from Alice’s loss alone, Bob’s head still learns",
        "pcgrad": "what conflicts in the two wishes is projected off before they add up",
        "mgda": "the shortest mixture of the two wishes: neither loss rises",
    },
    "sampling": {
        "minibatch": "some training points, drawn with replacement; see batch size",
        "full": "all training points in every step: nothing is left to chance",
        "noise": "all training points, with Gaussian noise as large as that of minibatches",
    },
    "shuffled": {
        "none": "every label is true",
        **{
            task: f"{task}’s training labels are shuffled: nothing to learn but by heart"
            for task in TASK_NAMES
        },
    },
    "redrawn": {
        "none": "both heads start as λ says",
        "alice": "Alice’s head starts from other weights; all else of λ stays",
        "bob": "Bob’s head starts from other weights; all else of λ stays",
    },
}


def offered(field: str, value: Any) -> tuple[Any, ...]:
    """The values of a field, with one more in its place if it is not among them."""
    values = VALUES[field]
    if value in values:
        return values
    return (*values, value) if isinstance(value, str | tuple) else tuple(sorted([*values, value]))


def options(field: str, values: Sequence[Any]) -> list[Option]:
    """What a control shows for each of the values."""
    return [_option(field, value) for value in values]


def _option(field: str, value: Any) -> Option:
    if field == "pairing":
        if isinstance(value, tuple):
            return {"text": "own tasks", "hint": "; ".join(value)}
        return {"text": value, "hint": PAIRINGS[value].reason}
    if field in _CHOICES:
        return {"text": value, "hint": _CHOICES[field][value]}
    option = {"text": f"{value:g}" if isinstance(value, float) else str(value)}
    if field in _UNITS:
        one, many = _UNITS[field]
        option["unit"] = one if value == 1 else many
    return {**option, "hint": _HINTS[field]}
