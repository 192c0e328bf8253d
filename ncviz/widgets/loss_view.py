"""The organising picture: held-out losses and the correlator of the four settings."""

from ncviz.result import Moment
from ncviz.verdict import loss_sentence
from ncviz.widgets._assets import css, esm
from ncviz.widgets.view import Frame, View, packed, triple


class LossView(View):
    """Draw the 2×2 grid of settings: two held-out loss curves and the correlator in each cell.

    Curves are medians over runs, bands the middle 80 % of runs; losses in nats.

    Parameters
    ----------
    moment : Snapshot or Result, optional
        What to show at first.
    """

    _esm = esm("base", "loss_view")
    _css = css("base", "loss_view")

    def _frame(self, moment: Moment) -> Frame:
        recording, stop = moment.recording, moment.index + 1
        bands = recording.loss_bands(stop)
        return {
            "steps": moment.experiment.steps,
            "at": moment.step,
            "tasks": list(moment.experiment.tasks),
            "step": packed(recording.steps[:stop]),
            "bands": packed(bands.transpose(1, 2, 3, 0)),
            "correlators": [triple(c) for c in moment.summary.correlators],
            "caption": loss_sentence(bands[-1], moment.experiment.tasks),
        }
