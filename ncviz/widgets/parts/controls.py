"""Controls with an accessible name, a unit and a hint each.

ipywidgets' own sliders have no accessible name and announce the index instead of the value.
"""

from collections.abc import Callable, Sequence
from typing import Any

import traitlets

from ncviz.sweeps.cost import Price
from ncviz.widgets.parts.door import PageWidget, on_message
from ncviz.widgets.parts.view import css, esm

Option = dict[str, str]


class _Control(PageWidget):
    """What all controls share: a name, and a class ``ncviz-<field>`` to be found by.

    `locked` says why the control cannot be moved; empty if it can.
    """

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
        self, field: str, name: str, options: Sequence[Option], index: int = 0, **traits: Any
    ) -> None:
        super().__init__(field, name=name, options=list(options), index=index, **traits)

    @traitlets.validate("options")
    def _check_options(self, proposal: Any) -> list[Option]:
        options: list[Option] = proposal["value"]
        if not options:
            raise traitlets.TraitError("options must not be empty")
        return options

    @traitlets.validate("index")
    def _check_index(self, proposal: Any) -> int:
        index: int = proposal["value"]
        if not 0 <= index < len(self.options):
            raise traitlets.TraitError(
                f"index must be between 0 and {len(self.options) - 1}, got {index}"
            )
        return index


class Slider(_Indexed):
    """A native range input over named options."""

    _esm = esm("base", "controls", "slider")


class Choice(_Indexed):
    """A native select over named options."""

    _esm = esm("base", "controls", "choice")


class SeedBox(_Control):
    """A text box for a seed.

    The value stays text: seeds go to 2**64 − 1 and JavaScript's numbers do not.
    """

    _esm = esm("base", "controls", "seed_box")

    value = traitlets.Unicode().tag(sync=True, from_page=True)
    message = traitlets.Unicode().tag(sync=True)

    def __init__(self, value: str = "0", **traits: Any) -> None:
        super().__init__("seed", name="Seed", value=value, **traits)


class Actions(_Control):
    """A row of buttons with words on them."""

    _esm = esm("base", "controls", "actions")

    labels = traitlets.List(traitlets.Dict()).tag(sync=True)

    def __init__(
        self, field: str, labels: Sequence[Option], name: str = "Actions", **traits: Any
    ) -> None:
        super().__init__(field, name=name, labels=list(labels), **traits)

    def on_click(self, callback: Callable[[str], None]) -> None:
        """Call ``callback(id)`` when a button is pressed."""
        on_message(self, lambda click: callback(click), {"click": str})


class Consent(PageWidget):
    """Ask before something that costs much; nothing at all while there is nothing to ask."""

    _esm = esm("base", "controls", "consent")
    _css = css("base", "controls", "consent")

    sentence = traitlets.Unicode().tag(sync=True)
    offer = traitlets.Unicode().tag(sync=True)

    def ask(self, sentence: str, price: Price) -> None:
        """Say what it costs, or why it cannot be."""
        refusal = price.refusal()
        with self.hold_sync():
            self.sentence = refusal or sentence
            self.offer = "" if refusal else f"Train anyway: {price.words}"

    def take_back(self) -> None:
        """There is nothing to ask any longer."""
        with self.hold_sync():
            self.sentence = self.offer = ""

    def on_agree(self, callback: Callable[[], None]) -> None:
        """Call ``callback()`` when the button is pressed while there is one."""
        on_message(self, lambda agree: callback() if self.offer else None, {"agree": bool})
