"""The pictures of the LoraExplorer, and its words and tables."""

from collections.abc import Sequence

from ncviz.bert.experiment import LoraExperiment
from ncviz.bert.explorer.ranks_view import LoraRanksView
from ncviz.bert.explorer.words import COLUMNS, about, rows
from ncviz.bert.result import LoraResult
from ncviz.results.result import Moment
from ncviz.widgets.parts.door import Box
from ncviz.widgets.parts.statement import Statement
from ncviz.widgets.parts.view import View
from ncviz.widgets.views.correlators import CorrelatorView
from ncviz.widgets.views.losses import LossView
from ncviz.widgets.views.s import SView
from ncviz.widgets.views.signalling import SignallingView


class LoraPictures:
    """Live views of one training, the ranks that were tried, the tasks, and sentences.

    Attributes
    ----------
    box : Box
        All of them, in two columns where there is room.
    ranks : LoraRanksView
    moment : Snapshot or LoraResult or None
        What the views show.
    """

    def __init__(self) -> None:
        self.moment: Moment | None = None
        self._meanings: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._views: tuple[View, ...] = (SView(), LossView(), CorrelatorView(), SignallingView())
        self.ranks = LoraRanksView()
        self._tasks, self._about = Statement("What is asked"), Statement("What this S is")
        self._about.wait = "told when a training is finished"
        for part in (*self._views, self._about):
            part.add_class("ncviz-lora-of-training")  # not of the controls
        s, losses, correlators, signalling = self._views
        self.box = Box(
            [
                Box([s, self.ranks, self._tasks, self._about]),
                Box([losses, correlators, signalling]),
            ]
        )
        self.box.add_class("ncviz-lora-views")

    def show(self, moment: Moment) -> None:
        """Show a snapshot or a result."""
        self.moment = moment
        for view in self._views:
            view.show(moment)
        self._about.fill(about(moment) if isinstance(moment, LoraResult) else ())

    def show_settings(
        self, experiment: LoraExperiment, result: LoraResult | None, alike: Sequence[LoraResult]
    ) -> None:
        """Show what depends on the controls alone.

        Parameters
        ----------
        experiment : LoraExperiment
            What they show.
        result : LoraResult or None
            Its answer, if there is one.
        alike : sequence of LoraResult
            Answers of experiments that differ from it in their rank at most.
        """
        if result is not None:
            self.learn(experiment.tasks, result.provenance.meaning)
        meaning = self._meanings.get(experiment.tasks, ())
        self._tasks.fill((), COLUMNS, rows(experiment.tasks, meaning, result))
        self.ranks.show(alike, experiment.rank)

    def learn(self, tasks: tuple[str, ...], meaning: tuple[str, ...]) -> None:
        """What the answers to four tasks stand for has become known."""
        self._meanings[tasks] = meaning

    def describe(self) -> list[str]:
        """A sentence for each picture, after those on S."""
        pictures = [self.ranks, *self._views]
        return [*self._about.sentences, *[picture.describe() for picture in pictures]]
