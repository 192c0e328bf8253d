"""What is asked for in the tab "S and generalisation": of which runs, and which regression."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np

from ncviz.experiment import Experiment
from ncviz.regression import Regression, regress
from ncviz.results.pins import Pins
from ncviz.sweeps.frames import Sweep, in_frame
from ncviz.sweeps.grid import neurons
from ncviz.widgets.parts.controls import Choice, Option
from ncviz.widgets.parts.layout import box_of, show_box

# Fields whose values do not make another kind of experiment.
NOT_GROUPS = ("hidden", "seed", "runs")
PEAK_SIZES = 2  # sizes that are needed before one of them can be called critical


class Source:
    """A frame of runs, a row a run, numbered from 0; and of which of the cells each row is.

    `sizes` are all hidden sizes, rising; `critical` is the one at which the mean of S is largest,
    or None where there are fewer than two; `kinds` is what else differs, in words, in order.
    """

    def __init__(self, frame: Any, cells: Sequence[Experiment], counts: list[int]) -> None:
        self.frame, self._cells = frame, cells
        self._cell = np.repeat(np.arange(len(cells)), counts)
        self._hidden = np.array([cell.hidden for cell in cells])[self._cell]
        self.sizes = sorted({cell.hidden for cell in cells})
        names = [field.name for field in fields(Experiment) if field.name not in NOT_GROUPS]
        varied = [name for name in names if len({getattr(cell, name) for cell in cells}) > 1]
        self._kinds = [_kind(cell, varied) for cell in cells]
        self.kinds = list(dict.fromkeys(self._kinds))
        means = frame.groupby(self._hidden)["S"].mean().dropna()
        self.critical = int(means.idxmax()) if len(means) >= PEAK_SIZES else None

    @classmethod
    def of_sweep(cls, sweep: Sweep | None) -> Self | None:
        """The finished cells of a sweep, or None where there is none."""
        if sweep is None or not sweep.finished:
            return None
        return cls(sweep.runs, tuple(sweep.finished), [*map(len, sweep.finished.values())])

    @classmethod
    def of_pins(cls, pins: Pins) -> Self | None:
        """All pinned runs, or None where there are none."""
        pinned = [pins.experiment(row["id"]) for row in pins.rows]
        cells = [experiment for experiment in pinned if experiment is not None]
        frame, counts = pins.frame, [cell.runs for cell in cells]
        if not cells or len(frame) != sum(counts):  # just now something was pinned or removed
            return None
        return cls(frame, cells, counts)

    def experiment(self, row: int) -> Experiment:
        """The experiment of a row."""
        return self._cells[int(self._cell[row])]

    def part(self, sizes: list[int], kind: str | None) -> Any:
        """Rows of some hidden sizes and, unless it is None, of one kind; `hidden` is a column."""
        of_kind = np.array([kind in (None, own) for own in self._kinds])[self._cell]
        return self.frame.assign(hidden=self._hidden)[of_kind & np.isin(self._hidden, sizes)]


def _kind(cell: Experiment, varied: list[str]) -> str:
    parts = []
    for name in varied:
        value = in_frame(getattr(cell, name))
        text = f"{value:g}" if isinstance(value, float) else str(value)
        parts.append(text if name == "pairing" else f"{name.replace('_', ' ')} {text}")
    return ", ".join(parts)


ALL = "all"


@dataclass(frozen=True)
class Wish:
    """A regression by keys of `LISTS` and `subsets`, of a kind of `Source.kinds` or of all."""

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
        _, sizes = subsets(self.source)[self.subset]
        return regress(
            self.source.part(sizes, self.kind),
            f"S ~ {self.error}{levels}",
            within="hidden",
            cov=self.cov,
            kind=self.formula if self.formula in ("hinge", "mixed") else "ols",
        )

    def of(self, found: Regression) -> Regression:
        """The regression that is shown: on different points, where that is asked for."""
        return found.split if self.points == "split" and found.split is not None else found


def subsets(source: Source) -> dict[str, tuple[str, list[int]]]:
    """The sizes that can be asked for, in words; the critical size is the one of the largest S."""
    sizes, n = source.sizes, source.critical
    found = {ALL: ("all sizes", sizes)}
    if len(sizes) == 1:
        return found
    if n is not None and n < sizes[-1]:
        few, many = ([m for m in sizes if m <= n], [m for m in sizes if m > n])
        found["up to"] = (f"up to {neurons(n)}: too little capacity", few)
        found["from"] = (f"more than {neurons(n)}: enough capacity", many)
    return found | {str(m): (f"{neurons(m)} only", [m]) for m in sizes}


# Where runs come from; the first that has any is chosen, until the user chooses.
NAMES = {"sweep": "the sweep in hand", "pins": "pinned runs"}
POOLED = "What differs between them, too, may drive both S and the error."

ERRORS = {
    "test_error": ("held-out error", "Share of wrong answers on points not trained on."),
    "gap": ("gap", "Held-out error less training error."),
}
SPLIT = "S of one half, the error of the other: no shared arithmetic."
SAME = "A marginal is 1 − 2 × error there: part is arithmetic."
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
POINTS = {"split": ("different points for each", SPLIT), "same": ("the same points for both", SAME)}
LISTS: dict[str, tuple[str, dict[str, tuple[str, str]]]] = {
    "source": ("Runs from", {}),
    "error": ("Error", ERRORS),
    "subset": ("Sizes", {}),
    "kind": ("Of these runs", {}),
    "points": ("Points for S and error", POINTS),
    "formula": ("Model", FORMULAS),
    "cov": ("Intervals", COVARIANCES),
}
"""Each list's name, and its entries: text and hint. Those without any follow the runs."""


