"""The tab "S and generalisation": the regression of S on the error, and the doubts about it."""

import threading
from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, Any

from ncviz.basics.checks import ended
from ncviz.experiment import Experiment
from ncviz.regression import Regression
from ncviz.results.pins import Pins
from ncviz.results.result import Moment
from ncviz.sweeps.frames import Sweep
from ncviz.widgets.explorer.stage import Described
from ncviz.widgets.explorer.tabs.doubts import RegressionDoubts
from ncviz.widgets.explorer.tabs.regression_form import RegressionForm, Wish
from ncviz.widgets.explorer.tabs.runs import Source
from ncviz.widgets.explorer.tabs.sweep_form import DEFAULTS
from ncviz.widgets.parts.controls import Actions
from ncviz.widgets.parts.door import Box
from ncviz.widgets.parts.statement import Statement
from ncviz.widgets.running.runner import Runner
from ncviz.widgets.views.guide import GuideView
from ncviz.widgets.views.net import NetView
from ncviz.widgets.views.regression import RegressionView

if TYPE_CHECKING:
    from ncviz.widgets.explorer.tabs.sweep import SweepPanel

THREAD = "ncviz-regression"

WORKING = "working…"

QUICK = {**DEFAULTS, "from": "1", "to": "6", "runs": "100"}
"""Asked of the tab "Sweep" where there are no runs yet."""

EMPTY = (
    "A regression needs runs that differ. Pin a few with “Pin this run” at several sizes, or start "
    "a sweep in the tab “Sweep”; or let one begin here: sizes 1 to 6, 100 runs each, everything "
    "else as the Explorer has it now."
)

PINNED = (
    "These are the pinned runs. A sweep shows all sizes: start one here (sizes 1 to 6, 100 runs "
    "each, everything else as the Explorer has it now) or in the tab “Sweep”."
)

_CLOSED = "ncviz-closed"


