"""How many behaviors a second each closed form takes, and what a linear programme costs beside it.

    PYTHONPATH=tools python benchmarks/behaviors.py

Each closed form starts from the probabilities alone, so that the time includes their check, and the
correlators, marginals and forms that it needs. A programme and its closed form take turns on
behaviors of one kind, round after round, and the ratio is formed within a round. A busy machine
makes every rate smaller.
"""

import os
from collections.abc import Callable
from statistics import median
from time import process_time

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np

import programmes
from ncviz.bell import Behavior, pr_box

MANY, FEW, ROUNDS = 100_000, 100, 7
TARGET = 100_000  # behaviors a second
TOLERANCE = 1e-8

CLOSED_FORMS: dict[str, Callable[[Behavior], object]] = {
    "S": lambda b: b.S,
    "s_odd": lambda b: b.s_odd,
    "win_chance": lambda b: b.win_chance,
    "delta": lambda b: b.delta,
    "D": lambda b: b.D,
    "CNT2": lambda b: b.CNT2,
    "NCNT2": lambda b: b.NCNT2,
    "is_local": lambda b: b.is_local(),
    "is_quantum": lambda b: b.is_quantum(),
}

PROGRAMMES: dict[str, tuple[Callable[[Behavior], object], Callable[[Behavior], object]]] = {
    "contextual fraction": (
        lambda b: b.contextual_fraction(),
        lambda b: np.maximum(0, (b.s_odd - 2) / 2),
    ),
    "is_local": (lambda b: programmes.local(b.p), lambda b: b.is_local()),
    "CNT2": (lambda b: programmes.cnt2(b.p), lambda b: b.CNT2),
    "NCNT2": (lambda b: programmes.ncnt2(b.p), lambda b: b.NCNT2),
}
"""Each programme, and its closed form where nothing signals."""


def main() -> None:
    """Measure everything, and print a line each."""
    print(f"{'closed form':24}{'behaviors a second':>20}{'target':>12}")
    many = behaviors(MANY)
    for name, form in CLOSED_FORMS.items():
        rate = MANY / median(seconds_of(form, many) for _ in range(ROUNDS))
        verdict = "met" if rate >= TARGET else "MISSED"
        print(f"{name:24}{rate:20,.0f}{f'≥ {TARGET:,}':>12}  {verdict}", flush=True)

    print(f"\n{'programme':24}{'ms a behavior':>20}{'× closed form':>16}{'min':>10}{'max':>10}")
    few = behaviors(FEW)
    for name, (programme, form) in PROGRAMMES.items():
        if not np.allclose(programme(few), form(few), rtol=0, atol=TOLERANCE):
            raise SystemExit(f"{name}: programme and closed form do not agree")
        slow, ratios = [], []
        for _ in range(ROUNDS):
            slow.append(seconds_of(programme, few) / FEW)
            fast = seconds_of(form, many) / MANY
            ratios.append(slow[-1] / fast)
        numbers = f"{1000 * median(slow):20.2f}{median(ratios):16,.0f}"
        print(f"{name:24}{numbers}{min(ratios):10,.0f}{max(ratios):10,.0f}", flush=True)


def behaviors(number: int) -> Behavior:
    """Random mixtures of the deterministic strategies and a PR box: none signals."""
    rng = np.random.default_rng(0)
    signs = np.array(np.meshgrid(*[(1, -1)] * 4)).reshape(4, -1)
    a1, a2, b1, b2 = signs[:, :, None]
    strategies = Behavior.from_outcomes(
        np.stack([a1, a1, a2, a2], axis=1), np.stack([b1, b2, b1, b2], axis=1)
    )
    local = np.tensordot(rng.dirichlet(np.full(16, 0.3), number), strategies.p, axes=1)
    share = rng.uniform(0, 1, (number, 1, 1, 1, 1))
    return Behavior((1 - share) * local + share * pr_box().p)


def seconds_of(work: Callable[[Behavior], object], behavior: Behavior) -> float:
    """Seconds of processor time, which waiting for other programs does not lengthen.

    The behavior is made anew, so that nothing of it has been computed before.
    """
    start = process_time()
    work(Behavior(behavior.p))
    return process_time() - start


if __name__ == "__main__":
    main()
