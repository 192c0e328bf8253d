"""Can Alice's loss tell Bob's task? Accuracy and bits against the hidden size, beside chance."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ncviz.experiment import Experiment
from ncviz.mechanism.sensing import sensing, sensing_sentence
from ncviz.mechanism.traces import trace_losses
from ncviz.results.result import Moment
from ncviz.widgets.views.trial import Field, Steps, TrialView, Values, part_of_trial

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from ncviz.figures.parts.style import Style

PERMUTATIONS = 199
"""Of each null: the fewest with which p can be 0.005."""

COLUMNS = ["size", "from", "A1", "A2", "B1", "B2", "chance", "bits", "levels alike"]


class SensingView(TrialView):
    """Train an experiment at several sizes, and tell the partner's task from each head's loss.

    Parameters
    ----------
    experiment : Experiment, Snapshot or Result, optional
        What is trained again.

    Attributes
    ----------
    table : DataFrame or None
        As `sensing_by_size` gives it, of the sizes that are finished.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.widgets.views.sensing import SensingView
    >>> view = SensingView(Experiment(hidden=3))
    >>> view.table is None
    True
    >>> view.close()
    """

    TITLE = "Can Alice’s loss tell Bob’s task?"
    ABOUT = (
        "Trains the present experiment at each size. A linear classifier then sees one loss trace "
        "and says which of two tasks the partner trained; it is tested on runs that it has not "
        "seen. Chance is what it reaches when the partner’s tasks are swapped at random. A higher "
        "loss also swings more: beside what the late oscillation tells stands what the late level "
        "of the loss tells by itself, and how much is told where both levels are alike."
    )
    FIELDS = (
        Field("low", "Hidden neurons from", 1, 1, 64),
        Field("high", "to", 6, 1, 64),
        Field("runs", "Runs a size", 50, 10, 400),
    )
    OVER = ("runs", "hidden")

    def __init__(self, experiment: Experiment | Moment | None = None, **traits: Any) -> None:
        self.table: pd.DataFrame | None = None
        super().__init__(experiment, **traits)

    def _check(self, values: Values) -> dict[str, str]:
        return too_many(values)

    def _trial(self, experiment: Experiment, values: Values) -> Steps:
        import pandas as pd

        sizes = range(values["low"], values["high"] + 1)
        frames: list[pd.DataFrame] = []
        for k, hidden in enumerate(sizes):
            training = trace_losses(replace(experiment, hidden=hidden, runs=values["runs"]))
            words = f"training {hidden} of {sizes[-1]} neurons"
            traces = yield from part_of_trial(training, k / len(sizes), 0.9 / len(sizes), words)
            yield (k + 0.9) / len(sizes), f"swapping tasks, {hidden} of {sizes[-1]} neurons"
            found = sensing(traces, PERMUTATIONS)
            frames.append(found.frame.assign(hidden=hidden, runs=found.runs))
            with self._lock:
                self.table = pd.concat(frames, ignore_index=True)
            self._found(sensing_sentence(self.table), COLUMNS, _rows(self.table))
            yield (k + 1) / len(sizes), f"{hidden} neurons finished"

    def _axes(self, style: "Style") -> "Axes":
        from ncviz.figures.sensing import sensing as drawn

        assert self.table is not None
        return drawn(self.table, style=style)


MOST_SIZES = 12
"""Trained in one trial."""


def too_many(values: Values) -> dict[str, str]:
    """What is wrong with a range of sizes, by field."""
    low, high = values["low"], values["high"]
    if high < low:
        return {"high": f"to: at least {low}, where it begins, not “{high}”"}
    if high - low >= MOST_SIZES:
        return {"high": f"to: at most {MOST_SIZES} sizes, not {high - low + 1}"}
    return {}


def _rows(table: "pd.DataFrame") -> list[dict[str, Any]]:
    rows = []
    for (hidden, evidence), four in table.groupby(["hidden", "evidence"], sort=False):
        told = [
            f"{100 * of['accuracy']:.0f} %{'*' if of['p_holm'] <= 0.05 else ''}"
            for _, of in four.iterrows()
        ]
        low, high = 100 * four["null_low"].min(), 100 * four["null_high"].max()
        bits = f"{four['bits'].min():.2f} to {four['bits'].max():.2f}"
        size = f"{hidden} neuron{'s' if int(hidden) > 1 else ''}"
        cells = [size, str(evidence), *told, f"{low:.0f} to {high:.0f} %", bits, _alike(four)]
        rows.append({"id": "", "says": "", "cells": cells})
    if rows:
        rows[-1]["says"] = "* above chance: p ≤ 0.05 with Holm’s correction over the four tasks."
    return rows


def _alike(four: "pd.DataFrame") -> str:
    """The accuracies of four tasks in runs with levels that are alike, least to most."""
    if four["evidence"].iloc[0] == "late level" or not four["alike_runs"].any():
        return "–"
    return f"{100 * four['alike'].min():.0f} to {100 * four['alike'].max():.0f} %"
