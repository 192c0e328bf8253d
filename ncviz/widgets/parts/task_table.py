"""The truth tables of the four tasks, to click together a task of one's own."""

from collections.abc import Callable, Sequence
from typing import Any

import traitlets

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

    def __init__(self, slots: Sequence[Slot], chosen: int = 0, **traits: Any) -> None:
        super().__init__(slots=list(slots), chosen=chosen, **traits)

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

    def on_toggle(self, callback: Callable[[int, int], None]) -> None:
        """Call ``callback(slot, point)`` when an answer is pressed.

        The slot comes with the message: `chosen` may have moved on when it is handled.
        """

        def receive(toggle: int, slot: int) -> None:
            if slot in range(4) and toggle in range(N_POINTS):
                callback(slot, toggle)

        on_message(self, receive, {"toggle": int, "slot": int})
