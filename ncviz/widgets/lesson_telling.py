"""What the author of a lesson lets it say, once there is a result."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ncviz.checks import short
from ncviz.widgets.lesson_reveal import drawn_as_png, paragraphs

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Telling:
    """The author's texts and functions, and what they give checked.

    Parameters
    ----------
    compare, explain, picture
        See `Predict`.

    Raises
    ------
    ValueError
        If one is of the wrong kind.

    Examples
    --------
    >>> from ncviz.widgets.lesson_telling import Telling
    >>> telling = Telling(lambda prediction, result: f"Not {prediction}.", "Why? So.", None)
    >>> telling.comparison(1, 2), telling.paragraphs(1, 2)
    ('Not 1.', ['Why? So.'])
    """

    def __init__(
        self,
        compare: Callable[[Any, Any], str],
        explain: str | Callable[[Any, Any], str],
        picture: "Callable[[Any], Axes | Figure] | None",
    ) -> None:
        if not callable(compare):
            raise ValueError(f"compare must be a function, not {short(compare)}")
        if not (isinstance(explain, str) or callable(explain)):
            raise ValueError(f"explain must be a text or a function, not {short(explain)}")
        if not (picture is None or callable(picture)):
            raise ValueError(f"picture must be a function, not {short(picture)}")
        self._compare, self._explain, self.picture = compare, explain, picture

    def comparison(self, prediction: Any, result: Any) -> str:
        """The sentence about the two."""
        return checked_text("compare", self._compare(prediction, result))

    def paragraphs(self, prediction: Any, result: Any) -> list[str]:
        """Why it is so."""
        why = self._explain
        said = why(prediction, result) if callable(why) else why
        return paragraphs(checked_text("explain", said))

    def drawn(self, result: Any, more: str) -> dict[str, Any]:
        """The picture as the browser shows it; empty without one."""
        return drawn_as_png(self.picture(result), more) if self.picture else {}


def checked_text(name: str, said: object) -> str:
    """What a function of this name has returned, which must be a text.

    Raises
    ------
    ValueError
        If it is none.
    """
    if not isinstance(said, str):
        raise ValueError(f"{name} must return a text, not {short(said)}")
    return said
