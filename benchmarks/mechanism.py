"""What recording the mechanism's data costs beside plain training; `make bench` runs it.

Only ratios are printed: both take turns, round after round, and each ratio is formed within a
round. A training that nobody looks into does not know of the mechanism: there it costs nothing.
"""

import argparse
import os
from statistics import median
from time import process_time

os.environ["OMP_NUM_THREADS"] = "1"  # read once, when torch is first imported

BOUND = 1.6
"""At most 60 % more than run() alone, at its default recording interval."""


def main() -> None:
    """Measure, and print one line for each experiment."""
    parser = argparse.ArgumentParser(description="What does looking into the shared layer cost?")
    parser.add_argument("--rounds", type=int, default=8, help="rounds (default: 8)")
    rounds = parser.parse_args().rounds

    from ncviz import Experiment
    from ncviz.mechanism import competition

    def plain(experiment: Experiment) -> float:
        start = process_time()
        experiment.run()
        return process_time() - start

    def watched(experiment: Experiment) -> float:
        start = process_time()
        competition(experiment.run())
        return process_time() - start

    print("(run() + competition of every record) / run()")
    print(f"{'experiment':34}{'median':>9}{'min':>9}{'max':>9}{'target':>9}")
    for experiment in (Experiment(), Experiment(hidden=8), Experiment(runs=200)):
        watched(experiment)  # imports what is imported on use
        ratios = [watched(experiment) / plain(experiment) for _ in range(rounds)]
        numbers = "".join(f"{x:9.3f}" for x in (median(ratios), min(ratios), max(ratios)))
        verdict = "met" if median(ratios) <= BOUND else "MISSED"
        print(f"{experiment.code():34}{numbers}{f'≤ {BOUND:g}':>9}  {verdict}", flush=True)


if __name__ == "__main__":
    main()
