"""Slow motion: one net, stepped by hand, by either head's loss alone or by both."""

from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import softplus

from ncviz.basics.checks import a, one_of, short, takes, whole
from ncviz.basics.computing import one_thread, unwarned, without_autograd
from ncviz.basics.protocol import SETTINGS, TASK_OF_SETTING
from ncviz.engine.chance import Draw, draw
from ncviz.engine.gradient import Gradient
from ncviz.engine.network import NCnet, Nets, activation, n_parameters
from ncviz.engine.stepping import optimizer
from ncviz.experiment import Experiment
from ncviz.inference import Array
from ncviz.mechanism.neurons import Pulls, pulls_sentence
from ncviz.tasks import N_BITS, POINTS, find

Who = Literal["both", "alice", "bob"]
HEADS: tuple[Who, ...] = ("alice", "bob")
WHO: tuple[Who, ...] = ("both", *HEADS)

COPIES = 64  # of the net: at this width its numbers are those of the training, to the bit
MOST_HIDDEN = 24  # hidden neurons of a trunk: more could not be told apart in a picture
MOST_POINTS = 1024  # points of a batch: a step must be answered at once


class Sets(NamedTuple):
    """Something of Alice and of Bob, shape (2,), on the training and on the held-out points."""

    train: Array
    test: Array


class History(NamedTuple):
    """Whose loss made each update so far, and the losses before and after it."""

    who: tuple[Who, ...]
    losses: Array  # (updates + 1, 2, 2): mean logistic loss in nats, by set and head


class Effect(NamedTuple):
    """What the updates of one kind did in the last move."""

    who: Who
    updates: int
    change: Array  # (2,): of Alice's and Bob's loss on the training set, in nats, added up


class Corners(NamedTuple):
    """Answers of Alice and Bob, shape (16, 2), at the `POINTS` without noise: right, and theirs."""

    labels: NDArray[np.bool_]
    says: NDArray[np.bool_]


class HeadSteps:
    """One net at its starting weights, and steps of it by one head's loss or by both."""

    @without_autograd
    def __init__(self, experiment: Experiment, drawn: Draw, tasks: list[int]) -> None:
        e = experiment
        self._trunks, self._hidden = 1 if e.trunk == "shared" else 2, e.hidden
        self._activation = e.activation
        table = torch.as_tensor(drawn.train, device="cpu")
        self._points_and_labels = table[:, :N_BITS], table[:, tasks]
        self._order, self._next = torch.as_tensor(drawn.order, device="cpu"), 0
        shape = (n_parameters(self._trunks, e.hidden), COPIES)
        self._parameters = torch.zeros(shape, dtype=torch.float32, device="cpu")
        nets = Nets.views(self._parameters, self._trunks, e.hidden)
        for name in ("hidden_weight", "head_weight"):
            start = torch.as_tensor(getattr(drawn, name), device="cpu")
            getattr(nets, name).copy_(start.unsqueeze(-1))
        units = activation(e.activation, self._parameters)
        like = (self._parameters, self._trunks, e.hidden, e.batch_size, units)
        self._summed, self._apart = Gradient(*like), Gradient(*like, wishes=2)
        # One for each layer and head: what stands still keeps its memory of earlier gradients, too.
        self._optimizers = {
            (part, place): [
                optimizer(e.optimizer, numbers, e.learning_rate, e.batch_size)
                for numbers in _numbers(nets, part, place)
            ]
            for part, places in (("hidden", self._trunks), ("head", len(HEADS)))
            for place in range(places)
        }
        self._optimizers["hidden", 1] = self._optimizers["hidden", self._trunks - 1]

    def net(self) -> NCnet:
        """A copy of it."""
        return Nets.views(self._parameters, self._trunks, self._hidden).one(0, self._activation)

    @without_autograd
    def step(self, who: Who) -> None:
        """Take the next batch of the run's order, and let the loss of this head act, or both."""
        chosen = self._order[self._next]
        self._next += 1
        # Copied and not only expanded, so that arithmetic runs as it does in the training.
        points, labels = (
            of_all[chosen][None, :, :, None].repeat(1, 1, 1, COPIES)
            for of_all in self._points_and_labels
        )
        (batch,) = Gradient.batches(points, labels)
        gradient, views = (self._summed, self._trunks) if who == "both" else (self._apart, 2)
        wishes = Nets.views(gradient.compute(batch), views, self._hidden)
        heads = [k for k, head in enumerate(HEADS) if who in ("both", head)]
        layers = range(self._trunks) if who == "both" else heads
        for place in [("hidden", k) for k in layers] + [("head", k) for k in heads]:
            for each, wish in zip(self._optimizers[place], _numbers(wishes, *place), strict=True):
                each.step(wish)


