"""What was chosen among several, seeds or hidden sizes, told without flattering the answer."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from ncviz.basics.handing import hands_out
from ncviz.bell import CLASSICAL_BOUND
from ncviz.experiment import Experiment
from ncviz.inference import ERROR, Estimate, holm, p_above
from ncviz.results.result import Result

if TYPE_CHECKING:
    import pandas as pd


@hands_out("explored")
@dataclass(frozen=True)
class Confirmation:
    """A search over sizes, and a fresh look at the size that it chose.

    Parameters
    ----------
    explored : DataFrame
        A row a size: hidden, S, low, high, p ("the mean of S is at most 2") and p_holm, corrected
        for looking at several sizes.
    chosen : int
        The size with the largest mean S.
    confirmed : Result
        That size with another seed, the only one from which S is to be quoted: the largest of
        several estimates is on average too large.
    p : float
        Of S at most 2, from the confirming runs alone; it needs no correction.
    """

    explored: "pd.DataFrame"
    chosen: int
    confirmed: Result
    p: float


def confirm(experiment: Experiment, hidden: Iterable[int], seed: int) -> Confirmation:
    """Look for the size with the largest S, and measure S there with fresh runs.

    `seed` is that of the confirming runs. `ValueError` if it is the experiment's own, `hidden` has
    no size, or every run diverges.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.sweeps.confirmation import confirm
    >>> confirm(Experiment(runs=16, steps=200), hidden=[1, 3], seed=1).chosen
    3
    """
    import pandas as pd

    sizes = list(hidden)
    if not sizes:
        raise ValueError("hidden must name at least one size")
    if seed == experiment.seed:
        raise ValueError(f"seed must not be that of the experiment, {seed}: fresh runs are needed")
    results = [replace(experiment, hidden=size).run() for size in sizes]
    p = np.array([p_above(result.paired) for result in results])
    found = [(r.experiment.hidden, r.s.value, r.s.low, r.s.high) for r in results]
    explored = pd.DataFrame(found, columns=["hidden", "S", "low", "high"])
    explored = explored.assign(p=p, p_holm=holm(p))
    chosen = sizes[int(explored["S"].idxmax())]
    confirmed = replace(experiment, hidden=chosen, seed=seed).run()
    return Confirmation(explored, chosen, confirmed, p_above(confirmed.paired))


def false_alarm(looks: int) -> float:
    """Chance that at least one of several looks is called above 2 where S is 2, 1 − 0.975^looks.

    Examples
    --------
    >>> from ncviz.sweeps.confirmation import false_alarm
    >>> round(false_alarm(10), 3)
    0.224
    """
    return float(1 - (1 - ERROR / 2) ** looks)


def fresh(experiment: Experiment, looked: Iterable[int] = ()) -> Experiment:
    """Return the same experiment with a seed at which nobody has looked, for confirming it.

    Its seed is 2³² plus the first 32-bit number of ``numpy.random.SeedSequence(sorted(seeds looked
    at))``, the experiment's own among them: the same for everybody who has looked at these, chosen
    by none of them, and beyond those that one types. (The next that is free, should it be one.)

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.sweeps.confirmation import fresh
    >>> fresh(Experiment(runs=16, steps=200), looked=range(5)).seed
    6851757636
    """
    seen = {experiment.seed, *looked}
    seed = 2**32 + int(np.random.SeedSequence(sorted(seen)).generate_state(1)[0])
    while seed in seen:
        seed += 1
    return replace(experiment, seed=seed)


@dataclass
class _Search:
    """What was seen of one question."""

    seeds: dict[int, Estimate] = field(default_factory=dict)
    confirmed: tuple[Experiment, Estimate] | None = None


class Looks:
    """Every seed looked at, a question at a time: an experiment without seed, device and runs.

    What no number of looks can bring above 2 (one run, separate trunks, runs that all diverged)
    is no look.
    """

    def __init__(self) -> None:
        self._searches: dict[Experiment, _Search] = {}

    def note(self, result: Result) -> None:
        """Somebody has seen the S of a full answer."""
        e, s = result.experiment, result.s
        search = self._searches.get(question(e), _Search())
        confirming = search.confirmed is not None and search.confirmed[0].seed == e.seed
        if s.n > 1 and e.trunk == "shared" and not confirming:
            self._searches[question(e)] = search
            search.seeds[e.seed] = s

    def confirm(self, result: Result) -> None:
        """A fresh seed, which `fresh` gave, was trained; the one before is a look from now on."""
        search = self._searches[question(result.experiment)]
        if search.confirmed is not None:
            search.seeds[search.confirmed[0].seed] = search.confirmed[1]
        search.confirmed = (result.experiment, result.s)

    def seeds(self, experiment: Experiment) -> int:
        """How many seeds of its question were looked at."""
        return len(self._of(experiment).seeds)

    def sizes(self, experiment: Experiment) -> int:
        """How many hidden sizes were looked at where all else of its question is the same."""
        mine = replace(question(experiment), hidden=1)
        return sum(replace(each, hidden=1) == mine for each in self._searches)

    def unconfirmed(self, experiment: Experiment) -> bool:
        """Whether something was chosen that no fresh seed, with as many runs, has confirmed."""
        return self.seeds(experiment) > 1 and not self._confirmed(experiment)

    def fresh(self, experiment: Experiment) -> Experiment:
        """The experiment with a seed that was looked at in no question."""
        searches = self._searches.values()
        confirmed = [s.confirmed[0].seed for s in searches if s.confirmed]
        return fresh(experiment, [*confirmed, *(seed for s in searches for seed in s.seeds)])

    def sentence(self, experiment: Experiment) -> str:
        """What the looks at its question mean; empty until the second."""
        n = self.seeds(experiment)
        if n < 2:
            return ""
        if confirmed := self._confirmed(experiment):
            return _said(self._of(experiment).seeds, *confirmed)
        sizes = self.sizes(experiment)
        also = f" (and at {sizes} sizes, which adds little)" if sizes > 1 else ""
        # Rounded up, since it is said to be the most.
        share = math.ceil(100 * false_alarm(n))
        return (
            f"You have looked at {n} seeds of this experiment{also}: even if S were 2, at least "
            f"one of {n} would be called above 2 in up to {share} % of such searches."
        )

    def _of(self, experiment: Experiment) -> _Search:
        return self._searches.get(question(experiment), _Search())

    def _confirmed(self, experiment: Experiment) -> tuple[Experiment, Estimate] | None:
        """By what its question is confirmed, if with as many runs."""
        confirmed = self._of(experiment).confirmed
        return confirmed if confirmed and confirmed[0].runs >= experiment.runs else None


def question(experiment: Experiment) -> Experiment:
    """What several seeds are looks at, as the experiment that all of them have in common."""
    return replace(experiment, seed=0, runs=1, device="cpu", pairing=experiment.tasks)


def _said(seeds: dict[int, Estimate], experiment: Experiment, s: Estimate) -> str:
    """The number that was found, beside the one to quote."""
    best = max(seeds, key=lambda seed: seeds[seed].value)
    found = f"Found: S = {seeds[best]} with seed {best}, the best of {len(seeds)} seeds."
    if s.n == 0:
        return f"{found} Not confirmed: with fresh seed {experiment.seed} every run diverged."
    word = "Confirmed" if s.low > CLASSICAL_BOUND else "Not confirmed"
    if not seeds[best].low > CLASSICAL_BOUND:
        word = "Measured afresh"
    return f"{found} {word}: S = {s} with fresh seed {experiment.seed}: quote this one."
