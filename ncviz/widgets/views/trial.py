"""A card that trains when it is asked to: a form, its progress, a settled picture and a table."""

import re
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import traitlets

from ncviz.basics.checks import short
from ncviz.experiment import Experiment
from ncviz.results.result import Moment
from ncviz.widgets.parts.door import PageWidget, on_message
from ncviz.widgets.parts.view import close_with_layout, css, esm, figure_of, with_picture
from ncviz.widgets.running.runner import Runner
from ncviz.widgets.running.turns import Turn

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ncviz.figures.parts.style import Style

SHARPNESS = 2
"""Pixels of a picture for each pixel of an ordinary screen."""

DOTS = 96
"""CSS pixels an inch."""

TELL_SECONDS = 0.2
"""Between two words about the progress."""

Found = TypeVar("Found")

Values = Mapping[str, int]
Steps = Generator[tuple[float, str], None, None]
"""The share that is done, 0 to 1, and what is being done."""


def part_of_trial(
    training: Generator[float, None, Found], before: float, part: float, words: str
) -> Generator[tuple[float, str], None, Found]:
    """Take a training, which is `part` of a trial with so much done before, to its end."""
    while True:
        try:
            share = next(training)
        except StopIteration as end:
            found: Found = end.value
            return found
        yield before + part * share, words


@dataclass(frozen=True)
class Field:
    """A whole number that is asked for.

    Parameters
    ----------
    id, text : str
    value, low, high : int
        What stands there at first, and the limits.
    """

    id: str
    text: str
    value: int
    low: int
    high: int


