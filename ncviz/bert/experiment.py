"""`LoraExperiment`, and what its fields are: for checks, controls, sentences and flags."""

from collections.abc import Generator
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from ncviz.basics.checks import a, a_seed, between, one_of, rate, short, whole
from ncviz.basics.fields import Field, Shareable, a_device
from ncviz.bert.material.tasks import SETS, resolve

if TYPE_CHECKING:
    from ncviz.bert.result import LoraResult
    from ncviz.results.result import Snapshot


def _name(name: str, value: Any) -> str:
    found = getattr(value, "name", value)
    if not isinstance(found, str) or not found.strip():
        raise ValueError(f"{name} must be a name, not {short(found)}")
    return found


def _layers(name: str, value: Any) -> int | str:
    try:
        return value if isinstance(value, str) and value == "all" else whole(name, value, 1, 1000)
    except ValueError:
        raise ValueError(
            f"{name} must be 'all' or a whole number of at least 1, not {short(value)}"
        ) from None


def _choice(name: str, hints: dict[str, str], **words: Any) -> Field:
    """A field that is one of some words; without `values` it has no control."""
    return Field(name, one_of(*hints), hints=hints, listed=True, **words)


ABOUT = {
    "multilingual": "one text for both; six languages: script, topic | role, length",
    "mixed": "texts of their own for each task: news, films | Romance language, Chinese",
    "monolingual": "one text for both; English: domain, polarity | strength, length",
}
"""The sets of tasks that a control offers."""

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
            tuple(SETS[name] for name in ABOUT),
            texts={four: name for name, four in SETS.items()},
            hints={SETS[name]: words for name, words in ABOUT.items()},
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
        _choice(
            "heads",
            {
                "frozen": "the heads stay as drawn: what is learned goes through the adapter",
                "trained": "the heads learn too, and can pass by the adapter",
            },
            label="Heads",
            values=("frozen", "trained"),
        ),
        _choice(
            "trunk",
            {"shared": "one adapter for both heads", "separate": "one for each, started alike"},
            aparts={"separate": "separate adapters"},
        ),
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
        _choice(
            "measured_on",
            {"held-out": "texts never seen", "validation": "for choosing rates and tasks"},
            aparts={"validation": "measured on validation texts"},
        ),
        Field("fallback", a(str, "a name or empty")),
        Field("device", a_device),
    )
}
"""By name, in the order in which controls stand, and in which assumptions are told."""


