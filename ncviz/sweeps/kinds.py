"""Experiments of another kind than `Experiment`, which a sweep lets train themselves."""

from collections.abc import Generator
from typing import Protocol, runtime_checkable

from ncviz.result import Result


@runtime_checkable
class TrainsItself(Protocol):
    """What a sweep asks of them, beside being frozen dataclasses with `seed` and `runs`."""

    def train(self) -> Generator[float, None, Result]:
        """Train, giving the share that is done, and return the result."""

    def work(self) -> float:
        """Relative cost, for a progress bar."""
