"""A question after an experiment, which is marked by the student's own run."""

import math
import traceback
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from typing import Any

import traitlets

from ncviz.basics.checks import a, short
from ncviz.widgets.lesson.card import Answer, Choices, Number, QuestionCard, asked, checked_question
from ncviz.widgets.lesson.predict import Predict
from ncviz.widgets.lesson.run import a_function, checked_text
from ncviz.widgets.parts.door import on_message
from ncviz.widgets.parts.still import LessonStill
from ncviz.widgets.parts.view import close_with_layout, css, esm

ROUNDING = 1e-9  # 2.35 is within 0.05 of 2.3, although its computer number is not


class SelfCheck(QuestionCard):
    """Ask something about the run of a `Predict`, and mark the answer.

    A wrong answer can be tried again.

    Parameters
    ----------
    question : str
    of : Predict
        Whose result the right answer comes from.
    right : callable
        Takes the result; returns the right choice, or a tuple, list or set of right ones, or the
        right number.
    why : callable
        Takes the result and the answer that was given, returns a sentence that is shown with the
        mark, be it right or wrong.
    choices : sequence of str, optional
        What can be answered; a number is asked for without them.
    within : float, optional
        How far off a number counts as right; only for numbers, and needed there.

    Attributes
    ----------
    mark : bool or None
        Whether the last answer was right; None before it is marked, and after it was changed.
    message : str
        What `why` says to it.

    Raises
    ------
    ValueError
        If something that is given cannot be.

    Examples
    --------
    >>> from ncviz import Predict, SelfCheck
    >>> first = Predict("?", run=lambda: 3, between=(0, 9), compare=lambda p, r: f"It is {r}.")
    >>> odd = lambda result: "yes" if result % 2 else "no"
    >>> why = lambda result, answer: f"{result} = 2 · {result // 2} + {result % 2}."
    >>> check = SelfCheck("Is it odd?", of=first, choices=("yes", "no"), right=odd, why=why)
    >>> first.answer(4)
    >>> first.start()
    >>> first.wait(timeout=10)
    >>> check.answer("no")
    >>> check.mark, check.message
    (False, '3 = 2 · 1 + 1.')
    >>> check.close()
    >>> first.close()
    """

    _esm = esm("base", "chart", "controls", "lesson", "self_check")
    _css = css("base", "controls", "lesson")

    can_check = traitlets.Bool(False).tag(sync=True)
    reason = traitlets.Unicode().tag(sync=True)
    mark = traitlets.Bool(None, allow_none=True).tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)
    note = traitlets.Unicode().tag(sync=True)

    _ready = False  # ipywidgets closes even what could not be made

    def __init__(
        self,
        question: str,
        *,
        of: Predict,
        right: Callable[[Any], Any],
        why: Callable[[Any, Any], str],
        choices: Sequence[str] | None = None,
        within: float | None = None,
    ) -> None:
        self._of = a(Predict, "a Predict")("of", of)
        self._right, self._why = a_function("right", right), a_function("why", why)
        answers = asked(choices=choices, number_alone=True)
        self._within = _tolerance(within, isinstance(answers, Number))
        self._still = LessonStill()
        self._marked: tuple[str, int] | None = None  # what was given, and on which run
        super().__init__(checked_question(question), answers)
        self._ready = True
        on_message(self, self._check_asked, {"check": str})
        of.observe(self._follow, "news")
        self.observe(self._follow, "given")
        self._follow()

    def answer(self, value: float | str) -> None:
        """Answer and have it marked; `ValueError` if that is none, or nothing has been run."""
        answer = self._asked.check(value)
        if not self._of.done:
            raise ValueError("the Predict that this is a check of must be run before answer()")
        self.give(value)
        self._mark(answer)

    def describe(self) -> str:
        """All that the card says now, line by line."""
        given = f"Your answer: {self.given}." if self.given else "No answer yet."
        mark = {None: "", True: "✓ Right. ", False: "✗ Not yet. "}[self.mark]
        lines = [self.question, given, f"{mark}{self.message}", self.note, self.error]
        return "\n".join(line for line in lines if line)

    def close(self) -> None:
        """Free the card and its layout."""
        if self._ready:
            self._ready = False  # Python closes it once more when it is forgotten
            self._of.unobserve(self._follow, "news")
            self.unobserve_all()
            close_with_layout(self)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        self._still.publish(self.describe(), {})
        return super()._repr_mimebundle_(**options)

    def _check_asked(self, check: str) -> None:
        # The answer comes with the press: its own message may still be on its way.
        self.given = check
        answer = self.answered
        if answer is not None and self._of.done:
            with suppress(Exception):  # it is shown
                self._mark(answer)

    def _mark(self, answer: Answer) -> None:
        """Mark an answer by the present result; what fails is shown, and raised."""
        result = self._of.result
        self.change(error="", details="")
        self._marked = (self.given, self._of.news)
        mark, message = None, ""
        try:
            mark = self._is_right(answer, self._right(result))
            message = "Your own run gives no number here, so there is nothing to mark."
            if mark is not None:
                message = checked_text("why", self._why(result, answer))
        except Exception:
            self.fail("The answer could not be marked", traceback.format_exc())
            raise
        finally:
            self.change(mark=mark, message=message)
            self._follow()

    def _is_right(self, answer: Answer, right: Any) -> bool | None:
        """Whether an answer is right; None where the run gives no number."""
        if isinstance(self._asked, Choices):
            several = isinstance(right, tuple | list | AbstractSet)
            known = {self._asked.check(each) for each in (right if several else (right,))}
            return answer in known
        if isinstance(right, float) and math.isnan(right):
            return None
        return abs(float(answer) - float(self._asked.check(right))) <= self._within + ROUNDING

    def _follow(self, _change: object = None) -> None:
        """Say what can be done now, after another answer or another run."""
        if self._marked and self._marked[0] != self.given:
            self._marked = None
            self.change(mark=None, message="", error="", details="")
        note = ""
        if self._marked is not None and self._marked[1] != self._of.news:
            again = ": check it again on your new one" if self._of.done else ""
            note = f"This was marked on an earlier run{again}."
        reason = "" if self._of.done else "Run the experiment above first"
        self.change(can_check=self._of.done, reason=reason, note=note)
        self._still.tell(self.describe(), {})


def _tolerance(within: Any, number: bool) -> float:
    if not number:
        if within is not None:
            raise ValueError("within is for numbers: leave it out where there are choices")
        return 0.0
    good = isinstance(within, int | float) and not isinstance(within, bool)
    if not good or not 0 <= within < math.inf:
        raise ValueError(f"within must say how far off a number may be, not {short(within)}")
    return float(within)
