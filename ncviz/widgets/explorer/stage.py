"""The verdict and the live views, and which moment of a training they show: the newest or not."""

import time
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import traitlets

from ncviz.meaning.verdict import verdict
from ncviz.results.result import Moment, Result
from ncviz.widgets.explorer.state import Shown, State
from ncviz.widgets.parts.controls import ExplorerState
from ncviz.widgets.parts.door import PageWidget
from ncviz.widgets.parts.view import View, close_with_layout, css, esm
from ncviz.widgets.views.net import NetView
from ncviz.widgets.views.training import CorrelatorView, LossView, SignallingView, SView
from ncviz.widgets.views.verdict import VerdictView

# Curves move thirty times a second, words and numbers four times: nobody reads faster.
NUMBER_SECONDS = 0.25
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0)  # speed 1 plays the whole training in 6 s


class ReplayBar(PageWidget):
    """Play, pause, step through the records of a training; the browser owns the clock."""

    _esm = esm("base", "controls", "replay_bar")
    _css = css("base", "controls", "replay_bar")

    steps = traitlets.List(traitlets.Int(), default_value=[0]).tag(sync=True)
    last = traitlets.Int(-1).tag(sync=True)
    index = traitlets.Int(0).tag(sync=True, from_page=True)
    live = traitlets.Bool(True).tag(sync=True, from_page=True)
    playing = traitlets.Bool(False).tag(sync=True, from_page=True)
    speed = traitlets.Float(1.0).tag(sync=True, from_page=True)

    def __init__(self, steps: Sequence[int] = (0,), **traits: Any) -> None:
        super().__init__(steps=[*map(int, steps)], **traits)
        self.add_class("ncviz-replay")

    def reset(self, steps: Sequence[int]) -> None:
        """Begin with a new training, of which nothing is recorded yet, and follow it live."""
        with self.hold_sync():
            # First what is allowed with any grid.
            self.playing, self.index, self.last = False, 0, -1
            self.steps, self.live = [*map(int, steps)], True

    def grow(self, last: int) -> None:
        """Tell which record is now the newest; it is shown if the bar is live."""
        with self.hold_sync():
            self.last = last
            if self.live:
                self.index = last

    def close(self) -> None:
        """Free the bar and its layout."""
        close_with_layout(self)

    @traitlets.observe("live")
    def _follow(self, change: Any) -> None:
        # The browser may not have known the newest record when "Newest" was pressed.
        if change["new"]:
            self.index = max(0, self.last)

    @traitlets.validate("steps", "last", "index", "speed")
    def _check(self, proposal: Any) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        falls = name == "steps" and any(a >= b for a, b in pairwise([-1, *value]))
        if name == "steps" and (falls or not value):
            allowed = "rise from 0 or above"
        elif name == "last" and not -1 <= value < len(self.steps):
            allowed = f"be −1 to {len(self.steps) - 1}"
        elif name == "index" and value < 0:
            allowed = "be at least 0"
        elif name == "speed" and value not in SPEEDS:
            allowed = f"be one of {SPEEDS}"
        else:
            return min(value, max(0, self.last)) if name == "index" else value
        raise traitlets.TraitError(f"{name} must {allowed}, not {value}")


class StateVerdict(VerdictView):
    """The verdict of an explorer; the errors of its state stand beside it."""

    def __init__(self, state: ExplorerState) -> None:
        super().__init__()
        state.observe(self._tell_error, "error")

    def _tell_error(self, change: Any) -> None:
        if change["new"]:
            self.show_error(change["new"])
        else:
            self.forget_error()

    def describe(self) -> str:
        """What it says, but for errors."""
        keys = ("value", "interval", "note", "sentences", "status")
        return " ".join(said for key in keys if (said := self.frame.get(key, "")))


