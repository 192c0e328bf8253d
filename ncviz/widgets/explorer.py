"""The Explorer: controls, one worker, and live views, put together."""

import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ipywidgets import Box, VBox, Widget

from ncviz.experiment import Experiment
from ncviz.presets import PRESETS, preset_of
from ncviz.result import Moment, Result, Snapshot
from ncviz.verdict import verdict
from ncviz.widgets.compare import Compare
from ncviz.widgets.control_panel import ControlPanel
from ncviz.widgets.desk import Desk
from ncviz.widgets.gallery import Gallery
from ncviz.widgets.history import History
from ncviz.widgets.panels import TABS, Panels, Tab
from ncviz.widgets.pins import Pins
from ncviz.widgets.presets_view import Presets
from ncviz.widgets.runner import Runner
from ncviz.widgets.stage import Stage
from ncviz.widgets.still import Still
from ncviz.widgets.verdict_view import VerdictView
from ncviz.widgets.view import close_with_layout

if TYPE_CHECKING:
    import pandas as pd

    from ncviz.sweeps.frames import Sweep
    from ncviz.widgets.regression_panel import RegressionPanel
    from ncviz.widgets.sweep_panel import SweepPanel
    from ncviz.widgets.why_panel import WhyPanel

FRAME_SECONDS = 1 / 30
QUIET_SECONDS = 0.25
STILL_SECONDS = 1.0
"""Pictures for later are drawn when nothing has moved for so long."""

ROUGH_RUNS = 16
"""Runs of a rough answer: as many as fit into the narrowest batch."""

TRAINING_THREAD, DRAWING_THREAD = "ncviz-training", "ncviz-drawing"

Job = Callable[[], Generator[None, None, None]]


