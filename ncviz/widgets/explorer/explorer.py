"""The Explorer: controls, one worker, and live views, put together."""

from collections.abc import Sequence
from dataclasses import fields as fields_of
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from ncviz.basics.checks import check_keywords, short
from ncviz.experiment import Experiment
from ncviz.meaning.verdict import verdict
from ncviz.results.pins import Pins
from ncviz.results.result import Moment, Result
from ncviz.widgets.explorer.compare import Compare
from ncviz.widgets.explorer.confirming import Confirming
from ncviz.widgets.explorer.control_panel import ControlPanel
from ncviz.widgets.explorer.desk import Desk
from ncviz.widgets.explorer.gallery import Gallery, Settling
from ncviz.widgets.explorer.history import History
from ncviz.widgets.explorer.later_tabs import LaterTabs
from ncviz.widgets.explorer.panels import TABS, Panels
from ncviz.widgets.explorer.situations import Situations, possible
from ncviz.widgets.explorer.stage import Stage
from ncviz.widgets.explorer.teaching import Teaching
from ncviz.widgets.explorer.teaching_text import KEYS, code_of, query_of, query_of_page, read_query
from ncviz.widgets.explorer.trainer import Trainer
from ncviz.widgets.parts import cells
from ncviz.widgets.parts.consent import Consent
from ncviz.widgets.parts.door import Box, VBox
from ncviz.widgets.parts.layout import box, close_tree
from ncviz.widgets.parts.still import Still
from ncviz.widgets.parts.teaching_card import TeachingCard
from ncviz.widgets.views.verdict import VerdictView

if TYPE_CHECKING:
    import pandas as pd

    from ncviz.sweeps.frames import Sweep
    from ncviz.widgets.explorer.tabs.regression import RegressionPanel
    from ncviz.widgets.explorer.tabs.sweep import SweepPanel

FIELDS = [field.name for field in fields_of(Experiment)]


