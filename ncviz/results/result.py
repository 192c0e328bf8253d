"""`Snapshot` and `Result`: what a training gives back, while it runs and at its end."""

from collections.abc import Generator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from ncviz.basics.checks import choice, short
from ncviz.basics.computing import without_autograd
from ncviz.basics.handing import handed_out
from ncviz.basics.protocol import RULES, SETTINGS, TASK_NAMES
from ncviz.bell import Behavior
from ncviz.bell.forms import chsh_forms
from ncviz.bell.signalling import signalling
from ncviz.engine.network import NCnet
from ncviz.engine.training import Trained, train
from ncviz.inference import Estimate, PairedRuns
from ncviz.results.memory import check_memory, memory
from ncviz.results.outcomes import correct, halves, success
from ncviz.results.recording import PerRun, Recording
from ncviz.results.summary import Summary

if TYPE_CHECKING:
    import pandas as pd

    from ncviz.experiment import Experiment

HEADS = ("alice", "bob")
RECORDS = 100  # of a training, beside step 0, unless the caller says otherwise


class Moment:
    """An experiment at one recorded step. `Snapshot` and `Result` are moments."""

    def __init__(self, recording: Recording, index: int) -> None:
        self.recording, self.index = recording, index
        self._nets: list[Any] = recording.nets(index)

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"<{name}: step {self.step} of {self.experiment.steps}, S = {self.s}>"

    @property
    def experiment(self) -> "Experiment":
        """What is being trained."""
        return self.recording.experiment

    @property
    def step(self) -> int:
        """Training steps done."""
        return int(self.recording.steps[self.index])

    @cached_property
    def per_run(self) -> PerRun:
        """Arrays with the numbers of every run."""
        return self.recording.per_run(self.index)

    @cached_property
    def summary(self) -> Summary:
        """The headline numbers with their intervals."""
        return Summary.of(self.experiment, self.per_run)

    @property
    def s(self) -> Estimate:
        """S: ``.value`` (mean over runs), ``.low`` to ``.high`` (95 %), ``.n`` (runs used)."""
        return self.summary.s

    @property
    def paired(self) -> PairedRuns:
        """The runs as the tests of `ncviz.inference` take them."""
        numbers, e = self.per_run, self.experiment
        return PairedRuns(numbers.correlators, numbers.marginals, e.outcome, e.trunk)

    @property
    def correlators(self) -> "pd.DataFrame":
        """Mean correlators: rows A1, A2; columns B1, B2."""
        import pandas as pd

        values = np.reshape([c.value for c in self.summary.correlators], (2, 2))
        return pd.DataFrame(values, ["A1", "A2"], ["B1", "B2"])

    @property
    def marginals(self) -> "pd.DataFrame":
        """Mean outcomes: rows A1, A2, B1, B2; columns 1, 2, the partner's task."""
        import pandas as pd

        values = [[first.value, second.value] for first, second in self.summary.marginals]
        return pd.DataFrame(values, list(TASK_NAMES), ["1", "2"])

    def at(self, record: int) -> "Moment":
        """The experiment as it was at an earlier record."""
        return Moment(self.recording, _below("record", record, self.index + 1))

    def net(self, run: int, setting: str) -> NCnet:
        """A copy of one net, as it is at this step."""
        trained, *place = self._trained(run, setting)
        return trained.net(*place)

    def parameters(self, run: int, setting: str) -> NDArray[np.float32]:
        """All numbers of that net: hidden weights, hidden biases, head weights, head biases."""
        trained, *place = self._trained(run, setting)
        return np.array(trained.parameters(*place).cpu().numpy())

    def _trained(self, run: int, setting: str) -> tuple[Trained, int, int]:
        """Where a net is kept, its run, and the number of its setting."""
        choice("setting", setting, SETTINGS)
        if not self.runs_kept:
            raise ValueError("nets of this size are kept only at the end of their training")
        run = _below("run", run, self.runs_kept)
        (trained,) = [some for some in self._nets if run in some.runs]
        return trained, run, SETTINGS.index(setting)

    @property
    def runs_kept(self) -> int:
        """How many runs `net` knows at this step: the first ones, or all of them."""
        return sum(len(some.runs) for some in self._nets)

    def _losses(self, first: int) -> "pd.DataFrame":
        """Held-out losses (nats) of the records from `first` to this one, tidy."""
        import pandas as pd

        losses = self.recording.losses[first : self.index + 1]
        step, run, setting, head = np.indices(losses.shape).reshape(4, -1)
        frame = pd.DataFrame({"step": self.recording.steps[first + step], "run": run})
        frame["setting"], frame["head"] = np.array(SETTINGS)[setting], np.array(HEADS)[head]
        return frame.assign(loss=losses.ravel())


