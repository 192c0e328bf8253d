"""The LoraExplorer's controls: one for each field of a `LoraExperiment` that is moved there."""

import threading
import traceback
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from ncviz.basics.checks import short
from ncviz.bert.experiment import LoraExperiment
from ncviz.bert.explorer.fields import NAMES, VALUES, offered, option, reader
from ncviz.widgets.parts.controls import Choice, Slider
from ncviz.widgets.parts.door import Box

_MAIN = ("rank", "tasks", "learning_rate")
_MORE = ("steps", "runs", "heads", "bottleneck")


class LoraControls:
    """Widgets that hold a LoRA experiment.

    Parameters
    ----------
    experiment : LoraExperiment
        The starting values; fields without a control keep theirs.
    on_change : callable
        Takes the new experiment, whenever there is one.
    on_error : callable
        Takes the traceback of an exception, which JupyterLab would show nowhere.

    Attributes
    ----------
    main, more : Box
        Rank, tasks and rate; and what one moves less often.
    """

    def __init__(
        self,
        experiment: LoraExperiment,
        on_change: Callable[[LoraExperiment], None],
        on_error: Callable[[str], None],
    ) -> None:
        # JupyterLab may call observers from two threads at the same time.
        self._lock = threading.RLock()
        self._experiment = experiment
        self._on_change, self._on_error = on_change, on_error
        self._values = {field: offered(field, getattr(experiment, field)) for field in VALUES}
        self._controls = {field: self._control(field) for field in VALUES}
        self.main, self.more = self._box(_MAIN), self._box(_MORE)

    @property
    def experiment(self) -> LoraExperiment:
        """What the controls show."""
        return self._experiment

    def set(self, experiment: LoraExperiment) -> None:
        """Show an experiment, and report it if it is another one.

        Raises
        ------
        ValueError
            If it is no LoRA experiment.
        """
        if not isinstance(experiment, LoraExperiment):
            raise ValueError(f"experiment must be a LoraExperiment, not {short(experiment)}")
        with self._lock:
            if experiment == self._experiment:
                return
            # First the state, then the controls: their observers then find nothing new to report.
            self._experiment = experiment
            for field in VALUES:
                self._show(field)
            self._on_change(experiment)

    def blame(self, sentence: str) -> None:
        """Put what is wrong beside the control whose field it names; "" takes that back."""
        for field, control in self._controls.items():
            control.message = sentence if sentence.startswith(f"{field} ") else ""

    def describe(self) -> str:
        """The controls as one line of text."""
        return f"{', '.join(f'{NAMES[field]}: {self._said(field)}' for field in VALUES)}."

    def guarded(self, handle: Callable[..., None]) -> Callable[..., None]:
        """Let one callback in at a time, and show its exception."""

        def guarded(*event: Any) -> None:
            with self._lock:
                try:
                    handle(*event)
                except Exception:
                    self._on_error(traceback.format_exc())

        return guarded

    def _control(self, field: str) -> Slider | Choice:
        values = self._values[field]
        index = values.index(getattr(self._experiment, field))
        kind = Choice if field == "heads" else Slider
        control = kind(field, NAMES[field], [option(field, value) for value in values], index)
        control.observe(self.guarded(partial(self._moved, field)), "index")
        return control

    def _box(self, fields: Iterable[str]) -> Box:
        box = Box([self._controls[field] for field in fields])
        box.add_class("ncviz-lora-controls")
        return box

    def _moved(self, field: str, _event: Any) -> None:
        # What the control holds now, not what the event says: an older event may come later.
        value = self._values[field][self._controls[field].index]
        if value == getattr(self._experiment, field):
            return
        changes = {field: value}
        if field == "tasks":
            changes["backbone"] = reader(value, self._experiment.backbone)
        self.set(replace(self._experiment, **changes))

    def _show(self, field: str) -> None:
        value, control = getattr(self._experiment, field), self._controls[field]
        # A value that once joined the scale stays: the browser may be counting on the older one.
        if value not in self._values[field]:
            self._values[field] = offered(field, value)
            control.options = [option(field, value) for value in self._values[field]]
        control.index = self._values[field].index(value)

    def _said(self, field: str) -> str:
        shown = option(field, getattr(self._experiment, field))
        return " ".join(part for part in (shown["text"], shown.get("unit", "")) if part)
