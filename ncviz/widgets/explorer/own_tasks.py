"""Four drop-down lists and a truth table: tasks of one's own."""

from dataclasses import replace
from typing import Any

import traitlets
from ipywidgets import Widget

from ncviz import tasks
from ncviz.basics.protocol import TASK_NAMES
from ncviz.widgets.explorer.state import State
from ncviz.widgets.parts.controls import Choice, Option
from ncviz.widgets.parts.door import PageWidget, on_message
from ncviz.widgets.parts.view import css, esm

Slot = dict[str, Any]

N_POINTS = 16


class TaskTable(PageWidget):
    """A 4×4 grid of answers, 0 or 1, for one of the tasks A1, A2, B1, B2."""

    _esm = esm("base", "controls", "task_table")
    _css = css("base", "controls", "task_table")

    slots = traitlets.List(traitlets.Dict()).tag(sync=True)
    chosen = traitlets.Int(0).tag(sync=True, from_page=True)

    @traitlets.validate("slots")
    def _check_slots(self, proposal: Any) -> list[Slot]:
        slots: list[Slot] = proposal["value"]
        if len(slots) != 4:
            raise traitlets.TraitError(f"slots must be four, got {len(slots)}")
        for slot in slots:
            labels = list(slot["labels"])
            if len(labels) != N_POINTS or not set(labels) <= {0, 1}:
                raise traitlets.TraitError(
                    f"labels of {slot['slot']} must be {N_POINTS} times 0 or 1, got {labels}"
                )
        return slots

    @traitlets.validate("chosen")
    def _check_chosen(self, proposal: Any) -> int:
        chosen: int = proposal["value"]
        if not 0 <= chosen < 4:
            raise traitlets.TraitError(f"chosen must be between 0 and 3, got {chosen}")
        return chosen


HEADS = ("Alice’s first task", "Alice’s second task", "Bob’s first task", "Bob’s second task")


class OwnTasks:
    """Choose each of the tasks A1, A2, B1, B2 from all that have a name, or by its truth table."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._names = state.experiment.tasks
        self._offered = [_offered(name) for name in self._names]
        self.choices = [
            Choice(f"task-{task}", f"{task}, {head}", _options(offered), offered.index(name))
            for task, head, offered, name in zip(
                TASK_NAMES, HEADS, self._offered, self._names, strict=True
            )
        ]
        self.table = TaskTable(slots=self._slots())
        state.observe(self._show, "experiment")
        for place, choice in enumerate(self.choices):
            choice.observe(state.guarded(lambda _change, place=place: self._chosen(place)), "index")
        # The slot comes with the message: `chosen` may have moved on when it is handled.
        on_message(self.table, state.guarded(self._toggled), {"toggle": int, "slot": int})

    @property
    def widgets(self) -> list[Widget]:
        """All controls, in their order."""
        return [*self.choices, self.table]

    def _show(self, change: Any) -> None:
        """Show the tasks of another experiment."""
        # First the state, then the controls: their observers then find nothing new to report.
        before, self._names = self._names, change["new"].tasks
        for place, (old, name) in enumerate(zip(before, self._names, strict=True)):
            if old != name:
                # A truth table stays on the list until another one takes its place.
                if name not in self._offered[place]:
                    self._offered[place] = _offered(name)
                    self.choices[place].options = _options(self._offered[place])
                self.choices[place].index = self._offered[place].index(name)
        self.table.slots = self._slots()

    def _slots(self) -> list[dict[str, Any]]:
        return [
            {"slot": slot, "name": name, "labels": list(tasks.find(name).labels)}
            for slot, name in zip(TASK_NAMES, self._names, strict=True)
        ]

    def _chosen(self, place: int) -> None:
        self._change(place, self._offered[place][self.choices[place].index])

    def _toggled(self, toggle: int, slot: int) -> None:
        if slot in range(4) and toggle in range(N_POINTS):
            labels = list(tasks.find(self._names[slot]).labels)
            labels[toggle] = 1 - labels[toggle]
            self._change(slot, tasks.named(labels).name)

    def _change(self, place: int, name: str) -> None:
        names = [*self._names]
        names[place] = name
        a1, a2, b1, b2 = names
        four = (a1, a2, b1, b2)
        if four != self._names:
            known = (p.name for p in tasks.PAIRINGS.values() if p.tasks == four)
            experiment = self._state.experiment
            self._state.move(replace(experiment, pairing=next(known, four)))


def _offered(name: str) -> list[str]:
    """Every named task, and the one that is shown if it is a truth table."""
    return [*tasks.TASKS] if name in tasks.TASKS else [*tasks.TASKS, name]


def _options(names: list[str]) -> list[Option]:
    return [{"text": name} for name in names]
