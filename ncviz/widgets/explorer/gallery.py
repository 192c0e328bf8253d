"""Settled pictures: drawn in Python once a training has come to rest."""

from collections.abc import Callable, Generator
from functools import partial

from ncviz.meaning.verdict import correlator_sentence, oscillation_sentence, s_sentence
from ncviz.results.looking import late_waves
from ncviz.results.result import Result
from ncviz.widgets.parts.layout import Fold
from ncviz.widgets.parts.picture import Pictures
from ncviz.widgets.parts.still import Still
from ncviz.widgets.parts.view import Frame
from ncviz.widgets.running.runner import Runner
from ncviz.widgets.running.turns import Turn


class Gallery:
    """Pictures of a result under a button; nothing is drawn while they are folded away."""

    def __init__(self, on_wish: Callable[[], None]) -> None:
        self.pictures = Pictures()
        self.fold = Fold("Settled pictures", [self.pictures])
        self.fold.button.add_class("ncviz-settled")
        self._drawn: Result | None = None
        self.fold.button.observe(lambda _change: on_wish(), "opened")

    def draw(self, result: Result) -> Generator[None, None, None]:
        """Draw what is not drawn yet, a picture a step, on the worker."""
        if self._drawn is result:
            self.pictures.note = ""  # of a drawing that was given up
        if not self.fold.opened or self._drawn is result:
            return
        self.pictures.note = "drawing…"
        yield
        from ncviz import figures  # matplotlib and seaborn take a second to load

        pictures: list[Frame] = []
        for name, function, caption in (
            ("s_of_runs", figures.s_of_runs, s_sentence(result.summary, result.step)),
            ("correlators", figures.correlators, correlator_sentence(result.summary)),
            ("oscillations", figures.oscillations, _swinging(result)),
        ):
            yield
            _, drawn = self.pictures.drawn(name, partial(function, result))
            pictures.append({**drawn, "caption": caption, "alt": f"{_TITLES[name]}. {caption}"})
        self.pictures.pictures = pictures
        self.pictures.note = ""
        self._drawn = result


_TITLES = {
    "s_of_runs": "S of every run",
    "correlators": "Correlators",
    "oscillations": "Loss oscillations",
}


def _swinging(result: Result) -> str:
    _, waves = late_waves(result.recording, result.index)
    return oscillation_sentence(waves.std(axis=0))


STILL_SECONDS = 1.0
"""Pictures for later are drawn when nothing has moved for so long."""

PATIENCE_SECONDS = 10.0
"""Where many kernels are busy, what somebody looks at goes first for so long."""

THREAD = "ncviz-drawing"


class Settling:
    """Draws settled pictures on a thread of its own: a moved slider must not wait for them."""

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
