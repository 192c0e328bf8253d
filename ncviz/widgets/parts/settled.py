"""A picture that `ncviz.figures` draws and a page shows in its own colours, at rest."""

import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
import traitlets

from ncviz.widgets.parts.door import PageWidget, on_message
from ncviz.widgets.parts.layout import Fold
from ncviz.widgets.parts.view import Frame, Shown, css, esm, figure_of
from ncviz.widgets.running.runner import Runner
from ncviz.widgets.running.turns import Turn

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from ncviz.figures.parts.style import Style

DOTS = 100  # CSS pixels an inch
NARROWEST, WIDEST = 240, 860  # widths that a picture is drawn for, in CSS pixels
USUAL = 640  # for a page that has not told how wide it is
INCHES = 4.0  # how wide a picture in a card is
# Words change four times a second while it trains; a picture is drawn when they rest.
QUIET_SECONDS = 0.3
# Left, top, width and height, in shares of the picture.
Box = tuple[float, float, float, float]
# The name of a picture, what draws it, and what tells caption and words of its axes.
Drawing = tuple[str, Callable[..., Any], Callable[[Any], Frame]]


class Target(NamedTuple):
    """A part of the picture that is pointed at, walked to by keys and, in some, pressed."""

    words: str  # what it shows
    boxes: Sequence[Box]  # where it stands; a point has no size, and a strip no width
    here: bool = False  # whether the Explorer stands there
    key: Any = None  # what is told to Python when it is pressed


class PictureView(Shown):
    """Base of the views whose picture is drawn by a function of `ncviz.figures`.

    It is drawn on a thread of its own as soon as a page shows the view, and again when what it
    shows has come to rest. A subclass says how (`_axes`), and what in it can be read (`_targets`);
    where its frame is "empty", the words are all there is.
    """

    _esm = esm("base", "controls", "drawn", "picture")
    _css = css("base", "controls", "statement", "picture")

    about = traitlets.Dict(help="Words that stay, and the kind of targets.").tag(sync=True)
    picture = traitlets.Dict(help="SVG nodes, size in pixels, targets.").tag(sync=True)
    # How wide it may be, in CSS pixels; 0 before the page has said it.
    room = traitlets.Int(0, min=0, max=WIDEST).tag(sync=True, from_page=True)
    problem = traitlets.Unicode(help="Why it could not be drawn.").tag(sync=True)

    ABOUT: ClassVar[Frame] = {}

    # No constructor: that of what it shows stays the subclass's own.
    _version = 0  # of what is shown
    _drawn_for = (0, 0)
    _drawn_targets: tuple[int, Sequence[Target]] = (0, ())

    @traitlets.default("about")
    def _own_words(self) -> Frame:
        return self.ABOUT

    @cached_property
    def _lock(self) -> threading.RLock:
        return threading.RLock()

    @cached_property
    def _runner(self) -> Runner[bool]:
        return Runner(self._answer, self._fail, "ncviz-picture", Turn)

    def _tell(self, frame: Frame) -> None:
        with self._lock:
            self._version += 1
        super()._tell({**frame, "version": self._version} if frame else {})
        self._wish()

    @traitlets.observe("room")
    def _wish(self, _change: Any = None) -> None:
        if self.room:
            self._runner.submit(self._runner.quiet_for() > QUIET_SECONDS)

    def draw(self) -> None:
        """Draw what is shown now, unless it is drawn."""
        with self._lock:
            wanted = (self._version, self.room)
            if wanted == self._drawn_for:
                return
            there = self.frame and not self.frame.get("empty")
            self.picture = self._picture() if there else {}
            self._drawn_for, self.problem = wanted, ""

    def close(self) -> None:
        """End the drawing; free the view and its layout."""
        self._runner.close()
        super().close()

    def _answer(self, at_once: bool) -> Generator[None, None, None]:
        if not at_once:
            self._runner.wait_for_quiet(QUIET_SECONDS)
        yield
        self.draw()

    def _fail(self, trace: str) -> None:
        self.problem = f"This picture could not be drawn: {trace.strip().splitlines()[-1]}"

    def _picture(self) -> Frame:
        version, inches = self._version, (self.room or USUAL) / DOTS
        axes, drawn = on_page(self._axes, inches, f"ncviz-{self.model_id}")
        targets = list(self._targets(axes))  # only now do axes within axes stand in their places
        self._drawn_targets = (version, targets)
        shown = [{"words": t.words, "boxes": t.boxes, "here": t.here} for t in targets]
        return {**drawn, "targets": shown, "version": version}

    def _settled(self) -> "Figure | None":
        from ncviz.figures import LIGHT

        return figure_of(self._axes(LIGHT)) if self.frame else None

    def _axes(self, style: "Style") -> "Axes":
        raise NotImplementedError

    def _targets(self, axes: "Axes") -> Iterable[Target]:
        return ()

    def _on_press(self, press: Callable[[Any], None]) -> None:
        """Let ``press(key)`` be called with the key of a target that is pressed."""

        def receive(choose: int, version: int) -> None:
            # By the number of the drawing: the picture may have changed since it was pressed.
            drawn, targets = self._drawn_targets
            if version == drawn and 0 <= choose < len(targets):
                press(targets[choose].key)

        on_message(self, receive, {"choose": int, "version": int})


