"""What removes the bump? The same runs with one thing changed, and what becomes of S."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ncviz.experiment import Experiment
from ncviz.inference import format_number
from ncviz.mechanism import (
    INTERVENTIONS,
    at_each_size,
    train_interventions,
    what_removes_the_bump,
)
from ncviz.mechanism.bump import interventions_sentence
from ncviz.results.result import Moment
from ncviz.widgets.parts.door import on_message
from ncviz.widgets.views.sensing import too_many
from ncviz.widgets.views.trial import Field, Steps, TrialView, Values, part_of_trial

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from ncviz.figures.parts.style import Style

COLUMNS = ["intervention", "peak S", "at n", "change", "δ", "D", "conflict", "swing (nats)"]


class InterventionsView(TrialView):
    """Train an experiment with one thing changed at a time, and see what removes S > 2.

    Parameters
    ----------
    experiment : Experiment, Snapshot or Result, optional
        What is trained, without and with each intervention.

    Attributes
    ----------
    runs : DataFrame or None
        As `ncviz.mechanism.interventions` gives it, of the interventions that are finished.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.widgets.views.interventions import InterventionsView
    >>> view = InterventionsView(Experiment(hidden=3))
    >>> view.runs is None
    True
    >>> view.close()
    """

    TITLE = "What removes the bump?"
    ABOUT = (
        "Trains the same runs, with the same points and batches, once as they are and once with "
        "each intervention. A press on its name then sets the Explorer to it."
    )
    FIELDS = (
        Field("low", "Hidden neurons from", 2, 1, 64),
        Field("high", "to", 5, 1, 64),
        Field("runs", "Runs a size", 100, 4, 400),
    )
    OVER = ("runs", "hidden")

    def __init__(self, experiment: Experiment | Moment | None = None, **traits: Any) -> None:
        self.runs: pd.DataFrame | None = None
        self._table: pd.DataFrame | None = None
        self._says: pd.DataFrame | None = None
        super().__init__(experiment, **traits)

    def on_choose(self, callback: Callable[[Experiment], None]) -> None:
        """Call ``callback(experiment)`` with that of a pressed row, at the size of the bump."""

        def receive(choose: str) -> None:
            says, tried = self._says, self._tried
            if says is None or tried is None or choose not in set(says["intervention"]):
                return
            critical = int(says["critical"].iloc[0])
            callback(INTERVENTIONS[choose].of(replace(tried, hidden=critical)))

        on_message(self, receive, {"choose": str})

    def _check(self, values: Values) -> dict[str, str]:
        return too_many(values)

    def _trial(self, experiment: Experiment, values: Values) -> Steps:
        import pandas as pd

        sizes = range(values["low"], values["high"] + 1)
        e = replace(experiment, runs=values["runs"])
        changed = {name: _changed(e, name) for name in INTERVENTIONS}
        wrong = [name for name, cell in changed.items() if cell is None]
        todo = {name: cell for name, cell in changed.items() if cell is not None}
        frames: dict[str, pd.DataFrame] = {}
        for k, (name, cell) in enumerate(todo.items()):
            wider = INTERVENTIONS[name].wider
            training = train_interventions(cell, [wider * n for n in sizes], ["none"])
            words = f"{k} of {len(todo)} finished; training: {name}"
            frame = yield from part_of_trial(training, k / len(todo), 1 / len(todo), words)
            frames[name] = frame.assign(intervention=name, hidden=frame["hidden"] // wider)
            self._add(frames, name, wrong)
            yield (k + 1) / len(todo), f"{k + 1} of {len(todo)} finished"

    def _add(self, frames: "dict[str, pd.DataFrame]", name: str, wrong: list[str]) -> None:
        """Take one more intervention into the table and the picture."""
        import pandas as pd

        # A row depends on itself and on that of none only: the others need not be made again.
        two = {each: frames[each] for each in ("none", name)}
        says = what_removes_the_bump(pd.concat(two.values()))
        table = at_each_size(frames[name])
        with self._lock:
            first = name == "none"
            self.runs = pd.concat(frames.values(), ignore_index=True)
            self._table = table if first else pd.concat([self._table, table], ignore_index=True)
            new = says[says["intervention"] == name]
            self._says = new if first else pd.concat([self._says, new], ignore_index=True)
        caption = interventions_sentence(self._says)
        if wrong:
            caption += f" Not possible with this experiment: {', '.join(wrong)}."
        self._found(caption, COLUMNS, [_row(of) for _, of in self._says.iterrows()])

    def _axes(self, style: "Style") -> "Axes":
        from ncviz.figures.interventions import curves

        assert self._table is not None and self._says is not None
        return curves(self._table, self._says, style=style)


def _changed(e: Experiment, name: str) -> Experiment | None:
    """The experiment with an intervention, at its own size; None where there can be none."""
    try:
        return INTERVENTIONS[name].of(e)
    except ValueError:
        return None


def _row(of: "pd.Series[Any]") -> dict[str, Any]:
    def number(name: str, spec: str = ".2f") -> str:
        return "–" if of[name] != of[name] else format_number(of[name], spec)

    def interval(name: str) -> str:
        low, high = of[f"{name}_low"], of[f"{name}_high"]
        return f"{number(name)} [{format_number(low)}, {format_number(high)}]"

    name = str(of["intervention"])
    about = INTERVENTIONS[name].sentence
    return {
        "id": name,
        "says": f"{of['says']} {about}",
        "cells": [
            name,
            interval("S"),
            str(of["peak"]),
            "–" if name == "none" else interval("change"),
            *(number(name) for name in ("delta", "D", "conflict")),
            number("swing", ".4f"),
        ],
    }
