"""A question before an experiment: predict, run it, compare."""

import threading
import traceback
from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import Any

import traitlets

from ncviz.inference import format_number
from ncviz.widgets.lesson.card import Answer, PredictCard, asked, checked_question
from ncviz.widgets.lesson.run import LessonViews, Run, Telling, carried_out, checked
from ncviz.widgets.parts import cells
from ncviz.widgets.parts.door import VBox, on_message
from ncviz.widgets.parts.layout import close_tree
from ncviz.widgets.parts.still import LessonStill, Reveal
from ncviz.widgets.parts.view import View
from ncviz.widgets.running.runner import Runner
from ncviz.widgets.running.turns import Turn

NOTHING = 0  # asked of the worker, it only ends a run


class Predict(VBox):
    """Ask for a prediction; then run an experiment and put the two side by side.

    The button that runs it is off until there is a prediction, and the prediction stays as it is
    from then on.

    Parameters
    ----------
    question : str
    run : Experiment, sequence or dict of Experiment, or callable
        A callable is called on a worker thread.
    compare : callable
        Takes the prediction and the result, returns a sentence.
    between : tuple of float, optional
        Lowest and highest number that can be predicted. Either this or `choices`.
    choices : sequence of str, optional
        What can be predicted.
    explain : str or callable
        Paragraphs, with blank lines between them, that are shown after the run; or a function that
        takes the prediction and the result and returns them.
    views : sequence of subclasses of View
        Shown live from the start of the run; only where `run` is an Experiment.
    picture : callable, optional
        Takes the result, returns Axes or a Figure. It is called on a worker thread: no pyplot.

    Raises
    ------
    ValueError
        If something that is given cannot be.

    Examples
    --------
    >>> from ncviz import Experiment, Predict
    >>> told = lambda prediction, result: f"You said {prediction:.1f}."
    >>> e = Experiment(hidden=2, runs=4, steps=50)
    >>> first = Predict("What will S be?", between=(-4, 4), run=e, compare=told)
    >>> first.answer(2)
    >>> first.start()
    >>> first.wait(timeout=60)
    >>> print(first.describe())
    What will S be?
    Your prediction: 2.
    You said 2.0.
    >>> first.close()
    """

    news = traitlets.Int(0)
    """Grows when there is a result, and when one is taken back."""

    _ready = False  # ipywidgets closes even what could not be made

    def __init__(
        self,
        question: str,
        *,
        run: Run,
        compare: Callable[[Any, Any], str],
        between: tuple[float, float] | None = None,
        choices: Sequence[str] | None = None,
        explain: str | Callable[[Any, Any], str] = "",
        views: Sequence[type[View]] = (),
        picture: Callable[[Any], Any] | None = None,
    ) -> None:
        question, self._run = checked_question(question), checked(run)
        self._telling = Telling(compare, explain, picture, lambda *what: self._card.fail(*what))
        answers = asked(between, choices)
        self._views, self._card = LessonViews(views, self._run), PredictCard(question, answers)
        self._reveal, self._still = Reveal(), LessonStill()
        # An answer comes from the browser, a result from a worker.
        self._lock, self._over = threading.RLock(), threading.Event()
        self._result: Any = None
        self._turn = 0  # number of the run that was started last
        broken = self._broken = partial(self._card.fail, "The run did not finish")
        self._runner: Runner[int] = Runner(self._job, broken, "ncviz-predict", turn=Turn)
        super().__init__([self._card, self._views.box, self._reveal])
        self.add_class("ncviz").add_class("ncviz-lesson")
        on_message(self._card, self._start_asked, {"start": str})
        on_message(self._card, lambda stop: self.stop(), {"stop": bool})
        on_message(self._card, lambda again: self._again_asked(), {"again": bool})
        self._ready = True
        cells.close_former(self, cells.this_run())

    @property
    def prediction(self) -> Answer | None:
        """The number or choice that is predicted; None without one."""
        return self._card.answered

    @property
    def done(self) -> bool:
        """Whether there is a result."""
        return bool(self._card.phase == "done")

    @property
    def result(self) -> Any:
        """What was found, or None before: a Result, a list or dict of them, or what `run` gave."""
        return self._result

    def answer(self, value: float | str) -> None:
        """Predict, as a student does; `ValueError` if that cannot be, or the run has begun."""
        with self._lock:
            self._must_ask()
            self._card.give(value)

    def start(self) -> None:
        """Run the experiment; `ValueError` if nothing is predicted, or it runs or has run."""
        with self._lock:
            self._must_ask()
            if self.prediction is None:
                raise ValueError(f"answer() must come before start(): {self._card.ask} first")
            self._turn += 1
            self._over.clear()
            self._reveal.clear()
            self._views.open()
            self._card.begin()
        self._still.tell(self.describe(), {})
        self._runner.submit(self._turn)

    def stop(self) -> None:
        """End a run before its end; the prediction stays. A function runs until it returns."""
        with self._lock:
            if self._card.phase != "running":
                return
            self._card.end("stopping", "stopping…")
        self._runner.submit(NOTHING)

    def again(self) -> None:
        """Forget prediction and result, and ask anew; `ValueError` while the experiment runs."""
        with self._lock:
            if self._card.phase not in ("asking", "done"):
                raise ValueError("again() must wait until the run has ended")
            had, self._result = self.done, None
            self._card.reset()
            self._views.hide()
            self._reveal.clear()
            self.news += had
        self._still.tell(self.describe(), {})

    def wait(self, timeout: float | None = None) -> None:
        """Wait so many seconds at most until a run has ended, its picture included.

        `TimeoutError` if it has not by then; `RuntimeError`, with the traceback, if something
        failed in the lesson's own code.
        """
        if not self._over.wait(timeout):
            raise TimeoutError(f"the run has not ended after {timeout} s, or was not started")
        if self._card.error:
            raise RuntimeError(f"{self._card.error}\n{self._card.details}")

    def describe(self) -> str:
        """All that the card says now, line by line."""
        card, given = self._card, self.prediction
        given = format_number(given, "g") if isinstance(given, float) else given
        lines = [card.question, f"Your prediction: {given}." if given else "No prediction yet."]
        lines += [card.status, card.comparison, card.error]
        lines += [view.describe() for view in self._views.views]
        return "\n".join(line for line in [*lines, *self._reveal.paragraphs] if line)

    def close(self) -> None:
        """Stop the run and free every widget; waits until a function that is running returns."""
        if self._ready:
            self._runner.close()
            close_tree(self)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        self._still.publish(self.describe(), self._reveal.picture)
        return super()._repr_mimebundle_(**options)

    # What the user does

    def _start_asked(self, start: str) -> None:
        with self._lock:
            if self._card.phase == "asking":
                # The answer comes with the press: its own message may still be on its way.
                self._card.given = start
                if self.prediction is not None:
                    self.start()

    def _again_asked(self) -> None:
        with self._lock:
            if self.done:
                self.again()

    def _must_ask(self) -> None:
        if self._card.phase != "asking":
            raise ValueError("the experiment runs or has run: stop(), or wait() and again() first")

    # What the worker does

    def _job(self, turn: int) -> Generator[None, None, None]:
        """Carry out the run of this number."""
        if turn == NOTHING:
            with self._lock:
                # One that was stopped before its first step; the next may have begun by now.
                if self._card.phase == "stopping":
                    self._end()
            return
        try:
            result = yield from carried_out(self._run, self._views.show, self._card.tell)
            yield  # a function cannot be stopped before
            yield from self._tell(result)
        except Exception:
            self._broken(traceback.format_exc())
        finally:
            if turn == self._turn:  # else the next one has been started while this one drew
                self._end()

    def _end(self) -> None:
        with self._lock:
            if self._card.phase in ("running", "stopping"):
                said = "Stopped before the end. You can change your prediction, or run it again."
                self._card.end("asking", "" if self._card.error else said)
                self._still.tell(self.describe(), {})
            self._over.set()

    def _tell(self, result: Any) -> Generator[None, None, None]:
        """Put prediction and result side by side, tell why, and draw what was found."""
        telling, said, views = self._telling, (self.prediction, result), self._views.views
        comparison, why = telling.comparison(*said), telling.paragraphs(*said)
        with self._lock:
            self._result = result
            self._reveal.change(paragraphs=why, drawing=telling.picture is not None)
            self._card.end("done")
            self._card.comparison = comparison
            self.news += 1
            news = self.news
            self._still.tell(self.describe(), {})
        yield
        picture = telling.picture
        drawn = kept = telling.drawn(picture and partial(picture, result), comparison)
        if not drawn and views and self._still.published:
            kept = telling.drawn(views[0].figure, comparison)
        with self._lock:
            if self.news == news:  # else it is asked anew already
                self._reveal.change(picture=drawn, drawing=False)
                self._still.tell(self.describe(), kept)
