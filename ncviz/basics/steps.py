"""Work in steps: a generator that tells how far it is, and returns what it found."""

import sys
from collections.abc import Callable, Generator
from typing import TypeVar

Step = TypeVar("Step")
Found = TypeVar("Found")


def to_the_end(
    steps: Generator[Step, None, Found], see: Callable[[Step], object] | None = None
) -> Found:
    """Take all steps, and return what the generator returns."""
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            found: Found = end.value
            return found
        if see is not None:
            see(step)


def with_bar(steps: Generator[float, None, Found], progress: bool) -> Found:
    """Take all steps, each the share that is done, under a bar of progress."""
    from tqdm.auto import tqdm

    with tqdm(total=1.0, disable=not seen(progress), bar_format="{percentage:3.0f}% {bar}") as bar:
        return to_the_end(steps, lambda share: bar.update(share - bar.n))


def seen(progress: bool = True) -> bool:
    """Whether a bar of progress can be seen: a Python without a console has no stderr."""
    return progress and sys.stderr is not None
