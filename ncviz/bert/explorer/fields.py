"""What the controls of the LoraExplorer offer: values, and words for them."""

from typing import Any

from ncviz.bert.material.tasks import SETS
from ncviz.bert.networks.backbones import PACKAGED
from ncviz.widgets.parts.controls import Option

VALUES: dict[str, tuple[Any, ...]] = {
    "rank": (0, 1, 2, 4, 8, 16),
    "tasks": tuple(SETS[name] for name in ("multilingual", "mixed", "monolingual")),
    "learning_rate": (0.0003, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1),
    "steps": (20, 40, 60, 80, 120, 160, 240, 320, 480),
    "runs": tuple(range(1, 11)),
    "heads": ("frozen", "trained"),
    "bottleneck": (0, 1, 2, 4, 8, 16),
}
"""The values that a control offers for each field, in their order."""

NAMES = {
    "rank": "Rank of the adapter",
    "tasks": "Tasks",
    "learning_rate": "Learning rate",
    "steps": "Training steps",
    "runs": "Runs",
    "heads": "Heads",
    "bottleneck": "Bottleneck",
}

HINTS = {
    "learning_rate": "length of a training step (Adam); log scale",
    "steps": "how long each net is trained; twice as many take twice as long",
    "runs": "independent repetitions; more make the interval narrower, and take longer",
}

_SETS = {
    SETS["multilingual"]: "one text for both; six languages: script, topic | role, length",
    SETS["mixed"]: "texts of their own for each task: news, films | Romance language, Chinese",
    SETS["monolingual"]: "one text for both; English: domain, polarity | strength, length",
}

_HEADS = {
    "frozen": "the heads stay as drawn: what is learned goes through the adapter",
    "trained": "the heads learn too, and can pass by the adapter",
}

_UNITS = {"steps": ("step", "steps"), "runs": ("run", "runs"), "bottleneck": ("unit", "units")}


def offered(field: str, value: Any) -> tuple[Any, ...]:
    """The values of a field, with one more in its place if it is not among them.

    Examples
    --------
    >>> from ncviz.bert.explorer.fields import offered
    >>> offered("rank", 3)
    (0, 1, 2, 3, 4, 8, 16)
    """
    values = VALUES[field]
    if value in values:
        return values
    return (*values, value) if field == "tasks" else tuple(sorted([*values, value]))


def option(field: str, value: Any) -> Option:
    """What a control shows for a value."""
    if field == "tasks":
        names = {four: name for name, four in SETS.items()}
        return {"text": names.get(value, "own"), "hint": _SETS.get(value, "; ".join(value))}
    if field == "heads":
        return {"text": value, "hint": _HEADS[value]}
    if field == "rank":
        return {"text": str(value) if value else "no adapter", "hint": _rank_hint(value)}
    if field == "bottleneck":
        if not value:
            return {"text": "none", "hint": "the heads read the network as it is"}
        hint = "a trained tanh layer between network and heads, shared by both"
        return {"text": str(value), "unit": _unit(field, value), "hint": hint}
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return {"text": text, "unit": _unit(field, value), "hint": HINTS[field]}


def reader(tasks: tuple[str, ...], now: str) -> str:
    """The network that reads these tasks: of the packaged ones that which knows their language.

    Parameters
    ----------
    tasks : tuple of str
    now : str
        The present one; it stays where it is none of the packaged ones.

    Examples
    --------
    >>> from ncviz.bert.material.tasks import SETS
    >>> from ncviz.bert.explorer.fields import reader
    >>> reader(SETS["mixed"], "packaged:minilm"), reader(SETS["mixed"], "random:tiny")
    ('packaged:e5-small', 'random:tiny')
    """
    if now not in PACKAGED:
        return now
    english = all(task.startswith("vader:") for task in tasks)
    return "packaged:minilm" if english else "packaged:e5-small"


def _rank_hint(rank: int) -> str:
    if not rank:
        return "the network stays as it is"
    return f"each layer’s matrices may change by a matrix of rank {rank}, for both heads"


def _unit(field: str, value: Any) -> str:
    one, many = _UNITS.get(field, ("", ""))
    return one if value == 1 else many
