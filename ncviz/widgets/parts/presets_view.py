"""Named situations, one click each, with a sentence of what to look for."""

from collections.abc import Callable, Sequence
from typing import Any

import traitlets

from ncviz.widgets.parts.door import PageWidget, on_message
from ncviz.widgets.parts.view import css, esm


class Presets(PageWidget):
    """A row of buttons and the sentence of the chosen one."""

    _esm = esm("base", "controls", "presets_view")
    _css = css("base", "controls", "presets_view")

    presets = traitlets.List(traitlets.Dict()).tag(sync=True)
    chosen = traitlets.Int(-1).tag(sync=True)
    lead = traitlets.Unicode().tag(sync=True)

    def __init__(self, presets: Sequence[dict[str, str]], chosen: int = -1, **traits: Any) -> None:
        super().__init__(presets=list(presets), chosen=chosen, **traits)

    @traitlets.validate("chosen")
    def _check_chosen(self, proposal: Any) -> int:
        chosen: int = proposal["value"]
        if not -1 <= chosen < len(self.presets):
            raise traitlets.TraitError(
                f"chosen must be between -1 and {len(self.presets) - 1}, got {chosen}"
            )
        return chosen

    def on_click(self, callback: Callable[[int], None]) -> None:
        """Call ``callback(index)`` when a button is pressed."""

        def receive(click: int) -> None:
            if click in range(len(self.presets)):
                callback(click)

        on_message(self, receive, {"click": int})
