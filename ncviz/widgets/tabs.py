"""The tabs of the Explorer, beside its name."""

from collections.abc import Sequence
from typing import Any

import traitlets

from ncviz.checks import short
from ncviz.widgets._assets import css, esm
from ncviz.widgets.door import PageWidget


class Tabs(PageWidget):
    """A heading and a row of tabs; what they show are other widgets.

    Parameters
    ----------
    title : str
        The heading.
    tabs : sequence of dict
        One dict a tab: ``id``, ``text``, and ``opens``, the classes of the boxes around it that
        it shows something in. A single tab is no choice, and is not shown.
    chosen : str, optional
        The id of the open tab; the first one without it.

    Examples
    --------
    >>> from ncviz.widgets.tabs import Tabs
    >>> tabs = Tabs("Explorer", [{"id": "play", "text": "Play"}, {"id": "why", "text": "Why?"}])
    >>> tabs.chosen
    'play'
    """

    _esm = esm("base", "controls", "reading_order", "tabs")
    _css = css("base", "controls", "tabs")

    title = traitlets.Unicode().tag(sync=True)
    tabs = traitlets.List(traitlets.Dict()).tag(sync=True)
    chosen = traitlets.Unicode().tag(sync=True, from_page=True)

    def __init__(
        self, title: str, tabs: Sequence[dict[str, Any]], chosen: str = "", **traits: Any
    ) -> None:
        first: str = tabs[0]["id"] if tabs else ""
        super().__init__(title=title, tabs=list(tabs), chosen=chosen or first, **traits)
        self.add_class("ncviz-tabs")

    @traitlets.validate("chosen")
    def _check_chosen(self, proposal: Any) -> str:
        chosen: str = proposal["value"]
        known = [tab["id"] for tab in self.tabs]
        if chosen not in known:
            raise traitlets.TraitError(
                f"chosen must be one of {', '.join(known)}, not {short(chosen)}"
            )
        return chosen
