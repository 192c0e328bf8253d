"""How much of the kernel's time one frame of the Explorer takes, while it trains.

    python benchmarks/frames.py

A frame is all that brings a recorded step to every live view, the packing of the messages included.
Curves are drawn up to thirty times a second; words and numbers, with their intervals, four times
and at the end. The target is for the mean over all frames. A busy machine makes every number
larger.
"""

import time
from collections.abc import Callable
from statistics import mean, median, quantiles
from typing import Any

import comm
from jupyter_client.session import Session

from ncviz import Experiment, Explorer

SEEDS = range(5)
SIZES = {"default": Experiment(), "400 runs, 12 neurons": Experiment(runs=400, hidden=12)}
TARGET = 1  # ms


def main() -> None:
    """Train some experiments, and print how long the frames took."""
    pack_messages()
    frames_of(Experiment())  # imports what is imported on use
    print(
        f"{'milliseconds of the kernel a frame':36}{'frames':>7}{'mean':>7}{'median':>8}{'90 %':>7}"
    )
    for name, experiment in SIZES.items():
        times = [t for seed in SEEDS for t in frames_of(experiment, seed)]
        numbers = (mean(times), median(times), quantiles(times, n=10)[-1])
        met = "met" if mean(times) <= TARGET else "MISSED"
        print(
            f"{name:36}{len(times):7}{numbers[0]:7.2f}{numbers[1]:8.2f}{numbers[2]:7.2f}"
            f"   mean ≤ {TARGET}  {met}"
        )


def pack_messages() -> None:
    """Without a front end messages go nowhere; let each at least be packed as for one."""
    session = Session()

    def packed(_comm: Any, _kind: str, data: Any = None, **_rest: Any) -> None:
        session.pack({"data": data})

    comm.DummyComm.publish_msg = packed


def frames_of(experiment: Experiment, seed: int = 0) -> list[float]:
    """Milliseconds of each frame of one whole training."""
    explorer = Explorer(experiment, runs=1, steps=1)
    times: list[float] = []
    # All that is drawn of a new moment is drawn while the state tells its parts of it.
    explorer.state.notify_change = timed(explorer.state.notify_change, times)
    explorer.experiment = Experiment(runs=experiment.runs, hidden=experiment.hidden, seed=seed)
    while explorer.result is None:
        time.sleep(0.05)
    explorer.close()
    return times


def timed(show: Callable[..., None], times: list[float]) -> Callable[..., None]:
    """The same, noting the thread's own time, without what other threads take meanwhile."""

    def timed_show(change: Any) -> None:
        start = time.thread_time()
        show(change)
        if change["name"] == "newest":
            times.append((time.thread_time() - start) * 1000)

    return timed_show


if __name__ == "__main__":
    main()
