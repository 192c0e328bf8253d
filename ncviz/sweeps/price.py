"""What an experiment or a sweep costs, said before it is paid."""

import os
from collections.abc import Sequence
from typing import NamedTuple, Self

from ncviz.experiment import Experiment
from ncviz.results.memory import available, in_words, memory
from ncviz.results.result import RECORDS
from ncviz.sweeps import cost

MUCH, LONG, MUCH_MEMORY = 10.0, 60.0, 1e9
"""Seconds (of the law, so that it is the same on every machine) and bytes from which it is asked
before an experiment is trained; a sweep, which is asked for by a button, may take a minute."""

MOST = "NCVIZ_MOST"
"""Environment variable that bounds what visitors of a dashboard start: seconds, then gigabytes."""


class Price(NamedTuple):
    """About what a training costs on this machine.

    Parameters
    ----------
    seconds : float
    bytes : float
        Of memory, at the peak.

    Examples
    --------
    >>> from ncviz.sweeps.price import Price
    >>> Price(170, 2e9).words
    'about 2.8 minutes, 2 GB'
    """

    seconds: float
    bytes: float

    @classmethod
    def of(cls, experiment: Experiment) -> Self | None:
        """The price of an experiment; None where it is too small to speak of."""
        work = cost.work(experiment, RECORDS)
        return cls._if_much(MUCH, [experiment], work, memory(experiment))

    @classmethod
    def of_sweep(cls, cells: Sequence[Experiment]) -> Self | None:
        """The price of a sweep; None where it is too small to speak of."""
        return cls._if_much(LONG, cells, sum(map(cost.work, cells)), cost.peak(cells))

    @classmethod
    def _if_much(
        cls, much: float, cells: Sequence[Experiment], work: float, size: float
    ) -> Self | None:
        most = _most()
        if work / 1e6 <= min(much, most.seconds / 2) and size <= min(MUCH_MEMORY, most.bytes):
            return None
        return cls(work * cost.second_of_work(max(cells, key=cost.work)), size)

    @property
    def words(self) -> str:
        """The price as people say it."""
        return f"about {cost.in_words(self.seconds)}, {in_words(self.bytes)}"

    def refusal(self) -> str:
        """Why it cannot be paid here, in a sentence; empty if it can."""
        most, free = _most(), available()
        if self.seconds > most.seconds or self.bytes > most.bytes:
            return (
                f"Not trained: this takes {self.words} of memory, and this page allows "
                f"{cost.in_words(most.seconds)} and {in_words(most.bytes)}."
            )
        if self.bytes > free:
            return (
                f"Not trained: this takes about {in_words(self.bytes)} of memory, and only "
                f"{in_words(free)} are free on this computer."
            )
        return ""


def _most() -> Price:
    """What a training may cost here."""
    if not (text := os.environ.get(MOST)):
        return Price(float("inf"), float("inf"))
    seconds, gigabytes = map(float, text.split())
    return Price(seconds, gigabytes * 1e9)
