"""Nets that train side by side, one a core, each with the very numbers that it has alone."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import Event

from ncviz.basics.computing import cores, one_thread
from ncviz.bert.training.net import Net

MOST = 4
"""Nets at a time, however many cores there are: with more they wait for memory."""

WIDE = 128
"""Width from which the matrices are large enough for threads to help more than they hinder."""


def crew_of(device: str, width: int) -> int:
    """How many nets of some width train at a time on a device."""
    if device != "cpu" or width < WIDE:
        return 1
    return min(MOST, cores())


def side_by_side(
    nets: Sequence[Net], start: int, stop: int, crew: int, last: bool
) -> Iterator[None]:
    """Train nets from one step to another, and let them answer the texts of the record.

    torch itself gains nothing from a second core at this size, and loses much where the machine
    is busy; two nets on a core each gain nearly all of it.

    Parameters
    ----------
    nets : sequence of Net
    start, stop : int
    crew : int
        How many at a time.
    last : bool
        Whether the training ends there, so that the training texts are asked too.

    Yields
    ------
    None
        After each net, in whatever order they are done. Closing the generator stops the others
        at their next step.
    """
    halt = Event()

    @one_thread
    def work(net: Net) -> None:
        if net.advance(start, stop, halt):
            for which in ("test", "train") if last else ("test",):
                net.margins(which)

    with ThreadPoolExecutor(crew, thread_name_prefix="ncviz-bert") as pool:
        waiting = [pool.submit(work, net) for net in nets]
        try:
            for done in as_completed(waiting):
                done.result()
                yield
        finally:
            halt.set()
            pool.shutdown(cancel_futures=True)
