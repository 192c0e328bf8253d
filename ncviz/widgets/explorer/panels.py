"""What the tabs of the Explorer open: panels, each made when it is first asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ncviz.widgets.explorer.stage import Panel, Stage
from ncviz.widgets.parts.door import Box
from ncviz.widgets.parts.layout import Tabs

TITLE = "NCnet Explorer"

_CLOSED = "ncviz-closed"

Make = Callable[[Callable[[], None]], Panel]
"""Makes a panel; it is given what to call when it wants to be shown the present moment again."""


@dataclass(frozen=True)
class Tab:
    """A tab of the Explorer.

    Parameters
    ----------
    id, text : str
    make : callable or None
        Makes its panel; None for the tab that shows the stage's own views.
    """

    id: str
    text: str
    make: Make | None = None


def _meaning(redraw: Callable[[], None]) -> Panel:
    from ncviz.widgets.explorer.tabs.meaning import (
        Meaning,  # not loaded before somebody asks for it
    )

    return Meaning(redraw)


TABS = (Tab("play", "Play"), Tab("meaning", "What does it mean?", _meaning))


class Panels:
    """The row of tabs, and the panels that it opens in place of the stage's own views.

    A panel is made when its tab is first opened, and shown moments only while it is open: many
    Explorers may share a machine.
    """

    def __init__(self, stage: Stage, entries: Sequence[Tab] = TABS) -> None:
        self._stage = stage
        self._entries = {tab.id: tab for tab in entries}
        self._made: dict[str, Panel] = {}
        self.tabs = Tabs(
            TITLE,
            [{"id": tab.id, "text": tab.text, "opens": _places(tab, stage)} for tab in entries],
        )
        self.box = Box()
        self.box.add_class("ncviz-panels")
        self.box.add_class(_CLOSED)

    def made(self, tab: str) -> Panel | None:
        """The panel of a tab, if it has been opened before."""
        return self._made.get(tab)

    def make(self, tab: str) -> Panel | None:
        """The panel of a tab, which is made if it has not been opened before."""
        return self._panel(self._entries[tab])

    def close(self) -> None:
        """End the work of every panel."""
        for panel in self._made.values():
            panel.close()

    def open(self, _change: Any = None) -> None:
        """Show what the chosen tab stands for, and nothing else."""
        panel = self._panel(self._entries[self.tabs.chosen])
        self._stage.open(panel)
        for each in self._made.values():
            _close(each.box, each is not panel)
        _close(self.box, panel is None)

    def _panel(self, tab: Tab) -> Panel | None:
        if tab.make is None:
            return None
        if tab.id not in self._made:
            self._made[tab.id] = tab.make(self._stage.redraw)
            _close(self._made[tab.id].box, True)
            self.box.children = [panel.box for panel in self._made.values()]
        return self._made[tab.id]


def _places(tab: Tab, stage: Stage) -> list[str]:
    """The classes of the boxes in which a tab shows something."""
    beside = tab.make is None and any((stage.net, stage.correlators, stage.signalling))
    return ["ncviz-middle", "ncviz-side"] if beside else ["ncviz-middle"]


def _close(box: Box, closed: bool) -> None:
    if closed:
        box.add_class(_CLOSED)
    else:
        box.remove_class(_CLOSED)
