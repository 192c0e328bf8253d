"""The tab "S and generalisation": the regression of S on the error, and the doubts about it."""

from collections.abc import Generator, Mapping
from typing import Any

from ncviz.basics.checks import ended
from ncviz.regression import Regression
from ncviz.results.result import Moment
from ncviz.sweeps.frames import Sweep
from ncviz.widgets.explorer.state import State
from ncviz.widgets.explorer.tabs import Panel
from ncviz.widgets.explorer.tabs.doubts import RegressionDoubts, slope_table
from ncviz.widgets.explorer.tabs.regression_form import RegressionForm, Source, Wish
from ncviz.widgets.explorer.tabs.sweep import DEFAULTS
from ncviz.widgets.parts.controls import Actions
from ncviz.widgets.parts.layout import Statement, box_of, show_box
from ncviz.widgets.running.runner import Runner
from ncviz.widgets.views.net import NetView
from ncviz.widgets.views.regression import RegressionView
from ncviz.widgets.views.sweep import GuideView

THREAD = "ncviz-regression"
WORKING = "working…"
# Asked of the tab "Sweep" where there are no runs yet.
QUICK = {**DEFAULTS, "from": "1", "to": "6", "runs": "100"}
EMPTY = (
    "A regression needs runs that differ. Pin a few with “Pin this run” at several sizes, or start "
    "a sweep in the tab “Sweep”; or let one begin here: sizes 1 to 6, 100 runs each, everything "
    "else as the Explorer has it now."
)

PINNED = (
    "These are the pinned runs. A sweep shows all sizes: start one here (sizes 1 to 6, 100 runs "
    "each, everything else as the Explorer has it now) or in the tab “Sweep”."
)


class RegressionPanel(Panel):
    """Controls, the picture, the slopes, the doubts, and where S is a useful guide."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._runner: Runner[None] = Runner(self._answer, state.fail, THREAD)
        self._seen: tuple[Any, ...] = ()
        self._sources: tuple[tuple[Any, ...], Mapping[str, Source | None]] = ((), {})
        self._wish: Wish | None = None
        self._found: Regression | None = None
        self._label: Any = None  # of the run that was chosen
        ask = state.guarded(self.ask)
        self.form, self.doubts = RegressionForm(ask), RegressionDoubts(ask)
        self.view, self.guide, self.net = RegressionView(), GuideView(), NetView()
        self.slopes = Statement("Slopes side by side")
        self.quick = Actions("regression-quick", [{"id": "quick", "text": "Run a quick sweep"}])
        self.empty = Statement("S and generalisation")
        self.quick.on_click(state.guarded(self._start))
        self.view.on_wish(ask)
        self.view.on_select(state.guarded(self._select))
        self.net.on_choice(state.redraw)
        self.invitation = box_of("regression-empty", self.empty, self.quick)
        # A box of its own: classes of a live view are not looked at again once it is drawn.
        self._chosen = box_of("regression-net", self.net)
        show_box(self._chosen, False)
        self.answers = box_of(
            "regression-answers",
            self.form.box,
            self.view,
            box_of("regression-side", self.slopes, self.doubts.sentences),
            self._chosen,
            *self.doubts.folds,
            self.guide,
        )
        box = box_of("regression", self.invitation, self.answers)
        super().__init__(box, (self.view, self.guide), self._runner.close)
        self._open(answers=False, invitation=True)
        state.observe(state.guarded(self.follow), ["sweep", "sweeping", "pinned"])

    def show(self, moment: Moment, rough: bool) -> None:
        """The Explorer has moved: the runs may be others, and the chosen net is drawn."""
        self.follow()
        if self._label is not None:
            self.net.show(moment, rough)

    def follow(self, _change: Any = None) -> None:
        """Look whether there are other runs than before, and if so answer anew."""
        sweep = self._state.sweep
        status = "" if sweep is not None and sweep.finished else self._status
        seen = (sweep, self._state.pins.n_runs, status)
        if seen != self._seen:
            self._seen = seen
            self.ask()

    def ask(self, _change: Any = None) -> None:
        """Answer anew, on the worker; what was asked before is dropped."""
        self.view.note = WORKING
        self._runner.submit(None)

    # What the user does

    def _start(self, button: str) -> None:
        if button == "quick":
            if not self._state.sweeping:
                self._state.asked_sweep = QUICK
            self.follow()

    def _select(self, label: Any) -> None:
        if self._wish is None:
            return
        source, state = self._wish.source, self._state
        row = int(source.frame.index.get_loc(label))
        self._label = label
        show_box(self._chosen, True)
        self.net.run = run = int(source.frame["run"].iloc[row])
        experiment = source.experiment(row)
        state.teaching.check(experiment, state.experiment)
        state.run = run
        state.move(experiment)

    # What the worker does

    def _answer(self, _request: None) -> Generator[None, None, None]:
        sweep: Sweep | None = self._state.sweep
        sources = self._sources_of(sweep)
        wish = self.form.offer(sources)
        self._open(answers=wish is not None, invitation=sources["sweep"] is None)
        self.empty.fill([self._status or (EMPTY if wish is None else PINNED)])
        if wish is None:
            self._wish = self._found = None
        else:
            yield
            yield from self._regress(wish)
            yield
            try:
                if sweep is None or wish.source is not sources["sweep"]:
                    self.guide.clear()
                else:
                    self.guide.show(sweep)
            except ValueError:
                self.guide.clear()  # it says itself what it needs
        self.view.note = ""

    def _regress(self, wish: Wish) -> Generator[None, None, None]:
        if self._found is None or wish != self._wish:
            self._wish, self._found = wish, None
            try:
                self._found = wish.regress()
            except ValueError as error:
                text = f"No line can be drawn: {ended(error)}"
                self.view.clear()
                self.view.note = ""
                self.form.complain(text)
                self.slopes.fill([text])
                self.doubts.clear(text)
                return
        yield
        shown = wish.of(self._found)
        self.view.show(shown)
        self.form.complain("")
        self.slopes.fill(["95 % intervals in brackets."], *slope_table(self._found))
        yield
        yield from self.doubts.fill(shown)

    def _sources_of(self, sweep: Sweep | None) -> Mapping[str, Source | None]:
        """All runs that there are; the same objects as long as they are the same."""
        pins = self._state.pins
        key = (sweep, pins.n_runs, tuple(row["id"] for row in pins.rows))
        if self._sources[0] != key:
            there = {"sweep": Source.of_sweep(sweep), "pins": Source.of_pins(pins)}
            self._sources = (key, there)
        return self._sources[1]

    @property
    def _status(self) -> str:
        """How far the first sweep is, while it trains."""
        status = self._state.sweeping
        return f"Training: {status}." if status else ""

    def _open(self, answers: bool, invitation: bool) -> None:
        show_box(self.answers, answers)
        show_box(self.invitation, invitation)
        running = "a sweep is being trained" if self._status else ""
        self.quick.labels = [{"id": "quick", "text": "Run a quick sweep", "off": running}]
