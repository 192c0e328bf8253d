"""What is trained: the frozen fields of an experiment, checked the moment they are given."""

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from ncviz import tasks
from ncviz.basics.checks import LARGEST_SEED, choice, rate, real, short, whole
from ncviz.basics.shareable import Shareable

SETTINGS = ("11", "12", "21", "22")
"""The four settings in their fixed order: Alice's task, then Bob's."""

CHOICES = {
    "optimizer": ("sgd", "momentum", "adam"),
    "activation": ("tanh", "relu", "sigmoid"),
    "trunk": ("shared", "separate"),
    "outcome": ("correct", "success", "oscillation"),
    "shared_gradient": ("sum", "without alice", "without bob", "pcgrad", "mgda"),
    "sampling": ("minibatch", "full", "noise"),
    "shuffled": ("none", "A1", "A2", "B1", "B2"),
    "redrawn": ("none", "alice", "bob"),
}
LARGEST = {
    "hidden": 10_000,
    "steps": 10_000_000,
    "runs": 1_000_000,
    "n_train": 1_000_000,
    "n_test": 1_000_000,
    "batch_size": 1_000_000,
}
"""What no machine of today trains in a day; a slip of the finger is refused at once."""


@dataclass(frozen=True, kw_only=True)
class Setup(Shareable):
    """The fields of an `Experiment`, which says what they mean; all that training looks at."""

    KIND: ClassVar[str] = "an experiment"
    FOURFOLD: ClassVar[str] = "pairing"

    hidden: int = 3
    pairing: str | tuple[str, str, str, str] = "xornet"
    learning_rate: float = 0.5
    steps: int = 2000
    batch_size: int = 8
    runs: int = 50
    seed: int = 0
    noise: float = 0.2
    n_train: int = 64
    n_test: int = 512
    optimizer: str = "sgd"
    activation: str = "tanh"
    trunk: str = "shared"
    outcome: str = "correct"
    threshold: float = 0.95
    shared_gradient: str = "sum"
    sampling: str = "minibatch"
    shuffled: str = "none"
    redrawn: str = "none"
    device: str = "cpu"

    def __post_init__(self) -> None:
        names = tasks.resolve(self.pairing)
        pairing = str(self.pairing) if isinstance(self.pairing, str) else names
        object.__setattr__(self, "pairing", pairing)
        for name, most in LARGEST.items():
            self._whole(name, 1, most)
        if self.batch_size > self.n_train:
            raise ValueError(
                f"batch_size must be at most n_train = {self.n_train}, not {self.batch_size}"
            )
        self._whole("seed", 0, LARGEST_SEED)
        # The upper ends keep single-precision arithmetic possible.
        object.__setattr__(self, "learning_rate", rate("learning_rate", self.learning_rate))
        self._number("noise", lambda x: 0 <= x <= 1e30, "a number from 0 to 1e30")
        self._number("threshold", lambda x: 0 <= x <= 1, "a number from 0 to 1")
        for name, allowed in CHOICES.items():
            object.__setattr__(self, name, choice(name, getattr(self, name), allowed))
        if self.trunk == "separate" and self.shared_gradient != "sum":
            raise ValueError(
                f"shared_gradient {self.shared_gradient!r} needs trunk='shared', not 'separate': "
                "nothing is shared there"
            )
        if not isinstance(self.device, str) or not re.fullmatch(r"cpu|cuda(:\d+)?", self.device):
            raise ValueError(
                f"device must be 'cpu', 'cuda' or 'cuda:<number>', not {short(self.device)}"
            )
        object.__setattr__(self, "device", str(self.device))

    def _whole(self, name: str, low: int, high: int) -> None:
        object.__setattr__(self, name, whole(name, getattr(self, name), low, high))

    def _number(self, name: str, allowed: Any, words: str) -> None:
        object.__setattr__(self, name, real(name, getattr(self, name), allowed, words))

    @property
    def tasks(self) -> tuple[str, str, str, str]:
        """Task names (A1, A2, B1, B2)."""
        return tasks.resolve(self.pairing)
