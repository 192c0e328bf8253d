"""The fight over neurons: how hard both heads pull at each, together or against each other."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.checks import Brief, whole
from ncviz.basics.computing import unwarned
from ncviz.basics.protocol import SETTINGS
from ncviz.inference import Array, Estimate, estimates, format_number
from ncviz.mechanism.competition import Competition, Watch, Wishes
from ncviz.results.result import Moment

WEAK, STRONG = 1e-3, 1e-1  # pulls, in nats per unit of weight, with no colour and with all of it
WIDE = 32  # hidden units for which all records are measured; of twice as many every third, …


@dataclass(frozen=True, repr=False)
class Fight(Brief):
    """The pulls at every neuron (records, 4, hidden), of one run or as the mean over several."""

    steps: NDArray[np.int64]
    cosine: Array  # of both gradients for a neuron; 0 where one of them is 0
    # Geometric mean of both gradients' lengths, in nats per unit of weight: where it is small there
    # is nothing to fight for, whatever the cosine.
    size: Array
    share: Array  # Alice's, of the ownership of a neuron; ½ where nobody uses it
    layer_cosine: Array  # (records, 4), of the gradients for the whole layer

    @property
    def pull(self) -> Array:
        """Cosine × `strength` of the size, −1 (all against) to 1 (all together)."""
        return self.cosine * strength(self.size)

    @classmethod
    def of_run(cls, found: Competition, run: int) -> Self:
        """The neurons of one run, by their numbers."""
        cosine, size, share = (of[:, run] for of in _each(found.wishes))
        return cls(found.steps, cosine, size, share, found.wishes.layer_cosine[:, run])

    @classmethod
    def of_all(cls, found: Competition) -> Self:
        """The mean over runs that did not diverge, neurons ordered within each run and setting."""
        # A neuron has no number that would mean the same in two runs. So the first of a run is that
        # which is fought over most, by the mean of its opposing inner product over all records so
        # far. By this order alone, the first shows more of a fight than an average neuron.
        good = sound(found)
        w = Wishes(*(part[:, good] for part in vars(found.wishes).values()))
        order = np.argsort(-_opposing(w).mean(axis=0), axis=-1, kind="stable")[None]
        c, size, share = (np.take_along_axis(o, order, axis=-1).mean(axis=1) for o in _each(w))
        return cls(found.steps, c, size, share, w.layer_cosine.mean(axis=1))


def _each(w: Wishes) -> tuple[Array, Array, Array]:
    """Cosine, size and Alice's share of every neuron, each (records, runs, 4, hidden)."""
    alice, both = w.ownership[..., 0, :], w.ownership.sum(axis=-2)
    share = np.where(both > 0, alice / np.where(both > 0, both, 1), 0.5)
    return np.nan_to_num(w.cosine), np.sqrt(w.norm.prod(axis=3)), share


def measured(
    moment: Moment, run: int | None, watch: Callable[[Moment], Watch] | None = None
) -> tuple[Competition | None, str]:
    """The competition up to a moment, or in words why none can be shown; `watch` knows the past."""
    if moment.experiment.trunk != "shared":
        return None, "Each head has a hidden layer of its own: there is no neuron to fight over."
    kept = moment.recording.kept
    if not kept:
        return None, "Layers of this size are not kept while they train: nothing can be measured."
    if run is not None:
        run = whole("run", run, 0, kept - 1)
    known = watch(moment) if watch else Watch(moment.recording)
    found = known.until(moment.index, 1 + moment.experiment.hidden // WIDE)
    bad = moment.recording.diverged[moment.index, :kept]
    # The weights of these may have gone where gradients are finite again.
    norm = np.where(bad[:, None, None, None], np.nan, found.wishes.norm)
    found = replace(found, wishes=replace(found.wishes, norm=norm))
    good = sound(found)
    if not (good.any() if run is None else good[run]):
        who = "Every run has" if run is None else f"Run {run} has"
        return None, f"{who} diverged: there are no gradients to speak of."
    return found, ""


def losses_beside(moment: Moment, found: Competition, run: int | None) -> Array:
    """Held-out losses of a run, or their medians over runs: shape (records, 4, 2)."""
    records = np.searchsorted(moment.recording.steps, found.steps)
    if run is None:
        return np.asarray(moment.recording.loss_bands(moment.index + 1)[records, ..., 1])
    return np.asarray(moment.recording.losses[records, run], dtype=np.float64)


def strength(size: Array) -> Array:
    """How strongly a pull is drawn: 0 up to `WEAK`, 1 from `STRONG` on, between by logarithm."""
    log = unwarned(lambda: np.log(size / WEAK))() / np.log(STRONG / WEAK)
    return np.asarray(np.clip(log, 0, 1))


def sound(found: Competition) -> NDArray[np.bool_]:
    """Which runs have finite gradients at every record, shape (runs,)."""
    return np.asarray(np.isfinite(found.wishes.norm).all(axis=(0, 2, 3, 4)))


def opposition(found: Competition) -> list[Estimate]:
    """√Σ_j max(0, −⟨a_j, b_j⟩) of the heads' gradients in the last quarter, for each setting."""
    # In nats per unit of weight. Unlike `Wishes.conflict`, a share, it fades when both heads have
    # learned their tasks.
    late = found.steps >= 0.75 * found.steps[-1]
    opposing = _opposing(found.wishes)[late][:, sound(found)]
    return estimates(np.sqrt(opposing.sum(axis=-1)).mean(axis=0).T, 0, np.inf, bounded=False)


def _opposing(w: Wishes) -> Array:
    """max(0, −⟨a_j, b_j⟩) of every neuron, shape (records, runs, 4, hidden)."""
    return np.asarray(np.maximum(0, -np.nan_to_num(w.cosine) * w.norm.prod(axis=3)))


def fight_sentence(found: Competition, run: int | None) -> str:
    """Who fights over which neuron now, and how hard they fought late in training."""
    fight = Fight.of_all(found) if run is None else Fight.of_run(found, run)
    cosine, size = fight.cosine[-1], fight.size[-1]
    against = np.where(cosine < 0, -cosine * size, 0)
    setting, neuron = np.unravel_index(int(against.argmax()), against.shape)
    now = f"{'On average over runs' if run is None else f'Run {run}'}, step {int(fight.steps[-1])}:"
    if against[setting, neuron] <= WEAK:
        now += f" no neuron is fought over; every opposing pull is below {WEAK}."
    else:
        what = "the neuron most fought over" if run is None else f"neuron {neuron + 1}"
        now += (
            f" in {pair(SETTINGS[setting])} the heads pull hardest against each other at {what} "
            f"(cosine {format_number(cosine[setting, neuron])}, "
            f"pull {_size(float(size[setting, neuron]))})."
        )
    pulls = opposition(found)
    most, least = (int(pick([p.value for p in pulls])) for pick in (np.argmax, np.argmin))
    first, n = pulls[most], pulls[most].n
    reach = f" [{_size(max(0.0, first.low))}, {_size(first.high)}]" if n > 1 else ""
    return (
        f"{now} Opposing pull in the last quarter, mean of {n} run{'s' * (n != 1)}: "
        f"{_size(first.value)}{reach} in {pair(SETTINGS[most])} against "
        f"{_size(pulls[least].value)} in {pair(SETTINGS[least])}."
    )


def pair(setting: str) -> str:
    """The tasks of a setting: (A2, B2) for "22"."""
    return f"(A{setting[0]}, B{setting[1]})"


def _size(size: float) -> str:
    """A pull with two digits."""
    return "under 0.0001" if 0 < size < 1e-4 else f"{size:.2g}"
