"""What is trained: the frozen fields of an experiment, checked the moment they are given."""

from dataclasses import dataclass
from typing import ClassVar

from ncviz import tasks
from ncviz.basics.fields import Shareable
from ncviz.fields import FIELDS


@dataclass(frozen=True, kw_only=True)
class Setup(Shareable):
    """The fields of an `Experiment`, which says what they mean; all that training looks at."""

    KIND: ClassVar[str] = "an experiment"
    FOURFOLD: ClassVar[str] = "pairing"
    TABLE: ClassVar = FIELDS

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
        super().__post_init__()
        if self.trunk == "separate" and self.shared_gradient != "sum":
            raise ValueError(
                f"shared_gradient {self.shared_gradient!r} needs trunk='shared', not 'separate': "
                "nothing is shared there"
            )

    @property
    def tasks(self) -> tuple[str, str, str, str]:
        """Task names (A1, A2, B1, B2)."""
        return tasks.resolve(self.pairing)
