"""What was chosen among several, seeds or hidden sizes, told without flattering the answer."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ncviz.basics.handing import hands_out
from ncviz.experiment import Experiment
from ncviz.inference import ERROR, holm, p_above
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
        A row a size: hidden, S, low, high, p ("the mean of S is at most 2") and p_holm, the same
        corrected for looking at several sizes.
    chosen : int
        The size with the largest mean S.
    confirmed : Result
        That size with another seed: the only one from which S is to be quoted, since the largest
        of several estimates is on average too large.
    p : float
        Of S at most 2, from the confirming runs alone; it needs no correction.
    """

    explored: "pd.DataFrame"
    chosen: int
    confirmed: Result
    p: float


def confirm(experiment: Experiment, hidden: Iterable[int], seed: int) -> Confirmation:
    """Look for the size with the largest S, and measure S there with fresh runs.

    Parameters
    ----------
    experiment : Experiment
        What is the same for all sizes.
    hidden : iterable of int
        The sizes.
    seed : int
        Of the confirming runs; not the experiment's own.

    Returns
    -------
    Confirmation

    Raises
    ------
    ValueError
        If there is no size, the seed is the experiment's own, or every run diverges.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.sweeps.confirmation import confirm
    >>> found = confirm(Experiment(runs=16, steps=200), hidden=[1, 3], seed=1)
    >>> found.chosen, found.confirmed.experiment.seed
    (3, 1)
    """
    import pandas as pd

    sizes = list(hidden)
    if not sizes:
        raise ValueError("hidden must name at least one size")
    if seed == experiment.seed:
        raise ValueError(f"seed must not be that of the experiment, {seed}: fresh runs are needed")
    results = [replace(experiment, hidden=size).run() for size in sizes]
    p = np.array([p_above(result.paired) for result in results])
    explored = pd.DataFrame(
        {
            "hidden": sizes,
            "S": [result.s.value for result in results],
            "low": [result.s.low for result in results],
            "high": [result.s.high for result in results],
            "p": p,
            "p_holm": holm(p),
        }
    )
    chosen = sizes[int(explored["S"].idxmax())]
    confirmed = replace(experiment, hidden=chosen, seed=seed).run()
    return Confirmation(explored, chosen, confirmed, p_above(confirmed.paired))


def false_alarm(looks: int) -> float:
    """Chance that at least one of several looks is called above 2, where S is 2.

    Parameters
    ----------
    looks : int
        Seeds looked at, each called above 2 by mistake in at most 2.5 %, independently.

    Returns
    -------
    float
        1 − 0.975^looks.

    Examples
    --------
    >>> from ncviz.sweeps.confirmation import false_alarm
    >>> round(false_alarm(1), 3), round(false_alarm(10), 3), round(false_alarm(20), 3)
    (0.025, 0.224, 0.397)
    """
    return float(1 - (1 - ERROR / 2) ** looks)


def fresh(experiment: Experiment, looked: Iterable[int] = ()) -> Experiment:
    """Return the same experiment with a seed at which nobody has looked, for confirming it.

    Parameters
    ----------
    experiment : Experiment
    looked : iterable of int
        Seeds already looked at; the experiment's own is always one of them.

    Returns
    -------
    Experiment
        Its seed is 2³² plus the first 32-bit number of ``numpy.random.SeedSequence(sorted(seeds
        looked at))``: the same for everybody who has looked at these, chosen by none of them, and
        beyond those that one types. (The next one that is free, should it be among them.)

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.sweeps.confirmation import fresh
    >>> e = fresh(Experiment(runs=16, steps=200), looked=range(5))
    >>> e.seed
    6851757636
    >>> s = e.run().s  # the number to quote: nothing was chosen by it
    """
    seen = {experiment.seed, *looked}
    seed = 2**32 + int(np.random.SeedSequence(sorted(seen)).generate_state(1)[0])
    while seed in seen:
        seed += 1
    return replace(experiment, seed=seed)
