"""What a lesson runs, the live views of it, and what is told afterwards."""

import time
import traceback
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, TypeVar

from ncviz.basics.checks import short
from ncviz.experiment import Experiment
from ncviz.results.result import Result, Snapshot
from ncviz.widgets.explorer.stage import NUMBER_SECONDS
from ncviz.widgets.parts.layout import box_of, show_box
from ncviz.widgets.parts.picture import drawn_as_png, paragraphs
from ncviz.widgets.parts.view import View
from ncviz.widgets.running.runner import Pace
from ncviz.widgets.views.net import NetView
from ncviz.widgets.views.training import LossView, SView

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Run = Experiment | Sequence[Experiment] | Mapping[Any, Experiment] | Callable[[], Any]

Given = TypeVar("Given")

Progress = tuple[float | None, str]
"""The share that is done, 0 to 1, or None where nobody knows; and what is being done."""

Tell = Callable[[Progress], None]

Steps = Generator[None, None, Any]
"""Ends with what was found."""


def checked(run: object) -> Run:
    """What can be run, as it is now."""
    if isinstance(run, Experiment) or callable(run):
        return run
    if isinstance(run, Mapping | Sequence) and run:
        several = run.values() if isinstance(run, Mapping) else run
        if all(isinstance(each, Experiment) for each in several):
            return dict(run) if isinstance(run, Mapping) else tuple(run)
    raise ValueError(
        "run must be an Experiment, a sequence or dict of experiments, or a function, "
        f"not {short(run)}"
    )


def carried_out(run: Run, show: Callable[[Snapshot], None], tell: Tell) -> Steps:
    """Run it, a step at a time; who closes the generator ends it."""
    if isinstance(run, Experiment):
        return (yield from _trained(run, show, tell))
    if isinstance(run, Mapping):
        results = yield from _all_trained(run.values(), len(run), tell)
        return dict(zip(run, results, strict=True))
    if isinstance(run, Sequence):
        return (yield from _all_trained(run, len(run), tell))
    tell((None, "working…"))
    yield
    return run()


def _all_trained(experiments: Iterable[Experiment], count: int, tell: Tell) -> Steps:
    results = []
    for number, experiment in enumerate(experiments):
        steps = _trained(experiment, lambda _snapshot: None, tell, number, count)
        results.append((yield from steps))
    return results


def _trained(
    experiment: Experiment,
    show: Callable[[Snapshot], None],
    tell: Tell,
    number: int = 0,
    count: int = 1,
) -> Steps:
    """Train the experiment that stands at `number` of `count`."""
    which = f"experiment {number + 1} of {count}, " if count > 1 else ""
    result: Result | None = None
    with closing(experiment.stream()) as snapshots:
        for snapshot in snapshots:
            show(snapshot)
            result = snapshot.result
            share = (number + snapshot.step / experiment.steps) / count
            tell((share, f"{which}step {snapshot.step} of {experiment.steps}"))
            yield
    return result


MOVING = (SView, LossView, NetView)
"""Views that are drawn for each frame; the others are numbers."""


class LessonViews:
    """Views in a box that is hidden until there is something to see."""

    def __init__(self, classes: Sequence[type[View]], run: Run) -> None:
        if not isinstance(classes, list | tuple):
            raise ValueError(f"views must be a list of view classes, not {short(classes)}")
        if classes and not isinstance(run, Experiment):
            raise ValueError("views need a run that is one Experiment: only that is seen live")
        for each in classes:
            if not (isinstance(each, type) and issubclass(each, View)):
                raise ValueError(f"views must be view classes such as SView, not {short(each)}")
        self.views = tuple(make() for make in classes)
        self.box = box_of("lesson-views", *self.views)
        self._numbers: Snapshot | None = None
        self._numbers_at = 0.0
        self.hide()

    def hide(self) -> None:
        """Hide the views, and forget what they show."""
        show_box(self.box, False)
        self._numbers = None
        self._pace = Pace()
        for view in self.views:
            view.frame = {}

    def open(self) -> None:
        """Let the views be seen; they are empty at first."""
        self.hide()
        if self.views:
            show_box(self.box, True)

    def show(self, snapshot: Snapshot) -> None:
        """Show a snapshot, unless the one before is hardly older; the last one always."""
        last = snapshot.result is not None
        if not (self._pace.due() or last):
            return
        now = time.monotonic()
        if last or self._numbers is None or now - self._numbers_at >= NUMBER_SECONDS:
            self._numbers, self._numbers_at = snapshot, now
        for view in self.views:
            if self._numbers is snapshot or isinstance(view, MOVING):
                moment = snapshot.result or snapshot
                numbers = moment if self._numbers is snapshot else self._numbers
                view.show(moment, numbers=numbers)


class Telling:
    """The author's texts and functions, and what they give; what they fail at is told to `fail`."""

    def __init__(
        self,
        compare: Callable[[Any, Any], str],
        explain: str | Callable[[Any, Any], str],
        picture: "Callable[[Any], Axes | Figure] | None",
        fail: Callable[[str, str], None],
    ) -> None:
        if not callable(compare):
            raise ValueError(f"compare must be a function, not {short(compare)}")
        if not (isinstance(explain, str) or callable(explain)):
            raise ValueError(f"explain must be a text or a function, not {short(explain)}")
        if not (picture is None or callable(picture)):
            raise ValueError(f"picture must be a function, not {short(picture)}")
        self._compare, self._explain, self.picture, self._fail = compare, explain, picture, fail

    def comparison(self, prediction: Any, result: Any) -> str:
        """The sentence about the two; empty where there is none."""

        def compared() -> str:
            return checked_text("compare", self._compare(prediction, result))

        return self._tried("The comparison could not be written", compared) or ""

    def paragraphs(self, prediction: Any, result: Any) -> list[str]:
        """Why it is so."""
        why = self._explain

        def explained() -> list[str]:
            said = why(prediction, result) if callable(why) else why
            return paragraphs(checked_text("explain", said))

        return self._tried("The explanation could not be written", explained) or []

    def drawn(self, result: Any, more: str) -> dict[str, Any]:
        """The picture as the browser shows it; empty where there is none."""
        picture = self.picture
        return self.as_drawn(lambda: picture(result), more) if picture else {}

    def as_drawn(self, draw: "Callable[[], Axes | Figure]", more: str) -> dict[str, Any]:
        """A picture as the browser shows it; empty where it cannot be drawn."""
        what = "The picture could not be drawn"
        return self._tried(what, lambda: drawn_as_png(draw(), more)) or {}

    def _tried(self, what: str, make: Callable[[], Given]) -> Given | None:
        try:
            return make()
        except Exception:
            self._fail(what, traceback.format_exc())
            return None


def checked_text(name: str, said: object) -> str:
    """What a function of this name has returned, which must be a text."""
    if not isinstance(said, str):
        raise ValueError(f"{name} must return a text, not {short(said)}")
    return said
