"""What is asked for in the tab "S and generalisation": of which runs, and which regression."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ncviz.experiment import Experiment
from ncviz.regression import Regression, regress
from ncviz.results.pins import Pins
from ncviz.sweeps.frames import Sweep, in_frame
from ncviz.sweeps.grid import neurons
from ncviz.widgets.parts.controls import Choice, Option
from ncviz.widgets.parts.layout import box_of, show_box

if TYPE_CHECKING:
    import pandas as pd

FIELDS = tuple(field.name for field in fields(Experiment))

NOT_GROUPS = ("hidden", "seed", "runs")
"""Fields whose values do not make another kind of experiment."""

PEAK_SIZES = 2
"""Sizes that are needed before one of them can be called critical."""


@dataclass(frozen=True, eq=False)
class Source:
    """A frame of runs, a row a run, numbered from 0; and of which of the cells each row is."""

    frame: "pd.DataFrame"
    cells: tuple[Experiment, ...]
    cell: Any

    @classmethod
    def of_sweep(cls, sweep: Sweep | None) -> Self | None:
        """The finished cells of a sweep, or None where there is none."""
        if sweep is None or not sweep.finished:
            return None
        counts = [len(frame) for frame in sweep.finished.values()]
        return cls(sweep.runs, tuple(sweep.finished), np.repeat(np.arange(len(counts)), counts))

    @classmethod
    def of_pins(cls, pins: Pins) -> Self | None:
        """All pinned runs, or None where there are none."""
        pinned = [pins.experiment(row["id"]) for row in pins.rows]
        cells = tuple(experiment for experiment in pinned if experiment is not None)
        frame, counts = pins.frame, [cell.runs for cell in cells]
        if not cells or len(frame) != sum(counts):  # just now something was pinned or removed
            return None
        return cls(frame, cells, np.repeat(np.arange(len(cells)), counts))

    def experiment(self, row: int) -> Experiment:
        """The experiment of a row."""
        return self.cells[int(self.cell[row])]

    @property
    def critical(self) -> int | None:
        """The size at which the mean of S is largest; None where there are fewer than two."""
        means = self.frame.groupby(self._sizes)["S"].mean().dropna()
        return int(means.idxmax()) if len(means) >= PEAK_SIZES else None

    @property
    def sizes(self) -> list[int]:
        """All hidden sizes, rising."""
        return sorted({cell.hidden for cell in self.cells})

    @property
    def kinds(self) -> list[str]:
        """What else differs, in words: one entry for each combination, in order."""
        return list(dict.fromkeys(self._kind(cell) for cell in self.cells))

    def part(self, sizes: list[int], kind: str | None) -> "pd.DataFrame":
        """Rows of some hidden sizes and, unless it is None, of one kind; `hidden` is a column."""
        wanted = [cell.hidden in sizes and kind in (None, self._kind(cell)) for cell in self.cells]
        frame = self.frame.assign(hidden=self._sizes)
        return frame[np.array(wanted, dtype=bool)[self.cell]]

    @property
    def _sizes(self) -> Any:
        return np.array([cell.hidden for cell in self.cells])[self.cell]

    def _kind(self, cell: Experiment) -> str:
        parts = []
        for name in FIELDS:
            if name not in NOT_GROUPS and len({getattr(c, name) for c in self.cells}) > 1:
                value = in_frame(getattr(cell, name))
                text = f"{value:g}" if isinstance(value, float) else str(value)
                parts.append(text if name == "pairing" else f"{name.replace('_', ' ')} {text}")
        return ", ".join(parts)


ERRORS = {
    "test_error": ("held-out error", "Share of wrong answers on points not trained on."),
    "gap": ("gap", "Held-out error less training error."),
}
POINTS = {
    "split": (
        "different points for each",
        "S of one half, the error of the other: no shared arithmetic.",
    ),
    "same": (
        "the same points for both",
        "A marginal is 1 − 2 × error there: part is arithmetic.",
    ),
}
FORMULAS = {
    "line": ("a straight line", "S ~ error"),
    "levels": ("a level for each size", "S ~ error + C(hidden)"),
    "hinge": ("a line that bends", "S ~ error + max(0, error − threshold)"),
    "mixed": ("mixed model", "S ~ error, with a random level for each size."),
}
COVARIANCES = {
    "cluster": ("clustered by run", "Runs of one seed and number share points at all sizes."),
    "HC3": ("robust (HC3)", "Spread may differ from place to place; runs count as independent."),
    "nonrobust": ("classical", "One spread everywhere, independent runs: seldom true here."),
}

ALL, UP_TO, FROM = "all", "up to", "from"


@dataclass(frozen=True)
class Wish:
    """A regression that is asked for, by keys of `ERRORS`, `POINTS`, …, `subsets`, and a kind.

    The kind is one of `Source.kinds`; None for all of them together.
    """

    source: Source
    error: str
    points: str
    formula: str
    cov: str
    subset: str
    kind: str | None

    def regress(self) -> Regression:
        """The regression on the same points; with those of different points in ``.split``."""
        levels = " + C(hidden)" if self.formula == "levels" else ""
        return regress(
            self.source.part(sizes_of(self.source, self.subset), self.kind),
            f"S ~ {self.error}{levels}",
            within="hidden",
            cov=self.cov,
            kind=self.formula if self.formula in ("hinge", "mixed") else "ols",
        )

    def of(self, found: Regression) -> Regression:
        """The regression that is shown: on different points, where that is asked for."""
        return found.split if self.points == "split" and found.split is not None else found


def subsets(source: Source) -> dict[str, str]:
    """Which sizes can be asked for, in words; the critical size is the one of the largest S."""
    found = {ALL: "all sizes"}
    if len(source.sizes) == 1:
        return found
    n = source.critical
    if n is not None and n < source.sizes[-1]:
        found[UP_TO] = f"up to {neurons(n)}: too little capacity"
        found[FROM] = f"more than {neurons(n)}: enough capacity"
    return found | {str(n): f"{neurons(n)} only" for n in source.sizes}


def sizes_of(source: Source, subset: str) -> list[int]:
    """The hidden sizes of a subset."""
    n = source.critical
    if subset == ALL or (subset in (UP_TO, FROM) and n is None):
        return source.sizes
    if n is not None and subset in (UP_TO, FROM):
        return [size for size in source.sizes if (size <= n) == (subset == UP_TO)]
    return [size for size in source.sizes if str(size) == subset]


def options(table: dict[str, tuple[str, str]]) -> list[Option]:
    """The entries of a table, for a `Choice`."""
    return [{"id": key, "text": text, "hint": hint} for key, (text, hint) in table.items()]


NAMES = {"sweep": "the sweep in hand", "pins": "pinned runs"}
"""Where runs come from; the first that has any is chosen, until the user chooses."""

POOLED = "What differs between them, too, may drive both S and the error."


class RegressionForm:
    """Six or seven lists, which follow the runs that there are."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._offering = False
        self._own_source = False
        self._touched = "source"
        nothing = [{"id": "", "text": "–"}]
        self._choices = {
            "source": Choice("regression-source", "Runs from", nothing),
            "error": Choice("regression-error", "Error", options(ERRORS)),
            "subset": Choice("regression-subset", "Sizes", nothing),
            "kind": Choice("regression-kind", "Of these runs", nothing),
            "points": Choice("regression-points", "Points for S and error", options(POINTS)),
            "formula": Choice("regression-formula", "Model", options(FORMULAS)),
            "cov": Choice("regression-cov", "Intervals", options(COVARIANCES)),
        }
        for name, choice in self._choices.items():
            choice.observe(lambda _change, name=name: self._chosen(name), "index")
        # A box of its own: classes of a live control are not looked at again once it is drawn.
        self._kind = box_of("regression-kinds", self._choices["kind"])
        lists = [self._kind if k == "kind" else c for k, c in self._choices.items()]
        self.box = box_of("regression-form", *lists)

    def offer(self, sources: Mapping[str, Source | None]) -> Wish | None:
        """Let the lists follow the runs that there are; returns what is asked, if there are any."""
        there = {name: source for name, source in sources.items() if source is not None}
        if not there:
            return None
        self._offering = True
        try:
            texts = {k: f"{NAMES[k]} ({len(s.frame):,} runs)" for k, s in there.items()}
            self._list("source", texts, keep=self._own_source)
            source = there[self._id("source")]
            self._list("subset", subsets(source))
            several = len(source.kinds) > 1
            kinds = {ALL: "all together", **{k: k for k in source.kinds}} if several else {ALL: "–"}
            self._list("kind", kinds)
            show_box(self._kind, several)
        finally:
            self._offering = False
        kind = self._id("kind")
        asked = {name: self._id(name) for name in ("error", "points", "formula", "cov", "subset")}
        return Wish(source, **asked, kind=None if kind == ALL else kind)

    def complain(self, text: str) -> None:
        """Say beside the control that was moved last why that cannot be; "" takes it back."""
        for name, choice in self._choices.items():
            choice.message = text if name == self._touched else ""

    def _list(self, name: str, texts: Mapping[str, str], keep: bool = True) -> None:
        choice = self._choices[name]
        new: list[Option] = [{"id": key, "text": text} for key, text in texts.items()]
        if name == "kind":
            new[0]["hint"] = POOLED
        before = self._id(name)
        place = [*texts].index(before) if keep and before in texts else 0
        if choice.options != new or choice.index != place:
            with choice.hold_sync():
                choice.index = 0
                choice.options = new
                choice.index = place

    def _id(self, name: str) -> str:
        choice = self._choices[name]
        return str(choice.options[choice.index]["id"])

    def _chosen(self, name: str) -> None:
        if self._offering:
            return
        self._touched = name
        self._own_source = self._own_source or name == "source"
        self._on_change()
