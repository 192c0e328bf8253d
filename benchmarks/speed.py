"""What `make bench` runs: the speed of ncviz beside other ways of the same training.

Seconds say little on a shared machine, so only ratios are printed. All candidates share one core
and take turns, round after round, and each ratio is formed within a round. A target is met if the
median over the rounds meets it.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import process_time
from typing import TYPE_CHECKING

# Both are read once, by torch and by JAX, when they are first imported.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"

if TYPE_CHECKING:
    from baselines import Floats, Order, Weights

    from ncviz import Experiment

    Arrays = tuple[Weights, Floats, Floats, Order, float]

MODULE_NETS, MODULE_STEPS = 2, 500
TOLERANCE = 1e-4


@dataclass(frozen=True)
class Target:
    """A bound on the ratio of two candidates' times."""

    above: str
    below: str
    bound: float
    at_least: bool = False

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.bound:g}"

    def met(self, ratio: float) -> bool:
        """Whether a ratio is on the right side of the bound."""
        return ratio >= self.bound if self.at_least else ratio <= self.bound


SMALL = (
    Target("nn.Module", "training", 400, at_least=True),
    Target("JAX", "training", 1.2, at_least=True),
    Target("run()", "training", 1.8),
    Target("run()", "C", 4),
)
LARGE = (Target("JAX", "training", 3, at_least=True), *SMALL[2:])

