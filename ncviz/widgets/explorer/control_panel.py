"""The Explorer's controls: one for each field of an `Experiment` that a learner moves."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from ncviz.basics.checks import LARGEST_SEED, ended
from ncviz.basics.fields import Field, plain_number
from ncviz.fields import FIELDS
from ncviz.widgets.explorer.own_tasks import OwnTasks
from ncviz.widgets.explorer.state import State
from ncviz.widgets.explorer.teaching import MAIN, RUNS, SETTINGS
from ncviz.widgets.parts.controls import Actions, Choice, SeedBox, Slider
from ncviz.widgets.parts.layout import Fold, box


class ControlPanel:
    """Widgets that show and move the experiment."""

    def __init__(self, state: State) -> None:
        self._state, start, shows = state, state.experiment, state.teaching.shows
        self._values = {
            name: field.offered(getattr(start, name))
            for name, field in FIELDS.items()
            if field.values
        }
        self._indexed = {n: self._control(FIELDS[n]) for n in self._values if shows(n)}
        self._seed = None
        if shows("seed"):
            self._seed = SeedBox(value=str(start.seed), locked=state.locked("seed"))
            self._seed.observe(state.guarded(self._typed), "value")
        self._actions = None
        if shows("actions"):
            self._actions = Actions("actions", [])
            self._actions.on_click(state.guarded(self._clicked))
        state.observe(self._show, "experiment")
        self.own = Fold("Own tasks", OwnTasks(state).widgets) if shows("own-tasks") else None
        self._allow_undo()
        state.observe(self._allow_undo, "experiment")
        self.main = box("main-controls", *self._controls(MAIN))
        self.more = box("run-controls", *self._controls(RUNS), self._seed, self._actions)
        settings = self._controls(SETTINGS)
        self.settings = Fold("More settings", settings) if settings else None

    def _control(self, field: Field) -> Slider | Choice:
        values = self._values[field.name]
        index = values.index(getattr(self._state.experiment, field.name))
        kind = Choice if field.listed else Slider
        options, locked = [*map(field.option, values)], self._state.locked(field.name)
        control = kind(field.name, field.label, options, index, locked=locked)
        control.observe(self._state.guarded(partial(self._moved, field.name)), "index")
        return control

    def _controls(self, fields: Iterable[str]) -> list[Slider | Choice]:
        return [self._indexed[field] for field in fields if field in self._indexed]

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
        """Show another experiment: the state has it, so the controls find nothing to report."""
        before, experiment = change["old"], change["new"]
        for field, control in self._indexed.items():
            # A control that another thread is just moving must be left alone.
            if getattr(experiment, field) != getattr(before, field) or control.message:
                control.message = ""
                self._show_field(field)
        if experiment.seed != before.seed:
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

    def _show_field(self, field: str) -> None:
        value = getattr(self._state.experiment, field)
        # A value that once joined the scale stays: the browser may be counting on the older one.
        if value not in self._values[field]:
            self._values[field] = FIELDS[field].offered(value)
            self._indexed[field].options = [*map(FIELDS[field].option, self._values[field])]
        self._indexed[field].index = self._values[field].index(value)

    # What a control holds now, not what the event says: of two events the older may come later.

    def _moved(self, field: str, _event: Any) -> None:
        control, present = self._indexed[field], self._state.experiment
        if control.locked:
            self._show_field(field)
            return
        try:
            experiment = replace(present, **{field: self._values[field][control.index]})
        except ValueError as error:
            control.message = f"{ended(error)} The runs still use {getattr(present, field)}."
        else:
            self._state.move(experiment)
            control.message = ""

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
