"""Counts the seeds that were looked at, and confirms on a fresh one while the Explorer goes on."""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace

from ncviz.experiment import Experiment
from ncviz.results.result import Result
from ncviz.sweeps.confirmation import Looks, question
from ncviz.sweeps.cost import Price
from ncviz.widgets.running.runner import Runner
from ncviz.widgets.running.turns import Turn
from ncviz.widgets.views.looks import LooksView

THREAD = "ncviz-confirming"

TELL_SECONDS = 0.2
"""Between two words about the progress."""


class Confirming:
    """What was looked at, and the fresh seed that is being trained; its view says both.

    What is displayed stays. Moving on to another question ends a confirmation that is not
    finished; another seed, or number of runs, does not.
    """

    def __init__(
        self,
        experiment: Experiment,
        guarded: Callable[[Callable[..., None]], Callable[..., None]],
        on_error: Callable[[str], None],
    ) -> None:
        # The Explorer's training, the confirmation and the controls speak from different threads.
        self._lock = threading.RLock()
        self._here = experiment
        self._seen: Experiment | None = None
        self._price: Price | None = None  # of what was seen
        self._running: Experiment | None = None
        self._runner: Runner[Experiment | None] = Runner(self._answer, on_error, THREAD, turn=Turn)
        self.looks = Looks()
        self.view = LooksView()
        self.view.on_press(guarded(self._pressed))

    def follow(self, experiment: Experiment) -> None:
        """The Explorer has moved, and trains."""
        with self._lock:
            self._here = experiment
            if self._running is not None and question(self._running) != question(experiment):
                self._stop()
            self._tell(settled=False)

    def done(self, result: Result) -> None:
        """The full answer is there, and its S was shown."""
        with self._lock:
            self.looks.note(result)
            offered = self.looks.unconfirmed(result.experiment)
        price = Price.of(result.experiment) if offered else None  # may be measured for a second
        with self._lock:
            if result.experiment == self._here:
                self._seen, self._price = result.experiment, price
                self._tell()

    def close(self) -> None:
        """End the training; the view is freed with the Explorer."""
        self._runner.close()

    def _pressed(self, press: str) -> None:
        with self._lock:
            if press == "cancel" and self._running is not None:
                self._stop()
                self._tell()
            elif press == "confirm" and self._running is None and self._offers:
                self._running = self.looks.fresh(self._here)
                self._tell(status="begins")
                self._runner.submit(self._running)

    @property
    def _offers(self) -> bool:
        """Whether a fresh seed may be trained; it costs what was seen, and that was agreed to."""
        seen, here = self._seen, self._here
        alike = seen is not None and replace(seen, seed=here.seed) == here
        return alike and self.looks.unconfirmed(here)

    def _stop(self) -> None:
        self._running = None
        self._runner.submit(None)

    def _tell(self, settled: bool = True, status: str = "") -> None:
        """Say how it stands with the question of the Explorer."""
        sentence, offer, running = self.looks.sentence(self._here), "", self._running
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
            with self._lock:
                if self._running is wanted:
                    self._running = None
                    self._tell()

    def _train(self, wanted: Experiment) -> Generator[None, None, None]:
        told = time.monotonic()
        with closing(wanted.stream()) as snapshots:
            for snapshot in snapshots:
                yield
                with self._lock:
                    if self._running is not wanted:
                        return
                    if snapshot.result is not None:
                        self.looks.confirm(snapshot.result)
                    elif time.monotonic() - told >= TELL_SECONDS:
                        told = time.monotonic()
                        self._tell(status=f"step {snapshot.step} of {wanted.steps}")
