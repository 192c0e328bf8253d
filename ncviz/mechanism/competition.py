"""Gradient competition: what each head's loss wants of each hidden neuron, and who uses it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ncviz.basics.checks import Brief, a, takes, whole
from ncviz.basics.computing import without_autograd
from ncviz.basics.protocol import N_SETTINGS, SETTINGS
from ncviz.engine.batching import POINTS_PER_PIECE, WholeSets
from ncviz.engine.chance import draw
from ncviz.engine.gradient import Gradient
from ncviz.engine.network import Nets, activation, n_parameters
from ncviz.engine.stepping import padded, runs_last
from ncviz.engine.training import Trained
from ncviz.experiment import Experiment
from ncviz.inference import Array, mean_intervals
from ncviz.inference.estimates import with_ends
from ncviz.results.recording import Recording
from ncviz.results.result import Moment
from ncviz.tasks import N_BITS

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class Wishes(Brief):
    """What the two heads want of the layer that they share, at one step.

    A neuron's gradient is that of a head's mean logistic loss over the training set by its incoming
    weights and bias. With separate trunks cosines and conflict are NaN, a head's norms and
    ownership are of its own layer.

    Parameters
    ----------
    cosine : array, shape (runs, 4, hidden)
        Of Alice's and Bob's gradient for a neuron, −1 to 1; NaN where one of them is 0.
    norm : array, shape (runs, 4, 2, hidden)
        Their lengths, in nats per unit of weight.
    layer_cosine, conflict : array, shape (runs, 4)
        For the whole layer; Σ_j w_j max(0, −cos_j) / Σ_j w_j with w_j the product of the two norms,
        0 to 1: the part of the inner products with which a step down one loss lifts the other.
    ownership : array, shape (runs, 4, 2, hidden)
        How much a neuron alone moves a head's logit: |the head's weight| × the standard deviation
        of the neuron's answer over the training points.
    """

    cosine: Array
    norm: Array
    layer_cosine: Array
    conflict: Array
    ownership: Array

    @classmethod
    def stacked(cls, several: Sequence["Wishes"]) -> Self:
        """Several as one, with a dimension more in front."""
        return cls(*(np.stack([getattr(w, f.name) for w in several]) for f in fields(cls)))


class Measure:
    """Measures the wishes of some runs' nets, at as many steps as one likes."""

    @without_autograd
    def __init__(self, experiment: Experiment, runs: range) -> None:
        e, device = experiment, torch.device(experiment.device)
        self._runs, self._width, self._hidden = len(runs), padded(len(runs)), e.hidden
        self._trunks = 1 if e.trunk == "shared" else 2
        shape = n_parameters(self._trunks, e.hidden), N_SETTINGS * self._width
        self._parameters = torch.zeros(shape, dtype=torch.float32, device=device)
        self._units = activation(e.activation, self._parameters)
        gradient = Gradient(
            self._parameters, self._trunks, e.hidden, POINTS_PER_PIECE, self._units, wishes=2
        )
        train = runs_last([draw(e, run).train for run in runs], device)
        self._source = WholeSets(gradient, train)
        self._seen = train[:, :N_BITS].repeat(1, 1, N_SETTINGS)

    @without_autograd
    def of(self, trained: Trained) -> Wishes:
        """Measure the nets of these runs, which are the first of those that are kept."""
        places = self._parameters.view(-1, N_SETTINGS, self._width)
        places[..., : self._runs] = trained.rows[..., : self._runs]
        (value,) = self._source.gradients(0, 1)
        wishes = Nets.views(value, 2, self._hidden)
        parts = [wishes.hidden_weight, wishes.hidden_bias[:, :, None]]
        both = torch.cat(parts, dim=2).double()  # head, unit, weight, net
        norm = both.square().sum(dim=2).sqrt()
        inner = both.prod(dim=0).sum(dim=1)
        if self._trunks == 2:
            inner = torch.full_like(inner, torch.nan)
        product = norm.prod(dim=0)
        layer_cosine = inner.sum(dim=0) / norm.square().sum(dim=1).sqrt().prod(dim=0)
        conflict = (-inner).clamp(min=0).sum(dim=0) / product.sum(dim=0)
        found = inner / product, norm, layer_cosine, conflict, self._ownership()
        return Wishes(*(self._runs_first(numbers) for numbers in found))

    def _ownership(self) -> Tensor:
        """`Wishes.ownership`, shape (head, unit, net)."""
        nets = Nets.views(self._parameters, self._trunks, self._hidden)
        answers = nets.hidden_bias.repeat(len(self._seen), 1, 1, 1)
        for weight, bit in zip(nets.hidden_weight.unbind(2), self._seen.unbind(1), strict=True):
            answers.addcmul_(weight, bit[:, None, None])
        self._units.apply_(answers)
        answers -= answers.mean(dim=0)
        return nets.head_weight.abs() * answers.square_().mean(dim=0).sqrt_()  # std takes longer

    def _runs_first(self, numbers: Tensor) -> Array:
        """(…, nets) → (runs, settings, …)."""
        places = torch.unflatten(numbers, -1, (N_SETTINGS, self._width))[..., : self._runs]
        return np.asarray(places.movedim((-1, -2), (0, 1)).cpu().numpy(), dtype=np.float64)


