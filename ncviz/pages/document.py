"""HTML pages that need nothing beside them: pictures within, no script, no address."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from ncviz import figures
from ncviz.inference import format_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STYLE = """
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c1c1c; background: #fff;
  font: 16px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
img { max-width: 100%; height: auto; }
table { border-collapse: collapse; font-size: 0.85rem; }
.wide { overflow-x: auto; }
th, td { padding: 0.2rem 0.6rem; border-bottom: 1px solid #ddd; text-align: right; }
pre { padding: 0.8rem; overflow-x: auto; background: #f5f5f3; }
"""

HONEST = (
    "An S above 2 is no sign of anything quantum here: the partner’s task changes outcomes through "
    "the neurons that both heads share. δ is the sum of the visible changes of the four mean "
    "outcomes; where D = s_odd − 2 − δ is below 0, they are large enough to explain the excess."
)


def document(title: str, parts: Iterable[str], style: str = "") -> str:
    """A whole page."""
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}{style}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def picture(
    title: str, caption: str, draw: "Callable[[], Axes]", width: int = 720, level: int = 2
) -> list[str]:
    """A heading, a picture and a sentence; or the heading, and why there is no picture."""
    heading = f"<h{level}>{escape(title)}</h{level}>"
    try:
        figure = draw().get_figure(root=True)
        inches = figure.get_size_inches()[0] if figure else 4.0
        png = b64encode(figures.png(figure, max(200, width / inches))).decode()
    except ValueError as error:
        return [heading, f"<p>Not drawn: {escape(str(error))}.</p>"]
    return [
        heading,
        f'<img src="data:image/png;base64,{png}" width="{width}" '
        f'alt="{escape(f"{title}. {caption}")}">',
        f"<p>{escape(caption)}</p>",
    ]


def table(heads: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """A table, its cells escaped."""
    head = "".join(f'<th scope="col">{escape(str(name).replace("_", " "))}</th>' for name in heads)
    each = ("".join(f"<td>{escape(str(cell))}</td>" for cell in row) for row in rows)
    body = "\n".join(f"<tr>{row}</tr>" for row in each)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def interval(row: Mapping[str, Any], name: str) -> str:
    """A number of a row with the ends of its interval."""
    return f"{number(row[name])} [{number(row[f'{name}_low'])}, {number(row[f'{name}_high'])}]"


def number(value: float, spec: str = ".2f") -> str:
    """A number for a table; a dash where there is none."""
    return "–" if value != value else format_number(value, spec)
