"""Where a LoraExplorer stands, and a control for each field of a `LoraExperiment` moved there."""

from dataclasses import replace
from typing import Any

from ncviz.basics.checks import a
from ncviz.bert.experiment import FIELDS, LoraExperiment
from ncviz.bert.networks import PACKAGED, that_reads
from ncviz.widgets.parts.controls import ExplorerState, FieldControls
from ncviz.widgets.parts.layout import box

MAIN = ("rank", "tasks", "learning_rate")

a_lora_experiment = a(LoraExperiment, "a LoraExperiment")


class LoraState(ExplorerState):
    """Where a LoraExplorer stands."""

    def __init__(self, start: LoraExperiment) -> None:
        super().__init__(start, a_lora_experiment)

    def moved(self, field: str, value: Any) -> LoraExperiment:
        """The experiment with another value of a field, and a network that reads other tasks."""
        e: LoraExperiment = self.experiment
        if field == "tasks" and value != e.tasks and e.backbone in PACKAGED:
            return replace(e, tasks=value, backbone=that_reads(value))
        return replace(e, **{field: value})


class LoraControls(FieldControls):
    """A control for each field with a scale: `main` ones, and `more` that one moves less often."""

    def __init__(self, state: LoraState) -> None:
        super().__init__(state, FIELDS)
        self.main = box("lora-controls", *self.those(MAIN))
        self.more = box("lora-controls", *self.those(name for name in self if name not in MAIN))

    def blame(self, sentence: str) -> None:
        """Put what is wrong beside the control whose field it names; "" takes that back."""
        for name, control in self.items():
            control.message = sentence if sentence.startswith(f"{name} ") else ""

    def describe(self) -> str:
        """The controls as one line of text."""
        e = self._state.experiment
        said = (f"{FIELDS[name].label}: {FIELDS[name].said(getattr(e, name))}" for name in self)
        return f"{', '.join(said)}."
