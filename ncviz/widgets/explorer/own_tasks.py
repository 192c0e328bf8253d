"""Four drop-down lists and a truth table: tasks of one's own."""

from collections.abc import Callable
from typing import Any

from ipywidgets import Widget

from ncviz import tasks
from ncviz.basics.protocol import TASK_NAMES
from ncviz.experiment import Experiment
from ncviz.widgets.parts.controls import Choice, Option
from ncviz.widgets.parts.task_table import TaskTable

Four = tuple[str, str, str, str]

HEADS = ("Alice’s first task", "Alice’s second task", "Bob’s first task", "Bob’s second task")


class OwnTasks:
    """Choose each of the tasks A1, A2, B1, B2 from all that have a name, or by its truth table."""

    def __init__(
        self,
        experiment: Experiment,
        on_choice: Callable[[str | Four], None],
        guarded: Callable[[Callable[..., None]], Callable[..., None]],
    ) -> None:
        self._on_choice = on_choice
        self._names = experiment.tasks
        self._offered = [_offered(name) for name in self._names]
        self.choices = [
            Choice(
                f"task-{task}",
                f"{task}, {head}",
                _options(offered),
                offered.index(name),
            )
            for task, head, offered, name in zip(
                TASK_NAMES, HEADS, self._offered, self._names, strict=True
            )
        ]
        self.table = TaskTable(self._slots())
        for place, choice in enumerate(self.choices):
            choice.observe(guarded(lambda _change, place=place: self._chosen(place)), "index")
        self.table.on_toggle(guarded(self._toggled))

    @property
    def widgets(self) -> list[Widget]:
        """All controls, in their order."""
        return [*self.choices, self.table]

    def show(self, experiment: Experiment) -> None:
        """Show the tasks of an experiment."""
        # First the state, then the controls: their observers then find nothing new to report.
        before, self._names = self._names, experiment.tasks
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

    def _toggled(self, place: int, point: int) -> None:
        labels = list(tasks.find(self._names[place]).labels)
        labels[point] = 1 - labels[point]
        self._change(place, tasks.named(labels).name)

    def _change(self, place: int, name: str) -> None:
        names = [*self._names]
        names[place] = name
        a1, a2, b1, b2 = names
        four = (a1, a2, b1, b2)
        if four != self._names:
            known = (p.name for p in tasks.PAIRINGS.values() if p.tasks == four)
            self._on_choice(next(known, four))


def _offered(name: str) -> list[str]:
    """Every named task, and the one that is shown if it is a truth table."""
    return [*tasks.TASKS] if name in tasks.TASKS else [*tasks.TASKS, name]


def _options(names: list[str]) -> list[Option]:
    return [{"text": name} for name in names]