class Snapshot(Moment):
    """An experiment in the middle of its training; `result` is set on the last of a stream."""

    def __init__(self, recording: Recording, index: int, result: "Result | None" = None) -> None:
        super().__init__(recording, index)
        self.result = result

    @property
    def losses(self) -> "pd.DataFrame":
        """Held-out losses (nats) at this step: step, run, setting, head, loss."""
        return self._losses(first=self.index)


class Result(Moment):
    """A finished experiment.

    Attributes
    ----------
    outcomes : array of int8, shape (runs, 4, 2, outcomes)
        ±1, indexed [run, setting, head, outcome], settings in the order 11, 12, 21, 22; 0
        throughout a run that diverged. One for each held-out point by the rule "correct", a single
        one by "success", one for each training step of the last quarter by "oscillation".

    Examples
    --------
    >>> from ncviz import Experiment
    >>> r = Experiment(runs=4, steps=100).run()
    >>> list(r.correlators.index), list(r.correlators.columns)
    (['A1', 'A2'], ['B1', 'B2'])
    """

    def __init__(self, recording: Recording, state: Any) -> None:
        super().__init__(recording, recording.filled - 1)
        e, right = recording.experiment, self._look_at(state)
        half = e.n_test // 2
        plus, plus_first = recording.plus, recording.plus
        if (of := RULES[e.outcome].of) == "point":
            plus, plus_first = right, right[..., :half]
        elif of == "run":
            plus = success(right.sum(axis=-1), e.n_test, e.threshold)
            plus_first = success(right[..., :half].sum(axis=-1), max(1, half), e.threshold)
        self._halves = halves(right, plus_first)
        self.outcomes: NDArray[np.int8] = np.where(plus, np.int8(1), np.int8(-1))
        self.outcomes[recording.diverged[self.index]] = 0
        self.outcomes.flags.writeable = False

    @without_autograd
    def _look_at(self, state: Any) -> NDArray[np.bool_]:
        """Keep the nets and their errors; where each is right on the held-out points."""
        e = self.experiment
        right = np.empty((e.runs, 4, 2, e.n_test), dtype=bool)
        self._train_errors = np.empty(e.runs, dtype=np.int64)
        for block in state.blocks:
            for runs, margins in block.margins("test"):
                right[runs] = correct(margins)
            for runs, margins in block.margins("train"):
                self._train_errors[runs] = (~correct(margins)).sum(axis=(1, 2, 3))
        self._nets = [block.trained() for block in state.blocks]
        return right

    @handed_out
    def runs(self) -> "pd.DataFrame":
        """One row a run.

        Columns: seed (that of the experiment) and run, which together name the run's λ; S;
        correlators C11 to C22; Alice's mean outcomes A11 to A22 and Bob's B11 to B22 by setting
        (A12: Alice's on A1 while Bob trains B2); train_error and test_error, shares of wrong
        answers; gap, their difference; delta, D; diverged, where most others are NaN.
        """
        import pandas as pd

        e, numbers, diverged = self.experiment, self.per_run, self.recording.diverged[self.index]
        wrong = {"train_error": self._train_errors / (8 * e.n_train)}
        wrong["test_error"] = self.recording.errors(self.index) / (8 * e.n_test)
        # From whole numbers, divided once: 2 is exactly 2, and no D of a rounding error passes 0.
        n = numbers.outcomes or np.nan
        products, means = np.rint(numbers.correlators * n), np.rint(numbers.marginals * n)
        moved = signalling(means)
        seed = np.full(e.runs, e.seed, dtype=np.uint64)  # whatever its size: seeds are joined
        columns: dict[str, Any] = {"seed": seed, "run": np.arange(e.runs), "S": numbers.S}
        both = np.moveaxis(numbers.marginals, 1, 0)
        for letter, values in zip("CAB", (numbers.correlators, *both), strict=True):
            names = [letter + setting for setting in SETTINGS]
            columns |= zip(names, values.reshape(e.runs, 4).T, strict=True)
        columns |= {name: np.where(diverged, np.nan, error) for name, error in wrong.items()}
        columns["gap"] = columns["test_error"] - columns["train_error"]
        columns["delta"] = moved / n
        columns["D"] = (chsh_forms(products).max(axis=-1) - 2 * n - moved) / n
        columns["diverged"] = diverged
        return pd.DataFrame(columns)

    @handed_out
    def halves(self) -> "pd.DataFrame":
        """S and the error of different held-out points, one row a run, for regressions.

        Columns: run; from the first half of the held-out points S_first (by the rule
        "oscillation" from all steps), product_first (S without correlation beyond the marginals,
        Σ ± ⟨a⟩⟨b⟩), joint_first (share of points on which both heads are right, mean over
        settings, 0 to 1) and error_first (share of wrong answers, mean over heads and settings);
        error_second from the second half, and gap_second = error_second − train_error. All but run
        are NaN in a run that diverged, or where there is only one held-out point.
        """
        import pandas as pd

        diverged = self.recording.diverged[self.index]
        columns = {"run": np.arange(len(diverged))}
        columns |= {name: np.where(diverged, np.nan, of) for name, of in self._halves.items()}
        columns["gap_second"] = columns["error_second"] - self.runs["train_error"].to_numpy()
        return pd.DataFrame(columns)

    @handed_out
    def losses(self) -> "pd.DataFrame":
        """Held-out losses (nats) on the recording grid: step, run, setting, head, loss."""
        return self._losses(first=0)

    @handed_out
    def influence(self) -> "pd.DataFrame":
        """Share of outcomes on A1, A2, B1, B2 that change when only the partner's task changes.

        One row a run, which it names first; S of a run is at most 2 + 2 × the row's sum.
        """
        import pandas as pd

        frame = pd.DataFrame(self.per_run.influence, columns=list(TASK_NAMES))
        return frame.rename_axis("run").reset_index()

    @cached_property
    def behavior(self) -> Behavior:
        """Probabilities averaged over the runs that did not diverge; `ValueError` without any."""
        good = ~self.recording.diverged[self.index]
        if not good.any():
            raise ValueError("every run diverged: there is no behavior to speak of")
        return Behavior.from_counts(self.recording.pair_counts(self.index)[good].sum(axis=0))

    def __repr__(self) -> str:
        return f"<Result: S = {self.s} over {self.s.n} runs of {self.experiment.code()}>"


