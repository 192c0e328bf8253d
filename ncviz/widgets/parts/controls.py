"""Controls, with an accessible name each, which those of ipywidgets lack; and what they move."""

import threading
import traceback
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import traitlets

from ncviz.basics.checks import Check, ended
from ncviz.sweeps.price import Price
from ncviz.widgets.parts.door import PageWidget, on_message
from ncviz.widgets.parts.view import css, esm

Option = dict[str, str]


def in_range(trait: str, proposal: Any, low: int, high: int) -> int:
    """What a trait is to become, if it is not out of range."""
    value: int = proposal["value"]
    if not low <= value <= high:
        raise traitlets.TraitError(f"{trait} must be between {low} and {high}, got {value}")
    return value


class _Control(PageWidget):
    """A name, why it cannot be moved, if so, and a class ``ncviz-<field>`` to be found by."""

    _css = css("base", "controls")

    name = traitlets.Unicode().tag(sync=True)
    locked = traitlets.Unicode().tag(sync=True)

    def __init__(self, field: str, **traits: Any) -> None:
        super().__init__(**traits)
        self.add_class(f"ncviz-{field}")


class _Indexed(_Control):
    """A control that points at one of several options; `message` says if that cannot be."""

    options = traitlets.List(traitlets.Dict()).tag(sync=True)
    index = traitlets.Int(0).tag(sync=True, from_page=True)
    message = traitlets.Unicode().tag(sync=True)

    def __init__(
        self, field: str, name: str, options: list[Option], index: int = 0, locked: str = ""
    ) -> None:
        super().__init__(field, name=name, options=options, index=index, locked=locked)

    @traitlets.validate("options")
    def _check_options(self, proposal: Any) -> list[Option]:
        if not proposal["value"]:
            raise traitlets.TraitError("options must not be empty")
        return list(proposal["value"])

    @traitlets.validate("index")
    def _check_index(self, proposal: Any) -> int:
        return in_range("index", proposal, 0, len(self.options) - 1)


class Slider(_Indexed):
    """A native range input over named options."""

    _esm = esm("base", "controls", "slider")


class Choice(_Indexed):
    """A native select over named options."""

    _esm = esm("base", "controls", "choice")


class SeedBox(_Control):
    """A text box for a seed: seeds go to 2**64 − 1, and JavaScript's numbers do not."""

    _esm = esm("base", "controls", "seed_box")

    value = traitlets.Unicode().tag(sync=True, from_page=True)
    message = traitlets.Unicode().tag(sync=True)

    def __init__(self, value: str = "0", locked: str = "") -> None:
        super().__init__("seed", name="Seed", value=value, locked=locked)


class Actions(_Control):
    """A row of buttons with words on them."""

    _esm = esm("base", "controls", "actions")

    labels = traitlets.List(traitlets.Dict()).tag(sync=True)

    def __init__(self, field: str, labels: list[Option], name: str = "Actions") -> None:
        super().__init__(field, name=name, labels=labels)

    def on_click(self, callback: Callable[[str], None]) -> None:
        """Call ``callback(id)`` when a button is pressed."""
        on_message(self, lambda click: callback(click), {"click": str})


class Consent(PageWidget):
    """Ask before something that costs much; nothing at all while there is nothing to ask."""

    _esm = esm("base", "controls", "consent")
    _css = css("base", "controls", "consent")

    sentence = traitlets.Unicode().tag(sync=True)
    offer = traitlets.Unicode().tag(sync=True)

    def allows(self, price: Price | None, agreed: bool, sentence: str) -> bool:
        """Whether it may begin at once; else it is said what it costs, or why it cannot be."""
        refusal = price.refusal() if price else ""
        if price is None or (agreed and not refusal):
            return True
        offer = "" if refusal else f"Train anyway: {price.words}"
        self.change(sentence=refusal or sentence, offer=offer)
        return False

    def take_back(self) -> None:
        """There is nothing to ask any longer."""
        self.change(sentence="", offer="")

    def on_agree(self, callback: Callable[[], None]) -> None:
        """Call ``callback()`` when the button is pressed while there is one."""
        on_message(self, lambda agree: callback() if self.offer else None, {"agree": bool})


