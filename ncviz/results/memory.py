"""How much memory a training takes at its peak, and how much there is."""

from collections.abc import Iterator
from pathlib import Path

from ncviz.engine.batching import POINTS_AHEAD, POINTS_PER_CHUNK, POINTS_PER_PIECE
from ncviz.engine.evaluation import NUMBERS_AT_ONCE
from ncviz.engine.network import n_parameters
from ncviz.engine.stepping import padded
from ncviz.engine.training import RUNS_PER_BLOCK
from ncviz.results.outcomes import watched
from ncviz.results.recording import KEPT_NUMBERS
from ncviz.setup import Setup

LITTLE = 100e6  # bytes; what takes less is let pass without a look at what there is
WITHOUT = 10e6  # bytes that even the smallest experiment takes
CGROUPS = Path("/sys/fs/cgroup")


def memory(experiment: Setup, records: int = 101) -> float:
    """About how many bytes training takes at its peak, from its arrays; right within twice."""
    e, runs = experiment, experiment.runs
    trunks = 1 if e.trunk == "shared" else 2
    numbers, units = n_parameters(trunks, e.hidden), trunks * e.hidden
    nets = 4 * padded(runs)
    one_by_one = e.sampling == "minibatch"
    batch = e.batch_size if one_by_one else POINTS_PER_PIECE
    # The weights, their gradient point by point, the units with their slopes, what Adam keeps.
    steps = 4 * nets * (batch * (numbers + 2 * units + 4) + 4 * numbers)
    # Points and labels of four bytes: as drawn, as looked up, and as laid out for four settings.
    laid_out = 132 * max(POINTS_PER_CHUNK, batch) if one_by_one else 110 * e.n_train
    order = 4 * min(max(POINTS_AHEAD, batch), e.steps * batch) if one_by_one else 0
    points = padded(runs) * (32 * e.n_train + laid_out + order)
    drawn = 32 * e.n_train * min(runs, RUNS_PER_BLOCK)
    # Evaluations: points and signs; units and margins of some runs at a time.
    judged = runs * 20 * (e.n_train + e.n_test)
    at_once = min(runs, 64, max(1, NUMBERS_AT_ONCE // (4 * units * max(e.n_test, e.n_train))))
    judged += at_once * 4 * (4 * units + 40) * (e.n_test + e.n_train)
    # What is kept: counts and losses, nets of every record and of the end, outcomes twice.
    looks = len(watched(e))
    kept = runs * (170 * records + 16 * numbers + 8 * (2 * e.n_test + 2 * looks)) + 40 * looks
    kept += 4 * min(KEPT_NUMBERS, records * 4 * numbers * runs)
    return WITHOUT + steps + points + drawn + judged + kept


def check_memory(needed: float) -> None:
    """Refuse what cannot fit, before a byte of it is taken."""
    if needed > LITTLE and needed > (free := available()):
        raise ValueError(
            f"this needs about {in_words(needed)} of memory, and {in_words(free)} are free here; "
            "fewer runs, points, hidden neurons or a smaller batch need less"
        )


def available() -> float:
    """Bytes that this process could still take, of the machine or of its container."""
    import psutil

    return float(min([psutil.virtual_memory().available, *_of_groups()]))


def in_words(size: float) -> str:
    """Bytes as people say them."""
    gigabytes = size / 1e9
    if gigabytes >= 10:
        return f"{float(f'{gigabytes:.2g}'):,.0f} GB"
    return f"{gigabytes:.1g} GB" if gigabytes < 1 else f"{gigabytes:.2g} GB"


def _of_groups() -> Iterator[float]:
    """What the control groups of Linux leave to this process, the outer ones too."""
    try:
        own = [line.partition("::")[2] for line in Path("/proc/self/cgroup").read_text().split()]
    except OSError:  # not Linux
        return
    inner = CGROUPS / next((path for path in own if path), "").lstrip("/")
    for folder in [inner, *inner.parents]:
        try:
            most = float((folder / "memory.max").read_text())  # "max" is no number
            used = float((folder / "memory.current").read_text())
            stat = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        except (OSError, ValueError):
            continue
        yield most - used + float(stat.get("inactive_file", 0))  # which is given up when needed