@dataclass(frozen=True, repr=False)
class Competition(Brief):
    """The wishes of the heads at several steps (records,), the first dimension of each array."""

    steps: NDArray[np.int64]
    wishes: Wishes

    def summary(self) -> "pd.DataFrame":
        """Means over the last quarter, then over runs, with 95 % intervals, a row a setting.

        Columns: setting, conflict, cosine, each with ``_low`` and ``_high``, n (runs used).
        """
        import pandas as pd

        w, late = self.wishes, self.steps >= 0.75 * self.steps[-1]
        conflict, cosine = (of[late].mean(axis=0).T for of in (w.conflict, w.layer_cosine))
        return pd.DataFrame(
            {
                "setting": np.array(SETTINGS),
                **with_ends("conflict", mean_intervals(conflict, 0, 1)),
                **with_ends("cosine", mean_intervals(cosine, -1, 1)),
                "n": np.isfinite(conflict).sum(axis=1),
            }
        )


class Watch:
    """The competition in a recording; each record is measured once, live or in a replay.

    Of the first so many runs, by default all whose nets are kept at every record; `ValueError` if
    none are, or not so many.
    """

    @takes(recording=a(Recording, "the recording of a Snapshot or a Result"))
    def __init__(self, recording: Recording, runs: int | None = None) -> None:
        if not recording.kept:
            raise ValueError(
                "runs must be fewer, or the nets smaller: weights are not kept at every record of "
                f"{recording.experiment.code()}"
            )
        runs = recording.kept if runs is None else whole("runs", runs, 1, recording.kept)
        self._recording = recording
        self._measure = Measure(recording.experiment, range(runs))
        self._known: dict[int, Wishes] = {}

    def at(self, record: int) -> Wishes:
        """The wishes at one record; `ValueError` if there is no such record yet."""
        record = whole("record", record, 0, self._recording.filled - 1)
        if record not in self._known:
            (trained,) = self._recording.nets(record)
            self._known[record] = self._measure.of(trained)
        return self._known[record]

    def until(self, record: int, every: int = 1) -> Competition:
        """The wishes at every so many records from the first on, and at this one."""
        records = [*range(0, record, every), record]
        wishes = Wishes.stacked([self.at(known) for known in records])
        return Competition(self._recording.steps[records], wishes)


@takes(moment=a(Moment, "a Snapshot or a Result"))
def competition(moment: Moment, runs: int | None = None) -> Competition:
    """How the heads' gradients compete in the shared layer, from step 0 to this one.

    Where training rests at losses that are not 0, the two gradients are exactly opposed: late
    conflict is also what any unfinished compromise looks like. `moment` is a `Snapshot` or
    `Result`, runs as for `Watch`.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.mechanism import competition
    >>> found = competition(Experiment(runs=4, steps=100).run())
    >>> found.wishes.cosine.shape, found.wishes.ownership.shape
    ((101, 4, 4, 3), (101, 4, 4, 2, 3))
    """
    return Watch(moment.recording, runs).until(moment.index)
