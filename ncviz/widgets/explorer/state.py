"""What an Explorer stands at, and what it has found: the one object that its parts observe."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import traitlets
from traitlets import Instance, Unicode

from ncviz.basics.checks import a, ended
from ncviz.experiment import Experiment
from ncviz.results.pins import Pins
from ncviz.results.result import Moment, Result
from ncviz.sweeps.confirmation import Looks
from ncviz.widgets.explorer.teaching import Refused, Teaching
from ncviz.widgets.parts.controls import ExplorerState

# Moves of one control that follow faster than this are one move: the drag of a slider.
PAUSE_SECONDS = 1.0
MOST = 100

an_experiment = a(Experiment, "an Experiment")


class History:
    """Experiments that were left, newest last."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._past: list[Experiment] = []
        self._moved: set[str] = set()
        self._moved_at = -PAUSE_SECONDS

    def __len__(self) -> int:
        return len(self._past)

    def left(self, before: Experiment, after: Experiment) -> None:
        """Note that an experiment was left for another."""
        old, new, now = vars(before), vars(after), self._clock()
        moved = {name for name, value in old.items() if value != new[name]}
        if moved != self._moved or now - self._moved_at >= PAUSE_SECONDS:
            self._past = [*self._past[1 - MOST :], before]
        self._moved, self._moved_at = moved, now

    def undo(self) -> Experiment | None:
        """The experiment before the last move, which is then forgotten; None if there is none."""
        self._moved = set()
        return self._past.pop() if self._past else None


# Each is another, so that one which is set again is told again.
@dataclass(frozen=True, eq=False)
class Shown:
    """A moment, an earlier one whose numbers stand in the words, and whether it is a rough one."""

    moment: Moment
    numbers: Moment
    rough: bool

    @property
    def settled(self) -> bool:
        """Whether words and numbers are of this moment too."""
        return self.numbers is self.moment


@dataclass(frozen=True, eq=False)
class Progress:
    """How far a training is: a state of `VerdictView`, a share from 0 to 1, and words."""

    state: str
    share: float
    status: str


class State(ExplorerState):
    """What the parts of one Explorer share; none knows another."""

    experiment = Instance(Experiment)
    result = Instance(Result, allow_none=True, help="The full answer for `experiment`.")
    seen = Instance(Result, allow_none=True, help="The last one that was awaited; set unlocked.")
    newest = Instance(Shown, allow_none=True, help="How far the training is.")
    shown = Instance(Shown, allow_none=True, help="That, or what a replay has come to.")
    kept = traitlets.Int(0, help="Number of the curves kept behind the next ones; 0 for none.")
    progress = Instance(Progress, allow_none=True)
    notice = Unicode(help="Why something is not done.")
    pinned = traitlets.List(traitlets.Dict(), help="The rows of `pins`.")
    looked = Instance(Experiment, allow_none=True, help="The last one that counts as a look.")
    confirming = Instance(Experiment, allow_none=True, help="The fresh seed that is trained.")
    tab = Unicode("play")
    run = traitlets.Int(0, help="The run of the drawn net.")
    setting = Unicode("22", help="Its setting.")
    points_run = traitlets.Int(0, help="The run whose single points are drawn.")
    sweep = traitlets.Any(None, help="The `Sweep` in hand.")
    sweeping = Unicode(help="How far the sweep is that is trained; empty without one.")
    asked_sweep = traitlets.Dict(help="What the form of the tab “Sweep” is to be given.")

    def __init__(self, start: Experiment, teaching: Teaching | None = None) -> None:
        self.start, self.teaching = start, teaching or Teaching()
        self.history, self.pins, self.looks = History(), Pins(), Looks()
        super().__init__(start, an_experiment)

    @property
    def moment(self) -> Moment | None:
        """The moment that the views show."""
        return self.shown.moment if self.shown else None

    @property
    def replayed(self) -> bool:
        """Whether that is an earlier moment than the newest of its training."""
        shown, newest = self.shown, self.newest
        return bool(shown and newest and shown.moment.index < newest.moment.index)

    def undo(self) -> None:
        """Take the last move back."""
        with self.lock:
            while (before := self.history.undo()) is not None:
                if before != self.experiment:  # a slider may have been dragged there and back
                    self._go(before, back=True)
                    return

    def _go(self, experiment: Experiment, back: bool = False) -> None:
        self.teaching.check(experiment, self.experiment)
        if not back:
            self.history.left(self.experiment, experiment)
        self.notice, self.result, self.seen = "", None, None
        self.experiment = experiment

    def redraw(self) -> None:
        """Show the present moment again, with all that is said about it."""
        with self.lock:
            if self.shown is not None:
                self.shown = replace(self.shown, numbers=self.shown.moment)

    def pin(self, result: Result) -> None:
        """Keep the runs of a result."""
        self.pins.add(result)
        self.pinned = self.pins.rows

    def unpin(self, remove: str) -> None:
        """Forget those of a row."""
        self.pins.remove(remove)
        self.pinned = self.pins.rows

    def locked(self, field: str) -> str:
        """Why a control cannot be moved; empty if it can."""
        return "set by your teacher" if field in self.teaching.fixed else ""

    def _caught(self, error: Exception) -> None:
        if isinstance(error, Refused):
            self.notice = ended(error)
        else:
            super()._caught(error)
