"""A picture beside the widget: for a notebook opened later, and where no widget can load."""

import sys
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


class _Outputs:
    """Outputs of the notebook just above a widget, which the style sheet of the live one hides.

    A widget's own output cannot be replaced without drawing the widget anew under the user's
    hands. What is left in a notebook without a kernel are these.
    """

    def __init__(self) -> None:
        self._outputs: list[Any] = []

    @property
    def published(self) -> bool:
        """Whether there is such an output."""
        return bool(self._outputs)

    def _publish(self, data: dict[str, str]) -> None:
        """Put an output into the cell that is being run; nothing outside of a notebook."""
        from IPython import get_ipython
        from IPython.display import display

        shell = get_ipython()
        if shell is not None and hasattr(shell, "kernel"):
            with _in_the_cell(shell):
                output = display(data, raw=True, display_id=True)  # type: ignore[no-untyped-call]
            self._outputs.append(output)

    def _replace(self, data: dict[str, str], about: dict[str, Any] | None = None) -> None:
        for output in self._outputs:
            output.update(data, metadata=about, raw=True)


class Still(_Outputs):
    """Holds the Explorer's last picture."""

    _drawn: Result | None = None

    def publish(self) -> None:
        """Put an output into the cell that is being run."""
        self._publish({"text/plain": WITHOUT_WIDGETS})
        self._drawn = None

    def draw(self, result: Result) -> None:
        """Replace the picture in every such output."""
        if not self.published or self._drawn is result:
            return
        from ncviz import figures

        picture = {
            "image/png": as_text(figures.png(figures.explorer(result), dpi=100)),
            "text/plain": f"<Explorer: S = {result.s}>",
        }
        self._replace(picture, ABOUT)
        self._drawn = result


class LessonStill(_Outputs):
    """Holds, as text and picture, what the card of a lesson says."""

    def publish(self, text: str, picture: dict[str, Any]) -> None:
        """Put an output into the cell that is being run."""
        self._publish(bundle(text, picture))

    def tell(self, text: str, picture: dict[str, Any]) -> None:
        """Replace what every such output says."""
        self._replace(bundle(text, picture))


@contextmanager
def _in_the_cell(shell: Any) -> Iterator[None]:
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


def bundle(text: str, picture: dict[str, Any]) -> dict[str, str]:
    r"""A text, its first line strong, and a picture, as a notebook holds them."""
    first, *others = (escape(line) for line in text.splitlines())
    html = f"<p><strong>{first}</strong></p>" + "".join(f"<p>{line}</p>" for line in others)
    data = {"text/plain": text}
    if picture:
        data["image/png"] = as_text(picture["png"])
        about = f'alt="{escape(picture["alt"])}" width="{picture["width"]}"'
        html += f'<img src="data:image/png;base64,{data["image/png"]}" {about}>'
    # Of several forms a notebook shows the richest, and so the text with the picture in it.
    data["text/html"] = f'<div class="ncviz-lesson-still">{html}</div>'
    return data
