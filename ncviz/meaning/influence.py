"""Who can influence whom: outcomes that change when only the partner's task changes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ncviz.basics.checks import a_frame, takes, with_columns
from ncviz.basics.protocol import TASK_NAMES
from ncviz.inference import Estimate, estimates, format_number
from ncviz.meaning.verdict import PARTNERS, missing, runs_of, upper_first
from ncviz.mechanism.interventions import NUMBERS
from ncviz.results.result import Moment
from ncviz.results.summary import Summary

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Influence:
    """Measured influence, task by task, for A1, A2, B1, B2.

    Parameters
    ----------
    shares : tuple of Estimate
        f_k: the share of outcomes on that task that change when only the partner's task changes;
        the mean over runs with its 95 % interval, each for itself. NaN without outcomes.
    changed, compared : tuple of int, int
        The same as counts, over all runs that did not diverge, of so many outcomes on each task.
    apart : bool
        Whether the trunks are separate, so that nothing can cross.
    capacity : str
        Of what is shared, or of each trunk: "3 neurons", or "rank 4" of an adapter.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.meaning import Influence
    >>> found = Influence.of(Experiment(runs=5, steps=50, trunk="separate").run())
    >>> found.changed, found.compared
    ((0, 0, 0, 0), 2560)
    """

    shares: tuple[Estimate, ...]
    changed: tuple[int, ...]
    compared: int
    apart: bool
    capacity: str

    @classmethod
    def of(cls, moment: Moment) -> Self:
        """Count in every run of a snapshot or result."""
        numbers = moment.per_run
        good = numbers.influence[~numbers.diverged]
        shares = estimates(numbers.influence.T, 0, 1)
        # The shares of a run are whole numbers over its number of outcomes.
        changed = np.rint(np.nan_to_num(good).sum(axis=0) * numbers.outcomes).astype(int)
        return cls(
            shares=tuple(shares),
            changed=tuple(changed.tolist()),
            compared=numbers.outcomes * len(good),
            apart=moment.experiment.trunk == "separate",
            capacity=_capacity(moment.experiment),
        )

    @property
    def texts(self) -> list[str]:
        """Each share for reading: with its interval, or as a count where nothing can cross."""
        if self.apart and self.compared:
            return [f"{changed:,} of {self.compared:,}" for changed in self.changed]
        return [percent(share) for share in self.shares]


def _capacity(experiment: Any) -> str:
    """In words; an experiment on a pretrained network has a rank and no hidden size."""
    hidden = getattr(experiment, "hidden", None)
    if hidden is None:
        return f"rank {experiment.rank}"
    return "1 neuron" if hidden == 1 else f"{hidden} neurons"


def influence_sentence(summary: Summary, found: Influence) -> str:
    """What the picture of the influences shows now."""
    if problem := missing(summary):
        return f"No outcomes to compare: {problem}."
    count = f"{4 * found.compared:,}"
    if any(found.changed):
        return f"{upper_first('; '.join(_side(found, head) for head in (0, 1)))}."
    if found.apart:
        return (
            "Each head has a hidden layer of its own, so that nothing can cross: exactly 0 of "
            f"{count} outcomes change with the partner’s task."
        )
    return (
        f"In {runs_of(summary.s.n)} none of {count} outcomes changes with the partner’s "
        "task, although the shared layer could carry it."
    )


def _side(found: Influence, head: int) -> str:
    """What the partner does to one side, the larger part first."""
    owner, partner = PARTNERS[head]
    own = sorted((2 * head, 2 * head + 1), key=lambda k: found.changed[k], reverse=True)
    first, second = (percent(found.shares[k]) for k in own)
    return (
        f"{partner}’s task changes {first} of {owner}’s outcomes on {TASK_NAMES[own[0]]} and "
        f"{second} on {TASK_NAMES[own[1]]}"
    )


def a_placebo(name: str, value: object) -> "pd.DataFrame":
    """A check for what `ncviz.mechanism.placebo` gives."""
    ends = {f"{number}{end}" for number in NUMBERS for end in ("", "_low", "_high")}
    table = with_columns(name, a_frame(name, value), {"task", "runs"} | ends, texts=("task",))
    if table["task"].tolist() != list(TASK_NAMES):
        raise ValueError(f"{name} must have a row for each of {', '.join(TASK_NAMES)}")
    return table


def share_of(row: "pd.Series[Any]", name: str) -> Estimate:
    """A number of such a table with its interval."""
    value, low, high = (float(row[f"{name}{end}"]) for end in ("", "_low", "_high"))
    return Estimate(value, low, high, int(row["runs"]))


@takes(table=a_placebo)
def placebo_sentence(table: "pd.DataFrame") -> str:
    """What the placebo says of the task with the largest influence.

    Parameters
    ----------
    table : DataFrame
        Of `ncviz.mechanism.placebo`; `ValueError` if it is another.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.meaning import placebo_sentence
    >>> from ncviz.mechanism import placebo
    >>> placebo_sentence(placebo(Experiment(runs=5, steps=50, trunk="separate")))[:39]
    'Nothing crosses: neither with the other'
    """
    if not table["runs"].iloc[0]:
        return "No outcomes to compare: every run has diverged."
    if not table[["influence", "placebo_1", "placebo_2"]].any(axis=None):
        return (
            "Nothing crosses: neither with the other task of the partner nor with another start of "
            f"its head does any outcome change in {runs_of(int(table['runs'].iloc[0]))}."
        )
    k = int(table["influence"].to_numpy().argmax())
    owner, partner = PARTNERS[k // 2]
    task, letter, of = TASK_NAMES[k], partner[0], table.iloc[k]
    changed, first, second = (percent(share_of(of, name)) for name in NUMBERS[:3])
    return (
        f"{partner}’s other task changes {changed} of {owner}’s outcomes on {task}; where the task "
        f"stays and only {partner}’s head starts from other weights, {first} change beside "
        f"{letter}1 and {second} beside {letter}2: {_beyond(share_of(of, NUMBERS[3]))}."
    )


def _beyond(difference: Estimate) -> str:
    """How much more than the mean of the placebos the task does."""
    if difference.low > 0 or difference.high < 0:
        more = "more" if difference.low > 0 else "less"
        return f"the task does {more} than such a start, by {points(difference)} points"
    return f"with {runs_of(difference.n)} the task does not clearly do more than such a start"


def points(difference: Estimate) -> str:
    """A difference of shares in percentage points, with its interval: "6.4 [4.9, 7.9]"."""
    return format(difference.times(100), ".1f")


def percent(share: Estimate) -> str:
    """A share for reading, with its interval: "21 % [18, 24]".

    Examples
    --------
    >>> from ncviz.inference import Estimate
    >>> from ncviz.meaning import percent
    >>> percent(Estimate(0.2134, 0.178, 0.243, 50)).split()
    ['21', '%', '[18,', '24]']
    """
    value, low, high = share.value, share.low, share.high
    if not np.isfinite(value):
        return "–"
    # Two figures: small shares would all be "1 %".
    spec = ".0f" if value >= 0.0995 else ".1f"
    text = "0" if value == 0 else format_number(100 * value, spec)
    if value > 0 and float(text.replace("−", "-")) == 0:
        text = "< 0.1"
    if not np.isfinite(low):
        return f"{text}\u00a0%"
    return f"{text}\u00a0% [{format_number(100 * low, spec)}, {format_number(100 * high, spec)}]"
