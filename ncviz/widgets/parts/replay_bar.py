"""Replay of a recorded training: which record the live views show."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import traitlets

from ncviz.widgets.parts.door import PageWidget
from ncviz.widgets.parts.view import close_with_layout, css, esm

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Speed 1 plays the whole training in 6 s."""


class ReplayBar(PageWidget):
    """Play, pause, step and a slider over the records of a training, while it runs and after.

    The browser owns the clock; observe `index`, the record to show.
    """

    _esm = esm("base", "controls", "replay_bar")
    _css = css("base", "controls", "replay_bar")

    steps = traitlets.List(traitlets.Int(), default_value=[0]).tag(sync=True)
    last = traitlets.Int(-1).tag(sync=True)
    index = traitlets.Int(0).tag(sync=True, from_page=True)
    live = traitlets.Bool(True).tag(sync=True, from_page=True)
    playing = traitlets.Bool(False).tag(sync=True, from_page=True)
    speed = traitlets.Float(1.0).tag(sync=True, from_page=True)

    def __init__(self, steps: Sequence[int] = (0,), **traits: Any) -> None:
        super().__init__(steps=[int(step) for step in steps], **traits)
        self.add_class("ncviz-replay")

    def reset(self, steps: Sequence[int]) -> None:
        """Begin with a new training, of which nothing is recorded yet, and follow it live."""
        with self.hold_sync():
            # First what is allowed with any grid.
            self.playing = False
            self.index = 0
            self.last = -1
            self.steps = [int(step) for step in steps]
            self.live = True

    def grow(self, last: int) -> None:
        """Tell which record is now the newest; it is shown if the bar is live."""
        with self.hold_sync():
            self.last = last
            if self.live:
                self.index = last

    def close(self) -> None:
        """Free the bar and its layout."""
        close_with_layout(self)

    @traitlets.observe("live")
    def _follow(self, change: Any) -> None:
        # The browser may not have known the newest record when "Newest" was pressed.
        if change["new"]:
            self.index = max(0, self.last)

    @traitlets.validate("steps")
    def _check_steps(self, proposal: Any) -> list[int]:
        steps: list[int] = proposal["value"]
        if not steps or steps[0] < 0 or any(a >= b for a, b in pairwise(steps)):
            raise traitlets.TraitError(f"steps must rise from 0 or above, not {steps}")
        return steps

    @traitlets.validate("last")
    def _check_last(self, proposal: Any) -> int:
        last: int = proposal["value"]
        if not -1 <= last < len(self.steps):
            raise traitlets.TraitError(f"last must be −1 to {len(self.steps) - 1}, not {last}")
        return last

    @traitlets.validate("index")
    def _check_index(self, proposal: Any) -> int:
        index: int = proposal["value"]
        if index < 0:
            raise traitlets.TraitError(f"index must be at least 0, not {index}")
        return min(index, max(0, self.last))

    @traitlets.validate("speed")
    def _check_speed(self, proposal: Any) -> float:
        speed: float = proposal["value"]
        if speed not in SPEEDS:
            raise traitlets.TraitError(f"speed must be one of {SPEEDS}, not {speed}")
        return speed
