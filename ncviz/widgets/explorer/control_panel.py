"""The Explorer's controls: one for each field of an `Experiment` that a learner moves."""

import threading
import traceback
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from ncviz.basics.checks import LARGEST_SEED, ended, short
from ncviz.basics.fields import Field
from ncviz.basics.shareable import plain_number
from ncviz.experiment import Experiment
from ncviz.fields import FIELDS
from ncviz.widgets.explorer.own_tasks import OwnTasks
from ncviz.widgets.explorer.teaching import MAIN, RUNS, SETTINGS, Refused, Teaching
from ncviz.widgets.parts.controls import Actions, Choice, SeedBox, Slider
from ncviz.widgets.parts.layout import Fold, box

LOCKED = "set by your teacher"


class ControlPanel:
    """Widgets that hold an experiment."""

    def __init__(
        self,
        experiment: Experiment,
        on_change: Callable[[Experiment, Experiment], None],
        on_error: Callable[[str], None],
        on_refuse: Callable[[str], None],
        teaching: Teaching,
    ) -> None:
        # JupyterLab may call observers from two threads at the same time.
        self._lock = threading.RLock()
        self._start = experiment
        self._experiment = experiment
        self._on_change = on_change
        self._on_error = on_error
        self._on_refuse = on_refuse
        self._teaching = teaching
        self._values = {
            name: field.offered(getattr(experiment, name))
            for name, field in FIELDS.items()
            if field.values
        }
        self._indexed = {n: self._control(FIELDS[n]) for n in self._values if teaching.shows(n)}
        self._seed = self._seed_box() if teaching.shows("seed") else None
        self.actions = Actions("actions", []) if teaching.shows("actions") else None
        if self.actions:
            self.actions.on_click(self.guarded(self._clicked))
        self.allow_undo(False)
        self._tasks: OwnTasks | None = None
        self.own: Fold | None = None
        if teaching.shows("own-tasks"):
            self._tasks = OwnTasks(experiment, self._paired, self.guarded)
            self.own = Fold("Own tasks", self._tasks.widgets)
        self.main = box("main-controls", *self._controls(MAIN))
        self.more = box("run-controls", *self._controls(RUNS), self._seed, self.actions)
        settings = self._controls(SETTINGS)
        self.settings = Fold("More settings", settings) if settings else None

    def _control(self, field: Field) -> Slider | Choice:
        values = self._values[field.name]
        index = values.index(getattr(self._experiment, field.name))
        kind = Choice if field.listed else Slider
        options = [field.option(value) for value in values]
        control = kind(field.name, field.label, options, index, locked=self._locked(field.name))
        control.observe(self.guarded(partial(self._moved, field.name)), "index")
        return control

    def _seed_box(self) -> SeedBox:
        seed = SeedBox(value=str(self._experiment.seed), locked=self._locked("seed"))
        seed.observe(self.guarded(self._typed), "value")
        return seed

    def _locked(self, field: str) -> str:
        return LOCKED if field in self._teaching.fixed else ""

    def _controls(self, fields: Iterable[str]) -> list[Slider | Choice]:
        return [self._indexed[field] for field in fields if field in self._indexed]

    @property
    def experiment(self) -> Experiment:
        """What the controls show."""
        return self._experiment

    def describe(self) -> str:
        """The controls as one line of text."""
        e = self._experiment
        own = e.pairing if isinstance(e.pairing, str) else "own tasks"
        return (
            f"{e.hidden} hidden neurons, task pairing {own} "
            f"(A1 {e.tasks[0]}, A2 {e.tasks[1]}, B1 {e.tasks[2]}, B2 {e.tasks[3]}), "
            f"learning rate {e.learning_rate:g}, {e.runs} runs, {e.trunk} trunk, seed {e.seed}."
        )

    def set(self, experiment: Experiment) -> None:
        """Show an experiment, and report it if it is another one."""
        if not isinstance(experiment, Experiment):
            raise ValueError(f"experiment must be an Experiment, not {short(experiment)}")
        with self._lock:
            before = self._experiment
            if experiment == before:
                return
            self._teaching.check(experiment, before)
            # First the state, then the controls: their observers then find nothing new to report.
            self._experiment = experiment
            for field, control in self._indexed.items():
                # A control that another thread is just moving must be left alone.
                if getattr(experiment, field) != getattr(before, field) or control.message:
                    control.message = ""
                    self._show(field)
            if self._seed and experiment.seed != before.seed:
                self._seed.value = str(experiment.seed)
            if self._tasks:
                self._tasks.show(experiment)
            self._on_change(before, experiment)

    def allow_undo(self, allowed: bool) -> None:
        """Whether there is a move to take back."""
        if self.actions is None:
            return
        fresh = [{"id": "next", "text": "Next seed", "title": "draw fresh runs"}]
        self.actions.labels = [
            *([] if "seed" in self._teaching.fixed else fresh),
            {
                "id": "undo",
                "text": "Undo",
                "title": "take the last move back",
                "off": "" if allowed else "nothing has been moved",
            },
            {
                "id": "reset",
                "text": "Back to the start",
                "name": "Back to the start (reset)",
                "title": "reset every control, the seed too, to its starting value",
            },
        ]

    def _show(self, field: str) -> None:
        value = getattr(self._experiment, field)
        # A value that once joined the scale stays: the browser may be counting on the older one.
        if value not in self._values[field]:
            self._values[field] = FIELDS[field].offered(value)
            self._indexed[field].options = [*map(FIELDS[field].option, self._values[field])]
        self._indexed[field].index = self._values[field].index(value)

    def guarded(self, handle: Callable[..., None]) -> Callable[..., None]:
        """Let one callback in at a time, and show its exception or why it is refused."""

        def guarded(*event: Any) -> None:
            with self._lock:
                try:
                    handle(*event)
                except Refused as refusal:
                    self._on_refuse(ended(refusal))
                except Exception:
                    self._on_error(traceback.format_exc())

        return guarded

    # What a control holds now, not what the event says: of two events the older may come later.

    def _moved(self, field: str, _event: Any) -> None:
        control = self._indexed[field]
        if control.locked:
            self._show(field)
            return
        value = self._values[field][control.index]
        try:
            experiment = replace(self._experiment, **{field: value})
        except ValueError as error:
            control.message = (
                f"{ended(error)} The runs still use {getattr(self._experiment, field)}."
            )
        else:
            self.set(experiment)
            control.message = ""

    def _paired(self, pairing: str | tuple[str, str, str, str]) -> None:
        self.set(replace(self._experiment, pairing=pairing))

    def _typed(self, _event: Any) -> None:
        typed = self._seed
        if typed is None or typed.locked:
            self._retype()
            return
        try:
            experiment = replace(self._experiment, seed=plain_number(int, typed.value.strip()))
        except ValueError:
            typed.message = (
                "The seed must be a whole number from 0 to 2^64 − 1; "
                f"the runs still use {self._experiment.seed}."
            )
        else:
            typed.message = ""
            self.set(experiment)

    def _retype(self) -> None:
        """Let the box show the seed in use, whatever was typed there."""
        if self._seed:
            self._seed.value = str(self._experiment.seed)

    def _clicked(self, button: str) -> None:
        seed = self._experiment.seed
        if button in ("next", "reset"):
            self._retype()
        if button == "next":
            self.set(replace(self._experiment, seed=(seed + 1) % (LARGEST_SEED + 1)))
        elif button == "reset":
            self.set(self._start)
