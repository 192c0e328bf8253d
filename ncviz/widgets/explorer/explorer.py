"""The Explorer: controls, one worker, and live views, put together."""

from collections.abc import Sequence
from dataclasses import fields as fields_of
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from traitlets import dlink

from ncviz.basics.checks import check_keywords, optional
from ncviz.experiment import Experiment
from ncviz.results.result import Result
from ncviz.widgets.explorer.control_panel import ControlPanel
from ncviz.widgets.explorer.desk import Compare, Gallery, TakeAway
from ncviz.widgets.explorer.saved import KEYS, code_of, query_of, query_of_page, read_query
from ncviz.widgets.explorer.situations import Presets, possible
from ncviz.widgets.explorer.stage import Stage
from ncviz.widgets.explorer.state import State, an_experiment
from ncviz.widgets.explorer.tabs import Panels
from ncviz.widgets.explorer.teaching import Teaching, TeachingCard
from ncviz.widgets.explorer.training import Confirming, Trainer
from ncviz.widgets.parts import cells
from ncviz.widgets.parts.door import Box, VBox
from ncviz.widgets.parts.layout import box, close_tree

if TYPE_CHECKING:
    import pandas as pd

    from ncviz.sweeps.frames import Sweep


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
        optional(an_experiment)("experiment", experiment)
        names = [field.name for field in fields_of(Experiment)]
        check_keywords("Explorer()", fields, [*names, "experiment", *KEYS])
        start = replace(experiment or Experiment(), **fields)
        teaching = Teaching(hide, lock, lesson, student)
        state = self.state = State(start, teaching)
        shows = teaching.shows
        # In this order the parts are told of a change.
        self._card = TeachingCard(lesson)
        dlink((state, "notice"), (self._card, "notice"))
        self._controls, self._stage, self._panels = ControlPanel(state), Stage(state), Panels(state)
        offered = shows("presets") and possible(teaching, start)
        self._presets = Presets(state) if offered else None
        self._comparing = Compare(state) if shows("compare") else None
        self._take_away = TakeAway(state) if shows("take-away") else None
        # Without another seed there is one look only.
        self._confirming = None if "seed" in teaching.fixed else Confirming(state)
        self._gallery, self._trainer = Gallery(state), Trainer(state)
        looks = [self._confirming.view] if self._confirming else []
        parts = [self._card, self._panels.tabs, self._stage.verdict, *looks, self._trainer.consent]
        super().__init__([*parts, self._columns()])
        self.add_class("ncviz-explorer")
        self._ready = True
        cells.close_former(self, cells.this_run())
        self._trainer.train()

    @classmethod
    def from_query(cls, query: str) -> Self:
        """The Explorer of a query, such as ``?hidden=4&hide=seed,runs&lesson=Find+the+peak``.

        Parameters
        ----------
        query : str
            Fields as in `Experiment.to_query`; ``hide`` and ``lock``, names with commas between
            them; ``lesson`` and ``student``.

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
            explorer.state.notice = (
                "This is the default Explorer. The one that the address of this page asks for "
                f"cannot be: {error}"
            )
            return explorer

    def _columns(self) -> Box | None:
        """Everything below the verdict, in the order of the Tab key: one column, then the next."""
        controls, stage, comparing = self._controls, self._stage, self._comparing
        return box(
            "columns",
            box("presets-row", self._presets),
            controls.main,
            box("more-controls", controls.more, comparing and comparing.box, self._take_away),
            box("middle", stage.replay, stage.s, stage.losses, self._panels.box),
            box("folds", controls.settings, controls.own, self._gallery.fold),
            box("side", stage.net, stage.correlators, stage.signalling),
        )

    @property
    def experiment(self) -> Experiment:
        """What the controls show; set it to move them: a `ValueError` where a field is fixed."""
        experiment: Experiment = self.state.experiment
        return experiment

    @experiment.setter
    def experiment(self, experiment: Experiment) -> None:
        self.state.move(experiment)

    @property
    def result(self) -> Result | None:
        """The full answer for `experiment`, or None while it is being trained."""
        return self.state.result

    @property
    def pinned(self) -> "pd.DataFrame":
        """All pinned runs: the fields of their experiment, then the columns of `Result.runs`."""
        return self.state.pins.frame

    @property
    def sweep(self) -> "Sweep | None":
        """What the tab "Sweep" has trained so far, or None before a first sweep."""
        found: Sweep | None = self.state.sweep
        return found

    def code(self) -> str:
        """The Python expression that makes this Explorer as it stands now."""
        return code_of(self.experiment, self.state.teaching)

    def to_query(self) -> str:
        """The query that `from_query` reads, with a leading "?"; for the address of a page."""
        return query_of(self.experiment, self.state.teaching)

    def describe(self) -> str:
        """The whole state as text: the controls, the verdict, a sentence for each picture."""
        stage, opened = self._stage, self._panels.opened
        looks = self._confirming.view.sentence if self._confirming else ""
        said = [self._card.describe(), self._controls.describe(), stage.verdict.describe(), looks]
        said += [self._trainer.consent.sentence]
        said += [view.describe() for view in (opened or stage).views]
        return "\n".join(line for line in [*said, self.state.error] if line)

    def close(self) -> None:
        """Stop the training and free every widget, with its layout."""
        if self._ready:
            for part in (self._trainer, self._confirming, self._gallery, self._panels):
                if part is not None:
                    part.close()
            close_tree(self)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        self._gallery.publish()
        return super()._repr_mimebundle_(**options)
