"""S against the training step, beside 2, 2√2 and 4."""

from ncviz.result import Moment
from ncviz.verdict import s_sentence
from ncviz.widgets._assets import css, esm
from ncviz.widgets.view import Frame, View, packed


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

    _esm = esm("base", "s_view")
    _css = css("base", "s_view")

    def _frame(self, moment: Moment) -> Frame:
        recording, stop = moment.recording, moment.index + 1
        mean, low, high = recording.s_intervals(stop).T
        return {
            "steps": moment.experiment.steps,
            "at": moment.step,
            "step": packed(recording.steps[:stop]),
            "mean": packed(mean),
            "low": packed(low),
            "high": packed(high),
            "dots": packed(moment.per_run.S),
            "caption": s_sentence(moment.summary, moment.step),
        }