class Explorer(VBox):
    """Move a slider, and a real NCnet retrains in place.

    Parameters
    ----------
    experiment : Experiment, optional
        Where to start.
    hide : sequence of str, optional
        Controls, by their field, and other parts that are not to be there, see
        `ncviz.widgets.explorer.teaching.PARTS`. A hidden field keeps its starting value.
    lock : sequence of str, optional
        Controls, by their field, that show their value and cannot be moved.
    lesson : str, optional
        Shown on top, as plain text: the first line is a title, each further line a paragraph.
    student : str, optional
        Whose Explorer it is: the file of pinned runs is called after them. At most 60 characters.
    **fields
        Fields of an `Experiment` that differ from `experiment`, or from the defaults.

    Raises
    ------
    ValueError
        If a field has a bad value, a name to hide or to lock is unknown, or a text too long.
    TypeError
        If there is no such field.

    Notes
    -----
    Whoever runs a cell again gets a new Explorer; the one that the same cell made before is closed.

    Examples
    --------
    >>> from ncviz import Explorer
    >>> explorer = Explorer(hidden=2, runs=4, steps=50, hide=["seed"], lesson="Find the peak")
    >>> explorer.experiment.hidden
    2
    >>> explorer.code()
    "Explorer(hidden=2, steps=50, runs=4, hide=['seed'], lesson='Find the peak')"
    >>> explorer.close()
    """

    _ready = False  # ipywidgets closes even what could not be made

    def __init__(
        self,
        experiment: Experiment | None = None,
        *,
        hide: Sequence[str] = (),
        lock: Sequence[str] = (),
        lesson: str = "",
        student: str = "",
        **fields: Any,
    ) -> None:
        if not isinstance(experiment, Experiment | None):
            raise ValueError(f"experiment must be an Experiment, not {short(experiment)}")
        check_keywords("Explorer()", fields, [*FIELDS, "experiment", *KEYS])
        start = replace(experiment or Experiment(), **fields)
        self._teaching = Teaching(hide, lock, lesson, student)
        shows = self._teaching.shows
        self._card, self._verdict = TeachingCard(lesson), VerdictView()
        fail = self._verdict.show_error
        controls = self._controls = ControlPanel(
            start, self._changed, fail, self._refuse, self._teaching
        )
        guarded = controls.guarded
        if controls.actions:
            controls.actions.on_click(guarded(self._undo))
        self._history, self._pins, self._still = History(), Pins(), Still()
        stage = self._stage = Stage(self._say, shows)
        self._later = LaterTabs(
            self._pins,
            lambda: self.experiment,
            self._choose,
            self._choose_run,
            lambda: self._panels.make("sweep"),
            guarded,
            fail,
        )
        tabs = [tab for tab in (*TABS, *self._later.entries) if shows(tab.id)]
        self._panels = Panels(stage, tabs)
        self._panels.tabs.observe(guarded(self._panels.open), "chosen")
        self._situations: Situations | None = None
        if shows("presets") and (presets := possible(self._teaching, start)):
            self._situations = Situations(
                presets, self._kept, lambda: self.experiment, controls.set, guarded
            )
        self._comparing: Compare | None = None
        if shows("compare"):
            self._comparing = Compare(
                self._pins, lambda: self.result, stage, guarded, controls.set, self._show_buttons
            )
        self._desk: Desk | None = None
        if shows("take-away"):
            self._desk = Desk(
                self._pins,
                lambda: self.result,
                start,
                stage,
                self._panels,
                controls.set,
                fail,
                self._teaching,
            )
        self._gallery = Gallery(self._draw_settled) if shows("pictures") else None
        self._consent = Consent()
        self._trainer = Trainer(stage, self._verdict, self._consent, self._done)
        self._consent.on_agree(guarded(self._trainer.agree))
        self._settling = Settling(self._gallery, self._still, fail)
        self._confirming: Confirming | None = None
        if "seed" not in self._teaching.fixed:  # else there is one look only
            self._confirming = Confirming(start, guarded, fail)
        looks = [self._confirming.view] if self._confirming else []
        super().__init__(
            [self._card, self._panels.tabs, self._verdict, *looks, self._consent, self._columns()]
        )
        self.add_class("ncviz-explorer")
        self._tell(start)
        self._ready = True
        cells.close_former(self, cells.this_run())
        self._trainer.submit(start, moving=False)

    @classmethod
    def from_query(cls, query: str) -> Self:
        """The Explorer of a query, such as ``?hidden=4&hide=seed,runs&lesson=Find+the+peak``.

        Parameters
        ----------
        query : str
            Fields of the experiment as in `Experiment.to_query`; ``hide`` and ``lock``, names
            with commas between them; ``lesson`` and ``student``.

        Raises
        ------
        ValueError
            If a key is unknown or given twice, or has a bad value.

        Examples
        --------
        >>> from ncviz import Explorer
        >>> explorer = Explorer.from_query("?hidden=4&runs=4&steps=50&hide=seed&lock=pairing")
        >>> explorer.code()
        "Explorer(hidden=4, steps=50, runs=4, hide=['seed'], lock=['pairing'])"
        >>> explorer.close()
        """
        experiment, teaching = read_query(query)
        return cls(experiment, **vars(teaching))

    @classmethod
    def from_page(cls) -> Self:
        """The Explorer that the address of a Voila page asks for; elsewhere the default one.

        In ``…/voila/render/explorer.ipynb?hidden=4&hide=seed`` the part from "?" on is read as by
        `from_query`. Where that cannot be, the default Explorer says why.
        """
        try:
            return cls.from_query(query_of_page())
        except ValueError as error:
            explorer = cls()
            explorer._refuse(
                "This is the default Explorer. The one that the address of this page asks for "
                f"cannot be: {error}"
            )
            return explorer

    def _columns(self) -> Box | None:
        """Everything below the verdict; the style sheet says what stands where.

        In the order in which the Tab key goes: down one column, then down the next.
        """
        controls, stage = self._controls, self._stage
        presets, comparing, desk = self._situations, self._comparing, self._desk
        return box(
            "columns",
            box("presets-row", presets and presets.view),
            controls.main,
            box("more-controls", controls.more, comparing and comparing.box, desk and desk.card),
            box("middle", stage.replay, stage.s, stage.losses, self._panels.box),
            box("folds", controls.settings, controls.own, self._gallery and self._gallery.fold),
            box("side", stage.net, stage.correlators, stage.signalling),
        )

    @property
    def experiment(self) -> Experiment:
        """What the controls show; set it to move them.

        A value that changes a hidden or locked field is refused with a `ValueError`.
        """
        return self._controls.experiment

    @experiment.setter
    def experiment(self, experiment: Experiment) -> None:
        self._controls.set(experiment)

    @property
    def result(self) -> Result | None:
        """The full answer for `experiment`, or None while it is being trained."""
        result = self._trainer.result
        return result if result is not None and result.experiment == self.experiment else None

    @property
    def pinned(self) -> "pd.DataFrame":
        """All pinned runs: the fields of their experiment, then the columns of `Result.runs`."""
        return self._pins.frame

    @property
    def sweep(self) -> "Sweep | None":
        """What the tab "Sweep" has trained so far, or None before a first sweep."""
        return self._sweep_panel.sweep if self._sweep_panel else None

    def code(self) -> str:
        """The Python expression that makes this Explorer as it stands now."""
        return code_of(self.experiment, self._teaching)

    def to_query(self) -> str:
        """The query that `from_query` reads, with a leading "?"; for the address of a page."""
        return query_of(self.experiment, self._teaching)

    def describe(self) -> str:
        """The whole state as text: the controls, the verdict, a sentence for each picture."""
        frame = self._verdict.frame
        said = [frame.get(key, "") for key in ("value", "interval", "note", "sentences", "status")]
        lines = [self._card.describe(), self._controls.describe()]
        looks = self._confirming.view.sentence if self._confirming else ""
        lines += [" ".join(part for part in said if part), looks, self._consent.sentence]
        lines += [view.describe() for view in self._stage.views]
        return "\n".join(line for line in [*lines, frame.get("error", "")] if line)

    def close(self) -> None:
        """Stop the training and free every widget, with its layout."""
        if self._ready:
            self._trainer.close()
            if self._confirming:
                self._confirming.close()
            self._settling.close()
            self._panels.close()
            close_tree(self)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        self._still.publish()
        return super()._repr_mimebundle_(**options)

    @property
    def _sweep_panel(self) -> "SweepPanel | None":
        return self._later.sweep

    @property
    def _regression_panel(self) -> "RegressionPanel | None":
        return self._later.regression

    # What the user does

    def _kept(self, wanted: Experiment) -> Experiment:
        return self._teaching.kept(wanted, self.experiment)

    def _choose(self, experiment: Experiment) -> None:
        """Go to a cell or an intervention; how often it was run there is not what it is about."""
        if "runs" in self._teaching.fixed:
            experiment = replace(experiment, runs=self.experiment.runs)
        self._controls.set(experiment)

    def _choose_run(self, experiment: Experiment, run: int) -> None:
        self._teaching.check(experiment, self.experiment)
        if self._stage.net:
            self._stage.net.run = run
        self._controls.set(experiment)

    def _refuse(self, sentence: str) -> None:
        self._card.notice = sentence

    def _changed(self, before: Experiment, experiment: Experiment) -> None:
        self._card.notice = ""
        self._history.left(before, experiment)
        self._tell(experiment)
        self._settling.draw(None)
        self._trainer.submit(experiment)

    def _tell(self, experiment: Experiment) -> None:
        """Let the parts that show the state itself show another one."""
        if self._situations:
            self._situations.show(experiment)
        if self._desk:
            self._desk.show(experiment)
        if self._confirming:
            self._confirming.follow(experiment)
        self._show_buttons()

    def _show_buttons(self) -> None:
        """Let the buttons tell what can be done now."""
        if self._desk:
            self._desk.count()
        self._controls.allow_undo(len(self._history) > 0)
        if self._comparing:
            self._comparing.show()
        if self._regression_panel:
            self._regression_panel.follow()

    def _undo(self, button: str) -> None:
        while button == "undo" and (before := self._history.undo()) is not None:
            if before != self.experiment:  # a slider may have been dragged there and back
                self._controls.set(before)
                self._history.undo()  # the way back is no move
                self._show_buttons()
                return

    # What the workers tell

    def _done(self) -> None:
        if self._confirming and (result := self.result) is not None:
            self._confirming.done(result)
        self._show_buttons()
        self._draw_settled()

    def _draw_settled(self) -> None:
        # While it trains there is nothing to draw; at its end all is drawn that is wanted then.
        if (result := self.result) is not None:
            self._settling.draw(result)

    def _say(self, moment: Moment, numbers: Moment) -> None:
        if numbers is moment:
            self._verdict.show(verdict(moment.summary))
            self._say_replay(moment, self._stage.replayed)

    def _say_replay(self, moment: Moment, replayed: bool) -> None:
        """Let no word about the end of a training stand beside an earlier step of it."""
        runs, steps = moment.experiment.runs, moment.experiment.steps
        if replayed:
            status = f"replay of {runs} runs: step {moment.step} of {steps}"
            self._verdict.show_replay(moment.step / steps, status)
        else:
            self._verdict.show_replay()
        if self._situations:
            self._situations.show_end(not replayed)
