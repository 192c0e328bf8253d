"""The present state as text, and the runs and pictures as files, through the browser."""

from collections.abc import Callable, Sequence
from typing import Any

import traitlets

from ncviz.widgets._assets import css, esm
from ncviz.widgets.door import PageWidget, on_message


class TakeAway(PageWidget):
    """A card with everything that leaves the Explorer, and the way back in.

    Parameters
    ----------
    pictures
        One dict a picture that can be saved: ``id`` and ``text``.

    Attributes
    ----------
    code, json, query : str
        The present Explorer as a runnable line and as a URL query, its experiment as JSON.
    rows, pinned : int
        How many runs the two CSV files would have.
    pins : bool
        Whether runs can be pinned at all; without that there is no such file.
    student : str
        Whose pinned runs they are, as the user has typed it: for the name of their file.
    message : str
        What is wrong with the text that was to be loaded; empty if nothing is.
    busy : bool
        Whether a picture is being drawn.
    """

    _esm = esm("base", "controls", "save_file", "take_away")
    _css = css("base", "controls", "take_away")

    code = traitlets.Unicode().tag(sync=True)
    json = traitlets.Unicode().tag(sync=True)
    query = traitlets.Unicode().tag(sync=True)
    pictures = traitlets.List(traitlets.Dict()).tag(sync=True)
    rows = traitlets.Int(0, min=0).tag(sync=True)
    pinned = traitlets.Int(0, min=0).tag(sync=True)
    pins = traitlets.Bool(True).tag(sync=True)
    student = traitlets.Unicode().tag(sync=True, from_page=True)
    message = traitlets.Unicode().tag(sync=True)
    busy = traitlets.Bool(False).tag(sync=True)

    def __init__(self, pictures: Sequence[dict[str, str]] = (), **traits: Any) -> None:
        super().__init__(pictures=list(pictures), **traits)

    def on_download(self, callback: Callable[[str, str], None]) -> None:
        """Call ``callback(kind, picture)`` when a file is asked for; answer with `save`.

        The kind is "runs", "pinned", "png" or "svg"; the picture's id is empty for the first two.
        """

        def receive(download: str, picture: str = "") -> None:
            callback(download, picture)

        on_message(self, receive, {"download": str}, {"picture": str})

    def on_load(self, callback: Callable[[str], None]) -> None:
        """Call ``callback(text)`` when a saved state is to be loaded."""
        on_message(self, lambda load: callback(load), {"load": str})

    def save(self, file: str, mime: str, content: bytes) -> None:
        """Let the browser save a file that was asked for.

        Parameters
        ----------
        file
            Its name.
        mime
            Its media type, such as ``text/csv``.
        content
            What is in it.
        """
        self.send({"file": file, "type": mime}, [content])
