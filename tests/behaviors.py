"""Finished experiments whose outcomes are made up, so that their meaning is known."""

import numpy as np
from numpy.typing import NDArray

from ncviz import Experiment
from ncviz.results.outcomes import count
from ncviz.results.recording import PerRun
from ncviz.results.result import Result

POINTS = 1000

Outcomes = NDArray[np.int64]
"""±1, shape (runs, x, y, head, points)."""


def always_plus(runs: int = 20) -> Outcomes:
    return np.ones((runs, 2, 2, 2, POINTS), dtype=np.int64)


def flipped(
    outcomes: Outcomes, x: int, y: int, heads: tuple[int, ...], share: float, spread: float = 0.04
) -> Outcomes:
    """Turn a share of the points over for some heads in one setting; the share varies by run."""
    answer, rng = outcomes.copy(), np.random.default_rng(0)
    for run, some in enumerate(rng.normal(share, spread, len(outcomes))):
        points = rng.permutation(POINTS)[: max(0, round(some * POINTS))]
        for head in heads:
            answer[run, x, y, head, points] *= -1
    return answer


def explained() -> Outcomes:
    """S = 2.6, δ = 1.4: b turns over in setting 22, and in 11 both do, which only means show."""
    return flipped(flipped(always_plus(), 1, 1, (1,), 0.3), 0, 0, (0, 1), 0.2)


def hidden() -> Outcomes:
    """a = λ, b = λ(−1)^{xy}, λ = ±1 fair: S = 4, δ = 0, D = 2, but for some noise in setting 11."""
    answer = always_plus()
    answer[..., : POINTS // 2] = -1
    answer[:, 1, 1, 1] *= -1
    return flipped(answer, 0, 0, (1,), 0.12)


def undecided() -> Outcomes:
    """S = 2.6; in one run of ten the means move the other way, which makes δ uncertain."""
    answer = flipped(always_plus(), 1, 1, (1,), 0.3)
    answer[::10] *= -1
    return answer


def another_form() -> Outcomes:
    """What `explained` has in setting 22, in setting 11: the minus of S is in the wrong place."""
    return explained()[:, ::-1, ::-1]


def below() -> Outcomes:
    """b turns over in all settings but 22: every form is below 2."""
    answer = always_plus()
    for x, y in ((0, 0), (0, 1), (1, 0)):
        answer = flipped(answer, x, y, (1,), 0.3)
    return answer


def near_2() -> Outcomes:
    """S is 2.8 in 12 runs and 1.2 in 8: 2.16 on average."""
    answer = always_plus()
    for run in range(len(answer)):
        answer[run, 1, 1 if run % 5 < 3 else 0, 1, : 2 * POINTS // 5] = -1
    return answer


def result_of(outcomes: Outcomes, **fields: object) -> Result:
    """A finished experiment with these outcomes in the place of its own."""
    runs = len(outcomes)
    r = Experiment(runs=runs, steps=1, n_test=POINTS, **fields).run()
    counts = count(outcomes.reshape(runs, 4, 2, -1) > 0)
    c = counts.products / POINTS
    r.__dict__["per_run"] = PerRun(
        S=c @ [1, 1, 1, -1],
        correlators=c.reshape(runs, 2, 2),
        marginals=counts.outcomes.swapaxes(1, 2).reshape(runs, 2, 2, 2) / POINTS,
        influence=counts.changed / POINTS,
        outcomes=POINTS,
        diverged=np.zeros(runs, dtype=bool),
    )
    return r
