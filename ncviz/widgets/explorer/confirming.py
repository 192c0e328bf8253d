"""Counts the seeds that were looked at, and confirms on a fresh one while the Explorer goes on."""

import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from typing import Any

from ncviz.experiment import Experiment
from ncviz.sweeps.confirmation import question
from ncviz.sweeps.cost import Price
from ncviz.widgets.explorer.state import State
from ncviz.widgets.running.runner import Runner
from ncviz.widgets.running.turns import Turn
from ncviz.widgets.views.verdict import LooksView

THREAD = "ncviz-confirming"

TELL_SECONDS = 0.2
"""Between two words about the progress."""


class Confirming:
    """What was looked at, and the fresh seed that is being trained; its view says both.

    What is displayed stays. Moving on to another question ends a confirmation that is not
    finished; another seed, or number of runs, does not.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._price: Price | None = None  # of what was looked at
        self._runner: Runner[Experiment | None] = Runner(
            self._answer, state.fail, THREAD, turn=Turn
        )
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

    def close(self) -> None:
        """End the training; the view is freed with the Explorer."""
        self._runner.close()

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
        with self.view.hold_sync():
            self.view.keeps_room = not (settled or sentence)
            self.view.sentence, self.view.status, self.view.offer = sentence, status, offer
            self.view.press = "cancel" if running is not None else "confirm"

    # What the worker does

    def _answer(self, wanted: Experiment | None) -> Generator[None, None, None]:
        """Train a fresh seed to its end; None ends the one before."""
        if wanted is None:
            return
        try:
            # The button has told the price; what is free may be less by now.
            if self._price is None or not self._price.refusal():
                yield from self._train(wanted)
        finally:
            with self._state.lock:
                if self._state.confirming is wanted:
                    self._state.confirming = None
                    self._tell()

    def _train(self, wanted: Experiment) -> Generator[None, None, None]:
        told = time.monotonic()
        with closing(wanted.stream()) as snapshots:
            for snapshot in snapshots:
                yield
                with self._state.lock:
                    if self._state.confirming is not wanted:
                        return
                    if snapshot.result is not None:
                        self._state.looks.confirm(snapshot.result)
                    elif time.monotonic() - told >= TELL_SECONDS:
                        told = time.monotonic()
                        self._tell(status=f"step {snapshot.step} of {wanted.steps}")
