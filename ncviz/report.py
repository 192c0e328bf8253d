"""A sweep's store as one HTML page that needs nothing beside it."""

import json
import os
from html import escape
from pathlib import Path
from typing import Any

from ncviz.page import HONEST, document, number, picture, table
from ncviz.sweeps import Sweep
from ncviz.sweeps.curve import curves, curves_sentence
from ncviz.sweeps.store import Store

NAME = "report.html"


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
    return document(f"ncviz: a sweep over {over}", parts)


def _pictures(sweep: Sweep) -> list[str]:
    from ncviz import figures

    parts = []
    if "hidden" in sweep.varied:
        said = curves_sentence(curves(sweep))
        parts += picture("Capacity curve", said, lambda: figures.capacity(sweep))
        said = "S at each size and learning rate; 2 is what no influence could pass."
        parts += picture("Regime map", said, lambda: figures.regimes(sweep))
    return parts


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
            f"{number(row[name])} [{number(row[f'{name}_low'])}, {number(row[f'{name}_high'])}]"
            for name in ("S", "delta", "D")
        ]
        rows.append(
            [
                *(row[name] for name in sweep.varied),
                three[0],
                row["n"],
                *(number(row["above"]), *three[1:]),
                *(number(row["test_error"], ".3f"), number(row["swing"], ".3f"), row["regime"]),
            ]
        )
    return table(heads, rows)


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