class RegressionPanel:
    """Controls, the picture, the slopes, the doubts, and where S is a useful guide."""

    def __init__(
        self,
        pins: Pins,
        sweeps: "Callable[[bool], SweepPanel | None]",
        on_choose: Callable[[Experiment, int], None],
        redraw: Callable[[], None],
        guarded: Callable[[Callable[..., None]], Callable[..., None]],
        on_error: Callable[[str], None],
    ) -> None:
        self._pins, self._sweeps, self._on_choose = pins, sweeps, on_choose
        self._guarded = guarded
        self._runner: Runner[None] = Runner(self._answer, on_error, THREAD)
        self._lock = threading.RLock()
        self._followed: SweepPanel | None = None
        self._seen: tuple[Any, ...] = ()
        self._sources: tuple[tuple[Any, ...], Mapping[str, Source | None]] = ((), {})
        self._wish: Wish | None = None
        self._found: Regression | None = None
        self._label: Any = None  # of the run that was chosen
        self.form = RegressionForm(guarded(self.ask))
        self.view, self.guide, self.net = RegressionView(), GuideView(), NetView()
        self.slopes = Statement("Slopes side by side")
        self.doubts = RegressionDoubts(guarded(self.ask))
        self._quick = Actions("regression-quick", [{"id": "quick", "text": "Run a quick sweep"}])
        self._empty = Statement("S and generalisation")
        self._quick.on_click(guarded(self._start))
        self.view.on_wish(guarded(self.ask))
        self.view.on_select(guarded(self._select))
        self.net.on_choice(redraw)
        self.views: tuple[Described, ...] = (self.view, self.guide)
        self._invitation = _box("regression-empty", self._empty, self._quick)
        # A box of its own: classes of a live view are not looked at again once it is drawn.
        self._chosen = _box("regression-net", self.net)
        self._chosen.add_class(_CLOSED)
        self._answers = _box(
            "regression-answers",
            self.form.box,
            self.view,
            _box("regression-side", self.slopes, self.doubts.sentences),
            self._chosen,
            *self.doubts.folds,
            self.guide,
        )
        self.box = Box([self._invitation, self._answers])
        self.box.add_class("ncviz-regression")
        self._open(answers=False, invitation=True)

    def show(self, moment: Moment, rough: bool) -> None:
        """The Explorer has moved: the runs may be others, and the chosen net is drawn."""
        self.follow()
        if self._label is not None:
            self.net.show(moment, rough)

    def follow(self) -> None:
        """Look whether there are other runs than before, and if so answer anew."""
        panel = self._sweeps(False)
        with self._lock:
            if panel is not None and panel is not self._followed:
                self._followed = panel
                panel.form.observe(self._guarded(lambda _change: self.follow()), ["rows", "status"])
            sweep = panel.sweep if panel else None
            status = "" if sweep is not None and sweep.finished else self._status
            seen = (sweep, self._pins.n_runs, status)
            if seen == self._seen:
                return
            self._seen = seen
        self.ask()

    def ask(self, _change: Any = None) -> None:
        """Answer anew, on the worker; what was asked before is dropped."""
        self.view.note = WORKING
        self._runner.submit(None)

    def close(self) -> None:
        """End the work; the widgets are freed with the box."""
        self._runner.close()

    # What the user does

    def _start(self, button: str) -> None:
        if button != "quick":
            return
        panel = self._sweeps(True)
        if panel is not None and panel.form.state != "running":
            panel.start(QUICK)
        self.follow()

    def _select(self, label: Any) -> None:
        if self._wish is None:
            return
        source = self._wish.source
        row = int(source.frame.index.get_loc(label))
        run = int(source.frame["run"].iloc[row])
        self._label = label
        self._chosen.remove_class(_CLOSED)
        self.net.run = run
        self._on_choose(source.experiment(row), run)

    # What the worker does

    def _answer(self, _request: None) -> Generator[None, None, None]:
        panel = self._followed
        sweep = panel.sweep if panel else None
        sources = self._sources_of(sweep)
        wish = self.form.offer(sources)
        self._open(answers=wish is not None, invitation=sources["sweep"] is None)
        self._empty.fill([self._status or (EMPTY if wish is None else PINNED)])
        if wish is None:
            self._wish = self._found = None
            self.view.note = ""
            return
        yield
        if self._found is None or wish != self._wish:
            self._wish, self._found = wish, None
            try:
                found = wish.regress()
            except ValueError as error:
                self._refuse(f"No line can be drawn: {ended(error)}")
                yield from self._guide(wish, sources["sweep"], sweep)
                return
            self._found = found
        yield
        shown = wish.of(self._found)
        self.view.show(shown)
        self.form.complain("")
        self.slopes.fill(*_slopes(self._found))
        yield
        yield from self.doubts.fill(shown)
        yield from self._guide(wish, sources["sweep"], sweep)
        self.view.note = ""

    def _guide(
        self, wish: Wish, source: Source | None, sweep: Sweep | None
    ) -> Generator[None, None, None]:
        yield
        try:
            if sweep is not None and wish.source is source:
                self.guide.show(sweep)
            else:
                self.guide.clear()
        except ValueError:
            self.guide.clear()  # it says itself what it needs

    def _sources_of(self, sweep: Sweep | None) -> Mapping[str, Source | None]:
        """All runs that there are; the same objects as long as they are the same."""
        key = (sweep, self._pins.n_runs, tuple(row["id"] for row in self._pins.rows))
        if self._sources[0] != key:
            there = {"sweep": Source.of_sweep(sweep), "pins": Source.of_pins(self._pins)}
            self._sources = (key, there)
        return self._sources[1]

    def _refuse(self, text: str) -> None:
        self.view.clear()
        self.view.note = ""
        self.form.complain(text)
        self.slopes.fill([text])
        self.doubts.clear(text)

    @property
    def _status(self) -> str:
        """How far the first sweep is, while it trains."""
        form = self._followed.form if self._followed else None
        return f"Training: {form.status}." if form and form.state == "running" else ""

    def _open(self, answers: bool, invitation: bool) -> None:
        for box, shown in ((self._answers, answers), (self._invitation, invitation)):
            (box.remove_class if shown else box.add_class)(_CLOSED)
        running = "a sweep is being trained" if self._status else ""
        self._quick.labels = [{"id": "quick", "text": "Run a quick sweep", "off": running}]


def _slopes(found: Regression) -> Any:
    from ncviz.widgets.explorer.tabs.doubts import slope_table

    return ["95 % intervals in brackets."], *slope_table(found)


def _box(name: str, *children: Any) -> Box:
    box = Box(list(children))
    box.add_class(f"ncviz-{name}")
    return box
