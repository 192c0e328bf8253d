"""A class's runs as one page for the projector."""

from collections.abc import Iterable
from functools import partial
from html import escape

from ncviz import figures
from ncviz.classroom.group import Group
from ncviz.classroom.pooled import Pooled
from ncviz.pages.document import HONEST, document, interval, picture, table
from ncviz.sweeps.curve import curves_sentence

MOST_GROUPS = 6  # smaller groups than these are listed only
WIDTH = 1100  # of a picture, in CSS pixels: legible from the last row

STYLE = """
body { max-width: min(110rem, 94vw); margin: 1rem auto; padding: 0;
  font-size: clamp(1rem, 0.7rem + 0.7vw, 1.5rem); }
h1, h2, h3 { margin: 0.6em 0 0.3em; line-height: 1.2; }
p, li { max-width: 70ch; overflow-wrap: anywhere; }
th, td { white-space: nowrap; } th:first-child, td:first-child { text-align: left; }
img { display: block; width: 100%; max-height: 66vh; object-fit: contain; object-position: left; }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 34rem), 1fr));
  gap: 0 2.5rem; }
/* The pictures bear their titles; these are for those who go from heading to heading. */
.two h2, .two h3, .two h4 { position: absolute; clip-path: inset(50%); }
"""


def class_page(found: Pooled) -> str:
    """HTML that asks nothing of any other place: the largest group, others, what is left out."""
    first, *others = found.groups
    shown, listed = others[: MOST_GROUPS - 1], others[MOST_GROUPS - 1 :]
    parts = [
        "<h1>What the class found</h1>",
        f"<p>{escape(found.sentence)}</p>",
        *_group(first),
        f"<p>{escape(HONEST)}</p>",
    ]
    if first.regression is not None:  # what speaks against it, to be opened
        doubts = _list(first.regression.sentences[1:])
        parts += ["<details>", "<summary>Why to doubt the slope</summary>", *doubts, "</details>"]
    if others:
        parts += [
            "<h2>Other experiments</h2>",
            "<p>Runs are pooled only where everything but size, seed and number of runs is the "
            "same; what differs is named.</p>",
            *(part for group in shown for part in _group(group, level=3)),
            *_list(f"{group.label}: {len(group.runs):,} runs" for group in listed),
        ]
    counts = found.runs["student"].value_counts()
    rows = [(name, found.pinned[name], int(counts.get(name, 0))) for name in found.students]
    students = table(["student", "runs pinned", "counted here"], rows)
    parts += ["<h2>Who is in it</h2>", f'<div class="wide">{students}</div>']
    if found.shared:
        parts += ["<h2>Pinned by several students</h2>", *_list(found.shared)]
    if found.problems:
        parts += ["<h2>Left out</h2>", *_list(found.problems)]
    return document("ncviz: what the class found", parts, STYLE)


def _group(group: Group, level: int = 2) -> list[str]:
    """Curve, regression and table of comparable runs."""
    said, found, below = curves_sentence([group.curve]), group.regression, level + 1
    curve = picture("Capacity curve", said, lambda: figures.capacity(group.sweep), WIDTH, below)
    line = [f"<p>{escape(group.slope_sentence)}</p>"]
    if found is not None:
        draw = partial(figures.regression, found)
        line = picture("Regression", group.slope_sentence, draw, WIDTH, below)
    rows = [
        (row["hidden"], interval(row, "S"), row["runs"], row["students"], row["interval"])
        for row in group.table.to_dict("records")
    ]
    sizes = table(["hidden neurons", "mean S", "runs", "students", "95 % interval"], rows)
    return [
        f"<h{level}>{escape(group.label[:1].upper() + group.label[1:])}</h{level}>",
        '<div class="two">',
        *("<div>", *curve, "</div>", "<div>", *line, "</div>", "</div>"),
        f'<div class="wide">{sizes}</div>',
        f"<p>{escape(group.assumption)}</p>",
    ]


def _list(sentences: Iterable[str]) -> list[str]:
    return ["<ul>", *(f"<li>{escape(each)}</li>" for each in sentences), "</ul>"]