class Pictures(PageWidget):
    """Cards with a picture each."""

    _esm = esm("base", "controls", "drawn", "pictures")
    _css = css("base", "picture", "pictures")

    pictures = traitlets.List(traitlets.Dict()).tag(sync=True)
    note = traitlets.Unicode().tag(sync=True)


class PictureFold(Fold):
    """Pictures of one thing under a button; nothing is drawn while they are folded away."""

    def __init__(self, text: str, on_wish: Callable[..., None]) -> None:
        self.pictures = Pictures()
        super().__init__(text, [self.pictures])
        self._drawn: object = None
        self.button.observe(on_wish, "opened")

    def clear(self) -> None:
        """Show none."""
        self.pictures.pictures, self._drawn = [], None

    def draw(
        self, of: object, drawings: Callable[[], Iterable[Drawing]]
    ) -> Generator[None, None, None]:
        """Draw what is not drawn yet, a picture a step, on the worker."""
        if self._drawn is of:
            self.pictures.note = ""  # of a drawing that was given up
        elif self.opened:
            self.pictures.note = "drawing…"
            yield
            pictures = []
            for name, draw, told in drawings():
                named = f"ncviz-{self.pictures.model_id}-{name}"
                axes, drawn = on_page(partial(draw, of), INCHES, named, titled=True)
                pictures.append({"id": name, **drawn, **told(axes)})
                yield
            self.pictures.change(pictures=pictures, note="")
            self._drawn = of


def on_page(
    draw: Callable[..., Any], inches: float, name: str, titled: bool = False
) -> tuple[Any, Frame]:
    """The axes of a picture so wide, and it as a page shows it; its ids begin with the name."""
    from ncviz.figures.parts.page import PageStyle, page_nodes

    style = PageStyle.of(inches, titled=titled)
    figure = figure_of(axes := draw(style=style))
    width, height = (round(side * DOTS) for side in figure.get_size_inches())
    return axes, {"svg": page_nodes(figure, style, name), "width": width, "height": height}


def boxes(axes: Any, corners: "ArrayLike") -> list[Box]:
    """Rectangles of the data, (x0, y0, x1, y1) each, as a `Target` has them."""
    from ncviz.figures.parts.page import shares

    at = np.asarray(corners, dtype=float)
    ends = np.sort([shares(axes, at[:, :2]), shares(axes, at[:, 2:])], axis=0)
    low, size = ends[0], ends[1] - ends[0]
    return [
        (float(x), float(y), float(w), float(h))
        for (x, y), (w, h) in zip(low.round(5), size.round(5), strict=True)
    ]


def strips(axes: Any, places: "ArrayLike") -> list[Box]:
    """Places along the x axis, from the top of the axes to their foot."""
    x, (low, high) = np.asarray(places, dtype=float), axes.get_ylim()
    return boxes(axes, np.column_stack([x, np.full(len(x), low), x, np.full(len(x), high)]))


def through(words: Sequence[str], above: Sequence[Box], below: Sequence[Box]) -> list[Target]:
    """Strips through two charts, from the top of the upper one to the foot of the lower one."""
    return [
        Target(said, [(x, y, width, foot + height - y)])
        for said, (x, y, width, _), (_, foot, _, height) in zip(words, above, below, strict=True)
    ]
