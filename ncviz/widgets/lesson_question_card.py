"""A card with a question, which is answered by a choice or a number."""

from typing import Any

import traitlets

from ncviz.widgets.door import PageWidget
from ncviz.widgets.lesson_question import Answer, Asked
from ncviz.widgets.view import close_with_layout


class QuestionCard(PageWidget):
    """Base of the cards that ask something.

    Parameters
    ----------
    question : str
    asked : Choices or Number

    Attributes
    ----------
    asked : dict
        What can be answered, for the browser.
    ask : str
        What to do before there is an answer.
    given : str
        The answer as the browser has it: the text of a choice or of a number; empty without one.
    wrong : str
        Why that can be no answer.
    error, details : str
        What failed in the lesson's own code, and its traceback.
    """

    question = traitlets.Unicode().tag(sync=True)
    asked = traitlets.Dict().tag(sync=True)
    ask = traitlets.Unicode().tag(sync=True)
    given = traitlets.Unicode().tag(sync=True, from_page=True)
    wrong = traitlets.Unicode().tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)
    details = traitlets.Unicode().tag(sync=True)

    def __init__(self, question: str, asked: Asked, **traits: Any) -> None:
        self._asked = asked
        super().__init__(question=question, asked=asked.traits, ask=asked.ask, **traits)

    @property
    def answered(self) -> Answer | None:
        """The answer that is given now, or None without one."""
        try:
            return self._asked.read(self.given)
        except ValueError:
            return None

    def give(self, value: object) -> None:
        """Answer by code.

        Raises
        ------
        ValueError
            If it can be no answer.
        """
        answer = self._asked.check(value)
        self.given = answer if isinstance(answer, str) else repr(answer)

    def fail(self, what: str, trace: str) -> None:
        """Say that the lesson's own code failed, and how."""
        with self.hold_sync():
            self.error = f"{what}: {trace.strip().splitlines()[-1]}"
            self.details = "\n".join(text for text in (self.details, trace.strip()) if text)

    def forget_error(self) -> None:
        """Take an error away."""
        with self.hold_sync():
            self.error, self.details = "", ""

    def close(self) -> None:
        """Free the card and its layout."""
        close_with_layout(self)

    @traitlets.observe("given")
    def _read(self, _change: Any) -> None:
        problem = ""
        if self.given.strip():
            try:
                self._asked.read(self.given)
            except ValueError as error:
                problem = str(error)
        self.wrong = problem
