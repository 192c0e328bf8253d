"""The Explorer's controls: one for each field that a learner moves, and tasks of one's own."""

from dataclasses import replace
from typing import Any

import traitlets
from ipywidgets import Widget

from ncviz import tasks
from ncviz.basics.checks import LARGEST_SEED
from ncviz.basics.fields import plain_number
from ncviz.basics.protocol import TASK_NAMES
from ncviz.fields import FIELDS
from ncviz.widgets.explorer.state import State
from ncviz.widgets.explorer.teaching import MAIN, RUNS, SETTINGS
from ncviz.widgets.parts.controls import Actions, Choice, FieldControls, SeedBox, in_range
from ncviz.widgets.parts.door import PageWidget, on_message
from ncviz.widgets.parts.layout import Fold, box
from ncviz.widgets.parts.view import css, esm


class ControlPanel:
    """Widgets that show and move the experiment."""

    def __init__(self, state: State) -> None:
        self._state, shows = state, state.teaching.shows
        fields = FieldControls(state, filter(shows, FIELDS))
        self._seed = None
        if shows("seed"):
            self._seed = SeedBox(str(state.experiment.seed), locked=state.locked("seed"))
            self._seed.observe(state.guarded(self._typed), "value")
        self._actions = None
        if shows("actions"):
            self._actions = Actions("actions", [])
            self._actions.on_click(state.guarded(self._clicked))
        state.observe(self._show, "experiment")
        self.own = Fold("Own tasks", OwnTasks(state).widgets) if shows("own-tasks") else None
        self._allow_undo()
        state.observe(self._allow_undo, "experiment")
        self.main = box("main-controls", *fields.those(MAIN))
        self.more = box("run-controls", *fields.those(RUNS), self._seed, self._actions)
        settings = fields.those(SETTINGS)
        self.settings = Fold("More settings", settings) if settings else None

    def describe(self) -> str:
        """The controls as one line of text."""
        e = self._state.experiment
        own = e.pairing if isinstance(e.pairing, str) else "own tasks"
        return (
            f"{e.hidden} hidden neurons, task pairing {own} "
            f"(A1 {e.tasks[0]}, A2 {e.tasks[1]}, B1 {e.tasks[2]}, B2 {e.tasks[3]}), "
            f"learning rate {e.learning_rate:g}, {e.runs} runs, {e.trunk} trunk, seed {e.seed}."
        )

    def _show(self, change: Any) -> None:
        if change["new"].seed != change["old"].seed:
            self._retype()

    def _allow_undo(self, _change: Any = None) -> None:
        """Say whether there is a move to take back."""
        if self._actions is None:
            return
        off = "" if self._state.history else "nothing has been moved"
        fresh = [{"id": "next", "text": "Next seed", "title": "draw fresh runs"}]
        self._actions.labels = [
            *([] if "seed" in self._state.teaching.fixed else fresh),
            {"id": "undo", "text": "Undo", "title": "take the last move back", "off": off},
            {
                "id": "reset",
                "text": "Back to the start",
                "name": "Back to the start (reset)",
                "title": "reset every control, the seed too, to its starting value",
            },
        ]

    # What the box holds now, not what the event says: of two events the older may come later.

    def _typed(self, _event: Any) -> None:
        typed, present = self._seed, self._state.experiment
        if typed is None or typed.locked:
            self._retype()
            return
        try:
            experiment = replace(present, seed=plain_number(int, typed.value.strip()))
        except ValueError:
            typed.message = (
                "The seed must be a whole number from 0 to 2^64 − 1; "
                f"the runs still use {present.seed}."
            )
        else:
            typed.message = ""
            self._state.move(experiment)

    def _retype(self) -> None:
        """Let the box show the seed in use, whatever was typed there."""
        if self._seed:
            self._seed.value = str(self._state.experiment.seed)

    def _clicked(self, button: str) -> None:
        state = self._state
        if button == "undo":
            state.undo()
        elif button in ("next", "reset"):
            self._retype()
            after = (state.experiment.seed + 1) % (LARGEST_SEED + 1)
            state.move(replace(state.experiment, seed=after) if button == "next" else state.start)


N_POINTS = 16
HEADS = ("Alice’s first task", "Alice’s second task", "Bob’s first task", "Bob’s second task")


class TaskTable(PageWidget):
    """A 4×4 grid of answers, 0 or 1, for one of the tasks A1, A2, B1, B2."""

    _esm = esm("base", "controls", "task_table")
    _css = css("base", "controls", "task_table")

    slots = traitlets.List(traitlets.Dict()).tag(sync=True)
    chosen = traitlets.Int(0).tag(sync=True, from_page=True)

    @traitlets.validate("slots")
    def _check_slots(self, proposal: Any) -> list[dict[str, Any]]:
        slots: list[dict[str, Any]] = proposal["value"]
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
        return in_range("chosen", proposal, 0, 3)


class OwnTasks:
    """Choose each of the tasks A1, A2, B1, B2 from all that have a name, or by its truth table."""

    def __init__(self, state: State) -> None:
        self._state, self._names = state, state.experiment.tasks
        self._offered = [_offered(name) for name in self._names]
        self.choices = []
        for place, (task, head) in enumerate(zip(TASK_NAMES, HEADS, strict=True)):
            offered = self._offered[place]
            index = offered.index(self._names[place])
            choice = Choice(f"task-{task}", f"{task}, {head}", _options(offered), index)
            choice.observe(state.guarded(lambda _change, place=place: self._chosen(place)), "index")
            self.choices.append(choice)
        self.table = TaskTable(slots=self._slots())
        self.widgets: list[Widget] = [*self.choices, self.table]
        state.observe(self._show, "experiment")
        # The slot comes with the message: `chosen` may have moved on when it is handled.
        on_message(self.table, state.guarded(self._toggled), {"toggle": int, "slot": int})

    def _show(self, change: Any) -> None:
        """Show the tasks of another experiment."""
        # First the names, then the controls: their observers then find nothing new to report.
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
        four = (*self._names[:place], name, *self._names[place + 1 :])
        if four != self._names:
            known = (p.name for p in tasks.PAIRINGS.values() if p.tasks == four)
            self._state.move(self._state.moved("pairing", next(known, four)))


def _offered(name: str) -> list[str]:
    """Every named task, and the one that is shown if it is a truth table."""
    return [*tasks.TASKS] if name in tasks.TASKS else [*tasks.TASKS, name]


def _options(names: list[str]) -> list[dict[str, str]]:
    return [{"text": name} for name in names]
