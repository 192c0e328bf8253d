"""What is seen while it trains: S, the losses, the correlators, and the signalling."""

import numpy as np
import traitlets

from ncviz.basics.protocol import RULES
from ncviz.meaning import verdict as words
from ncviz.results.result import Moment
from ncviz.widgets.parts.view import Frame, View, css, esm, packed, triple


class SView(View):
    """Draw the CHSH statistic S while it trains: its mean, interval, and every run as a dot.

    Examples
    --------
    >>> from ncviz import Experiment, SView
    >>> print(SView(Experiment(runs=4, steps=50).run()).describe()[:31])
    After 50 steps the mean of S is
    """

    FIGURE = "s_training"
    _esm = esm("base", "chart", "s_view")
    _css = css("base", "chart", "s_view")

    ghost = traitlets.Dict().tag(sync=True)

    def keep(self, label: str) -> None:
        """Leave the present curve as a ghost behind the next ones; the label says what it is."""
        if self.frame:
            self.ghost = {"step": self.frame["step"], "mean": self.frame["mean"], "label": label}

    def _frame(self, moment: Moment, numbers: Moment) -> Frame:
        recording, stop = moment.recording, moment.index + 1
        # The band may end a little before the line: it is what costs most.
        band = np.full((stop, 2), np.nan)
        band[: numbers.index + 1] = recording.s_intervals(numbers.index + 1)[:, 1:]
        said = words.s_sentence(numbers.summary, numbers.step)
        return {
            "steps": moment.experiment.steps,
            "at": moment.step,
            "step": packed(recording.steps[:stop]),
            "mean": packed(recording.s_means(stop)),
            "low": packed(band[:, 0]),
            "high": packed(band[:, 1]),
            "told": numbers.index,
            "dots": packed(moment.per_run.S),
            "tied": numbers.summary.tied,
            "caption": f"{said} {words.agreeing_sentence(numbers.per_run.S)}".strip(),
        }


class LossView(View):
    """Draw the 2×2 grid of settings: two held-out loss curves and the correlator in each cell.

    Curves are medians over runs, bands the middle 80 % of runs; losses in nats.
    """

    FIGURE = "losses"
    _esm = esm("base", "chart", "loss_view")
    _css = css("base", "chart", "loss_view")

    ghost = traitlets.Dict().tag(sync=True)

    def keep(self, label: str) -> None:
        """Leave the present medians as ghosts behind the next curves; the label says what of."""
        if self.frame:
            bands = np.frombuffer(self.frame["bands"], dtype="<f4").reshape(4, 2, 3, -1)
            medians = packed(bands[:, :, 1])
            self.ghost = {"step": self.frame["step"], "medians": medians, "label": label}

    def _frame(self, moment: Moment, numbers: Moment) -> Frame:
        recording, stop = moment.recording, moment.index + 1
        bands = recording.loss_bands(stop)
        return {
            "steps": moment.experiment.steps,
            "at": moment.step,
            "tasks": list(moment.experiment.tasks),
            "step": packed(recording.steps[:stop]),
            "bands": packed(bands.transpose(1, 2, 3, 0)),
            "correlators": [triple(c) for c in numbers.summary.correlators],
            "caption": words.loss_sentence(bands[numbers.index], moment.experiment.tasks),
        }


class CorrelatorView(View):
    """Show the 2×2 correlators as a coloured table, with their intervals and signs in S."""

    FIGURE = "correlators"
    _esm = esm("base", "chart", "correlator_view")
    _css = css("base", "correlator_view")

    def _frame(self, moment: Moment, numbers: Moment) -> Frame:
        return {
            "tasks": list(moment.experiment.tasks),
            "correlators": [triple(c) for c in numbers.summary.correlators],
            "s": triple(numbers.s),
            "caption": words.correlator_sentence(numbers.summary),
        }


class SignallingView(View):
    """Show how far each task's mean outcome moves with the partner's task, δ, D and 2 Σ f_k.

    Parameters
    ----------
    explained : bool
        Whether δ, D and 2 Σ f_k stand below the marginal pairs, as what explains S.
    """

    FIGURE = "signalling"
    _esm = esm("base", "chart", "signalling_view")
    _css = css("base", "chart", "signalling_view")

    explained = traitlets.Bool(True).tag(sync=True)

    def _frame(self, moment: Moment, numbers: Moment) -> Frame:
        summary = numbers.summary
        return {
            "tasks": list(moment.experiment.tasks),
            "axis": RULES[moment.experiment.outcome].mean,
            "pairs": [[triple(first), triple(second)] for first, second in summary.marginals],
            "excess": triple(summary.excess),
            "delta": triple(summary.delta),
            "D": triple(summary.D),
            "influence": triple(summary.influence),
            "caption": words.signalling_sentence(summary)
            if self.explained or words.missing(summary)
            else f"{words.shift_sentence(summary)}.",
        }
