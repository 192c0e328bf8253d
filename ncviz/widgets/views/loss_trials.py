"""What the losses tell: whether they swing against each other, and which task the partner has."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ncviz.experiment import Experiment
from ncviz.inference import format_number
from ncviz.mechanism import oscillation
from ncviz.mechanism.fights import pair
from ncviz.mechanism.sensing import sensing, sensing_sentence
from ncviz.mechanism.traces import trace_losses
from ncviz.widgets.views.trial import Field, Steps, TrialView, Values, part_of_trial, row

if TYPE_CHECKING:
    import pandas as pd

SURROGATES = PERMUTATIONS = 199  # of each null: the fewest with which p can be 0.005


class OscillationView(TrialView):
    """Train an experiment again, and the heads alone, and compare how their losses swing.

    `index` and `control` are the `OscillationIndex` of the two, or None before they are found.

    Examples
    --------
    >>> from ncviz import Experiment, OscillationView
    >>> OscillationView(Experiment(hidden=3)).describe()
    ''
    """

    FIGURE = "oscillation_index"
    TITLE = "Do the losses swing against each other?"
    ABOUT = (
        "Trains the present experiment again and keeps the training losses of every step of the "
        "last quarter; then the same heads with nothing shared, to see what the batches do alone."
    )
    FIELDS = (Field("runs", "Runs", 50, 4, 400),)
    COLUMNS = ("setting", "correlation", "chance", "alone", "period", "p (Holm)")

    index: oscillation.OscillationIndex | None = None
    control: oscillation.OscillationIndex | None = None

    def _trial(self, experiment: Experiment, values: Values) -> Steps:
        e = replace(experiment, runs=values["runs"])
        found = []
        alone = oscillation.single_task_control(e)
        for before, cell, what in ((0, e, "both heads together"), (0.5, alone, "each head alone")):
            traces = yield from part_of_trial(trace_losses(cell), before, 0.4, f"training {what}")
            yield before + 0.42, f"drawing surrogates for {what}"
            found.append(oscillation.oscillation_index(traces, SURROGATES))
        self.index, self.control = index, control = found
        table = index.frame(control)
        draw = partial(self._by_figure, index, control)
        self._found(oscillation.oscillation_sentence(table), _swings(table), draw)
        yield 1.0, "done"


def _swings(table: "pd.DataFrame") -> list[dict[str, Any]]:
    rows = []
    for setting, two in table.groupby("setting", sort=False):
        of = two.iloc[0]
        low, high = (format_number(of[f"correlation_{end}"]) for end in ("low", "high"))
        periods = [f"{p:.0f}" for p in two["period"] if p == p]
        cells = [
            pair(str(setting)),
            f"{format_number(of['correlation'])} [{low}, {high}]",
            f"{format_number(of['null_low'])} to {format_number(of['null_high'])}",
            format_number(of["correlation_alone"]),
            f"{' and '.join(periods)} steps" if periods else "none",
            f"{of['p_holm']:.3f}" if of["p_holm"] == of["p_holm"] else "–",
        ]
        rows.append(row(cells))
    return rows


class SensingView(TrialView):
    """Train an experiment at several sizes, and tell the partner's task from each head's loss.

    `table` is the frame of `sensing_by_size`, of the sizes that are finished, or None.

    Examples
    --------
    >>> from ncviz import Experiment, SensingView
    >>> SensingView(Experiment(hidden=3)).table is None
    True
    """

    FIGURE = "sensing"
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
    COLUMNS = ("size", "from", "A1", "A2", "B1", "B2", "chance", "bits", "levels alike")

    table: "pd.DataFrame | None" = None

    def _trial(self, experiment: Experiment, values: Values) -> Steps:
        import pandas as pd

        sizes = range(values["low"], values["high"] + 1)
        frames: list[pd.DataFrame] = []
        for k, hidden in enumerate(sizes):
            training = trace_losses(replace(experiment, hidden=hidden, runs=values["runs"]))
            what = f"training {hidden} of {sizes[-1]} neurons"
            traces = yield from part_of_trial(training, k / len(sizes), 0.9 / len(sizes), what)
            yield (k + 0.9) / len(sizes), f"swapping tasks, {hidden} of {sizes[-1]} neurons"
            found = sensing(traces, PERMUTATIONS)
            frames.append(found.frame.assign(hidden=hidden, runs=found.runs))
            table = self.table = pd.concat(frames, ignore_index=True)
            draw = partial(self._by_figure, table)
            self._found(sensing_sentence(table), _senses(table), draw)
            yield (k + 1) / len(sizes), f"{hidden} neurons finished"


def _senses(table: "pd.DataFrame") -> list[dict[str, Any]]:
    rows = []
    for (hidden, evidence), four in table.groupby(["hidden", "evidence"], sort=False):
        told = [
            f"{100 * of['accuracy']:.0f} %{'*' if of['p_holm'] <= 0.05 else ''}"
            for _, of in four.iterrows()
        ]
        low, high = 100 * four["null_low"].min(), 100 * four["null_high"].max()
        bits = f"{four['bits'].min():.2f} to {four['bits'].max():.2f}"
        size = f"{hidden} neuron{'s' if int(hidden) > 1 else ''}"
        alike = "–"  # accuracies in runs with levels that are alike, least to most of four tasks
        if evidence != "late level" and four["alike_runs"].any():
            alike = f"{100 * four['alike'].min():.0f} to {100 * four['alike'].max():.0f} %"
        rows.append(row([size, str(evidence), *told, f"{low:.0f} to {high:.0f} %", bits, alike]))
    if rows:
        rows[-1]["says"] = "* above chance: p ≤ 0.05 with Holm’s correction over the four tasks."
    return rows
