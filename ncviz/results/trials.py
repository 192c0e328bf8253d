"""A result as a Bell test of physics would have it: one setting a run, and one pair of outcomes."""

import numpy as np

from ncviz.basics.checks import short
from ncviz.inference import RandomSettings
from ncviz.results.result import Result


def random_trials(result: Result, seed: int = 0) -> RandomSettings:
    """One random setting and one random outcome pair of every run.

    An experiment trains each run in all four settings; a Bell test of physics sees each λ in one
    setting only, drawn at random. Here one setting, and one of its outcome pairs, is drawn for
    every run that did not diverge: an exact p-value is valid for these trials. It asks much more
    data of the same effect than the paired runs do.
    """
    if not isinstance(result, Result):
        raise ValueError(f"result must be a Result, not {short(result)}")
    outcomes = result.outcomes[~result.per_run.diverged]
    if not len(outcomes):
        raise ValueError("every run diverged: there are no trials to draw")
    rng = np.random.default_rng(seed)
    setting = rng.integers(4, size=len(outcomes))
    point = rng.integers(outcomes.shape[-1], size=len(outcomes))
    pairs = outcomes[np.arange(len(outcomes)), setting, :, point]
    return RandomSettings(setting // 2, setting % 2, pairs[:, 0], pairs[:, 1])
