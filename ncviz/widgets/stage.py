"""The live views, and which moment of a training they show: the newest, or an earlier one."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from ipywidgets import Box

from ncviz.experiment import Experiment
from ncviz.result import Moment
from ncviz.widgets.correlator_view import CorrelatorView
from ncviz.widgets.loss_view import LossView
from ncviz.widgets.net_view import NetView
from ncviz.widgets.replay_bar import ReplayBar
from ncviz.widgets.s_view import SView
from ncviz.widgets.signalling_view import SignallingView
from ncviz.widgets.view import View

NUMBER_SECONDS = 0.25
"""Curves move thirty times a second, words and numbers four times: nobody reads faster."""


class Described(Protocol):
    """A picture that can say what it shows."""

    def describe(self) -> str:
        """What the picture shows now, as one sentence; empty without a picture."""


class Panel(Protocol):
    """Views that stand in the place of the stage's own, and are shown the same moments."""

    box: Box

    @property
    def views(self) -> Sequence[Described]:
        """What it holds."""

    def show(self, moment: Moment, rough: bool) -> None:
        """Show a snapshot or a result."""


class Stage:
    """Live views of one training, and the replay bar that moves them through it.

    Parameters
    ----------
    on_shown : callable
        Takes the moment that the views show, and the one whose numbers stand in the words.
    """

    def __init__(self, on_shown: Callable[[Moment, Moment], None]) -> None:
        self.s, self.losses, self.net = SView(), LossView(), NetView()
        self.correlators, self.signalling = CorrelatorView(), SignallingView()
        self.replay = ReplayBar()
        self._on_shown = on_shown
        # The training shows from its own thread, the replay bar from that of its messages.
        self._lock = threading.RLock()
        self._newest: Moment | None = None
        self._shown: Moment | None = None
        self._rough = False
        self._numbers: Moment | None = None
        self._numbers_at = 0.0
        self._growing = False
        self._panel: Panel | None = None
        self.replay.observe(self._sought, ["index", "live", "playing"])
        self.net.on_choice(self.redraw)

    @property
    def shown(self) -> Moment | None:
        """The moment that the views show."""
        return self._shown

    @property
    def views(self) -> Sequence[Described]:
        """All views that are open now."""
        if self._panel is not None:
            return self._panel.views
        return (self.s, self.losses, self.net, self.correlators, self.signalling)

    def open(self, panel: Panel | None) -> None:
        """Show moments in a panel instead of the stage's own views; in these again with None."""
        with self._lock:
            self._panel = panel
            self.redraw()

    def show(self, moment: Moment, rough: bool, last: bool) -> None:
        """A training has come to a new moment; shown unless the user looks at an earlier one.

        Parameters
        ----------
        moment : Snapshot or Result
        rough : bool
            Of fewer runs than were asked for.
        last : bool
            The training is done.
        """
        with self._lock:
            if self._newest is None or moment.recording is not self._newest.recording:
                self._numbers = None
                self._grow(lambda: self.replay.reset(moment.recording.steps.tolist()))
            self._newest, self._rough = moment, rough
            self._grow(lambda: self.replay.grow(moment.index))
            if not self.replay.live:
                return
            now = time.monotonic()
            if last or self._numbers is None or now - self._numbers_at >= NUMBER_SECONDS:
                self._numbers, self._numbers_at = moment, now
            self._draw(moment, self._numbers)

    def keep(self) -> None:
        """Leave the present curves as a ghost behind the next ones."""
        with self._lock:
            if self._shown is not None:
                label = f"{_named(self._shown.experiment)}: S = {self._shown.s}"
                # While a panel is open, the curves are older than what it shows.
                self.s.show(self._shown, self._rough)
                self.losses.show(self._shown, self._rough)
                self.s.keep(label)
                self.losses.keep(label)

    def forget(self) -> None:
        """Take the ghost away."""
        with self._lock:
            self.s.ghost, self.losses.ghost = {}, {}

    def _grow(self, change: Callable[[], None]) -> None:
        """Change the replay bar without taking that for the user's wish."""
        self._growing = True
        try:
            change()
        finally:
            self._growing = False

    def _sought(self, _change: Any) -> None:
        with self._lock:
            now = time.monotonic()
            # What a panel says is read, not watched: a replay moves it no faster than a training.
            replayed = self._panel is not None and self.replay.playing
            if self._growing or (replayed and now - self._numbers_at < NUMBER_SECONDS):
                return
            self._numbers_at = now
            self.redraw()

    def redraw(self) -> None:
        """Show the present moment again."""
        with self._lock:
            if self._newest is None:
                return
            newest, at = self._newest, self.replay.index
            moment = newest if self.replay.live or at >= newest.index else newest.at(at)
            self._numbers = moment
            self._draw(moment, moment)

    def _draw(self, moment: Moment, numbers: Moment) -> None:
        if self._panel is None:
            views: tuple[View, ...] = (self.s, self.losses, self.net)
            if moment is numbers:
                views += (self.correlators, self.signalling)
            for view in views:
                view.show(moment, self._rough, numbers)
        elif moment is numbers:
            self._panel.show(moment, self._rough)
        self._shown = moment
        self._on_shown(moment, numbers)


def _named(experiment: Experiment) -> str:
    e = experiment
    pairing = e.pairing if isinstance(e.pairing, str) else "own tasks"
    return f"{e.hidden} {'neuron' if e.hidden == 1 else 'neurons'}, {pairing}"
