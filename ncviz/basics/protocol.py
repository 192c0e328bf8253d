"""The protocol, each part once: two parties with two tasks each, four settings, outcome rules."""

from dataclasses import dataclass
from typing import Literal

TASK_NAMES = ("A1", "A2", "B1", "B2")  # Alice's two tasks, then Bob's
SETTINGS = ("11", "12", "21", "22")  # in their fixed order: Alice's task, then Bob's
N_SETTINGS = len(SETTINGS)
TASK_OF_SETTING = ((0, 2), (0, 3), (1, 2), (1, 3))  # of the `TASK_NAMES`, Alice's and Bob's


@dataclass(frozen=True)
class Rule:
    """What the ±1 of a head stands for, one for each `of`; `step`s are of the last quarter."""

    of: Literal["point", "run", "step"]
    hint: str
    plus_one: str
    counted: tuple[str, str]
    together: str
    mean: str


RULES = {
    "correct": Rule(
        "point",
        hint="one ±1 a held-out point: +1 where the head is right",
        plus_one="the head is right on a held-out point",
        counted=("held-out point", "held-out points"),
        together="are right and wrong together",
        mean="mean outcome (1 = always right)",
    ),
    "success": Rule(
        "run",
        hint="one ±1 a run: +1 where the head is right on enough held-out points",
        plus_one="the head is right on at least {share} of a run’s held-out points",
        counted=("run", "runs"),
        together="succeed and fail together",
        mean="mean outcome (1 = every run succeeds)",
    ),
    "oscillation": Rule(
        "step",
        hint="one ±1 a step of the last quarter: +1 where the head’s loss falls",
        plus_one="a training step of the last quarter lowers the head’s loss",
        counted=("training step", "training steps"),
        together="have losses that fall and rise together",
        mean="mean outcome (1 = every step lowers the loss)",
    ),
}
