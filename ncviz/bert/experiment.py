"""The same CHSH test on a pretrained network: one frozen `LoraExperiment`, checked when made."""

from collections.abc import Generator
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ncviz.basics.fields import Shareable, plain_number
from ncviz.bert.fields import FIELDS
from ncviz.bert.material.tasks import SETS

if TYPE_CHECKING:
    from ncviz.bert.result import LoraResult
    from ncviz.results.result import Snapshot


@dataclass(frozen=True)
class LoraExperiment(Shareable):
    """A shared adapter of low rank in a frozen network, and two heads with two tasks each.

    Parameters
    ----------
    backbone : str or Backbone
        A name as `backbone` knows them; of a `Backbone` its name is kept.
    tasks : str or tuple of str
        The name of a set ("multilingual", "mixed", "monolingual"; from the hub
        "paper-multilingual", "paper-mixed"), or four task names (A1, A2, B1, B2).
    rank : int
        Of the adapter in every linear part of the trained layers; 0 is no adapter.
    runs : int
        Independent repetitions; fewer runs are a prefix of more runs.
    seed : int
        0 to 2**64 − 1. Run k draws from ``SeedSequence(seed, spawn_key=(k,))``.
    steps : int
        Training steps (Adam); at least 1.
    batch_size : int
        Texts of one step, drawn with replacement; 1 to `n_train`.
    learning_rate : float
        Greater than 0.
    heads : {"frozen", "trained"}
        Whether the two linear heads stay as drawn, so that the adapter alone learns.
    bottleneck : int
        Units of a trained tanh layer between network and heads; 0 is none.
    layers : int or "all"
        How many of the last layers carry adapters. The layers below run once and are cached.
    trunk : {"shared", "separate"}
        One adapter for both heads, or one for each, started alike.
    n_train, n_test : int
        Texts of a run to train on, and to measure S on.
    n_pool : int
        Texts of a pool from which the runs draw theirs.
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
        """Train every net and return the `LoraResult`.

        Raises
        ------
        ValueError
            If a field does not fit the network or the texts.
        OSError
            If the network or the texts cannot be had.
        """
        from ncviz.bert.result import LoraResult

        for snapshot in self.stream():
            result = snapshot.result
        assert isinstance(result, LoraResult)  # the last snapshot always carries it
        return result

    def stream(self, every: int | None = None) -> Generator["Snapshot", None, None]:
        """Train, giving a `Snapshot` at step 0, at every `every` steps, and at the end.

        Closing the generator cancels the training. The last snapshot carries the `LoraResult`.

        Parameters
        ----------
        every : int, optional
            Steps between snapshots; four after step 0 by default, as each costs as much as some
            training steps.
        """
        from ncviz.bert.result import stream

        return stream(self, every)

    def train(self) -> Generator[float, None, "LoraResult"]:
        """Train as one cell of a sweep: gives the share that is done, returns the result."""
        from ncviz.bert.result import train_cell

        return train_cell(self)

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
        if name != "layers":
            return super().read_field(name, text)
        try:
            return plain_number(int, text)
        except ValueError:
            return text
