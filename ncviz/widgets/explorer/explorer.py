"""The Explorer: controls, one worker, and live views, put together."""

from collections.abc import Sequence
from dataclasses import fields as fields_of
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from traitlets import dlink

from ncviz.basics.checks import check_keywords, short
from ncviz.experiment import Experiment
from ncviz.results.result import Result
from ncviz.widgets.explorer.confirming import Confirming
from ncviz.widgets.explorer.control_panel import ControlPanel
from ncviz.widgets.explorer.desk import Compare, Desk
from ncviz.widgets.explorer.gallery import Gallery, Settling
from ncviz.widgets.explorer.panels import Panels
from ncviz.widgets.explorer.saved import KEYS, code_of, query_of, query_of_page, read_query
from ncviz.widgets.explorer.situations import Situations, possible
from ncviz.widgets.explorer.stage import Stage
from ncviz.widgets.explorer.state import State
from ncviz.widgets.explorer.teaching import Teaching, TeachingCard
from ncviz.widgets.explorer.trainer import Trainer
from ncviz.widgets.parts import cells
from ncviz.widgets.parts.door import Box, VBox
from ncviz.widgets.parts.layout import box, close_tree
from ncviz.widgets.parts.still import Still

if TYPE_CHECKING:
    import pandas as pd

    from ncviz.sweeps.frames import Sweep

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
        teaching = Teaching(hide, lock, lesson, student)
        state = self.state = State(start, teaching)
        shows = teaching.shows
        # In this order the parts are told of a change.
        self._card = TeachingCard(lesson)
        dlink((state, "notice"), (self._card, "notice"))
        self._controls, self._stage, self._panels = ControlPanel(state), Stage(state), Panels(state)
        offered = shows("presets") and possible(teaching, start)
        self._situations = Situations(state) if offered else None
        self._comparing = Compare(state) if shows("compare") else None
        self._desk = Desk(state) if shows("take-away") else None
        # Without another seed there is one look only.
        self._confirming = None if "seed" in teaching.fixed else Confirming(state)
        self._still = Still()
        self._gallery = Gallery(self._draw_settled) if shows("pictures") else None
        self._settling = Settling(self._gallery, self._still, state.fail)
        state.observe(self._draw_settled, "result")
        self._trainer = Trainer(state)
        looks = [self._confirming.view] if self._confirming else []
        parts = [self._card, self._panels.tabs, self._stage.verdict, *looks, self._trainer.consent]
        super().__init__([*parts, self._columns()])
        self.add_class("ncviz-explorer")
        self._ready = True
        cells.close_former(self, cells.this_run())
        self._trainer.start()

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
            explorer.state.notice = (
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
        return self.state.experiment

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
        frame, opened = self._stage.verdict.frame, self._panels.opened
        said = [frame.get(key, "") for key in ("value", "interval", "note", "sentences", "status")]
        lines = [self._card.describe(), self._controls.describe()]
        looks = self._confirming.view.sentence if self._confirming else ""
        lines += [" ".join(part for part in said if part), looks, self._trainer.consent.sentence]
        lines += [view.describe() for view in (opened or self._stage).views]
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

    def _draw_settled(self, _change: object = None) -> None:
        """Draw all pictures that are wanted now; without a result, end what is being drawn."""
        self._settling.draw(self.state.result)
