"""The LoraExplorer's controls: one for each field of a `LoraExperiment` that is moved there."""

import threading
import traceback
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from ncviz.basics.checks import short
from ncviz.bert.experiment import FIELDS, LoraExperiment
from ncviz.bert.networks import PACKAGED, that_reads
from ncviz.widgets.parts.controls import Choice, Slider
from ncviz.widgets.parts.layout import box

MAIN = ("rank", "tasks", "learning_rate")


class LoraControls:
    """Widgets that hold a LoRA experiment: `main` ones, and `more` that one moves less often.

    `on_change` takes the new experiment whenever there is one, `on_error` the traceback of an
    exception, which JupyterLab would show nowhere. Fields without a control keep their value.
    """

    def __init__(
        self,
        experiment: LoraExperiment,
        on_change: Callable[[LoraExperiment], None],
        on_error: Callable[[str], None],
    ) -> None:
        # JupyterLab may call observers from two threads at the same time.
        self._lock = threading.RLock()
        self.experiment = experiment
        self._on_change, self._on_error = on_change, on_error
        moved = [field for field in FIELDS.values() if field.values]
        self._values = {f.name: f.offered(getattr(experiment, f.name)) for f in moved}
        self._controls = {name: self._control(name) for name in self._values}
        self.main = self._box(MAIN)
        self.more = self._box(name for name in self._values if name not in MAIN)

    def set(self, experiment: LoraExperiment) -> None:
        """Show an experiment, and report it if it is another one."""
        if not isinstance(experiment, LoraExperiment):
            raise ValueError(f"experiment must be a LoraExperiment, not {short(experiment)}")
        with self._lock:
            if experiment == self.experiment:
                return
            # First the state, then the controls: their observers then find nothing new to report.
            self.experiment = experiment
            for name in self._controls:
                self._show(name)
            self._on_change(experiment)

    def blame(self, sentence: str) -> None:
        """Put what is wrong beside the control whose field it names; "" takes that back."""
        for name, control in self._controls.items():
            control.message = sentence if sentence.startswith(f"{name} ") else ""

    def describe(self) -> str:
        """The controls as one line of text."""
        e = self.experiment
        said = (f"{FIELDS[n].label}: {FIELDS[n].said(getattr(e, n))}" for n in self._controls)
        return f"{', '.join(said)}."

    def guarded(self, handle: Callable[..., None]) -> Callable[..., None]:
        """Let one callback in at a time, and show its exception."""

        def guarded(*event: Any) -> None:
            with self._lock:
                try:
                    handle(*event)
                except Exception:
                    self._on_error(traceback.format_exc())

        return guarded

    def _control(self, name: str) -> Slider | Choice:
        field, values = FIELDS[name], self._values[name]
        index = values.index(getattr(self.experiment, name))
        kind = Choice if field.listed else Slider
        control = kind(name, field.label, [field.option(value) for value in values], index)
        control.observe(self.guarded(partial(self._moved, name)), "index")
        return control

    def _box(self, names: Iterable[str]) -> Any:
        return box("lora-controls", *[self._controls[name] for name in names])

    def _moved(self, name: str, _event: Any) -> None:
        # What the control holds now, not what the event says: an older event may come later.
        value = self._values[name][self._controls[name].index]
        if value == getattr(self.experiment, name):
            return
        changes = {name: value}
        if name == "tasks" and self.experiment.backbone in PACKAGED:
            changes["backbone"] = that_reads(value)
        self.set(replace(self.experiment, **changes))

    def _show(self, name: str) -> None:
        field, value = FIELDS[name], getattr(self.experiment, name)
        # A value that once joined the scale stays: the browser may be counting on the older one.
        if value not in self._values[name]:
            self._values[name] = field.offered(value)
            self._controls[name].options = [field.option(one) for one in self._values[name]]
        self._controls[name].index = self._values[name].index(value)