class TrialView(PageWidget):
    """Base of cards that train an experiment again, in some other way, and show what they find."""

    TITLE = ""
    ABOUT = ""
    FIELDS: tuple[Field, ...] = ()
    OVER: tuple[str, ...] = ("runs",)
    """Fields of the experiment that the trial chooses by itself."""

    _esm = esm("base", "controls", "trial_view")
    _css = css("base", "controls", "trial_view")

    title = traitlets.Unicode().tag(sync=True)
    about = traitlets.Unicode().tag(sync=True)
    fields = traitlets.List(traitlets.Dict()).tag(sync=True)
    wrong = traitlets.Dict().tag(sync=True)
    state = traitlets.Enum(["idle", "running", "done", "cancelled", "failed"], "idle").tag(
        sync=True
    )
    share = traitlets.Float(0.0, min=0.0, max=1.0).tag(sync=True)
    status = traitlets.Unicode().tag(sync=True)
    note = traitlets.Unicode().tag(sync=True)
    frame = traitlets.Dict().tag(sync=True)
    dark = traitlets.Bool(False).tag(sync=True, from_page=True)

    def __init__(self, experiment: Experiment | Moment | None = None, **traits: Any) -> None:
        # Pictures are drawn by the worker and, after a change of the theme, by a callback.
        self._lock = threading.RLock()
        self._experiment = Experiment()
        self._tried: Experiment | None = None
        self._on_error: Callable[[str], None] = lambda _text: None
        self._runner: Runner[tuple[Experiment, Values] | None] = Runner(
            self._answer, self._failed, f"ncviz-{type(self).__name__}", turn=Turn
        )
        fields = [vars(field) for field in self.FIELDS]
        super().__init__(title=self.TITLE, about=self.ABOUT, fields=fields, **traits)
        on_message(self, self._asked, {"start": dict})
        on_message(self, lambda cancel: self.cancel(), {"cancel": bool})
        self.observe(self._draw_again, "dark")
        if experiment is not None:
            self.show(experiment)

    def show(self, what: Experiment | Moment, rough: bool = False) -> None:
        """Say which experiment the next trial is of; what is drawn stays, and says whose it is."""
        if not isinstance(what, Experiment | Moment):
            raise ValueError(
                f"experiment must be an Experiment, a Snapshot or a Result, not {short(what)}"
            )
        self._experiment = what if isinstance(what, Experiment) else what.experiment
        self._say_of_what()

    def start(self, **values: int) -> None:
        """Begin a trial, as the button does; one that is running is dropped."""
        wanted = {field.id: field.value for field in self.FIELDS} | values
        if wrong := self._wrong(wanted):
            raise ValueError("; ".join(wrong.values()))
        with self.hold_sync():
            self.wrong, self.state, self.share, self.status = {}, "running", 0.0, "training"
        self._runner.submit((self._experiment, wanted))

    def cancel(self) -> None:
        """End a trial that is running; what it has found so far stays."""
        self._runner.submit(None)

    def describe(self) -> str:
        """What was found, as one sentence; empty before a first trial."""
        return str(self.frame.get("caption", ""))

    def figure(self) -> "Figure":
        """The settled picture, drawn by `ncviz.figures`."""
        from ncviz import figures

        with self._lock:
            if not self.frame:
                raise ValueError("start() must have found something before there is a figure of it")
            return figure_of(self._axes(figures.LIGHT))

    def stop(self) -> None:
        """End the worker; the widget is freed by `close`."""
        self._runner.close()

    def close(self) -> None:
        """End the worker, and free the view and its layout."""
        self.stop()
        close_with_layout(self)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle = super()._repr_mimebundle_(**options)
        return with_picture(bundle, self.figure) if self.frame else bundle

    # What a card fills in

    def _trial(self, experiment: Experiment, values: Values) -> Steps:
        """Train, calling `_found` with each table that is worth to be shown."""
        raise NotImplementedError

    def _axes(self, style: "Style") -> "Axes":
        """The picture of what was found."""
        raise NotImplementedError

    def _check(self, values: Values) -> dict[str, str]:
        """What is wrong with values that are within their limits, by field."""
        return {}

    # What is common to all

    def _found(self, caption: str, columns: list[str], rows: list[dict[str, Any]]) -> None:
        """Show a sentence, a table, and the picture."""
        from ncviz import figures

        with self._lock:
            figure = figure_of(self._axes(figures.DARK if self.dark else figures.LIGHT))
            width, height = figure.get_size_inches()
            self.frame = {
                "caption": caption,
                "columns": columns,
                "rows": rows,
                "png": figures.png(figure, dpi=SHARPNESS * DOTS),
                "width": round(width * DOTS),
                "height": round(height * DOTS),
            }

    def _draw_again(self, _change: object) -> None:
        with self._lock:
            if frame := self.frame:
                self._found(frame["caption"], frame["columns"], frame["rows"])

    def _asked(self, start: dict[str, str]) -> None:
        values: dict[str, Any] = {}
        for field in self.FIELDS:
            text = start.get(field.id, str(field.value))
            # More digits than these are no number that could be meant.
            values[field.id] = int(text) if re.fullmatch("[0-9]{1,9}", text) else text
        self.wrong = self._wrong(values)
        if not self.wrong:
            self.start(**values)

    def _wrong(self, values: Mapping[str, Any]) -> dict[str, str]:
        wrong = {}
        fields = {field.id: field for field in self.FIELDS}
        for name, value in values.items():
            if name not in fields:
                wrong[name] = f"there is no field {name!r}"
                continue
            of = fields[name]
            if type(value) is not int or not of.low <= value <= of.high:
                said = f"“{str(value)[:20]}”"
                wrong[name] = f"{of.text}: a whole number from {of.low} to {of.high}, not {said}"
        return wrong or self._check(values)

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
                        with self.hold_sync():
                            self.share, self.status = min(1.0, share), status
                    yield
            with self.hold_sync():
                self.state, self.share, self.status = "done", 1.0, "done"
        except ValueError as error:  # said where it was asked for: the experiment does not allow it
            with self.hold_sync():
                self.state, self.status = "failed", f"{error}"
        finally:
            self._ended()

    def _ended(self) -> None:
        if self.state == "running":
            with self.hold_sync():
                self.state, self.status = "cancelled", "stopped; what was found stays"

    def _failed(self, text: str) -> None:
        with self.hold_sync():
            self.state, self.status = "failed", text.strip().splitlines()[-1]
        self._on_error(text)

    def on_error(self, callback: Callable[[str], None]) -> None:
        """Call ``callback(traceback)`` when a trial fails."""
        self._on_error = callback

    def _say_of_what(self) -> None:
        tried, now = self._tried, self._experiment
        same = {name: getattr(now, name) for name in self.OVER}
        moved = tried is not None and replace(tried, **same) != now
        self.note = f"Found with {tried.code()}." if moved and tried is not None else ""