@dataclass(frozen=True)
class LoraExperiment(Shareable):
    """A shared adapter of low rank in a frozen network, and two heads with two tasks each.

    Parameters
    ----------
    backbone : str or Backbone
        As `backbone` knows them.
    tasks : str or tuple of str
        The name of a set ("multilingual", "mixed", "monolingual"; from the hub
        "paper-multilingual", "paper-mixed"), or four task names (A1, A2, B1, B2).
    rank : int
        Of the adapter in every linear part of the trained layers; 0 is no adapter.
    runs, seed : int
        Independent repetitions, of which fewer are a prefix of more: run k draws from
        ``SeedSequence(seed, spawn_key=(k,))``, seed 0 to 2**64 − 1.
    steps, batch_size, learning_rate : int, int, float
        Of Adam; a step sees texts drawn with replacement, 1 to `n_train`.
    heads : {"frozen", "trained"}
        Whether the two linear heads stay as drawn.
    bottleneck : int
        Units of a trained tanh layer between network and heads; 0 is none.
    layers : int or "all"
        How many of the last layers carry adapters. The layers below run once and are cached.
    trunk : {"shared", "separate"}
        One adapter for both heads, or one for each, started alike.
    n_train, n_test, n_pool : int
        Texts of a run to train on, to measure S on, and of the pool from which runs draw theirs.
    max_length : int
        Tokens after which a text is cut.
    measured_on : {"held-out", "validation"}
        "validation" is for choosing rates and tasks, so that the held-out texts stay unseen.
    fallback : str
        Another backbone, taken with a warning where the hub cannot be reached; empty for none.
    device : str
        "cpu", "cuda" or "cuda:<number>".

    Raises
    ------
    ValueError
        At once, naming the field, the value and what is allowed. What depends on the network or
        the texts (rank, layers, max_length, n_train, n_test) is checked before any training.

    Notes
    -----
    The outcome of a head on a text is +1 where it is right. Adapters: Hu et al. 2021
    (arXiv:2106.09685), by the package peft, without dropout, scaled by 1 at every rank.

    Examples
    --------
    >>> from ncviz.bert import LoraExperiment
    >>> LoraExperiment(rank=2).code()
    'LoraExperiment(rank=2)'
    >>> LoraExperiment(rank=-1)
    Traceback (most recent call last):
    ...
    ValueError: rank must be a whole number from 0 to 10000, not -1
    """

    backbone: str = "packaged:minilm"
    _: KW_ONLY
    tasks: tuple[str, str, str, str] = SETS["monolingual"]
    rank: int = 4
    runs: int = 5
    seed: int = 0
    steps: int = 120
    batch_size: int = 16
    learning_rate: float = 0.003
    heads: str = "frozen"
    bottleneck: int = 0
    layers: int | str = 1
    trunk: str = "shared"
    n_train: int = 512
    n_test: int = 256
    n_pool: int = 1600
    max_length: int = 32
    measured_on: str = "held-out"
    fallback: str = ""
    device: str = "cpu"

    KIND: ClassVar[str] = "a LoRA experiment"
    FOURFOLD: ClassVar[str] = "tasks"
    TABLE: ClassVar = FIELDS

    outcome: ClassVar[str] = "correct"
    """What a ±1 stands for, as with `Experiment`."""

    @property
    def learns(self) -> bool:
        """Whether anything is trained at all."""
        return self.rank > 0 or self.bottleneck > 0 or self.heads == "trained"

    def run(self) -> "LoraResult":
        """Train every net; OSError where network or texts cannot be had."""
        *_, last = self.stream()
        return cast("LoraResult", last.result)

    def stream(self, every: int | None = None) -> Generator["Snapshot", None, None]:
        """Train, giving a `Snapshot` at step 0, at every `every` steps, and at the end.

        Closing the generator cancels the training. The last snapshot carries the `LoraResult`.
        By default there are four after step 0, as each costs as much as some training steps.
        """
        from ncviz.bert.result import RECORDS, progress

        if every is None:
            every = max(1, self.steps // RECORDS)
        steps = progress(self, whole("every", every, 1, 10_000_000))
        return (snapshot for _, snapshot in steps if snapshot is not None)

    def train(self) -> Generator[float, None, "LoraResult"]:
        """Train as one cell of a sweep: gives the share that is done, returns the result."""
        from ncviz.bert.result import progress

        # A sweep keeps what is true at the end, and each record costs as much as many steps.
        for done, last in progress(self, self.steps):  # noqa: B007
            yield done
        assert last is not None  # it ends with a record
        return cast("LoraResult", last.result)

    def work(self) -> float:
        """Relative cost: texts that go through the trained layers, times these layers."""
        layers = 12 if self.layers == "all" else int(self.layers)
        return float(layers * self.runs * (3 * self.steps * self.batch_size + 4 * self.n_test))

    @property
    def assumptions(self) -> str:
        """What a reader of its S has to know of the training, in words."""
        adapter = f"rank {self.rank}" if self.rank else "no adapter"
        words = [f"{adapter} in {self.backbone}", f"{self.heads} heads", f"{self.steps} steps"]
        changed = self._changes()
        words += [f.assumed(getattr(self, name)) for name, f in FIELDS.items() if name in changed]
        return ", ".join(word for word in words if word)

    def _changes(self) -> dict[str, Any]:
        changed = super()._changes()
        if "tasks" in changed:
            changed["tasks"] = FIELDS["tasks"].texts.get(self.tasks, self.tasks)
        return changed

    @classmethod
    def read_field(cls, name: str, text: str) -> object:
        """As for every field; `layers` may be a number or a word."""
        # As "rank" is read: a whole number if it is one, else the text.
        return super().read_field("rank" if name == "layers" else name, text)
