"""The whole shareable state: one frozen `Experiment`, which can be run."""

from collections.abc import Generator
from typing import TYPE_CHECKING

from ncviz.setup import Setup

if TYPE_CHECKING:
    from ncviz.results.result import Result, Snapshot


class Experiment(Setup):
    """One NCnet experiment: `runs` hidden variables, each trained in all four settings.

    Parameters
    ----------
    hidden : int
        Hidden units of the shared layer (of each layer, when `trunk` is "separate"); at least 1.
    pairing : str or tuple of str
        A name from `tasks.PAIRINGS`, or four task names (A1, A2, B1, B2) as `tasks.find` knows
        them: names from `tasks.TASKS`, or truth tables written out.
    learning_rate : float
        Step length of the optimizer; greater than 0.
    steps : int
        Training steps; at least 1.
    batch_size : int
        Training points of one step, drawn with replacement; 1 to `n_train`.
    runs : int
        Independent repetitions; at least 1. Fewer runs are a prefix of more runs.
    seed : int
        0 to 2**64 − 1. Run k draws from ``SeedSequence(seed, spawn_key=(k,))``.
    noise : float
        Standard deviation of the Gaussian noise on the ±1 inputs; at least 0.
    n_train, n_test : int
        Training and held-out points of a run; at least 1.
    optimizer : {"sgd", "momentum", "adam"}
        Plain stochastic gradient descent, with momentum 0.9, or Adam (0.9, 0.999, 1e-8).
    activation : {"tanh", "relu", "sigmoid"}
        Of the hidden units.
    trunk : {"shared", "separate"}
        One hidden layer for both heads, or one for each, started alike.
    outcome : {"correct", "success", "oscillation"}
        What the ±1 stands for. "correct": one a held-out point, +1 where the head is right.
        "success": one a run, +1 where the head is right on at least `threshold` of the held-out
        points. "oscillation": one a training step of the last quarter, +1 where the head's loss
        over the whole training set falls.
    threshold : float
        Share of held-out points, 0 to 1, that makes a success.
    shared_gradient : {"sum", "without alice", "without bob", "pcgrad", "mgda"}
        How the gradients of the two heads' losses meet in the shared layer: added up, Bob's or
        Alice's alone (the other's head learns on), or as `ncviz.engine.gradient` says. All but
        "sum" need one trunk.
    sampling : {"minibatch", "full", "noise"}
        The points of a step: `batch_size` of them, drawn with replacement; all of them; or all,
        with Gaussian weights that give the gradient the mean and the covariance that it has with
        minibatches (Wu et al. 2020).
    shuffled : {"none", "A1", "A2", "B1", "B2"}
        The task whose training labels are shuffled among the points of each run.
    redrawn : {"none", "alice", "bob"}
        The head whose starting weights are drawn anew, all else of λ staying as it is.
    device : str
        "cpu", "cuda" or "cuda:<number>".

    Raises
    ------
    ValueError
        At once, naming the field, the value and what is allowed.

    Notes
    -----
    Of the paper (arXiv:2603.04451) only the abstract and a review could be read here: tasks, loss,
    learning rate and outcome rule are this project's assumptions, each a field.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> Experiment.from_query(Experiment(hidden=4, learning_rate=0.1).to_query()).code()
    'Experiment(hidden=4, learning_rate=0.1)'
    """

    def run(self) -> "Result":
        """Train every net and return the `Result`; about a second for the defaults."""
        for snapshot in self.stream():
            result = snapshot.result
        assert result is not None  # the last snapshot of a stream always carries it
        return result

    def stream(self, every: int | None = None) -> Generator["Snapshot", None, None]:
        """Train, giving a `Snapshot` at step 0, at every `every` steps, and at the end.

        Closing the generator cancels the training. The last snapshot carries the `Result`; there
        are about a hundred by default. `ValueError` if `every` is no whole number of at least 1,
        or the device is not there.
        """
        from ncviz.results.result import stream  # at call time: torch takes seconds to load

        return stream(self, every)
