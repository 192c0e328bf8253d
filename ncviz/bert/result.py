"""`LoraResult`: what a LoRA experiment gives back, a `Result` with what real texts call for."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from ncviz.basics.checks import short, whole
from ncviz.basics.handing import handed_out
from ncviz.basics.protocol import SETTINGS, TASK_NAMES, TASK_OF_SETTING
from ncviz.bert.training import Ground, State, ground, train
from ncviz.engine.network import NCnet
from ncviz.experiment import Experiment
from ncviz.inference import Estimate, estimates_of_s
from ncviz.results.outcomes import correct, count
from ncviz.results.recording import Recording
from ncviz.results.result import Result, Snapshot

if TYPE_CHECKING:
    import pandas as pd

    from ncviz.bert.experiment import LoraExperiment

# Records of a training beside step 0: each costs as much as about ten training steps.
RECORDS = 4
SIGNS = np.array([1, 1, 1, -1])  # with which the correlators in the settings 11 to 22 make S


@dataclass(frozen=True)
class Provenance:
    """What was really used: `Backbone`'s fields, not those wished for where a fallback stood in."""

    backbone: str
    revision: str
    sha256: str
    licence: str
    note: str
    texts: tuple[str, ...]  # their sources, with version or revision and licence
    common: bool  # Alice and Bob are asked about the same text
    meaning: tuple[str, ...]  # for A1, A2, B1, B2 what the label 1 stands for, and what 0
    cut: int  # of `n_texts`, longer than `max_length` tokens
    n_texts: int

    @classmethod
    def of(cls, found: Ground) -> "Provenance":
        """That of an experiment's common ground."""
        b, m = found.backbone, found.material
        return cls(
            b.name, b.revision, b.sha256, b.licence, b.note,
            m.sources, m.common, m.meaning, found.cut, len(m.texts),
        )  # fmt: skip


class LoraResult(Result):
    """A finished LoRA experiment.

    As in every `Result`, all is about the texts that the experiment is measured on. Beside it stand
    what the training texts give, how good the answers are, and two rivals of S. `provenance` has
    network, revision, SHA-256 and texts that were really used.
    """

    def __init__(self, recording: Recording, state: State, found: Ground) -> None:
        super().__init__(recording, state)
        self.provenance = Provenance.of(found)
        self._train_right = np.concatenate([correct(m) for _, m in state.margins("train")])
        majority = found.material.majority
        self._majority = np.array([majority(draw.test) for draw in state.draws])
        self._train_majority = np.array([majority(draw.train) for draw in state.draws])

    @property
    def experiment(self) -> "LoraExperiment":  # type: ignore[override]
        """The configuration."""
        return cast("LoraExperiment", self.recording.experiment)

    @handed_out
    def runs(self) -> "pd.DataFrame":
        """One row a run: the columns of `Result.runs`, and three more.

        S_train is S on the training texts; S_product is what S on the measured texts would be if
        Alice's and Bob's outcomes had the same means and no correlation; majority is the share of
        the measured texts that the more frequent label would get right, a mean over the tasks
        (1 − test_error is the same of the nets).
        """
        frame = super().runs.copy()
        frame["majority"] = self._majority.mean(axis=1)
        products, texts = count(self._train_right).products, self._train_right.shape[-1]
        means = self.outcomes.mean(axis=-1)
        bad = frame["diverged"].to_numpy()
        frame.insert(3, "S_train", np.where(bad, np.nan, products @ SIGNS / texts))
        frame.insert(3, "S_product", np.where(bad, np.nan, means.prod(axis=-1) @ SIGNS))
        return frame

    @property
    def s_train(self) -> Estimate:
        """S on the training texts, with its 95 % interval over runs."""
        return self._estimate("S_train")

    @property
    def s_product(self) -> Estimate:
        """The product baseline ⟨a⟩⟨b⟩ + ⟨a⟩⟨b⟩ + ⟨a⟩⟨b⟩ − ⟨a⟩⟨b⟩, with its interval over runs."""
        return self._estimate("S_product")

    @handed_out
    def accuracy(self) -> "pd.DataFrame":
        """How good the answers are, beside what the more frequent label alone would give.

        Rows A1, A2, B1, B2; columns accuracy, majority, train_accuracy, train_majority: shares of
        texts, means over runs that did not diverge and over the partner's two tasks.
        """
        import pandas as pd

        good = ~self.recording.diverged[self.index]
        columns = {}
        for prefix, right, majority in (
            ("", self.outcomes > 0, self._majority),
            ("train_", self._train_right, self._train_majority),
        ):
            share = right[good].mean(axis=(0, 3)) if good.any() else np.full((4, 2), np.nan)
            of_task = np.zeros(4)
            np.add.at(of_task, np.array(TASK_OF_SETTING), share / 2)
            columns[f"{prefix}accuracy"] = of_task
            columns[f"{prefix}majority"] = majority.mean(axis=0)
        return pd.DataFrame(columns, index=list(TASK_NAMES))

    def permuted(self, permutations: int = 200, seed: int = 0) -> NDArray[np.float64]:
        """S with Bob's outcomes dealt out anew over the texts: no correlation can be left.

        Shape (permutations,), at least 1; each the mean over runs. Their spread about `s_product`
        is what pairing alone can do; where tasks have texts of their own, S should lie among them.
        """
        n = whole("permutations", permutations, 1, 1_000_000)
        random = np.random.default_rng(seed)
        good = ~self.recording.diverged[self.index]
        alice, bob = self.outcomes[good, :, 0], self.outcomes[good, :, 1]
        dealt = (random.permuted(bob, axis=-1) for _ in range(n))
        return np.array([((alice * b).mean(axis=-1) @ SIGNS).mean() for b in dealt])

    def weights(self, run: int, setting: str) -> dict[str, NDArray[np.float32]]:
        """Adapter, bottleneck and heads of one net after training, by name.

        ValueError if there is no such run or setting.
        """
        if setting not in SETTINGS:
            raise ValueError(f"setting must be one of {', '.join(SETTINGS)}, not {short(setting)}")
        which = whole("run", run, 0, self.experiment.runs - 1)
        (weights,) = self._nets
        of_net = weights[which][SETTINGS.index(setting)]
        return {name: weight.copy() for name, weight in of_net.items()}

    def net(self, run: int, setting: str) -> NCnet:
        """There is none, always a ValueError; see `weights`."""
        raise ValueError(
            "a pretrained network is no NCnet; weights(run, setting) gives adapter and heads"
        )

    @property
    def runs_kept(self) -> int:
        """None: these nets cannot be drawn neuron by neuron; see `weights`."""
        return 0

    def _estimate(self, column: str) -> Estimate:
        return estimates_of_s(self.runs[column].to_numpy()[None])[0]

    def __repr__(self) -> str:
        return f"<LoraResult: S = {self.s} over {self.s.n} runs of {self.experiment.code()}>"


def progress(
    experiment: "LoraExperiment", every: int
) -> Generator[tuple[float, Snapshot | None], None, None]:
    """Train, giving the share that is done after each net, and a `Snapshot` at each record."""
    found = ground(experiment)
    # The rooms below read of an experiment only fields that this one has too.
    recording = Recording(cast(Experiment, experiment), every, keep_nets=False)
    for done, state in train(experiment, found, recording.stops):
        if state is None:
            yield done, None
        elif recording.see(state):
            last = state.step == experiment.steps
            result = LoraResult(recording, state, found) if last else None
            yield done, Snapshot(recording, recording.filled - 1, result)
