"""Outcome rules: what the ±1 of a head stands for, and its words, each rule once."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Rule:
    """One outcome of a head for each `of`: held-out point, run, or step of the last quarter."""

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