def _numbers(nets: Nets, part: str, place: int) -> list[Tensor]:
    """The numbers of a hidden layer or of a head, or what is wished for them."""
    return [getattr(nets, f"{part}_{kind}")[place] for kind in ("weight", "bias")]


class SlowMotion:
    """One net of an experiment, trained as slowly as one likes, by one head or by both.

    Every update takes the next of the run's batches; those by "both" are the training's, to the
    bit. `ValueError` unless the experiment has at most 24 hidden neurons and 1024 points a batch,
    minibatches, and the plain sum of the heads' wishes in the shared layer. Settings: "11" to "22".

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.mechanism import SlowMotion
    >>> motion = SlowMotion(Experiment(), run=0, setting="22")
    >>> motion.alternate(alice=3, bob=1)
    >>> motion.history.who, motion.left
    (('alice', 'alice', 'alice', 'bob'), 1996)
    """

    @takes(experiment=a(Experiment, "an Experiment"), setting=one_of(*SETTINGS))
    def __init__(self, experiment: Experiment, run: int = 0, setting: str = "22") -> None:
        if problem := unsuited(experiment):
            raise ValueError(problem)
        self.experiment, self.setting = experiment, setting
        self.run = whole("run", run, 0, experiment.runs - 1)
        self._drawn = draw(experiment, self.run)
        self._tasks = [N_BITS + task for task in TASK_OF_SETTING[SETTINGS.index(setting)]]
        table = torch.as_tensor(np.concatenate([self._drawn.train, self._drawn.test]), device="cpu")
        self._points, self._signs = table[:, :N_BITS], 2 * table[:, self._tasks] - 1
        self.reset()

    def reset(self) -> None:
        """Go back to the starting weights, and forget what was done."""
        self._who: list[Who] = []
        self._moves: list[int] = []  # how many updates each move made
        self._steps = HeadSteps(self.experiment, self._drawn, self._tasks)
        self._scores = [self._score()]

    @takes(who=one_of(*WHO))
    def step(self, who: Who = "both", times: int = 1) -> None:
        """Make a move of so many updates, 1 to `left`, else `ValueError`.

        By "alice": only her loss moves the shared layer and her own head; "bob" likewise.
        """
        self._move([who] * self._possible("times", times, 1))

    def alternate(self, alice: int = 1, bob: int = 1, times: int = 1) -> None:
        """Make a move of rounds: so many updates by Alice alone, then so many by Bob alone.

        All of them take at most `left` updates, and each at least 1, else `ValueError`.
        """
        alice, bob = self._possible("alice", alice, 1), self._possible("bob", bob, 1)
        times = self._possible("times", times, alice + bob)
        self._move((alice * [HEADS[0]] + bob * [HEADS[1]]) * times)

    def undo(self) -> None:
        """Take the last move back; before the first one this does nothing."""
        if not self._moves:
            return
        del self._who[len(self._who) - self._moves.pop() :]
        del self._scores[len(self._who) + 1 :]
        # The same updates give the same net, to the bit: a copy of every state is not needed.
        self._steps = HeadSteps(self.experiment, self._drawn, self._tasks)
        for who in self._who:
            self._steps.step(who)

    @property
    def net(self) -> NCnet:
        """A copy of the net as it is now."""
        return self._steps.net()

    @property
    def left(self) -> int:
        """How many batches are left: the training itself takes no more updates either."""
        return self.experiment.steps - len(self._who)

    @property
    def losses(self) -> Sets:
        """Mean logistic loss of Alice and of Bob, in nats."""
        return Sets(*self._scores[-1][0])

    @property
    def accuracy(self) -> Sets:
        """Share of points on which Alice, and on which Bob, is right, 0 to 1."""
        return Sets(*self._scores[-1][1])

    @property
    def history(self) -> History:
        """Every update so far, and the losses before and after it."""
        return History(tuple(self._who), np.array(self._scores)[:, 0])

    def effects(self) -> tuple[Effect, ...]:
        """What the last move did to both losses, by whose updates; empty before the first."""
        made = self._moves[-1] if self._moves else 0
        last = np.array(self._who[len(self._who) - made :], dtype=object)
        changes = np.diff(np.array(self._scores[-made - 1 :])[:, 0, 0], axis=0)
        of = {who: changes[last == who] for who in WHO if who in last}
        return tuple(Effect(who, len(each), each.sum(axis=0)) for who, each in of.items())

    @without_autograd
    def corners(self) -> Corners:
        """What the net says at the 16 points without noise, and what would be right."""
        tasks = [self.experiment.tasks[task - N_BITS] for task in self._tasks]
        labels = np.stack([find(task)(POINTS) for task in tasks], axis=1).astype(np.bool_)
        return Corners(labels, (self.net(2.0 * POINTS - 1) > 0).numpy())

    @one_thread
    def pulls(self) -> Pulls:
        """Where each head's loss, on the whole training set, would move the hidden neurons now."""
        n, rate, net = self.experiment.n_train, self.experiment.learning_rate, self.net
        layer = (net.hidden_weight, net.hidden_bias)
        with torch.enable_grad():
            losses = softplus(-self._signs[:n] * net(self._points[:n])).mean(dim=0)
            gradients = [torch.autograd.grad(loss, layer, retain_graph=True) for loss in losses]
        both = [torch.cat([weight, bias.unsqueeze(-1)], dim=-1) for weight, bias in gradients]
        return Pulls.of(-rate * torch.stack(both).double().numpy())

    def _possible(self, name: str, value: int, updates: int) -> int:
        """The value, if it is a whole number and so many times these updates can still be made."""
        value = whole(name, value, 1, self.experiment.steps)
        if value * updates > self.left:
            raise ValueError(
                f"{name} must leave no more than {self.left} updates to make, not {value}: a run "
                f"of {self.experiment.steps} steps has so many batches left"
            )
        return value

    def _move(self, updates: list[Who]) -> None:
        for who in updates:
            self._steps.step(who)
            self._who.append(who)
            self._scores.append(self._score())
        self._moves.append(len(updates))

    @without_autograd
    def _score(self) -> Array:
        """Losses and shares right, on both sets, of both heads: shape (2, 2, 2)."""
        margins = (self._signs * self.net(self._points)).T.numpy().astype(np.float64)
        losses = unwarned(np.logaddexp)(0, -margins)  # NaN where a net has diverged
        right = np.where(np.isnan(margins), np.nan, margins > 0)
        sets = slice(self.experiment.n_train), slice(self.experiment.n_train, None)
        return np.array([[each[:, some].mean(axis=1) for some in sets] for each in (losses, right)])


