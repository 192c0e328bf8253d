"""What a sweep costs: ratios measured side by side in one run, and the law behind the estimates.

python benchmarks/sweeps.py           all but the largest
python benchmarks/sweeps.py --large   100,000 nets too, for their memory
"""

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import median
from time import perf_counter, process_time

import numpy as np

from ncviz import Experiment, sweep
from ncviz.sweeps import cost
from ncviz.sweeps.cell import run_cells

ROUNDS = 3
SMALL = Experiment(runs=48)


def main() -> None:
    run_cells([replace(SMALL, steps=20)])  # imports what is imported on use
    print("processor seconds, medians of interleaved rounds")
    linear()
    sharing()
    law()
    overhead()
    if "--large" in sys.argv:
        memory()


def seconds(work: Callable[[], object], clock: Callable[[], float] = process_time) -> float:
    start = clock()
    work()
    return clock() - start


def interleaved(*works: Callable[[], object]) -> list[float]:
    """Median seconds of each, measured in turns."""
    rounds = [[seconds(work) for work in works] for _ in range(ROUNDS)]
    return [median(column) for column in zip(*rounds, strict=True)]


def together(cells: Sequence[Experiment]) -> Callable[[], object]:
    return lambda: run_cells(cells)


def alone(cells: Sequence[Experiment]) -> Callable[[], object]:
    return lambda: [run_cells([cell]) for cell in cells]


def linear() -> None:
    few, many = Experiment(runs=400), Experiment(runs=3200)
    times = interleaved(together([few]), together([many]))
    ratio = times[1] / times[0]
    met = "met" if ratio <= 8.8 else "MISSED"
    print(f"12,800 nets / 1,600 nets           {ratio:6.2f}   target ≤ 8.8  {met}")


def sharing() -> None:
    """Cells that share a batch against cells one by one; and sizes grouped against padded."""
    for runs in (16, 48):
        cells = [replace(SMALL, runs=runs, learning_rate=r) for r in (0.1, 0.2, 0.3, 0.5, 1.0)]
        one, shared = interleaved(alone(cells), together(cells))
        print(f"5 rates × {runs} runs, alone / shared {one / shared:7.2f}")
    sizes = range(1, 9)
    grouped = [replace(SMALL, hidden=n) for n in sizes]
    padded = [replace(SMALL, hidden=8, seed=n) for n in sizes]
    by_size, widest = interleaved(alone(grouped), together(padded))
    print(f"sizes 1 to 8 × 48 runs, padded to 8 in one batch / one by one {widest / by_size:7.2f}")


def law() -> None:
    """Fit the law of cost.py: what a step, a net, a unit and a cell cost."""
    rows, times = [], []
    for hidden in (1, 3, 8):
        for runs in (16, 64, 256, 512):
            for steps in (64, 320, 1280):
                cells = [Experiment(hidden=hidden, runs=runs, steps=steps)]
                times.append(min(seconds(together(cells)) for _ in range(2)) * 1e6)
                nets = 4.0 * runs
                rows.append([steps, steps * nets, steps * nets * hidden, 1, nets, nets * hidden])
    # Relative errors count, so that short trainings do.
    fit, *_ = np.linalg.lstsq(np.array(rows) / np.array(times)[:, None], np.ones(len(times)))
    off = np.abs(np.array(rows) @ fit / times - 1).max()
    ours = (cost.CALLS, cost.STEP_OF_NET, cost.STEP_OF_UNIT, cost.CELL, cost.NET, cost.UNIT)
    print(f"law, off by {100 * off:.0f} % at most; fitted now (in cost.py):")
    names = ("a step's calls", "a net's step", "a unit's step", "a cell", "a net", "a unit")
    for name, value, known in zip(names, fit, ours, strict=True):
        print(f"  {name:16}{value:10.3f} µs ({known:g})")
    step = 1e6 / 2048 * fit[0] + 1e6 * (fit[1] + 3 * fit[2])
    million = (2000 * step + 1e6 * (fit[4] + 3 * fit[5])) * 1e-6 / 3600
    print(f"a million nets × 2000 steps, hidden 3: {million:.2f} hours on one core")


def overhead() -> None:
    """Wall time on a cluster of one worker against in process, cells of a second or more."""
    for name, settings in {"as Dask sets it": {}, "left alone": LEFT_ALONE}.items():
        ratio = median(ratios_on_a_worker(settings))
        met = "met" if ratio <= 1.1 else "MISSED"
        print(f"Dask, one worker / in process, memory {name:16}{ratio:6.2f}   target ≤ 1.1  {met}")


LEFT_ALONE = {
    f"distributed.nanny.pre-spawn-environ.MALLOC_{name}_": str(2**30)
    for name in ("TRIM_THRESHOLD", "MMAP_THRESHOLD")
}
"""Dask makes its workers give back memory at once, and so fetch it anew at every use."""


def ratios_on_a_worker(settings: dict[str, str]) -> list[float]:
    import dask
    from distributed import Client, LocalCluster

    e, sizes = Experiment(runs=512), [3, 4, 5, 6]
    with (
        dask.config.set(settings),
        LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        ) as cluster,
        Client(cluster) as client,
    ):
        sweep(replace(e, steps=20), hidden=sizes, client=client, progress=False)  # imports
        ratios = []
        for _ in range(ROUNDS):
            here = seconds(lambda: sweep(e, hidden=sizes, progress=False), perf_counter)
            there = seconds(
                lambda: sweep(e, hidden=sizes, client=client, progress=False), perf_counter
            )
            ratios.append(there / here)
    return ratios


LARGE = """
import resource
from ncviz import Experiment
from ncviz.sweeps.cell import run_cells
run_cells([Experiment(runs=25_000)])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def memory() -> None:
    peak = int(subprocess.check_output([sys.executable, "-c", LARGE]))
    print(
        f"100,000 nets: peak memory {peak} MB   target < 2000  {'met' if peak < 2000 else 'MISSED'}"
    )


if __name__ == "__main__":
    main()
