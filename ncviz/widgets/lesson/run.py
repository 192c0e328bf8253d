"""What a lesson runs, the live views of it, and what is told afterwards."""

import time
import traceback
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

from ncviz.basics.checks import a, optional, short
from ncviz.experiment import Experiment
from ncviz.results.result import Result, Snapshot
from ncviz.widgets.explorer.stage import NUMBER_SECONDS
from ncviz.widgets.parts.layout import box_of, show_box
from ncviz.widgets.parts.still import drawn_as_png, paragraphs
from ncviz.widgets.parts.view import View
from ncviz.widgets.running.runner import Pace
from ncviz.widgets.views.net import NetView
from ncviz.widgets.views.training import LossView, SView

Run = Experiment | Sequence[Experiment] | Mapping[Any, Experiment] | Callable[[], Any]

Progress = tuple[float | None, str]
"""The share that is done, 0 to 1, or None where nobody knows; and what is being done."""


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


def carried_out(
    run: Run, show: Callable[[Snapshot], None], tell: Callable[[Progress], None]
) -> Generator[None, None, Any]:
    """Run it, a step at a time, to what was found; who closes the generator ends it."""
    if callable(run):
        tell((None, "working…"))
        yield
        return run()
    alone = isinstance(run, Experiment)
    several: Any = [run] if alone else run.values() if isinstance(run, Mapping) else run
    results: list[Result | None] = []
    for number, experiment in enumerate(several):
        which = f"experiment {number + 1} of {len(several)}, " if len(several) > 1 else ""
        result: Result | None = None
        with closing(experiment.stream()) as snapshots:
            for snapshot in snapshots:
                if alone:
                    show(snapshot)
                result = snapshot.result
                share = (number + snapshot.step / experiment.steps) / len(several)
                tell((share, f"{which}step {snapshot.step} of {experiment.steps}"))
                yield
        results.append(result)
    if isinstance(run, Mapping):
        return dict(zip(run, results, strict=True))
    return results[0] if alone else results


MOVING = (SView, LossView, NetView)  # views that are drawn for each frame; the others are numbers


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
        show_box(self.box, bool(self.views))

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
        picture: Callable[[Any], Any] | None,
        fail: Callable[[str, str], None],
    ) -> None:
        self._compare = a_function("compare", compare)
        self._explain = a((str, Callable), "a text or a function")("explain", explain)
        self.picture = optional(a_function)("picture", picture)
        self._fail = fail

    def comparison(self, prediction: Any, result: Any) -> str:
        """The sentence about the two; empty where there is none."""
        with self._trying("The comparison could not be written"):
            return checked_text("compare", self._compare(prediction, result))
        return ""

    def paragraphs(self, prediction: Any, result: Any) -> list[str]:
        """Why it is so."""
        why = self._explain
        with self._trying("The explanation could not be written"):
            said = why(prediction, result) if callable(why) else why
            return paragraphs(checked_text("explain", said))
        return []

    def drawn(self, draw: Callable[[], Any] | None, more: str) -> dict[str, Any]:
        """A picture as the browser shows it; empty where there is none, or it cannot be drawn."""
        with self._trying("The picture could not be drawn"):
            return drawn_as_png(draw(), more) if draw else {}
        return {}

    @contextmanager
    def _trying(self, what: str) -> Iterator[None]:
        try:
            yield
        except Exception:
            self._fail(what, traceback.format_exc())


a_function = a(Callable, "a function")


def checked_text(name: str, said: object) -> str:
    """What a function of this name has returned, which must be a text."""
    if not isinstance(said, str):
        raise ValueError(f"{name} must return a text, not {short(said)}")
    return said
