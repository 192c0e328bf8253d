"""The live views that a lesson shows while an experiment runs."""

import time
from collections.abc import Sequence

from ncviz.basics.checks import short
from ncviz.results.result import Snapshot
from ncviz.widgets.explorer.stage import NUMBER_SECONDS
from ncviz.widgets.parts.door import Box
from ncviz.widgets.parts.view import View, close_with_layout
from ncviz.widgets.running.runner import Pace
from ncviz.widgets.views.losses import LossView
from ncviz.widgets.views.net import NetView
from ncviz.widgets.views.s import SView

MOVING = (SView, LossView, NetView)
"""Views that are drawn for each frame; the others are numbers."""

_CLOSED = "ncviz-closed"


class LessonViews:
    """Views in a box that is hidden until there is something to see."""

    def __init__(self, classes: Sequence[type[View]]) -> None:
        for each in classes:
            if not (isinstance(each, type) and issubclass(each, View)):
                raise ValueError(f"views must be view classes such as SView, not {short(each)}")
        self.views = tuple(make() for make in classes)
        self.box = Box(self.views)
        self.box.add_class("ncviz-lesson-views")
        self._numbers: Snapshot | None = None
        self._numbers_at = 0.0
        self.hide()

    def hide(self) -> None:
        """Hide the views, and forget what they show."""
        self.box.add_class(_CLOSED)
        self._numbers = None
        self._pace = Pace()
        for view in self.views:
            view.frame = {}

    def open(self) -> None:
        """Let the views be seen; they are empty at first."""
        self.hide()
        if self.views:
            self.box.remove_class(_CLOSED)

    def show(self, snapshot: Snapshot) -> None:
        """Show a snapshot, unless the one before is hardly older; the last one always."""
        last = snapshot.result is not None
        if not (self._pace.due() or last):
            return
        now = time.monotonic()
        if last or self._numbers is None or now - self._numbers_at >= NUMBER_SECONDS:
            self._numbers, self._numbers_at = snapshot, now
        for view in self.views:
            if self._numbers is snapshot or isinstance(view, MOVING):
                moment = snapshot.result or snapshot
                numbers = moment if self._numbers is snapshot else self._numbers
                view.show(moment, numbers=numbers)

    def close(self) -> None:
        """Free the views and their box."""
        for view in self.views:
            view.close()
        close_with_layout(self.box)
