"""A picture as a page shows it: an SVG in the page's own colours and letters."""

import re
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self, cast
from xml.etree import ElementTree

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, ListedColormap, to_hex
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from ncviz.figures.parts.output import SvgText, as_matplotlib_comes, svg_by
from ncviz.figures.parts.style import Style
from ncviz.inference import Array

Node = str | tuple[str, dict[str, str], list["Node"]]
"""A text, or an element: its name, its attributes, and what is in it."""

CLOUD = 20
"""So many dots are drawn as one."""

VARIABLES = (
    *("panel", "ink", "muted", "rule", "edge", "alice", "bob", "alice-ink", "bob-ink"),
    *("signal", "plus", "minus", "neutral"),
)
"""Those of ``widgets/static/base.css``, in the order of the colours of a `Style`."""


@dataclass(frozen=True)
class PageStyle(Style):
    """Colours that stand for what a page calls them, in `css`: light or dark follows the page."""

    css: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, inches: float, titled: bool = False) -> Self:
        """The colours of a page, for a picture so wide."""
        css = {_stand_in(k): f"var(--ncviz-{name})" for k, name in enumerate(VARIABLES)}
        colors: Any = [*css]
        own: Any = {"width": inches, "titled": titled, "css": css}
        return cls(*colors, **own)

    def mixed(self, color: str, behind: str, share: float) -> str:
        """Another colour that stands for the mixture."""
        top, below = (self.css.get(one, one) for one in (color, behind))
        return self._standing_for(f"color-mix(in srgb, {top} {100 * share:.4g}%, {below})")

    def either(self, light: str, dark: str) -> str:
        """Another colour that stands for the one of the page's theme."""
        return self._standing_for(f"light-dark({light}, {dark})")

    def _standing_for(self, css: str) -> str:
        new = _stand_in(len(self.css))
        self.css[new] = css
        return new

    def scale(self, low: str, middle: str, high: str) -> Colormap:
        """Colours that stand for mixtures with the middle one."""
        steps = np.linspace(-1, 1, 256)
        return ListedColormap(
            [self.mixed(high if at > 0 else low, middle, abs(float(at))) for at in steps]
        )


def _stand_in(k: int) -> str:
    return f"#fe{k:04x}"


@as_matplotlib_comes
def page_nodes(figure: Figure, style: PageStyle, name: str) -> list[Node]:
    """What is in the SVG of a figure that was drawn in this style; its ids begin with the name.

    As nodes, not as a text that a page would have to read as markup. A unit is a point.
    """
    figure.patch.set_visible(False)
    svg = svg_by(partial(_PageSvg, name), figure)
    return _kids(ElementTree.fromstring(svg), style.css)


def _kids(parent: ElementTree.Element, css: dict[str, str]) -> list[Node]:
    nodes: list[Node] = [parent.text] if parent.text and parent.text.strip() else []
    for element in parent:
        tag, kids = _plain(element.tag), _kids(element, css)
        attributes = {_plain(k): _in_css(v, css) for k, v in element.items()}
        # Most groups only say what belongs together.
        nodes += kids if tag == "g" and not attributes else [(tag, attributes, kids)]
    return nodes


def _in_css(value: str, css: dict[str, str]) -> str:
    value = re.sub('font-family: [^;"]*;? ?', "", " ".join(value.split()))
    return re.sub("#fe[0-9a-f]{4}", lambda found: css.get(found[0], found[0]), value)


def _plain(name: str) -> str:
    """Without its namespace."""
    return name.rpartition("}")[2]


def shares(ax: Axes, points: ArrayLike) -> Array:
    """Where points of the data stand: from the left and from the top, in shares of the figure."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    at: Array = ax.transData.transform(points) / figure.bbox.size
    at[..., 1] = 1 - at[..., 1]
    return at


class _PageSvg(SvgText):
    """Without ids that nothing refers to, and without rules for the whole page."""

    def __init__(self, name: str, *args: Any, **options: Any) -> None:
        self.name = name
        cast(Any, super()).__init__(*args, **options)

    def open_group(self, s: str, gid: str | None = None) -> None:
        """Begin a group."""
        writer: Any = self.writer
        writer.start("g")

    def draw_markers(
        self, gc: Any, marker: Any, scale: Any, path: Any, trans: Any, rgbFace: Any = None
    ) -> None:
        """Draw a cloud of dots as one path, a tenth as long as a mark for each."""
        if gc.get_linewidth() or rgbFace is None or len(path.vertices) < CLOUD:
            cast(Any, super()).draw_markers(gc, marker, scale, path, trans, rgbFace)
            return
        at = trans.transform(path.vertices)
        dots = "".join(f"M{x:.5g},{y:.5g}h0" for x, y in at * (1, -1) + (0, self.height))
        alpha = gc.get_alpha() if gc.get_forced_alpha() else (*rgbFace, 1.0)[3]
        size = marker.get_extents(scale).width
        stroke = f"stroke: {to_hex(rgbFace)}; stroke-width: {size:.3g}; stroke-opacity: {alpha:.3g}"
        writer, clip = cast(Any, self.writer), cast(Any, self)._get_clip_attrs(gc)
        writer.element("path", d=dots, style=f"fill: none; {stroke}; stroke-linecap: round", **clip)

    def _write_default_style(self) -> None:
        """Leave it to the page's style sheet."""

    def _make_id(self, type: str, content: object) -> str:
        return f"{self.name}-{super()._make_id(type, content)}"
