"""S against the training step, beside 2, 2√2 and 4."""

from typing import TYPE_CHECKING

import numpy as np
import traitlets

from ncviz.meaning.verdict import agreeing_sentence, s_sentence
from ncviz.results.result import Moment
from ncviz.widgets.parts.view import Frame, View, css, esm, figure_of, packed

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class SView(View):
    """Draw the CHSH statistic S while it trains: its mean, interval, and every run as a dot.

    Parameters
    ----------
    moment : Snapshot or Result, optional
        What to show at first.

    Examples
    --------
    >>> from ncviz import Experiment, SView
    >>> view = SView(Experiment(runs=4, steps=50).run())
    >>> print(view.describe()[:31])
    After 50 steps the mean of S is
    >>> view.close()
    """

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
        said = [s_sentence(numbers.summary, numbers.step), agreeing_sentence(numbers.per_run.S)]
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
            "caption": " ".join(part for part in said if part),
        }

    def _drawn(self, moment: Moment) -> "Figure":
        from ncviz import figures

        return figure_of(figures.s_training(moment))
