"""The form of the tab "Sweep": what to train, how far it is, and its files."""

from collections.abc import Callable

import traitlets

from ncviz.widgets._assets import css, esm
from ncviz.widgets.door import PageWidget, on_message
from ncviz.widgets.sweep_wish import DEFAULTS, FIELDS, FIVE, LIST, OWN


class SweepForm(PageWidget):
    """Ask for a small sweep, show its progress, give its files away.

    Attributes
    ----------
    values : dict
        What is typed, as text, by field: see `ncviz.widgets.sweep_wish.read_wish`.
    wrong : dict
        Field → what is wrong with it, in one sentence.
    kinds : list of dict
        The choices of learning rates: ``id`` and ``text``.
    rest : str
        What is not asked for, in one sentence.
    state : {"idle", "running", "done", "cancelled"}
    share : float
        How much of the work is done, 0 to 1.
    status : str
        How far it is, in words.
    rows : int
        How many runs the files would have.
    """

    _esm = esm("base", "controls", "save_file", "sweep_form")
    _css = css("base", "controls", "sweep_form")

    values = traitlets.Dict(
        default_value=DEFAULTS, key_trait=traitlets.Enum(FIELDS), value_trait=traitlets.Unicode()
    ).tag(sync=True, from_page=True)
    wrong = traitlets.Dict().tag(sync=True)
    kinds = traitlets.List(traitlets.Dict()).tag(sync=True)
    rest = traitlets.Unicode().tag(sync=True)
    state = traitlets.Enum(["idle", "running", "done", "cancelled"], "idle").tag(sync=True)
    share = traitlets.Float(0.0, min=0.0, max=1.0).tag(sync=True)
    status = traitlets.Unicode().tag(sync=True)
    rows = traitlets.Int(0, min=0).tag(sync=True)

    def offer(self, rate: float, five: str) -> None:
        """Say which learning rates there are to choose from."""
        self.kinds = [
            {"id": OWN, "text": f"{rate:g}, as the Explorer has it"},
            {"id": FIVE, "text": five},
            {"id": LIST, "text": "a list of my own"},
        ]

    def on_start(self, callback: Callable[[dict[str, str]], None]) -> None:
        """Call ``callback(values)`` when a sweep is asked for."""

        def receive(start: dict[str, str]) -> None:
            callback({name: start.get(name, DEFAULTS[name]) for name in FIELDS})

        on_message(self, receive, {"start": dict})

    def on_cancel(self, callback: Callable[[], None]) -> None:
        """Call ``callback()`` when the sweep is to end."""
        on_message(self, lambda cancel: callback(), {"cancel": bool})

    def on_download(self, callback: Callable[[str], None]) -> None:
        """Call ``callback(kind)``, "csv" or "parquet", when a file is asked for."""
        on_message(self, lambda download: callback(download), {"download": str})

    def save(self, file: str, mime: str, content: bytes) -> None:
        """Let the browser save a file that was asked for."""
        self.send({"file": file, "type": mime}, [content])