def _is_whole(number: object) -> bool:
    """A whole number; a range alone would take 0.0 and True for one."""
    return isinstance(number, int | np.integer) and not isinstance(number, bool)


def _below(name: str, number: int, end: int) -> int:
    if not _is_whole(number) or number not in range(end):
        raise ValueError(f"{name} must be 0 to {end - 1}, not {short(number)}")
    return int(number)


def stream(experiment: "Experiment", every: int | None) -> Generator[Snapshot, None, None]:
    """See `Experiment.stream`."""
    every = max(1, experiment.steps // RECORDS) if every is None else every
    if not _is_whole(every) or every < 1:
        raise ValueError(f"every must be a whole number of at least 1, not {short(every)}")
    if experiment.device.startswith("cuda") and not torch.cuda.is_available():
        raise ValueError(f"device {experiment.device!r} is not there: torch finds no CUDA device")
    if experiment.device == "cpu":
        check_memory(memory(experiment, records=1 - experiment.steps // -int(every)))
    return _snapshots(experiment, int(every))


def _snapshots(experiment: "Experiment", every: int) -> Generator[Snapshot, None, None]:
    recording = Recording(experiment, every)
    for state in train(experiment, recording.stops):
        if recording.see(state):
            last = state.step == experiment.steps
            result = Result(recording, state) if last else None
            yield Snapshot(recording, recording.filled - 1, result)
