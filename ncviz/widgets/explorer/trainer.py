"""The worker that trains what the controls show, and shows it while it trains."""

import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace

from ncviz.experiment import Experiment
from ncviz.results.result import Result, Snapshot
from ncviz.sweeps.cost import Price
from ncviz.widgets.explorer.state import Progress, Shown, State
from ncviz.widgets.parts.controls import Consent
from ncviz.widgets.running.runner import Pace, Runner
from ncviz.widgets.running.turns import Turn

QUIET_SECONDS = 0.25

ROUGH_RUNS = 16
"""Runs of a rough answer: as many as fit into the narrowest batch."""

WAIT_SECONDS = 0.5
"""A shorter wait for a turn is not worth a word."""

BUSY = "so far: computer is busy"
"""Short enough for a phone."""

NOT_STARTED = "Not trained yet: this experiment takes more time or memory than most."

THREAD = "ncviz-training"


class Trainer:
    """A rough answer while the controls move, the full one when they rest."""

    def __init__(self, state: State) -> None:
        self._state, self.consent = state, Consent()
        self._runner: Runner[tuple[Experiment, bool, bool, int]] = Runner(
            lambda request: self._answer(*request), state.fail, THREAD
        )
        self._asked = 0  # number of the newest request
        self._found: Result | None = None  # the last answer to what was the newest then
        self.consent.on_agree(state.guarded(self._agree))
        state.observe(lambda _change: self._submit(moving=True), "experiment")

    def start(self) -> None:
        """Train for the first time."""
        self._submit(moving=False)

    def close(self) -> None:
        """Stop the training."""
        self._runner.close()

    def _submit(self, moving: bool, agreed: bool = False) -> None:
        """Train where the Explorer stands; an earlier request that is not finished is dropped."""
        self.consent.take_back()
        self._asked += 1
        self._runner.submit((self._state.experiment, moving, agreed, self._asked))

    def _agree(self) -> None:
        self._say("training", 0.0, "training begins")
        self._submit(moving=False, agreed=True)

    def _say(self, state: str, share: float, status: str) -> None:
        self._state.progress = Progress(state, share, status)

    def _answer(
        self, experiment: Experiment, moving: bool, agreed: bool, number: int
    ) -> Generator[None, None, None]:
        self._state.error = ""
        if not self._may_start(experiment, agreed):
            return
        rough = moving and experiment.runs > ROUGH_RUNS
        with Turn(free_seconds=0) if rough else Turn() as turn:
            if rough:
                for _ in self._train(replace(experiment, runs=ROUGH_RUNS), experiment, number):
                    yield
                    # Where others have their turn, the rough answer goes on meanwhile.
                    if self._runner.quiet_for() >= QUIET_SECONDS and turn.take():
                        break
                self._runner.wait_for_quiet(QUIET_SECONDS)
                yield
                yield from self._wait(turn, experiment)
            for _ in self._train(experiment, experiment, number):
                yield
                yield from turn.wait(self._runner.pause)
        self._state.seen, self._found = self._found, None  # also if one has just moved on

    def _may_start(self, experiment: Experiment, agreed: bool) -> bool:
        """Whether it may be trained at once; else its price is told."""
        price = Price.of(experiment)
        if price is None or (agreed and not price.refusal()):
            return True
        shown = " What is shown is the experiment before." if self._state.shown else ""
        self.consent.ask(f"{NOT_STARTED}{shown}", price)
        self._say("waiting", 0.0, "not trained")
        return False

    def _wait(self, turn: Turn, asked: Experiment) -> Generator[None, None, None]:
        began, said = time.monotonic(), False
        for _ in turn.wait(self._runner.pause):
            yield
            if not said and time.monotonic() - began >= WAIT_SECONDS:
                said = True
                self._say("rough", 1.0, f"{ROUGH_RUNS} of {asked.runs} runs {BUSY}")

    def _train(
        self, trained: Experiment, asked: Experiment, number: int
    ) -> Generator[None, None, None]:
        pace = Pace()
        with closing(trained.stream()) as snapshots:
            for snapshot in snapshots:
                yield
                if pace.due() or snapshot.result is not None:
                    self._show(snapshot, asked, number)

    def _show(self, snapshot: Snapshot, asked: Experiment, number: int) -> None:
        """Show the newest moment of a training, and how far it is."""
        moment, last = snapshot.result or snapshot, snapshot.result is not None
        rough = moment.experiment != asked
        share, steps = moment.step / asked.steps, f"step {moment.step} of {asked.steps}"
        with self._state.lock:
            self._state.newest = Shown(moment, moment, rough)
            if rough:
                runs = f"{moment.experiment.runs} of {asked.runs} runs"
                self._say("rough", share, f"rough answer from {runs}: {steps}")
                return
            if number == self._asked:
                self._state.result = self._found = snapshot.result
            status = f"full answer, {asked.runs} runs: {steps}"
            self._say("done" if last else "training", share, status)