class RegressionForm(dict[str, Choice]):
    """Six or seven lists, which follow the runs that there are."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change, self._touched = on_change, "source"
        self._offering = self._own_source = False
        for name, (label, entries) in LISTS.items():
            options = [{"id": k, "text": text, "hint": h} for k, (text, h) in entries.items()]
            choice = Choice(f"regression-{name}", label, options or [{"id": "", "text": "–"}])
            choice.observe(lambda _change, name=name: self._chosen(name), "index")
            self[name] = choice
        # A box of its own: classes of a live control are not looked at again once it is drawn.
        self._kind = box_of("regression-kinds", self["kind"])
        lists = [self._kind if name == "kind" else choice for name, choice in self.items()]
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
            self._list("subset", {key: text for key, (text, _) in subsets(source).items()})
            several = len(source.kinds) > 1
            kinds = {ALL: "all together", **{k: k for k in source.kinds}} if several else {ALL: "–"}
            self._list("kind", kinds, hint=POOLED)
            show_box(self._kind, several)
        finally:
            self._offering = False
        kind = self._id("kind")
        asked = {name: self._id(name) for name in ("error", "points", "formula", "cov", "subset")}
        return Wish(source, **asked, kind=None if kind == ALL else kind)

    def complain(self, text: str) -> None:
        """Say beside the control that was moved last why that cannot be; "" takes it back."""
        for name, choice in self.items():
            choice.message = text if name == self._touched else ""

    def _list(self, name: str, texts: Mapping[str, str], keep: bool = True, hint: str = "") -> None:
        choice = self[name]
        new: list[Option] = [{"id": key, "text": text} for key, text in texts.items()]
        if hint:
            new[0]["hint"] = hint
        before = self._id(name)
        place = [*texts].index(before) if keep and before in texts else 0
        if choice.options != new or choice.index != place:
            with choice.hold_sync():
                choice.index = 0
                choice.change(options=new, index=place)

    def _id(self, name: str) -> str:
        choice = self[name]
        return str(choice.options[choice.index]["id"])

    def _chosen(self, name: str) -> None:
        if self._offering:
            return
        self._touched = name
        self._own_source = self._own_source or name == "source"
        self._on_change()
