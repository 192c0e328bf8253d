"""Who fights over which neuron: the pulls of both heads at each, live and in replay."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import traitlets

from ncviz.basics.protocol import SETTINGS
from ncviz.mechanism import Watch
from ncviz.mechanism.fights import STRONG, WEAK, Fight, fight_sentence, losses_beside, measured
from ncviz.results.recording import Recording
from ncviz.results.result import Moment
from ncviz.widgets.parts.view import Frame, View, css, esm, figure_of, packed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_DRAWN = 24
"""Neurons that are drawn, as in the net."""


class CompetitionView(View):
    """Draw how Alice's and Bob's gradients pull at each hidden neuron, in the four settings.

    Parameters
    ----------
    moment : Snapshot or Result, optional
        What to show at first.
    run : int
        Which run; of a large experiment only the first ones can be shown.
    over : {"run", "all"}
        One run, with neurons by their numbers, or the mean over runs, with the neurons of each
        ordered by how much they are fought over.
    setting : {"11", "12", "21", "22"}
        Of the table of neurons.

    Examples
    --------
    >>> from ncviz import Experiment
    >>> from ncviz.widgets.views.competition import CompetitionView
    >>> view = CompetitionView(Experiment(runs=4, steps=50).run())
    >>> view.describe()[:15]
    'Run 0, step 50:'
    >>> view.close()
    """

    _esm = esm("base", "chart", "controls", "competition_view")
    _css = css("base", "chart", "controls", "competition_view")

    run = traitlets.Int(0, min=0).tag(sync=True, from_page=True)
    over = traitlets.Enum(["run", "all"], "run").tag(sync=True, from_page=True)
    setting = traitlets.Enum(SETTINGS, "22").tag(sync=True, from_page=True)

    def __init__(self, moment: Moment | None = None, **traits: Any) -> None:
        self._watch: tuple[Recording, Watch] | None = None
        self._on_choice: Callable[[], None] = self._show_again
        super().__init__(moment, **traits)
        self.observe(lambda _change: self._on_choice(), ["run", "over", "setting"])

    def on_choice(self, callback: Callable[[], None]) -> None:
        """Call this, and not `show`, when the user has chosen something else to look at."""
        self._on_choice = callback

    def _show_again(self) -> None:
        if self._moment is not None:
            self.show(self._moment, self.frame["rough"])

    def _frame(self, moment: Moment, numbers: Moment) -> Frame:
        e, kept = moment.experiment, moment.recording.kept
        run = self._run_of(moment)
        frame: Frame = {
            "tasks": list(e.tasks),
            "steps": e.steps,
            "run": run or 0,
            "over": self.over,
            "setting": self.setting,
            "kept": kept,
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

    def _drawn(self, moment: Moment) -> "Figure":
        from ncviz.figures.network import competition

        run = self._run_of(moment)
        return figure_of(competition(moment, run=run))

    def _run_of(self, moment: Moment) -> int | None:
        if self.over == "all" or not moment.recording.kept:
            return None
        return min(self.run, moment.recording.kept - 1)

    def _watch_of(self, moment: Moment) -> Watch:
        """What has been measured of this training so far."""
        if self._watch is None or self._watch[0] is not moment.recording:
            self._watch = moment.recording, Watch(moment.recording)
        return self._watch[1]
