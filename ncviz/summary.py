"""The headline numbers of an experiment at one step, each with its interval over runs."""

from dataclasses import dataclass
from itertools import islice
from typing import Self

import numpy as np

from ncviz.bell.forms import shifts
from ncviz.experiment import Experiment
from ncviz.inference import ERROR, Estimate, estimates, many_ties
from ncviz.recording import PerRun
from ncviz.signalling import LIMITS, signalling_estimates, signalling_rows

TASK_NAMES = ("A1", "A2", "B1", "B2")


@dataclass(frozen=True)
class Summary:
    """All that a verdict needs.

    Parameters
    ----------
    experiment : Experiment
    s : Estimate
        S, the mean over runs.
    correlators : tuple of Estimate
        In the settings 11, 12, 21, 22.
    marginals : tuple of pairs of Estimate
        For A1, A2, B1, B2: the mean outcome beside the partner's first task, and its second.
    shifts : tuple of Estimate
        For A1, A2, B1, B2: the second of the pair minus the first. The four intervals hold
        together in 95 % (Bonferroni), so that the largest of them can be picked.
    excess, delta, D : Estimate
        s_odd − 2, δ, and D = s_odd − 2 − δ, of the behavior averaged over runs.
    influence : Estimate
        2 Σ f_k: no run's S can exceed 2 by more than its own.
    outcomes : int
        Outcomes of a run so far, of each head in each setting: the outcome rule may not have
        begun yet.
    above : int
        Runs with S > 2.
    diverged : int
        Runs left out.
    tied : bool
        More than a quarter of the runs have the same S, as near saturation.
    """

    experiment: Experiment
    s: Estimate
    correlators: tuple[Estimate, ...]
    marginals: tuple[tuple[Estimate, Estimate], ...]
    shifts: tuple[Estimate, ...]
    excess: Estimate
    delta: Estimate
    D: Estimate
    influence: Estimate
    outcomes: int
    above: int
    diverged: int
    tied: bool

    @classmethod
    def of(cls, experiment: Experiment, runs: PerRun) -> Self:
        """Summarise the numbers of every run."""
        alice = runs.marginals[:, 0].reshape(-1, 4)
        bob = runs.marginals[:, 1].swapaxes(1, 2).reshape(-1, 4)
        parts = [
            (runs.S[None], -4, 4, ERROR),
            (runs.correlators.reshape(-1, 4).T, -1, 1, ERROR),
            (alice.T, -1, 1, ERROR),
            (bob.T, -1, 1, ERROR),
            (shifts(runs.marginals).T, -2, 2, ERROR / 4),
            (2 * runs.influence.sum(axis=1)[None], 0, 8, ERROR),
            (signalling_rows(runs.correlators, runs.marginals), *np.transpose(LIMITS), ERROR),
        ]
        # One call for all rows: its cost is nearly the same for one row and for thirty.
        low, high, error = (
            np.concatenate([np.broadcast_to(part[i], len(part[0])) for part in parts])
            for i in (1, 2, 3)
        )
        means = iter(estimates(np.concatenate([rows for rows, *_ in parts]), low, high, error))
        s, *correlators = islice(means, 5)
        pairs = list(islice(means, 8))
        moved = tuple(islice(means, 4))
        influence = next(means)
        excess, delta, D = signalling_estimates(list(means))
        return cls(
            experiment=experiment,
            s=s,
            correlators=tuple(correlators),
            marginals=tuple(zip(pairs[::2], pairs[1::2], strict=True)),
            shifts=moved,
            excess=excess,
            delta=delta,
            D=D,
            influence=influence,
            outcomes=runs.outcomes,
            above=int(np.count_nonzero(runs.S > 2)),
            diverged=int(np.count_nonzero(runs.diverged)),
            tied=bool(many_ties(runs.S[None])[0]),
        )
