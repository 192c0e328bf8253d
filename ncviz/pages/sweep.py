"""A sweep's store as one HTML page that needs nothing beside it."""

import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ncviz import figures
from ncviz.basics.handing import hands_out
from ncviz.basics.writing import written_whole
from ncviz.bert import ranks as bert_ranks
from ncviz.bert.experiment import LoraExperiment
from ncviz.experiment import Experiment
from ncviz.pages.document import HONEST, document, interval, number, picture, table
from ncviz.sweeps import Sweep
from ncviz.sweeps.curve import AXES, MOST_CURVES, curves, curves_sentence
from ncviz.sweeps.frames import cell_summaries, in_frame
from ncviz.sweeps.grid import groups, in_words, others_of
from ncviz.sweeps.store import Store

AT_ONCE = 100  # cells whose runs are in memory together
MOST_SIZES, MOST_RATES = 20, 12  # more than so many cannot be told apart on a curve, and in a map


def write_report(folder: "str | os.PathLike[str]") -> Path:
    """Write what a sweep's store holds as ``report.html`` in it."""
    store = Store.open(folder, Experiment, LoraExperiment)
    html, page = _page(Found.read(store)), store.folder / "report.html"
    with written_whole(page) as part:
        part.write_text(html, encoding="utf-8")
    return page


@hands_out("summary")
@dataclass(frozen=True)
class Found:
    """What a store holds; the runs of its cells are read again for those that are drawn."""

    store: Store
    base: Any  # an Experiment or a LoraExperiment
    files: dict[Any, str]  # experiment → the name of its file, in order
    summary: pd.DataFrame  # a row a cell, its `cell_summary`
    versions: set[str]  # with which cells were made
    unsealed: int  # cells that carry no digest

    @classmethod
    def read(cls, store: Store) -> "Found":
        """All cells of a store, some at a time."""
        files, parts, versions = dict[Any, str](), list[pd.DataFrame](), set[str]()
        unsealed, each = 0, store.each()
        while some := [*islice(each, AT_ONCE)]:
            # Two names of one task, of which this process knows neither, make one experiment.
            new = {cell.experiment: cell for cell in some if cell.experiment not in files}
            columns = [cell.columns for cell in new.values()]
            parts.append(pd.DataFrame(cell_summaries([*new], columns)))
            files |= {experiment: cell.path.name for experiment, cell in new.items()}
            versions |= {", ".join(f"{k} {v}" for k, v in cell.versions.items()) for cell in some}
            unsealed += sum(not cell.sealed for cell in some)
        if not files:
            raise ValueError(f"{store.folder} has no finished cell yet")
        place = {cell: k for k, cell in enumerate(files)}
        ordered = store.ordered(files)
        summary = pd.concat(parts, ignore_index=True).iloc[[place[cell] for cell in ordered]]
        files = {cell: files[cell] for cell in ordered}
        return cls(store, store.base(files), files, summary, versions, unsealed)

    @property
    def varied(self) -> tuple[str, ...]:
        """The fields that differ."""
        return self.store.plan.varied

    def part(self, cells: Iterable[Any], whole: bool = True) -> Sweep:
        """The sweep of some cells only, with or without their runs."""
        some = tuple(cells)
        read = some if whole else ()
        frames = {c: self.store.read(self.store.folder / self.files[c]).frame for c in read}
        return Sweep(self.base, self.varied, some, frames)


def _page(found: Found) -> str:
    over = ", ".join(found.varied).replace("_", " ")
    cells, runs = len(found.files), sum(cell.runs for cell in found.files)
    parts = [
        f"<h1>A sweep over {escape(over)}</h1>",
        f"<p>{cells} cells, {runs} runs, four networks each. {escape(HONEST)}</p>",
        *_pictures(found),
        "<h2>Every cell</h2>",
        "<p>S, δ and D with their 95 % intervals over runs; n is how many runs they are over "
        "(diverged ones are left out). Swing: how far the late held-out losses move about their "
        "trend (standard deviation, nats).</p>",
        f'<div class="wide">{_table(found)}</div>',
        "<h2>Make it again</h2>",
        *_code(found),
        f"<p>Made with {escape('; '.join(sorted(found.versions)))}. The same versions on the same "
        "kind of machine give the same numbers to the bit.</p>",
    ]
    if found.unsealed:
        checked = "that their numbers fit each other and their experiment was checked"
        said = f"of format 1, which had no digest: {checked}, not that no bit has changed."
        parts.append(f"<p>{found.unsealed} of {cells} cells are {said}</p>")
    return document(f"ncviz: a sweep over {over}", parts)