def unsuited(experiment: Experiment) -> str:
    """Why an experiment cannot be shown in slow motion, as a sentence; empty if it can."""
    e = experiment
    for name, good, must in (
        ("shared_gradient", e.shared_gradient == "sum", "'sum'"),
        ("sampling", e.sampling == "minibatch", "'minibatch'"),
        ("hidden", e.hidden <= MOST_HIDDEN, f"at most {MOST_HIDDEN}"),
        ("batch_size", e.batch_size <= MOST_POINTS, f"at most {MOST_POINTS}"),
    ):
        if not good:
            return f"{name} must be {must} in slow motion, not {short(getattr(e, name))}"
    return ""


def slow_motion_sentence(motion: SlowMotion, pulls: Pulls) -> str:
    """Where the heads pull hardest against each other, and what the last move did."""
    said = [pulls_sentence(pulls)]
    for who, updates, change in motion.effects():
        (did, by), (bob_did, bob_by) = map(_change_words, change)
        what = {
            "both": f"both {did} Alice’s training loss{by} and {bob_did} Bob’s{bob_by}",
            "alice": f"Alice {bob_did} Bob’s training loss{bob_by}",
            "bob": f"Bob {did} Alice’s training loss{by}",
        }
        said.append(f"The last {'step' if updates == 1 else f'{updates} steps'} of {what[who]}.")
    return " ".join(said)


def _change_words(change: float) -> tuple[str, str]:
    """("raised", " by 0.030 nats")."""
    if change == 0:
        return "did not change", ""
    amount = format(abs(change), ".3f" if abs(change) >= 0.0095 else ".1g")
    return ("raised" if change > 0 else "lowered"), f" by {amount} nats"
