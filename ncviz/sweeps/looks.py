"""Which seeds of an experiment somebody has looked at, and what that does to the best of them."""

import math
from dataclasses import dataclass, field, replace

from ncviz.bell import CLASSICAL_BOUND
from ncviz.experiment import Experiment
from ncviz.inference import Estimate
from ncviz.results.result import Result
from ncviz.sweeps.confirmation import false_alarm, fresh


@dataclass
class _Search:
    """What was seen of one question."""

    seeds: dict[int, Estimate] = field(default_factory=dict)
    confirmed: tuple[Experiment, Estimate] | None = None


class Looks:
    """Every seed looked at, a question at a time.

    A question is an experiment without its seed, its device and its number of runs: more runs of
    a seed go on with those already seen, so that they are no new question. Another seed is another
    look; a seed seen again is not. What no number of looks can bring above 2 (one run, separate
    trunks, runs that all diverged) is no look.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.sweeps.looks import Looks
    >>> looks = Looks()
    >>> for seed in range(3):
    ...     looks.note(Experiment(runs=5, steps=20, seed=seed).run())
    >>> looks.seeds(Experiment(runs=5, steps=20))
    3
    >>> looks.sentence(Experiment(runs=5, steps=20)).partition(":")[0]
    'You have looked at 3 seeds of this experiment'
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
            experiment, s = search.confirmed
            search.seeds[experiment.seed] = s
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
        search = self._of(experiment)
        return len(search.seeds) > 1 and not self._is_confirmed(experiment)

    def fresh(self, experiment: Experiment) -> Experiment:
        """The experiment with a seed that was looked at in no question."""
        searches = self._searches.values()
        confirmed = [s.confirmed[0].seed for s in searches if s.confirmed]
        return fresh(experiment, [*confirmed, *(seed for s in searches for seed in s.seeds)])

    def sentence(self, experiment: Experiment) -> str:
        """What the looks at its question mean; empty until the second."""
        search, n = self._of(experiment), self.seeds(experiment)
        if n < 2:
            return ""
        if search.confirmed is not None and self._is_confirmed(experiment):
            return _confirmed(search.seeds, *search.confirmed)
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

    def _is_confirmed(self, experiment: Experiment) -> bool:
        confirmed = self._of(experiment).confirmed
        return confirmed is not None and confirmed[0].runs >= experiment.runs


def question(experiment: Experiment) -> Experiment:
    """What several seeds are looks at, as the experiment that all of them have in common.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.sweeps.looks import question
    >>> question(Experiment(seed=3, runs=50)) == question(Experiment(seed=4))
    True
    """
    return replace(experiment, seed=0, runs=1, device="cpu", pairing=experiment.tasks)


def _confirmed(seeds: dict[int, Estimate], experiment: Experiment, s: Estimate) -> str:
    """The number that was found, beside the one to quote."""
    best = max(seeds, key=lambda seed: seeds[seed].value)
    found = f"Found: S = {seeds[best]} with seed {best}, the best of {len(seeds)} seeds."
    if s.n == 0:
        return f"{found} Not confirmed: with fresh seed {experiment.seed} every run diverged."
    word = "Measured afresh"
    if seeds[best].low > CLASSICAL_BOUND:
        word = "Confirmed" if s.low > CLASSICAL_BOUND else "Not confirmed"
    return f"{found} {word}: S = {s} with fresh seed {experiment.seed}: quote this one."
