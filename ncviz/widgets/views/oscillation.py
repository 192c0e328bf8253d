"""Do the losses swing against each other? The oscillation index beside its null and control."""

from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ncviz.experiment import Experiment
from ncviz.inference import format_number
from ncviz.mechanism.fights import pair
from ncviz.mechanism.oscillation import (
    OscillationIndex,
    oscillation_index,
    oscillation_sentence,
    single_task_control,
)
from ncviz.mechanism.traces import trace_losses
from ncviz.results.result import Moment
from ncviz.widgets.views.trial import Field, Steps, TrialView, Values, part_of_trial

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from ncviz.figures.parts.style import Style

SURROGATES = 199
"""Of each null: the fewest with which p can be 0.005."""

COLUMNS = ["setting", "correlation", "chance", "alone", "period", "p (Holm)"]


class OscillationView(TrialView):
    """Train an experiment again, and the heads alone, and compare how their losses swing.

    Parameters
    ----------
    experiment : Experiment, Snapshot or Result, optional
        What is trained again.

    Attributes
    ----------
    index, control : OscillationIndex or None
        What was found, once there is something.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.widgets.views.oscillation import OscillationView
    >>> view = OscillationView(Experiment(hidden=3))
    >>> view.describe()
    ''
    >>> view.close()
    """

    TITLE = "Do the losses swing against each other?"
    ABOUT = (
        "Trains the present experiment again and keeps the training losses of every step of the "
        "last quarter; then the same heads with nothing shared, to see what the batches do alone."
    )
    FIELDS = (Field("runs", "Runs", 50, 4, 400),)

    def __init__(self, experiment: Experiment | Moment | None = None, **traits: Any) -> None:
        self.index: OscillationIndex | None = None
        self.control: OscillationIndex | None = None
        super().__init__(experiment, **traits)

    def _trial(self, experiment: Experiment, values: Values) -> Steps:
        e = replace(experiment, runs=values["runs"])
        index = yield from _index_of(e, 0.0, "both heads together")
        control = yield from _index_of(single_task_control(e), 0.5, "each head alone")
        with self._lock:
            self.index, self.control = index, control
        table = index.frame(control)
        self._found(oscillation_sentence(table), COLUMNS, _rows(table))
        yield 1.0, "done"

    def _axes(self, style: "Style") -> "Axes":
        from ncviz.figures.oscillation import oscillation_index as drawn

        assert self.index is not None
        return drawn(self.index, self.control, style=style)


def _index_of(
    e: Experiment, before: float, what: str
) -> Generator[tuple[float, str], None, OscillationIndex]:
    """Train and compute: half of the work, with so much done before."""
    traces = yield from part_of_trial(trace_losses(e), before, 0.4, f"training {what}")
    yield before + 0.42, f"drawing surrogates for {what}"
    return oscillation_index(traces, SURROGATES)


def _rows(table: "pd.DataFrame") -> list[dict[str, Any]]:
    rows = []
    for setting, two in table.groupby("setting", sort=False):
        of = two.iloc[0]
        periods = [f"{p:.0f}" for p in two["period"] if p == p]
        rows.append(
            {
                "id": "",
                "says": "",
                "cells": [
                    pair(str(setting)),
                    _interval(of, "correlation"),
                    f"{format_number(of['null_low'])} to {format_number(of['null_high'])}",
                    format_number(of["correlation_alone"]),
                    f"{' and '.join(periods)} steps" if periods else "none",
                    f"{of['p_holm']:.3f}" if of["p_holm"] == of["p_holm"] else "–",
                ],
            }
        )
    return rows


def _interval(of: Any, name: str) -> str:
    low, high = format_number(of[f"{name}_low"]), format_number(of[f"{name}_high"])
    return f"{format_number(of[name])} [{low}, {high}]"
