"""The same runs with one thing changed: what removes the bump, and what is only sensitivity."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ncviz.experiment import Experiment
from ncviz.inference import format_number
from ncviz.meaning import percent, placebo_sentence
from ncviz.meaning.influence import points, share_of
from ncviz.mechanism import INTERVENTIONS, at_each_size, train_interventions, what_removes_the_bump
from ncviz.mechanism.bump import interventions_sentence
from ncviz.mechanism.interventions import NUMBERS, train_placebo
from ncviz.widgets.parts.door import on_message
from ncviz.widgets.views.trial import Field, Steps, TrialView, Values, part_of_trial, row

if TYPE_CHECKING:
    import pandas as pd


class InterventionsView(TrialView):
    """Train an experiment with one thing changed at a time, and see what removes S > 2.

    `runs` is the frame of `ncviz.mechanism.interventions`, of those that are finished, or None.

    Examples
    --------
    >>> from ncviz import Experiment, InterventionsView
    >>> InterventionsView(Experiment(hidden=3)).runs is None
    True
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
    COLUMNS = ("intervention", "peak S", "at n", "change", "δ", "D", "conflict", "swing (nats)")

    runs: "pd.DataFrame | None" = None
    _says: "pd.DataFrame | None" = None

    def on_choose(self, callback: Callable[[Experiment], None]) -> None:
        """Call ``callback(experiment)`` with that of a pressed row, at the size of the bump."""

        def receive(choose: str) -> None:
            says, tried = self._says, self._tried
            if says is None or tried is None or choose not in set(says["intervention"]):
                return
            critical = int(says["critical"].iloc[0])
            callback(INTERVENTIONS[choose].of(replace(tried, hidden=critical)))

        on_message(self, receive, {"choose": str})

    def _trial(self, experiment: Experiment, values: Values) -> Steps:
        import pandas as pd

        from ncviz.figures.interventions import curves

        sizes = range(values["low"], values["high"] + 1)
        e = replace(experiment, runs=values["runs"])
        todo, wrong = dict[str, Experiment](), list[str]()
        for name, one in INTERVENTIONS.items():
            try:
                todo[name] = one.of(e)
            except ValueError:
                wrong.append(name)
        frames, tables, says = dict[str, pd.DataFrame](), list[pd.DataFrame](), list[pd.DataFrame]()
        for k, (name, cell) in enumerate(todo.items()):
            wider = INTERVENTIONS[name].wider
            training = train_interventions(cell, [wider * n for n in sizes], ["none"])
            words = f"{k} of {len(todo)} finished; training: {name}"
            frame = yield from part_of_trial(training, k / len(todo), 1 / len(todo), words)
            frames[name] = frame.assign(intervention=name, hidden=frame["hidden"] // wider)
            # A row depends on itself and on that of none only: the others need not be made again.
            two = {each: frames[each] for each in ("none", name)}
            new = what_removes_the_bump(pd.concat(two.values()))
            says.append(new[new["intervention"] == name])
            tables.append(at_each_size(frames[name]))
            self.runs = pd.concat(frames.values(), ignore_index=True)
            told = self._says = pd.concat(says, ignore_index=True)
            caption = interventions_sentence(told)
            if wrong:
                caption += f" Not possible with this experiment: {', '.join(wrong)}."
            draw = partial(curves, pd.concat(tables, ignore_index=True), told)
            self._found(caption, [_change(of) for _, of in told.iterrows()], draw)
            yield (k + 1) / len(todo), f"{k + 1} of {len(todo)} finished"


def _change(of: "pd.Series[Any]") -> dict[str, Any]:
    def number(name: str, spec: str = ".2f") -> str:
        return "–" if of[name] != of[name] else format_number(of[name], spec)

    def interval(name: str) -> str:
        low, high = of[f"{name}_low"], of[f"{name}_high"]
        return f"{number(name)} [{format_number(low)}, {format_number(high)}]"

    name = str(of["intervention"])
    change = "–" if name == "none" else interval("change")
    cells = [name, interval("S"), str(of["peak"]), change]
    cells += [number("delta"), number("D"), number("conflict"), number("swing", ".4f")]
    return row(cells, f"{of['says']} {INTERVENTIONS[name].sentence}", name)


class PlaceboView(TrialView):
    """Train an experiment as it is and with each head redrawn, and compare what changes.

    `table` is the frame of `ncviz.mechanism.placebo`, or None before there is one.

    Examples
    --------
    >>> from ncviz import Experiment, PlaceboView
    >>> PlaceboView(Experiment(hidden=3)).table is None
    True
    """

    FIGURE = "placebo"
    TITLE = "How much of it is only sensitivity?"
    ABOUT = (
        "An outcome may change with the partner’s task because of that task, or because any change "
        "of the partner would have changed it. Trains the present experiment as it is and twice "
        "more: the partner keeps its task, and only its head starts from other weights (a placebo)."
    )
    FIELDS = (Field("runs", "Runs", 50, 4, 400),)
    COLUMNS = (
        *("outcomes on", "other task", "task 1, other start", "task 2, other start"),
        "more (points)",
    )

    table: "pd.DataFrame | None" = None

    def _trial(self, experiment: Experiment, values: Values) -> Steps:
        training = train_placebo(replace(experiment, runs=values["runs"]))
        table = self.table = yield from part_of_trial(training, 0.0, 1.0, "training")
        rows = []
        for _, of in table.iterrows():
            shares = [percent(share_of(of, name)) for name in NUMBERS[:3]]
            rows.append(row([str(of["task"]), *shares, points(share_of(of, NUMBERS[3]))]))
        self._found(placebo_sentence(table), rows, partial(self._by_figure, table))
        yield 1.0, "done"