class ExplorerState(traitlets.HasTraits):
    """Where an explorer stands; its parts observe it, in the order in which they were made.

    Messages of the page come on several threads, and the workers have their own: whoever changes
    it, or draws it, holds `lock`.
    """

    experiment = traitlets.Any()
    error = traitlets.Unicode(help="A traceback, or why there is no answer.")

    def __init__(self, start: Any, check: Check) -> None:
        self.lock, self._check = threading.RLock(), check
        super().__init__(experiment=start)

    def move(self, experiment: Any) -> None:
        """Go to another experiment."""
        self._check("experiment", experiment)
        with self.lock:
            if experiment != self.experiment:
                self._go(experiment)

    def _go(self, experiment: Any) -> None:
        self.experiment = experiment

    def moved(self, field: str, value: Any) -> Any:
        """The experiment with another value of a field."""
        return replace(self.experiment, **{field: value})

    def locked(self, _field: str) -> str:
        """Why a control cannot be moved; empty if it can."""
        return ""

    def fail(self, error: str) -> None:
        """Show a traceback, again if it is the last one again."""
        self.error = ""
        self.error = error

    def guarded(self, handle: Callable[..., None]) -> Callable[..., None]:
        """Let one callback in at a time, and show its exception, as JupyterLab does nowhere."""

        def guarded(*event: Any, **message: Any) -> None:
            with self.lock:
                try:
                    handle(*event, **message)
                except Exception as error:
                    self._caught(error)

        return guarded

    def _caught(self, _error: Exception) -> None:
        self.fail(traceback.format_exc())


class FieldControls(dict[str, Slider | Choice]):
    """A control for each of some fields that has values to offer, by their names."""

    def __init__(self, state: ExplorerState, fields: Iterable[str]) -> None:
        self._state, self._table = state, state.experiment.TABLE
        self._values: dict[str, tuple[Any, ...]] = {}
        for name in fields:
            if (field := self._table[name]).values:
                value = getattr(state.experiment, name)
                values = self._values[name] = field.offered(value)
                kind, options = Choice if field.listed else Slider, [*map(field.option, values)]
                index, locked = values.index(value), state.locked(name)
                control = kind(name, field.label, options, index, locked=locked)
                control.observe(state.guarded(partial(self._moved, name)), "index")
                self[name] = control
        state.observe(self._show, "experiment")

    def those(self, names: Iterable[str]) -> list[Slider | Choice]:
        """The controls of some fields, as far as they are there."""
        return [self[name] for name in names if name in self]

    def _show(self, change: Any) -> None:
        """Show another experiment: the state has it, so the controls find nothing to report."""
        for name, control in self.items():
            # A control that another thread is just moving must be left alone.
            if getattr(change["new"], name) != getattr(change["old"], name) or control.message:
                control.message = ""
                self._show_field(name)

    def _show_field(self, name: str) -> None:
        field, value = self._table[name], getattr(self._state.experiment, name)
        # A value that once joined the scale stays: the browser may be counting on the older one.
        if value not in self._values[name]:
            self._values[name] = field.offered(value)
            self[name].options = [*map(field.option, self._values[name])]
        self[name].index = self._values[name].index(value)

    def _moved(self, name: str, _event: Any) -> None:
        # What the control holds now, not what the event says: an older event may come later.
        control, state = self[name], self._state
        if control.locked:
            self._show_field(name)
            return
        try:
            experiment = state.moved(name, self._values[name][control.index])
        except ValueError as error:
            used = getattr(state.experiment, name)
            control.message = f"{ended(error)} The runs still use {used}."
        else:
            state.move(experiment)
            control.message = ""
