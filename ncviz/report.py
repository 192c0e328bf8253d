"""A sweep's store as one HTML page that needs nothing beside it."""

import json
import os
from base64 import b64encode
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ncviz.inference import format_number
from ncviz.sweeps import Sweep
from ncviz.sweeps.curve import curves, curves_sentence
from ncviz.sweeps.store import Store

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAME = "report.html"

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


def write_report(folder: "str | os.PathLike[str]") -> Path:
    """Write what a sweep's store holds as ``report.html`` in it.

    Parameters
    ----------
    folder : path
        The store.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    ValueError
        If there is no store, or it has no finished cell.
    """
    store = Store.open(folder)
    found = store.sweep()
    if not found.finished:
        raise ValueError(f"{store.folder} has no finished cell yet")
    page = store.folder / NAME
    page.write_text(_page(found, store), encoding="utf-8")
    return page


def _page(sweep: Sweep, store: Store) -> str:
    over = ", ".join(sweep.varied).replace("_", " ")
    parts = [
        f"<h1>A sweep over {escape(over)}</h1>",
        f"<p>{len(sweep.finished)} cells, {len(sweep.runs)} runs, four networks each. "
        f"{escape(HONEST)}</p>",
        *_pictures(sweep),
        "<h2>Every cell</h2>",
        "<p>S, δ and D with their 95 % intervals over runs; n is how many runs they are over "
        "(diverged ones are left out). Swing: how far the late held-out losses move about their "
        "trend (standard deviation, nats).</p>",
        f'<div class="wide">{_table(sweep)}</div>',
        "<h2>Make it again</h2>",
        f"<pre>{escape(_code(sweep))}</pre>",
        f"<p>Made with {escape(_versions(store))}. The same versions on the same kind of machine "
        "give the same numbers to the bit.</p>",
    ]
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>ncviz: a sweep over {escape(over)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _pictures(sweep: Sweep) -> list[str]:
    from ncviz import figures

    parts = []
    if "hidden" in sweep.varied:
        said = curves_sentence(curves(sweep))
        parts += _picture("Capacity curve", said, lambda: figures.capacity(sweep))
        said = "S at each size and learning rate; 2 is what no influence could pass."
        parts += _picture("Regime map", said, lambda: figures.regimes(sweep))
    return parts


def _picture(title: str, caption: str, draw: "Callable[[], Axes]") -> list[str]:
    """A picture in the page, or why there is none."""
    from ncviz import figures

    try:
        png = b64encode(figures.png(draw().get_figure(root=True))).decode()
    except ValueError as error:
        return [f"<h2>{escape(title)}</h2>", f"<p>Not drawn: {escape(str(error))}.</p>"]
    return [
        f"<h2>{escape(title)}</h2>",
        f'<img src="data:image/png;base64,{png}" width="720" '
        f'alt="{escape(f"{title}. {caption}")}">',
        f"<p>{escape(caption)}</p>",
    ]


def _table(sweep: Sweep) -> str:
    heads = [
        *sweep.varied,
        "S",
        "n",
        "share above 2",
        "δ",
        "D",
        "held-out error",
        "swing",
        "regime",
    ]
    rows = []
    for row in sweep.summary.to_dict("records"):
        three = [
            f"{_number(row[name])} [{_number(row[f'{name}_low'])}, {_number(row[f'{name}_high'])}]"
            for name in ("S", "delta", "D")
        ]
        cells = [
            *(row[name] for name in sweep.varied),
            three[0],
            row["n"],
            *(_number(row["above"]), *three[1:]),
            *(_number(row["test_error"], ".3f"), _number(row["swing"], ".3f"), row["regime"]),
        ]
        rows.append("".join(f"<td>{escape(str(cell))}</td>" for cell in cells))
    head = "".join(f'<th scope="col">{escape(str(name).replace("_", " "))}</th>' for name in heads)
    body = "\n".join(f"<tr>{row}</tr>" for row in rows)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def _number(value: float, spec: str = ".2f") -> str:
    return "–" if value != value else format_number(value, spec)


def _code(sweep: Sweep) -> str:
    """The call that makes the sweep."""
    values: dict[str, list[Any]] = {name: [] for name in sweep.varied}
    for cell in sweep.cells:
        for name in sweep.varied:
            if (value := getattr(cell, name)) not in values[name]:
                values[name].append(value)
    fields = "".join(f",\n    {name}={several!r}" for name, several in values.items())
    return (
        "from ncviz import Experiment, sweep\n\n"
        f"s = sweep(\n    {sweep.experiment.code()}{fields},\n)"
    )


def _versions(store: Store) -> str:
    found = {json.dumps(versions, sort_keys=True) for versions in store.versions()}
    each = [json.loads(text) for text in sorted(found)]
    return "; ".join(", ".join(f"{k} {v}" for k, v in versions.items()) for versions in each)
