"""How much of the influence is only sensitivity? The partner's task kept, its head's start not."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ncviz.experiment import Experiment
from ncviz.meaning import percent, placebo_sentence
from ncviz.meaning.influence import points, share_of
from ncviz.mechanism.interventions import NUMBERS, train_placebo
from ncviz.results.result import Moment
from ncviz.widgets.views.trial import Field, Steps, TrialView, Values, part_of_trial

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from ncviz.figures.parts.style import Style

COLUMNS = [
    "outcomes on",
    "other task",
    "task 1, other start",
    "task 2, other start",
    "more (points)",
]


class PlaceboView(TrialView):
    """Train an experiment as it is and with each head redrawn, and compare what changes.

    Parameters
    ----------
    experiment : Experiment, Snapshot or Result, optional
        What is trained again.

    Attributes
    ----------
    table : DataFrame or None
        As `ncviz.mechanism.placebo` gives it, once there is one.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.widgets.views.placebo import PlaceboView
    >>> view = PlaceboView(Experiment(hidden=3))
    >>> view.table is None
    True
    >>> view.close()
    """

    TITLE = "How much of it is only sensitivity?"
    ABOUT = (
        "An outcome may change with the partner’s task because of that task, or because any change "
        "of the partner would have changed it. Trains the present experiment as it is and twice "
        "more: the partner keeps its task, and only its head starts from other weights (a placebo)."
    )
    FIELDS = (Field("runs", "Runs", 50, 4, 400),)

    def __init__(self, experiment: Experiment | Moment | None = None, **traits: Any) -> None:
        self.table: pd.DataFrame | None = None
        super().__init__(experiment, **traits)

    def _trial(self, experiment: Experiment, values: Values) -> Steps:
        training = train_placebo(replace(experiment, runs=values["runs"]))
        table = yield from part_of_trial(training, 0.0, 1.0, "training")
        with self._lock:
            self.table = table
        self._found(placebo_sentence(table), COLUMNS, [_row(of) for _, of in table.iterrows()])
        yield 1.0, "done"

    def _axes(self, style: "Style") -> "Axes":
        from ncviz.figures.sensing import placebo as drawn

        assert self.table is not None
        return drawn(self.table, style=style)


def _row(of: "pd.Series[Any]") -> dict[str, Any]:
    shares = [percent(share_of(of, name)) for name in NUMBERS[:3]]
    cells = [str(of["task"]), *shares, points(share_of(of, NUMBERS[3]))]
    return {"id": "", "says": "", "cells": cells}
