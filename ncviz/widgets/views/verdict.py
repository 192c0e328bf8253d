"""What is said first of all: the verdict, and what looking at several seeds means for it."""

import threading
from collections.abc import Callable
from typing import Any

import traitlets

from ncviz.meaning.verdict import Verdict
from ncviz.widgets.parts.door import PageWidget, on_message
from ncviz.widgets.parts.view import css, esm


class VerdictView(PageWidget):
    """Show the verdict, with progress and errors; also carries the layout of the Explorer."""

    _esm = esm("base", "verdict_view")
    _css = css("base", "verdict_view", "layout", "explorer", "explorer_tabs")

    frame = traitlets.Dict().tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        self._lock = threading.Lock()
        self._training, self._replay = dict[str, Any](), dict[str, Any]()
        super().__init__(**traits)

    def _change(self, **parts: Any) -> None:
        # The training and the controls speak from different threads.
        with self._lock:
            self.frame = {**self.frame, **parts}

    def show(self, verdict: Verdict) -> None:
        """Show a verdict."""
        self._change(**vars(verdict))

    def show_progress(self, state: str, progress: float, status: str) -> None:
        """Show how far the training is; its status waits while a replay has one."""
        self._training = {"state": state, "progress": progress, "status": status}
        self._change(**{**self._training, **self._replay})

    def show_replay(self, progress: float = 0.0, status: str = "") -> None:
        """Show which earlier step is looked at; without words, again how far the training is."""
        replay = {"progress": progress, "status": status} if status else {}
        if replay != self._replay:
            self._replay = replay
            self._change(**{**self._training, **replay})

    def forget_error(self) -> None:
        """Take the last error away."""
        if self.frame.get("error"):
            self._change(error="")

    def show_error(self, error: str) -> None:
        """Show the traceback of an exception beside what was there."""
        self._training = {**self._training, "state": "error", "status": "stopped"}
        self._change(**self._training, error=error)


class LooksView(PageWidget):
    """Say what several seeds mean, and offer a fresh one; nothing while there is nothing to say."""

    _esm = esm("base", "controls", "looks_view")
    _css = css("base", "controls", "looks_view")

    sentence = traitlets.Unicode().tag(sync=True)
    status = traitlets.Unicode().tag(sync=True)
    offer = traitlets.Unicode().tag(sync=True)
    press = traitlets.Unicode("confirm").tag(sync=True)
    keeps_room = traitlets.Bool().tag(sync=True)

    def on_press(self, callback: Callable[[str], None]) -> None:
        """Call ``callback(press)`` when the button is pressed."""
        on_message(self, lambda press: callback(press), {"press": str})
