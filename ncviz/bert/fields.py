"""What the fields of a `LoraExperiment` are, once: for checks, controls, sentences and flags."""

from typing import Any

from ncviz.basics.checks import a_seed, between, one_of, rate, short, whole
from ncviz.basics.fields import Field, a_device
from ncviz.bert.material.tasks import SETS, resolve


def _name(name: str, value: Any) -> str:
    found = getattr(value, "name", value)
    if not isinstance(found, str) or not found.strip():
        raise ValueError(f"{name} must be a name, not {short(found)}")
    return found


def _name_or_empty(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a name or empty, not {short(value)}")
    return value


def _layers(name: str, value: Any) -> int | str:
    try:
        return value if isinstance(value, str) and value == "all" else whole(name, value, 1, 1000)
    except ValueError:
        raise ValueError(
            f"{name} must be 'all' or a whole number of at least 1, not {short(value)}"
        ) from None


PACKAGED = tuple(SETS[name] for name in ("multilingual", "mixed", "monolingual"))
ABOUT = (
    "one text for both; six languages: script, topic | role, length",
    "texts of their own for each task: news, films | Romance language, Chinese",
    "one text for both; English: domain, polarity | strength, length",
)

FIELDS = {
    field.name: field
    for field in (
        Field(
            "rank",
            between(0, 10_000),
            "Rank of the adapter",
            (0, 1, 2, 4, 8, 16),
            hint="each layer’s matrices may change by a matrix of rank {}, for both heads",
            texts={0: "no adapter"},
            hints={0: "the network stays as it is"},
        ),
        Field(
            "tasks",
            lambda _, value: resolve(value),
            "Tasks",
            PACKAGED,
            texts={four: name for name, four in SETS.items()},
            hints=dict(zip(PACKAGED, ABOUT, strict=True)),
        ),
        Field(
            "learning_rate",
            rate,
            "Learning rate",
            (0.0003, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1),
            hint="length of a training step (Adam); log scale",
        ),
        Field(
            "steps",
            between(1, 10_000_000),
            "Training steps",
            (20, 40, 60, 80, 120, 160, 240, 320, 480),
            ("step", "steps"),
            "how long each net is trained; twice as many take twice as long",
        ),
        Field(
            "runs",
            between(1, 10_000),
            "Runs",
            tuple(range(1, 11)),
            ("run", "runs"),
            "independent repetitions; more make the interval narrower, and take longer",
        ),
        Field(
            "heads",
            one_of("frozen", "trained"),
            "Heads",
            ("frozen", "trained"),
            hints={
                "frozen": "the heads stay as drawn: what is learned goes through the adapter",
                "trained": "the heads learn too, and can pass by the adapter",
            },
            listed=True,
        ),
        Field("trunk", one_of("shared", "separate"), aparts={"separate": "separate adapters"}),
        Field(
            "bottleneck",
            between(0, 10_000),
            "Bottleneck",
            (0, 1, 2, 4, 8, 16),
            ("unit", "units"),
            "a trained tanh layer between network and heads, shared by both",
            texts={0: "none"},
            hints={0: "the heads read the network as it is"},
            apart="bottleneck {}",
        ),
        Field("backbone", _name),
        Field("seed", a_seed),
        Field("batch_size", between(1, 1_000_000)),
        Field("layers", _layers),
        Field("n_train", between(2, 1_000_000)),
        Field("n_test", between(1, 1_000_000)),
        Field("n_pool", between(8, 1_000_000)),
        Field("max_length", between(4, 100_000)),
        Field(
            "measured_on",
            one_of("held-out", "validation"),
            aparts={"validation": "measured on validation texts"},
        ),
        Field("fallback", _name_or_empty),
        Field("device", a_device),
    )
}
"""By name, in the order in which controls stand, and in which assumptions are told."""
