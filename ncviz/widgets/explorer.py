"""The Explorer: controls, one worker, and live views, put together."""

import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from typing import Any

from ipywidgets import Box, VBox, Widget

from ncviz.experiment import Experiment
from ncviz.result import Moment, Result
from ncviz.verdict import verdict
from ncviz.widgets.control_panel import ControlPanel
from ncviz.widgets.correlator_view import CorrelatorView
from ncviz.widgets.loss_view import LossView
from ncviz.widgets.runner import Runner
from ncviz.widgets.s_view import SView
from ncviz.widgets.signalling_view import SignallingView
from ncviz.widgets.verdict_view import VerdictView
from ncviz.widgets.view import View, close_with_layout

FRAME_SECONDS = 1 / 30
QUIET_SECONDS = 0.25
ROUGH_RUNS = 16
"""Runs of a rough answer: as many as fit into the narrowest batch."""


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
        self._controls = ControlPanel(start, self._changed, self._verdict.show_error)
        self._views: tuple[View, ...] = (SView(), LossView(), CorrelatorView(), SignallingView())
        self._runner: Runner[tuple[Experiment, bool]] = Runner(
            self._answer, self._verdict.show_error
        )
        middle, side = Box(list(self._views[:2])), Box(list(self._views[2:]))
        columns = Box([self._controls.main, middle, self._controls.more, side])
        super().__init__([self._verdict, columns])
        for box, name in (
            (self, "explorer"),
            (columns, "columns"),
            (self._controls.main, "main-controls"),
            (self._controls.more, "more-controls"),
            (middle, "middle"),
            (side, "side"),
        ):
            box.add_class(f"ncviz-{name}")
        self._ready = True
        self._runner.submit((start, False))

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

    def describe(self) -> str:
        """The whole state as text: the controls, the verdict, a sentence for each picture."""
        frame = self._verdict.frame
        said = [frame.get(key, "") for key in ("value", "interval", "note", "sentences", "status")]
        lines = [self._controls.describe(), " ".join(part for part in said if part)]
        lines += [view.describe() for view in self._views]
        return "\n".join(line for line in [*lines, frame.get("error", "")] if line)

    def close(self) -> None:
        """Stop the training and free every widget, with its layout."""
        if self._ready:
            self._runner.close()
            _close_tree(self)

    def _changed(self, experiment: Experiment) -> None:
        self._runner.submit((experiment, True))

    def _answer(self, request: tuple[Experiment, bool]) -> Generator[None, None, None]:
        """A rough answer while the controls move, the full one when they rest."""
        experiment, moving = request
        if moving and experiment.runs > ROUGH_RUNS:
            for _ in self._train(replace(experiment, runs=ROUGH_RUNS), experiment):
                yield
                if self._runner.quiet_for() >= QUIET_SECONDS:
                    break
            self._runner.wait_for_quiet(QUIET_SECONDS)
            yield
        yield from self._train(experiment, experiment)

    def _train(self, trained: Experiment, asked: Experiment) -> Generator[None, None, None]:
        last_frame = -FRAME_SECONDS
        with closing(trained.stream()) as snapshots:
            for snapshot in snapshots:
                yield
                now = time.monotonic()
                if snapshot.result is None and now - last_frame < FRAME_SECONDS:
                    continue
                last_frame = now
                self._show(snapshot, asked, done=snapshot.result is not None)
                if trained == asked:
                    self._result = snapshot.result

    def _show(self, moment: Moment, asked: Experiment, done: bool) -> None:
        rough = moment.experiment != asked
        for view in self._views:
            view.show(moment, rough)
        steps = f"step {moment.step} of {asked.steps}"
        if rough:
            status = f"rough answer from {moment.experiment.runs} of {asked.runs} runs: {steps}"
            state = "rough"
        else:
            status = f"full answer, {asked.runs} runs: {steps}"
            state = "done" if done else "training"
        self._verdict.show(verdict(moment.summary), state, moment.step / asked.steps, status)


def _close_tree(widget: Widget) -> None:
    """Close a widget with all its children and layouts; ipywidgets closes only the outermost."""
    for child in getattr(widget, "children", ()):
        _close_tree(child)
    widget.unobserve_all()
    close_with_layout(widget)
