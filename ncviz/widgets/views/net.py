"""Into the layer: one network with the points it gets wrong, and who fights over its neurons."""

from typing import Any

import numpy as np
import traitlets
from numpy.typing import NDArray

from ncviz.basics.protocol import SETTINGS
from ncviz.engine.chance import draw
from ncviz.experiment import Experiment
from ncviz.meaning.verdict import net_sentence
from ncviz.mechanism import Watch
from ncviz.mechanism.fights import STRONG, WEAK, Fight, fight_sentence, losses_beside, measured
from ncviz.mechanism.neurons import ownership
from ncviz.results.looking import Answers, HeldOut
from ncviz.results.recording import Recording
from ncviz.results.result import Moment
from ncviz.tasks import N_BITS
from ncviz.widgets.parts.view import Frame, View, css, esm, packed

MOST_DRAWN = 24  # hidden neurons of a trunk that are drawn; more would be a blot


class NetView(View):
    """Draw the net of one run in one setting, and list the points it gets wrong.

    Parameters
    ----------
    run : int
        Which run; of a large experiment in training only the first ones can be shown.
    setting : {"11", "12", "21", "22"}
        Alice's task, then Bob's.

    Examples
    --------
    >>> from ncviz import Experiment, NetView
    >>> print(NetView(Experiment(runs=2, steps=50).run(), run=1, setting="22").describe()[:38])
    Run 1, setting A2 with B2, after 50 st
    """

    FIGURE, CHOICES = "net", ("run", "setting")
    _esm = esm("base", "chart", "controls", "net_drawing", "wrong_points", "net_view")
    _css = css("base", "chart", "controls", "net_view")

    run = traitlets.Int(0, min=0).tag(sync=True, from_page=True)
    setting = traitlets.Enum(SETTINGS, "22").tag(sync=True, from_page=True)

    _of_run: tuple[HeldOut, NDArray[np.float32]] | None = None
    _answers: Answers | None = None

    def _frame(self, moment: Moment, numbers: Moment) -> Frame:
        e, kept = moment.experiment, moment.runs_kept
        run = min(self.run, kept - 1)
        x, y = (int(digit) for digit in self.setting)
        frame: Frame = {
            "hidden": getattr(e, "hidden", 0),
            "run": max(0, run),
            "setting": self.setting,
            "step": moment.step,
            "tasks": [e.tasks[x - 1], e.tasks[y + 1]],
            "kept": kept,
            "problem": self._problem(moment, run),
        }
        if frame["problem"]:
            return {**frame, "caption": frame["problem"]}
        if self._answers is None or numbers is moment:
            held_out, _ = self._points(e, run)
            self._answers = held_out.answers(moment.net(run, self.setting), self.setting)
            self._caption = net_sentence(run, self.setting, moment.step, self._answers.wrong)
        trunks = 1 if e.trunk == "shared" else 2
        weights = moment.parameters(run, self.setting)
        return {
            **frame,
            "trunks": trunks,
            "drawn": min(MOST_DRAWN, e.hidden),
            "weights": packed(_drawn_of(weights, trunks, e.hidden)),
            "used": packed(self._used(e, run, weights)),
            **{name: part.tolist() for name, part in self._answers._asdict().items()},
            "caption": self._caption,
        }

    def _drawn(self, moment: Moment) -> Any:
        return self._by_figure(moment.net(min(self.run, moment.runs_kept - 1), self.setting))

    def _used(self, e: Experiment, run: int, weights: NDArray[np.float32]) -> NDArray[np.float64]:
        """How much each head uses each neuron that is drawn; nothing where none is shared."""
        if e.trunk != "shared":
            return np.empty(0)
        return ownership(weights, e.hidden, e.activation, self._points(e, run)[1])[:, :MOST_DRAWN]

    def _problem(self, moment: Moment, run: int) -> str:
        if not isinstance(moment.experiment, Experiment):
            return "A pretrained network has too many neurons to be drawn one by one."
        if run < 0:
            return "Nets of this size are not kept while they train; the finished one is drawn."
        if moment.per_run.diverged[run]:
            return f"Run {run} has diverged: its weights are no longer finite numbers."
        return ""

    def _points(self, e: Experiment, run: int) -> tuple[HeldOut, NDArray[np.float32]]:
        """The points of a run, held out and trained on."""
        known = self._of_run
        if known is None or (known[0].experiment, known[0].run) != (e, run):
            known = self._of_run = HeldOut.of(e, run), draw(e, run).train[:, :N_BITS]
        return known


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


class CompetitionView(View):
    """Draw how Alice's and Bob's gradients pull at each hidden neuron, in the four settings.

    Parameters
    ----------
    run : int
        Which run; of a large experiment only the first ones can be shown.
    over : {"run", "all"}
        One run, with neurons by their numbers, or the mean over runs, with the neurons of each
        ordered by how much they are fought over.
    setting : {"11", "12", "21", "22"}
        Of the table of neurons.

    Examples
    --------
    >>> from ncviz import CompetitionView, Experiment
    >>> CompetitionView(Experiment(runs=4, steps=50).run()).describe()[:15]
    'Run 0, step 50:'
    """

    FIGURE, CHOICES = "competition", ("run", "over", "setting")
    _esm = esm("base", "chart", "controls", "competition_view")
    _css = css("base", "chart", "controls", "competition_view")

    run = traitlets.Int(0, min=0).tag(sync=True, from_page=True)
    over = traitlets.Enum(["run", "all"], "run").tag(sync=True, from_page=True)
    setting = traitlets.Enum(SETTINGS, "22").tag(sync=True, from_page=True)

    _watch: tuple[Recording, Watch] | None = None

    def _frame(self, moment: Moment, numbers: Moment) -> Frame:
        e, run = moment.experiment, self._run_of(moment)
        frame: Frame = {
            "tasks": list(e.tasks),
            "steps": e.steps,
            "run": run or 0,
            "over": self.over,
            "setting": self.setting,
            "kept": moment.recording.kept,
            "range": [WEAK, STRONG],
        }
        found, problem = measured(moment, run, self._watch_of)
        if found is None:
            return {**frame, "problem": problem, "caption": problem}
        fight = Fight.of_all(found) if run is None else Fight.of_run(found, run)
        at, drawn = SETTINGS.index(self.setting), min(MOST_DRAWN, e.hidden)
        table = (fight.cosine, fight.size, fight.share)
        return {
            **frame,
            "problem": "",
            "hidden": e.hidden,
            "drawn": drawn,
            "step": packed(found.steps),
            # Setting by setting, neuron by neuron; the records are innermost.
            "pull": packed(fight.pull[..., :drawn].transpose(1, 2, 0)),
            "layer": packed(fight.layer_cosine.T),
            "losses": packed(losses_beside(moment, found, run).transpose(1, 2, 0)),
            "table": packed([part[:, at, :drawn].T for part in table]),
            "caption": fight_sentence(found, run),
        }

    def _drawn(self, moment: Moment) -> Any:
        return self._by_figure(moment, run=self._run_of(moment))

    def _run_of(self, moment: Moment) -> int | None:
        if self.over == "all" or not moment.recording.kept:
            return None
        return min(self.run, moment.recording.kept - 1)

    def _watch_of(self, moment: Moment) -> Watch:
        """What has been measured of this training so far."""
        if self._watch is None or self._watch[0] is not moment.recording:
            self._watch = moment.recording, Watch(moment.recording)
        return self._watch[1]
