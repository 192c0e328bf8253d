"""A card that trains when it is asked to: a form, its progress, a settled picture and a table."""

import re
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

import traitlets

from ncviz.basics.checks import short
from ncviz.experiment import Experiment
from ncviz.results.result import Moment
from ncviz.widgets.parts.door import on_message
from ncviz.widgets.parts.settled import INCHES, on_page
from ncviz.widgets.parts.view import Shown, css, esm, figure_of
from ncviz.widgets.running.runner import Runner
from ncviz.widgets.running.turns import Turn

TELL_SECONDS = 0.2  # between two words about the progress
MOST_SIZES = 12  # trained in one trial
STATES = ("idle", "running", "done", "cancelled", "failed")

Found = TypeVar("Found")

Values = Mapping[str, int]
# The share that is done, 0 to 1, and what is being done.
Steps = Generator[tuple[float, str], None, None]


def experiment_of(what: object) -> Experiment:
    """The experiment that something is, or is a moment of."""
    experiment = what.experiment if isinstance(what, Moment) else what
    if not isinstance(experiment, Experiment):
        allowed = "an Experiment, a Snapshot or a Result"
        raise ValueError(f"experiment must be {allowed}, not {short(what)}")
    return experiment


def part_of_trial(
    training: Generator[float, None, Found], before: float, part: float, words: str
) -> Generator[tuple[float, str], None, Found]:
    """Take a training, which is `part` of a trial with so much done before, to its end."""
    while True:
        try:
            yield before + part * next(training), words
        except StopIteration as end:
            found: Found = end.value
            return found


def row(cells: Sequence[str], says: str = "", id: str = "") -> dict[str, Any]:
    """A row of the table, with a sentence below it; with an id its name is a button."""
    return {"id": id, "says": says, "cells": cells}


class Field(NamedTuple):
    """A whole number that is asked for: what stands there at first, and its limits."""

    id: str
    text: str
    value: int
    low: int
    high: int


