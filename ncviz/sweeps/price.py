"""What a training costs, told and asked about before it is paid."""

import os
from collections.abc import Sequence
from typing import NamedTuple, Self

from ncviz.experiment import Experiment
from ncviz.results import memory
from ncviz.results.result import RECORDS
from ncviz.sweeps.cost import in_words, peak, second_of_work, work

# Seconds (of the law, so that it is the same on every machine) and bytes from which it is asked
# before an experiment is trained; a sweep, which is asked for by a button, may take a minute.
MUCH, LONG, MUCH_MEMORY = 10.0, 60.0, 1e9
MOST = "NCVIZ_MOST"  # bounds what visitors of a dashboard start: seconds, then gigabytes


class Price(NamedTuple):
    """About what a training costs on this machine."""

    seconds: float
    bytes: float

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        """The price of an experiment; None where it is too small to speak of."""
        needed = work(experiment, RECORDS)
        return cls._if_much(MUCH, [experiment], needed, memory.memory(experiment))

    @classmethod
    def of_sweep(cls, cells: Sequence[Experiment]) -> Self | None:
        """The price of a sweep; None where it is too small to speak of."""
        return cls._if_much(LONG, cells, sum(map(work, cells)), peak(cells))

    @classmethod
    def _if_much(
        cls, much: float, cells: Sequence[Experiment], needed: float, size: float
    ) -> Self | None:
        most = _most()
        if needed / 1e6 <= min(much, most.seconds / 2) and size <= min(MUCH_MEMORY, most.bytes):
            return None
        return cls(needed * second_of_work(max(cells, key=work)), size)

    @property
    def words(self) -> str:
        """The price as people say it."""
        return f"about {in_words(self.seconds)}, {memory.in_words(self.bytes)}"

    def refusal(self) -> str:
        """Why it cannot be paid here, in a sentence; empty if it can."""
        most, free = _most(), memory.available()
        takes = allows = ""
        if self.seconds > most.seconds or self.bytes > most.bytes:
            takes = self.words
            allows = f"this page allows {in_words(most.seconds)} and {memory.in_words(most.bytes)}"
        elif self.bytes > free:
            takes = f"about {memory.in_words(self.bytes)}"
            allows = f"only {memory.in_words(free)} are free on this computer"
        return f"Not trained: this takes {takes} of memory, and {allows}." if takes else ""


def _most() -> Price:
    """What a training may cost here."""
    if not (text := os.environ.get(MOST)):
        return Price(float("inf"), float("inf"))
    seconds, gigabytes = map(float, text.split())
    return Price(seconds, gigabytes * 1e9)
