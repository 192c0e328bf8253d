"""One network, drawn: its weights, and the points that Alice or Bob gets wrong."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets
from numpy.typing import NDArray

from ncviz.basics.protocol import SETTINGS
from ncviz.engine.chance import draw
from ncviz.experiment import Experiment
from ncviz.meaning.verdict import net_sentence
from ncviz.mechanism.neurons import ownership
from ncviz.results.looking import Answers, HeldOut
from ncviz.results.result import Moment
from ncviz.tasks import N_BITS
from ncviz.widgets.parts.view import Frame, View, css, esm, figure_of, packed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_DRAWN = 24
"""Hidden neurons of a trunk that are drawn; more would be a blot."""


class NetView(View):
    """Draw the net of one run in one setting, and list the points it gets wrong.

    Parameters
    ----------
    moment : Snapshot or Result, optional
        What to show at first.
    run : int
        Which run; of a large experiment in training only the first ones can be shown.
    setting : {"11", "12", "21", "22"}
        Alice's task, then Bob's.

    Examples
    --------
    >>> from ncviz import Experiment, NetView
    >>> view = NetView(Experiment(runs=2, steps=50).run(), run=1, setting="22")
    >>> print(view.describe()[:38])
    Run 1, setting A2 with B2, after 50 st
    >>> view.close()
    """

    _esm = esm("base", "chart", "controls", "net_drawing", "wrong_points", "net_view")
    _css = css("base", "chart", "controls", "net_view")

    run = traitlets.Int(0, min=0).tag(sync=True, from_page=True)
    setting = traitlets.Enum(SETTINGS, "22").tag(sync=True, from_page=True)

    def __init__(self, moment: Moment | None = None, **traits: Any) -> None:
        self._held_out: HeldOut | None = None
        self._answers: Answers | None = None
        self._seen: tuple[Experiment, int, NDArray[np.float32]] | None = None
        self._on_choice: Callable[[], None] = self._show_again
        super().__init__(moment, **traits)
        self.observe(lambda _change: self._on_choice(), ["run", "setting"])

    def on_choice(self, callback: Callable[[], None]) -> None:
        """Call this, and not `show`, when the user has chosen another run or setting."""
        self._on_choice = callback

    def _show_again(self) -> None:
        if self._moment is not None:
            self.show(self._moment, self.frame["rough"])

    def _frame(self, moment: Moment, numbers: Moment) -> Frame:
        experiment, kept = moment.experiment, moment.runs_kept
        run = min(self.run, kept - 1)
        x, y = (int(digit) for digit in self.setting)
        frame: Frame = {
            "hidden": getattr(experiment, "hidden", 0),
            "run": max(0, run),
            "setting": self.setting,
            "step": moment.step,
            "tasks": [experiment.tasks[x - 1], experiment.tasks[y + 1]],
            "kept": kept,
            "problem": self._problem(moment, run),
        }
        if frame["problem"]:
            return {**frame, "caption": frame["problem"]}
        if self._answers is None or numbers is moment:
            self._answers = self._answers_of(moment, run)
            self._caption = net_sentence(run, self.setting, moment.step, self._answers.wrong)
        trunks = 1 if experiment.trunk == "shared" else 2
        weights = moment.parameters(run, self.setting)
        return {
            **frame,
            "trunks": trunks,
            "drawn": min(MOST_DRAWN, experiment.hidden),
            "weights": packed(_drawn_of(weights, trunks, experiment.hidden)),
            "used": packed(self._used(moment.experiment, run, weights)),
            "points": self._answers.points.tolist(),
            "labels": self._answers.labels.tolist(),
            "wrong": self._answers.wrong.tolist(),
            "caption": self._caption,
        }

    def _drawn(self, moment: Moment) -> "Figure":
        from ncviz import figures

        net = moment.net(min(self.run, moment.runs_kept - 1), self.setting)
        return figure_of(figures.net(net))

    def _used(self, e: Experiment, run: int, weights: NDArray[np.float32]) -> NDArray[np.float64]:
        """How much each head uses each neuron that is drawn; nothing where none is shared."""
        if e.trunk != "shared":
            return np.empty(0)
        if self._seen is None or self._seen[:2] != (e, run):
            self._seen = e, run, draw(e, run).train[:, :N_BITS]
        return ownership(weights, e.hidden, e.activation, self._seen[2])[:, :MOST_DRAWN]

    def _problem(self, moment: Moment, run: int) -> str:
        if not isinstance(moment.experiment, Experiment):
            return "A pretrained network has too many neurons to be drawn one by one."
        if run < 0:
            return "Nets of this size are not kept while they train; the finished one is drawn."
        if moment.per_run.diverged[run]:
            return f"Run {run} has diverged: its weights are no longer finite numbers."
        return ""

    def _answers_of(self, moment: Moment, run: int) -> Answers:
        held_out = self._held_out
        if held_out is None or (held_out.experiment, held_out.run) != (moment.experiment, run):
            held_out = self._held_out = HeldOut.of(moment.experiment, run)
        return held_out.answers(moment.net(run, self.setting), self.setting)


def _drawn_of(weights: NDArray[np.float32], trunks: int, hidden: int) -> NDArray[np.float32]:
    """The numbers of a net that are drawn: those of the first hidden neurons."""
    if hidden <= MOST_DRAWN:
        return weights
    into, bias, out, head_bias = np.split(
        weights, np.cumsum([trunks * hidden * N_BITS, trunks * hidden, 2 * hidden])
    )
    shapes = ((into, (trunks, hidden, -1)), (bias, (trunks, hidden)), (out, (2, hidden)))
    parts = [numbers.reshape(shape)[:, :MOST_DRAWN].ravel() for numbers, shape in shapes]
    return np.concatenate([*parts, head_bias])
