"""A lesson's question and answer as plain page text: for a notebook opened without a kernel."""

from base64 import b64encode
from html import escape
from typing import Any

from ncviz.widgets.still import in_the_cell


class LessonStill:
    """Outputs of the notebook that hold, as text and picture, what the card above all says.

    A widget's own output cannot be replaced without drawing the widget anew under the user's
    hands. So this has an output of its own just above, which the style sheet of the live widget
    hides. What is left in a notebook without a kernel is this.
    """

    def __init__(self) -> None:
        self._outputs: list[Any] = []

    @property
    def published(self) -> bool:
        """Whether there is such an output."""
        return bool(self._outputs)

    def publish(self, text: str, picture: dict[str, Any]) -> None:
        """Put an output into the cell that is being run; nothing outside of a notebook."""
        from IPython import get_ipython
        from IPython.display import display

        shell = get_ipython()
        if shell is not None and hasattr(shell, "kernel"):
            data = bundle(text, picture)
            with in_the_cell(shell):
                output = display(data, raw=True, display_id=True)  # type: ignore[no-untyped-call]
            self._outputs.append(output)

    def tell(self, text: str, picture: dict[str, Any]) -> None:
        """Replace what every such output says."""
        for output in self._outputs:
            output.update(bundle(text, picture), raw=True)


def bundle(text: str, picture: dict[str, Any]) -> dict[str, str]:
    r"""A text, its first line strong, and a picture, as a notebook holds them.

    Parameters
    ----------
    text : str
    picture : dict
        ``png``, ``alt`` and ``width``; empty without one.

    Examples
    --------
    >>> from ncviz.widgets.lesson_still import bundle
    >>> bundle("Is 1 < 2?\nYes.", {})["text/plain"]
    'Is 1 < 2?\nYes.'
    """
    first, *others = (escape(line) for line in text.splitlines())
    html = f"<p><strong>{first}</strong></p>" + "".join(f"<p>{line}</p>" for line in others)
    data = {"text/plain": text}
    if picture:
        data["image/png"] = b64encode(picture["png"]).decode()
        about = f'alt="{escape(picture["alt"])}" width="{picture["width"]}"'
        html += f'<img src="data:image/png;base64,{data["image/png"]}" {about}>'
    # Of several forms a notebook shows the richest, and so the text with the picture in it.
    data["text/html"] = f'<div class="ncviz-lesson-still">{html}</div>'
    return data
