"""A picture beside the widget: for a notebook opened later, and where no widget can load."""

import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

from ipywidgets import Output
from ipywidgets.widgets.widget import _instances  # Widget.widgets, without its warning

from ncviz.results.result import Result
from ncviz.widgets.parts.view import as_text

WITHOUT_WIDGETS = (
    "The live Explorer stands here in JupyterLab and Voila. Where widgets cannot load, "
    "its last picture takes this place."
)

ABOUT = {"image/png": {"width": 1200}}
"""Its width, by which the style sheet finds the picture where it does not stand above the widget"""


class Still:
    """Outputs of the notebook that hold the Explorer's last picture.

    A widget's own output cannot be replaced without drawing the widget anew under the user's
    hands. So the picture has an output of its own just above, which the style sheet of the live
    widget hides. What is left in a notebook without a kernel is the picture.
    """

    def __init__(self) -> None:
        self._outputs: list[Any] = []
        self._drawn: Result | None = None

    def publish(self) -> None:
        """Put an output into the cell that is being run; nothing outside of a notebook."""
        from IPython import get_ipython
        from IPython.display import display

        shell = get_ipython()
        if shell is not None and hasattr(shell, "kernel"):
            text = {"text/plain": WITHOUT_WIDGETS}
            with in_the_cell(shell):
                output = display(text, raw=True, display_id=True)  # type: ignore[no-untyped-call]
            self._outputs.append(output)
            self._drawn = None

    def draw(self, result: Result) -> None:
        """Replace the picture in every such output."""
        if not self._outputs or self._drawn is result:
            return
        from ncviz import figures

        picture = {
            "image/png": as_text(figures.png(figures.explorer(result), dpi=100)),
            "text/plain": f"<Explorer: S = {result.s}>",
        }
        for output in self._outputs:
            output.update(picture, metadata=ABOUT, raw=True)
        self._drawn = result


@contextmanager
def in_the_cell(shell: Any) -> Iterator[None]:
    """What is shown meanwhile stands in the cell itself, and not in an `ipywidgets.Output`.

    An Output takes all that the run of a cell shows, but a notebook does not keep what is in it.
    """
    request = shell.get_parent().get("header", {}).get("msg_id", "")
    taking = [w for w in list(_instances.values()) if isinstance(w, Output) and w.msg_id]
    taking = [output for output in taking if output.msg_id == request]
    for stream in (sys.stdout, sys.stderr):
        stream.flush()  # what was printed before is the Output's
    for output in taking:
        output.msg_id = ""
    yield
    for output in taking:
        output.msg_id = request


class LessonStill:
    """Outputs of the notebook that hold, as text and picture, what the card above all says.

    A widget's own output cannot be replaced without drawing the widget anew under the user's
    hands. So this has an output of its own just above, which the style sheet of the live widget
    hides. What is left in a notebook without a kernel is this.
    """

    def __init__(self) -> None:
        self._outputs: list[Any] = []

    @property
    def published(self) -> bool:
        """Whether there is such an output."""
        return bool(self._outputs)

    def publish(self, text: str, picture: dict[str, Any]) -> None:
        """Put an output into the cell that is being run; nothing outside of a notebook."""
        from IPython import get_ipython
        from IPython.display import display

        shell = get_ipython()
        if shell is not None and hasattr(shell, "kernel"):
            data = bundle(text, picture)
            with in_the_cell(shell):
                output = display(data, raw=True, display_id=True)  # type: ignore[no-untyped-call]
            self._outputs.append(output)

    def tell(self, text: str, picture: dict[str, Any]) -> None:
        """Replace what every such output says."""
        for output in self._outputs:
            output.update(bundle(text, picture), raw=True)


def bundle(text: str, picture: dict[str, Any]) -> dict[str, str]:
    r"""A text, its first line strong, and a picture, as a notebook holds them."""
    first, *others = (escape(line) for line in text.splitlines())
    html = f"<p><strong>{first}</strong></p>" + "".join(f"<p>{line}</p>" for line in others)
    data = {"text/plain": text}
    if picture:
        data["image/png"] = b64encode(picture["png"]).decode()
        about = f'alt="{escape(picture["alt"])}" width="{picture["width"]}"'
        html += f'<img src="data:image/png;base64,{data["image/png"]}" {about}>'
    # Of several forms a notebook shows the richest, and so the text with the picture in it.
    data["text/html"] = f'<div class="ncviz-lesson-still">{html}</div>'
    return data
