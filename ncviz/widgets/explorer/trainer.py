"""The worker that trains what the controls show, and shows it while it trains."""

import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace

from ncviz.experiment import Experiment
from ncviz.results.result import Result, Snapshot
from ncviz.sweeps.cost import Price
from ncviz.widgets.explorer.stage import Stage
from ncviz.widgets.parts.consent import Consent
from ncviz.widgets.running.runner import Pace, Runner
from ncviz.widgets.running.turns import Turn
from ncviz.widgets.views.verdict import VerdictView

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

    def __init__(
        self,
        stage: Stage,
        verdict: VerdictView,
        consent: Consent,
        on_done: Callable[[], None],
    ) -> None:
        self._stage, self._verdict, self._on_done = stage, verdict, on_done
        self._consent = consent
        self._newest: Experiment | None = None
        self._runner: Runner[tuple[Experiment, bool, bool, int]] = Runner(
            lambda request: self._answer(*request), verdict.show_error, THREAD
        )
        self._asked = 0  # number of the newest request
        self._answered: tuple[int, Result | None] = (0, None)

    @property
    def result(self) -> Result | None:
        """The full answer to the newest request, or None while it is being trained."""
        number, result = self._answered
        return result if number == self._asked else None

    def submit(self, experiment: Experiment, moving: bool = True) -> None:
        """Train an experiment; an earlier one that is not finished is dropped."""
        self._newest = experiment
        self._consent.take_back()
        self._asked += 1
        self._runner.submit((experiment, moving, False, self._asked))

    def agree(self) -> None:
        """Train what was submitted last, whatever it costs."""
        if self._newest is not None:
            self._consent.take_back()
            self._verdict.show_progress("training", 0.0, "training begins")
            self._asked += 1
            self._runner.submit((self._newest, False, True, self._asked))

    def close(self) -> None:
        """Stop the training."""
        self._runner.close()

    def _answer(
        self, experiment: Experiment, moving: bool, agreed: bool, number: int
    ) -> Generator[None, None, None]:
        self._verdict.forget_error()
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
        self._on_done()

    def _may_start(self, experiment: Experiment, agreed: bool) -> bool:
        """Whether it may be trained at once; else its price is told."""
        price = Price.of(experiment)
        if price is None or (agreed and not price.refusal()):
            return True
        shown = " What is shown is the experiment before." if self._stage.shown else ""
        self._consent.ask(f"{NOT_STARTED}{shown}", price)
        self._verdict.show_progress("waiting", 0.0, "not trained")
        return False

    def _wait(self, turn: Turn, asked: Experiment) -> Generator[None, None, None]:
        began, said = time.monotonic(), False
        for _ in turn.wait(self._runner.pause):
            yield
            if not said and time.monotonic() - began >= WAIT_SECONDS:
                said = True
                status = f"{ROUGH_RUNS} of {asked.runs} runs {BUSY}"
                self._verdict.show_progress("rough", 1.0, status)

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
        self._stage.show(moment, rough, last)
        steps = f"step {moment.step} of {asked.steps}"
        if rough:
            status = f"rough answer from {moment.experiment.runs} of {asked.runs} runs: {steps}"
            self._verdict.show_progress("rough", moment.step / asked.steps, status)
        else:
            self._answered = (number, snapshot.result)
            status = f"full answer, {asked.runs} runs: {steps}"
            state = "done" if last else "training"
            self._verdict.show_progress(state, moment.step / asked.steps, status)
