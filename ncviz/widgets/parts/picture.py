"""What a lesson tells after the run: a picture of what was found, and why it is so."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import traitlets

from ncviz.basics.checks import short
from ncviz.widgets.parts.door import PageWidget
from ncviz.widgets.parts.settled import on_page
from ncviz.widgets.parts.view import Frame, close_with_layout, css, esm, figure_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Pictures(PageWidget):
    """Cards with a picture each."""

    _esm = esm("base", "controls", "drawn", "pictures")
    _css = css("base", "picture", "pictures")

    pictures = traitlets.List(traitlets.Dict()).tag(sync=True)
    note = traitlets.Unicode().tag(sync=True)

    def drawn(self, name: str, draw: "Callable[..., Axes]") -> "tuple[Axes, Frame]":
        """One of them, with its title in it."""
        from ncviz.figures.parts.page import PageStyle

        style = PageStyle.of(INCHES, titled=True)
        axes = draw(style=style)
        return axes, {"id": name, **on_page(axes, style, f"ncviz-{self.model_id}-{name}")}


INCHES = 4.0
"""How wide a picture in a card is."""

SHARPNESS = 2
"""Pixels of a picture for each pixel of an ordinary screen."""

DOTS = 96
"""CSS pixels an inch."""


class Reveal(PageWidget):
    """A picture and paragraphs; nothing at first."""

    _esm = esm("base", "controls", "lesson_reveal")
    _css = css("base", "lesson")

    picture = traitlets.Dict().tag(sync=True)
    drawing = traitlets.Bool(False).tag(sync=True)
    paragraphs = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def clear(self) -> None:
        """Show nothing."""
        with self.hold_sync():
            self.picture, self.drawing, self.paragraphs = {}, False, []

    def tell(self, paragraphs: list[str], drawing: bool) -> None:
        """Show paragraphs, and whether a picture is to follow."""
        with self.hold_sync():
            self.paragraphs, self.drawing = paragraphs, drawing

    def show_picture(self, picture: dict[str, Any]) -> None:
        """Show what was drawn; an empty dict if there is nothing to show."""
        with self.hold_sync():
            self.picture, self.drawing = picture, False

    def close(self) -> None:
        """Free the widget and its layout."""
        close_with_layout(self)


def drawn_as_png(drawn: object, more: str) -> dict[str, Any]:
    """A picture as the browser shows it: its bytes, its size in CSS pixels, and what it shows."""
    from ncviz import figures

    figure = _figure(drawn)
    width, height = figure.get_size_inches()
    return {
        "png": figures.png(figure, dpi=SHARPNESS * DOTS),
        "alt": f"{_title(figure)} {more}".strip(),
        "width": round(width * DOTS),
        "height": round(height * DOTS),
    }


def paragraphs(text: str) -> list[str]:
    r"""The paragraphs of a text: a blank line ends one, and other line ends are only spaces."""
    blocks: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.strip():
            blocks[-1].append(" ".join(line.split()))
        else:
            blocks.append([])
    return [" ".join(block) for block in blocks if block]


def _figure(drawn: object) -> "Figure":
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    if isinstance(drawn, Axes):
        return figure_of(drawn)
    if isinstance(drawn, Figure):
        return drawn
    raise ValueError(f"picture must return Axes or a Figure, not {short(drawn)}")


def _title(figure: "Figure") -> str:
    """What the figure calls itself: its title, those of its axes, or what they have along them."""
    titles: Sequence[str] = [figure.get_suptitle(), *(ax.get_title() for ax in figure.axes)]
    found = [title for title in titles if title]
    if not found:
        named = [(ax.get_ylabel(), ax.get_xlabel()) for ax in figure.axes]
        found = [f"{y} against {x}" for y, x in named if x and y]
    return f"Picture: {'; '.join(found)}." if found else "Picture of what was found."
