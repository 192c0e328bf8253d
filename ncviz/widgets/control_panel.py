"""The Explorer's controls: one for each field of an `Experiment` that a learner moves."""

import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ipywidgets import Box

from ncviz.experiment import LARGEST_SEED, Experiment
from ncviz.tasks import PAIRINGS
from ncviz.widgets.controls import Actions, Choice, Option, SeedBox, Slider

HIDDEN = tuple(range(1, 13))
_DIGITS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
LEARNING_RATES = (
    *(float(f"{digits}e{power}") for power in (-2, -1, 0) for digits in _DIGITS),
    10.0,
)
RUNS = (1, 2, 5, 10, 20, 50, 100, 200, 400)
TRUNKS = {
    "shared": "one hidden layer for both heads: the channel between them",
    "separate": "a hidden layer for each head: nothing is shared, S cannot pass 2",
}


class ControlPanel:
    """Widgets that hold an experiment.

    Parameters
    ----------
    experiment : Experiment
        The starting values; fields without a control keep theirs.
    on_change : callable
        Takes the new experiment whenever the user has changed one.
    on_error : callable
        Takes the traceback of an exception, which JupyterLab would show nowhere.

    Attributes
    ----------
    main, more : Box
        The sliders that one moves most, and the rest.
    """

    def __init__(
        self,
        experiment: Experiment,
        on_change: Callable[[Experiment], None],
        on_error: Callable[[str], None],
    ) -> None:
        # JupyterLab may call observers from two threads at the same time.
        self._lock = threading.RLock()
        self._start = experiment
        self._experiment = experiment
        self._on_change = on_change
        self._on_error = on_error
        self._values: dict[str, Sequence[Any]] = {
            "hidden": _with(HIDDEN, experiment.hidden),
            "pairing": _with(tuple(PAIRINGS), experiment.pairing),
            "learning_rate": _with(LEARNING_RATES, experiment.learning_rate),
            "runs": _with(RUNS, experiment.runs),
            "trunk": tuple(TRUNKS),
        }
        names = {
            "hidden": "Hidden neurons",
            "pairing": "Task pairing",
            "learning_rate": "Learning rate",
            "runs": "Runs",
            "trunk": "Trunk",
        }
        self._indexed: dict[str, Slider | Choice] = {}
        for field, values in self._values.items():
            kind = Choice if field == "trunk" else Slider
            control = kind(
                field,
                names[field],
                _options(field, values),
                values.index(getattr(experiment, field)),
            )
            control.observe(self._guarded(partial(self._moved, field)), "index")
            self._indexed[field] = control
        self._seed = SeedBox(value=str(experiment.seed))
        self._seed.observe(self._guarded(self._typed), "value")
        self._actions = Actions(
            "actions",
            [
                {"id": "next", "text": "Next seed", "title": "draw fresh runs"},
                {
                    "id": "reset",
                    "text": "Reset",
                    "title": "back to the starting values; the seed stays",
                },
            ],
        )
        self._actions.on_click(self._guarded(self._clicked))
        self.main = Box([self._indexed[f] for f in ("hidden", "pairing", "learning_rate")])
        self.more = Box([self._indexed["runs"], self._indexed["trunk"], self._seed, self._actions])

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
        """Show an experiment, and report it if it is another one.

        Raises
        ------
        ValueError
            If it is no experiment.
        """
        if not isinstance(experiment, Experiment):
            raise ValueError(f"experiment must be an Experiment, not {experiment!r}")
        with self._lock:
            before = self._experiment
            if experiment == before:
                return
            # First the state, then the controls: their observers then find nothing new to report.
            self._experiment = experiment
            for field, control in self._indexed.items():
                value = getattr(experiment, field)
                # A control that another thread is just moving must be left alone.
                if value != getattr(before, field):
                    self._values[field] = _with(self._values[field], value)
                    control.options = _options(field, self._values[field])
                    control.index = self._values[field].index(value)
            if experiment.seed != before.seed:
                self._seed.value = str(experiment.seed)
            self._on_change(experiment)

    def _guarded(self, handle: Callable[[Any], None]) -> Callable[[Any], None]:
        """Let one call in at a time, and show its exception."""

        def guarded(event: Any) -> None:
            with self._lock:
                try:
                    handle(event)
                except Exception:
                    self._on_error(traceback.format_exc())

        return guarded

    # What a control holds now, not what the event says: of two events the older may come later.

    def _moved(self, field: str, _event: Any) -> None:
        value = self._values[field][self._indexed[field].index]
        self.set(replace(self._experiment, **{field: value}))

    def _typed(self, _event: Any) -> None:
        try:
            experiment = replace(self._experiment, seed=int(self._seed.value))
        except ValueError:
            self._seed.message = (
                "The seed must be a whole number from 0 to 2^64 − 1; "
                f"the runs still use {self._experiment.seed}."
            )
        else:
            self._seed.message = ""
            self.set(experiment)

    def _clicked(self, button: str) -> None:
        seed = self._experiment.seed
        self._seed.value = str(seed)  # in case something bad was typed there
        if button == "next":
            self.set(replace(self._experiment, seed=(seed + 1) % (LARGEST_SEED + 1)))
        elif button == "reset":
            self.set(replace(self._start, seed=seed))


def _with(values: Sequence[Any], value: Any) -> Sequence[Any]:
    """The slider's values, with one more in its place if it is not among them."""
    if value in values:
        return values
    return tuple(sorted([*values, value])) if not isinstance(value, tuple) else (*values, value)


def _options(field: str, values: Sequence[Any]) -> list[Option]:
    return [_option(field, value) for value in values]


def _option(field: str, value: Any) -> Option:
    if field == "hidden":
        unit = "neuron" if value == 1 else "neurons"
        return {"text": str(value), "unit": unit, "hint": "what the heads have to share"}
    if field == "learning_rate":
        return {"text": f"{value:g}", "hint": "length of a training step; log scale"}
    if field == "runs":
        hint = "independent repetitions; more make the interval narrower"
        return {"text": str(value), "unit": "run" if value == 1 else "runs", "hint": hint}
    if field == "trunk":
        return {"text": value, "hint": TRUNKS[value]}
    if isinstance(value, tuple):
        return {"text": "own tasks", "hint": "; ".join(value)}
    return {"text": value, "hint": PAIRINGS[value].reason}
