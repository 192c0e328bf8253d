"""The worker that draws what takes its time, once a training has come to rest."""

from collections.abc import Callable, Generator

from ncviz.result import Result
from ncviz.widgets.gallery import Gallery
from ncviz.widgets.runner import Runner
from ncviz.widgets.still import Still
from ncviz.widgets.turns import Turn

STILL_SECONDS = 1.0
"""Pictures for later are drawn when nothing has moved for so long."""

PATIENCE_SECONDS = 10.0
"""Where many kernels are busy, what somebody looks at goes first for so long."""

THREAD = "ncviz-drawing"


class Settling:
    """Draws settled pictures on a thread of its own: a moved slider must not wait for them.

    Parameters
    ----------
    gallery : Gallery or None
    still : Still
    on_error : callable
        Takes the traceback of an exception.
    """

    def __init__(
        self, gallery: Gallery | None, still: Still, on_error: Callable[[str], None]
    ) -> None:
        self._gallery, self._still = gallery, still
        self._runner: Runner[Result | None] = Runner(self._draw, on_error, THREAD, _last_turn)

    def draw(self, result: Result | None) -> None:
        """Draw all that is wanted of a result; None ends what is being drawn."""
        self._runner.submit(result)

    def close(self) -> None:
        """End the work."""
        self._runner.close()

    def _draw(self, result: Result | None) -> Generator[None, None, None]:
        if result is None:
            return
        if self._gallery:
            yield from self._gallery.draw(result)
        self._runner.wait_for_quiet(STILL_SECONDS)
        yield
        self._still.draw(result)


def _last_turn() -> Turn:
    return Turn(free_seconds=0, patience=PATIENCE_SECONDS)
