"""What trains behind the Explorer: what the controls show, and a fresh seed that confirms it."""

import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from typing import Any

from ncviz.experiment import Experiment
from ncviz.results.result import Result, Snapshot
from ncviz.sweeps.confirmation import question
from ncviz.sweeps.price import Price
from ncviz.widgets.explorer.state import Progress, Shown, State
from ncviz.widgets.parts.controls import Consent
from ncviz.widgets.running.runner import Pace, Runner
from ncviz.widgets.running.turns import Turn
from ncviz.widgets.views.verdict import LooksView

QUIET_SECONDS = 0.25
ROUGH_RUNS = 16  # runs of a rough answer: as many as fit into the narrowest batch
WAIT_SECONDS = 0.5  # a shorter wait for a turn is not worth a word
TELL_SECONDS = 0.2  # between two words about the progress of a confirmation
BUSY = "so far: computer is busy"  # short enough for a phone
NOT_STARTED = "Not trained yet: this experiment takes more time or memory than most."


class Trainer:
    """A rough answer while the controls move, the full one when they rest."""

    def __init__(self, state: State) -> None:
        self._state, self.consent = state, Consent()
        self._runner: Runner[tuple[Experiment, bool, bool, int]] = Runner(
            lambda request: self._answer(*request), state.fail, "ncviz-training"
        )
        self.close = self._runner.close
        self._asked = 0  # number of the newest request
        self._found: Result | None = None  # the last answer to what was the newest then
        self.consent.on_agree(state.guarded(self._agree))
        state.observe(lambda _change: self.train(moving=True), "experiment")

    def train(self, moving: bool = False, agreed: bool = False) -> None:
        """Train where the Explorer stands; an earlier request that is not finished is dropped."""
        self.consent.take_back()
        self._asked += 1
        self._runner.submit((self._state.experiment, moving, agreed, self._asked))

    def _agree(self) -> None:
        self._say("training", 0.0, "training begins")
        self.train(agreed=True)

    def _say(self, state: str, share: float, status: str) -> None:
        self._state.progress = Progress(state, share, status)

    def _answer(
        self, experiment: Experiment, moving: bool, agreed: bool, number: int
    ) -> Generator[None, None, None]:
        self._state.error = ""
        shown = " What is shown is the experiment before." if self._state.shown else ""
        if not self.consent.allows(Price.of(experiment), agreed, f"{NOT_STARTED}{shown}"):
            self._say("waiting", 0.0, "not trained")
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


class Confirming:
    """Counts the seeds that were looked at, and trains a fresh one; its view says both.

    Moving on to another question ends a confirmation; another seed, or number of runs, does not.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._price: Price | None = None  # of what was looked at
        self._runner: Runner[Experiment | None] = Runner(
            self._answer, state.fail, "ncviz-confirming", turn=Turn
        )
        self.close = self._runner.close
        self.view = LooksView()
        self.view.on_press(state.guarded(self._pressed))
        state.observe(self._follow, "experiment")
        state.observe(self._seen, "seen")
        self._follow()

    def _follow(self, _change: object = None) -> None:
        """The Explorer has moved, and trains."""
        running = self._state.confirming
        if running is not None and question(running) != question(self._state.experiment):
            self._stop()
        self._tell(settled=False)

    def _seen(self, change: Any) -> None:
        """The full answer is there, and its S was shown."""
        state, result = self._state, change["new"]
        if result is None:
            return
        experiment: Experiment = result.experiment
        with state.lock:
            state.looks.note(result)
            offered = state.looks.unconfirmed(experiment)
        price = Price.of(experiment) if offered else None  # may be measured for a second
        with state.lock:
            if experiment == state.experiment:
                state.looked, self._price = experiment, price
                self._tell()

    def _pressed(self, press: str) -> None:
        state = self._state
        if press == "cancel" and state.confirming is not None:
            self._stop()
            self._tell()
        elif press == "confirm" and state.confirming is None and self._offers:
            state.confirming = state.looks.fresh(state.experiment)
            self._tell(status="begins")
            self._runner.submit(state.confirming)

    @property
    def _offers(self) -> bool:
        """Whether a fresh seed may be trained; it costs what was seen, and that was agreed to."""
        looked, here = self._state.looked, self._state.experiment
        alike = looked is not None and replace(looked, seed=here.seed) == here
        return alike and self._state.looks.unconfirmed(here)

    def _stop(self) -> None:
        self._state.confirming = None
        self._runner.submit(None)

    def _tell(self, settled: bool = True, status: str = "") -> None:
        """Say how it stands with the question of the Explorer."""
        state, offer, running = self._state, "", self._state.confirming
        sentence = state.looks.sentence(state.experiment)
        if running is not None:
            sentence = f"Confirming with seed {running.seed}, at which nobody has looked:"
            status, offer = status or self.view.status, "Cancel the confirmation"
        elif self._offers:
            refusal = self._price.refusal() if self._price else ""
            status = refusal.replace("Not trained", "Not confirmed")
            price = f": {self._price.words}" if self._price else ""
            offer = "" if refusal else f"Confirm on a fresh seed{price}"
        self.view.change(
            keeps_room=not (settled or sentence),
            sentence=sentence,
            status=status,
            offer=offer,
            press="cancel" if running is not None else "confirm",
        )

    def _answer(self, wanted: Experiment | None) -> Generator[None, None, None]:
        """Train a fresh seed to its end, on the worker; None ends the one before."""
        if wanted is None:
            return
        state, told = self._state, time.monotonic()
        try:
            # The button has told the price; what is free may be less by now.
            if self._price is not None and self._price.refusal():
                return
            with closing(wanted.stream()) as snapshots:
                for snapshot in snapshots:
                    yield
                    with state.lock:
                        if state.confirming is not wanted:
                            return
                        if snapshot.result is not None:
                            state.looks.confirm(snapshot.result)
                        elif time.monotonic() - told >= TELL_SECONDS:
                            told = time.monotonic()
                            self._tell(status=f"step {snapshot.step} of {wanted.steps}")
        finally:
            with state.lock:
                if state.confirming is wanted:
                    state.confirming = None
                    self._tell()
