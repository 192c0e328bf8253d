"""Pictures beside a widget: the last one, for a notebook without a kernel, and a lesson's."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from itertools import groupby
from typing import Any

import traitlets
from ipywidgets import Output
from ipywidgets.widgets.widget import _instances  # Widget.widgets, without its warning

from ncviz.basics.checks import short
from ncviz.results.result import Result
from ncviz.widgets.parts.door import PageWidget
from ncviz.widgets.parts.view import as_text, close_with_layout, css, esm, figure_of

WITHOUT_WIDGETS = (
    "The live Explorer stands here in JupyterLab and Voila. Where widgets cannot load, "
    "its last picture takes this place."
)

# Its width, by which the style sheet finds the picture where it does not stand above the widget
ABOUT = {"image/png": {"width": 1200}}
SHARPNESS = 2  # pixels of a picture for each pixel of an ordinary screen
DOTS = 96  # CSS pixels an inch


class _Outputs:
    """Outputs above a widget, which the style sheet of the live one hides.

    A widget's own output cannot be replaced without drawing it anew under the user's hands.
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
    """What is shown meanwhile stands in the cell itself, not in an Output, which is not kept."""
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


class Reveal(PageWidget):
    """A picture and paragraphs, and whether a picture is to follow; nothing at first."""

    _esm = esm("base", "controls", "lesson_reveal")
    _css = css("base", "lesson")

    picture = traitlets.Dict().tag(sync=True)
    drawing = traitlets.Bool(False).tag(sync=True)
    paragraphs = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def clear(self) -> None:
        """Show nothing."""
        self.change(picture={}, drawing=False, paragraphs=[])

    def close(self) -> None:
        """Free the widget and its layout."""
        close_with_layout(self)


def drawn_as_png(drawn: object, more: str) -> dict[str, Any]:
    """A picture as the browser shows it: its bytes, its size in CSS pixels, and what it shows."""
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ncviz import figures

    if not isinstance(drawn, Axes | Figure):
        raise ValueError(f"picture must return Axes or a Figure, not {short(drawn)}")
    figure = figure_of(drawn) if isinstance(drawn, Axes) else drawn
    width, height = figure.get_size_inches()
    return {
        "png": figures.png(figure, dpi=SHARPNESS * DOTS),
        "alt": f"{_title(figure)} {more}".strip(),
        "width": round(width * DOTS),
        "height": round(height * DOTS),
    }


def paragraphs(text: str) -> list[str]:
    r"""The paragraphs of a text: a blank line ends one, and other line ends are only spaces."""
    blocks = groupby(map(str.split, text.splitlines()), bool)
    return [" ".join(word for line in lines for word in line) for there, lines in blocks if there]


def _title(figure: Any) -> str:
    """What the figure calls itself: its title, those of its axes, or what they have along them."""
    titles = [figure.get_suptitle(), *(ax.get_title() for ax in figure.axes)]
    found = [title for title in titles if title]
    if not found:
        named = [(ax.get_ylabel(), ax.get_xlabel()) for ax in figure.axes]
        found = [f"{y} against {x}" for y, x in named if x and y]
    return f"Picture: {'; '.join(found)}." if found else "Picture of what was found."