class Explorer(VBox):
    """Move a slider, and a real NCnet retrains in place.

    Parameters
    ----------
    experiment : Experiment, optional
        Where to start.
    **fields
        Fields of an `Experiment` that differ from `experiment`, or from the defaults.

    Raises
    ------
    ValueError
        If a field has a bad value.
    TypeError
        If there is no such field.

    Examples
    --------
    >>> from ncviz import Explorer
    >>> explorer = Explorer(hidden=3, runs=4, steps=50)
    >>> explorer.experiment.hidden
    3
    >>> explorer.close()
    """

    _ready = False  # ipywidgets closes even what could not be made

    def __init__(self, experiment: Experiment | None = None, **fields: Any) -> None:
        if not isinstance(experiment, Experiment | None):
            raise ValueError(f"experiment must be an Experiment, not {experiment!r}")
        start = replace(experiment or Experiment(), **fields)
        self._result: Result | None = None
        self._verdict = VerdictView()
        fail = self._verdict.show_error
        self._controls = ControlPanel(start, self._changed, fail)
        self._controls.actions.on_click(self._controls.guarded(self._undo))
        self._history, self._pins, self._still = History(), Pins(), Still()
        self._stage = Stage(self._say)
        self._sweep_panel: SweepPanel | None = None
        self._regression_panel: RegressionPanel | None = None
        self._why_panel: WhyPanel | None = None
        more = (
            Tab("why", "Why?", self._make_why),
            Tab("generalisation", "S and generalisation", self._make_regression),
            Tab("sweep", "Sweep", self._make_sweep),
        )
        self._panels = Panels(self._stage, (*TABS, *more))
        self._panels.tabs.observe(self._controls.guarded(self._panels.open), "chosen")
        self._presets = Presets(
            [{"name": preset.name, "reason": preset.reason} for preset in PRESETS.values()]
        )
        self._presets.on_click(self._controls.guarded(self._choose_preset))
        self._comparing = Compare(
            self._pins,
            lambda: self.result,
            self._stage,
            self._controls.guarded,
            self._controls.set,
            self._show_buttons,
        )
        self._desk = Desk(
            self._pins, lambda: self.result, self._stage, self._panels, self._controls.set, fail
        )
        self._gallery = Gallery(self._draw_settled)
        self._trainer: Runner[Job] = Runner(_do, fail, TRAINING_THREAD)
        # A picture takes half a second, and a moved slider must not wait for it.
        self._drawer: Runner[Job] = Runner(_do, fail, DRAWING_THREAD)
        super().__init__([self._panels.tabs, self._verdict, self._columns()])
        self.add_class("ncviz-explorer")
        self._tell(start)
        self._ready = True
        self._trainer.submit(partial(self._answer, start, moving=False))

    def _columns(self) -> Box:
        """Everything below the verdict; the style sheet says what stands where."""
        controls, stage = self._controls, self._stage
        controls.main.add_class("ncviz-main-controls")
        controls.more.add_class("ncviz-run-controls")
        return _box(
            "columns",
            _box("presets-row", self._presets),
            controls.main,
            _box("middle", stage.replay, stage.s, stage.losses, self._panels.box),
            _box("more-controls", controls.more, self._comparing.box, self._desk.card),
            _box("folds", controls.settings, controls.own, self._gallery.fold),
            _box("side", stage.net, stage.correlators, stage.signalling),
        )

    @property
    def experiment(self) -> Experiment:
        """What the controls show; set it to move them."""
        return self._controls.experiment

    @experiment.setter
    def experiment(self, experiment: Experiment) -> None:
        self._controls.set(experiment)

    @property
    def result(self) -> Result | None:
        """The full answer for `experiment`, or None while it is being trained."""
        result = self._result
        return result if result is not None and result.experiment == self.experiment else None

    @property
    def pinned(self) -> "pd.DataFrame":
        """All pinned runs: the fields of their experiment, then the columns of `Result.runs`."""
        return self._pins.frame

    @property
    def sweep(self) -> "Sweep | None":
        """What the tab "Sweep" has trained so far, or None before a first sweep."""
        panel = self._sweep_panel
        return panel.sweep if panel else None

    def describe(self) -> str:
        """The whole state as text: the controls, the verdict, a sentence for each picture."""
        frame = self._verdict.frame
        said = [frame.get(key, "") for key in ("value", "interval", "note", "sentences", "status")]
        lines = [self._controls.describe(), " ".join(part for part in said if part)]
        lines += [view.describe() for view in self._stage.views]
        return "\n".join(line for line in [*lines, frame.get("error", "")] if line)

    def close(self) -> None:
        """Stop the training and free every widget, with its layout."""
        if self._ready:
            self._trainer.close()
            self._drawer.close()
            for panel in (self._sweep_panel, self._regression_panel, self._why_panel):
                if panel:
                    panel.close()
            _close_tree(self)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        self._still.publish()
        return super()._repr_mimebundle_(**options)

    def _make_sweep(self, _redraw: Callable[[], None]) -> "SweepPanel":
        from ncviz.widgets.sweep_panel import SweepPanel  # not loaded before somebody asks for it

        controls = self._controls
        self._sweep_panel = SweepPanel(
            lambda: self.experiment, controls.set, controls.guarded, self._verdict.show_error
        )
        return self._sweep_panel

    def _make_regression(self, redraw: Callable[[], None]) -> "RegressionPanel":
        from ncviz.widgets.regression_panel import RegressionPanel  # likewise

        def sweeps(wanted: bool) -> "SweepPanel | None":
            if wanted:
                self._panels.make("sweep")
            return self._sweep_panel

        controls, fail = self._controls, self._verdict.show_error
        self._regression_panel = RegressionPanel(
            self._pins, sweeps, self._choose_run, redraw, controls.guarded, fail
        )
        return self._regression_panel

    def _make_why(self, redraw: Callable[[], None]) -> "WhyPanel":
        from ncviz.widgets.why_panel import WhyPanel  # likewise

        def choose(experiment: Experiment) -> None:
            controls.set(replace(experiment, runs=self.experiment.runs))

        controls = self._controls
        self._why_panel = WhyPanel(redraw, choose, controls.guarded, self._verdict.show_error)
        return self._why_panel

    # What the user does

    def _choose_run(self, experiment: Experiment, run: int) -> None:
        self._stage.net.run = run
        self._controls.set(experiment)

    def _changed(self, before: Experiment, experiment: Experiment) -> None:
        self._history.left(before, experiment)
        self._tell(experiment)
        self._drawer.submit(_nothing)
        self._trainer.submit(partial(self._answer, experiment, moving=True))

    def _tell(self, experiment: Experiment) -> None:
        """Let the parts that show the state itself show another one."""
        preset = preset_of(experiment)
        self._presets.chosen = [*PRESETS].index(preset.name) if preset else -1
        self._desk.show(experiment)
        self._show_buttons()

    def _show_buttons(self) -> None:
        """Let the buttons tell what can be done now."""
        self._desk.count()
        self._controls.allow_undo(len(self._history) > 0)
        self._comparing.show()
        if self._regression_panel:
            self._regression_panel.follow()

    def _undo(self, button: str) -> None:
        while button == "undo" and (before := self._history.undo()) is not None:
            if before != self.experiment:  # a slider may have been dragged there and back
                self._controls.set(before)
                self._history.undo()  # the way back is no move
                self._show_buttons()
                return

    def _choose_preset(self, index: int) -> None:
        self._controls.set([*PRESETS.values()][index].of(self.experiment))

    def _draw_settled(self) -> None:
        # While it trains there is nothing to draw; at its end all is drawn that is wanted then.
        if (result := self.result) is not None:
            self._drawer.submit(partial(self._settle, result))

    # What the workers do

    def _answer(self, experiment: Experiment, moving: bool) -> Generator[None, None, None]:
        """A rough answer while the controls move, the full one when they rest."""
        self._verdict.forget_error()
        if moving and experiment.runs > ROUGH_RUNS:
            for _ in self._train(replace(experiment, runs=ROUGH_RUNS), experiment):
                yield
                if self._trainer.quiet_for() >= QUIET_SECONDS:
                    break
            self._trainer.wait_for_quiet(QUIET_SECONDS)
            yield
        yield from self._train(experiment, experiment)
        self._draw_settled()

    def _train(self, trained: Experiment, asked: Experiment) -> Generator[None, None, None]:
        last_frame = -FRAME_SECONDS
        with closing(trained.stream()) as snapshots:
            for snapshot in snapshots:
                yield
                now = time.monotonic()
                last = snapshot.result is not None
                if not last and now - last_frame < FRAME_SECONDS:
                    continue
                last_frame = now
                self._trained(snapshot, asked)

    def _trained(self, snapshot: Snapshot, asked: Experiment) -> None:
        """Show the newest moment of a training, and how far it is."""
        moment, last = snapshot.result or snapshot, snapshot.result is not None
        rough = moment.experiment != asked
        self._stage.show(moment, rough, last)
        if not rough:
            self._result = snapshot.result
        steps = f"step {moment.step} of {asked.steps}"
        if rough:
            status = f"rough answer from {moment.experiment.runs} of {asked.runs} runs: {steps}"
            self._verdict.show_progress("rough", moment.step / asked.steps, status)
        else:
            status = f"full answer, {asked.runs} runs: {steps}"
            state = "done" if last else "training"
            self._verdict.show_progress(state, moment.step / asked.steps, status)
        if last and not rough:
            self._show_buttons()

    def _say(self, moment: Moment, numbers: Moment) -> None:
        if numbers is moment:
            self._verdict.show(verdict(moment.summary))

    def _settle(self, result: Result) -> Generator[None, None, None]:
        """What is drawn of an answer when it has come to rest."""
        yield from self._gallery.draw(result)
        self._drawer.wait_for_quiet(STILL_SECONDS)
        yield
        self._still.draw(result)


def _box(name: str, *children: Widget) -> Box:
    box = Box(children)
    box.add_class(f"ncviz-{name}")
    return box


def _do(job: Job) -> Generator[None, None, None]:
    return job()


def _nothing() -> Generator[None, None, None]:
    yield from ()


def _close_tree(widget: Widget) -> None:
    """Close a widget with all its children and layouts; ipywidgets closes only the outermost."""
    for child in getattr(widget, "children", ()):
        _close_tree(child)
    widget.unobserve_all()
    close_with_layout(widget)
