"""The live views, and which moment of a training they show: the newest, or an earlier one."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from ncviz.experiment import Experiment
from ncviz.results.result import Moment
from ncviz.widgets.parts.door import Box
from ncviz.widgets.parts.replay_bar import ReplayBar
from ncviz.widgets.parts.view import View
from ncviz.widgets.views.correlators import CorrelatorView
from ncviz.widgets.views.losses import LossView
from ncviz.widgets.views.net import NetView
from ncviz.widgets.views.s import SView
from ncviz.widgets.views.signalling import SignallingView

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

    def close(self) -> None:
        """End its work; the widgets are freed with the box."""


class Stage:
    """Live views of one training, and the replay bar that moves them through it."""

    def __init__(
        self, on_shown: Callable[[Moment, Moment], None], shows: Callable[[str], bool]
    ) -> None:
        self.s = SView()
        self.losses = LossView() if shows("losses") else None
        self.net = NetView() if shows("net") else None
        self.correlators = CorrelatorView() if shows("correlators") else None
        self.signalling = SignallingView() if shows("signalling") else None
        self.replay = ReplayBar() if shows("replay") else None
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
        if self.replay:
            self.replay.observe(self._sought, ["index", "live", "playing"])
        if self.net:
            self.net.on_choice(self.redraw)

    @property
    def shown(self) -> Moment | None:
        """The moment that the views show."""
        return self._shown

    @property
    def replayed(self) -> bool:
        """Whether that is an earlier moment than the newest of its training."""
        shown, newest = self._shown, self._newest
        return shown is not None and newest is not None and shown.index < newest.index

    @property
    def views(self) -> Sequence[Described]:
        """All views that are open now."""
        return self._panel.views if self._panel is not None else [*self._moving, *self._worded]

    @property
    def _moving(self) -> list[View]:
        """Own views that are drawn with every frame."""
        return [view for view in (self.s, self.losses, self.net) if view is not None]

    @property
    def _worded(self) -> list[View]:
        """Own views that are numbers more than curves."""
        return [view for view in (self.correlators, self.signalling) if view is not None]

    def open(self, panel: Panel | None) -> None:
        """Show moments in a panel instead of the stage's own views; in these again with None."""
        with self._lock:
            self._panel = panel
            self.redraw()

    def show(self, moment: Moment, rough: bool, last: bool) -> None:
        """A training has come to a new moment; shown unless the user looks at an earlier one."""
        with self._lock:
            another = self._newest is None or moment.recording is not self._newest.recording
            if another:
                self._numbers = None
            self._newest, self._rough = moment, rough
            if self.replay:
                self._grow(self.replay, moment, another)
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
                for curves in self._curves:
                    curves.show(self._shown, self._rough)
                    curves.keep(label)

    def forget(self) -> None:
        """Take the ghost away."""
        with self._lock:
            for curves in self._curves:
                curves.ghost = {}

    @property
    def _curves(self) -> list[SView | LossView]:
        """The views that can keep a ghost."""
        return [self.s, self.losses] if self.losses else [self.s]

    def _grow(self, replay: ReplayBar, moment: Moment, another: bool) -> None:
        """Lengthen the replay bar without taking that for the user's wish."""
        self._growing = True
        try:
            if another:
                replay.reset(moment.recording.steps.tolist())
            replay.grow(moment.index)
        finally:
            self._growing = False

    def _sought(self, _change: Any) -> None:
        with self._lock:
            now = time.monotonic()
            # What a panel says is read, not watched: a replay moves it no faster than a training.
            replay = self.replay
            replayed = self._panel is not None and replay is not None and replay.playing
            if self._growing or (replayed and now - self._numbers_at < NUMBER_SECONDS):
                return
            self._numbers_at = now
            self.redraw()

    def redraw(self) -> None:
        """Show the present moment again."""
        with self._lock:
            if self._newest is None:
                return
            newest, replay = self._newest, self.replay
            earlier = replay is not None and not replay.live and replay.index < newest.index
            moment = newest.at(replay.index) if replay is not None and earlier else newest
            self._numbers = moment
            self._draw(moment, moment)

    def _draw(self, moment: Moment, numbers: Moment) -> None:
        if self._panel is None:
            for view in [*self._moving, *(self._worded if moment is numbers else [])]:
                view.show(moment, self._rough, numbers)
        elif moment is numbers:
            self._panel.show(moment, self._rough)
        self._shown = moment
        self._on_shown(moment, numbers)


def _named(experiment: Experiment) -> str:
    e = experiment
    pairing = e.pairing if isinstance(e.pairing, str) else "own tasks"
    return f"{e.hidden} {'neuron' if e.hidden == 1 else 'neurons'}, {pairing}"