class TrialView(Shown):
    """Base of cards that train an experiment again, in some other way, and show what they find.

    Parameters
    ----------
    experiment : Experiment, Snapshot or Result, optional
        What is trained again.
    """

    UNSHOWN = "start() must have found something before there is a figure of it"

    TITLE = ""
    ABOUT = ""
    FIELDS: tuple[Field, ...] = ()
    COLUMNS: tuple[str, ...] = ()
    OVER: tuple[str, ...] = ("runs",)  # fields of the experiment that the trial chooses by itself

    _esm = esm("base", "controls", "drawn", "form", "trial_view")
    _css = css("base", "controls", "picture", "trial_view")

    title = traitlets.Unicode().tag(sync=True)
    about = traitlets.Unicode().tag(sync=True)
    fields = traitlets.List(traitlets.Dict()).tag(sync=True)
    wrong = traitlets.Dict().tag(sync=True)
    state = traitlets.Enum([*STATES], "idle").tag(sync=True)
    share = traitlets.Float(0.0, min=0.0, max=1.0).tag(sync=True)
    status = traitlets.Unicode().tag(sync=True)
    note = traitlets.Unicode().tag(sync=True)

    def __init__(self, experiment: Experiment | Moment | None = None, **traits: Any) -> None:
        self._experiment = Experiment()
        self._tried: Experiment | None = None
        self._draw: Callable[..., Any] | None = None
        self._on_error: Callable[[str], None] = lambda _text: None
        self._runner: Runner[tuple[Experiment, Values] | None] = Runner(
            self._answer, self._failed, f"ncviz-{type(self).__name__}", turn=Turn
        )
        fields = [field._asdict() for field in self.FIELDS]
        super().__init__(title=self.TITLE, about=self.ABOUT, fields=fields, **traits)
        on_message(self, self._asked, {"start": dict})
        on_message(self, lambda cancel: self.cancel(), {"cancel": bool})
        if experiment is not None:
            self.show(experiment)

    def show(self, what: Experiment | Moment, rough: bool = False) -> None:
        """Say which experiment the next trial is of; what is drawn stays, and says whose it is."""
        self._experiment = experiment_of(what)
        self._say_of_what()

    def start(self, **values: int) -> None:
        """Begin a trial, as the button does; one that is running is dropped."""
        wanted = {field.id: field.value for field in self.FIELDS} | values
        if wrong := self._wrong(wanted):
            raise ValueError("; ".join(wrong.values()))
        self.change(wrong={}, state="running", share=0.0, status="training")
        self._runner.submit((self._experiment, wanted))

    def cancel(self) -> None:
        """End a trial that is running; what it has found so far stays."""
        self._runner.submit(None)

    def on_error(self, callback: Callable[[str], None]) -> None:
        """Call ``callback(traceback)`` when a trial fails."""
        self._on_error = callback

    def stop(self) -> None:
        """End the worker; the widget is freed by `close`."""
        self._runner.close()

    def close(self) -> None:
        """End the worker, and free the view and its layout."""
        self.stop()
        super().close()

    # What a card fills in

    def _trial(self, experiment: Experiment, values: Values) -> Steps:
        """Train, calling `_found` with each table that is worth to be shown."""
        raise NotImplementedError

    # What is common to all

    def _found(self, caption: str, rows: list[dict[str, Any]], draw: Callable[..., Any]) -> None:
        """Show a sentence, a table, and the picture; `draw` takes its style."""
        _, drawn = on_page(draw, INCHES, f"ncviz-{self.model_id}", titled=True)
        self._draw = draw
        self._tell({"caption": caption, "columns": [*self.COLUMNS], "rows": rows, **drawn})

    def _settled(self) -> Any:
        return figure_of(self._draw()) if self._draw else None

    def _asked(self, start: dict[str, str]) -> None:
        texts = {field.id: start.get(field.id, str(field.value)) for field in self.FIELDS}
        # More digits than these are no number that could be meant.
        meant = re.compile("[0-9]{1,9}")
        values: Any = {k: int(t) if meant.fullmatch(t) else t for k, t in texts.items()}
        self.wrong = self._wrong(values)
        if not self.wrong:
            self.start(**values)

    def _wrong(self, values: Mapping[str, Any]) -> dict[str, str]:
        """What is wrong, by field."""
        wrong = {}
        fields = {field.id: field for field in self.FIELDS}
        for name, value in values.items():
            of = fields.get(name)
            if of is None:
                wrong[name] = f"there is no field {name!r}"
            elif type(value) is not int or not of.low <= value <= of.high:
                said = f"“{str(value)[:20]}”"
                wrong[name] = f"{of.text}: a whole number from {of.low} to {of.high}, not {said}"
        if wrong or "low" not in fields:
            return wrong
        low, high = values["low"], values["high"]
        if high < low:
            return {"high": f"to: at least {low}, where it begins, not “{high}”"}
        if high - low >= MOST_SIZES:
            return {"high": f"to: at most {MOST_SIZES} sizes, not {high - low + 1}"}
        return {}

    def _answer(self, asked: tuple[Experiment, Values] | None) -> Generator[None, None, None]:
        """Do a trial to its end; None ends the one before."""
        if asked is None:
            self._ended()
            return
        experiment, values = asked
        self._tried = experiment
        self._say_of_what()
        self.state = "running"  # a trial that was dropped for this one has said that it ended
        told = -TELL_SECONDS
        try:
            with closing(self._trial(experiment, values)) as trial:
                for share, status in trial:
                    if time.monotonic() - told >= TELL_SECONDS:
                        told = time.monotonic()
                        self.change(share=min(1.0, share), status=status)
                    yield
            self.change(state="done", share=1.0, status="done")
        except ValueError as error:  # said where it was asked for: the experiment does not allow it
            self.change(state="failed", status=f"{error}")
        finally:
            self._ended()

    def _ended(self) -> None:
        if self.state == "running":
            self.change(state="cancelled", status="stopped; what was found stays")

    def _failed(self, text: str) -> None:
        self.change(state="failed", status=text.strip().splitlines()[-1])
        self._on_error(text)

    def _say_of_what(self) -> None:
        tried, now = self._tried, self._experiment
        same = {name: getattr(now, name) for name in self.OVER}
        moved = tried is not None and replace(tried, **same) != now
        self.note = f"Found with {tried.code()}." if moved and tried is not None else ""
