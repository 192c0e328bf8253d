"""A picture beside the widget: for a notebook opened later, and where no widget can load."""

from typing import Any

from ncviz.result import Result
from ncviz.widgets.view import as_text

WITHOUT_WIDGETS = (
    "The live Explorer stands here in JupyterLab and Voila. Where widgets cannot load, "
    "its last picture takes this place."
)


class Still:
    """Outputs of the notebook that hold the Explorer's last picture.

    A widget's own output cannot be replaced without drawing the widget anew under the user's
    hands. So the picture has an output of its own just above, which the style sheet of the live
    widget hides. What is left in a notebook without a kernel is the picture.
    """

    def __init__(self) -> None:
        self._outputs: list[Any] = []
        self._drawn: Result | None = None

    def publish(self) -> None:
        """Put an output into the cell that is being run; nothing outside of a notebook."""
        from IPython import get_ipython
        from IPython.display import display

        shell = get_ipython()
        if shell is not None and hasattr(shell, "kernel"):
            text = {"text/plain": WITHOUT_WIDGETS}
            output = display(text, raw=True, display_id=True)  # type: ignore[no-untyped-call]
            self._outputs.append(output)
            self._drawn = None

    def draw(self, result: Result) -> None:
        """Replace the picture in every such output."""
        if not self._outputs or self._drawn is result:
            return
        from ncviz import figures

        picture = {
            "image/png": as_text(figures.png(figures.explorer(result), dpi=100)),
            "text/plain": f"<Explorer: S = {result.s}>",
        }
        for output in self._outputs:
            output.update(picture, raw=True)
        self._drawn = result
