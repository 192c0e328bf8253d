"""The organising picture: held-out losses and the correlator of the four settings."""

from typing import TYPE_CHECKING

import numpy as np
import traitlets

from ncviz.meaning.verdict import loss_sentence
from ncviz.results.result import Moment
from ncviz.widgets.parts.view import Frame, View, css, esm, figure_of, packed, triple

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class LossView(View):
    """Draw the 2×2 grid of settings: two held-out loss curves and the correlator in each cell.

    Curves are medians over runs, bands the middle 80 % of runs; losses in nats.

    Parameters
    ----------
    moment : Snapshot or Result, optional
        What to show at first.
    """

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
            "caption": loss_sentence(bands[numbers.index], moment.experiment.tasks),
        }

    def _drawn(self, moment: Moment) -> "Figure":
        from ncviz import figures

        return figure_of(figures.losses(moment))
