"""The experiments that are kept for comparing."""

from collections.abc import Callable, Sequence
from typing import Any

import traitlets

from ncviz.widgets.parts.door import PageWidget, on_message
from ncviz.widgets.parts.view import css, esm


class PinnedList(PageWidget):
    """A list of pinned experiments, each with a button to show it and one to remove it."""

    _esm = esm("base", "controls", "pinned_list")
    _css = css("base", "controls", "pinned_list")

    rows = traitlets.List(traitlets.Dict()).tag(sync=True)

    def __init__(self, rows: Sequence[dict[str, str]] = (), **traits: Any) -> None:
        super().__init__(rows=list(rows), **traits)

    def on_show(self, callback: Callable[[str], None]) -> None:
        """Call ``callback(id)`` when a pinned experiment is to be shown again."""
        on_message(self, lambda show: callback(show), {"show": str})

    def on_remove(self, callback: Callable[[str], None]) -> None:
        """Call ``callback(id)`` when a pinned experiment is to be removed."""
        on_message(self, lambda remove: callback(remove), {"remove": str})