MEMORY_BOUND = 600  # MB
MEMORY_PROGRAM = """
import resource
import ipywidgets, pandas, scipy.optimize, scipy.stats, seaborn, torch
import ncviz
ncviz.Experiment().run()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""

LEGEND = f"""
training   ncviz without any evaluation, the drawing of weights, points and order included
run()      Experiment.run(): the same, a hundred held-out evaluations and the Result
nn.Module  one torch module after another; {MODULE_NETS} nets × {MODULE_STEPS} steps, scaled up
JAX        jit(vmap(scan)), compiled beforehand
C          benchmarks/plain.c, one net after another"""


def main() -> None:
    """Measure everything, and print one line for each target."""
    parser = argparse.ArgumentParser(description="Compare the speed of ncviz with other ways.")
    parser.add_argument("--rounds", type=int, default=8, help="rounds at 200 nets (default: 8)")
    rounds = parser.parse_args().rounds
    use_one_core()
    # First of all: on Linux a child's peak starts from what its parent held at the fork.
    memory = peak_memory()

    import torch

    from ncviz import Experiment

    torch.set_num_threads(1)
    skipped = missing()
    for name, reason in skipped.items():
        print(f"{name} is skipped: {reason}")
    check_agreement(Experiment(runs=4, steps=50), skipped)
    print(LEGEND)
    print(f"\n{'ratio of times':24}{'nets':>5}{'median':>9}{'min':>9}{'max':>9}{'target':>9}")
    report(SMALL, Experiment(), rounds, skipped)
    report(LARGE, Experiment(runs=400), max(1, rounds // 2), skipped)
    verdict = "met" if memory < MEMORY_BOUND else "MISSED"
    bound = f"< {MEMORY_BOUND}"
    print(f"{'peak memory of run(), MB':24}{200:5}{memory:9.0f}{bound:>27}  {verdict}")


def use_one_core() -> None:
    """Keep this process and its children to one core, where the system allows it."""
    if hasattr(os, "sched_setaffinity"):
        core = max(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {core})
        print(f"every candidate has one thread, and core {core} alone")
    else:
        print("every candidate has one thread, but this system cannot pin it to a core")


def peak_memory() -> float:
    """Peak resident memory, in MB, of a fresh process that runs the default experiment."""
    program = [sys.executable, "-c", MEMORY_PROGRAM]
    peak = int(subprocess.run(program, check=True, stdout=subprocess.PIPE).stdout)
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e6


def missing() -> dict[str, str]:
    """Candidates that cannot run here, each with the reason."""
    import baselines

    reasons = {"JAX": baselines.jax_missing(), "C": baselines.c_missing()}
    return {name: reason for name, reason in reasons.items() if reason}


def arrays(experiment: "Experiment") -> "Arrays":
    """What the baselines take: every net of the experiment, run by run, in its starting state."""
    import numpy as np

    from ncviz.basics.protocol import TASK_OF_SETTING
    from ncviz.engine.chance import draw
    from ncviz.tasks import N_BITS

    draws = [draw(experiment, run) for run in range(experiment.runs)]
    settings = len(TASK_OF_SETTING)

    def per_net(of_run: list[np.ndarray], dtype: type) -> np.ndarray:
        return np.repeat(np.asarray(of_run, dtype), settings, axis=0)

    hidden_weight = per_net([d.hidden_weight for d in draws], np.float32)
    weights = {
        "hidden_weight": hidden_weight,
        "hidden_bias": np.zeros(hidden_weight.shape[:2], np.float32),
        "head_weight": per_net([d.head_weight for d in draws], np.float32),
        "head_bias": np.zeros((len(hidden_weight), 2), np.float32),
    }
    columns = N_BITS + np.array(TASK_OF_SETTING)
    targets = [d.train[:, pair] for d in draws for pair in columns]
    return (
        weights,
        per_net([d.train[:, :N_BITS] for d in draws], np.float32),
        np.ascontiguousarray(targets, np.float32),
        per_net([d.order for d in draws], np.int32),
        experiment.learning_rate,
    )


def train_ncviz(experiment: "Experiment") -> "Weights":
    """Train by ncviz, and lay its weights out as the baselines do."""
    import numpy as np
    from baselines import NAMES

    from ncviz.engine.network import Nets
    from ncviz.engine.training import train

    *_, last = train(experiment, [experiment.steps])
    run_by_run = {}
    for name in NAMES:
        blocks = []
        for block in last.blocks:
            trained = block.trained()
            rows = trained.rows.flatten(start_dim=1)
            nets = getattr(Nets.views(rows, trained.trunks, trained.hidden), name).numpy()
            nets = nets.reshape(*nets.shape[:-1], 4, -1)
            blocks.append(np.moveaxis(nets, (-1, -2), (0, 1)))
        run_by_run[name] = np.concatenate(blocks).reshape(4 * experiment.runs, *blocks[0].shape[2:])
    for name in ("hidden_weight", "hidden_bias"):
        run_by_run[name] = run_by_run[name][:, 0]  # the one trunk that both heads share
    return run_by_run


def check_agreement(experiment: "Experiment", skipped: dict[str, str]) -> None:
    """Stop unless all candidates arrive at the same weights."""
    from baselines import largest_difference, train_c, train_jax, train_modules

    reference = train_modules(*arrays(experiment))
    candidates = {"JAX": train_jax, "C": train_c}
    others = {n: f(*arrays(experiment)) for n, f in candidates.items() if n not in skipped}
    others["ncviz"] = train_ncviz(experiment)
    differences = {name: largest_difference(reference, w) for name, w in others.items()}
    listed = ", ".join(f"{name} {d:.0e}" for name, d in differences.items())
    print(f"largest difference from nn.Module's weights after {experiment.steps} steps: {listed}")
    if not all(difference < TOLERANCE for difference in differences.values()):
        raise SystemExit(f"the candidates do not do the same training (tolerance {TOLERANCE})")


def report(
    targets: tuple[Target, ...], experiment: "Experiment", rounds: int, skipped: dict[str, str]
) -> None:
    """Time all candidates that the targets name, and print the ratios."""
    names = {name for target in targets for name in (target.above, target.below)} - set(skipped)
    timers = {name: timer for name, timer in timers_of(experiment).items() if name in names}
    for timer in timers.values():
        timer()  # compiles, and imports what is imported on use
    seconds = [{name: timer() for name, timer in timers.items()} for _ in range(rounds)]
    for target in targets:
        label = f"{target.above} / {target.below}"
        if not {target.above, target.below} <= names:
            print(f"{label:24}{4 * experiment.runs:5}{'skipped':>9}")
            continue
        ratios = [times[target.above] / times[target.below] for times in seconds]
        middle = median(ratios)
        numbers = "".join(f"{ratio:9.4g}" for ratio in (middle, min(ratios), max(ratios)))
        verdict = "met" if target.met(middle) else "MISSED"
        print(f"{label:24}{4 * experiment.runs:5}{numbers}{target!s:>9}  {verdict}", flush=True)


def timers_of(experiment: "Experiment") -> dict[str, Callable[[], float]]:
    """For each candidate, a function that trains the experiment once and returns the seconds."""
    from baselines import train_c, train_jax, train_modules

    from ncviz.engine.training import train

    whole = arrays(experiment)
    weights, points, labels, order, rate = whole
    few = slice(MODULE_NETS)
    shorter = order[few, :MODULE_STEPS]
    part = ({name: w[few] for name, w in weights.items()}, points[few], labels[few], shorter, rate)
    scale = order[..., 0].size / shorter[..., 0].size
    return {
        "training": lambda: seconds_of(lambda: list(train(experiment, [experiment.steps]))),
        "run()": lambda: seconds_of(experiment.run),
        "C": lambda: seconds_of(lambda: train_c(*whole)),
        "JAX": lambda: seconds_of(lambda: train_jax(*whole)),
        "nn.Module": lambda: scale * seconds_of(lambda: train_modules(*part)),
    }


def seconds_of(work: Callable[[], object]) -> float:
    """Seconds of processor time.

    On a busy machine the clock favours short work, which fits between two interruptions.
    """
    start = process_time()
    work()
    return process_time() - start


if __name__ == "__main__":
    main()