def _pictures(found: Found) -> list[str]:
    if isinstance(found.base, LoraExperiment):
        return _ranks(found) if found.varied == ("rank",) else []
    curve = _capacity(found) if "hidden" in found.varied else []
    return [*curve, *(_regimes(found) if {*AXES} & {*found.varied} else [])]


def _capacity(found: Found) -> list[str]:
    by_label = groups(found.part(found.files, whole=False), ("hidden",))
    labels, sizes = thinned([*by_label], MOST_CURVES), _sizes(found.files)
    some = {*thinned(sizes, MOST_SIZES)}
    drawn = found.part(c for label in labels for c in by_label[label] if c.hidden in some)
    others = in_words(others_of(drawn, ("hidden",))) or "other field"
    said = [
        curves_sentence(curves(drawn)),
        *_left_out(f"lines, one for each {others},", len(labels), len(by_label)),
        *_left_out("hidden sizes", len(some), len(sizes)),
    ]
    return picture("Capacity curve", " ".join(said), lambda: figures.capacity(drawn))


def _regimes(found: Found) -> list[str]:
    by_label = groups(found.part(found.files, whole=False), AXES)
    label, cells = next(iter(by_label.items()))
    sizes, rates = _sizes(cells), sorted({cell.learning_rate for cell in cells})
    some = {*thinned(sizes, MOST_SIZES)}, {*thinned(rates, MOST_RATES)}
    drawn = found.part(c for c in cells if c.hidden in some[0] and c.learning_rate in some[1])
    others = others_of(drawn, AXES)
    where = {name: getattr(cells[0], name) for name in others}
    said = [
        "S at each size and learning rate; 2 is what no influence could pass.",
        *([f"Drawn for {in_words(others)} {label}: one of {len(by_label)} maps."] if where else []),
        *_left_out("hidden sizes", len(some[0]), len(sizes)),
        *_left_out("learning rates", len(some[1]), len(rates)),
    ]
    return picture("Regime map", " ".join(said), lambda: figures.regimes(drawn, where=where))


def _ranks(found: Found) -> list[str]:
    drawn = found.part(thinned([*found.files], MOST_SIZES))
    ranks = bert_ranks.ranks_of(drawn)
    said = [bert_ranks.sentence(ranks, found.base.measured_on)]
    said += _left_out("ranks", len(ranks), len(found.files))
    title = f"{found.base.backbone}, {found.base.steps} steps"
    return picture("S against rank", " ".join(said), lambda: bert_ranks.draw(ranks, title))


def _sizes(cells: Iterable[Any]) -> list[int]:
    return sorted({cell.hidden for cell in cells})


def thinned(values: Sequence[Any], most: int) -> list[Any]:
    """Some of many values, evenly through their order, whatever was found there."""
    some = np.linspace(0, len(values) - 1, min(most, len(values)))
    return [values[k] for k in some.round().astype(int)]


def _left_out(what: str, drawn: int, there: int) -> list[str]:
    """A sentence where not all is drawn."""
    said = f"Drawn are {drawn} of {there} {what} evenly through their order; the other "
    return [] if drawn == there else [f"{said}{there - drawn} are in the table."]


def _table(found: Found) -> str:
    heads = ("S", "n", "share above 2", "δ", "D", "held-out error", "swing", "regime")
    rows = [
        [
            *(in_frame(getattr(cell, name)) for name in found.varied),
            *(interval(row, "S"), row["n"], number(row["above"])),
            *(interval(row, "delta"), interval(row, "D")),
            *(number(row["test_error"], ".3f"), number(row["swing"], ".3f"), row["regime"]),
        ]
        for cell, row in zip(found.files, found.summary.to_dict("records"), strict=True)
    ]
    return table([*found.varied, *heads], rows)


def _code(found: Found) -> list[str]:
    """The call that makes the sweep."""
    values = {n: [*dict.fromkeys(getattr(cell, n) for cell in found.files)] for n in found.varied}
    fields = "".join(f",\n    {name}={_written(several)}" for name, several in values.items())
    kind = type(found.base).__name__
    room = "ncviz.bert" if kind == "LoraExperiment" else "ncviz"
    text = (
        f"from {room} import {kind}\nfrom ncviz import sweep\n\n"
        f"s = sweep(\n    {found.base.code()}{fields},\n)"
    )
    grid = math.prod(len(several) for several in values.values())
    fewer = f"<p>Of the {grid} cells of this grid {len(found.files)} are finished.</p>"
    return [f"<pre>{escape(text)}</pre>", *([fewer] if grid > len(found.files) else [])]


def _written(values: list[Any]) -> str:
    """Values as Python has them, whole numbers in a row as a range."""
    if len(values) > 2 and all(type(value) is int for value in values):
        row = range(values[0], values[-1] + 1)
        return repr(row if values == [*row] else values)
    return repr(values)