class Stage:
    """Live views of one training, and the replay bar that moves them through it."""

    def __init__(self, state: State) -> None:
        self._state, shows = state, state.teaching.shows
        self.verdict, self.s = StateVerdict(state), SView()
        self.losses = LossView() if shows("losses") else None
        self.net = NetView() if shows("net") else None
        self.correlators = CorrelatorView() if shows("correlators") else None
        self.signalling = SignallingView() if shows("signalling") else None
        self.replay = ReplayBar() if shows("replay") else None
        curves, numbers = (self.s, self.losses, self.net), (self.correlators, self.signalling)
        self._worded = [view for view in numbers if view is not None]
        self.views: list[View] = [view for view in curves if view is not None] + self._worded
        self._numbers_at = 0.0
        self._growing = False
        state.observe(self._come, "newest")
        state.observe(self._draw, "shown")
        state.observe(self._keep, "kept")
        state.observe(self._tell_progress, "progress")
        if self.replay:
            self.replay.observe(self._sought, ["index", "live", "playing"])
        if self.net:
            self.net.on_choice(state.redraw)
            for name in ("run", "setting"):
                traitlets.link((state, name), (self.net, name))

    def _come(self, change: Any) -> None:
        """A training has come to a new moment; shown unless the user looks at an earlier one."""
        newest, before, shown = change["new"], change["old"], self._state.shown
        moment: Moment = newest.moment
        if self.replay:
            another = before is None or before.moment.recording is not moment.recording
            # The bar grows, which is not taken for the user's wish.
            self._growing = True
            try:
                if another:
                    self.replay.reset(moment.recording.steps.tolist())
                self.replay.grow(moment.index)
            finally:
                self._growing = False
            if not self.replay.live:
                return
        now, numbers = time.monotonic(), shown.numbers if shown else None
        if (
            isinstance(moment, Result)
            or numbers is None
            or numbers.recording is not moment.recording
            or now - self._numbers_at >= NUMBER_SECONDS
        ):
            numbers, self._numbers_at = moment, now
        self._state.shown = Shown(moment, numbers, newest.rough)

    def _sought(self, _change: Any) -> None:
        """The user looks at another moment of the training."""
        with self._state.lock:
            now, newest, replay = time.monotonic(), self._state.newest, self.replay
            if self._growing or newest is None or replay is None:
                return
            # What a panel says is read, not watched: a replay moves it no faster than a training.
            read = self._state.tab != "play" and replay.playing
            if read and now - self._numbers_at < NUMBER_SECONDS:
                return
            self._numbers_at = now
            earlier = not replay.live and replay.index < newest.moment.index
            moment = newest.moment.at(replay.index) if earlier else newest.moment
            self._state.shown = Shown(moment, moment, newest.rough)

    def _draw(self, change: Any) -> None:
        shown: Shown = change["new"]
        if self._state.tab == "play":
            worded = [] if shown.settled else self._worded
            for view in self.views:
                if view not in worded:
                    view.show(shown.moment, shown.rough, shown.numbers)
        if shown.settled:
            moment, replay = shown.moment, (0.0, "")
            self.verdict.show(verdict(moment.summary))
            if self._state.replayed:  # no word about the end stands beside an earlier step
                runs, steps = moment.experiment.runs, moment.experiment.steps
                status = f"replay of {runs} runs: step {moment.step} of {steps}"
                replay = (moment.step / steps, status)
            self.verdict.show_replay(*replay)

    def _tell_progress(self, change: Any) -> None:
        now = change["new"]
        self.verdict.show_progress(now.state, now.share, now.status)

    def _keep(self, change: Any) -> None:
        """Leave curves as a ghost behind the next ones, or take them away."""
        shown = self._state.shown if change["new"] else None
        for curves in filter(None, (self.s, self.losses)):
            if shown is None:
                curves.ghost = {}
            else:
                # While a panel is open, the curves are older than what it shows.
                curves.show(shown.moment, shown.rough)
                e = shown.moment.experiment
                pairing = e.pairing if isinstance(e.pairing, str) else "own tasks"
                size = f"{e.hidden} {'neuron' if e.hidden == 1 else 'neurons'}"
                curves.keep(f"{size}, {pairing}: S = {shown.moment.s}")
